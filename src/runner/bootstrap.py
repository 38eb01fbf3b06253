"""What runs around a function inside its processes: loading its module, calling its main(), telling how that went."""

import json
import linecache
import sys
import traceback

SHOW_STACK = 64  # a real-time signal, as messages.hpp has it
SETTING_BY_ERRNO = {11: "processes", 24: "open_files", 27: "file_mb", 28: "scratch_mb", 100: "network", 101: "network"}
EAI_AGAIN = -3
MAX_TEXT = 65536  # of a traceback: what a person reads, not what a recursion repeats

# Whatever is made, or looked for, in a call costs its process copies of the memory that lies around it: 40 of 173 pages
# less than by json.loads() and json.dumps().
_decode = json.JSONDecoder().raw_decode
_defaults = json.JSONEncoder()
_make_encoder = json.encoder.c_make_encoder
_quote = json.encoder.encode_basestring_ascii
_dumps, _Encoder = json.dumps, json.JSONEncoder
_PLAIN = {id(one) for one in (dict, list, str, int, float, bool, type(None))}  # not to be awaited

_main = None
_file = ""


class Refused(Exception):
    """The module cannot be used; the text says why, and where."""


def start():
    """Once per interpreter: output reaches the pipe line by line, so that what was printed before a kill is kept."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    import faulthandler

    faulthandler.register(SHOW_STACK, file=2, all_threads=False)  # the server asks when a call's time is up


def load(file, source, stack_fd, timeout_s):
    """Runs the module's top level. Gives main()'s parameters as JSON, or raises Refused."""
    global _main, _file
    _file = file
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    module = type(sys)("function")
    module.__file__ = file
    sys.modules["function"] = module
    _watch(stack_fd, timeout_s)
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    except SyntaxError as error:
        raise Refused(f"Invalid code. {type(error).__name__} on line {error.lineno}: {error.msg}") from None
    except SystemExit as error:
        raise Refused(f"Invalid code. The module ends its process{_on_line(error)} (exit code {_exit_code(error)})") from None
    except BaseException as error:
        raise Refused(f"Invalid code. {type(error).__name__}{_on_line(error)}: {_text(error)}") from None
    _watch(stack_fd, 0)
    _main = getattr(module, "main", None)
    if not callable(_main):
        raise Refused("Function 'main()' not found inside code.")
    return _signature(_main)


def rehearse():
    """Loads a module and calls it, and forgets it."""
    global _main
    load("function.py", "import json\n\n\ndef main(*, name=''):\n    return {'message': f'{name}'}\n", 2, 10)
    call('{"name": "x"}', 100)
    flush()
    _main = None
    del sys.modules["function"]


def _watch(stack_fd, timeout_s):
    """Has the stack written to stack_fd after that time; 0 ends it."""
    import _signal
    import faulthandler

    if timeout_s:
        faulthandler.register(_signal.SIGALRM, file=stack_fd, all_threads=False, chain=False)
        _signal.setitimer(_signal.ITIMER_REAL, timeout_s)
    else:
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        faulthandler.unregister(_signal.SIGALRM)


def _signature(main):
    code = getattr(main, "__code__", None)
    if code is None or hasattr(main, "__wrapped__"):
        return _signature_of_any(main)
    positional = code.co_varnames[: code.co_argcount]
    first = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & 0x04:  # *args
        positional += ("*" + code.co_varnames[first],)
    if positional:
        _refuse_positional(positional[0], code.co_firstlineno)
    if code.co_flags & 0x80:  # async def
        import asyncio  # noqa: F401  now, rather than in every call
    defaults = main.__kwdefaults__ or {}
    names = code.co_varnames[code.co_argcount : first]
    return _described([(name, name not in defaults) for name in names], bool(code.co_flags & 0x08))


def _signature_of_any(main):
    """Of decorated functions and other callables."""
    import inspect

    try:
        parameters = inspect.signature(main).parameters.values()
    except (TypeError, ValueError) as error:
        raise Refused(f"Invalid code. main() has no signature that can be read: {_text(error)}") from None
    keywords = []
    takes_any = False
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            takes_any = True
        elif parameter.kind is parameter.KEYWORD_ONLY:
            keywords.append((parameter.name, parameter.default is parameter.empty))
        else:
            star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
            _refuse_positional(star + parameter.name, getattr(getattr(main, "__code__", None), "co_firstlineno", 1))
    return _described(keywords, takes_any)


def _refuse_positional(name, line):
    hint = "take **kw instead" if name.startswith("*") else f"put '*' before it: def main(*, {name})"
    raise Refused(f"Invalid code. main() on line {line} has the positional parameter '{name}'; {hint}")


def _described(keywords, takes_any):
    parameters = [{"name": name, "required": required} for name, required in keywords]
    return json.dumps({"parameters": parameters, "takes_any": takes_any})


def threads():
    return len(sys._current_frames())


def make_ready(scratch, rewound):
    """In a call's process, before its call: what must differ from every other call of the function."""
    if rewound and "random" in sys.modules:  # a new process has this done by Python
        sys.modules["random"].seed()
    if scratch != "/tmp":
        import os

        os.environ["HOME"] = os.environ["TMPDIR"] = scratch
    if "tempfile" in sys.modules:
        sys.modules["tempfile"]._name_sequence = None
    if "_ssl" in sys.modules:
        import os

        sys.modules["_ssl"].RAND_add(os.urandom(48), 48)


