"""A month of the ledger, its budget, and the statement made from it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed
from domain.house import House
from domain.money.months import progress
from domain.money.tariff import EnergyPart, Flat, Terms
from tests.money_days import settle

JUNE = date(2026, 6, 1)
VIEWER, MANAGER = Actor("Vera", "viewer"), Actor("Max", "manager")


def test_a_month_adds_up_its_days(house: House):
    for number in range(3):
        settle(house, JUNE + timedelta(days=number), 100_000)
    settle(house, date(2026, 5, 31), 999_999)
    settle(house, date(2026, 7, 1), 999_999)
    month = house.money.months.of(date(2026, 6, 16))
    assert (month.first, month.until) == (JUNE, date(2026, 7, 1))
    assert [each.day.day for each in month.days] == [1, 2, 3]
    assert month.sums.bought_mc == 303_000
    assert month.sums.earned_mc == 1_500
    assert month.sums.bill_mc == sum(each.sums.bill_mc or 0 for each in month.days) == 301_500
    assert month.sums.solar_mc == 2_100
    assert month.sums.battery_mc is None
    assert (month.sums.imported_kwh, month.sums.exported_kwh) == (12.0, 0.75)
    assert month.sums.average_mc_per_kwh == 303_000 / 12
    assert house.money.months.first() == date(2026, 5, 1)


def test_a_month_without_postings_knows_nothing(house: House):
    month = house.money.months.of(JUNE)
    assert month.days == ()
    assert month.sums.bill_mc is None
    assert month.sums.average_mc_per_kwh is None
    assert month.budget_left_cents is None
    assert house.money.months.first() is None


def test_a_budget_holds_until_another_is_set(house: House):
    budget = house.money.budget
    assert budget.of(JUNE).amount_mc is None
    budget.set(MANAGER, JUNE, 1_200.50, 0)
    assert budget.of(date(2026, 6, 30)).amount_mc == 120_050_000
    august = budget.of(date(2026, 8, 9))
    assert (august.amount_mc, august.since, august.version) == (120_050_000, JUNE, 0)
    budget.set(MANAGER, date(2026, 8, 1), None, 0)
    assert budget.of(date(2026, 9, 1)).amount_mc is None
    assert budget.of(date(2026, 7, 1)).amount_mc == 120_050_000
    settle(house, JUNE, 100_000)
    assert house.money.months.of(JUNE).budget_left_cents == 120_050 - 101


def test_a_budget_and_its_audit_row_are_one_transaction_of_who_may(house: House):
    budget = house.money.budget
    with pytest.raises(NotAllowed):
        budget.set(VIEWER, JUNE, 5, 0)
    for amount in (0.0, -1.0, 1e12, float("nan")):
        with pytest.raises(InvalidInput):
            budget.set(MANAGER, JUNE, amount, 0)
    budget.set(MANAGER, JUNE, 500, 0)
    budget.set(MANAGER, JUNE, 600, 1)
    for stale in (0, 1):
        with pytest.raises(Conflict):
            budget.set(MANAGER, JUNE, 700, stale)
    assert budget.of(JUNE).amount_mc == 60_000_000
    entries, _ = house.access.audit_page(SYSTEM, AuditQuery())
    assert [(e.action, e.target) for e in entries] == [("budget.set", "budget/2026-06")] * 2


def test_a_statement_says_what_it_stands_on(house: House, clock: FixedClock):
    terms = Terms((EnergyPart("Energy", "energy", Flat(20_000_000)),))
    tariff = house.money.tariffs.create(MANAGER, "Green", "import", date(2026, 1, 1), terms)
    (version,) = house.money.tariffs.versions(tariff.tariff_id)
    for number in range(3):
        day = JUNE + timedelta(days=number)
        settle(house, day, 100_000, 1.0 if number else 0.5, version.version_id)
    settle(house, JUNE, 100_000, 0.9, version.version_id)  # nothing changes, so nothing is posted
    settle(house, JUNE, 110_000, 0.95, version.version_id)
    settle(house, date(2026, 5, 31), 40_000)
    found = house.money.statements.of(JUNE)
    assert found.head == house.money.ledger.head()
    assert [tariff.name for tariff in found.tariffs] == ["Green"]
    assert {(s.source, s.account): s.mc for s in found.lines} == {
        ("retailer", "cost:energy"): 310_000,
        ("retailer", "cost:vat"): 3_000,
        ("retailer", "income:export"): -1_500,
        ("retailer", "retailer"): -311_500,
        ("self_consumption", "self_consumption"): 2_100,
        ("self_consumption", "avoided"): -2_100,
    }
    first, second = found.days[:2]
    assert (first.coverage, first.estimated, first.corrected) == (0.5, True, True)
    assert (second.coverage, second.estimated, second.corrected) == (1.0, False, False)
    assert len(found.days) == 30
    assert len(found.missing) == 12  # 4 to 15 June; today is the 16th
    assert not found.complete
    assert [(line.day, line.amount_mc) for line in found.earlier] == [
        (date(2026, 5, 31), 40_500),
        (date(2026, 5, 31), 700),
    ]


def test_a_statement_is_of_the_ledger_as_it_stood_at_its_head(house: House):
    settle(house, JUNE, 100_000)
    head = house.money.ledger.head()
    before = house.money.months.of(JUNE, head.seq)
    settle(house, JUNE, 200_000)
    assert house.money.months.of(JUNE, head.seq) == before
    assert house.money.months.of(JUNE) != before


days = st.lists(st.integers(0, 40).map(lambda n: JUNE + timedelta(days=n - 5)), unique=True)


@given(settled=days, waiting=days)
def test_settled_to_is_never_beyond_a_day_that_waits(settled: list[date], waiting: list[date]):
    ends = date(2026, 6, 16)
    within = sorted(day for day in settled if JUNE <= day < ends)
    found = progress(JUNE, ends, within, sorted(waiting))
    here = [day for day in waiting if JUNE <= day < ends]
    assert (found.waiting, found.waiting_in_all) == (len(here), len(waiting))
    if found.settled_to is not None:
        assert found.settled_to in within
        assert all(day > found.settled_to for day in here)


def test_a_month_is_complete_when_it_is_over_and_nothing_waits(house: House, clock: FixedClock):
    for number in range(30):
        settle(house, JUNE + timedelta(days=number), 1_000)
    assert not house.money.statements.of(JUNE).complete
    clock.set(datetime(2026, 7, 1, 9, tzinfo=UTC))
    found = house.money.statements.of(JUNE)
    assert found.complete
    assert found.missing == ()
