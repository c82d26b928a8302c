import threading

from domain.storage.engine import Database
from scheduler import store
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


def test_a_lease_belongs_to_one_until_it_ends(database: Database):
    assert store.take_lease(database, "listener", "a", now_ms=0, until_ms=100) == 1
    assert store.take_lease(database, "listener", "b", now_ms=50, until_ms=150) is None
    assert store.take_lease(database, "listener", "a", now_ms=60, until_ms=160) == 1


def test_the_next_holder_gets_a_higher_fencing_token(database: Database):
    store.take_lease(database, "listener", "a", now_ms=0, until_ms=100)
    assert store.take_lease(database, "listener", "b", now_ms=100, until_ms=200) == 2
    assert store.take_lease(database, "listener", "a", now_ms=150, until_ms=250) is None


def test_what_runs_under_a_lease_starts_once_and_stops_with_it(sqlite_database: Database):
    events: list[str] = []
    first = Singleton(
        sqlite_database,
        "listener",
        "a",
        start=lambda fence: events.append(f"start {fence}"),
        stop=lambda: events.append("stop"),
    )
    first.begin()
    wait_until(lambda: first.held)
    first.end()
    assert events == ["start 1", "stop"]
    assert store.take_lease(sqlite_database, "listener", "b", now_ms=1, until_ms=2) == 2
