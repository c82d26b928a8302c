import random

import numpy as np
import pytest

from domain.telemetry.model import OUT_OF_RANGE, Series
from domain.telemetry.quality import Finding, Seen, at_rest, inspect, merged, stuck, wrong_clock

MINUTE = 60_000


def a_series(metric: str = "temperature", kind: str = "gauge", unit: str = "°C") -> Series:
    return Series(1, "S", metric, unit, kind, 60.0, -60.0, 120.0)


def seen(values, *, step_ms=MINUTE, flags=0):
    return Seen.of([(n * step_ms, float(v), None, flags) for n, v in enumerate(values)])


def kinds(findings):
    return [(f.kind, f.since_ms, f.until_ms) for f in findings]


def test_nothing_is_odd_about_a_quiet_room():
    assert inspect(a_series(), seen([21.0, 21.1, 21.0, 20.9])) == []


def test_a_jump_between_two_readings_is_named():
    (found,) = inspect(a_series(), seen([21.0, 35.5, 35.4]))
    assert (found.kind, found.words) == ("jump", "jumped from 21 to 35.5 °C")


def test_a_change_over_a_long_silence_is_a_gap_and_no_jump():
    found = inspect(a_series(), Seen.of([(0, 21.0, None, 0), (7_200_000, 35.0, None, 0)]))
    assert kinds(found) == [("gap", 0, 7_200_000)]
    assert found[0].words == "no readings for 2 h"


def test_a_recorded_row_that_states_its_hour_leaves_no_gap():
    rows = [(n * 3_600_000, 21.0 + n, 3_600_000, 0) for n in range(3)]
    assert inspect(a_series(), Seen.of(rows)) == []


def test_values_outside_the_range_are_named_with_it():
    found = inspect(a_series(), Seen.of([(0, 999.0, None, OUT_OF_RANGE)]))
    assert found[0].words == "999 is outside -60 to 120 °C; not counted"


def test_a_counter_that_falls_a_little_is_named_and_one_that_was_reset_is_not():
    counter = a_series("energy", "counter", "kWh")
    (found,) = inspect(counter, seen([812.4, 811.9]))
    assert found.kind == "negative_energy"
    assert found.words == "counter fell from 812.4 to 811.9 kWh; not counted"
    assert inspect(counter, seen([812.4, 0.2])) == []


def test_a_counter_that_rises_faster_than_any_meter_jumped():
    (found,) = inspect(a_series("energy", "counter", "kWh"), seen([812.4, 3.2e6]))
    assert found.kind == "jump"
    assert found.words == "counter jumped from 812.4 to 3.2e+06 kWh; not counted"


def test_a_battery_that_did_nothing_for_a_quarter_of_an_hour_rested():
    low, high = np.array([-5.0, 0.0]), np.array([-1.0, 0.04])
    assert at_rest(low, high)
    assert not at_rest(low[:1], high[:1])


def noisy(count: int) -> list[float]:
    chance = random.Random(1)
    return [21 + chance.random() for _ in range(count)]


def test_a_value_repeated_far_longer_than_usual_is_stuck():
    (found,) = stuck(a_series(), seen([*noisy(200), *[21.5] * 60]))
    assert (found.kind, found.since_ms, found.until_ms) == ("stuck", 200 * MINUTE, 259 * MINUTE)
    assert found.words == "stuck at 21.5 °C"


@pytest.mark.parametrize(
    ("series", "values"),
    [
        (a_series(), [*noisy(200), *[21.5] * 20]),  # not long enough yet
        (a_series("power", "power", "kW"), [*noisy(200), *[0.0] * 100]),  # off is not stuck
        (a_series("power", "power", "kW"), [*noisy(200), *[0.05] * 100]),  # nor is stand-by
        (a_series("occupancy", "gauge", "persons"), [*noisy(200), *[3.0] * 100]),
        (a_series("door", "state", ""), [*noisy(200), *[1.0] * 100]),
        (a_series(), [20.0] * 40 + [20.5] * 60 + [21.0] * 100),  # a coarse sensor in a calm room
        (a_series(), [21.5] * 300),  # nothing to compare with
    ],
)
def test_standing_still_is_not_always_odd(series, values):
    assert stuck(series, seen(values)) == []


def test_findings_that_touch_become_one_and_others_stay():
    def jump(since_min: int, until_min: int) -> Finding:
        return Finding("temperature", "jump", since_min * MINUTE, until_min * MINUTE, "jumped")

    old, far = jump(0, 5), jump(500, 501)
    gone, fresh = merged([old, far], [jump(10, 12), jump(13, 14)])
    assert gone == [old]
    assert kinds(fresh) == [("jump", 0, 14 * MINUTE)]


def test_a_clock_that_runs_ahead_is_said_so():
    assert wrong_clock("power", 0, 7_200_000).words == (
        "clock 2 h ahead; its readings are turned away"
    )
