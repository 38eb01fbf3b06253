"""Starts programs through vfork, as many as there can be."""
# expects: timeout
# prints: "spawning\n"
import subprocess

kept = []


def main():
    print("spawning")
    while True:
        try:
            kept.append(subprocess.Popen(["/bin/sleep", "60"], start_new_session=True))
        except OSError:
            pass
