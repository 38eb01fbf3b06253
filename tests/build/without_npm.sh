#!/bin/sh
# A machine without npm: Kappa is configured in an empty folder all the same, and its page says what is missing.
# usage: without_npm.sh SOURCE_FOLDER
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$1" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKAPPA_TESTS=OFF -DNPM=/nowhere/npm >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    exit 1
}
# has FILE TEXT
has() {
    grep -q "$2" "$1" || {
        echo "FAILED: no '$2' in $1" >&2
        exit 1
    }
}
has "$work/said" "npm is missing or cannot fetch Swagger UI"
gzip -dc "$work/embedded/index.html.gz" >"$work/page"
has "$work/page" "Install npm"
has "$work/embedded/docs_pages.cpp" docs.css
if grep -q swagger "$work/embedded/docs_pages.cpp"; then
    echo "FAILED: Swagger UI is embedded without being there" >&2
    exit 1
fi
