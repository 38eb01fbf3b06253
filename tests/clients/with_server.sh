#!/bin/sh
# Runs a command against a real server of its own, whose address is in KAPPA_SERVER; ends as the command does.
# usage: with_server.sh PROGRAM COMMAND...
set -eu

program=$1
shift
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
mkfifo "$work/out"
"$program" serve --listen 127.0.0.1:0 --data "$work/data" --related.enabled false >"$work/out" 2>"$work/log" &
server=$!
# The first line comes when it serves; without one it has ended, and the pipe with it.
KAPPA_SERVER=$(sed -n 's/.*serves at \([^ ]*\).*/\1/p;q' "$work/out")
[ -n "$KAPPA_SERVER" ] || {
    cat "$work/log" >&2
    exit 1
}
export KAPPA_SERVER
status=0
"$@" || status=$?
[ $status = 0 ] || [ $status = 77 ] || tail -n 20 "$work/log" >&2
exit $status
