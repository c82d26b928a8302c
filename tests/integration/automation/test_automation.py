"""Rules from a reading to a device, and everything that may come between."""

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.alarms.model import EventQuery
from domain.control.lifecycle import Command
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House
from tests.integration.automation.conftest import (
    HOUR,
    MINUTE,
    Stage,
    air_rule,
    firings,
    room,
)
from tests.integration.control.playing import Play

MANAGER, OPERATOR = Actor("mia", "manager", 3), Actor("olga", "operator", 2)


def held(house: House, owner: str = "automation") -> list[str]:
    return [f"{i.device_id} {i.command}" for i in house.control.intents_of(owner)]


def test_a_rule_goes_from_a_reading_to_the_device_and_its_log_says_what_became_of_it(
    building: House, clock: FixedClock
) -> None:
    rule = {
        "trigger": {"kind": "metric", "metric": "power", "sensor_id": "METER", "side": "above",
                    "limit": 2, "for_s": 20},
        "actions": [{"device_id": "PUMP", "command": "off", "value": None, "minutes": 30}],
        "conditions": [],
    }  # fmt: skip
    building.automation.create(MANAGER, air_rule(building, **rule))
    play = Play(building, clock)
    play.measure()
    for _ in range(6):
        play.wait(10)
        building.automation.run()
    (fired,) = firings(building)
    assert fired.fired
    assert fired.decision.trigger.value == 3.0
    assert play.power_kw == 0
    (told,) = fired.told
    assert (told.became, told.device_id, told.command) == ("observed", "PUMP", "off")
    command: Command = play.commands()[0]
    assert (command.owner, command.owner_name) == ("automation", "Air the meeting room")
    assert command.reason is None or "METER" in command.explanation["winner"]["reason"]  # type: ignore[index]
    play.wait(30 * 60, step_s=10)
    assert play.power_kw == 3.0
    assert firings(building)[0].told[0].became == "completed"


def test_it_fires_once_with_the_values_it_used_and_again_only_when_it_was_over(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    rule_id = building.automation.create(MANAGER, air_rule(building, cooldown_s=0)).rule_id
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 20)
    stage.until(begin + 20 * MINUTE)
    (fired,) = firings(building, rule_id=rule_id)
    assert fired.decision.at_ms == begin + 6 * MINUTE
    assert fired.decision.since_ms == begin + MINUTE
    assert (fired.decision.trigger.value, fired.decision.trigger.unit) == (1200.0, "ppm")
    assert fired.decision.conditions[0].said == "10:06, Tuesday 16 Jun, Working day"
    assert held(building) == ["FAN on"]
    stage.stuffy(begin + 30 * MINUTE, 3, ppm=980)
    stage.stuffy(begin + 34 * MINUTE, 10)
    stage.until(begin + 45 * MINUTE)
    assert len(firings(building)) == 1, "it was never back behind 950 ppm"
    stage.stuffy(begin + 46 * MINUTE, 2, ppm=900)
    stage.stuffy(begin + 49 * MINUTE, 10)
    stage.until(begin + 60 * MINUTE)
    assert [f.decision.at_ms for f in firings(building)] == [
        begin + 6 * MINUTE, begin + 54 * MINUTE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"conditions": [{"kind": "time", "from": "12:00", "to": "13:00"}]}, "condition"),
        ({"conditions": [{"kind": "day", "day_types": ["holiday"]}]}, "condition"),
        ({"conditions": [{"kind": "device", "device_id": "FAN", "state": "running"}]}, "condition"),
        ({"conditions": [{"kind": "price", "side": "below", "limit_per_kwh": 5}]}, "condition"),
        ({"enabled": False}, "off"),
    ],
)
def test_what_would_have_fired_says_what_forbade_it(
    building: House, clock: FixedClock, stage: Stage, fields: dict[str, object], outcome: str
) -> None:
    building.automation.create(MANAGER, air_rule(building, **fields))
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    stage.until(begin + 8 * MINUTE)
    (line,) = firings(building)
    assert line.decision.outcome == outcome
    assert not line.told
    assert not held(building)
    if outcome == "condition":
        assert [judged.held for judged in line.decision.conditions] == [False]


