"""Makes a folder inside a folder, for ever."""
# expects: timeout|error
# prints: "descending\n"
import os


def main():
    print("descending")
    os.chdir("/tmp")
    while True:
        os.mkdir("d" * 255)
        os.chdir("d" * 255)
