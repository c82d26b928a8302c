import threading
from datetime import UTC, datetime

from domain.foundation.clock import FixedClock, real_now_ms
from domain.house import House
from domain.storage.engine import Database
from scheduler import store
from scheduler.jobs import JOBS
from scheduler.lease import Singleton
from tests.waiting import wait_until


def test_a_run_is_claimed_by_exactly_one_of_many(database: Database):
    won: list[int] = []
    gate = threading.Barrier(8)

    def compete(worker: int) -> None:
        gate.wait()
        if store.claim(database, "settle", 1000, f"process-{worker}", 0):
            won.append(worker)

    threads = [threading.Thread(target=compete, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_building_clock_that_runs_ahead_forgets_no_claim_of_today(
    house: House, clock: FixedClock
):
    job = next(job for job in JOBS if job.name == "job-runs")
    assert store.claim(house.database, "settle", real_now_ms(), "a", real_now_ms())
    clock.set(datetime(2100, 1, 1, tzinfo=UTC))
    job.run(house)
    assert [run["job"] for run in store.last_runs(house.database)] == ["settle"]


def take(database: Database, owner: str, at_ms: int) -> int | None:
    taken = store.take_lease(database, "listener", owner, lambda: at_ms, 100)
    return taken and taken[0]


def test_a_lease_belongs_to_one_until_it_ends(database: Database):
    assert take(database, "a", at_ms=0) == 1
    assert take(database, "b", at_ms=50) is None
    assert take(database, "a", at_ms=60) == 1
    assert take(database, "b", at_ms=120) is None


def test_the_next_holder_gets_a_higher_fencing_token(database: Database):
    take(database, "a", at_ms=0)
    assert take(database, "b", at_ms=100) == 2
    assert take(database, "a", at_ms=150) is None


class Runs:
    """Something that runs or does not; starting it twice does nothing."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.running = False

    def start(self, fence: int) -> None:
        if not self.running:
            self.running = True
            self.events.append(f"start {fence}")

    def stop(self) -> None:
        self.running = False
        self.events.append("stop")


def test_what_runs_under_a_lease_starts_once_and_stops_with_it(sqlite_database: Database):
    runs = Runs()
    first = Singleton(sqlite_database, "listener", "a", start=runs.start, stop=runs.stop)
    first.begin()
    wait_until(lambda: first.held)
    first.end()
    assert runs.events == ["start 1", "stop"]
    assert take(sqlite_database, "b", at_ms=1) == 2


def test_what_has_died_under_a_lease_runs_again(sqlite_database: Database, monkeypatch):
    monkeypatch.setattr("scheduler.lease.RENEW_S", 0.05)
    runs = Runs()
    lease = Singleton(sqlite_database, "listener", "a", start=runs.start, stop=runs.stop)
    lease.begin()
    wait_until(lambda: runs.running)
    runs.running = False
    wait_until(lambda: runs.running)
    lease.end()


def test_a_thawed_process_stops_what_another_has_taken_over(sqlite_database: Database, monkeypatch):
    monkeypatch.setattr("scheduler.lease.RENEW_S", 0.05)
    runs = Runs()
    frozen = Singleton(sqlite_database, "listener", "a", start=runs.start, stop=runs.stop)
    frozen.begin()
    wait_until(lambda: runs.running)
    year_3000_ms = 32_503_680_000_000
    assert take(sqlite_database, "b", at_ms=year_3000_ms) == 2
    wait_until(lambda: not runs.running)
    assert not frozen.held
    frozen.end()
