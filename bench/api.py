"""What an answer of the API costs, beside bare routes on the same server: `python -m bench.api`.

One gunicorn worker as in production (api/server.py) serves Wattboard and, under /bare, a Flask
application of nothing but routes (bench/api_reference.py). Ours is asked with a token and passes
gate, rates, permission, contract and schema. Both sides alternate; every sample is printed.

1. Newest values of 1,000 sensors while 500 readings a second arrive, asked ten times a second:
   processor time of the answering thread, without gunicorn's own, ours against `sqlite3` + orjson.
   The same after all 1,000 sensors have spoken anew; and, for information, after 500.
2. The same with nothing new: processor time of the server for one answer, against `/bare/ping`.
3. The same view, of one sensor, with and without the gate, all other hooks around both: the ratio
   of the rates that one processor can sustain.
4. Four clients that ask without pause while 500 readings a second arrive: p99 of newest values, a
   room's day, a month's summary; at most 100 ms, or 3× the bare route under the same load.

`--only latest,gate` measures some parts: latest, still, gate, p99.

Exit 1 when a target is missed.
"""

import argparse
import functools
import http.client
import itertools
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench.api_reference import DAY_MS, OPEN, ROOM, SENSORS, name
from bench.timing import Verdict
from tests.running import ROOT
from tests.waiting import wait_until

PER_SECOND, POLLS_PER_SECOND, CLIENTS = 500, 10, 4
CALLS, TURNS = 40, 8
LATEST, RAW, PING = "/api/v1/sensors?limit=1000", "/bare/latest", "/bare/ping"
SMALL, UNGATED = "/api/v1/sensors?limit=1", f"{OPEN}?limit=1"
P99_MS = 100.0


class Client:
    """One connection that is kept, as programs keep theirs."""

    def __init__(self, address: str, token: str = "") -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> bytes:
        """The body of a 200."""
        return self._asked("GET", path, None, 200)

    def post(self, path: str, body: object) -> bytes:
        """The body of a 202."""
        return self._asked("POST", path, json.dumps(body).encode(), 202)

    def _asked(self, method: str, path: str, body: bytes | None, status: int) -> bytes:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != status:
            raise SystemExit(f"{method} {path} answered {answer.status}: {data[:300]!r}")
        return data


@dataclass(frozen=True)
class Served:
    """The running server and the tokens that are left; a new one has all its calls before it."""

    address: str
    tokens: Iterator[str]

    def client(self, path: str = LATEST) -> Client:
        """A client for a path: with a token where it is ours."""
        return Client(self.address, next(self.tokens) if path.startswith("/api/") else "")


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    """Run the server in a process of its own."""
    with (directory / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.api_reference", str(directory)],
            cwd=ROOT, stdout=output, stderr=output,
        )  # fmt: skip
    tokens, address = directory / "tokens.json", directory / "address"

    def ready() -> bool:
        if process.poll() is not None:
            raise SystemExit((directory / "output.txt").read_text())
        return tokens.exists() and address.exists()

    try:
        wait_until(ready, 180, 0.2)
        yield Served(address.read_text(), iter(json.loads(tokens.read_text())))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Readings:
    """Posts what sensors say, each at a time of its own, in turn."""

    def __init__(self, served: Served) -> None:
        self._client = served.client()
        self._numbers = itertools.count()

    def send(self, count: int) -> None:
        """One message of so many sensors, the next in turn."""
        now_ms = time.time_ns() // 1_000_000
        self._client.post("/api/v1/data/ingest", [self._next(now_ms) for _ in range(count)])

    def _next(self, now_ms: int) -> dict[str, object]:
        number = next(self._numbers)
        value = {"value": 20 + number % 997 / 100, "unit": "°C"}
        return {"sensor_id": name(number % SENSORS), "timestamp": now_ms, "temperature": value}


@contextmanager
def arriving(served: Served) -> Iterator[None]:
    """Let PER_SECOND readings arrive, twenty messages a second."""
    readings, ended = Readings(served), threading.Event()

    def run() -> None:
        began, share = time.monotonic(), PER_SECOND // 20
        for turn in itertools.count(1):
            readings.send(share)
            if ended.wait(max(0.0, began + turn / 20 - time.monotonic())):
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


# --- 1: newest values while readings arrive --------------------------------------------------


def costs(client: Client) -> dict[str, list[float]]:
    """Processor time of each request since the last time [s], by path."""
    found: dict[str, list[float]] = json.loads(client.get("/bare/costs"))["requests"]
    return found


def latest_costs(served: Served, samples: int, new: int) -> tuple[list[float], list[float]]:
    """Per sample the median cost of ten answers of either side [s], each after `new` readings."""
    ours, theirs = served.client(LATEST), served.client(RAW)
    readings = Readings(served)
    measured: tuple[list[float], list[float]] = ([], [])
    readings.send(SENSORS)
    for turn in range(samples + 1):
        costs(theirs)
        for poll in range(POLLS_PER_SECOND):
            readings.send(new)
            pair = [(ours, LATEST), (theirs, RAW)]
            for client, path in pair[:: 1 if poll % 2 else -1]:  # each side as often the first
                client.get(path)
        found = costs(theirs)
        if turn:  # the first one warms up
            for column, path in zip(measured, (LATEST, RAW), strict=True):
                column.append(statistics.median(found[path.partition("?")[0]]))
    return measured


# --- 2 and 3: what an answer costs the server ------------------------------------------------


