#!/bin/sh
# Gets the kernel that guest.py boots: Debian's, out of its package. Nothing is installed; its own boot is left alone.
# usage: kernel.sh [PACKAGE]
set -eu

package=${1:-linux-image-cloud-amd64}
kept=${XDG_CACHE_HOME:-$HOME/.cache}/kappa-guest
image=$(apt-cache depends "$package" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$image" ] || image=$package
set -- "$kept/vmlinuz-${image#linux-image-}"
[ -f "$1" ] && echo "$1" && exit

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download -q "$image" && dpkg-deb --fsys-tarfile ./*.deb | tar -x ./boot) >&2
mkdir -p "$kept"
mv "$folder"/boot/vmlinuz-* "$kept"
echo "$1"
