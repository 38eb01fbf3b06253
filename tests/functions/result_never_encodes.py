"""Returns an object that is never done telling what it holds."""
# expects: timeout
# prints: "returning\n"


class Endless(dict):
    def items(self):
        while True:
            pass


def main():
    print("returning")
    return {"a": Endless(a=1)}
