"""Writes a file wherever it may."""
# expects: ok
import os


def main():
    for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/dev", "/dev/mqueue", "/home", "/var/crash",
                   "/usr/lib/python3.11", "/usr/local/lib", "/etc", "/var/lib", "/proc/self", "/sys/fs/cgroup"):
        try:
            with open(os.path.join(folder, "kappa-left"), "w") as file:
                file.write("x")
        except OSError:
            pass
