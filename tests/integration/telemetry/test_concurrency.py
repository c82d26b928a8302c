"""Readings arrive from several threads while rollups are settled and people look on."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from domain.foundation.bus import Bus
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from tests.integration.telemetry.conftest import LISBON
from tests.integration.telemetry.test_settle import HOUR, recomputed, rollups

SENSORS = 6
BATCHES = 40
IN_A_BATCH = 25


def batches(start: int, sensor: str) -> list[list[Reading]]:
    """Power and a counter of one sensor, every ten seconds; every fifth batch comes again."""
    made = []
    for number in range(BATCHES):
        first = number * IN_A_BATCH
        batch = [
            Reading(sensor, metric, start + n * 10_000, float(n))
            for n in range(first, first + IN_A_BATCH)
            for metric in ("power", "energy")
        ]
        made += [batch] * (2 if number % 5 == 0 else 1)
    return made


def test_nothing_is_lost_or_counted_twice_while_another_process_settles(
    database: Database, telemetry: Telemetry, clock: FixedClock
):
    start = clock.now_ms() - 4 * HOUR
    other = Telemetry(database, clock, Bus(), LISBON)
    over = threading.Event()

    def until_over(work: Callable[[], object]) -> int:
        rounds = 0
        while not over.is_set():
            work()
            rounds += 1
        return rounds

    def send(sensor: str) -> tuple[int, int]:
        results = [telemetry.ingest(batch) for batch in batches(start, sensor)]
        return sum(r.accepted for r in results), sum(r.duplicates for r in results)

    def look() -> None:
        key = ("M0", "power")
        telemetry.history([key], Period.of_ms(start, clock.now_ms()))
        latest = telemetry.latest().get(key)
        assert latest is None or latest.value == (latest.ts_ms - start) / 10_000

    with ThreadPoolExecutor(SENSORS + 3) as pool:
        jobs = [pool.submit(until_over, work) for work in (telemetry.settle, other.settle, look)]
        sent = list(pool.map(send, [f"M{n}" for n in range(SENSORS)]))
        over.set()
        assert all(job.result() > 0 for job in jobs)
    rows = BATCHES * IN_A_BATCH * 2
    assert sent == [(rows, rows // 5)] * SENSORS
    telemetry.settle()
    kept = rollups(database)
    assert kept["15min"]
    assert kept == recomputed(database, clock)
