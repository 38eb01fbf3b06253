# The six processes of config/split/, each with a port and a folder of its own.
import contextlib
import os
import re
import select
import subprocess
import tempfile

MODULES = ["data", "fn_code", "fn_logs", "logs", "runner"]  # each asks only those before it
START_WITHIN_S = 30


class Services:
    """Where each service is, and the token that a module wants: `at["data"]`, `token("data")`."""

    modules = MODULES

    def __init__(self, folder):
        self.folder = folder
        self.at = {}

    def token(self, module):
        with open(os.path.join(self.folder, "kappa-split", "tokens", module), encoding="utf-8") as file:
            return file.read().strip()


def address_of(process, log):
    ready = select.select([process.stdout], [], [], START_WITHIN_S)[0]
    told = re.search(r"serves at (\S+)", process.stdout.readline().decode()) if ready else None
    if told:
        return told[1]
    with open(log, encoding="utf-8") as file:
        raise RuntimeError(f"a service did not start: {file.read()}")


def end(process):
    process.terminate()
    try:
        process.wait(START_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def split(program, root):
    """Runs them until the block is left."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kappa-split-", ignore_cleanup_errors=True))
        services = Services(folder)
        for name in [*MODULES, "gateway"]:
            config = os.path.join(root, "config", "split", ("kappa" if name == "gateway" else name) + ".toml")
            with open(config, encoding="utf-8") as file:
                asks = re.findall(r"\[modules\.(\w+)\]\nurl", file.read())
            flags = [word for module in asks for word in (f"--modules.{module}.url", services.at[module])]
            own = "--listen" if name == "gateway" else f"--modules.{name}.expose"
            log = os.path.join(folder, name + ".log")
            with open(log, "wb") as stderr:
                process = subprocess.Popen(
                    [program, "serve", "--config", config, own, "127.0.0.1:0", "--related.enabled", "false", *flags],
                    cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
            stack.callback(end, process)
            services.at[name] = address_of(process, log)
        yield services
