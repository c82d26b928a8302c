"""What devices are told by the clock and the calendar, and how it follows every change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.control.arbitration import Intent
from domain.foundation.clock import FixedClock, from_ms, to_ms
from domain.foundation.errors import Conflict, InvalidInput
from domain.house import House
from tests.integration.automation.conftest import HOUR, MINUTE, Stage, air_rule, room
from tests.integration.control.playing import Play

MANAGER = Actor("mia", "manager", 3)
LISBON = ZoneInfo("Europe/Lisbon")
HOURS = {
    "name": "Office hours",
    "targets": [{"device_id": "PUMP"}],
    "entries": [
        {"day_types": ["workday"], "from": "07:00", "to": "19:00", "command": "set_setpoint_c",
         "value": 21.5},
        {"day_types": ["workday"], "from": "22:00", "to": "06:00", "command": "off"},
    ],
}  # fmt: skip


def held(house: House) -> list[Intent]:
    return house.control.intents_of("schedule")


def told(house: House) -> list[tuple[str, str | None, object, str]]:
    return [
        (i.device_id, i.command, i.value, f"{from_ms(i.ends_ms).astimezone(LISBON):%a %H:%M}")
        for i in held(house)
        if i.ended_ms is None and i.ends_ms > house.clock.now_ms()
    ]


def at(day: int, hour: int, minute: int = 0) -> int:
    """A moment of June 2026, local; the 16th is a Tuesday."""
    return to_ms(datetime(2026, 6, day, hour, minute, tzinfo=LISBON))


def test_a_schedule_holds_its_devices_while_an_entry_is_on(building: House, stage: Stage) -> None:
    building.automation.create_schedule(MANAGER, HOURS)
    stage.tick(at(16, 10))
    day = [("PUMP", "set_setpoint_c", 21.5, "Tue 19:00")]
    assert told(building) == day
    stage.tick(at(16, 10, 1))
    assert len(held(building)) == 1, "nothing new is wanted"
    stage.tick(at(16, 19))
    assert told(building) == []
    stage.tick(at(17, 3))
    assert told(building) == [("PUMP", "off", None, "Wed 06:00")]
    stage.tick(at(20, 3))  # Saturday: the night of a working day
    assert told(building) == [("PUMP", "off", None, "Sat 06:00")]
    stage.tick(at(20, 12))
    assert told(building) == []


def test_it_reaches_the_device_and_the_device_is_given_back_at_the_end(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    entry = {"from": "10:00", "to": "11:01", "command": "off"}
    building.automation.create_schedule(MANAGER, {**HOURS, "entries": [entry]})
    stage.tick(at(16, 11))
    play = Play(building, clock)
    play.measure()
    play.wait(30)
    building.automation.run()
    play.wait(20)
    assert play.power_kw == 0
    command = play.commands()[0]
    assert (command.owner, command.owner_name) == ("schedule", "Office hours")
    play.wait(60)
    assert play.power_kw == 3.0


def test_a_process_that_comes_back_late_does_what_is_on_now_and_nothing_old(
    building: House, stage: Stage
) -> None:
    building.automation.create_schedule(MANAGER, HOURS)
    stage.tick(at(18, 8))
    assert told(building) == [("PUMP", "set_setpoint_c", 21.5, "Thu 19:00")]
    assert len(held(building)) == 1


@pytest.mark.parametrize("how", ["change", "switch", "switch_all", "delete", "holiday", "move"])
def test_what_is_held_follows_every_change_within_one_round(
    building: House, stage: Stage, how: str
) -> None:
    automation = building.automation
    pumps = [{"room_id": room(building, "Office"), "device_type": "heat_pump"}]
    schedule_id = automation.create_schedule(MANAGER, {**HOURS, "targets": pumps}).schedule_id
    stage.tick(at(16, 10))
    match how:
        case "change":
            warmer = [{**HOURS["entries"][0], "value": 23}]  # type: ignore[index]
            automation.update_schedule(MANAGER, schedule_id, {"entries": warmer})
        case "switch":
            automation.switch_schedule(MANAGER, schedule_id, False)
        case "switch_all":
            assert automation.switch_all(MANAGER, False) == 1
        case "delete":
            automation.delete_schedule(MANAGER, schedule_id)
        case "holiday":
            closed = {"label": "Outing", "day_type": "closure", "first_day": "2026-06-16"}
            building.calendar.add_exception(MANAGER, closed)
        case "move":
            building.control.update(MANAGER, "PUMP", {"room": "Meeting room 1"})
    stage.tick(at(16, 10) + 5_000)
    changed = [("PUMP", "set_setpoint_c", 23.0, "Tue 19:00")] if how == "change" else []
    assert told(building) == changed
    if how == "switch":
        automation.switch_schedule(MANAGER, schedule_id, True)
        stage.tick(at(16, 10) + 10_000)
        assert told(building) == [("PUMP", "set_setpoint_c", 21.5, "Tue 19:00")]


def test_lanes_show_the_next_day_of_each_device(building: House, stage: Stage) -> None:
    building.automation.create_schedule(MANAGER, HOURS)
    off = {**HOURS, "name": "Off", "enabled": False}
    building.automation.create_schedule(MANAGER, off)
    stage.tick(at(16, 10))
    (lane,) = building.automation.lanes(MANAGER)
    shown = [
        (f"{from_ms(s.from_ms).astimezone(LISBON):%a %H}", s.told, s.schedule) for s in lane.spans
    ]
    assert shown == [
        ("Tue 07", "21.5 °C", "Office hours"),
        ("Tue 22", "Off", "Office hours"),
        ("Wed 07", "21.5 °C", "Office hours"),
    ]


def test_a_draft_says_how_it_reads_and_whom_it_meets(building: House, stage: Stage) -> None:
    stage.tick(at(16, 10))
    stops = [{"device_id": "PUMP", "command": "on", "minutes": 60}]
    night = {"kind": "time", "at": "23:00"}
    rule = air_rule(building, name="Night", trigger=night, conditions=[], actions=stops)
    building.automation.create(MANAGER, rule)
    draft = building.automation.draft_schedule(MANAGER, HOURS)
    assert draft.sentences == (
        "On working days between 07:00 and 19:00, set Heat pump to 21.5 °C.",
        "On working days between 22:00 and 06:00 of the next day, switch off Heat pump.",
    )
    assert [(c.kind, c.device_id) for c in draft.clashes] == [("contradicts", "PUMP")]
    made = building.automation.create_schedule(MANAGER, HOURS)
    (clash,) = building.automation.draft(MANAGER, {}, 1).clashes
    assert clash.schedule_id == made.schedule_id
    with pytest.raises(Conflict):
        building.automation.update_schedule(MANAGER, made.schedule_id, {"name": "x"}, 9)
    with pytest.raises(InvalidInput):
        building.automation.create_schedule(MANAGER, {**HOURS, "name": "office HOURS"})


def test_while_a_rule_and_a_schedule_disagree_the_newer_decides_until_it_ends(
    building: House, clock: FixedClock, stage: Stage
) -> None:
    on = [{"device_id": "PUMP", "command": "on", "minutes": 2}]
    noon = {"kind": "time", "at": "12:00"}
    building.automation.create(
        MANAGER, air_rule(building, trigger=noon, conditions=[], actions=on)
    )  # fmt: skip
    off = {"from": "11:00", "to": "13:00", "command": "off"}
    building.automation.create_schedule(MANAGER, {**HOURS, "entries": [off]})
    stage.tick(at(16, 11, 59) + 58_000)
    play = Play(building, clock)
    play.measure()
    winners = []
    for _ in range(14):
        play.wait(15)
        building.automation.run()
        live = [c for c in play.commands() if not c.ended]
        winners.append(live[0].owner if live else None)
    assert winners[1] == "automation" or winners[2] == "automation"
    assert winners[-1] == "schedule"
    assert clock.now_ms() - at(16, 12) < HOUR + MINUTE


def test_a_deleted_device_is_told_nothing(building: House, stage: Stage) -> None:
    building.automation.create_schedule(MANAGER, HOURS)
    building.control.delete(SYSTEM, "PUMP")
    stage.tick(at(16, 10))
    assert held(building) == []
    assert building.automation.lanes(MANAGER) == []
