"""Four weeks of a year look like an office in Lisbon."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from data_ingest.simulation import layout
from data_ingest.simulation.noise import Array
from data_ingest.simulation.people import Calendar
from data_ingest.simulation.timeline import Timeline, week_start
from tests.unit.simulation.building import (
    COUNTER,
    GAUGE,
    LISBON,
    at,
    batteries_kw,
    column,
    consumption_kw,
    drivers,
    run,
)

JANUARY, APRIL, JULY, OCTOBER = range(4)
MONDAYS = np.array(
    [week_start(at(f"{day}T00:00:00")) for day in ("2026-01-12", "2026-04-13", "2026-07-06",
                                                  "2026-10-12")]
)  # fmt: skip
PEOPLED = [room for room in layout.ROOMS if room.name not in ("Server room", "Lab")]


@cache
def weeks() -> tuple[Array, Array]:
    rows, gained = Timeline(drivers()).weeks(MONDAYS, 900.0, 900.0)
    return rows.gauges, gained


def working(gauges: Array, week: int) -> Array:
    """Rows of Monday to Friday, 9:00 to 17:00 UTC."""
    by_day = gauges[:, week].reshape(7, 96, -1)
    return by_day[:5, 36:68].reshape(160, -1)


def test_rooms_are_comfortable_nearly_all_working_time() -> None:
    for week in range(4):
        rows = working(weeks()[0], week)
        temperatures = np.stack(
            [column(rows, f"CLIMATE_{room.key}", "temperature") for room in PEOPLED], axis=1
        )
        assert np.mean((temperatures >= 20.5) & (temperatures <= 26.0)) > 0.93
        assert temperatures.min() > 18
        assert temperatures.max() < 28


def test_some_room_is_warm_and_some_is_stuffy_on_a_summer_day() -> None:
    rows = working(weeks()[0], JULY)
    assert column(rows, "CLIMATE_OPEN_OFFICE_SOUTH", "temperature").max() > 26.0
    assert column(rows, "CLIMATE_MEETING_1_1", "co2").max() > 1000


def test_co2_lies_between_fresh_air_and_stuffy() -> None:
    values = np.stack(
        [weeks()[0][..., GAUGE[f"CLIMATE_{room.key}", "co2"]] for room in layout.ROOMS]
    )
    assert values.min() >= 400
    assert 1000 < values.max() < 1500


def test_humidity_stays_in_what_people_live_in() -> None:
    values = np.stack(
        [weeks()[0][..., GAUGE[f"CLIMATE_{room.key}", "humidity"]] for room in layout.ROOMS]
    )
    assert values.min() > 20
    assert values.max() < 85


def test_the_building_draws_twenty_at_night_and_fifty_and_more_by_day() -> None:
    by_day = consumption_kw(weeks()[0]).reshape(7, 96, 4)
    assert 16 < by_day[:, 4:16].mean() < 25
    assert 45 < by_day[:5, 40:64].mean() < 70
    assert by_day.max() < 90
    weekend, weekday = by_day[5:].sum(), by_day[:5].sum()
    assert weekend / 2 < 0.75 * weekday / 5


def test_the_roof_peaks_near_eighty_five_and_rests_at_night() -> None:
    generation = column(weeks()[0], "PV_1", "generation").reshape(7, 96, 4)
    assert 78 < generation[..., JULY].max() <= layout.PV_INVERTER_KW
    assert generation[:, :16].max() == 0.0
    assert generation[..., JANUARY].sum() < 0.6 * generation[..., JULY].sum()


def test_summer_covers_itself_by_half_and_more_winter_less() -> None:
    gauges, gained = weeks()
    shares = 1.0 - gained[:, COUNTER["METER_MAIN", "energy"]] / (
        consumption_kw(gauges).sum(axis=0) * 0.25
    )
    assert 0.4 < shares[JULY] < 0.75
    assert shares[JANUARY] < shares[JULY]


def test_winter_heats_by_heat_pump_and_boiler_summer_cools() -> None:
    monday_6h = run("2026-01-19T06:00:00", 1.0)
    heated = column(monday_6h[0], "METER_OPEN_OFFICE_NORTH_CLIMATE", "power")
    assert heated.max() > 1.5
    heat = [weeks()[1][week, COUNTER["HEAT_MAIN", "heat_energy"]] for week in (JANUARY, JULY)]
    assert heat[0] > 1.5 * heat[1]


def test_clouds_come_in_spells_and_differ_by_day() -> None:
    days = column(weeks()[0], "PV_1", "generation")[:, APRIL].reshape(7, 96).sum(axis=1)
    assert days.max() > 1.3 * days.min()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-06-16", True),
        ("2026-06-20", False),  # Saturday
        ("2026-06-10", False),  # Portugal Day, a Wednesday
        ("2026-12-25", False),
        ("2026-04-03", False),  # Good Friday
    ],
)
def test_offices_are_full_on_working_days_only(day: str, works: bool) -> None:
    people = Calendar(LISBON).day(date.fromisoformat(day).toordinal()).people
    at_eleven = people[132].sum()
    assert (at_eleven > 25) == works


def test_the_canteen_fills_at_lunch_and_nobody_is_in_two_places() -> None:
    day = Calendar(LISBON).day(date(2026, 6, 16).toordinal())
    canteen = day.people[:, layout.ROOM_INDEX["Canteen"]]
    assert canteen.max() > 25
    assert 145 < canteen.argmax() < 170
    assert day.people.sum(axis=1).max() <= 86
    assert day.people[:60].sum() == 0


def test_a_holiday_draws_like_a_weekend() -> None:
    wednesday, _, _ = run("2026-06-10T09:00:00", 3.0, step_s=300.0)
    assert consumption_kw(wednesday).mean() < 35


def test_batteries_lose_a_little_of_what_goes_through_them() -> None:
    gained = weeks()[1][JULY]
    charged = sum(gained[COUNTER[f"BATT00{n}", "energy"]] for n in (1, 2, 3))
    given = sum(gained[COUNTER[f"BATT00{n}", "generation_energy"]] for n in (1, 2, 3))
    assert 0.80 < given / charged < 0.97
    assert batteries_kw(weeks()[0]).max() <= 52.0
