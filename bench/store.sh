#!/bin/sh
# How fast what Kappa keeps is durable, how soon it is found again, and what stops calls; see store.py.
# Writes its part of docs/benchmarks.md. usage: store.sh [--executions N] [--lines N] [--rounds N] [--write FILE]
set -eu
cd "$(dirname "$0")/.."
cmake --build --preset release --target bench_ledger >&2
exec /usr/bin/python3.11 bench/store.py "$PWD/build/release/kappa" --write docs/benchmarks.md "$@"
