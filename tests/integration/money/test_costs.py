"""Costs of any period: from telemetry or evidence alike, under any tariff, shared out."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from domain.access.policy import Actor
from domain.foundation.clock import FixedClock
from domain.foundation.contract import Contract, OutsideContract, under
from domain.foundation.errors import InvalidInput
from domain.foundation.intervals import Period, local_midnight
from domain.house import House
from domain.money.tariff import Flat, Terms
from settings import Settings
from tests.integration.money.metered import BUYING, MONDAY, PEAK, SELLING, TUESDAY, Metered
from tests.unit.money.places import CENT, energy

near = pytest.approx
EUR = 100_000
SUNDAY = MONDAY - timedelta(days=1)


@pytest.fixture
def metered(house: House, clock: FixedClock) -> Metered:
    return Metered(house, clock)


@pytest.fixture
def working(metered: Metered) -> Metered:
    """Two days with sun, battery, two rooms and a tariff for each direction."""
    metered.sensor("DESK", "submeter", "Office", "equipment")
    metered.sensor("LAMP", "submeter", "Lab", "lighting")
    metered.tariff(Terms((*BUYING.parts, PEAK)))
    metered.tariff(SELLING, "export")
    for day in (SUNDAY, MONDAY):
        metered.hold("DESK", [0.5] * 24, day)
        metered.hold("LAMP", [0.25] * 24, day)
        metered.measure(
            [2.0] * 10 + [-2.0] * 4 + [1.0] * 4 + [3.0] * 6,
            [0.0] * 10 + [5.0] * 4 + [0.5] * 10,
            [0.0] * 10 + [1.0] * 4 + [-1.0] * 4 + [0.0] * 6,
            day,
        )
    return metered


def span(metered: Metered, first: date, until: date) -> Period:
    zone = metered.house.zone
    return Period(local_midnight(first, zone), local_midnight(until, zone))


def test_evidence_says_what_telemetry_said(working: Metered):
    costs = working.house.money.costs
    period = span(working, SUNDAY, TUESDAY)
    before = costs.of(period)
    rooms = costs.rooms(before)
    assert working.settle() == 2
    after = costs.of(period)
    assert after.totals == before.totals
    assert costs.rooms(after).parts == {key: near_share(s) for key, s in rooms.parts.items()}


def test_what_another_process_settles_is_seen_here(
    working: Metered, settings: Settings, clock: FixedClock
):
    working.settle()
    other = House.compose(settings, clock=clock, database=working.house.database)
    period = span(working, SUNDAY, TUESDAY)

    def cost() -> float | None:
        found = other.money.costs.of(period)
        return (found.totals.by_kind["energy"] or 0) + (
            other.money.costs.rooms(found).shares.rest.mc or 0
        )

    before = cost()
    working.hold("GRID", [5.0] * 3, MONDAY)
    working.hold("DESK", [1.0] * 3, MONDAY)
    working.settle_rollups()
    assert cost() == before
    working.settle()
    after = other.money.costs.of(period)
    assert after.totals.by_kind["energy"] == near((2 * 42 + 3 * 3) * 20_000)
    assert other.money.costs.devices(after).parts["DESK"].kwh == near(24 + 1.5)


def test_a_month_with_days_that_are_not_settled_is_read_from_both(working: Metered):
    working.settle()
    working.measure([1.0] * 24, day=SUNDAY - timedelta(days=2))
    found = working.house.money.costs.of(span(working, SUNDAY - timedelta(days=3), TUESDAY))
    assert found.totals.by_kind["energy"] == near((2 * 42 + 24) * 20_000)
    assert found.totals.known_slots == 3 * 96


def test_the_ledger_says_what_the_cost_function_says(working: Metered):
    working.settle()
    found = working.house.money.costs.of(span(working, SUNDAY, TUESDAY)).totals
    balances = working.balances()
    assert found.net_mc == near(-balances["retailer"], abs=8)
    assert found.solar_used_mc == near(balances["self_consumption"], abs=1)
    assert found.battery_saved_mc == near(balances["battery"], abs=1)
    assert found.by_kind["peak"] == balances["cost:peak"] == 3 * 24_000


def test_a_settled_day_asks_few_questions_of_the_database(working: Metered):
    working.settle()
    counted: list[str] = []

    def count(_c, _cursor, statement, *_rest) -> None:
        counted.append(statement)

    sa.event.listen(working.house.database.engine, "before_cursor_execute", count)
    working.house.money.costs.of(span(working, SUNDAY, MONDAY))
    assert not [sql for sql in counted if "rollup" in sql]
    assert len(counted) < 40


def test_a_period_is_told_as_far_as_it_has_come(working: Metered):
    working.hold("GRID", [4.0] * 2, TUESDAY)
    working.settle_rollups()
    working.to(TUESDAY, time(1, 30))
    found = working.house.money.costs.of(span(working, TUESDAY, TUESDAY + timedelta(days=1)))
    assert found.period.end == working.clock.now()
    assert found.totals.by_kind["energy"] == near(1.5 * 4 * 20_000)
    assert found.totals.by_kind["fixed"] == near(50_000 * 1.5 / 24)
    assert found.totals.by_kind["peak"] == near(24_000)


def test_a_past_period_is_priced_under_any_tariff(working: Metered):
    terms = Terms((energy(Flat(100 * CENT)),))
    scenario = working.house.money.tariffs.create(
        Actor("maria", "manager"), "Dear", "import", TUESDAY, terms
    )
    costs = working.house.money.costs
    found = costs.of(span(working, SUNDAY, TUESDAY), scenario.tariff_id)
    assert found.totals.by_kind["energy"] == near(2 * (20 + 4 + 18) * EUR)
    with pytest.raises(InvalidInput):
        costs.of(span(working, SUNDAY, TUESDAY), export_tariff_id=scenario.tariff_id)


def test_rooms_uses_and_devices_sum_to_the_building(working: Metered):
    costs = working.house.money.costs
    found = costs.of(span(working, SUNDAY, TUESDAY))
    for parts in (costs.rooms(found), costs.uses(found), costs.devices(found)):
        shares = [*parts.parts.values(), *([parts.outside] if parts.outside else [])]
        carried = sum(share.mc or 0 for share in (*shares, parts.shares.rest))
        assert carried == near(parts.shares.whole.mc)
        assert len(parts.parts) == 2
    assert costs.uses(found).parts.keys() == {"equipment", "lighting"}
    assert costs.devices(found).parts.keys() == {"DESK", "LAMP"}


def test_a_room_has_the_sun_for_nothing(working: Metered):
    hours = Period(
        *(local_midnight(MONDAY, working.house.zone) + timedelta(hours=h) for h in (10, 14))
    )
    costs = working.house.money.costs
    office = costs.rooms(costs.of(hours)).parts
    assert [share.mc for share in office.values()] == [0.0, 0.0]


def test_a_sensor_carries_what_its_room_does(working: Metered):
    costs = working.house.money.costs
    found = costs.of(span(working, MONDAY, TUESDAY))
    told = costs.sensor(working.house.building.sensor("DESK"), found)
    assert told is not None
    assert (told.kind, told.share) == ("carried", near_share(costs.devices(found).parts["DESK"]))
    office = working.house.building.room("Office")
    assert told.share == near_share(costs.room(office.room_id, found))


def test_the_main_meter_tells_what_was_bought_and_solar_what_it_was_worth(working: Metered):
    costs, building = working.house.money.costs, working.house.building
    found = costs.of(span(working, MONDAY, TUESDAY))
    bought = costs.sensor(building.sensor("GRID"), found)
    worth = costs.sensor(building.sensor("SUN"), found)
    assert bought is not None
    assert worth is not None
    assert (bought.kind, bought.share.mc) == ("bought", near(found.totals.bought_mc))
    assert (worth.kind, worth.share.mc) == ("worth", near(found.totals.solar_saved_mc))
    assert costs.sensor(building.sensor("BAT"), found) is None


def test_without_a_main_meter_costs_are_estimated_from_submeters(house: House, clock: FixedClock):
    metered = Metered(house, clock)
    house.building.update_sensor(Actor("system", "admin"), "GRID", {"meter_role": "submeter"})
    metered.tariff()
    metered.measure([2.0] * 24)
    found = house.money.costs.of(span(metered, MONDAY, TUESDAY)).totals
    assert (found.by_kind["energy"], found.estimated) == (near(48 * 20_000), True)


def test_a_silent_hour_is_missing_from_cost_and_coverage(metered: Metered):
    metered.tariff()
    metered.measure([2.0] * 23)
    found = metered.house.money.costs.of(span(metered, MONDAY, TUESDAY)).totals
    assert found.by_kind["energy"] == near(23 * 2 * 20_000)
    assert found.coverage == near(23 / 24)


def test_the_peak_of_the_month_before_a_period_counts(working: Metered):
    found = working.house.money.costs.of(span(working, MONDAY, TUESDAY))
    assert found.totals.by_kind["peak"] == 0.0


@pytest.fixture
def embargo() -> Iterator[None]:
    with under(Contract(embargo_minutes=24 * 60)):
        yield


def test_costs_of_withheld_readings_are_withheld(working: Metered, embargo: None):
    working.to(TUESDAY, time(12))
    found = working.house.money.costs.of(span(working, SUNDAY, TUESDAY))
    noon = local_midnight(MONDAY, working.house.zone) + timedelta(hours=12)
    assert found.period.end == noon
    assert found.totals.by_kind["energy"] == near((20 + 4 + 18 + 20) * 20_000)


def test_an_embargo_holds_on_evidence_too(working: Metered):
    working.settle()
    working.to(TUESDAY, time(12))
    with under(Contract(embargo_minutes=24 * 60)):
        found = working.house.money.costs.of(span(working, SUNDAY, TUESDAY))
    assert found.totals.by_kind["energy"] == near((20 + 4 + 18 + 20) * 20_000)


def test_a_contract_of_sums_tells_no_room_and_no_sensor(working: Metered):
    costs = working.house.money.costs
    with under(Contract(data_aggregation="sum")):
        found = costs.of(span(working, MONDAY, TUESDAY))
        assert found.totals.net_mc is not None
        assert costs.rooms(found).parts == costs.devices(found).parts == {}
        with pytest.raises(OutsideContract):
            costs.sensor(working.house.building.sensor("DESK"), found)


def near_share(share):
    return type(share)(near(share.kwh), near(share.mc), near(share.co2_g), near(share.at_grid_kwh))
