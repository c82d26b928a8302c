"""When a series rings: limits, delays, hysteresis, silence, and that asking changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alarms.evaluate import Occurrence, Sample, State, Trigger, advance, step

MINUTE = 60_000
HOT = Trigger("above", 26.0, hysteresis=0.5, delay_on_ms=5 * MINUTE, delay_off_ms=2 * MINUTE)


def replay(
    samples: list[tuple[int, float | None]], trigger: Trigger, state: State | None = None
) -> list[Occurrence]:
    state = state or State()
    found: list[Occurrence] = []
    for ts_ms, value in samples:
        state, occurred = step(state, Sample(ts_ms, value), trigger)
        found += occurred
    return found


def minutes(*values: float) -> list[tuple[int, float | None]]:
    return [(at * MINUTE, value) for at, value in enumerate(values)]


def told(occurrences: list[Occurrence]) -> list[tuple[float, bool]]:
    return [(found.at_ms / MINUTE, found.rang) for found in occurrences]


def test_a_limit_rings_only_after_its_delay_and_is_dated_there():
    assert told(replay(minutes(25, 27, 27, 27, 27, 27), HOT)) == []
    (rang,) = replay(minutes(25, 27, 27, 27, 27, 27, 28), HOT)
    assert rang == Occurrence(6 * MINUTE, True, 1 * MINUTE, 28)


def test_a_short_visit_beyond_the_limit_never_rings():
    assert replay(minutes(27, 27, 27, 27, 25, 27, 27, 27, 27, 25), HOT) == []


def test_the_limit_itself_is_not_beyond():
    at_once = Trigger("above", 26.0)
    assert replay(minutes(26, 26, 26), at_once) == []
    assert told(replay(minutes(26, 26.1), at_once)) == [(1, True)]


def test_hysteresis_keeps_an_event_until_the_value_is_well_back():
    rung = minutes(27, 27, 27, 27, 27, 27)
    hovering = [(at * MINUTE, 25.8) for at in range(6, 30)]
    assert told(replay([*rung, *hovering], HOT)) == [(5, True)]
    back = [(at * MINUTE, 25.5) for at in range(6, 10)]
    assert told(replay([*rung, *back], HOT)) == [(5, True), (8, False)]


def test_a_value_that_returns_beyond_within_the_delay_off_has_not_cleared():
    values = [27] * 6 + [25] + [27] + [25] * 3
    assert told(replay(minutes(*values), HOT)) == [(5, True), (10, False)]


def test_below_is_the_mirror_of_above():
    cold = Trigger("below", 18.0, hysteresis=0.5)
    assert told(replay(minutes(19, 17.9, 18.2, 18.5), cold)) == [(1, True), (3, False)]


def test_a_gap_is_not_known_to_be_beyond():
    slow = Trigger("above", 26.0, delay_on_ms=10 * MINUTE, hold_ms=150_000)
    assert replay([(0, 27.0), (60 * MINUTE, 27.0), (69 * MINUTE, None)], slow) == []


def test_a_reading_that_states_its_interval_speaks_that_long():
    hourly = Trigger("above", 26.0, delay_on_ms=90 * MINUTE, hold_ms=150_000)
    state, _ = step(State(), Sample(0, 27.0, 60 * MINUTE), hourly)
    state, found = step(state, Sample(60 * MINUTE, 27.0, 60 * MINUTE), hourly)
    assert found == ()
    assert told(list(advance(state, hourly, 91 * MINUTE)[1])) == [(90, True)]
    silent = Trigger("silent", 60.0)
    state, _ = step(State(), Sample(0, 27.0, 60 * MINUTE), silent)
    assert step(state, Sample(60 * MINUTE, 27.0), silent)[1] == ()


def test_silence_is_counted_from_the_end_of_what_the_last_reading_stood_for():
    """A building that had just started told of four silent meters that were about to speak."""
    silent = Trigger("silent", 6 * 60.0)
    state, _ = step(State(), Sample(0, 27.0, 15 * MINUTE), silent)
    assert advance(state, silent, 21 * MINUTE)[1] == ()
    assert advance(state, silent, 21 * MINUTE + 1)[1] == (Occurrence(21 * MINUTE, True, 0, 27.0),)


def test_a_gap_ends_no_event():
    at_once = Trigger("above", 26.0, delay_off_ms=10 * MINUTE, hold_ms=150_000)
    samples = [(0, 27.0), (MINUTE, 25.0), (600 * MINUTE, None)]
    assert told(replay(samples, at_once)) == [(0, True)]


def test_a_held_value_rings_without_another_reading():
    slow_sensor = Trigger("above", 26.0, delay_on_ms=5 * MINUTE, hold_ms=37 * MINUTE)
    assert told(replay([(0, 27.0), (8 * MINUTE, None)], slow_sensor)) == [(5, True)]


def test_a_sensor_is_silent_only_after_what_its_interval_allows():
    silent = Trigger("silent", 360.0, delay_on_ms=4 * MINUTE)
    assert replay([(0, 1.0), (10 * MINUTE, 1.0)], silent) == []
    found = replay([(0, 1.0), (10 * MINUTE + 1, None), (20 * MINUTE, 1.0)], silent)
    assert told(found) == [(10, True), (20, False)]
    assert found[0].since_ms == 0


def test_a_sensor_that_speaks_once_and_falls_silent_again_has_not_come_back():
    silent = Trigger("silent", 60.0, delay_off_ms=5 * MINUTE)
    samples = [(0, 1.0), (10 * MINUTE, 1.0), (30 * MINUTE, None)]
    assert told(replay(samples, silent)) == [(1, True)]


def test_an_old_reading_changes_nothing():
    state, _ = step(State(), Sample(10 * MINUTE, 27.0), HOT)
    assert step(state, Sample(9 * MINUTE, 20.0), HOT) == (state, ())


TRIGGERS = st.builds(
    Trigger,
    side=st.sampled_from(["above", "below", "silent"]),
    limit=st.integers(1, 6).map(float),
    hysteresis=st.sampled_from([0.0, 1.0, 2.0]),
    delay_on_ms=st.sampled_from([0, 1000, 3000, 7000]),
    delay_off_ms=st.sampled_from([0, 1000, 4000]),
    hold_ms=st.sampled_from([1000, 2500, 9000]),
)
READINGS = st.lists(
    st.tuples(st.integers(1, 6000), st.integers(0, 8).map(float)), min_size=1, max_size=25
)


@given(TRIGGERS, READINGS, st.lists(st.integers(0, 60_000), max_size=25))
def test_asking_in_between_never_changes_what_rings_or_when(trigger, gaps, asked):
    samples, now = [], 0
    for gap_ms, value in gaps:
        now += gap_ms
        samples.append((now, value))
    end = now + 20_000
    ticks = [(at, None) for at in asked if at <= end]
    # A reading of a moment is taken before that moment is asked about.
    mixed = sorted([*samples, *ticks], key=lambda s: (s[0], s[1] is None))
    assert replay([*mixed, (end, None)], trigger) == replay([*samples, (end, None)], trigger)


@given(TRIGGERS, READINGS)
def test_ringing_and_clearing_alternate_and_never_run_backwards(trigger, gaps):
    samples, now = [], 0
    for gap_ms, value in gaps:
        now += gap_ms
        samples.append((now, value))
    found = replay([*samples, (now + 20_000, None)], trigger)
    assert [f.rang for f in found] == [at % 2 == 0 for at in range(len(found))]
    assert [f.at_ms for f in found] == sorted(f.at_ms for f in found)


@pytest.mark.parametrize("at", range(12))
def test_stopping_anywhere_and_going_on_from_the_kept_state_rings_the_same(at):
    samples = minutes(25, 27, 27, 27, 27, 27, 27, 25, 25, 25, 27, 27)
    state = State()
    for ts_ms, value in samples[:at]:
        state, _ = step(state, Sample(ts_ms, value), HOT)
    before = replay(samples[:at], HOT)
    assert before + replay(samples[at:], HOT, state) == replay(samples, HOT)


def test_nothing_is_ever_silent_before_it_has_spoken():
    assert advance(State(), Trigger("silent", 1.0), 10**12) == (State(), ())
