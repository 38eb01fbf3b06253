"""Lowers every limit of its own to nothing, then goes on."""
# expects: ok|error|out_of_memory|exited|crashed|timeout
# prints: "lowering\n"
import resource


def main():
    print("lowering")
    for name in dir(resource):
        if name.startswith("RLIMIT_"):
            try:
                resource.setrlimit(getattr(resource, name), (0, 0))
            except (OSError, ValueError):
                pass
    return "x" * 1_000_000
