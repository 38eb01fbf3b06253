"""Numbers of Fibonacci. Arguments of `kappa fn execute` are texts, those of POST .../invoke keep their type."""


def main(*, n="10"):
    a, b = 0, 1
    for _ in range(int(n)):
        a, b = b, a + b
    print(f"fibonacci({n}) = {a}")
    return a
