"""The functions as uWSGI serves them: POST /NAME with JSON arguments, answered with JSON."""

import importlib
import json

mains = {name: importlib.import_module(name).main for name in ("hello", "fib", "lines")}


def application(environ, start_response):
    arguments = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    answer = json.dumps(mains[environ["PATH_INFO"][1:]](**arguments)).encode()
    fields = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    # uWSGI closes the connection and does not say so: a client would send its next request in vain.
    start_response("200 OK", [*fields, ("Connection", "close")])
    return [answer]
