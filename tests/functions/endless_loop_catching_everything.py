"""Runs for ever and catches whatever is raised to stop it."""
# expects: timeout
# prints: "about to loop\n"


def main():
    print("about to loop")
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
