"""The accounts over real telemetry: totals to the watt-hour, gaps said, days of 23 and 25 h."""

from datetime import date

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.intervals import Period, local_day
from domain.house import House
from domain.telemetry.model import Reading

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def register(house: House, sensor_id: str, role: str, **fields: object) -> None:
    house.building.register_sensor(
        SYSTEM,
        sensor_id,
        {"name": sensor_id, "sensor_type": "energy_meter", "meter_role": role, **fields},
    )


def hold(
    house: House, sensor_id: str, metric: str, powers: list[float | None], start_ms: int,
    step_ms: int = 15 * MINUTE_MS,
) -> None:  # fmt: skip
    """Recorded rows: each power holds for exactly one step; None is a row that is missing."""
    house.telemetry.ingest(
        [
            Reading(sensor_id, metric, start_ms + i * step_ms, kw, step_ms)
            for i, kw in enumerate(powers)
            if kw is not None
        ]
    )


def count(house: House, sensor_id: str, metric: str, values: list[float], start_ms: int) -> None:
    """A counter read every 15 minutes."""
    house.telemetry.ingest(
        [
            Reading(sensor_id, metric, start_ms + i * 15 * MINUTE_MS, kwh)
            for i, kwh in enumerate(values)
        ]
    )


def settle(house: House) -> None:
    while house.telemetry.settle():
        pass


def midnight_ms(house: House, clock: FixedClock) -> int:
    return local_day(date(2026, 6, 16), house.zone).start_ms


def test_now_adds_up_from_what_was_ingested(house: House, clock: FixedClock) -> None:
    register(house, "MAIN", "main")
    register(house, "PV", "generation")
    register(house, "BATT", "battery")
    at = clock.now_ms() - 5_000
    house.telemetry.ingest(
        [
            Reading("MAIN", "power", at, -7.8),
            Reading("PV", "generation", at, 78.4),
            Reading("BATT", "power", at, 18.0),
            Reading("BATT", "soc", at, 65.0),
        ]
    )
    now = house.energy.now()
    assert now.consumption_kw == pytest.approx(52.6)
    assert (now.soc_percent, now.state, now.ts_ms) == (65.0, "fresh", at)


def test_a_main_meter_that_falls_silent_makes_consumption_unknown(
    house: House, clock: FixedClock
) -> None:
    register(house, "MAIN", "main", interval_s=10)
    house.telemetry.ingest([Reading("MAIN", "power", clock.now_ms(), 12.0)])
    assert house.energy.now().consumption_kw == 12.0
    clock.advance(30 * 60)
    now = house.energy.now()
    assert (now.consumption_kw, now.missing, now.state) == (None, ("MAIN",), "stale")


def test_an_inverter_that_is_silent_since_sunset_leaves_the_night_known(
    house: House, clock: FixedClock
) -> None:
    register(house, "MAIN", "main", interval_s=60)
    register(house, "ROOF", "generation", interval_s=60)
    sunset_ms = midnight_ms(house, clock) - 3 * HOUR_MS + 4 * MINUTE_MS  # 21:04 the day before
    house.telemetry.ingest([Reading("ROOF", "generation", sunset_ms, 0.02)])
    clock.set(from_ms(midnight_ms(house, clock) + 4 * HOUR_MS))
    hold(house, "MAIN", "power", [6.0] * 16, midnight_ms(house, clock))
    house.telemetry.ingest([Reading("MAIN", "power", clock.now_ms(), 6.0)])
    settle(house)
    now = house.energy.now()
    assert (now.consumption_kw, now.generation_kw, now.state) == (6.0, 0.0, "fresh")
    assert (now.assumed, now.assumed_since_ms) == (("ROOF",), sunset_ms)
    totals = house.energy.totals(house.energy.so_far())
    assert totals.consumption_kwh == pytest.approx(24.0)
    assert (totals.coverage, totals.assumed) == (pytest.approx(1.0), pytest.approx(1.0))
    assert all(slot.assumed for slot in house.energy.day_curve(house.energy.so_far()))
    clock.set(from_ms(midnight_ms(house, clock) + 9 * HOUR_MS))
    house.telemetry.ingest([Reading("MAIN", "power", clock.now_ms(), 6.0)])
    now = house.energy.now()
    assert (now.consumption_kw, now.missing, now.assumed) == (None, ("ROOF",), ())


