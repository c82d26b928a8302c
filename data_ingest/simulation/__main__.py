"""Runs the simulated building beside a broker until it is told to stop or its parent dies."""

import argparse
import ctypes
import logging
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_ingest.simulation import history, layout, memory
from data_ingest.simulation.clock import BuildingTime, parse_iso
from data_ingest.simulation.drivers import Drivers
from data_ingest.simulation.engine import STEP_S, Engine
from data_ingest.simulation.links import Link, Sender
from data_ingest.simulation.live import SIMULATION, LiveBuilding
from data_ingest.simulation.physics import State
from data_ingest.simulation.timeline import Rows, Timeline
from data_ingest.simulation.weather import DAY_S, Place

log = logging.getLogger("simulation")
PR_SET_PDEATHSIG = 1
SAVE_EVERY_S = 10.0
MEMORY_NAME = "simulation-state.json"
GOODBYE_S = 4.0
LAST_RESORT_S = 9.0
FIRST_START_S = 7200.0  # so soon after its start a building begins there and catches up
# Gap up to so long: step and row in seconds.
GAP_STEPS = ((900.0, 10.0, 10.0), (DAY_S, 60.0, 300.0), (60 * DAY_S, 900.0, 900.0),
             (math.inf, 3600.0, 3600.0))  # fmt: skip


@dataclass(frozen=True)
class Beginning:
    """Where the building stands when live readings begin, and what past is still to be sent."""

    engine: Engine
    live_from_s: float
    past: Iterator[tuple[Rows, history.Span]]


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="data_ingest.simulation", description=__doc__)
    parser.add_argument("--mqtt-url", required=True)
    parser.add_argument("--site", default="main")
    parser.add_argument("--prefix", default="wattboard")
    parser.add_argument("--timezone", default="Europe/Lisbon")
    parser.add_argument("--latitude", type=float, default=38.72)
    parser.add_argument("--longitude", type=float, default=-9.14)
    parser.add_argument("--start", type=parse_iso, default=None, help="building time at the anchor")
    parser.add_argument("--anchor", type=parse_iso, default=None, help="real time of the start")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=400.0, help="days of history; 0 for none")
    parser.add_argument("--history-from", type=parse_iso, default=None, help="only fill from here")
    parser.add_argument("--history-done-file", type=Path, default=None)
    parser.add_argument(
        "--state-file",
        type=Path,
        default=None,
        help="what the meters remember; by default beside the done file",
    )
    parser.add_argument("--journal", type=Path, default=None, help="one line per executed effect")
    found = parser.parse_args(argv)
    if not found.speed > 0:
        parser.error("--speed must be positive")
    if found.state_file is None and found.history_done_file is not None:
        found.state_file = found.history_done_file.parent / MEMORY_NAME
    return found


