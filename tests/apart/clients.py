# Generated clients at work: the six processes of config/split/, a client for each in Python and in TypeScript, the whole
# workflow through the gateway's, and every operation of the inner modules through theirs.
# By hand: ./dev clients, which only generates.
# usage: clients.py PROGRAM REPOSITORY_ROOT OUT; exits with 77 (skipped) when Java or what npm brings is missing
import os
import subprocess
import sys
import time
from importlib.util import find_spec

import python_gateway
import python_modules
from generate import generate, tools
from python_client import check_all_asked
from split import split
from typescript import run_typescript


def stage(what, do, *arguments):
    began = time.monotonic()
    result = do(*arguments)
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)
    return result


def main():
    program, root, out = map(os.path.abspath, sys.argv[1:4])
    packages = os.path.join(root, "tests", "npm")
    tools(packages)
    missing = [name for name in ("urllib3", "dateutil", "certifi", "six") if not find_spec(name)]
    if missing:
        print(f"SKIPPED: generated Python clients do not run without {', '.join(missing)}: ./dev test installs them",
              file=sys.stderr)
        sys.exit(77)
    with split(program, root) as services:
        descriptions = stage("generating", generate, services.at, out, packages)
        asked = stage("Python, the modules", python_modules.run, services, out)
        asked["gateway"] = stage("Python, the gateway", python_gateway.run, services.at["gateway"], out)
        for name, description in descriptions.items():
            check_all_asked(name, description, asked[name])
        stage("TypeScript", run_typescript, services, descriptions, out, packages)


main()