def test_a_discovered_meter_is_in_no_total_until_it_is_adopted(
    house: House, clock: FixedClock
) -> None:
    house.telemetry.ingest([Reading("MAIN", "power", clock.now_ms(), 12.0)])
    house.building.note_discovered(["MAIN"], {"MAIN": {"metrics": ["power"]}})
    assert house.energy.now().roles == frozenset()


def test_the_day_adds_up_to_the_last_watt_hour(house: House, clock: FixedClock) -> None:
    start = midnight_ms(house, clock)
    register(house, "MAIN", "main")
    powers = [20.0 + i / 7 for i in range(40)]
    hold(house, "MAIN", "power", list(powers), start)
    settle(house)
    totals = house.energy.totals(Period.of_ms(start, start + 10 * HOUR_MS))
    assert totals.consumption_kwh == pytest.approx(sum(powers) / 4, abs=1e-3)
    assert totals.coverage == pytest.approx(1.0)


def test_solar_battery_and_grid_close_over_the_day(house: House, clock: FixedClock) -> None:
    start = midnight_ms(house, clock)
    register(house, "MAIN", "main")
    register(house, "PV", "generation")
    register(house, "BATT", "battery")
    hold(house, "MAIN", "power", [10.0] * 16 + [-5.0] * 16, start)
    hold(house, "PV", "generation", [0.0] * 16 + [30.0] * 16, start)
    hold(house, "BATT", "power", [-2.0] * 16 + [8.0] * 16, start)
    settle(house)
    totals = house.energy.totals(Period.of_ms(start, start + 8 * HOUR_MS))
    assert totals.import_kwh == pytest.approx(40.0)
    assert totals.export_kwh == pytest.approx(20.0)
    assert (totals.charge_kwh, totals.discharge_kwh) == (pytest.approx(32.0), pytest.approx(8.0))
    assert totals.consumption_kwh == pytest.approx(48.0 + 68.0)
    assert totals.self_consumption == pytest.approx(100 / 120)
    assert totals.self_sufficiency == pytest.approx(76 / 116)


def test_a_pair_of_counters_tells_import_and_export_that_the_mean_power_hides(
    house: House, clock: FixedClock
) -> None:
    start = midnight_ms(house, clock)
    register(house, "MAIN", "main", interval_s=900)
    hold(house, "MAIN", "power", [0.0] * 8, start)
    count(house, "MAIN", "energy", [100.0 + i for i in range(9)], start)
    count(house, "MAIN", "generation_energy", [50.0 + i for i in range(9)], start)
    settle(house)
    totals = house.energy.totals(Period.of_ms(start, start + 2 * HOUR_MS))
    assert totals.import_kwh == pytest.approx(8.0)
    assert totals.export_kwh == pytest.approx(8.0)


def test_a_gap_of_one_meter_is_a_gap_of_the_curve_and_of_the_coverage(
    house: House, clock: FixedClock
) -> None:
    start = midnight_ms(house, clock)
    register(house, "MAIN", "main")
    register(house, "PV", "generation")
    hold(house, "MAIN", "power", [10.0] * 8, start)
    hold(house, "PV", "generation", [1.0, 1.0, None, None, 1.0, 1.0, 1.0, 1.0], start)
    settle(house)
    clock.set(clock.now().replace(hour=1, minute=0))  # 02:00 in Lisbon
    period = local_day(date(2026, 6, 16), house.zone)
    curve = house.energy.day_curve(period)
    assert [slot.consumption_kw for slot in curve] == [
        11.0,
        11.0,
        None,
        None,
        11.0,
        11.0,
        11.0,
        11.0,
    ]
    assert house.energy.totals(house.energy.so_far()).coverage == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 16), 24)]
)
def test_days_of_the_clock_change_have_their_own_length(
    house: House, clock: FixedClock, day: date, hours: int
) -> None:
    period = local_day(day, house.zone)
    clock.set(period.end)
    register(house, "MAIN", "main")
    hold(house, "MAIN", "power", [4.0] * (hours * 4), period.start_ms)
    settle(house)
    assert len(house.energy.day_curve(period)) == hours * 4
    totals = house.energy.totals(period)
    assert totals.consumption_kwh == pytest.approx(4.0 * hours)
    assert totals.coverage == pytest.approx(1.0)


