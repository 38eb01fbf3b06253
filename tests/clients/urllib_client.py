# The whole workflow by Python's urllib, which speaks HTTP/1.1 but closes after each reply.
# usage: with_server.sh PROGRAM python3 urllib_client.py
import json
import os
import urllib.error
import urllib.parse
import urllib.request

SERVER = os.environ["KAPPA_SERVER"]
SOURCE = "def main(*, name):\n    print('on its way')\n    return {'message': f'Hello, {name}'}\n"
token = None


def ask(method, path, body=None):
    """The status and what the JSON in the reply says."""
    request = urllib.request.Request(SERVER + path, method=method, data=body and json.dumps(body).encode())
    request.add_header("Accept", "application/json")
    if body:
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


ada = {"username": "ada", "password": "correct horse"}
assert ask("POST", "/signup/", ada) == (200, {"status": "ok"})
assert ask("POST", "/signup/", ada)[0] == 409
assert ask("GET", "/user/me") == (401, {"detail": "Not authenticated", "code": "unauthorized", "faults": []})
token = ask("POST", "/login/", ada)[1]["access_token"]
assert ask("GET", "/user/me") == (200, {"username": "ada"})
assert ask("POST", "/functions/", {"name": "hello", "code": SOURCE})[1]["created"]
status, executed = ask("GET", "/functions/hello?" + urllib.parse.urlencode({"name": "wörld & more"}))
assert (status, executed["output"]) == (200, {"message": "Hello, wörld & more"}), executed
status, invoked = ask("POST", "/functions/hello/invoke", {"name": [1, 2.5, None]})
assert (status, invoked["output"]) == (200, {"message": "Hello, [1, 2.5, None]"}), invoked
status, logs = ask("GET", f"/functions/exec/{executed['exec_id']}/logs/")
assert any(json.loads(line["content"]).get("stdout") == "on its way\n" for line in logs["logs"]), logs
assert ask("GET", "/bill/") == (200, {"total": 2, "fn": {"hello": 2}})
assert ask("DELETE", "/functions/hello") == (200, None)
assert ask("GET", "/functions/hello?name=x")[0] == 404
# A name longer than any is not told whole, and no letter of it halved: the reply stays JSON in UTF-8.
assert ask("GET", "/executions/" + urllib.parse.quote("a" * 63 + "é"))[1]["detail"] == f"execution '{'a' * 63}' not found"
assert ask("GET", "/functions/" + urllib.parse.quote("é" * 40) + "/code")[1]["detail"] == f"function '{'é' * 32}' not found"
