"""The forms of rules and schedules: what they mean, and what fills them again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automation.fields import read_rule, read_schedule
from domain.automation.model import CONDITIONS, TRIGGERS
from domain.control.model import Capabilities, Device, Range
from domain.foundation.errors import FieldError
from pages import _automation_form as form
from pages import _automation_sheet as sheets
from pages._automation_choices import Choices, settled, together, told_of
from pages._automation_draft import rule_fields_of, schedule_fields_of
from pages._automation_fill import NEW_RULE, NEW_SCHEDULE, rule_sheet, schedule_sheet
from pages._automation_sheet import sheet_from, with_act
from pages._automation_wrong import place_of, worth_saying, wrong_at

PLACES = {"CO2_1": 3, "METER_MAIN": None}
DAYS: dict[str, Any] = {"day_types": [], "weekdays": []}


def device(device_id: str, room_id: int | None = 3, kind: str = "lamp", **more: Any) -> Device:
    known = Capabilities(on_off=True, **more)
    return Device(
        device_id, f"Device {device_id}", kind, room_id, None, None, known, 0, 0, 0, "off", False,
        False, "local", 1,
    )  # fmt: skip


ROOMS = {3: "Studio", 4: "Lab"}
DEVICES = [
    device("D1", setpoint_c=Range(16, 30, 0.5)),
    device("D2", setpoint_c=Range(18, 26, 1)),
    device("D3", kind="fan"),
    device("D4", None, mode=("auto", "heat")),
]
MEASURES = {"3": [("co2@room", "CO₂ of the room")], "none": [("power@sensor:METER_MAIN", "Power")]}
CHOICES = Choices([("3", "Studio"), ("4", "Lab")], told_of(DEVICES, ROOMS), MEASURES)

limits = st.integers(-50, 100) | st.sampled_from([0.5, 21.25])
minutes = st.integers(0, 1440).map(lambda n: n * 60)
clocks = st.integers(0, 1439).map(lambda n: f"{n // 60:02d}:{n % 60:02d}")
days = st.fixed_dictionaries(
    {
        "day_types": st.sampled_from([[], ["workday"], ["saturday", "holiday"]]),
        "weekdays": st.sampled_from([[], [0], [1, 4]]),
    }
)
sides = st.sampled_from(["above", "below"])
sources = st.sampled_from(
    [
        {"metric": "temperature", "room_id": 3},
        {"metric": "temperature", "sensor_id": "CO2_1"},
        {"metric": "power", "sensor_id": "METER_MAIN"},
    ]
)


def of(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    made = {
        name: v if isinstance(v, st.SearchStrategy) else st.just(v) for name, v in parts.items()
    }
    return st.fixed_dictionaries(made)


def both(*some: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*some).map(lambda found: {k: v for part in found for k, v in part.items()})


occupancy = of(kind="occupancy", room_id=4, state=st.sampled_from(["occupied", "empty"]))
price = of(kind="price", side=sides, limit_per_kwh=st.sampled_from([0.3, 1]))
triggers = st.one_of(
    both(of(kind="metric", side=sides, limit=limits, for_s=minutes, hysteresis=0.5), sources),
    both(of(kind="time", at=clocks), days),
    both(price, of(for_s=minutes)),
    both(occupancy, of(for_s=minutes)),
    of(
        kind="event",
        change=st.sampled_from(["rings", "clears"]),
        service=st.sampled_from([None, "devices"]),
        severity=st.sampled_from([None, "fault"]),
        event_kind=st.sampled_from([None, "stale"]),
        room_id=st.sampled_from([None, 3]),
    ),
)
spans = st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1])
conditions = st.one_of(
    both(of(kind="metric", side=sides, limit=limits), sources),
    both(spans.map(lambda s: {"kind": "time", "from": s[0], "to": s[1]}), days),
    both(of(kind="day"), days.filter(lambda d: bool(d["day_types"] or d["weekdays"]))),
    price,
    occupancy,
    of(kind="device", device_id="D1", state=st.sampled_from(["running", "standing"])),
)
told = st.sampled_from(
    [
        {"command": "on", "value": None},
        {"command": "set_setpoint_c", "value": 21.5},
        {"command": "set_mode", "value": "heat"},
    ]
)
targets = st.sampled_from(
    [{"device_id": "D1"}, {"room_id": 3}, {"room_id": 3, "device_type": "lamp"}]
)
rules = of(
    name="Any",
    enabled=st.booleans(),
    trigger=triggers,
    conditions=st.lists(conditions, max_size=3),
    actions=st.lists(both(targets, told, of(minutes=st.integers(1, 1440))), min_size=1, max_size=3),
    cooldown_s=st.integers(0, 100).map(lambda n: n * 60),
    notice=st.sampled_from([None, "Look"]),
)
schedules = of(
    name="Any",
    enabled=st.booleans(),
    targets=st.lists(targets, min_size=1, max_size=2),
    entries=st.lists(
        both(days, spans.map(lambda s: {"from": s[0], "to": s[1]}), told), min_size=1, max_size=3
    ),
)


@given(rules)
def test_a_rule_that_fills_its_form_is_read_from_it_unchanged(fields: dict[str, Any]) -> None:
    errors: list[FieldError] = []
    read_rule(fields, errors)
    assert errors == []
    assert rule_fields_of(rule_sheet(fields, PLACES)) == fields


@given(schedules)
def test_a_schedule_that_fills_its_form_is_read_from_it_unchanged(fields: dict[str, Any]) -> None:
    errors: list[FieldError] = []
    read_schedule(fields, errors)
    assert errors == []
    assert schedule_fields_of(schedule_sheet(fields)) == fields


def fields_drawn(drawn: Any) -> list[Any]:
    """Every component with the id of a field inside what was drawn."""
    found = []
    for one in [drawn, *getattr(drawn, "_traverse", list)()]:
        if isinstance(getattr(one, "id", None), dict) and one.id["type"] != "auto-error":
            found.append(one)
    return found


@pytest.mark.parametrize("kind", [*TRIGGERS, *(f"only {kind}" for kind in CONDITIONS)])
def test_what_is_drawn_for_a_kind_is_read_back_as_that_kind(kind: str) -> None:
    part = sheets.CONDITIONS if kind.startswith("only ") else sheets.TRIGGER
    row = {"kind": kind.removeprefix("only "), "limit": 5 if "price" in kind else 500, "place": "3"}
    starts = {**NEW_RULE[sheets.TRIGGER][0], "limit": 500}
    sheet = settled({**NEW_RULE, sheets.TRIGGER: (starts,), part: (row,)}, CHOICES)
    drawn = [
        component
        for section in (sheets.TRIGGER, sheets.CONDITIONS, sheets.ACTIONS)
        for shown in form.rows_of(section, sheet, CHOICES)
        for component in fields_drawn(shown)
    ]
    again = sheet_from([one.id for one in drawn], [one.value for one in drawn])
    fields = {**rule_fields_of(again), "name": "Read back"}
    errors: list[FieldError] = []
    _, _, plan = read_rule(fields, errors)
    assert errors == []
    found = plan.conditions[0] if part == sheets.CONDITIONS else plan.trigger
    assert found.kind == row["kind"]
    assert form.shapes_of(settled(again, CHOICES), [part]) == form.shapes_of(sheet, [part])


def test_a_schedule_offers_what_all_its_devices_understand() -> None:
    main = {"name": "S", "targets": ["device:D1", "device:D2"]}
    sheet = settled({**NEW_SCHEDULE, sheets.MAIN: (main,)}, CHOICES)
    both_ = CHOICES.of_targets(["device:D1", "device:D2"])
    assert both_.ranges["set_setpoint_c"] == Range(18, 26, 1)
    assert sheet[sheets.ENTRIES][0]["command"] == "off"
    nobody = settled(NEW_SCHEDULE, CHOICES)
    assert nobody[sheets.ENTRIES][0]["command"] == ""
    assert together("", "", [CHOICES.told["device:D1"], CHOICES.told["device:D4"]]).modes == ()


def test_groups_are_offered_where_there_are_several_devices() -> None:
    assert [key for key in CHOICES.told if key.startswith("room")] == ["room:3", "room:3:lamp"]
    assert CHOICES.told["room:3"].commands == ("on", "off")
    assert CHOICES.told["room:3:lamp"].label == "All lamps of Studio"


def test_what_is_gone_stays_to_be_seen_and_is_not_replaced_in_silence() -> None:
    row = {"kind": "metric", "place": "3", "measure": "co2@sensor:GONE"}
    action = {"target": "device:GONE", "command": "on"}
    sheet = settled({sheets.TRIGGER: (row,), sheets.ACTIONS: (action,)}, CHOICES)
    assert sheet[sheets.TRIGGER][0]["measure"] == "co2@sensor:GONE"
    assert sheet[sheets.ACTIONS][0]["target"] == "device:GONE"
    assert "GONE (no longer there)" in str(form.rows_of(sheets.ACTIONS, sheet, CHOICES))


def test_rows_are_added_up_to_the_most_and_taken_out() -> None:
    sheet = with_act(NEW_RULE, "add-conditions", 0)
    assert len(sheet[sheets.CONDITIONS]) == 1
    for _ in range(50):
        sheet = with_act(sheet, "add-actions", 0)
    assert len(sheet[sheets.ACTIONS]) == sheets.MOST[sheets.ACTIONS]
    assert len(with_act(sheet, "drop-actions", 3)[sheets.ACTIONS]) == len(sheet["actions"]) - 1
    for nonsense in ("drop-actions", "add-trigger", "", "x-y"):
        assert with_act(NEW_SCHEDULE, nonsense, 9) == NEW_SCHEDULE


def test_forged_ids_are_no_rows() -> None:
    ids: Any = [
        {"type": "t", "part": part, "at": at, "field": "kind"}
        for part, at in (("nowhere", 0), ("actions", 999), ("actions", -1), ("trigger", 1))
    ]
    assert sheet_from(ids, ["x"] * 4) == {}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("trigger.limit", ("trigger", 0, "limit")),
        ("trigger.sensor_id", ("trigger", 0, "measure")),
        ("trigger.for_s", ("trigger", 0, "lasting")),
        ("conditions[1].room_id", ("conditions", 1, "room")),
        ("conditions[0].state", ("conditions", 0, "running")),
        ("actions[1].value", ("actions", 1, "mode")),
        ("actions[0].value", ("actions", 0, "number")),
        ("actions[0].device_id", ("actions", 0, "target")),
        ("actions", ("main", 0, "actions")),
        ("targets[0].device_id", ("main", 0, "targets")),
        ("entries[2].to", ("entries", 2, "to")),
        ("cooldown_s", ("main", 0, "cooldown")),
    ],
)
def test_what_is_wrong_stands_at_its_field(path: str, place: tuple[str, int, str]) -> None:
    sheet: sheets.Sheet = {
        "conditions": ({"device": "D", "running": ""}, {"room": "9"}),
        "actions": ({"target": "x"}, {"target": "x", "mode": ""}),
    }
    assert place_of(path, sheet) == place


def test_an_empty_field_is_no_mistake_before_somebody_saves() -> None:
    sheet: sheets.Sheet = {"trigger": ({"limit": None, "lasting": 9999},)}
    errors = [
        FieldError("trigger.limit", "is 0 to 100 %", [0, 100]),
        FieldError("trigger.for_s", "is 0 to 86400 s", [0, 86400]),
    ]
    wrong = wrong_at(errors, sheet)
    assert wrong["trigger", 0, "limit"] == "The limit is still empty"
    assert wrong["trigger", 0, "lasting"] == "For at least is 0 to 1,440 min"
    assert list(worth_saying(wrong, sheet, tried=False)) == [("trigger", 0, "lasting")]
    assert worth_saying(wrong, sheet, tried=True) == wrong
