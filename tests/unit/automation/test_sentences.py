"""Rules and schedules as they are read back."""

import pytest

from domain.automation.fields import (
    parts_fields,
    plan_fields,
    read_rule,
    read_schedule,
    stored_plan,
    stored_schedule,
)
from domain.automation.model import Names
from domain.automation.sentences import entry_sentence, sentence
from domain.foundation.errors import FieldError

NAMES = Names(
    {3: "Meeting room 1"}, {"T_OUT": "Outdoor"}, {"FAN": "Ventilation 1", "LAMP": "Lamps"}
)
CO2 = {"kind": "metric", "metric": "co2", "room_id": 3, "side": "above", "limit": 1000}
FAN_ON = [{"device_id": "FAN", "command": "on", "value": None, "minutes": 30}]
OFFICE = {"kind": "time", "from": "08:00", "to": "18:00", "day_types": ["workday"], "weekdays": []}

RULES = {
    "When the CO₂ of Meeting room 1 is above 1,000 ppm for 5 min on working days between 08:00 and "
    "18:00, switch on Ventilation 1 for 30 min; at most once every 1 h.": {
        "trigger": {**CO2, "for_s": 300},
        "conditions": [OFFICE],
        "actions": FAN_ON,
        "cooldown_s": 3600,
    },
    "When the CO₂ of Meeting room 1 is above 1,000 ppm, switch on Ventilation 1 for 30 min; again "
    "only after it was 950 ppm or less.": {
        "trigger": {**CO2, "hysteresis": 50},
        "actions": FAN_ON,
    },
    "At 07:30 on Mondays and Fridays, holidays or not, set Ventilation 1 to 21.5 °C for 1 h 30 "
    "min, reduce the lamps of Meeting room 1 by 50 % for 10 min and tell “Good morning”.": {
        "trigger": {"kind": "time", "at": "07:30", "weekdays": [4, 0]},
        "actions": [
            {"device_id": "FAN", "command": "set_setpoint_c", "value": 21.5, "minutes": 90},
            {"room_id": 3, "device_type": "lamp", "command": "set_shed_percent", "value": 50,
             "minutes": 10},
        ],
        "notice": "Good morning",
    },
    "At 00:00 every day, set every device of Meeting room 1 to “cool” for 5 min.": {
        "trigger": {"kind": "time", "at": "00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]},
        "actions": [{"room_id": 3, "command": "set_mode", "value": "cool", "minutes": 5}],
    },
    "When electricity costs more than 0.250 €/kWh for 15 min, provided Meeting room 1 is empty, "
    "the temperature of Outdoor is below 12.5 °C, Ventilation 1 is not running and electricity "
    "costs less than 0.500 €/kWh, set Ventilation 1 to 1.5 kW for 2 h.": {
        "trigger": {"kind": "price", "side": "above", "limit_per_kwh": 0.25, "for_s": 900},
        "conditions": [
            {"kind": "occupancy", "room_id": 3, "state": "empty"},
            {"kind": "metric", "metric": "temperature", "sensor_id": "T_OUT", "side": "below",
             "limit": 12.5},
            {"kind": "device", "device_id": "FAN", "state": "standing"},
            {"kind": "price", "side": "below", "limit_per_kwh": 0.5},
        ],
        "actions": [{"device_id": "FAN", "command": "set_power_kw", "value": 1.5, "minutes": 120}],
    },
    "When Meeting room 1 is empty for 15 min, provided the day is one of Saturdays and public "
    "holidays, switch off NEW for 5 min.": {
        "trigger": {"kind": "occupancy", "room_id": 3, "state": "empty", "for_s": 900},
        "conditions": [{"kind": "day", "day_types": ["saturday", "holiday"]}],
        "actions": [{"device_id": "NEW", "command": "off", "minutes": 5}],
    },
    "When a fault of Devices in Meeting room 1 rings, tell “Look”.": {
        "trigger": {"kind": "event", "change": "rings", "severity": "fault", "service": "devices",
                    "room_id": 3},
        "notice": "Look",
    },
    "When an event of “Power peak” is over, tell “Over”.": {
        "trigger": {"kind": "event", "change": "clears", "event_kind": "peak"},
        "notice": "Over",
    },
}  # fmt: skip


@pytest.mark.parametrize("words", RULES)
def test_a_rule_reads_as_one_sentence_and_is_kept_as_it_was_said(words: str) -> None:
    errors: list[FieldError] = []
    _, enabled, plan = read_rule({"name": "R", **RULES[words]}, errors)
    assert not errors
    assert enabled
    assert sentence(plan, NAMES) == words
    assert stored_plan(plan_fields(plan)) == plan


def test_entries_of_a_schedule_read_as_sentences() -> None:
    raw = {
        "name": "S",
        "targets": [{"device_id": "FAN"}, {"device_id": "LAMP"}],
        "entries": [
            {"day_types": ["workday"], "from": "22:00", "to": "06:00", "command": "off"},
            {"from": "10:00", "to": "24:00", "weekdays": [5, 6], "command": "set_setpoint_c",
             "value": 18},
        ],
    }  # fmt: skip
    errors: list[FieldError] = []
    _, _, targets, entries = read_schedule(raw, errors)
    assert not errors
    assert [entry_sentence(entry, targets, NAMES) for entry in entries] == [
        "On working days between 22:00 and 06:00 of the next day, switch off Ventilation 1 and "
        "Lamps.",
        "On Saturdays and Sundays, holidays or not between 10:00 and 24:00, set Ventilation 1 and "
        "Lamps to 18.0 °C.",
    ]
    assert stored_schedule(parts_fields(targets, entries)) == (targets, entries)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"trigger"}),
        ({"trigger": {"kind": "moon"}}, {"trigger.kind"}),
        ({"trigger": {**CO2, "limit": "high"}}, {"trigger.limit"}),
        ({"trigger": {**CO2, "limit": float("nan")}}, {"trigger.limit"}),
        ({"trigger": {**CO2, "limit": 1e9}}, {"trigger.limit"}),
        ({"trigger": {**CO2, "metric": "energy"}}, {"trigger.metric"}),
        ({"trigger": {**CO2, "sensor_id": "X"}}, {"trigger.sensor_id"}),
        ({"trigger": {**CO2, "for_s": -1}}, {"trigger.for_s"}),
        ({"trigger": {**CO2, "for_s": 1.5}}, {"trigger.for_s"}),
        ({"trigger": {**CO2, "at": "08:00"}}, {"trigger.at"}),
        ({"trigger": {"kind": "time", "at": "24:00"}}, {"trigger.at"}),
        ({"trigger": {"kind": "time", "at": "7:30", "weekdays": [7]}},
         {"trigger.at", "trigger.weekdays"}),
        ({"trigger": {"kind": "time", "at": "07:30", "weekdays": [True]}}, {"trigger.weekdays"}),
        ({"trigger": CO2, "conditions": [{**OFFICE, "to": "08:00"}]}, {"conditions[0].to"}),
        ({"trigger": CO2, "conditions": [{"kind": "day"}]}, {"conditions[0].day_types"}),
        ({"trigger": CO2, "conditions": {"kind": "day"}}, {"conditions"}),
        ({"trigger": CO2, "conditions": ["x"] * 11}, {"conditions"}),
        ({"trigger": CO2, "actions": []}, {"actions"}),
        ({"trigger": CO2, "actions": [{"command": "on", "minutes": 5}]}, {"actions[0].device_id"}),
        ({"trigger": CO2, "actions": [{**FAN_ON[0], "minutes": 1441}]}, {"actions[0].minutes"}),
        ({"trigger": CO2, "actions": [{**FAN_ON[0], "value": [1]}]}, {"actions[0].value"}),
        ({"trigger": CO2, "name": "a\x00b"}, {"name"}),
        ({"trigger": CO2, "enabled": "yes"}, {"enabled"}),
        ({"trigger": CO2, "colour": "red"}, {"colour"}),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rule_is_refused_field_by_field(
    fields: dict[str, object], wrong: set[str]
) -> None:
    errors: list[FieldError] = []
    read_rule({"name": "R", "actions": FAN_ON, **fields}, errors)
    assert {error.field for error in errors} == wrong
