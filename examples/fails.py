"""Raises, to show what becomes of that: a verdict, a traceback, logs."""


def check(amount):
    if amount < 0:
        raise ValueError(f"{amount} is below zero")
    return amount


def main(*, amount="-1"):
    print(f"checking {amount}")
    return check(int(amount))
