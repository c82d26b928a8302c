"""Rules over readings that arrive: what rings, once, whoever evaluates and whenever it stops."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Connection

from domain.access.policy import SYSTEM
from domain.alarms import event_store
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.inbox.service import describe
from domain.storage.engine import Database
from domain.telemetry.model import Reading, Rejection
from settings import Settings
from tests.integration.alarms.conftest import (
    MINUTE,
    events,
    limit_rule,
    only_rule,
    send,
    sensor,
)

Evaluate = Callable[[int], int]


@pytest.fixture
def start(house: House, clock: FixedClock, evaluate: Evaluate) -> int:
    """A building of one room and two thermometers, that has been evaluated before."""
    house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"})
    for name in ("T1", "T2"):
        sensor(house, name, "Library")
    only_rule(house, "none")
    at_ms = clock.now_ms()
    send(house, at_ms, {"T1": 22.0, "T2": 22.0})
    evaluate(at_ms)
    return at_ms


def minute_by_minute(
    house: House, evaluate: Evaluate, start: int, *values: float, sensor_id: str = "T1"
) -> int:
    for at, value in enumerate(values, 1):
        send(house, start + at * MINUTE, {sensor_id: value})
        evaluate(start + at * MINUTE)
    return start + len(values) * MINUTE


def test_a_limit_rings_after_its_delay_with_its_evidence(house, evaluate, start):
    limit_rule(house, delay_on_s=120, severity="fault")
    minute_by_minute(house, evaluate, start, 25, 27, 28)
    assert events(house) == []
    minute_by_minute(house, evaluate, start + 3 * MINUTE, 27.5, 29)
    (event,) = events(house)
    assert (event.severity, event.active, event.acknowledged) == ("fault", True, False)
    assert event.cause == "T1: temperature 27.5 °C, above 26.0 °C"
    assert event.started_ms == start + 2 * MINUTE
    (member,) = house.alarms.event(SYSTEM, event.event_id).members
    assert (member.value, member.worst, member.limit) == (27.5, 29, 26)


def test_an_event_clears_and_stays_for_its_acknowledgement(house, evaluate, start):
    limit_rule(house)
    minute_by_minute(house, evaluate, start, 27, 25)
    (event,) = events(house)
    assert (event.active, event.acknowledged) == (False, False)
    assert event.cleared_ms == start + 2 * MINUTE
    steps = house.alarms.event(SYSTEM, event.event_id).steps
    assert [step.kind for step in steps] == ["raised", "cleared"]


def test_chattering_is_one_event_that_counts(house, evaluate, start):
    limit_rule(house)
    minute_by_minute(house, evaluate, start, *[27, 25] * 10)
    (event,) = events(house)
    assert event.rings == 10


def test_evaluating_again_without_news_adds_nothing(house, evaluate, start):
    limit_rule(house)
    end = minute_by_minute(house, evaluate, start, 27)
    assert [evaluate(end + n) for n in (0, 1, 1000)] == [0, 0, 0]
    assert events(house)[0].rings == 1


def test_sensors_that_fall_silent_together_are_one_event(house, evaluate, start):
    for n in range(30):
        sensor(house, f"S{n}", "Library")
    send(house, start, {f"S{n}": 20.0 for n in range(30)})
    only_rule(house, "stale", delay_on_s=60)
    evaluate(start + 6 * MINUTE)
    assert events(house) == []
    send(house, start + 6 * MINUTE, {"T1": 20.0, "T2": 20.0})
    evaluate(start + 8 * MINUTE)
    (event,) = events(house)
    assert event.sensor_count == 30
    assert event.cause.startswith("30 sensors silent: ")
    assert len(house.alarms.event(SYSTEM, event.event_id).steps) == 1


def test_a_room_outside_its_band_is_one_event_whatever_its_sensors(house, evaluate, start):
    house.building.create_room(SYSTEM, {"name": "Office", "floor": "1st"})
    sensor(house, "T3", "Office")
    send(house, start, {"T3": 22.0})
    only_rule(house, "comfort", delay_on_s=0)
    send(house, start + MINUTE, {"T1": 27.0, "T2": 27.5, "T3": 18.0})
    evaluate(start + MINUTE)
    assert sorted(e.cause for e in events(house)) == [
        "Library too warm: 27.5 °C, limit 26.0 °C",
        "Office too cool: 18.0 °C, limit 21.0 °C",
    ]


def test_a_peak_of_the_main_meter_rings(house, evaluate, start):
    sensor(house, "MAIN", sensor_type="energy_meter", meter_role="main")
    send(house, start, {"MAIN": 20.0}, "power")
    only_rule(house, "peak", limit=50, delay_on_s=0)
    send(house, start + MINUTE, {"MAIN": 61.0, "T1": 61.0}, "power")
    evaluate(start + MINUTE)
    assert [e.cause for e in events(house)] == ["MAIN: power 61.0 kW, above 50.0 kW"]


def test_a_finding_about_data_is_an_event_until_it_is_old(house, evaluate, start):
    only_rule(house, "quality")
    send(house, start + MINUTE, {"T1": 500.0})
    house.telemetry.check_quality()
    evaluate(start + MINUTE)
    (event,) = events(house)
    assert event.cause == "T1: 500 is outside -60 to 120 °C; not counted"
    evaluate(start + 70 * MINUTE)
    (event,) = events(house)
    assert event.cleared_ms == start + 61 * MINUTE


def test_messages_that_are_refused_are_an_event(house, evaluate, start):
    only_rule(house, "rejected")
    refusal = Rejection(0, "unknown_unit", "Unit “furlong” is not known")
    house.inbox.keep([describe("mqtt", "a/b", b"{}", refusal, start + MINUTE)])
    evaluate(start + MINUTE)
    (event,) = events(house)
    assert event.cause == "Messages rejected: a/b: Unit “furlong” is not known"
    evaluate(start + 20 * MINUTE)
    assert not events(house)[0].active


def test_a_listener_that_is_down_is_a_fault_until_it_is_back(house, evaluate, start):
    only_rule(house, "listener")
    house.alarms.evaluation.note_listener(True, "subscribed")
    evaluate(start + MINUTE)
    house.alarms.evaluation.note_listener(False, "the broker does not answer")
    evaluate(start + 2 * MINUTE)
    (event,) = events(house)
    assert (event.severity, event.service) == ("fault", "ingest")
    assert event.cause == "No data is taken in: the broker does not answer"
    house.alarms.evaluation.note_listener(True, "subscribed")
    evaluate(start + 3 * MINUTE)
    assert not events(house)[0].active


def test_a_rule_that_changes_clears_what_it_held_and_rings_anew(house, evaluate, start):
    rule_id = limit_rule(house)
    end = minute_by_minute(house, evaluate, start, 27)
    house.alarms.rules.update(SYSTEM, rule_id, {"limit": 26.5})
    (event,) = events(house)
    assert not event.active
    assert house.alarms.event(SYSTEM, event.event_id).steps[-1].words == "The rule was changed"
    minute_by_minute(house, evaluate, end, 27)
    assert events(house)[0].active


def test_a_switched_off_rule_says_nothing(house, evaluate, start):
    limit_rule(house, enabled=False)
    minute_by_minute(house, evaluate, start, 40)
    assert events(house) == []


def test_a_batch_that_comes_late_rings_as_if_it_had_come_in_time(house, evaluate, start):
    limit_rule(house, delay_on_s=120)
    evaluate(start + 40 * MINUTE)
    for at in range(1, 11):
        send(house, start + at * MINUTE, {"T1": 27.0})
    evaluate(start + 41 * MINUTE)
    (event,) = events(house)
    assert (event.started_ms, event.rang_ms) == (start + MINUTE, start + 3 * MINUTE)


def test_what_is_older_than_a_day_when_it_comes_rings_no_more(house, evaluate, start):
    limit_rule(house)
    send(house, start + MINUTE, {"T1": 40.0})
    evaluate(start + 3 * 24 * 60 * MINUTE)
    assert events(house) == []


def test_the_history_that_was_there_before_rules_ran_does_not_ring(house, clock, evaluate):
    sensor(house, "T1")
    only_rule(house, "none")
    limit_rule(house)
    now_ms = clock.now_ms()
    for at in range(60, 0, -1):
        send(house, now_ms - at * MINUTE, {"T1": 40.0})
    send(house, now_ms, {"T1": 20.0})
    evaluate(now_ms)
    assert events(house) == []


def test_a_recorded_building_is_not_silent_before_its_first_live_reading(house, clock, evaluate):
    """Every start of the demo told of meters whose last recorded quarter hour had just ended."""
    sensor(house, "T1")
    only_rule(house, "stale", delay_on_s=0)
    now_ms = clock.now_ms()
    quarter = 15 * MINUTE
    for at in (2, 1):
        house.telemetry.ingest([Reading("T1", "temperature", now_ms - at * quarter, 20.0, quarter)])
    evaluate(now_ms)
    send(house, now_ms + MINUTE, {"T1": 20.0})
    evaluate(now_ms + 2 * MINUTE)
    assert events(house) == []
    evaluate(now_ms + 8 * MINUTE)
    assert [event.cause for event in events(house)] == ["T1 silent"]


def second_process(house: House, settings: Settings, database: Database) -> House:
    other = House.compose(settings, clock=house.clock, database=database)
    other.alarms.evaluate()
    return other


def test_two_processes_evaluate_each_reading_once(house, settings, database, evaluate, start):
    limit_rule(house)
    other = second_process(house, settings, database)
    for at in range(1, 21):
        send(house, start + at * MINUTE, {"T1": 27.0 if at % 2 else 25.0, "T2": 27.0})
        house.clock.advance(60)
        threads = [threading.Thread(target=h.alarms.evaluation.run) for h in (house, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    evaluate(start + 21 * MINUTE)
    (event,) = events(house)
    members = house.alarms.event(SYSTEM, event.event_id).members
    assert sorted((m.sensor_id, m.rings) for m in members) == [("T1", 10), ("T2", 1)]


class Killed(BaseException):
    """The process ends here."""


def test_a_process_killed_while_writing_loses_and_doubles_nothing(
    house, settings, database, evaluate, start, monkeypatch
):
    limit_rule(house)
    send(house, start + MINUTE, {"T1": 27.0})

    def die(c: Connection, steps: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(event_store, "add_steps", die)
        with pytest.raises(Killed):
            evaluate(start + MINUTE)
    assert events(house) == []
    after = House.compose(settings, clock=house.clock, database=database)
    after.alarms.evaluate()
    after.alarms.evaluate()
    (event,) = events(after)
    assert event.rings == 1


def test_a_delay_runs_on_over_a_restart(house, settings, database, evaluate, start):
    limit_rule(house, delay_on_s=180)
    minute_by_minute(house, evaluate, start, 27, 27)
    after = House.compose(settings, clock=house.clock, database=database)
    send(after, start + 3 * MINUTE, {"T1": 27.0})
    send(after, start + 4 * MINUTE, {"T1": 27.0})
    house.clock.advance(120)
    after.alarms.evaluate()
    (event,) = events(after)
    assert event.rang_ms == start + 4 * MINUTE


def test_the_history_of_an_event_cannot_be_rewritten(house, database, evaluate, start):
    limit_rule(house)
    minute_by_minute(house, evaluate, start, 27)
    for statement in ("UPDATE alarm_step SET words = ''", "DELETE FROM alarm_step"):
        with pytest.raises(Exception, match="append-only"), database.write() as c:
            c.exec_driver_sql(statement)


def test_every_process_tells_its_own_listeners_of_every_event(
    house, settings, database, evaluate, start
):
    limit_rule(house)
    other = second_process(house, settings, database)
    heard: list[dict[str, object]] = []
    other.bus.subscribe("event", lambda message: heard.append(message))  # type: ignore[arg-type]
    minute_by_minute(house, evaluate, start, 27)
    other.alarms.tell()
    other.alarms.tell()
    assert [(e["state"], e["cause"]) for e in heard] == [
        ("active_unacknowledged", "T1: temperature 27.0 °C, above 26.0 °C")
    ]
