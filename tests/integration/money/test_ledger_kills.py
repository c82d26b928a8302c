"""A process that dies at any database call leaves a whole ledger, and the effect once or not."""

import multiprocessing
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import count

import pytest
import sqlalchemy as sa

from domain.foundation.clock import FixedClock
from domain.money.ledger import Ledger, replay, verify
from domain.money.posting import Entry, Posting
from domain.storage.engine import Database
from tests.integration.money.conftest import LISBON

DAY = date(2026, 6, 15)
KILLED = 9
NEXT_DAY = datetime(2026, 6, 17, 9, tzinfo=UTC)
Act = Callable[[Ledger, Database], object]


def _post(ledger: Ledger, _database: Database) -> object:
    entries = (Entry("p2p", 7, 3), Entry("member:North", -7))
    batch = [Posting(f"trade {n}", DAY, "p2p", "Trade", entries) for n in range(2)]
    return ledger.post(batch)


def _adjust(ledger: Ledger, database: Database) -> object:
    with database.write() as c:
        for source, account, against in (
            ("retailer", "cost:energy", "retailer"),
            ("self_consumption", "self_consumption", "avoided"),
        ):
            ledger.adjust(source, DAY, {account: 90, against: -90}, "Settled", {"r": 2}, c)
    return None


def _seal(ledger: Ledger, _database: Database) -> object:
    return ledger.seal(date(2026, 6, 16))


EFFECTS: Mapping[str, tuple[Act, dict[str, int], tuple[int, int]]] = {
    # what is done, what the balances move by, how many postings and seals it adds
    "post": (_post, {"p2p": 14, "member:North": -14}, (2, 1)),
    "adjust": (
        _adjust,
        {"cost:energy": 40, "retailer": -40, "self_consumption": 90, "avoided": -90},
        (2, 1),
    ),
    "seal": (_seal, {}, (0, 1)),
}


def _die_at(url: str, act: Act, number: int) -> None:
    """Run `act` in this process, which ends without a word before its `number`-th call."""
    database = Database(url)
    calls = count(1)

    def called(*_: object) -> None:
        if next(calls) == number:
            os._exit(KILLED)

    for event in ("before_cursor_execute", "commit"):
        sa.event.listen(database.engine, event, called)
    act(Ledger(database, FixedClock(NEXT_DAY), LISBON), database)
    called()  # the last call of all: everything is committed
    database.close()


def _state(database: Database) -> tuple[dict[str, int], int, int]:
    with database.read() as c:
        rows, seals = (
            c.execute(sa.text(f"SELECT count(*) FROM ledger_{table}")).scalar_one()
            for table in ("transaction", "seal")
        )
    return replay(database), rows, seals


@pytest.mark.parametrize("name", EFFECTS)
def test_a_kill_at_any_call_leaves_a_whole_ledger_and_one_effect(
    database: Database, ledger: Ledger, name: str
):
    act, moved, (postings, seals) = EFFECTS[name]
    ledger.adjust("retailer", DAY, {"cost:energy": 50, "retailer": -50}, "Settled", {"r": 1})
    before = _state(database)
    wanted = dict(before[0])
    for account, mc in moved.items():
        wanted[account] = wanted.get(account, 0) + mc
    after = (wanted, before[1] + postings, before[2] + seals)
    forking = multiprocessing.get_context("fork")
    outcomes = []
    for number in count(1):
        database.close()
        child = forking.Process(target=_die_at, args=(database.url, act, number))
        child.start()
        child.join()
        assert verify(database) is None
        outcomes.append(_state(database))
        assert outcomes[-1] in (before, after)
        if child.exitcode == 0:
            break
        assert child.exitcode == KILLED
    assert outcomes.count(before) > 5, "the calls were not counted"
    assert outcomes[-2:] == [after, after]
    for _ in range(2):
        act(Ledger(database, FixedClock(NEXT_DAY), LISBON), database)
    assert _state(database) == after
