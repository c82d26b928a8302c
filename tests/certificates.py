"""Certificate authorities made for one test, with the openssl command line."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers import program


@dataclass(frozen=True)
class Authority:
    """An authority that signs certificates for brokers."""

    directory: Path

    @property
    def certificate(self) -> Path:
        """What a client has to trust."""
        return self.directory / "ca.pem"

    def sign(self, name: str) -> tuple[Path, Path]:
        """Make a certificate and key for one host name."""
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate, extension = self.directory / f"{name}.pem", self.directory / f"{name}.ext"
        extension.write_text(f"subjectAltName=DNS:{name}\n")
        _openssl("req", "-new", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate,
            "-CAkey", self.directory / "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", extension, "-out", certificate,
        )  # fmt: skip
        return certificate, key


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def authority(directory: Path) -> Authority:
    """Make a new authority; two of them never trust each other."""
    directory.mkdir(parents=True)
    made = Authority(directory)
    _openssl(
        "req", "-x509", *_NEW_KEY, "-keyout", directory / "ca.key", "-out", made.certificate,
        "-days", "2", "-subj", f"/CN={directory.name}",
    )  # fmt: skip
    return made


def _openssl(*arguments: object) -> None:
    command = [program("openssl"), *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