def call(arguments, result_bytes):
    """Runs main(). Gives ("result", JSON), ("failed", JSON) or ("exit", code)."""
    try:
        result = _main(**_decode(arguments.strip())[0])
        if id(type(result)) not in _PLAIN and hasattr(type(result), "__await__"):
            result = _await(result)
    except SystemExit as error:
        return "exit", _exit_code(error)
    except MemoryError as error:
        return _failed("out_of_memory", error)
    except BaseException as error:
        return _failed("error", error)
    try:
        text = _encode(result)
    except BaseException as error:
        return _bad_result(f"main() returned what is not JSON: {_text(error)}")
    if len(text) > result_bytes:
        return _bad_result(f"main() returned {len(text)} bytes of JSON; the limit is {result_bytes}", "result_bytes")
    return "result", text


def _encode(value):
    """As json.dumps(value, allow_nan=False), also where the function has made another of that."""
    if json.dumps is not _dumps or json.JSONEncoder is not _Encoder:
        return json.dumps(value, allow_nan=False)
    # One for each result: what it notes of an object that fails must not be there for the next.
    encode = _make_encoder({}, _defaults.default, _quote, None, ": ", ", ", False, False, False)
    return "".join(encode(value, 0))


def _await(result):
    import asyncio

    async def awaited():
        return await result

    return asyncio.run(awaited())


def _failed(verdict, error):
    try:
        frames = error.__traceback__.tb_next  # the first is call() above
        text = "".join(traceback.format_exception(type(error), error, frames))
    except BaseException:  # an error that cannot be shown must not hide that there was one
        text = f"{type(error).__name__}\n"
    text = _printable(text)
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT // 2] + "\n[...]\n" + text[-MAX_TEXT // 2 :]
    try:
        sys.stdout.flush()
        sys.stderr.write(text)
    except BaseException:
        pass
    detail = _printable(f"{type(error).__name__}: {_text(error)}".removesuffix(": "))
    return "failed", _failure(verdict, detail, text, _setting_in_the_way(error))


def _bad_result(detail, setting=""):
    return "failed", _failure("bad_result", _printable(detail), "", setting)


def _failure(verdict, detail, text, setting):
    return json.dumps({"verdict": verdict, "detail": detail, "traceback": text, "setting": setting})


def _setting_in_the_way(error):
    """The name of the setting whose value made the kernel refuse something, or ""."""
    for _ in range(8):  # causes may form a ring
        if error is None:
            break
        if isinstance(error, MemoryError):
            return "memory_mb"
        if type(error).__name__ == "gaierror" and error.errno == EAI_AGAIN:
            return "network"
        if isinstance(error, OSError) and error.errno in SETTING_BY_ERRNO:
            return SETTING_BY_ERRNO[error.errno]
        if isinstance(error, RuntimeError) and error.args == ("can't start new thread",):
            return "processes"
        reason = getattr(error, "reason", None)  # urllib's
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
    return ""


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def _on_line(error):
    """ "on line N", of the last frame in the function's own file."""
    line = None
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == _file:
            line = frame.tb_lineno
        frame = frame.tb_next
    return "" if line is None else f" on line {line}"


def _exit_code(error):
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(_text(code), file=sys.stderr)
    return 1


def _text(value):
    """One line of at most 300 characters, whatever str() does."""
    try:
        text = str(value)
    except BaseException:
        return "(a value that cannot be shown)"
    text = text.split("\n", 1)[0]
    return text if len(text) <= 300 else text[:297] + "..."


def _printable(text):
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
