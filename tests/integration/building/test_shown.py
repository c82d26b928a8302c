"""What a room's page shows of a period, and the files that hold exactly that."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.access.policy import SYSTEM
from domain.building.model import SensorQuery
from domain.building.room_history import (
    level_of,
    room_energy,
    room_history,
    same_time_before,
)
from domain.building.shown_csv import list_csv, room_csv, room_rows_about, sensor_csv
from domain.foundation.clock import FixedClock, to_ms
from domain.foundation.intervals import Period, local_period
from domain.house import House
from domain.telemetry.service import Reading

NOON = datetime(2026, 6, 16, 12, 0, tzinfo=UTC)
DAY = local_period("day", NOON.date(), ZoneInfo("Europe/Lisbon"))
QUARTER_MS, HOUR_MS = 900_000, 3_600_000


@pytest.fixture
def lab(house: House, clock: FixedClock) -> House:
    """A room with a thermometer and two submeters, two hours of readings every 15 minutes."""
    clock.set(NOON)
    building = house.building
    building.create_room(SYSTEM, {"name": "Lab", "floor": "Ground", "capacity": 8})
    for sensor_id in ("METER_A", "METER_B"):
        building.register_sensor(
            SYSTEM,
            sensor_id,
            {"sensor_type": "energy_meter", "meter_role": "submeter", "room": "Lab"},
        )
    building.register_sensor(SYSTEM, "TEMP_1", {"sensor_type": "temperature", "room": "Lab"})
    start_ms = to_ms(NOON - timedelta(hours=2))
    readings = []
    for step in range(8):
        at = start_ms + step * QUARTER_MS
        warm = 27.0 if step < 2 else 23.0
        readings += [
            Reading("TEMP_1", "temperature", at, warm, QUARTER_MS),
            Reading("METER_A", "power", at, 2.0, QUARTER_MS),
        ]
        if step != 3:
            readings.append(Reading("METER_B", "power", at, 1.0, QUARTER_MS))
    house.telemetry.ingest(readings)
    house.telemetry.settle()
    return house


def rows_of(pieces: Iterator[bytes], delimiter: str = ",") -> list[dict[str, str]]:
    text = b"".join(pieces).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_power_of_a_room_is_the_sum_of_its_submeters_with_gaps_left_open(lab: House) -> None:
    room_id = lab.building.room("Lab").room_id
    history = room_history(lab.building, lab.telemetry, room_id, DAY, to_ms(NOON))
    power = history.strip("power")
    assert power is not None
    known = [v for v in power.lines[0].mean if v is not None]
    assert known == [3.0] * 7
    assert history.level == "15min"


def test_time_outside_the_band_and_energy_of_the_period(lab: House) -> None:
    room_id = lab.building.room("Lab").room_id
    history = room_history(lab.building, lab.telemetry, room_id, DAY, to_ms(NOON))
    assert history.outside_band.beyond_s == 1800
    assert history.outside_band.measured_s == 7200
    assert history.energy.kwh == pytest.approx(2.0 * 2 + 1.0 * 1.75)
    assert history.energy.without == ()


def test_a_submeter_that_measured_nothing_is_named(lab: House) -> None:
    lab.building.register_sensor(
        SYSTEM, "METER_C", {"name": "Oven", "meter_role": "submeter", "room": "Lab"}
    )
    room_id = lab.building.room("Lab").room_id
    energy = room_energy(lab.building, lab.telemetry, room_id, DAY)
    assert energy.without == ("Oven",)
    assert energy.kwh == pytest.approx(5.75)


def test_the_file_of_a_room_holds_the_points_of_its_chart(lab: House) -> None:
    room = lab.building.room("Lab")
    history = room_history(lab.building, lab.telemetry, room.room_id, DAY, to_ms(NOON))
    rows = rows_of(room_csv(lab.building, lab.telemetry, room, [DAY], history.level, "rfc4180"))
    for metric in ("temperature", "power"):
        strip = history.strip(metric)
        assert strip is not None
        drawn = [v for v in strip.lines[0].mean if v is not None]
        written = [float(row["value"]) for row in rows if row["metric"] == metric]
        assert written == pytest.approx(drawn)
    assert {row["sensor_id"] for row in rows if row["metric"] == "power"} == {""}
    assert {row["room"] for row in rows} == {"Lab"}


def test_the_file_of_a_room_tells_about_how_many_rows_it_has(lab: House) -> None:
    room = lab.building.room("Lab")
    rows = rows_of(room_csv(lab.building, lab.telemetry, room, [DAY], "15min", "rfc4180"))
    about = room_rows_about(lab.building, lab.telemetry, room, [DAY], "15min")
    assert about == pytest.approx(len(rows), abs=2)


def test_the_compared_period_is_in_the_file_under_one_head(lab: House) -> None:
    room = lab.building.room("Lab")
    before = Period(DAY.start - timedelta(days=1), DAY.start)
    pieces = room_csv(lab.building, lab.telemetry, room, [DAY, before], "15min", "rfc4180")
    text = b"".join(pieces).decode()
    assert text.count("timestamp_utc") == 1


def test_excel_gets_semicolons_and_decimal_commas(lab: House) -> None:
    keys = [("TEMP_1", "temperature")]
    pieces = list(sensor_csv(lab.building, lab.telemetry, keys, [DAY], "15min", "excel"))
    assert b"".join(pieces).startswith(b"\xef\xbb\xbf")
    rows = rows_of(iter(pieces), ";")
    assert {row["value"].replace(".", ",") for row in rows} == {"27,0", "23,0"}


def test_the_list_as_a_file_has_a_line_per_metric_and_runs_no_formula(lab: House) -> None:
    lab.building.register_sensor(SYSTEM, "GAS_1", {"name": "=1+1", "sensor_type": "gas"})
    page = lab.building.sensors(SensorQuery(page_size=None))
    rows = rows_of(list_csv(page.rows, to_ms(NOON), "rfc4180"))
    by_id = {row["sensor_id"]: row for row in rows}
    assert by_id["TEMP_1"]["value"] == "23"
    assert by_id["TEMP_1"]["room"] == "Lab"
    assert (by_id["GAS_1"]["name"], by_id["GAS_1"]["value"]) == ("'=1+1", "")


@pytest.mark.parametrize(
    ("days", "level"), [(1, "15min"), (7, "15min"), (31, "1h"), (41, "1h"), (365, "1d")]
)
def test_the_level_is_the_finest_that_fits(days: int, level: str) -> None:
    assert level_of(Period(NOON, NOON + timedelta(days=days))) == level


def test_a_running_day_is_compared_up_to_the_same_minute(house: House) -> None:
    before = Period(DAY.start - timedelta(days=1), DAY.start)
    now, earlier = same_time_before(DAY, before, to_ms(NOON), house.zone)
    assert now.end == NOON
    assert earlier.end == NOON - timedelta(days=1)


def test_across_the_clock_change_the_wall_clock_is_compared(house: House) -> None:
    """25 October 2026 has 25 hours in Lisbon; noon of it is 13 hours after its midnight."""
    sunday = local_period("day", datetime(2026, 10, 25, tzinfo=UTC).date(), house.zone)
    saturday = local_period("day", datetime(2026, 10, 24, tzinfo=UTC).date(), house.zone)
    noon_ms = to_ms(datetime(2026, 10, 25, 12, 0, tzinfo=UTC))
    now, earlier = same_time_before(sunday, saturday, noon_ms, house.zone)
    assert now.duration_s == 13 * 3600
    assert earlier.duration_s == 12 * 3600


def test_a_past_period_is_compared_whole(house: House) -> None:
    before = Period(DAY.start - timedelta(days=1), DAY.start)
    later = to_ms(DAY.end + timedelta(days=3))
    assert same_time_before(DAY, before, later, house.zone) == (DAY, before)


def test_the_shorter_month_before_is_taken_to_its_end_and_no_further(house: House) -> None:
    march = local_period("month", datetime(2026, 3, 1, tzinfo=UTC).date(), house.zone)
    february = local_period("month", datetime(2026, 2, 1, tzinfo=UTC).date(), house.zone)
    thirtieth_ms = to_ms(datetime(2026, 3, 30, 12, 0, tzinfo=UTC))
    _, earlier = same_time_before(march, february, thirtieth_ms, house.zone)
    assert earlier == february


def test_minutes_beyond_a_limit_are_of_all_probes_together(house: House) -> None:
    """One thermometer in the sun is no warm room; one corner of stale air is stale air."""
    room = house.building.create_room(SYSTEM, {"name": "Hall", "floor": "1st"})
    end = house.clock.now_ms() // HOUR_MS * HOUR_MS
    start = end - 4 * HOUR_MS
    rows = {"T1": ("temperature", 27.0), "T2": ("temperature", 23.0)}
    rows |= {"C1": ("co2", 600.0), "C2": ("co2", 1400.0)}
    for sensor_id, (metric, value) in rows.items():
        fields = {"name": sensor_id, "sensor_type": metric, "room": "Hall", "interval_s": 300}
        house.building.register_sensor(SYSTEM, sensor_id, fields)
        until = end - HOUR_MS if sensor_id == "T2" else end
        house.telemetry.ingest(
            [Reading(sensor_id, metric, ts, value) for ts in range(start, until, 300_000)]
        )
    house.telemetry.settle()
    period = Period.of_ms(start, end)
    shown = room_history(house.building, house.telemetry, room.room_id, period, end)
    assert shown.outside_band.beyond_s == 3600, "only the hour in which T1 speaks alone"
    assert shown.stuffy.beyond_s == 4 * 3600
