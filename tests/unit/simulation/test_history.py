"""The recorded past: whole, without overlaps, counters in step with power, newest first."""

import itertools
from functools import cache

import numpy as np
import orjson
import pytest

from data_ingest.simulation import sensors
from data_ingest.simulation.history import Span, messages, older, recent
from data_ingest.simulation.timeline import Rows, Timeline, counter_bases
from tests.unit.simulation.building import COUNTER, at, column, consumption_kw, drivers

DAY_S = 86_400.0
UNTIL_S = at("2026-06-16T10:07:20")
SPAN = Span(UNTIL_S - 75 * DAY_S, UNTIL_S)
Reading = dict[str, float]


@cache
def all_rows() -> list[Rows]:
    timeline = Timeline(drivers())
    return [recent(timeline, UNTIL_S)[0], *older(timeline, SPAN)]


@cache
def sent() -> list[tuple[str, list[Reading], int]]:
    return [
        (sensor_id, orjson.loads(body), count)
        for rows in all_rows()
        for sensor_id, body, count in messages(1, rows, SPAN)
    ]


def readings(sensor_id: str) -> list[Reading]:
    found = [each for sender, part, _ in sent() if sender == sensor_id for each in part]
    return sorted(found, key=lambda each: each["timestamp"])


def test_messages_are_small_and_counted() -> None:
    assert all(0 < len(part) <= 500 for _, part, _ in sent())
    for _, part, count in sent():
        assert count == sum(len(each) - 2 for each in part)


def test_newest_weeks_come_first() -> None:
    begins = [part[0]["timestamp"] for sender, part, _ in sent() if sender == "METER_MAIN"]
    assert begins == sorted(begins, reverse=True)


@pytest.mark.parametrize("sensor_id", ["METER_MAIN", "CLIMATE_LAB", "WEATHER", "GAS_MAIN"])
def test_rows_cover_the_span_without_gap_or_overlap(sensor_id: str) -> None:
    rows = readings(sensor_id)
    ends = [each["timestamp"] + each["interval_s"] for each in rows]
    assert [each["timestamp"] for each in rows[1:]] == ends[:-1]
    assert ends[-1] == UNTIL_S
    assert 0 <= rows[0]["timestamp"] - SPAN.since_s < 3600


def test_the_last_eight_weeks_are_quarters_of_an_hour_and_before_are_hours() -> None:
    for each in readings("METER_MAIN")[:-1]:
        weeks_ago = (UNTIL_S - each["timestamp"]) / (7 * DAY_S)
        if weeks_ago < 8:
            assert each["interval_s"] == 900
        elif weeks_ago > 9:
            assert each["interval_s"] == 3600


@pytest.mark.parametrize("meter", ["METER_LAB_EQUIPMENT", "METER_CANTEEN_KITCHEN"])
def test_a_counter_gains_what_its_power_says_across_every_seam(meter: str) -> None:
    rows = readings(meter)
    for before, after in itertools.pairwise(rows):
        kwh = before["power"] * before["interval_s"] / 3600
        assert after["energy"] - before["energy"] == pytest.approx(kwh, abs=0.002)


def test_import_less_export_is_the_integral_of_the_main_meters_power() -> None:
    rows = readings("METER_MAIN")
    taken = rows[-1]["energy"] - rows[0]["energy"]
    given = rows[-1]["generation_energy"] - rows[0]["generation_energy"]
    net = sum(each["power"] * each["interval_s"] / 3600 for each in rows[:-1])
    assert taken - given == pytest.approx(net, abs=0.5)
    assert given > 100


def test_no_counter_ever_runs_backwards_or_below_zero() -> None:
    for sensor in sensors.SENSORS:
        rows = readings(sensor.sensor_id)
        for field in sensor.fields:
            if field.is_counter:
                values = [each[field.metric] for each in rows]
                assert values == sorted(values)
                assert values[0] >= 0


def test_each_counter_shows_the_years_that_its_own_load_has_run() -> None:
    mondays = np.array([at("2026-03-16T00:00:00"), at("2026-09-14T00:00:00")])
    _, gains = Timeline(drivers()).weeks(mondays, 900.0, 900.0)
    years = counter_bases(drivers().place) / (gains.mean(axis=0) * 52)
    ages = dict(zip(sensors.COUNTERS, years.round(1).tolist(), strict=True))
    assert all(2 <= age <= 18 for age in ages.values()), ages


def test_the_present_goes_on_where_history_ends() -> None:
    rows, state = recent(Timeline(drivers()), UNTIL_S)
    last = readings("METER_LAB_EQUIPMENT")[-1]
    kwh = last["power"] * last["interval_s"] / 3600
    counter = state.counters[COUNTER["METER_LAB_EQUIPMENT", "energy"]]
    assert counter == pytest.approx(last["energy"] + kwh, abs=0.002)
    assert rows.starts_s[-1] + 900 > UNTIL_S


def test_the_past_does_not_depend_on_when_it_is_told() -> None:
    later = [
        (sensor_id, part)
        for rows in older(Timeline(drivers()), Span(SPAN.since_s, UNTIL_S + 3600))
        for sensor_id, body, _ in messages(1, rows, SPAN)
        if sensor_id == "CLIMATE_LAB"
        for part in [orjson.loads(body)]
    ]
    before = [(s, part) for s, part, _ in sent() if s == "CLIMATE_LAB"][2:]
    assert later[-len(before) + 4 :] == before[4:]


def test_a_span_of_nothing_sends_nothing() -> None:
    assert not list(messages(1, all_rows()[0], Span(UNTIL_S, UNTIL_S)))
    assert not list(older(Timeline(drivers()), Span(UNTIL_S, UNTIL_S)))


def test_history_is_the_same_model_as_live_steps() -> None:
    """Quarter hours made in one step agree with the same ones made of 10-second steps."""
    timeline = Timeline(drivers())
    begin_s = at("2026-06-16T06:00:00")
    _, state = recent(timeline, begin_s)
    coarse, _ = timeline.record(state, begin_s, begin_s + 7200, 900.0, 900.0)
    fine, _ = timeline.record(state, begin_s, begin_s + 7200, 10.0, 900.0)
    drawn = [consumption_kw(each.gauges) for each in (coarse, fine)]
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1.5)
    assert drawn[0].mean() == pytest.approx(drawn[1].mean(), rel=0.03)
    warm = [column(each.gauges, "CLIMATE_STUDIO", "temperature") for each in (coarse, fine)]
    np.testing.assert_allclose(warm[0], warm[1], atol=0.2)
