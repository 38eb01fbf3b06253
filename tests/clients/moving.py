# kappa export and import: a user's functions on another account are the same functions.
# usage: with_server.sh PROGRAM python3 moving.py PROGRAM
import json
import os
import subprocess
import sys
import tempfile

program = sys.argv[1]
patience_s = 30
base = tempfile.TemporaryDirectory()


class Person:
    def __init__(self, name):
        self.home = os.path.join(base.name, name)
        os.mkdir(self.home)
        for command in ("signup", "login"):
            self.does(command, "--username", name, "--password-stdin", stdin="correct horse\n")

    def tries(self, *words, stdin=""):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "KAPPA_SERVER": os.environ["KAPPA_SERVER"]}
        return subprocess.run([program, *words], cwd=self.home, env=environment, input=stdin, text=True, capture_output=True,
                              timeout=patience_s)

    def does(self, *words, stdin=""):
        done = self.tries(*words, stdin=stdin)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def creates(self, name, code, *flags):
        self.does("fn", "create", name, "-", *flags, stdin=code)


def outcomes(text):
    return dict(line.split("\t") for line in text.splitlines())


ada, eve = Person("mover-ada"), Person("mover-eve")
greeting = 'def main(*, name="wörld"):\n\treturn f"Hello, {name} \\"quoted\\" \\\\ \U0001f600"\r\n'
ada.creates("greet", greeting, "--timeout-ms", "4321", "--state", "warm")
ada.creates("Another", "def main(): return 1")
ada.creates("stays", "def main(): return 2", "--memory-mb", "64")

# Everything, on an account that is empty; and what it exports is equal to the letter.
exported = ada.does("export")
assert [function["name"] for function in json.loads(exported)["functions"]] == ["Another", "greet", "stays"]
assert set(outcomes(eve.does("import", "-", stdin=exported)).values()) == {"created"}
assert eve.does("export") == exported
assert json.loads(eve.does("fn", "show", "greet", "--code", "-o", "json"))["code"] == greeting
assert eve.does("invoke", "greet", "-q") == ada.does("invoke", "greet", "-q") != ""

# Again: nothing changes.
assert set(outcomes(eve.does("import", "-", stdin=exported)).values()) == {"unchanged"}

# To a file, which only its owner reads, and which is not overwritten.
ada.does("export", "all.json")
path = os.path.join(ada.home, "all.json")
assert open(path, encoding="utf-8", newline="").read() == exported and os.stat(path).st_mode & 0o777 == 0o600
assert ada.tries("export", "all.json").returncode == 1
ada.does("export", "all.json", "--replace")

# What is there and another is named, and nothing is done.
document = json.loads(exported)
document["functions"][0]["code"] = "def main(): return 'new'"
document["functions"][2]["settings"] = {"memory_mb": 65}
document["functions"].insert(0, {"name": "fresh", "code": "def main(): return 0", "settings": {}})
refused = eve.tries("import", "-", stdin=json.dumps(document))
assert refused.returncode == 1 and "Another, stays" in refused.stderr and "--replace" in refused.stderr, refused
assert eve.does("export") == exported

# Unless they are to be replaced.
done = outcomes(eve.does("import", "-", "--replace", stdin=json.dumps(document)))
assert done == {"fresh": "created", "Another": "replaced", "greet": "unchanged", "stays": "replaced"}, done
assert "new" in eve.does("fn", "execute", "Another")
assert json.loads(eve.does("fn", "show", "stays", "-o", "json"))["settings"] == {"memory_mb": 65}

# One that cannot be used is refused, named, and does not cost the one that was there.
before = eve.does("export")
bad = {"format": 1, "functions": [{"name": "Another", "code": "def main(:", "settings": {}}]}
refused = eve.tries("import", "-", "--replace", stdin=json.dumps(bad))
assert refused.returncode != 0 and "function 'Another' was not imported" in refused.stderr, refused
assert eve.does("export") == before

# What is no export is told with where.
for text, part in [("{", "line 1"), ('{"format":1}', "/functions"), ('{"format":2,"functions":[]}', "newer kappa"),
                   ('{"format":1,"functions":[{"name":"x","code":"y","settings":{"timeout":1}}]}', "timeout_ms")]:
    refused = eve.tries("import", "-", stdin=text)
    assert refused.returncode == 2 and part in refused.stderr, refused

# What is more than an import takes is not exported, and can be in parts.
source = "# " + "\x01" * 1_000_000 + "\ndef main():\n    return 1\n"  # six bytes of JSON each
for number in range(12):
    ada.creates(f"large{number}", source)
refused = ada.tries("export", "more.json")
assert refused.returncode == 1, refused
assert "more than the 64 MiB that kappa import takes" in refused.stderr and "--fn NAME" in refused.stderr, refused.stderr
assert not os.path.exists(os.path.join(ada.home, "more.json"))
ada.does("export", "part.json", *[word for number in range(10) for word in ("--fn", f"large{number}")])
assert os.path.getsize(os.path.join(ada.home, "part.json")) > 50 << 20
created = outcomes(eve.does("import", os.path.join(ada.home, "part.json"), "-o", "plain"))
assert created == {f"large{number}": "created" for number in range(10)}, created
unknown = ada.tries("export", "--fn", "large1", "--fn", "absent")
assert unknown.returncode == 3 and "absent" in unknown.stderr and not unknown.stdout, unknown
