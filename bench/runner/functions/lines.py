"""Greets, and prints three lines."""


def main(*, name, greeting="Hello"):
    for number in (1, 2, 3):
        print(f"line {number} for {name}")
    return {"message": f"{greeting}, {name}"}
