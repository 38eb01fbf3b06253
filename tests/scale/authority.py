"""Certificates for hosts, of an authority of the test's own."""

import pathlib
import subprocess

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]


def _openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Authority:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.certificate, self.key = self.folder / "authority.pem", self.folder / "authority.key"
        _openssl("req", "-x509", *CURVE, "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=Test authority")

    def sign(self, name, address):
        """The certificate of a host, and its key: for its name and its address."""
        made = {kind: self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr", "names")}
        made["names"].write_text(f"subjectAltName=DNS:{name}.internal,IP:{address}\n", encoding="utf-8")
        _openssl("req", "-new", *CURVE[:-2], "-keyout", made["key"], "-out", made["csr"], "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", made["csr"], "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                 "-days", "2", "-extfile", made["names"], "-out", made["pem"])
        made["key"].chmod(0o600)
        return made["pem"], made["key"]