def test_today_is_compared_with_the_same_clock_times(house: House, clock: FixedClock) -> None:
    register(house, "MAIN", "main")
    for days, kw in ((0, 9.0), (1, 10.0), (7, 12.0)):
        hold(house, "MAIN", "power", [kw] * 96, midnight_ms(house, clock) - days * 24 * HOUR_MS)
    settle(house)
    today = house.energy.today()
    assert today.totals.consumption_kwh == pytest.approx(90.0), "ten hours, to this minute"
    assert today.change("consumption_kwh", today.yesterday) == "10 % less"
    assert today.change("consumption_kwh", today.last_week) == "25 % less"
    assert today.weekday == "Tuesday"


def test_the_span_up_to_this_minute_ends_inside_a_quarter_hour(
    house: House, clock: FixedClock
) -> None:
    clock.advance(7 * 60)
    register(house, "MAIN", "main")
    hold(house, "MAIN", "power", [60.0] * 24, midnight_ms(house, clock) - 24 * HOUR_MS, HOUR_MS)
    settle(house)
    yesterday = house.energy.today().yesterday
    assert yesterday.consumption_kwh == pytest.approx(600.0 + 7.0, rel=1e-3)


def test_rooms_and_the_unmetered_rest_sum_to_the_consumption(
    house: House, clock: FixedClock
) -> None:
    start = midnight_ms(house, clock)
    lab = house.building.create_room(SYSTEM, {"name": "Lab", "floor": "Ground"})
    register(house, "MAIN", "main")
    register(house, "SUB", "submeter", room=lab.room_id, use="climate")
    hold(house, "MAIN", "power", [10.0] * 8, start)
    hold(house, "SUB", "power", [6.0] * 8, start)
    settle(house)
    rooms = house.energy.rooms(Period.of_ms(start, start + 2 * HOUR_MS))
    assert [(room.name, room.kwh) for room in rooms.rooms] == [("Lab", pytest.approx(12.0))]
    assert rooms.unmetered_kwh == pytest.approx(8.0)


def test_the_peak_of_the_month_is_a_quarter_hour_with_its_time(
    house: House, clock: FixedClock
) -> None:
    register(house, "MAIN", "main")
    day = midnight_ms(house, clock)
    hold(house, "MAIN", "power", [20.0] * 40, day)
    hold(house, "MAIN", "power", [30.0] * 41 + [84.6] + [30.0] * 10, day - 7 * 24 * HOUR_MS)
    settle(house)
    peak = house.energy.peak_of_month()
    assert peak.highest is not None
    assert peak.highest.kw == pytest.approx(84.6)
    assert peak.highest.ts_ms == day - 7 * 24 * HOUR_MS + 41 * 15 * MINUTE_MS
    assert peak.today is not None
    assert peak.today.kw == pytest.approx(20.0)
    assert len(peak.days) == 16


def test_an_empty_building_has_no_figures_and_no_errors(house: House) -> None:
    today = house.energy.today()
    assert today.totals.consumption_kwh is None
    assert today.sentence("consumption_kwh", today.yesterday, "yesterday") == ""
    assert house.energy.peak_of_month().highest is None
    assert house.energy.frame()["consumption_kw"] is None
    assert all(slot.consumption_kw is None for slot in house.energy.day_curve(today.period))
    assert house.energy.rooms(today.period).rooms == ()


def test_a_replayed_building_with_only_an_hourly_main_meter_has_its_curve(
    house: House, clock: FixedClock
) -> None:
    start = midnight_ms(house, clock)
    register(house, "LOAD", "main")
    hold(house, "LOAD", "power", [5.0, 6.0, 7.0], start, HOUR_MS)
    settle(house)
    curve = house.energy.day_curve(Period.of_ms(start, start + 3 * HOUR_MS))
    assert [slot.consumption_kw for slot in curve] == [5.0] * 4 + [6.0] * 4 + [7.0] * 4
