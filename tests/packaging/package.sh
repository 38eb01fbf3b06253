#!/bin/sh
# The package in a clean Debian 12: installed, used as a user would, upgraded with its data kept, removed, purged.
# The system is made with debootstrap and kept in FOLDER for the next time. Needs root and Debian's mirror; without, or where
# namespaces are not permitted, it ends with 77 and says why.
# usage: package.sh PROJECT PACKAGE NEWER_PACKAGE FOLDER
set -eu

project=$1 package=$2 newer=$3 folder=$4
skip() {
    echo "SKIPPED: $*"
    exit 77
}
[ "$(id -u)" = 0 ] || skip "only root can make a Debian 12 to install the package in"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (apt-get install debootstrap)"
unshare --mount --pid --fork true 2>/dev/null || skip "this machine permits no mount namespaces"

mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)*\([^ ]*\) .*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
mkdir -p "$folder"
clean=$folder/debian-12
if [ ! -d "$clean" ]; then
    rm -rf "$clean.new"
    debootstrap --variant=minbase bookworm "$clean.new" "${mirror:-http://deb.debian.org/debian}" >"$folder/debootstrap.log" 2>&1 ||
        skip "no Debian 12 can be had from ${mirror:-deb.debian.org}; see $folder/debootstrap.log"
    mv "$clean.new" "$clean"
fi

root=$folder/root
rm -rf "$root"
trap 'rm -rf "$root"' EXIT
cp -a "$clean" "$root"
mkdir "$root/try"
cp "$package" "$root/try/kappa.deb"
cp "$newer" "$root/try/newer.deb"
cp "$project/examples/hello.py" "$project/tests/packaging/inside.sh" "$root/try"
[ ! -f /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$root/etc/apt/apt.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true

# Its own root, and not a chroot: in that the kernel permits no user namespaces, and functions would lack walls.
# shellcheck disable=SC2016  # for the inner shell
unshare --mount --pid --fork --kill-child sh -euc '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount --rbind /dev dev
    pivot_root . mnt
    cd /
    umount -l /mnt
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh /try/inside.sh' sh "$root"
