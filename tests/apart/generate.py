# Client libraries for all six services, from the descriptions that they serve, in Python and in TypeScript.
# The Python generator is the last release on npm that brings its JAR along; later ones fetch theirs from Maven.
# usage: generate.py PROGRAM REPOSITORY_ROOT OUT; exits with 77 when Java or what npm brings is missing
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from split import split

PATIENCE_S = 80


def tools(packages):
    """The generators: a JAR and a JavaScript program. Exits with 77 where they are missing."""
    jar = os.path.join(packages, "node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar")
    script = os.path.join(packages, "node_modules/openapi-typescript/bin/cli.js")
    missing = [f"npm ci in {packages}" for tool in (jar, script) if not os.path.exists(tool)][:1]
    missing += [program for program in ("java", "node") if not shutil.which(program)]
    if missing:
        print("SKIPPED: client libraries cannot be generated without " + " and ".join(missing), file=sys.stderr)
        sys.exit(77)
    return jar, script


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} ended with {done.returncode}:\n{done.stdout.decode()[-4000:]}")


def python_settings(name, description, out):
    # The samples of tests that it would write test nothing.
    return {"generatorName": "python", "inputSpec": description, "outputDir": out, "packageName": f"kappa_{name}",
            "projectName": f"kappa-{name}", "globalProperties": {"apiTests": "false", "modelTests": "false"}}


def generate(addresses, out, packages):
    """Leaves out/python/kappa_NAME/ and out/typescript/NAME.d.ts; gives the descriptions by name."""
    jar, script = tools(packages)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(os.path.join(out, "descriptions"))
    descriptions, settings = {}, []
    with ThreadPoolExecutor(2) as both:  # the generators beside each other; none has two cores' worth of work
        types = []
        for name, address in addresses.items():
            with urllib.request.urlopen(address + "/openapi.json", timeout=20) as reply:
                text = reply.read()
            descriptions[name] = json.loads(text)
            path = os.path.join(out, "descriptions", name + ".json")
            with open(path, "wb") as file:
                file.write(text)
            settings.append(os.path.join(out, "descriptions", name + ".settings.json"))
            with open(settings[-1], "w", encoding="utf-8") as file:
                json.dump(python_settings(name, path, os.path.join(out, "python", "kappa_" + name)), file)
            types.append(["node", script, path, "--output", os.path.join(out, "typescript", name + ".d.ts")])
        list(both.map(run, [["java", "-jar", jar, "batch", *settings], *types]))
    return descriptions


def main():
    program, root, out = map(os.path.abspath, sys.argv[1:4])
    began = time.monotonic()
    with split(program, root) as services:
        generate(services.at, out, os.path.join(root, "tests", "npm"))
    print(f"{len(services.at)} clients in Python in {out}/python, in TypeScript in {out}/typescript, "
          f"in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
