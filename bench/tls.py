# What TLS costs the server: processor time of a request, kept connection and new, and memory of a connection that rests.
# Two servers, one without and one with a P-256 certificate, are asked in turns; wrk is the client.
# usage: tls.py PROGRAM
import http.client
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import urllib.request

program, rounds, seconds, resting = sys.argv[1], 3, 3, 400
ticks_per_second = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, folder, name, address, trust, *flags):
        self.log = open(os.path.join(folder, name + ".log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "serve", "--listen", address, "--data", os.path.join(folder, name), "--related.enabled", "false",
             "--http.access_log", "false", *flags], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.url = re.search(r"https?://\S+", self.process.stdout.readline())[0]
        self.trust = trust
        user = {"username": "bench", "password": "correct horse"}
        self.token = None
        self.ask("/signup/", user)
        self.token = next(iter(self.ask("/login/", user).values()))
        self.ask("/functions/", {"name": "hello", "code": "def main(*, name): return name"})

    def ask(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        with urllib.request.urlopen(request, context=self.trust if self.url.startswith("https") else None) as reply:
            return json.load(reply)

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks_per_second

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s*(\d+)", file.read())[1])

    def us_per_request(self, path, *words):
        before = self.processor_seconds()
        out = subprocess.run(["wrk", "-t1", "-c8", f"-d{seconds}s", *words, "-H", "Authorization: Bearer " + self.token,
                              self.url + path], capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in out and "Socket errors" not in out, out
        return (self.processor_seconds() - before) * 1e6 / int(re.search(r"(\d+) requests in", out)[1])

    def kb_per_connection(self):
        host, port = self.url.rsplit("/", 1)[1].split(":")
        before, connections = self.memory_kb(), []
        for _ in range(resting):
            if self.url.startswith("https"):
                connection = http.client.HTTPSConnection(host, int(port), context=self.trust)
            else:
                connection = http.client.HTTPConnection(host, int(port))
            connection.request("GET", "/openapi.json")
            connection.getresponse().read()
            connections.append(connection)
        return (self.memory_kb() - before) / resting

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=kappa", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        trust = ssl.create_default_context(cafile=certificate)
        servers = [Server(folder, "plain", "http://127.0.0.1:0", trust),
                   Server(folder, "tls", "https://127.0.0.1:0", trust, "--tls.certificate", certificate, "--tls.key", key)]
        script = os.path.join(folder, "call.lua")
        with open(script, "w", encoding="utf-8") as file:
            file.write('wrk.method, wrk.body = "POST", \'{"name": "world"}\'\nwrk.headers["Content-Type"] = "application/json"')
        cases = {"GET /user/me": ("/user/me",), "POST /functions/hello/invoke": ("/functions/hello/invoke", "-s", script),
                 "GET /openapi.json, 60 kB": ("/openapi.json",),
                 "GET /user/me, a connection each": ("/user/me", "-H", "Connection: close")}
        try:
            print(f"{'us of the server process':34} {'plain':>8} {'TLS':>8}")
            for name, words in cases.items():
                turns = [[server.us_per_request(*words) for server in servers] for _ in range(rounds)]
                print(f"{name:34} " + " ".join(f"{statistics.median(column):8.1f}" for column in zip(*turns)), flush=True)
            print(f"{'kB of a resting connection':34} " + " ".join(f"{s.kb_per_connection():8.1f}" for s in servers))
        finally:
            for server in servers:
                server.end()


main()
