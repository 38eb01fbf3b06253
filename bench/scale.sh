#!/bin/sh
# What it costs that modules are apart, and what more runners give; see scale.py.
# Writes its part of docs/benchmarks.md. usage: scale.sh [--requests N] [--rounds N] [--kills N] [--write FILE]
set -eu
cd "$(dirname "$0")/.."
exec /usr/bin/python3.11 bench/scale.py "$PWD/build/release/kappa" --write docs/benchmarks.md "$@"
