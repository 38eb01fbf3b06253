# Which system calls reach the kernel: each number is tried with arguments that do nothing, in a forked child of its own.
from attempts.common import *

ARGUMENTS = ([-1] * 6, [0] * 6)


def answer_of(number, arguments):
    """What one child saw: "reached", "ENOSYS", "EPERM" or "killed"."""
    def ask():
        result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(argument) for argument in arguments])
        code = ctypes.get_errno()
        return {errno.ENOSYS: "ENOSYS", errno.EPERM: "EPERM"}.get(code, "reached") if result == -1 else "reached"
    try:
        told, status = apart(ask, 0.15)
    except json.JSONDecodeError:  # two processes came back, as from fork
        return "reached"
    if told:
        return told
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS else "reached"


def sweep(numbers):
    """Each number's best answer."""
    found = {}
    for number in numbers:
        answers = [answer_of(number, arguments) for arguments in ARGUMENTS]
        found[number] = next(answer for answer in ("reached", "EPERM", "killed", "ENOSYS") if answer in answers)
    return found


@attempt(at_import=False)
def reachable_system_calls(world):
    """Not judged as the others: the driver counts."""
    begin, end = world["numbers"]
    return json.dumps(sweep(range(begin, end)))
