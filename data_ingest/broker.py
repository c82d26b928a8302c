"""The embedded broker: a mosquitto that belongs to this process, and dies with it.

It listens on loopback only and keeps its queue in the data directory, with the settings of
`deploy/mosquitto.conf` that decide what survives.
"""

import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

from domain.foundation.clock import monotonic
from domain.foundation.errors import Unavailable

log = logging.getLogger(__name__)

APT_LINE = "apt-get install -y mosquitto"
SHIPPED = Path(__file__).resolve().parent.parent / "deploy" / "mosquitto.conf"
HOST = "127.0.0.1"
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0
RESTART_PAUSE_S = (0.2, 10.0)
_OF_THE_PLACE = frozenset(
    {"listener", "allow_anonymous", "password_file", "acl_file", "persistence_location"}
)


class EmbeddedBroker:
    """A mosquitto child process, started again when it dies; `port` 0 takes a free one."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self.directory = data_dir / "broker"
        self.port = port
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._tried = threading.Event()
        self._failure: str | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The broker as `WATTBOARD_MQTT_URL` would name it."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the process runs now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """Start it, wait until it answers, and return its URL.

        Raises:
            Unavailable: mosquitto is not installed, or does not come up; says what to do.
        """
        program = find_program("mosquitto")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._await_predecessor()
        if self.port and _answers(self.port):
            raise Unavailable(
                "broker", f"Port {self.port} is taken; choose another in WATTBOARD_MQTT_PORT."
            )
        self.port = self.port or _free_port()
        (self.directory / "mosquitto.conf").write_text(self._config(), encoding="utf-8")
        self._thread = threading.Thread(
            target=self._supervise, args=(program,), name="broker", daemon=True
        )
        self._thread.start()
        self._tried.wait(START_TIMEOUT_S + 1)
        if self._failure:
            self.stop()
            raise Unavailable("broker", self._failure)
        return self.url

    def stop(self) -> None:
        """End it; it writes its queue to disk first."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def _config(self) -> str:
        kept = []
        for line in SHIPPED.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words and not line.startswith("#") and words[0] not in _OF_THE_PLACE:
                kept.append(line)
        return "\n".join(
            [
                f"listener {self.port} {HOST}",
                "allow_anonymous true",
                f"persistence_location {self.directory}/",
                f"pid_file {self._pid_file}",
                # Not dropping to another user keeps the order to die with the parent in force.
                f"user {pwd.getpwuid(os.geteuid()).pw_name}",
                *kept,
                "",
            ]
        )

    @property
    def _pid_file(self) -> Path:
        return self.directory / "mosquitto.pid"

    def _supervise(self, program: str) -> None:
        """Run all the broker's life: its order to die is tied to the thread that started it."""
        pause = RESTART_PAUSE_S[0]
        while not self._stopping.is_set():
            started = monotonic()
            code = self._run_once(program)
            if self._stopping.is_set() or self._failure:
                return
            pause = RESTART_PAUSE_S[0] if monotonic() - started > 60 else pause * 2
            pause = min(pause, RESTART_PAUSE_S[1])
            log.error("the embedded broker ended (%s); it is started again in %.1f s", code, pause)
            self.restarts += 1
            self._stopping.wait(pause)

    def _run_once(self, program: str) -> int:
        command = [find_program("setpriv"), "--pdeathsig", "TERM", "--", program]
        with (self.directory / "mosquitto.log").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                [*command, "-c", str(self.directory / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._process = process
        if self._stopping.is_set():
            process.terminate()
        if not self._tried.is_set():
            self._failure = self._wait_until_it_answers(process)
            self._tried.set()
            if self._failure:
                process.kill()
        return process.wait()

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> str | None:
        deadline = monotonic() + START_TIMEOUT_S
        while monotonic() < deadline:
            if process.poll() is not None:
                return f"mosquitto ended at once: {self._last_words()}"
            if _answers(self.port):
                return None
            self._stopping.wait(0.02)
        return f"mosquitto did not answer on port {self.port} within {START_TIMEOUT_S:.0f} s."

    def _last_words(self) -> str:
        lines = (self.directory / "mosquitto.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing."

    def _await_predecessor(self) -> None:
        """Let the broker of a process that was killed a moment ago finish writing its queue."""
        deadline = monotonic() + STOP_TIMEOUT_S
        while (pid := self._predecessor()) and monotonic() < deadline:
            os.kill(pid, signal.SIGTERM)
            self._stopping.wait(0.1)

    def _predecessor(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text())
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.directory).encode() in line else None


def find_program(name: str) -> str:
    """Find a system program, also where Debian keeps daemons.

    Raises:
        Unavailable: with the line that installs it.
    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise Unavailable(
            "broker",
            f"{name} is not installed. Install it ({APT_LINE}), or name a broker in"
            " WATTBOARD_MQTT_URL.",
        )
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
