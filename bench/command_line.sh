#!/bin/sh
# What the command line adds to a call; see command_line.py.
set -eu
cd "$(dirname "$0")/.."
sh tests/clients/with_server.sh "$PWD/build/release/kappa" /usr/bin/python3.11 bench/command_line.py "$PWD/build/release/kappa"