def beginning(
    drivers: Drivers, clock: BuildingTime, wanted: argparse.Namespace, kept: memory.Memory | None
) -> Beginning:
    """Goes on from what the meters remember, else derives the present from the days before."""
    timeline, now_s = Timeline(drivers), clock.now_s()
    back_to_s = clock.start_s - wanted.days * DAY_S
    since_s = back_to_s if wanted.history_from is None else max(wanted.history_from, back_to_s)
    if kept is not None and kept.at_s <= now_s:
        at_s = max(now_s // STEP_S * STEP_S, kept.at_s)
        gap, state = _gap(timeline, kept, at_s)
        gap_span = history.Span(max(since_s, kept.at_s), at_s)
        first_s = since_s if wanted.history_from is None else math.inf
        past = _remembered(timeline, gap, gap_span, history.Span(first_s, kept.live_from_s))
        live_from_s = kept.live_from_s
    else:
        early = 0 <= now_s - clock.start_s < FIRST_START_S
        at_s = (clock.start_s if early else now_s) // STEP_S * STEP_S
        rows, state = history.recent(timeline, at_s)
        past = _derived(timeline, rows, history.Span(since_s, at_s))
        live_from_s = at_s
    if wanted.days <= 0:
        past = iter(())
    return Beginning(Engine(drivers, state, at_s), live_from_s, past)


def _gap(timeline: Timeline, kept: memory.Memory, until_s: float) -> tuple[Rows, State]:
    """What happened since the meters were last heard."""
    step_s, row_s = next(
        (step, row) for longest, step, row in GAP_STEPS if until_s - kept.at_s <= longest
    )
    return timeline.record(kept.state, kept.at_s, until_s, step_s, row_s)


def _derived(
    timeline: Timeline, rows: Rows, span: history.Span
) -> Iterator[tuple[Rows, history.Span]]:
    yield rows, span
    for each in history.older(timeline, span):
        yield each, span


def _remembered(
    timeline: Timeline, gap: Rows, gap_span: history.Span, before: history.Span
) -> Iterator[tuple[Rows, history.Span]]:
    """The gap, then the months before live readings began, if they were never sent whole."""
    yield gap, gap_span
    if before.since_s < before.until_s:
        rows, _ = history.recent(timeline, before.until_s)
        yield from _derived(timeline, rows, before)


class Process:
    """Wires clock, model and connections, and takes them down again in order."""

    def __init__(self, wanted: argparse.Namespace, stopped: threading.Event) -> None:
        real_s = time.time()
        self._wanted, self._stopped = wanted, stopped
        self._place = Place(wanted.latitude, wanted.longitude, wanted.timezone, wanted.seed)
        clock = BuildingTime(
            real_s if wanted.start is None else wanted.start,
            real_s if wanted.anchor is None else wanted.anchor,
            wanted.speed,
        )
        kept = memory.load(wanted.state_file, self._place) if wanted.state_file else None
        begun = beginning(Drivers(self._place), clock, wanted, kept)
        self._live_from_s, self._past = begun.live_from_s, begun.past
        self._root = f"{wanted.prefix}/{wanted.site}"
        self._live = LiveBuilding(begun.engine, clock, self._publish, wanted.journal)
        self._meters, self._devices = self._links()
        name = f"simulation-{wanted.site}-{os.getpid()}"
        sender = Sender(wanted.mqtt_url, f"{name}-history", history.WINDOW, history.VALUES_PER_S)
        self._history = history.HistoryTask(
            wanted.seed, sender, self._root, wanted.history_done_file
        )
        self._saved_at = -math.inf

    def run(self) -> None:
        """Lives until stopped."""
        for link in (self._meters, *self._devices.values()):
            link.open()
        self._history.start(self._past)
        log.info("the simulated building lives on %s", self._root)
        try:
            self._live.run(self._stopped, self._save_in_time)
        finally:
            self._history.stop()
            self._save()
            closing = [
                threading.Thread(target=link.close, daemon=True)
                for link in (self._meters, *self._devices.values())
            ]
            for each in closing:
                each.start()
            until = time.monotonic() + GOODBYE_S
            for each in closing:
                each.join(max(until - time.monotonic(), 0.0))

    def _links(self) -> tuple[Link, dict[str, Link]]:
        url, name = self._wanted.mqtt_url, f"simulation-{self._wanted.site}-{os.getpid()}"
        inbox = self._live.inbox
        meters = Link(
            url, name, f"{self._root}/{SIMULATION}", lambda body: inbox.put((SIMULATION, body))
        )
        devices: dict[str, Link] = {}
        for spec in layout.DEVICES:
            topic = f"{self._root}/devices/{spec.device_id}"
            devices[spec.device_id] = Link(
                url,
                f"{name}-{spec.device_id}",
                f"{topic}/set",
                lambda body, device_id=spec.device_id: inbox.put((device_id, body)),  # type: ignore[misc]
                will=f"{topic}/availability",
            )
        return meters, devices

    def _publish(self, device_id: str, topic: str, payload: object, retain: bool) -> None:
        link = self._devices[device_id] if device_id else self._meters
        link.send(f"{self._root}/{topic}", payload, retain)

    def _save_in_time(self) -> None:
        if time.monotonic() - self._saved_at >= SAVE_EVERY_S:
            self._save()

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        if self._wanted.state_file is not None:
            now = self._live.engine.present
            kept = memory.Memory(now.begin_s, self._live_from_s, now.before)
            try:
                memory.save(self._wanted.state_file, self._place, kept)
            except OSError as error:
                log.warning("the meters' memory was not saved: %s", error)


def main(argv: list[str]) -> int:
    """Entry point; ends with its parent or on SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopped.set()
        last_resort = threading.Timer(LAST_RESORT_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    Process(arguments(argv), stopped).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
