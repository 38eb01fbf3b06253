#!/bin/sh
# What TLS costs the server; see tls.py.
set -eu
cd "$(dirname "$0")/.."
/usr/bin/python3.11 bench/tls.py "$PWD/build/release/kappa"
