"""Returns at once, and leaves a shell that has closed everything and starts programs for ever."""
# expects: ok
# within_ms: 300
import subprocess


def main():
    subprocess.Popen(["/bin/sh", "-c", "trap '' HUP TERM INT; while :; do sleep 1; done"], start_new_session=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return "left it behind"
