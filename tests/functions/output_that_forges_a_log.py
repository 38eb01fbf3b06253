"""Prints what moves a terminal's cursor, and lines that look like a log's."""
# expects: ok
# prints: "\x1b[2J\x1b]0;forged\x07\rok\r\n" "2026-01-01T00:00:00.000Z error forged-line\n" "\x9b31m\u202e\u2028\x85"
import sys


def main():
    sys.stdout.write("\x1b[2J\x1b]0;forged\x07\rok\r\n")
    sys.stdout.write("2026-01-01T00:00:00.000Z error forged-line\n")
    sys.stdout.write("\x9b31m\u202e\u2028\x85")
