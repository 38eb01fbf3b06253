"""Uses more CPU time than it may in threads that compute in C, on all cores."""
# expects: timeout
# detail: CPU
# limits: {"timeout_ms": 5000, "cpu_ms": 300}
# within_ms: 1000
import hashlib
import threading


def compute():
    while True:
        hashlib.sha256(b"x" * 10_000_000).digest()


def main():
    for _ in range(4):
        threading.Thread(target=compute).start()
    compute()
