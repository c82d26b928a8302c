"""A costly answer is made once for all who ask at once, and never given to whom it is withheld."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.snapshots import MOST_KEPT, Snapshots
from domain.foundation.contract import Contract, under


class Counted:
    """Makes 1, 2, 3…"""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_within_its_time_an_answer_is_made_once_per_key() -> None:
    snapshots, make = Snapshots[int](3600.0), Counted()
    assert [snapshots.get("june", make) for _ in range(5)] == [1] * 5
    assert snapshots.get("may", make) == 2


def test_after_its_time_it_is_made_anew() -> None:
    snapshots, make = Snapshots[int](0.0), Counted()
    assert [snapshots.get("june", make) for _ in range(3)] == [1, 2, 3]


def test_who_comes_while_it_is_made_waits_for_that_one() -> None:
    snapshots, make, begun, go_on = Snapshots[int](3600.0), Counted(), *_events()

    def slow() -> int:
        begun.set()
        assert go_on.wait(10)
        return make()

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(snapshots.get, "june", slow)
        assert begun.wait(10)
        others = [pool.submit(snapshots.get, "june", make) for _ in range(3)]
        go_on.set()
        assert [asked.result(10) for asked in (first, *others)] == [1] * 4


def _events() -> tuple[threading.Event, threading.Event]:
    return threading.Event(), threading.Event()


def test_a_contract_that_withholds_gets_nothing_kept_and_leaves_nothing() -> None:
    snapshots, make = Snapshots[int](3600.0), Counted()
    with under(Contract(embargo_minutes=60)):
        assert snapshots.get("june", make) == 1
    assert snapshots.get("june", make) == 2
    with under(Contract(embargo_minutes=60)):
        assert snapshots.get("june", make) == 3
    assert snapshots.get("june", make) == 2


def test_an_error_is_not_kept() -> None:
    snapshots, make = Snapshots[int](3600.0), Counted()

    def fail() -> int:
        raise ValueError("nothing was measured")

    with pytest.raises(ValueError, match="nothing was measured"):
        snapshots.get("june", fail)
    assert snapshots.get("june", make) == 1


def test_however_many_periods_are_asked_for_few_are_kept() -> None:
    snapshots, make = Snapshots[int](3600.0), Counted()
    for day in range(MOST_KEPT * 3):
        snapshots.get(day, make)
    assert len(snapshots._kept) <= MOST_KEPT
