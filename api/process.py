"""`stop`, `status` and `logs` of a running Wattboard, found by the file it leaves in its data."""

import json
import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

STOP_S = 30.0
LOG_BYTES = 5_000_000


class OneLine(logging.Formatter):
    """One record, one line: control characters of foreign text cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Escape everything below a space, also within a traceback."""
        text = super().format(record)
        return "".join(c if c >= " " else c.encode("unicode_escape").decode() for c in text)


def log_to(data_dir: Path) -> None:
    """Log warnings to the terminal and everything from INFO up to `logs/wattboard.log`."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    formatter = OneLine("%(asctime)s %(levelname)s %(name)s %(message)s")
    file = logging.handlers.RotatingFileHandler(
        folder / "wattboard.log", maxBytes=LOG_BYTES, backupCount=3
    )
    screen = logging.StreamHandler()
    screen.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [file, screen]
    for handler in root.handlers:
        handler.setFormatter(formatter)
    root.setLevel(logging.INFO)
    for noisy in ("apscheduler", "werkzeug", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A settling of long history outlasts its interval; its next run does what is left.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def without_password(url: str) -> str:
    """A URL as it may be printed and logged."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    hidden = f"{user.partition(':')[0]}:…@" if at else ""
    return urlunsplit(parts._replace(netloc=f"{hidden}{place}"))


def note_running(data_dir: Path, address: str) -> None:
    """Leave where this process can be found."""
    (data_dir / "running.json").write_text(json.dumps({"pid": os.getpid(), "address": address}))


def forget_running(data_dir: Path) -> None:
    """Take the note away, if it is ours."""
    found = _found(data_dir)
    if found and found["pid"] == os.getpid():
        (data_dir / "running.json").unlink(missing_ok=True)


def control(action: str, data_dir: Path) -> int:
    """Carry out `stop`, `status` or `logs`; gives the exit code."""
    if action == "logs":
        return _logs(data_dir)
    found = _found(data_dir)
    if found is None:
        sys.stdout.write("Wattboard is not running here.\n")
        return 3 if action == "status" else 0
    pid, address = int(str(found["pid"])), str(found["address"])
    return _status(pid, address) if action == "status" else _stop(pid, data_dir)


def _found(data_dir: Path) -> dict[str, object] | None:
    try:
        note: dict[str, object] = json.loads((data_dir / "running.json").read_text())
        os.kill(int(str(note["pid"])), 0)
    except (OSError, ValueError, KeyError):
        return None
    return note


def _status(pid: int, address: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310
            health = json.load(answer)
    except urllib.error.HTTPError as error:
        health = json.load(error)
    except OSError as error:
        sys.stdout.write(f"Process {pid} at {address} does not answer: {error}\n")
        return 1
    sys.stdout.write(f"{address} (process {pid}): {health['status']}\n")
    for name, check in health["checks"].items():
        words = check if isinstance(check, str) else " ".join(str(v) for v in check.values())
        sys.stdout.write(f"  {name}: {words}\n")
    return 0 if health["status"] == "ok" else 1


def _stop(pid: int, data_dir: Path) -> int:
    os.kill(pid, signal.SIGTERM)
    pause, end = threading.Event(), time.monotonic() + STOP_S
    while _found(data_dir) is not None:
        if time.monotonic() > end:
            sys.stdout.write(f"Process {pid} is still ending.\n")
            return 1
        pause.wait(0.1)
    sys.stdout.write("Stopped.\n")
    return 0


def _logs(data_dir: Path) -> int:
    path = data_dir / "logs" / "wattboard.log"
    if not path.exists():
        sys.stdout.write("There is no log yet.\n")
        return 0
    sys.stdout.write("\n".join(path.read_text(errors="replace").splitlines()[-100:]) + "\n")
    return 0
