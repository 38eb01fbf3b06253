#!/bin/sh
# What a call costs and what functions take, beside uWSGI and a process per call; see runner.py.
# Writes docs/benchmarks.md. usage: runner.sh [--seconds N] [--write FILE]
set -eu
cd "$(dirname "$0")/.."
exec /usr/bin/python3.11 bench/runner.py "$PWD/build/release/kappa" --write docs/benchmarks.md "$@"