def cpu_s(served: Served, ours: str, theirs: str, samples: int) -> tuple[list[float], list[float]]:
    """Per sample the server's processor time for an answer to one client, by turns of CALLS."""
    meter, spent = served.client(PING), ([0.0], [0.0])
    for turn in range((samples + 1) * TURNS):
        for column, path in zip(spent, (ours, theirs), strict=True):
            client = served.client(path)
            client.get(path)
            before = json.loads(meter.get("/bare/costs"))["process_s"]
            for _ in range(CALLS):
                client.get(path)
            after = json.loads(meter.get("/bare/costs"))["process_s"]
            column[-1] += (after - before) / CALLS / TURNS
            if turn % TURNS == TURNS - 1:
                column.append(0.0)
    return spent[0][1:-1], spent[1][1:-1]  # the first one warms up, the last one is empty


def alternate(
    ours: Callable[[], float], theirs: Callable[[], float], samples: int
) -> tuple[list[float], list[float]]:
    """Samples of either side, one after the other; one of each only warms up."""
    measured: tuple[list[float], list[float]] = ([], [])
    for turn in range(samples + 1):
        pair = ours(), theirs()
        if turn:
            for column, value in zip(measured, pair, strict=True):
                column.append(value)
    return measured


# --- 4: four clients while readings arrive ---------------------------------------------------


def p99_s(served: Served, path: str, seconds: float) -> float:
    """The 99th percentile of how long CLIENTS wait, who ask again at once."""
    waits: list[list[float]] = [[] for _ in range(CLIENTS)]
    until = time.monotonic() + seconds

    def ask(own: list[float]) -> None:
        client = served.client(path)
        while time.monotonic() < until:
            began = time.perf_counter()
            client.get(path)
            own.append(time.perf_counter() - began)

    threads = [threading.Thread(target=ask, args=(own,)) for own in waits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = sorted(itertools.chain(*waits))
    return listed[min(len(listed) - 1, int(len(listed) * 0.99))]


def month_path(served: Served) -> str:
    """The month's summary, or its stand-in where this version has no such route."""
    now_s = time.time()
    path = f"/api/v1/analytics/summary?start_time={now_s - 30 * DAY_MS / 1000:.0f}"
    try:
        served.client(path).get(path)
    except SystemExit:
        return "/bare/summary"
    return path


# --- the report ------------------------------------------------------------------------------


def shown(title: str, measured: tuple[list[float], list[float]]) -> tuple[float, float]:
    """Print every sample [ms]; the two medians."""
    print(f"\n{title}")
    for label, column in zip(("ours", "reference"), measured, strict=True):
        listed = "  ".join(f"{value * 1000:.3f}" for value in column)
        print(f"  {label:<9} median {statistics.median(column) * 1000:8.3f} ms  of  {listed}")
    return statistics.median(measured[0]), statistics.median(measured[1])


def latest(served: Served, samples: int, _: float) -> Iterator[Verdict]:
    """Newest values of 1,000 sensors; between the judged ones half of them new, to be seen."""
    for new in (SENSORS, PER_SECOND, PER_SECOND // POLLS_PER_SECOND):
        ours, raw = shown(
            f"newest values of 1,000 sensors, {new} of them new", latest_costs(served, samples, new)
        )
        print(f"  {ours / raw:.2f} ×")
        if new != PER_SECOND:
            share = "all" if new == SENSORS else new
            name = f"latest of 1,000, {share} new, against sqlite3 + orjson"
            yield Verdict(name, ours / raw, 1.5)


def still(served: Served, samples: int, _: float) -> Iterator[Verdict]:
    """The same with nothing new."""
    ours, ping = shown("nothing new", cpu_s(served, LATEST, PING, samples))
    yield Verdict("answered from the snapshot against a bare /ping", ours / ping, 3.0)


def gate(served: Served, samples: int, _: float) -> Iterator[Verdict]:
    """One sensor with and without the gate."""
    guarded, free = shown("the gate", cpu_s(served, SMALL, UNGATED, samples))
    # Rates are the inverse of costs: 0.75 × of the rate is 1 / 0.75 × of the cost.
    print(f"  keeps {free / guarded:.2f} × of the rate without the gate")
    yield Verdict("the gate with its token check (≥ 0.75 × the rate)", guarded / free, 1 / 0.75)


def p99(served: Served, samples: int, seconds: float) -> Iterator[Verdict]:
    """Four clients while readings arrive."""
    day = f"/api/v1/rooms/{quote(ROOM)}/data"
    paths = {"latest": LATEST, "a room's day": day, "a month's summary": month_path(served)}
    for what, path in paths.items():
        wait = functools.partial(functools.partial, p99_s, served, seconds=seconds)
        with arriving(served):
            measured = alternate(wait(path), wait(RAW), samples)
        ours, raw = shown(f"p99 of {CLIENTS} clients: {what} ({path})", measured)
        limit = max(P99_MS, 3 * raw * 1000)
        yield Verdict(f"p99 of {what}", ours * 1000, round(limit, 1), "ms")


PARTS = {"latest": latest, "still": still, "gate": gate, "p99": p99}


def main() -> int:
    """Print every sample and a line per target."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each sample of p99")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    options = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as served:
        for part in options.only.split(","):
            for verdict in PARTS[part](served, options.samples, options.seconds):
                print(f"  {verdict.line()}", flush=True)
                verdicts.append(verdict)
    print()
    for verdict in verdicts:
        print(verdict.line())
    return 0 if all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
