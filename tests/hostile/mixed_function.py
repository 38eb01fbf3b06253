"""One function that does whatever functions do, as its caller asks."""
import ctypes
import os
import threading
import time


def leave_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()


def write_files():
    for number in range(20):
        with open(f"/tmp/kappa-left-{number}", "w") as file:
            file.write("x" * 10_000)


def use_threads():
    threads = [threading.Thread(target=print, args=("from a thread",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def take_memory():
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def main(*, kind, number):
    print("call", number, kind)
    if kind == "raises":
        raise ValueError(number)
    if kind == "no_json":
        return {number}
    if kind == "exits":
        os._exit(number % 256)
    if kind == "crashes":
        ctypes.string_at(0)
    if kind == "sleeps":
        time.sleep(60)
    if kind == "takes_memory":
        take_memory()
    if kind == "leaves_a_daemon":
        leave_a_daemon()
    if kind == "writes_files":
        write_files()
    if kind == "uses_threads":
        use_threads()
    if kind == "prints":
        print("0123456789\n" * 2000)
    return number
