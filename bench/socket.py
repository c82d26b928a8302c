"""1,000 readings a second to 200 sockets, ours beside the bare path: `python -m bench.socket`.

Ours is what serves users: mosquitto → listener → SQLite → hub → `/ws` of the production server, one
reading a second from each of 1,000 sensors, every client subscribed to all of them. The reference
is bench/socket_reference.py. A round measures one side without clients and with them; the
difference in CPU is what the sockets cost. Then one client of ours stops reading, and more
clients come than are let in, while `/health` is asked.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bench.socket_crowd import Crowd, connect
from bench.timing import Verdict
from tests import servers
from tests.running import running

CLIENTS, SENSORS, FLUSH_MS = 200, 1_000, 100.0
PASSWORD = "bench-socket-password"
TOPIC = "wattboard/main/telemetry/"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Heard:
    """What the clients of one round got: share of all readings, delays [ms], cores in use."""

    share: float
    p50_ms: float
    p99_ms: float
    cores: float

    @property
    def line(self) -> str:
        """The round as it is printed."""
        return (
            f"delivered {self.share:.4f}  p50 {self.p50_ms:6.1f}  p99 {self.p99_ms:6.1f} ms  "
            f"sockets {self.cores:.3f} core"
        )


class Traffic:
    """Publishes one reading after the other, evenly, each sensor in turn."""

    def __init__(self, port: int) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(1000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._number = 0

    def run(self, seconds: float) -> int:
        """Publish SENSORS a second for so long; how many."""
        pause, began, total = threading.Event(), time.monotonic(), round(seconds * SENSORS)
        for count in range(total):
            pause.wait(max(0.0, began + count / SENSORS - time.monotonic()))
            turn, sensor = divmod(self._number, SENSORS)
            self._number += 1
            payload = f'{{"timestamp":{time.time():.3f},"power":{turn % 500 / 10:.1f}}}'
            self._client.publish(f"{TOPIC}BENCH_{sensor:04}", payload, qos=1)
        return total

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def cpu_s(pid: int) -> float:
    """CPU time of a process and its children so far [s]."""
    found, parents = 0.0, {pid}
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.name) in parents or int(fields[1]) in parents:
            parents.add(int(entry.name))
            found += (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
    return found


def one_round(
    address: str, pid: int, traffic: Traffic, seconds: float, token: str, stuck: int = 0
) -> Heard:
    """Readings without clients, then with them."""
    before = cpu_s(pid)
    traffic.run(seconds)
    alone_s = cpu_s(pid) - before
    command = [
        sys.executable,
        "-m",
        "bench.socket_crowd",
        address,
        str(CLIENTS - stuck),
        str(stuck),
    ]
    crowd = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "BENCH_TOKEN": token},
    )
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    assert crowd.stdout.readline().strip() == "ready"
    traffic.run(1.0)
    begin_ms = time.time() * 1000
    print(json.dumps([begin_ms, begin_ms + seconds * 1000]), file=crowd.stdin, flush=True)
    before = cpu_s(pid)
    published = traffic.run(seconds)
    with_clients_s = cpu_s(pid) - before
    told = json.loads(crowd.stdout.readline())
    crowd.wait(30)
    p50_ms, _, p99_ms, _ = told["delays_ms"]
    share = told["received"] / (published * (CLIENTS - stuck))
    return Heard(share, p50_ms, p99_ms, (with_clients_s - alone_s) / seconds)


@contextmanager
def reference(port: int) -> Iterator[tuple[str, int]]:
    """Run the bare path in a process of its own; gives its address and number."""
    command = [sys.executable, "-m", "bench.socket_reference", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait(10)


def a_token(address: str) -> str:
    """A token of the first user that may read sensors."""
    import base64

    word = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    body = json.dumps({"name": "bench", "list_of_resources": ["sensors"]}).encode()
    request = urllib.request.Request(
        f"{address}/api/v1/tokens/generate",
        body,
        {"Authorization": f"Basic {word}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["token"])


def refused_with(address: str, token: str) -> int | None:
    """The close code of one socket more than are let in."""
    peer = connect(address, token)
    crowd = Crowd([peer])
    crowd.read_until(time.time() + 2.0)
    peer.connection.close()
    return peer.closed_with


def beyond_the_cap(address: str, token: str) -> tuple[list[int | None], float]:
    """Close codes of five sockets too many, and the slowest of ten /health meanwhile [ms]."""
    held = [connect(address, token) for _ in range(CLIENTS)]
    codes = [refused_with(address, token) for _ in range(5)]
    slowest_ms = 0.0
    for _ in range(10):
        began = time.perf_counter()
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            answer.read()
        slowest_ms = max(slowest_ms, (time.perf_counter() - began) * 1000)
    for peer in held:
        peer.connection.close()
    return codes, slowest_ms


def measure(rounds: int, seconds: float, directory: Path) -> list[Verdict]:
    """Alternate both sides, then the stuck client and the cap."""
    found: dict[str, list[Heard]] = {"ours": [], "stuck": [], "bare": []}
    with servers.mosquitto(directory / "broker") as broker:
        settings = {
            "WATTBOARD_MQTT_URL": broker.url,
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_DEMO_START": "",
            "WATTBOARD_ADMIN_PASSWORD": PASSWORD,
        }
        with (
            running(directory / "house", **settings) as app,
            reference(broker.port) as (bare, bare_pid),
        ):
            traffic, token = Traffic(broker.port), a_token(app.address)
            traffic.run(2.0)  # every sensor is known
            sides = (
                ("ours", app.address, app.process.pid, token, 0),
                ("stuck", app.address, app.process.pid, token, 1),
                ("bare", bare, bare_pid, "", 0),
            )
            for number in range(rounds):
                for side, address, pid, secret, stuck in sides:
                    heard = one_round(address, pid, traffic, seconds, secret, stuck)
                    found[side].append(heard)
                    print(f"{number + 1} {side:<5}  {heard.line}", flush=True)
            codes, slowest_ms = beyond_the_cap(app.address, token)
            print(f"beyond the cap: closed with {codes}, /health at most {slowest_ms:.0f} ms")
            traffic.close()

    def median(side: str, name: str) -> float:
        return statistics.median(float(getattr(heard, name)) for heard in found[side])

    bare_ms = median("bare", "p99_ms")
    beside_ms, beside = median("stuck", "p99_ms") - FLUSH_MS, 1 - median("stuck", "share")
    print(f"median p99: ours {median('ours', 'p99_ms'):.1f} ms, bare {bare_ms:.1f} ms")
    return [
        Verdict("readings not delivered", 1 - median("ours", "share"), 0.01, "of all"),
        Verdict("p99 beyond the flush", median("ours", "p99_ms") - FLUSH_MS, 50.0, "ms"),
        Verdict("CPU of 200 sockets", median("ours", "cores"), 0.3, "core"),
        Verdict("p99 beyond the flush beside a stuck client", beside_ms, 50, "ms"),
        Verdict("not delivered beside a stuck client", beside, 0.01, "of all"),
        Verdict("sockets beyond the cap not refused", sum(c != 1013 for c in codes), 0, "of 5"),
        Verdict("slowest /health at the cap", slowest_ms, 1000, "ms"),
    ]


def main() -> int:
    """Print every round and a line per target; 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        verdicts = measure(options.rounds, options.seconds, Path(directory))
    for verdict in verdicts:
        print(verdict.line())
    return 0 if all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
