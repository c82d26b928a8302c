import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.telemetry.freshness import (
    STATES,
    Ends,
    duration_words,
    freshness_state,
    hold_ms,
    judge,
    late_after_s,
)


@pytest.mark.parametrize(
    ("age_s", "interval_s", "state"),
    [
        (0, 10.0, "fresh"),
        (27, 10.0, "fresh"),  # 2.5 intervals and 2 s on the way
        (28, 10.0, "late"),
        (60, 10.0, "late"),  # never less than a minute
        (61, 10.0, "stale"),
        (150, 60.0, "fresh"),
        (360, 60.0, "late"),
        (361, 60.0, "stale"),
        (86_400, 10.0, "stale"),
        (86_401, 10.0, "dead"),
        (86_401, 3_600.0, "stale"),  # a hundred intervals are longer than a day
        (360_001, 3_600.0, "dead"),
        (-30, 10.0, "fresh"),  # a clock that runs ahead a little
        (100, None, "fresh"),  # a minute is assumed
    ],
)
def test_a_sensor_is_judged_by_its_own_interval(age_s, interval_s, state):
    assert freshness_state(age_s * 1000, interval_s) == state
    assert judge(age_s * 1000, interval_s).state == state


ages_ms = st.integers(-60_000, 100_000_000) | st.sampled_from([27_000, 60_000, 152_000, 86_400_000])
intervals_s = st.none() | st.floats(0.1, 4_000) | st.sampled_from([10.0, 60.0, 3_600.0])


@given(st.lists(st.tuples(ages_ms, intervals_s), max_size=4), st.integers(-90_000, 90_000))
def test_the_states_of_many_last_as_long_as_they_say(series, later_ms):
    ages = np.array([age_ms for age_ms, _ in series], np.int64)
    judged = Ends([interval_s for _, interval_s in series]).judge(ages)

    def states(after_ms):
        return [freshness_state(age_ms + after_ms, interval_s) for age_ms, interval_s in series]

    assert [STATES[place] for place in judged.states] == states(0)
    last_ms = max(0, judged.lasts_ms(ages))
    assert states(last_ms) == states(0)
    if set(states(0)) - {"dead"}:
        assert states(last_ms + 3) != states(0)
    if judged.lasts_ms(ages + later_ms) >= 0:
        assert states(later_ms) == states(0)


def test_the_reason_is_said_in_words():
    assert judge(240_000, 10.0).words == "4 min ago, expected every 10 s"
    assert judge(5_000, None).words == "5 s ago, expected every 1 min (assumed)"


def test_a_length_of_time_in_its_largest_unit():
    assert [duration_words(s) for s in (0.2, 59, 60, 7_200, 200_000)] == [
        "0 s", "59 s", "1 min", "2 h", "2 d",
    ]  # fmt: skip


def test_a_reading_holds_for_two_and_a_half_intervals():
    assert (hold_ms(10.0), hold_ms(None)) == (25_000, 150_000)
    assert (late_after_s(5.0), late_after_s(60.0)) == (60.0, 360.0)
