#!/bin/sh
# What package.sh has done in the clean system, which is this script's / : the package is in /try.
set -eu

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
step() { echo "== $*"; }
fail() {
    echo "FAILED: $*"
    exit 1
}
apt() { apt-get install -q -y --no-install-recommends "$@" >/try/apt.log 2>&1 || { cat /try/apt.log; fail "apt-get install $*"; }; }
expect() { # expect TEXT COMMAND... - what the command prints has the text
    text=$1
    shift
    printed=$("$@" 2>&1) || fail "$*: $printed"
    echo "$printed" | grep -qF -- "$text" || fail "$* did not say '$text' but: $printed"
}

# As kappa.service starts it; systemd does not run here.
serve() {
    setpriv --reuid kappa --regid kappa --clear-groups --no-new-privs --bounding-set=-all \
        kappa serve --config /etc/kappa/kappa.toml >/try/served 2>/try/log &
    server=$!
    tries=0
    until grep -q serves /try/served; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 $server; then
            cat /try/log
            fail "the server does not start"
        fi
        sleep 0.1
    done
}
stop() {
    kill $server
    wait $server || fail "the server ended with $?"
}

step "install"
apt-get update -q >/try/apt.log 2>&1 || { cat /try/apt.log; echo "SKIPPED: the mirror does not answer"; exit 77; }
apt /try/kappa.deb
for file in /usr/share/man/man1/kappa.1.gz /usr/share/bash-completion/completions/kappa /lib/systemd/system/kappa.service \
    /usr/share/doc/kappa/docs/scale-out.md /usr/share/doc/kappa/config/haproxy.cfg; do
    # Where a system leaves manuals out (path-exclude), it is so.
    dpkg -L kappa | grep -qx "$file" || fail "the package has no $file"
done
for wanted in sockets.target.wants/kappa.socket multi-user.target.wants/kappa.service; do
    [ -L "/etc/systemd/system/$wanted" ] || fail "$wanted is not enabled"
done
[ ! -e /etc/systemd/system/multi-user.target.wants/kappa-runner.service ] || fail "a runner is enabled that nobody configured"
expect "kappa:kappa 700" stat -c '%U:%G %a' /var/lib/kappa
expect "The configuration fits" kappa config check --config /etc/kappa/kappa.toml

step "the workflow"
serve
printf 'correct horse\n' | expect "signed up" kappa signup --username ada --password-stdin
printf 'correct horse\n' | expect "Logged in" kappa login --username ada --password-stdin
expect "hello" kappa fn create hello /try/hello.py
expect "Hello, world" kappa fn execute hello --name world
expect "New message:" kappa logs fn hello
expect "hello" kappa bill
expect "ok" kappa doctor
stop

step "upgrade"
echo "# mine" >>/etc/kappa/kappa.toml
apt /try/newer.deb
expect "# mine" tail -n 1 /etc/kappa/kappa.toml
serve
expect "Hello, again" kappa fn execute hello --name again
expect "New message:" kappa logs fn hello

step "delete"
expect "hello" kappa fn delete hello -y
stop

step "remove"
apt-get remove -q -y kappa >/try/apt.log 2>&1 || { cat /try/apt.log; fail "remove"; }
[ ! -e /usr/bin/kappa ] || fail "the program is still there"
[ -s /var/lib/kappa/data.db ] || fail "the data is gone"
[ -f /etc/kappa/kappa.toml ] || fail "the configuration is gone"
apt /try/newer.deb
serve
printf 'correct horse\n' | expect "Logged in" kappa login --username ada --password-stdin
stop

step "purge"
apt-get purge -q -y kappa >/try/apt.log 2>&1 || { cat /try/apt.log; fail "purge"; }
for left in /var/lib/kappa /etc/kappa /etc/systemd/system/multi-user.target.wants/kappa.service; do
    if [ -e "$left" ] || [ -L "$left" ]; then fail "$left is left"; fi
done
! getent passwd kappa >/dev/null || fail "the user is left"
echo "all went as it should"
