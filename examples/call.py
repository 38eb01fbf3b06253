"""Logs in to Kappa and calls a function, with Python's standard library alone.

usage: call.py USERNAME FUNCTION [ARGUMENTS]     ARGUMENTS is a JSON object; the password is asked
"""

import getpass
import json
import os
import sys
import urllib.error
import urllib.request

SERVER = os.environ.get("KAPPA_SERVER", "http://127.0.0.1:8010")


def post(path, body, token=""):
    """The reply to a request, and whether it is an execution that failed."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(SERVER + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply), False
    except urllib.error.HTTPError as error:
        if error.headers["Kappa-Verdict"]:  # the function failed, not Kappa
            return json.load(error), True
        raise SystemExit(f"HTTP {error.code}: {error.read().decode()}")


def main(username, function, arguments="{}"):
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    login, _ = post("/login", {"username": username, "password": password})
    execution, failed = post(f"/functions/{function}/invoke", json.loads(arguments), login["access_token"])
    if failed:
        raise SystemExit(f"{execution['verdict']}: {execution['error']}\n{execution.get('traceback', '')}")
    print(execution["output"])


if __name__ == "__main__":
    main(*sys.argv[1:])
