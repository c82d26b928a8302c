"""A real PostgreSQL and a real mosquitto, each in a temporary directory, stopped by the caller."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

APT_LINE = "apt-get install -y mosquitto postgresql chromium chromium-driver"

POSTGRESQL_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    # Nothing of it has to outlive the run, so nothing waits for the disk or cleans up behind.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
)


def program(name: str) -> str:
    """Find a system program, also off the PATH where Debian keeps some; missing is a failure."""
    places = [shutil.which(name), f"/usr/sbin/{name}"]
    places += sorted(
        (str(p) for p in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True
    )
    for place in places:
        if place and os.access(place, os.X_OK):
            return place
    raise AssertionError(f"{name} is missing; {APT_LINE}")


def free_port() -> int:
    """Ask the system for a port on loopback that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def postgresql(directory: Path) -> Iterator[str]:
    """Run a PostgreSQL cluster; gives a URL without database name. Root runs it as `postgres`."""
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    data = directory / "cluster"
    data.mkdir(parents=True)
    if owner:
        os.chown(data, owner.pw_uid, owner.pw_gid)
        directory.chmod(0o755)
    identity: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid} if owner else {}
    subprocess.run(
        [
            program("initdb"),
            "-D",
            data,
            "-U",
            "wattboard",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        capture_output=True,
        cwd="/",
        **identity,
    )
    port = free_port()
    server = subprocess.Popen(
        [
            program("postgres"),
            "-D",
            data,
            "-p",
            str(port),
            *(part for setting in POSTGRESQL_SETTINGS for part in ("-c", setting)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **identity,
    )
    try:
        ready = [program("pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, 30)
        yield f"postgresql+psycopg://wattboard@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


@dataclass
class Mosquitto:
    """A running broker."""

    host: str
    port: int
    process: subprocess.Popen[bytes]
    config: Path

    @property
    def url(self) -> str:
        """The broker as a setting would name it."""
        return f"mqtt://{self.host}:{self.port}"


@contextmanager
def mosquitto(directory: Path, extra: str = "", *, anonymous: bool = True) -> Iterator[Mosquitto]:
    """Run a mosquitto that keeps every queued message in memory."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = directory / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous {str(anonymous).lower()}\nuser {_own_name()}\n"
        f"max_queued_messages 0\nmax_inflight_messages 1000\n{extra}"
    )
    process = subprocess.Popen(
        [program("mosquitto"), "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port), 10)
        broker = Mosquitto("127.0.0.1", port, process, config)
        yield broker
        process = broker.process
    finally:
        process.terminate()
        process.wait(10)


def restart(broker: Mosquitto) -> None:
    """Start a broker that has been stopped again, on its port."""
    broker.process = subprocess.Popen(
        [program("mosquitto"), "-c", broker.config],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: answers(broker.port), 10)


def answers(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _own_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
