"""Uses more CPU time than it may, long before its time is up."""
# expects: timeout
# detail: CPU
# limits: {"timeout_ms": 5000, "cpu_ms": 300}
# within_ms: 1000
# prints: "spinning\n"


def main():
    print("spinning")
    while True:
        pass
