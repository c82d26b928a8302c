"""The step function: pure, independent of the length of its steps, counting what flows."""

import numpy as np
import pytest

from data_ingest.simulation import sensors
from data_ingest.simulation.controls import Order, controls
from data_ingest.simulation.drivers import NOTHING
from data_ingest.simulation.noise import normal, stream, uniform, wander
from data_ingest.simulation.physics import step
from data_ingest.simulation.timeline import Timeline, week_start
from tests.unit.simulation.building import (
    COUNTER,
    LISBON,
    at,
    column,
    consumption_kw,
    drivers,
    run,
    settled,
)

NOON = "2026-06-16T11:00:00"


def test_a_step_leaves_its_arguments_as_they_were() -> None:
    state = settled(at(NOON))
    kept = [state.air_c.copy(), state.counters.copy(), state.stored.battery_kwh.copy()]
    inputs = drivers().inputs(np.array([at(NOON)]), 60.0).at(0)
    told = controls({"DEVICE_001": Order(on=False)}, NOTHING)
    first, _ = step(state, inputs, told, 60.0)
    again, _ = step(state, inputs, told, 60.0)
    np.testing.assert_array_equal(first.air_c, again.air_c)
    for before, now in zip(kept, (state.air_c, state.counters, state.stored.battery_kwh),
                           strict=True):  # fmt: skip
        np.testing.assert_array_equal(before, now)


def test_short_and_long_steps_agree() -> None:
    day = [run("2026-06-16T00:00:00", 24.0, step_s=step_s) for step_s in (60.0, 300.0, 900.0)]
    energies = [consumption_kw(gauges).mean() * 24 for gauges, _, _ in day]
    assert energies[1] == pytest.approx(energies[0], rel=0.01)
    assert energies[2] == pytest.approx(energies[0], rel=0.02)
    assert np.abs(day[0][1].air_c - day[2][1].air_c).max() < 0.4


def test_counters_count_exactly_what_the_meters_show() -> None:
    gauges, state, _ = run(NOON, 2.0)
    gained = state.counters - settled(at(NOON)).counters
    for sensor_id, metric in sensors.COUNTERS:
        if metric == "energy" and sensor_id != "METER_MAIN" and sensor_id[:4] != "BATT":
            kwh = column(gauges, sensor_id, "power").sum() / 60.0
            assert gained[COUNTER[sensor_id, metric]] == pytest.approx(kwh, abs=1e-6)
    grid = column(gauges, "METER_MAIN", "power")
    assert gained[COUNTER["METER_MAIN", "energy"]] == pytest.approx(
        grid.clip(min=0).sum() / 60, abs=1e-6
    )
    assert gained[COUNTER["METER_MAIN", "generation_energy"]] == pytest.approx(
        -grid.clip(max=0).sum() / 60, abs=1e-6
    )


def test_weeks_side_by_side_equal_each_week_alone() -> None:
    monday = week_start(at(NOON))
    timeline = Timeline(drivers())
    together, gains = timeline.weeks(np.array([monday, monday - 604800.0]), 900.0, 3600.0)
    alone, gain = timeline.weeks(np.array([monday]), 900.0, 3600.0)
    np.testing.assert_allclose(together.gauges[:, 0], alone.gauges[:, 0], atol=1e-9)
    np.testing.assert_allclose(gains[0], gain[0], atol=1e-6)


def test_where_one_week_ends_the_next_begins() -> None:
    monday = week_start(at(NOON))
    rows, _ = Timeline(drivers()).weeks(np.array([monday, monday - 604800.0]), 300.0, 900.0)
    for metric, near in (("temperature", 1.0), ("co2", 40.0)):
        for room in ("STUDIO", "LAB", "CANTEEN"):
            ends = column(rows.gauges, f"CLIMATE_{room}", metric)[-1, 1]
            begins = column(rows.gauges, f"CLIMATE_{room}", metric)[0, 0]
            assert abs(ends - begins) < near
    soc = column(rows.gauges, "BATT001", "soc")
    assert abs(soc[-1, 1] - soc[0, 0]) < 10


def test_another_seed_is_another_building() -> None:
    times = np.array([at(NOON)]) + np.arange(10) * 3600.0
    mine, other = (drivers(seed).inputs(times, 60.0) for seed in (1, 2))
    assert not np.allclose(mine.pv_kw, other.pv_kw)
    assert not np.allclose(mine.people, other.people)


def test_noise_depends_on_nothing_but_seed_stream_and_time() -> None:
    times = np.arange(0.0, 5e6, 977.0)
    whole = wander(1, stream("a"), times, 7200.0)
    np.testing.assert_array_equal(whole[100:200], wander(1, stream("a"), times[100:200], 7200.0))
    assert abs(whole.mean()) < 0.15
    assert whole.std() == pytest.approx(1.0, abs=0.1)
    drawn = normal(LISBON.seed, stream("b"), np.arange(20_000))
    assert drawn.std() == pytest.approx(1.0, abs=0.03)
    spread = uniform(LISBON.seed, stream("c"), np.arange(20_000))
    assert spread.min() >= 0
    assert spread.max() < 1
    assert spread.mean() == pytest.approx(0.5, abs=0.01)


def test_summer_time_moves_people_not_the_sun() -> None:
    """On 25 October 2026 Lisbon leaves summer time: people come an hour later in UTC."""
    before = drivers().inputs(np.arange(at("2026-10-23T00:00:00"), at("2026-10-24T00:00:00"), 300.0), 300.0)  # fmt: skip  # noqa: E501
    after = drivers().inputs(np.arange(at("2026-10-30T00:00:00"), at("2026-10-31T00:00:00"), 300.0), 300.0)  # fmt: skip  # noqa: E501
    first = [int((each.people.sum(axis=1) > 10).argmax()) for each in (before, after)]
    assert 8 <= first[1] - first[0] <= 16
