"""The job that seals days and goes along the chain, and the event of a ledger that was changed."""

from datetime import date

from domain.access.policy import Actor
from domain.alarms.model import EventQuery
from domain.foundation.clock import FixedClock
from domain.house import House
from scheduler.jobs import JOBS
from tests.money_days import settle

MANAGER = Actor("Max", "manager")
(KEEP,) = [job.run for job in JOBS if job.name == "ledger"]


def events(house: House, state: str) -> list[str]:
    page = house.alarms.events(MANAGER, EventQuery(service="money", state=state))
    return [event.cause for event in page.events]


def tamper(house: House, sign: str) -> None:
    with house.database.write() as c:
        c.exec_driver_sql(f"UPDATE ledger_head SET seq = seq {sign} 1")


def test_a_day_that_is_over_is_sealed_and_the_chain_is_checked_at_start_and_once_a_day(
    house: House, clock: FixedClock
):
    settle(house, date(2026, 6, 15), 100_000)
    KEEP(house)
    at_start = house.money.ledger.chain()
    assert at_start.seal is None  # it was posted today
    assert at_start.check is not None
    clock.advance(3_600)
    KEEP(house)
    assert house.money.ledger.chain().check == at_start.check
    clock.advance(86_400)
    KEEP(house)
    night = house.money.ledger.chain()
    assert night.seal is not None
    assert night.seal.day == date(2026, 6, 16)
    assert night.check is not None
    assert night.check.checked_ms == clock.now_ms()
    assert events(house, "all") == []


def test_a_changed_ledger_rings_once_and_is_sealed_no_further_until_it_is_whole_again(
    house: House, clock: FixedClock
):
    settle(house, date(2026, 6, 15), 100_000)
    tamper(house, "+")
    clock.advance(86_400)
    for _ in range(3):
        KEEP(house)
        clock.advance(60)
    assert events(house, "active") == ["Posting 3 and all after it, up to 3, are missing."]
    assert house.money.ledger.chain().seal is None
    tamper(house, "-")
    house.money.ledger.check()  # as “Verify now” does
    KEEP(house)
    assert events(house, "active") == []
    assert len(events(house, "cleared")) == 1
    assert house.money.ledger.chain().seal is not None


def test_a_missing_head_rings_too(house: House):
    with house.database.write() as c:
        c.exec_driver_sql("DELETE FROM ledger_head")
    KEEP(house)
    assert events(house, "active") == ["The head of the ledger is missing."]
    assert house.money.ledger.chain().head is None