def test_a_cooldown_is_kept_and_says_when_it_ends(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    building.automation.create(MANAGER, air_rule(building))
    begin = clock.now_ms()
    for again in range(2):
        stage.stuffy(begin + again * 20 * MINUTE + MINUTE, 8)
        stage.stuffy(begin + again * 20 * MINUTE + 10 * MINUTE, 2, ppm=600)
    stage.until(begin + 40 * MINUTE)
    first, second = (line.decision for line in firings(building))
    assert (first.outcome, second.outcome) == ("fired", "cooldown")
    assert second.ready_ms == first.at_ms + HOUR


def test_silent_sensors_never_fire_a_rule(building: House, clock: FixedClock, stage: Stage) -> None:
    building.automation.create(MANAGER, air_rule(building))
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 2)
    stage.until(begin + 30 * MINUTE)
    assert firings(building) == []


def test_a_frozen_process_does_not_do_old_things_but_says_what_it_missed(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    building.automation.create(MANAGER, air_rule(building))
    begin = clock.now_ms()
    stage.tick(begin)
    stage.stuffy(begin + MINUTE, 8)
    stage.tick(begin + 20 * MINUTE)
    assert [line.decision.outcome for line in firings(building)] == ["missed"]
    assert not held(building)


def test_a_process_that_dies_between_log_and_device_is_followed_by_one_that_tells_it_once(
    building: House, clock: FixedClock, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.automation.create(MANAGER, air_rule(building))
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    intend = building.control.intend

    def dies(_: object) -> int:
        raise KeyboardInterrupt

    def dies_after(intent: object) -> int:
        intend(intent)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    for kill in (dies, dies_after):
        monkeypatch.setattr(building.control, "intend", kill)
        with pytest.raises(KeyboardInterrupt):
            stage.until(begin + 10 * MINUTE)
        begin = clock.now_ms()
    monkeypatch.setattr(building.control, "intend", intend)
    stage.tick(begin + 5_000)
    (line,) = firings(building)
    assert line.fired
    assert line.told[0].intent_id is not None
    assert held(building) == ["FAN on"]


def test_two_processes_that_decide_at_once_fire_once(
    building: House, clock: FixedClock, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.automation.create(MANAGER, air_rule(building))
    stage.stuffy(clock.now_ms() + MINUTE, 8)
    stage.tick(clock.now_ms() + 7 * MINUTE, run=False)
    evaluation = building.automation._evaluation
    decided = evaluation._decided

    def other_first(*asked: object) -> object:
        found = decided(*asked)  # type: ignore[arg-type]
        monkeypatch.setattr(evaluation, "_decided", decided)
        building.automation.run()
        return found

    monkeypatch.setattr(evaluation, "_decided", other_first)
    building.automation.run()
    assert [line.decision.outcome for line in firings(building)] == ["fired"]
    assert held(building) == ["FAN on"]


@pytest.mark.parametrize("how", ["switch", "switch_all", "delete", "update"])
def test_what_a_rule_holds_ends_when_it_is_switched_off_changed_or_deleted(
    building: House, clock: FixedClock, stage: Stage, how: str
) -> None:
    rule_id = building.automation.create(MANAGER, air_rule(building)).rule_id
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    stage.until(begin + 8 * MINUTE)
    assert held(building) == ["FAN on"]
    match how:
        case "switch":
            assert not building.automation.switch(MANAGER, rule_id, False).enabled
        case "switch_all":
            assert building.automation.switch_all(MANAGER, False) == 1
        case "delete":
            building.automation.delete(MANAGER, rule_id)
        case "update":
            other = [{"device_id": "PUMP", "command": "on", "value": None, "minutes": 5}]
            building.automation.update(MANAGER, rule_id, {"actions": other})
    assert not held(building)
    assert firings(building)[0].told[0].words.startswith("rule “Air the meeting room” was")


def test_a_rule_that_was_switched_off_while_its_end_was_cut_short_holds_nothing_for_long(
    building: House, clock: FixedClock, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_id = building.automation.create(MANAGER, air_rule(building)).rule_id
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    stage.until(begin + 8 * MINUTE)
    with monkeypatch.context() as patched:
        patched.setattr(building.automation._acting, "end_held", lambda *_: 0)
        building.automation.switch(MANAGER, rule_id, False)
    assert held(building)
    stage.tick(begin + 9 * MINUTE)
    assert not held(building)


def test_while_automatic_control_is_stopped_nothing_is_asked_for(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    building.automation.create(MANAGER, air_rule(building))
    begin = clock.now_ms()
    building.control.stop_all(MANAGER, 60)
    stage.stuffy(begin + MINUTE, 8)
    stage.until(begin + 8 * MINUTE)
    assert [line.decision.outcome for line in firings(building)] == ["stopped"]
    assert not held(building)


def test_a_notice_is_an_event_of_the_moment_and_triggers_no_rule(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    notice = air_rule(building, actions=[], notice="The meeting room is stuffy", conditions=[])
    building.automation.create(MANAGER, notice)
    chain = {"name": "Chain", "trigger": {"kind": "event", "change": "rings"}, "cooldown_s": 0}
    building.automation.create(MANAGER, air_rule(building, **chain, conditions=[]))
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    stage.until(begin + 12 * MINUTE)
    (event,) = building.alarms.events(SYSTEM, EventQuery()).events
    assert (event.cause, event.severity) == ("The meeting room is stuffy", "info")
    assert not event.active
    assert [line.rule_name for line in firings(building)] == ["Air the meeting room"]


def test_an_event_rings_a_rule_once_and_another_when_it_is_over(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    for change in ("rings", "clears"):
        trigger = {"kind": "event", "change": change, "severity": "fault", "service": "devices"}
        rule = air_rule(building, name=change, trigger=trigger, conditions=[], cooldown_s=0)
        building.automation.create(MANAGER, rule)
    begin = clock.now_ms()
    clock.advance(60)
    building.alarms.raise_event(
        "Devices", "fan", "fault", "devices", "The fan stands", at=clock.now()
    )
    building.alarms.raise_event("Devices", "x", "info", "devices", "Nothing", at=clock.now())
    stage.until(begin + 3 * MINUTE)
    assert [line.rule_name for line in firings(building)] == ["rings"]
    building.alarms.clear_event("devices", "fan", from_ms(begin + 3 * MINUTE))
    stage.until(begin + 5 * MINUTE)
    assert [line.rule_name for line in firings(building)] == ["rings", "clears"]


def test_a_room_is_empty_only_when_every_counter_says_so(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    trigger = {"kind": "occupancy", "room_id": room(building), "state": "empty", "for_s": 600}
    action = {"room_id": room(building), "command": "off", "value": None, "minutes": 60}
    rule = air_rule(building, trigger=trigger, conditions=[], actions=[action])
    building.automation.create(MANAGER, rule)
    begin = clock.now_ms()
    stage.expect("occupancy", begin, 9, PEOPLE=3)
    stage.expect("occupancy", begin + 10 * MINUTE, 20, PEOPLE=0)
    stage.until(begin + 30 * MINUTE)
    (fired,) = firings(building)
    assert fired.decision.at_ms == begin + 20 * MINUTE
    assert [told.device_id for told in fired.told] == ["FAN"]


def test_a_time_fires_on_its_days_alone(building: House, clock: FixedClock, stage: Stage) -> None:
    trigger = {"kind": "time", "at": "12:30", "day_types": ["workday"]}
    rule = air_rule(building, trigger=trigger, conditions=[], cooldown_s=0)
    building.automation.create(MANAGER, rule)
    closed = {"label": "Works outing", "day_type": "closure", "first_day": "2026-06-17"}
    building.calendar.add_exception(MANAGER, closed)
    begin = clock.now_ms()
    stage.until(begin + 6 * 24 * HOUR, every_s=1800)
    at = [from_ms(line.decision.at_ms).astimezone(building.zone) for line in firings(building)]
    assert [f"{moment:%a %H:%M}" for moment in at] == ["Tue 12:30", "Thu 12:30", "Fri 12:30"]


def test_who_only_looks_may_change_nothing(building: House) -> None:
    automation = building.automation
    with pytest.raises(NotAllowed):
        automation.create(OPERATOR, air_rule(building))
    rule_id = automation.create(MANAGER, air_rule(building)).rule_id
    assert automation.rule(OPERATOR, rule_id).name == "Air the meeting room"
    for act in (
        lambda: automation.update(OPERATOR, rule_id, {"name": "x"}),
        lambda: automation.switch(OPERATOR, rule_id, False),
        lambda: automation.switch_all(OPERATOR, False),
        lambda: automation.delete(OPERATOR, rule_id),
        lambda: automation.create_schedule(OPERATOR, {}),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_every_change_is_in_the_audit_and_an_old_version_is_refused(building: House) -> None:
    automation = building.automation
    rule = automation.create(MANAGER, air_rule(building))
    automation.update(MANAGER, rule.rule_id, {"cooldown_s": 60}, rule.version)
    with pytest.raises(Conflict):
        automation.update(MANAGER, rule.rule_id, {"cooldown_s": 90}, rule.version)
    automation.switch(MANAGER, rule.rule_id, False)
    automation.delete(MANAGER, rule.rule_id)
    with pytest.raises(Unknown):
        automation.rule(MANAGER, rule.rule_id)
    listed, _ = building.access.audit_page(SYSTEM, AuditQuery())
    acts = [row.action for row in listed if row.target == f"automation_rule/{rule.rule_id}"]
    assert acts == [f"automation.{a}" for a in ("delete", "switch", "update", "create")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"trigger": {"kind": "metric", "metric": "co2", "room_id": 99, "side": "above",
                      "limit": 900}}, "trigger.room_id"),
        ({"trigger": {"kind": "metric", "metric": "power", "room_id": 1, "side": "above",
                      "limit": 9}}, "trigger.metric"),
        ({"trigger": {"kind": "metric", "metric": "co2", "sensor_id": "NO", "side": "above",
                      "limit": 900}}, "trigger.sensor_id"),
        ({"trigger": {"kind": "occupancy", "room_id": 2, "state": "empty"}}, "trigger.room_id"),
        ({"conditions": [{"kind": "device", "device_id": "NO", "state": "running"}]},
         "conditions[0].device_id"),
        ({"actions": [{"device_id": "NO", "command": "on", "minutes": 5}]},
         "actions[0].device_id"),
        ({"actions": [{"device_id": "FAN", "command": "set_setpoint_c", "value": 21,
                       "minutes": 5}]}, "actions[0].command"),
        ({"actions": [{"device_id": "PUMP", "command": "set_setpoint_c", "value": 40,
                       "minutes": 5}]}, "actions[0].value"),
        ({"actions": [{"room_id": 1, "device_type": "lamp", "command": "on", "minutes": 5}]},
         "actions[0].room_id"),
        ({"actions": [{"device_id": "FAN", "command": "on", "minutes": 5},
                      {"room_id": 1, "command": "off", "minutes": 5}]}, "actions[1].command"),
    ],
)  # fmt: skip
def test_a_rule_about_what_is_not_there_is_refused_by_field(
    building: House, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        building.automation.create(MANAGER, air_rule(building, **fields))
    assert [wrong.field for wrong in refused.value.fields] == [field]
