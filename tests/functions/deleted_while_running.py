"""Runs for ever, with children, and its function is deleted meanwhile."""
# expects: cancelled
# delete_after_ms: 300
import os


def main():
    for _ in range(3):
        os.fork()
    while True:
        pass
