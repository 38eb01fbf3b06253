"""Makes empty files until there is no room for more: every one takes memory of the kernel's."""
# expects: timeout|error
# prints: "making\n"
import os


def main():
    print("making")
    for number in range(10**9):
        os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
