#!/bin/sh
# The units are as closed as they are said to be: the exposure that systemd-analyze finds is at most 2.7.
# usage: units.sh PROJECT
set -eu
if ! command -v systemd-analyze >/dev/null; then
    echo "SKIPPED: systemd-analyze is not installed (apt-get install systemd)"
    exit 77
fi
for unit in kappa kappa-runner; do
    file=$1/packaging/systemd/$unit.service
    if ! found=$(systemd-analyze security --offline=true --threshold=27 "$file" 2>&1); then
        echo "$found"
        echo "$unit.service is too open"
        exit 1
    fi
    if said=$(echo "$found" | grep "$unit.service:[0-9]"); then
        echo "$said"
        exit 1
    fi
    echo "$found" | tail -n 1
done
