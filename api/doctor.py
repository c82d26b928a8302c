"""`python app.py doctor`: is everything there that Wattboard needs? Changes nothing."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from domain.storage.engine import Database
from domain.storage.migrate import pending_revision

if TYPE_CHECKING:
    from settings import Settings

LOW_DISK_BYTES = 500_000_000
MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok`, and what to do where it is not."""

    subject: str
    ok: bool
    words: str


def examine(settings: "Settings") -> Iterator[Finding]:
    """Look at database, broker, disk, secret and port, one finding each."""
    yield _database(settings)
    yield _broker(settings)
    yield _disk(settings.data_dir)
    yield _secret(settings.data_dir / "secret_key")
    yield _port(settings.host, settings.port)


def report(settings: "Settings") -> int:
    """Print the findings; gives 1 when something needs a hand."""
    findings = list(examine(settings))
    for finding in findings:
        sys.stdout.write(
            f"{'ok  ' if finding.ok else 'MEND'}  {finding.subject}: {finding.words}\n"
        )
    return 0 if all(finding.ok for finding in findings) else 1


def _database(settings: "Settings") -> Finding:
    path = urlsplit(settings.database_url).path
    if settings.database_url.startswith("sqlite") and not Path(path[1:] or "/").exists():
        return Finding("database", True, "will be made at the first start")
    database = Database(settings.database_url)
    try:
        pending = pending_revision(database)
    except SQLAlchemyError as error:
        return Finding("database", False, f"cannot be opened: {str(error)[:200]}")
    finally:
        database.close()
    words = f"will be migrated to {pending} at the next start" if pending else "is up to date"
    return Finding("database", True, f"{database.dialect} {words}")


def _broker(settings: "Settings") -> Finding:
    if settings.mqtt_url is None:
        found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        words = found or "mosquitto is missing: apt-get install -y mosquitto"
        return Finding("embedded broker", found is not None, words)
    parts = urlsplit(settings.mqtt_url)
    host, port = parts.hostname or "", parts.port or MQTT_PORTS[parts.scheme]
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        return Finding("broker", False, f"{host}:{port} does not answer: {error}")
    return Finding("broker", True, f"{host}:{port} answers")


def _disk(data_dir: Path) -> Finding:
    place = next(p for p in (data_dir, *data_dir.parents) if p.exists())
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    words = f"{free / 1e9:.1f} GB free at {place}" + ("" if writable else ", not writable")
    return Finding("disk", writable and free > LOW_DISK_BYTES, words)


def _secret(path: Path) -> Finding:
    if not path.exists():
        return Finding("secret key", True, "will be made, or comes from the environment")
    private = stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    return Finding("secret key", private, "private" if private else f"chmod 600 {path}")


def _port(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding("port", False, f"{host}:{port} cannot be used: {error.strerror}")
    return Finding("port", True, f"{host}:{port} is free")
