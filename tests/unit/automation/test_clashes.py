"""What is told before a rule or schedule is saved, and when schedules hold."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.automation.clashes import Beside, overlap, rule_clashes, schedule_clashes
from domain.automation.fields import read_rule, read_schedule
from domain.automation.machine import minute_ms
from domain.automation.model import Entry, Names, Plan, Rule, Schedule, Target
from domain.automation.spans import entry_spans
from domain.automation.world import Heard, World
from domain.control.model import Capabilities, Device, Range
from domain.foundation.errors import FieldError
from tests.unit.automation.test_machine import day_of

LISBON = ZoneInfo("Europe/Lisbon")
NOW = minute_ms(date(2026, 3, 27), 9 * 60, LISBON)
"""A Friday; the clocks go forward on Sunday."""
ABILITIES = Capabilities(on_off=True, setpoint_c=Range(16, 30, 0.5))


def device(device_id: str, *, least_s: int = 0) -> Device:
    name = device_id.title()
    return Device(device_id, name, "fan", 3, None, None, ABILITIES, least_s, least_s, 0,
                  "own_rule", False, False, "local", 1)  # fmt: skip


DEVICES = {d.device_id: d for d in (device("FAN"), device("PUMP"), device("SLOW", least_s=600))}
SERIES = {
    ("CO2", "co2"): Heard(1, "CO2", "co2", 3, 150_000),
    ("PEOPLE", "occupancy"): Heard(2, "PEOPLE", "occupancy", 3, 150_000),
}
NAMES = Names({3: "Meeting room"}, {}, {key: d.name for key, d in DEVICES.items()})
WORLD = World(NAMES, SERIES, DEVICES)
AIR = {"kind": "metric", "metric": "co2", "room_id": 3, "for_s": 60}
MORNING = {"kind": "time", "from": "08:00", "to": "10:00"}
EVENING = {"kind": "time", "from": "18:00", "to": "20:00"}
PEOPLE = {"kind": "occupancy", "room_id": 3}


def act(command: str = "on", who: str = "FAN", minutes: int = 30, **more: object) -> list[object]:
    return [{"device_id": who, "command": command, "minutes": minutes, **more}]


def plan(
    trigger: dict[str, object], actions: list[object], *conditions: object, **more: object
) -> Plan:
    errors: list[FieldError] = []
    said = {"trigger": trigger, "actions": actions, "conditions": list(conditions), **more}
    _, _, found = read_rule({"name": "R", **said}, errors)
    assert not errors
    return found


def above(limit: float, **more: object) -> dict[str, object]:
    return {**AIR, "side": "above", "limit": limit, **more}


def below(limit: float) -> dict[str, object]:
    return {**AIR, "side": "below", "limit": limit}


def schedule(
    *entries: dict[str, object], who: str = "FAN"
) -> tuple[tuple[Target, ...], tuple[Entry, ...]]:
    errors: list[FieldError] = []
    raw = {"name": "S", "targets": [{"device_id": who}], "entries": list(entries)}
    _, _, targets, found = read_schedule(raw, errors)
    assert not errors
    return targets, found


def entry(
    begin: str, end: str, command: str = "on", *types: str, **more: object
) -> dict[str, object]:
    return {"from": begin, "to": end, "command": command, "day_types": list(types), **more}


def beside(
    *rules: Plan, schedules: tuple[tuple[tuple[Target, ...], tuple[Entry, ...]], ...] = ()
) -> Beside:
    return Beside(
        [Rule(at, f"Other {at}", True, one, 1, 0, 0, "mia") for at, one in enumerate(rules, 7)],
        [Schedule(at, "Office hours", True, *parts, 1, 0, 0, "mia")
         for at, parts in enumerate(schedules, 9)],
        WORLD,
        NOW,
        day_of,  # type: ignore[arg-type]
        LISBON,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mine", "other", "kinds"),
    [
        (plan(above(1000), act("on")), plan(below(1100), act("off")), ["opposite"]),
        (plan(above(1000), act("on")), plan(below(800), act("off")), []),
        (plan(above(1000), act("on")), plan(above(1200), act("off")), ["contradicts"]),
        (plan(above(1000), act("on")), plan(above(1200), act("on")), []),
        (plan(above(1000), act("on")), plan(above(1200), act("off", "PUMP")), []),
        (plan(above(1000), act("on")),
         plan(above(1200), act("set_setpoint_c", value=20)), []),
        (plan(above(1000), act("on"), MORNING), plan(above(1200), act("off"), EVENING), []),
        (plan(above(1000), act("on", minutes=600), MORNING),
         plan(above(1200), act("off"), EVENING), ["contradicts"]),
        (plan(above(1000), act("on"), {**PEOPLE, "state": "occupied"}),
         plan({"kind": "occupancy", "room_id": 3, "state": "empty"}, act("off")), []),
        (plan({"kind": "time", "at": "08:00"}, act("on")),
         plan({"kind": "time", "at": "08:20"}, act("off")), ["contradicts"]),
        (plan({"kind": "time", "at": "08:00"}, act("on")),
         plan({"kind": "time", "at": "09:20"}, act("off")), []),
        (plan({"kind": "time", "at": "08:00"}, [{"room_id": 3, "command": "on", "minutes": 5}]),
         plan({"kind": "time", "at": "08:00"}, act("off", "PUMP")), ["contradicts"]),
    ],
)  # fmt: skip
def test_rules_clash_when_both_may_tell_one_device_something_else_at_once(
    mine: Plan, other: Plan, kinds: list[str]
) -> None:
    found = [c for c in rule_clashes(mine, beside(other)) if c.kind != "least_time"]
    assert [clash.kind for clash in found] == kinds
    assert all(clash.rule_id == 7 and "“Other 7”" in clash.words for clash in found)


def test_a_clash_says_who_may_do_what() -> None:
    mine = plan(above(1000), act("on"))
    (clash,) = rule_clashes(mine, beside(plan(above(1200), act("off"))))
    assert clash.words == (
        "Rule “Other 7” may switch off Fan at the same time; the newer of the two decides."
    )
    (clash,) = rule_clashes(mine, beside(schedules=(schedule(entry("07:00", "19:00", "off")),)))
    assert (clash.schedule_id, clash.kind, clash.device_id) == (9, "contradicts", "FAN")


@pytest.mark.parametrize(
    ("mine", "kinds"),
    [
        (plan(above(1000, for_s=0), act()), ["often"]),
        (plan(above(1000, for_s=0, hysteresis=10), act()), []),
        (plan({**AIR, "metric": "voc", "side": "above", "limit": 5}, act()), ["never"]),
        (plan(above(1000), act(), {"kind": "device", "device_id": "FAN", "state": "running"}),
         ["never"]),
        (plan(above(1000), act(), MORNING, EVENING), ["never"]),
        (plan(above(1000), act(), {"kind": "day", "day_types": ["workday"], "weekdays": [6]}),
         ["never"]),
        (plan(above(1000), act("on", "SLOW", 5), cooldown_s=1200), ["least_time"]),
        (plan(above(1000), act("on", "SLOW", 30), cooldown_s=60), ["least_time"]),
        (plan(above(1000), act("on", "SLOW", 30), cooldown_s=1200), []),
    ],
)  # fmt: skip
def test_a_rule_alone_is_told_what_is_odd_about_it(mine: Plan, kinds: list[str]) -> None:
    assert [clash.kind for clash in rule_clashes(mine, beside())] == kinds


@pytest.mark.parametrize(
    ("others", "kinds"),
    [
        (beside(plan(above(1000), act("off"))), ["contradicts"]),
        (beside(plan(above(1000), act("on"))), []),
        (beside(plan(above(1000), act("off"), EVENING)), []),
        (beside(schedules=(schedule(entry("11:00", "13:00", "off")),)), ["contradicts"]),
        (beside(schedules=(schedule(entry("12:00", "13:00", "off")),)), []),
        (beside(schedules=(schedule(entry("08:00", "13:00", "off", "sunday")),)), []),
    ],
)
def test_a_schedule_clashes_with_rules_and_schedules_of_the_same_hours(
    others: Beside, kinds: list[str]
) -> None:
    found = schedule_clashes(*schedule(entry("08:00", "12:00", "on", "workday")), others)
    assert [clash.kind for clash in found] == kinds


@pytest.mark.parametrize(
    ("entries", "first"),
    [
        ([entry("08:00", "12:00"), entry("12:00", "14:00", "off")], None),
        ([entry("08:00", "12:00"), entry("11:00", "14:00", "off")], "27 11:00"),
        ([entry("08:00", "12:00", "on", "workday"), entry("11:00", "14:00", "off", "saturday")],
         None),
        ([entry("22:00", "06:00", "on", "workday"), entry("05:00", "07:00", "off", "saturday")],
         "28 05:00"),
        ([entry("08:00", "12:00"), entry("08:00", "12:00", "set_setpoint_c", value=20)], None),
    ],
)  # fmt: skip
def test_entries_of_one_schedule_must_not_overlap(
    entries: list[dict[str, object]], first: str | None
) -> None:
    _, read = schedule(*entries)
    found = overlap(read, NOW, day_of, LISBON)  # type: ignore[arg-type]
    at = datetime.fromtimestamp(found[2] / 1000, LISBON) if found else None
    assert (f"{at:%d %H:%M}" if at else None) == first


@pytest.mark.parametrize(
    ("said", "day", "hours"),
    [
        (entry("00:00", "24:00"), date(2026, 3, 29), 23),
        (entry("00:00", "24:00"), date(2026, 10, 25), 25),
        (entry("01:00", "02:00"), date(2026, 3, 29), 0),
        (entry("22:00", "06:00"), date(2026, 3, 28), 7),
        (entry("07:00", "19:00"), date(2026, 3, 28), 12),
    ],
)
def test_entries_follow_the_local_clock_through_its_changes(
    said: dict[str, object], day: date, hours: int
) -> None:
    _, entries = schedule(said)
    begin = minute_ms(day, entries[0].from_minute, LISBON)
    spans = entry_spans(entries, begin, begin + 1, day_of, LISBON)  # type: ignore[arg-type]
    assert sum(span.end_ms - span.start_ms for span in spans if span.start_ms == begin) == (
        hours * 3_600_000
    )
