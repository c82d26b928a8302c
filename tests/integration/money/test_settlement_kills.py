"""A settlement that dies at any database call leaves a day settled or not, never half."""

import multiprocessing
import os
from itertools import count

import sqlalchemy as sa

from domain.foundation.clock import FixedClock
from domain.house import House
from domain.money import day_store
from domain.money.ledger import replay, verify
from tests.integration.money.metered import MONDAY, PEAK, SELLING, TUESDAY, Metered
from tests.integration.money.test_settlement import BUYING, Terms

KILLED = 9
State = tuple[dict[str, int], dict[str, int], int, bool]


def _die_at(house: House, number: int) -> None:
    """Settle in this process, which ends without a word before its `number`-th call."""
    calls = count(1)

    def called(*_: object) -> None:
        if next(calls) == number:
            os._exit(KILLED)

    for event in ("before_cursor_execute", "commit"):
        sa.event.listen(house.database.engine, event, called)
    house.money.settlement.run(budget_s=3600)
    called()


def _state(house: House) -> State:
    """Balances, revisions of the evidence, submeters kept, and whether the day still waits."""
    with house.database.read() as c:
        kept = {k.side: k.revision for k in day_store.newest(c, MONDAY, TUESDAY).get(MONDAY, ())}
        meters = len(day_store.meter_days(c, MONDAY, TUESDAY))
    return replay(house.database), kept, meters, house.money.settlement.waiting() > 0


def test_a_kill_at_any_call_leaves_a_day_settled_or_not(house: House, clock: FixedClock):
    metered = Metered(house, clock)
    metered.sensor("DESK", "submeter", "Office")
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    metered.tariff(SELLING, "export")
    metered.hold("DESK", [0.5] * 24)
    metered.measure([2.0] * 12 + [-1.0] * 12, [1.0] * 12 + [4.0] * 12)
    metered.settle()
    metered.hold("GRID", [3.0] * 6)
    metered.settle_rollups()
    clock.advance(150)
    before = _state(house)
    assert before[3]
    forking = multiprocessing.get_context("fork")
    outcomes = []
    for number in count(1):
        house.database.close()
        child = forking.Process(target=_die_at, args=(house, number))
        child.start()
        child.join()
        assert verify(house.database) is None
        outcomes.append(_state(house))
        if child.exitcode == 0:
            break
        assert child.exitcode == KILLED
    after = outcomes[-1]
    assert (after[1]["import"], after[2], after[3]) == (2, 1, False)
    assert all(state in (before, after) for state in outcomes)
    assert outcomes.count(before) > 10, "the calls were not counted"
    house.money.settlement.run(budget_s=3600)
    assert _state(house) == after
