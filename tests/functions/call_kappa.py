"""Calls Kappa from inside Kappa, at every port it may have. Without a network there is nobody."""
# expects: ok
# limits: {"timeout_ms": 10000}
# output: 0
import socket


def main():
    reached = 0
    for port in [8010, *range(32768, 61000)]:
        try:
            with socket.socket() as attempt:
                attempt.settimeout(0.1)
                attempt.connect(("127.0.0.1", port))
                reached += 1
        except OSError:
            pass
    return reached
