"""A preview is the evaluation itself: stored readings ring as they rang when they arrived."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.access.policy import SYSTEM
from domain.alarms import rules
from domain.alarms.evaluate import Sample, State, Trigger, advance, follow, step
from domain.alarms.preview import RING_WORK, judge
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.conftest import TUESDAY_10H
from tests.integration.alarms.conftest import (
    MINUTE,
    events,
    limit_rule,
    only_rule,
    send,
    sensor,
)

Evaluate = Callable[[int], int]
VALUES = st.sampled_from([20.0, 25.4, 25.8, 26.0, 26.1, 27.0, 30.0])
RULES = st.fixed_dictionaries(
    {
        "limit": st.sampled_from([25.5, 26.0]),
        "hysteresis": st.sampled_from([0.0, 0.5]),
        "delay_on_s": st.sampled_from([0, 60, 90, 300]),
        "delay_off_s": st.sampled_from([0, 120]),
        "join_s": st.sampled_from([0, 300]),
    }
)
FEEDS = st.lists(
    st.tuples(st.integers(1, 400), st.sampled_from(["T1", "T2"]), VALUES),
    min_size=1,
    max_size=30,
)


@given(
    st.lists(
        st.tuples(st.integers(1, 4000), VALUES, st.sampled_from([0, 0, 3500])),
        min_size=1,
        max_size=40,
    ),
    st.builds(
        Trigger,
        side=st.sampled_from(["above", "below", "silent"]),
        limit=st.sampled_from([1.0, 2.0, 25.8]),
        hysteresis=st.sampled_from([0.0, 0.4]),
        delay_on_ms=st.sampled_from([0, 1000, 5000]),
        delay_off_ms=st.sampled_from([0, 1500]),
        hold_ms=st.sampled_from([2500, 9000]),
    ),
)
def test_following_readings_is_stepping_through_them(gaps, trigger):
    rows, now = [], 0
    for gap_ms, value, stated_ms in gaps:
        now += gap_ms
        rows.append((now, value, stated_ms))
    state, stepped = State(), ()
    for row in rows:
        state, found = step(state, Sample(*row), trigger)
        stepped += found
    _, rest = advance(state, trigger, now + 5000)
    assert follow(State(), rows, trigger, now + 5000)[1] == stepped + rest


def a_house(settings: Settings, database: Database) -> House:
    house = House.compose(settings, clock=FixedClock(TUESDAY_10H), database=database)
    house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"})
    for name in ("T1", "T2"):
        sensor(house, name, "Library")
    only_rule(house, "none")
    house.alarms.evaluate()
    return house


_feeds = iter(range(1_000_000))


@hypothesis_settings(max_examples=15)
@given(RULES, FEEDS)
def test_a_preview_is_the_live_evaluation_of_the_same_readings(
    settings, sqlite_database, rule, feed
):
    house = _again(settings, sqlite_database)
    start = house.clock.now_ms()
    rule_id = limit_rule(house, **rule, scope="all")
    at_ms = start
    for gap_s, sensor_id, value in feed:
        at_ms += gap_s * 1000
        send(house, at_ms, {sensor_id: value})
        house.clock.advance(gap_s)
        house.alarms.evaluate()
    house.clock.advance(600)
    house.alarms.evaluate()
    lived = [e for e in events(house, limit=200) if e.rule_id == rule_id]
    preview = house.alarms.rules.preview(SYSTEM, {}, rule_id)
    assert preview.events == len(lived)
    assert preview.rings == sum(event.rings for event in lived)
    house.alarms.rules.delete(SYSTEM, rule_id)


def _again(settings: Settings, database: Database) -> House:
    """The same database with its readings out of the preview's reach."""
    turn = next(_feeds)
    if turn == 0:
        return a_house(settings, database)
    clock = FixedClock(TUESDAY_10H)
    clock.advance(turn * 40 * 86_400)
    house = House.compose(settings, clock=clock, database=database)
    house.alarms.evaluate()
    return house


def test_a_preview_says_when_it_would_have_rung(house, clock, evaluate):
    sensor(house, "T1")
    start = clock.now_ms() - 3 * 24 * 60 * MINUTE
    for day in range(3):
        for at, value in enumerate([25.0, 27.0, 27.0, 25.0]):
            send(house, start + day * 24 * 60 * MINUTE + at * MINUTE, {"T1": value})
    fields = {"name": "Hot", "metric": "temperature", "limit": 26, "delay_on_s": 60}
    preview = house.alarms.rules.preview(SYSTEM, fields)
    assert (preview.events, preview.rings, preview.sensors) == (3, 3, 1)
    assert preview.longest_ms == 2 * MINUTE
    assert [count for _, count in preview.by_day] == [1, 1, 1]
    assert house.alarms.rules.preview(SYSTEM, {**fields, "delay_on_s": 180}).events == 0


def test_a_preview_of_a_switched_off_rule_shows_what_switching_on_would_bring(
    house, clock, evaluate
):
    sensor(house, "MAIN", sensor_type="energy_meter", meter_role="main")
    now_ms = clock.now_ms()
    for at in range(10):
        send(house, now_ms - (20 - at) * MINUTE, {"MAIN": 120.0}, "power")
    peak = next(r for r in house.alarms.rules.all(SYSTEM) if r.kind == "peak")
    assert not peak.enabled
    assert house.alarms.rules.preview(SYSTEM, {}, peak.rule_id).events == 1
    assert house.alarms.rules.preview(SYSTEM, {"limit": 150}, peak.rule_id).events == 0


def test_a_rule_without_a_kept_past_says_so(house):
    listener = next(r for r in house.alarms.rules.all(SYSTEM) if r.kind == "listener")
    preview = house.alarms.rules.preview(SYSTEM, {}, listener.rule_id)
    assert preview.reason is not None


def test_a_rule_that_watches_nothing_says_so(house):
    fields = {"name": "Hot", "metric": "temperature", "limit": 26}
    assert house.alarms.rules.preview(SYSTEM, fields).reason == "No sensor is in its scope"


def test_a_preview_of_doubtful_readings_speaks_of_the_sensors_that_count(house, clock):
    sensor(house, "T1")
    send(house, clock.now_ms() - MINUTE, {"T1": 20.0, "STRANGER": 20.0})
    quality = next(r for r in house.alarms.rules.all(SYSTEM) if r.kind == "quality")
    preview = house.alarms.rules.preview(SYSTEM, {}, quality.rule_id)
    assert (preview.sensors, preview.in_scope, preview.complete) == (1, 1, True)


def test_a_preview_says_on_how_many_sensors_it_was_judged(house, clock, monkeypatch):
    for number in range(12):
        sensor(house, f"T{number}")
        send(house, clock.now_ms() - 10 * MINUTE, {f"T{number}": 27.0})
    fields = {"name": "Hot", "metric": "temperature", "limit": 26, "delay_on_s": 0, "join_s": 0}
    whole = house.alarms.rules.preview(SYSTEM, fields)
    assert (whole.sensors, whole.in_scope, whole.complete, whole.rings) == (12, 12, True, 12)
    monkeypatch.setattr(rules, "judge", lambda *given: judge(*given, 5 * (1 + RING_WORK)))
    part = house.alarms.rules.preview(SYSTEM, fields)
    assert (part.sensors, part.in_scope, part.complete, part.rings) == (5, 12, False, 5)
