# The workflows in typescript/, checked against the generated types, compiled, and run.
import json
import os
import shutil
import subprocess

from python_client import check_all_asked

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = {"strict": True, "noUncheckedSideEffectImports": True, "target": "es2022", "module": "nodenext",
           "types": ["node"], "skipLibCheck": True, "outDir": "made"}


def run(command, folder, **options):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=80, check=False,
                          **options)
    assert done.returncode == 0, f"{command[1]} ended with {done.returncode}: {done.stdout.decode()[-4000:]}"
    return done.stdout


def operations(description, asked):
    """The ids of "POST /login" and the like."""
    return {description["paths"][path][verb.lower()]["operationId"] for verb, path in (one.split(" ", 1) for one in asked)}


def run_typescript(services, descriptions, out, packages):
    folder = os.path.join(out, "typescript")
    shutil.copytree(os.path.join(HERE, "typescript"), folder, dirs_exist_ok=True)
    os.symlink(os.path.join(packages, "node_modules"), os.path.join(folder, "node_modules"))
    for name, content in {"tsconfig.json": {"compilerOptions": OPTIONS, "include": ["*.ts"]},
                          "package.json": {"type": "module", "private": True}}.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    run(["node", "node_modules/typescript/bin/tsc", "-p", "."], folder)
    where = {name: {"address": address, "token": "" if name == "gateway" else services.token(name)}
             for name, address in services.at.items()}
    told = run(["node", "made/main.js"], folder, env={**os.environ, "KAPPA_SERVICES": json.dumps(where)})
    for name, asked in json.loads(told).items():
        check_all_asked(name, descriptions[name], operations(descriptions[name], asked))
