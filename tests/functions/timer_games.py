"""Is interrupted by its own timers all the time, by handlers that set more of them."""
# expects: timeout
# prints: "ticking\n"
import signal


def again(number, frame):
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0.0001, 0.0001)


def main():
    print("ticking")
    for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
        signal.signal(number, again)
    again(0, None)
    while True:
        pass
