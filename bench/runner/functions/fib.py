"""Nothing but work for the processor: 250,000 calls for n = 25."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def main(*, n):
    return fib(n)
