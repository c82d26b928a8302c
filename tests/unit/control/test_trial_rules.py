"""Which test speaks for which device; what a type usually is; why a command was told, in words."""

from dataclasses import replace

import pytest

from domain.control.enrolment import proves
from domain.control.guesses import device_type, usual
from domain.control.history import COLUMNS, command_rows, sentences
from domain.control.lifecycle import Command
from domain.control.model import DEVICE_TYPES, Capabilities, Device, Range, Report

ABLE = Capabilities(on_off=True, setpoint_c=Range(16.0, 30.0, 0.5))
LAMP = Device("D", "D", "lamp", None, "M", "power", ABLE, 0, 0, 0, "off", False, False, "local", 1)


def command(**changes: object) -> Command:
    base = Command(
        "c", "D", 1, "manual", "mia", "run", "off", None, "completed", 0, 0, 60_000,
        {"evidence": "meter", "before_kw": 3.0, "low_kw": None, "high_kw": 0.4,
         "words": "at most 400 W"},
        {"winner": {"owner": "manual", "name": "mia", "value": None, "reason": ""},
         "beaten": [], "limited_by": [], "held": None},
        observed_ms=9_000,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "saved", "speaks"),
    [
        (command(), LAMP, True),
        (command(), replace(LAMP, name="Other", room_id=4, min_on_s=60), True),
        (command(observed_ms=None), LAMP, False),
        (command(), replace(LAMP, meter_sensor_id="N"), False),
        (command(), replace(LAMP, meter_sensor_id=None, meter_metric=None), False),
        (command(), replace(LAMP, capabilities=Capabilities()), False),
        (command(command="set_setpoint_c", value=20.0), LAMP, True),
        (command(command="set_setpoint_c", value=20.0),
         replace(LAMP, capabilities=Capabilities(setpoint_c=Range(21.0, 30.0)),
                 safe_state="own_rule"), False),
    ],
)  # fmt: skip
def test_a_test_speaks_for_the_device_that_it_moved_by_the_meter_that_counts(
    told: Command, saved: Device, speaks: bool
) -> None:
    assert proves(LAMP, told, saved) is speaks


@pytest.mark.parametrize(
    ("report", "words", "kind"),
    [
        (Report("X", soc_percent=40.0), "Lamp", "battery"),
        (Report("X"), "SHELLY_HEAT-PUMP_2", "heat_pump"),
        (Report("X"), "Circulation pump", "pump"),
        (Report("X", setpoint_c=21.0), "X", "hvac"),
        (Report("X", mode="auto"), "X", "hvac"),
        (Report("X", on=True), "X", "other"),
    ],
)
def test_a_stranger_seems_what_it_says_and_then_what_it_is_called(
    report: Report, words: str, kind: str
) -> None:
    assert device_type(report, words) == kind


def test_a_type_keeps_what_the_device_itself_shows() -> None:
    said = Capabilities(on_off=True, mode=("auto",))
    assert usual("other", said) == said
    assert usual("hvac", Capabilities()).mode == ("auto", "heat", "cool", "off")
    assert {usual(kind, Capabilities()).on_off for kind in DEVICE_TYPES} == {True, False}


def test_a_command_says_who_decided_what_bound_it_whom_it_beat_and_what_should_show() -> None:
    told = command(
        command="set_power_kw",
        value=3.0,
        explanation={
            "winner": {"owner": "manual", "name": "mia", "value": 5.0, "reason": "guests"},
            "beaten": [
                {"owner": "plan", "name": "night", "command": "set_power_kw", "value": 1.0},
                {"owner": "lock_out", "name": "jo", "command": None, "value": None},
            ],
            "limited_by": ["grid limit: breaker"],
            "held": "least time on of 300 s",
        },
    )
    assert sentences(told) == [
        "Manual (mia) decided: guests.",
        "5.0 kW was asked for; grid limit: breaker: it was told 3.0 kW.",
        "It had to wait: least time on of 300 s.",
        "It came before plan (night), which wanted 1.0 kW.",
        "It came before lock-out (jo).",
        "It should show in its meter, which showed 3.0 kW: at most 400 W.",
    ]
    given_back = command(command="release", explanation={"winner": None, "after": "c"})
    assert len(sentences(given_back)) == 1


def test_a_row_of_the_file_has_a_cell_for_each_column() -> None:
    (row,) = command_rows([(command(), [])])
    found = dict(zip(COLUMNS, row, strict=True))
    assert (found["requested_at_utc"], found["sent_at_utc"]) == ("1970-01-01T00:00:00Z", None)
    assert str(found["explanation"]).startswith("Manual (mia) decided.")
