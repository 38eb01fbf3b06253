#!/bin/sh
# A page of the reference must be what the program makes now; ./dev reference makes it anew.
# usage: same.sh PROGRAM FILE PAGE
set -eu
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$1" __reference "$3" >"$made"
diff -u "$2" "$made" || {
    echo "$2 is not what the program says: run ./dev reference" >&2
    exit 1
}
