"""Summary, stack and shapes over stored readings, on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from domain.foundation.clock import FixedClock
from domain.foundation.errors import InvalidInput, Unknown
from domain.foundation.intervals import Period
from domain.house import House
from tests.integration.analytics.conftest import Meters

DAY = date(2026, 6, 15)
DAY_MS = 86_400_000


@pytest.fixture
def monday(meters: Meters, midnight: Callable[[date], int], clock: FixedClock) -> Period:
    """Main, sun and one room on Sunday and Monday; Monday uses half as much again."""
    clock.set(datetime(2026, 6, 17, tzinfo=UTC))
    start = midnight(DAY)
    meters.room("Lab")
    meters.meter("MAIN", "main", interval_s=900)
    meters.meter("PV", "generation", interval_s=900)
    meters.meter("LAB", "submeter", room="Lab", use="equipment", interval_s=900)
    for day, factor in ((-1, 1.0), (0, 1.5)):
        at = start + day * DAY_MS
        meters.hold("MAIN", "power", [8.0 * factor] * 48 + [-2.0 * factor] * 48, at)
        meters.hold("PV", "generation", [0.0] * 48 + [10.0 * factor] * 48, at)
        meters.hold("LAB", "power", [3.0 * factor] * 96, at)
    meters.settle()
    return Period.of_ms(start, start + DAY_MS)


def test_a_day_beside_the_day_before(house: House, monday: Period) -> None:
    found = house.analytics.summary(monday)
    totals = found.totals
    assert totals.consumption_kwh == pytest.approx(288.0)
    assert (totals.import_kwh, totals.export_kwh) == (pytest.approx(144.0), pytest.approx(36.0))
    assert totals.self_sufficiency == pytest.approx(0.5)
    assert totals.self_consumption == pytest.approx(0.8)
    assert found.before.consumption_kwh == pytest.approx(192.0)
    assert found.change_percent("consumption_kwh") == pytest.approx(50.0)
    assert totals.peak_import is not None
    assert (totals.peak_import.kw, totals.peak_import.slot_s) == (pytest.approx(12.0), 900)
    assert totals.demand_response_events is None
    assert found.coverage.words == "Measured 100 % of the time."


def test_rooms_uses_and_types_explain_the_consumption(house: House, monday: Period) -> None:
    found = house.analytics.summary(monday)
    assert [(room.name, room.kwh) for room in found.rooms.rooms] == [("Lab", pytest.approx(108.0))]
    assert [(use.use, use.kwh) for use in found.uses] == [
        ("equipment", pytest.approx(108.0)),
        ("unmetered", pytest.approx(180.0)),
    ]
    assert [(t.meter_role, t.metric, t.amount) for t in found.sensor_types] == [
        ("generation", "generation_energy", pytest.approx(180.0)),
        ("submeter", "energy", pytest.approx(108.0)),
    ]


def test_the_meter_that_was_silent_is_named_and_nothing_is_compared(
    house: House, meters: Meters, monday: Period
) -> None:
    after = Period.of_ms(monday.end_ms, monday.end_ms + DAY_MS)
    meters.hold("MAIN", "power", [8.0] * 96, after.start_ms)
    meters.hold("PV", "generation", [1.0] * 48, after.start_ms)
    meters.settle()
    found = house.analytics.summary(after)
    assert found.coverage.share == pytest.approx(0.5, abs=0.02)
    assert [meter.name for meter in found.coverage.missing] == ["PV"]
    assert "PV only 50 %" in found.coverage.words
    assert found.change_percent("consumption_kwh") is None


def test_a_building_that_began_later_says_from_when_on(
    house: House, monday: Period, clock: FixedClock
) -> None:
    week = Period.of_ms(monday.start_ms - 7 * DAY_MS, monday.start_ms)
    found = house.analytics.summary(week)
    assert found.coverage.share == pytest.approx(1 / 7)
    assert found.coverage.missing == ()
    assert found.coverage.words == ("Measured 14 % of the time, nothing before 14 Jun 2026 00:00.")


def test_a_building_without_meters_says_so(house: House, midnight: Callable[[date], int]) -> None:
    period = Period.of_ms(midnight(DAY), midnight(DAY) + DAY_MS)
    found = house.analytics.summary(period)
    assert found.coverage.words == "No meter counts in the building's totals."
    assert found.totals.peak_import is None
    assert house.analytics.energy(period).totals.consumption_kwh is None


def test_the_stack_says_the_same_as_the_totals(house: House, monday: Period) -> None:
    found = house.analytics.energy(monday, "1h")
    totals = house.analytics.summary(monday).totals
    assert len(found.buckets) == 24
    assert found.totals.consumption_kwh == pytest.approx(totals.consumption_kwh)
    assert found.totals.grid_used_kwh == pytest.approx(totals.import_kwh)
    assert found.totals.solar_used_kwh == pytest.approx(144.0)
    with pytest.raises(InvalidInput):
        house.analytics.energy(monday, "5min")


def test_a_year_in_quarter_hours_is_refused_with_the_limit(
    house: House, midnight: Callable[[date], int]
) -> None:
    start = midnight(DAY)
    with pytest.raises(InvalidInput) as refused:
        house.analytics.energy(Period.of_ms(start - 365 * DAY_MS, start), "15min")
    assert refused.value.fields[0].limit == 4_000


def test_shapes_of_the_balance_of_a_room_and_of_a_sensor(house: House, monday: Period) -> None:
    room = house.building.room("Lab").room_id
    before = Period.of_ms(monday.start_ms - DAY_MS, monday.start_ms)
    for address, mean in (
        ("building/consumption", 12.0),
        (f"room/{room}/power", 4.5),
        ("sensor/LAB/power", 4.5),
    ):
        heat = house.analytics.heat_map(address, monday)
        assert heat.cells[0] == pytest.approx((mean,) * 24)
        curve = house.analytics.load_duration(address, monday)
        assert (curve.buckets, curve.bucket_s) == (96, 900)
        compared = house.analytics.compare(address, monday, before)
        assert compared.mean == pytest.approx(mean)
        assert compared.mean_before == pytest.approx(mean / 1.5)


def test_two_quantities_that_move_together(house: House, monday: Period) -> None:
    found = house.analytics.correlation("building/generation", "building/export", monday)
    assert (found.pairs, found.pearson) == (24, pytest.approx(1.0))
    flat = house.analytics.correlation("building/consumption", "building/export", monday)
    assert flat.pearson is None
    assert flat.reason == "Consumption did not change"


@pytest.mark.parametrize(
    "address",
    ["", "building", "building/happiness", "room/999/power", "room/x/power", "sensor/NO/power",
     "sensor/LAB/happiness", "building/3/import", "room//power"],
)  # fmt: skip
def test_an_address_of_nothing_is_unknown(house: House, monday: Period, address: str) -> None:
    with pytest.raises(Unknown):
        house.analytics.heat_map(address, monday)


def test_what_can_be_asked_for_is_listed_once(house: House, monday: Period) -> None:
    addresses = [address for address, _ in house.analytics.targets()]
    assert addresses[0] == "building/consumption"
    assert len(set(addresses)) == len(addresses)
    assert "sensor/PV/generation" in addresses
    assert house.analytics.metrics() == ["power", "generation"]


def test_a_period_still_to_come_knows_nothing_and_does_not_fail(
    house: House, monday: Period
) -> None:
    coming = Period.of_ms(monday.end_ms + 7 * DAY_MS, monday.end_ms + 8 * DAY_MS)
    found = house.analytics.summary(coming)
    assert found.totals.consumption_kwh is None
    assert found.coverage.passed_s == 0
    assert house.analytics.energy(coming).coverage == 0
    assert house.analytics.load_duration("building/import", coming).values == ()
    assert house.analytics.correlation("building/import", "building/export", coming).pairs == 0


def test_beyond_forty_days_the_peak_is_still_one_of_a_quarter_of_an_hour(
    house: House, monday: Period
) -> None:
    long = Period.of_ms(monday.end_ms - 60 * DAY_MS, monday.end_ms)
    peak = house.analytics.summary(long).totals.peak_import
    assert peak is not None
    assert (peak.kw, peak.slot_s) == (pytest.approx(12.0), 900)
    curve = house.analytics.load_duration("building/import", long)
    assert curve.bucket_s == 3600


def test_a_room_is_known_no_better_than_its_least_known_meter(
    house: House, meters: Meters, monday: Period
) -> None:
    room = house.building.room("Lab").room_id
    meters.meter("LAB_2", "submeter", room="Lab", interval_s=180)
    half_of_each = [1.0, None] * 48
    meters.hold("LAB_2", "power", half_of_each, monday.start_ms, 450_000)
    meters.settle()
    heat = house.analytics.heat_map(f"room/{room}/power", monday)
    assert heat.cells[0] == pytest.approx((5.5,) * 12 + (None,) * 12)
    assert heat.coverage == pytest.approx(0.25)
    assert house.analytics.load_duration(f"room/{room}/power", monday).buckets == 0
