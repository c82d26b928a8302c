import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.telemetry.freshness import (
    duration_words,
    freshness_state,
    hold_ms,
    judge,
    lasting_state,
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


@given(
    st.integers(-60_000, 100_000_000) | st.sampled_from([27_000, 60_000, 152_000, 86_400_000]),
    st.none() | st.floats(0.1, 4_000) | st.sampled_from([10.0, 60.0, 3_600.0]),
)
def test_a_state_lasts_as_long_as_it_says(age_ms, interval_s):
    state, for_ms = lasting_state(age_ms, interval_s)
    assert state == freshness_state(age_ms, interval_s)
    last_ms = age_ms + max(0, for_ms)
    assert freshness_state(last_ms, interval_s) == state
    if state != "dead":
        assert freshness_state(last_ms + 3, interval_s) != state


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
