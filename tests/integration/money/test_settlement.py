"""A day's energies become postings, once, and corrections when what they stand on changes."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.money import day_store
from domain.money.ledger import verify
from domain.money.ledger_store import transaction_table
from domain.money.tariff import Flat, Terms
from tests.integration.money.metered import (
    BUYING,
    MANAGER,
    MONDAY,
    PEAK,
    SELLING,
    TUESDAY,
    Metered,
    days,
)
from tests.unit.money.places import CENT, energy

DAY_OF_GRID = {
    "cost:energy": 24 * 2 * 20_000,
    "cost:vat": 24 * 2 * 2_000,
    "cost:fixed": 50_000,
    "retailer": -(24 * 2 * 22_000 + 50_000),
}


@pytest.fixture
def metered(house: House, clock: FixedClock) -> Metered:
    return Metered(house, clock)


def postings(metered: Metered) -> list[tuple[date, str, int | None]]:
    with metered.house.database.read() as c:
        rows = c.execute(sa.select(transaction_table).order_by(transaction_table.c.seq))
        return [(row.day, row.source, row.corrects) for row in rows]


def revisions(metered: Metered, day: date = MONDAY) -> dict[str, int]:
    with metered.house.database.read() as c:
        kept = day_store.newest(c, day, day + timedelta(days=1)).get(day, [])
    return {row.side: row.revision for row in kept}


def test_a_complete_day_is_posted_part_by_part(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24)
    assert metered.settle() == 1
    assert metered.balances() == DAY_OF_GRID
    assert postings(metered) == [(MONDAY, "retailer", None)]


def test_settling_again_posts_nothing(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24)
    metered.settle()
    with metered.house.database.write() as c:
        metered.house.money.due.mark(c, MONDAY, None, "once more")
    assert metered.settle() == 1
    assert (len(postings(metered)), set(revisions(metered).values())) == (1, {1})


def test_sun_battery_and_export_have_postings_of_their_own(metered: Metered):
    metered.tariff()
    metered.tariff(SELLING, "export")
    # 10 h bare, 4 h of surplus of which 1 kW is stored, 4 h from the battery, 6 h bare
    metered.measure(
        [2.0] * 10 + [-2.0] * 4 + [1.0] * 4 + [2.0] * 6,
        [0.0] * 10 + [5.0] * 4 + [0.0] * 10,
        [0.0] * 10 + [1.0] * 4 + [-1.0] * 4 + [0.0] * 6,
    )
    metered.settle()
    found = metered.balances()
    assert found["income:export"] == -(4 * 2 * 5_000)
    assert found["self_consumption"] == 4 * 2 * 22_000
    assert found["battery"] == 4 * 22_000 - 4 * 5_000
    assert found["avoided"] == -found["self_consumption"] - found["battery"]
    assert {source for _, source, _ in postings(metered)} == {
        "retailer",
        "self_consumption",
        "battery",
    }


def test_a_day_is_left_alone_until_half_an_hour_after_its_end(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24)
    metered.to(TUESDAY, time(0, 20))
    assert metered.settle() == 0
    metered.to(TUESDAY, time(0, 31))
    assert metered.settle() == 1


def test_a_late_reading_makes_one_correcting_posting(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 23)
    metered.settle()
    before = metered.balances()
    metered.hold("GRID", [3.0] * 24)
    metered.settle_rollups()
    metered.settle()
    assert metered.balances()["cost:energy"] == 24 * 3 * 20_000 > before["cost:energy"]
    assert postings(metered) == [(MONDAY, "retailer", None), (MONDAY, "retailer", 1)]
    assert revisions(metered)["import"] == 2
    assert verify(metered.house.database) is None


def test_late_readings_wait_until_no_more_come(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 23)
    metered.settle()
    metered.hold("GRID", [3.0] * 24)
    metered.settle_rollups()
    assert metered.house.money.settlement.run(budget_s=3600) == 0
    assert metered.settle() == 1


def test_a_day_whose_readings_are_not_summed_up_yet_waits(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 23)
    metered.settle()
    metered.hold("GRID", [3.0] * 24)
    with metered.house.database.write() as c:
        metered.house.money.due.mark(c, MONDAY, None, "tariff changed")
    assert metered.settle() == 0
    metered.settle_rollups()
    assert metered.settle() == 1


def test_a_corrected_span_is_corrected_in_money(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24)
    metered.settle()
    span = metered.house.money.costs.of(local(metered, MONDAY)).period
    metered.house.building.correct_span(
        MANAGER, ("GRID", "power"), span, "replace", 1.0, "The transformer was set wrongly"
    )
    metered.settle_rollups()
    metered.settle()
    assert metered.balances()["cost:energy"] == 24 * 20_000


def test_another_role_of_a_meter_settles_every_day_anew(metered: Metered):
    metered.tariff()
    for day in days(MONDAY - timedelta(days=1), 2):
        metered.measure([2.0] * 24, [1.0] * 24, day=day)
    metered.settle()
    assert metered.balances()["self_consumption"] == 2 * 24 * 22_000
    metered.house.building.update_sensor(SYSTEM, "SUN", {"name": "Roof"})
    assert metered.settle() == 0
    metered.house.building.update_sensor(SYSTEM, "SUN", {"meter_role": "none"})
    assert metered.settle() == 2
    assert "self_consumption" not in metered.balances()


def test_a_changed_tariff_corrects_the_days_it_concerns(metered: Metered):
    tariff = metered.tariff()
    for day in days(MONDAY - timedelta(days=1), 2):
        metered.measure([2.0] * 24, day=day)
    metered.settle()
    dearer = Terms((energy(Flat(40 * CENT)),))
    metered.house.money.tariffs.new_version(
        MANAGER, tariff.tariff_id, MONDAY, dearer, tariff.version
    )
    assert metered.settle() == 1
    assert metered.balances()["cost:energy"] == 24 * 2 * 20_000 + 24 * 2 * 40_000


def test_a_holiday_made_later_reaches_the_ledger(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24)
    metered.settle()
    fields = {"label": "Closed", "day_type": "closure", "first_day": MONDAY, "last_day": MONDAY}
    metered.house.calendar.add_exception(MANAGER, fields | {"yearly": False})
    assert metered.house.money.settlement.waiting() == 1


def test_a_peak_is_paid_on_the_day_it_rises(metered: Metered):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    saturday, sunday = days(MONDAY - timedelta(days=2), 2)
    for day, kw in ((saturday, 3.0), (sunday, 2.0), (MONDAY, 4.0)):
        metered.measure([kw] * 24, day=day)
    metered.settle()
    peaks = {t.day: t.debit_mc for t in totals(metered, "cost:peak")}
    assert peaks == {saturday: 72_000, MONDAY: 24_000}


def test_a_peak_found_late_is_taken_from_the_days_after(metered: Metered):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    sunday = MONDAY - timedelta(days=1)
    metered.measure([2.0] * 24, day=sunday)
    metered.measure([4.0] * 24)
    metered.settle()
    metered.hold("GRID", [5.0], day=sunday)
    metered.settle_rollups()
    metered.settle()
    metered.settle()
    peaks = {t.day: t.debit_mc for t in totals(metered, "cost:peak")}
    assert peaks == {sunday: 5 * 24_000, MONDAY: 0}


def test_a_day_first_heard_of_late_takes_its_peak_from_the_days_after(metered: Metered):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    sunday = MONDAY - timedelta(days=1)
    metered.measure([4.0] * 24)
    metered.settle()
    metered.measure([5.0] * 24, day=sunday)
    metered.settle()
    metered.settle()
    peaks = {t.day: t.debit_mc for t in totals(metered, "cost:peak")}
    assert peaks == {sunday: 5 * 24_000, MONDAY: 0}


@pytest.mark.parametrize("order", [(0, 13, 1, 12), (13, 0, 12, 1), (12, 1, 0, 13), (13, 12, 1, 0)])
def test_a_months_peak_is_paid_once_in_whatever_order_days_come_in(
    metered: Metered, order: Sequence[int]
):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    first = MONDAY - timedelta(days=13)
    for place in order:
        metered.measure([3.0 + place] * 24, day=first + timedelta(days=place))
        metered.settle()
    while metered.settle():
        pass
    assert sum(t.debit_mc for t in totals(metered, "cost:peak")) == (3 + 13) * 24_000


def test_a_changed_peak_reaches_the_next_run_of_days(metered: Metered):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    first = MONDAY - timedelta(days=13)
    for place in range(14):
        metered.measure([3.0 + place] * 24, day=first + timedelta(days=place))
    while metered.settle():
        pass
    metered.measure([20.0] * 24, day=first)
    while metered.settle():
        pass
    peaks = {t.day: t.debit_mc for t in totals(metered, "cost:peak") if t.debit_mc}
    assert peaks == {first: 20 * 24_000}


def test_days_wait_for_one_of_their_month_that_is_still_coming_in(metered: Metered):
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    saturday = MONDAY - timedelta(days=2)
    metered.measure([5.0] * 23, day=saturday)
    metered.measure([4.0] * 24)
    metered.hold("GRID", [5.0] * 24, day=saturday)
    assert metered.settle() == 0
    metered.settle_rollups()
    assert metered.settle() == 3
    assert not any(corrects for _, _, corrects in postings(metered))


def test_silent_days_pay_their_fixed_charge(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 24, day=MONDAY - timedelta(days=3))
    metered.settle()
    assert metered.balances()["cost:fixed"] == 4 * 50_000


def test_without_a_contract_nothing_is_posted_and_all_is_once_there_is_one(metered: Metered):
    metered.measure([2.0] * 24)
    metered.settle()
    assert metered.balances() == {}
    metered.tariff()
    metered.settle()
    assert metered.balances() == DAY_OF_GRID


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2025, 10, 26), 25)], ids=["spring", "autumn"]
)
def test_days_of_clock_changes_are_whole(metered: Metered, day: date, hours: int):
    metered.tariff(Terms((energy(Flat(20 * CENT)),)), name="Old")
    metered.house.money.tariffs.create(
        MANAGER, "Older", "import", date(2025, 1, 1), BUYING, use_from=date(2025, 1, 1)
    )
    metered.to(day + timedelta(days=1))
    metered.measure([2.0] * hours, day=day)
    metered.settle()
    assert metered.balances()["cost:energy"] == hours * 2 * 20_000


def test_the_months_come_newest_first_and_a_run_ends_in_time(metered: Metered):
    metered.tariff()
    for day in days(date(2026, 5, 30), 17):
        metered.measure([2.0] * 24, day=day)
    run = metered.house.money.settlement.run
    assert run(budget_s=0.0, breath_s=0.0) == 10
    assert postings(metered)[0][0] == date(2026, 6, 1)
    assert metered.settle() == 7
    assert postings(metered)[-1][0] == date(2026, 5, 31)


def test_a_posting_names_what_it_stands_on(metered: Metered):
    tariff = metered.tariff()
    metered.measure([2.0] * 24)
    metered.settle()
    with metered.house.database.read() as c:
        evidence = c.execute(sa.select(transaction_table.c.evidence)).scalar_one()
        kept = {k.side: k for k in day_store.newest(c, MONDAY, TUESDAY)[MONDAY]}
    (version,) = metered.house.money.tariffs.versions(tariff.tariff_id)
    assert kept["import"].digest in evidence
    assert f'"tariff_versions":[{version.version_id}]' in evidence.replace(" ", "")


def local(metered: Metered, day: date):
    from domain.foundation.intervals import local_day

    return local_day(day, metered.house.zone)


def totals(metered: Metered, account: str) -> Sequence:
    found = metered.house.money.ledger.totals(None, None, ("account", "day"))
    return [total for total in found if total.account == account]
