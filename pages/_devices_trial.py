"""The test in the form of a new device: what to try, and how far it has come. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.commands import track
from components.forms import number_field, select_field
from components.marks import age, aria, key_value, value
from domain.control import words
from domain.control.capabilities import UNITS
from domain.control.enrolment import Tried
from domain.control.model import MODES, Value
from domain.control.observation import kw
from domain.telemetry.model import Latest
from pages import _devices_told as told
from pages._devices_edit_values import capabilities_of, input_id
from pages._devices_forms import WHAT_WORDS

WHAT, NUMBER, MODE = input_id("test-what"), input_id("test-number"), input_id("test-mode")
START, PROGRESS = input_id("test-start"), input_id("test-progress")
RELEASE, RELEASE_PART = input_id("test-release"), input_id("test-release-part")
MESSAGE = input_id("test-message")
FIELDS = ("command", "value")
"""What the domain calls what is asked here."""
ABILITY = {
    "on": "on_off",
    "off": "on_off",
    "set_power_kw": "power_kw",
    "set_setpoint_c": "setpoint_c",
    "set_mode": "mode",
    "set_shed_percent": "shed_percent",
}
NOTHING = "nothing"
EXPLAINED = (
    "Moves the device for about a minute, then gives it back. Nobody else sees it before it is "
    "saved. Without a test it is recorded as untested."
)


def options(filled: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What can be tried with the abilities that are switched on."""
    able = capabilities_of(filled)
    listed = [(name, said) for name, said in WHAT_WORDS.items() if able.get(ABILITY[name])]
    return listed or [(NOTHING, "Nothing: it can be told nothing")]


def first_number(filled: Mapping[str, Any], command: str, now: float | None) -> float | None:
    """A number to try: as it is now where that is inside, else the middle of the range."""
    name = ABILITY.get(command, "")
    low, high = filled.get(f"{name}_low"), filled.get(f"{name}_high")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    if now is not None and low <= now <= high:
        return now
    step = filled.get(f"{name}_step")
    middle = (low + high) / 2
    if isinstance(step, int | float) and step > 0:
        middle = low + round((middle - low) / step) * step
    return round(middle, 3)


def test_part(filled: Mapping[str, Any]) -> Any:
    """What to try, the button, and the place where its progress stands."""
    listed = options(filled)
    first = listed[0][0]
    modes = [(mode, mode.capitalize()) for mode in MODES]
    row = html.Div(
        [
            select_field(WHAT, "Try", listed, value=first),
            html.Div(
                number_field(NUMBER, "Value", value=first_number(filled, first, None)),
                className="wb-test-number",
            ),
            html.Div(
                select_field(MODE, "Mode", modes, value=modes[0][0]), className="wb-test-mode"
            ),
            button("Test", id=START, icon_name="activity", className="wb-btn-lg"),
        ],
        className="wb-test-row",
    )
    return html.Section(
        [
            html.H3("Test before saving", className="wb-device-form-head"),
            html.P(EXPLAINED, className="wb-hint"),
            row,
            html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
            html.Div(id=PROGRESS, className="wb-test-progress", **aria(live="polite")),
            html.Div(
                button("Give it back now", id=RELEASE, small=True), id=RELEASE_PART, hidden=True
            ),
        ],
        className="wb-test",
        **aria(label="Test before saving"),
    )


def asked_value(command: str, number: float | int | None, mode: str | None) -> object:
    """The value that belongs to the command."""
    if command in UNITS:
        return number
    return mode if command == "set_mode" else None


def running(tried: Tried | None) -> bool:
    """Whether the device still does what it is tested with."""
    return tried is not None and not tried.command.ended


def progress(
    tried: Tried | None, meter: Latest | None, meter_name: str, now_ms: int, zone: ZoneInfo
) -> Any:
    """The steps with their times, what the meter did, and what that means for saving."""
    if tried is None:
        return None
    command, metered = tried.command, tried.trial.device.meter is not None
    steps = track(told.track_of(command, tried.steps, zone, metered=metered))
    said = words.act(command.command, command.value)
    return html.Div(
        [
            html.Span(said, className="wb-device-label"),
            steps,
            key_value(_facts(tried, meter, meter_name, now_ms, zone), sunken=True),
            html.P(verdict(tried, now_ms, zone), className=_tone(tried)),
        ]
    )


def _facts(
    tried: Tried, meter: Latest | None, meter_name: str, now_ms: int, zone: ZoneInfo
) -> list[tuple[Any, Any]]:
    awaited, key = tried.expected, tried.trial.device.meter
    rows: list[tuple[Any, Any]] = [("Should show", awaited.words)]
    if key is None:
        return [*rows, ("Meter", "none: its own report counts, not metered")]
    before = "unknown" if awaited.before_kw is None else kw(awaited.before_kw)
    live = f"reading/{key[0]}/{key[1]}"
    interval_s = meter.interval_s if meter else None
    shown: list[Any] = [
        f"{before} before, now ",
        value(meter.value if meter else None, "power", live=live),
        " ",
        age(meter.ts_ms if meter else None, now_ms, zone, live=live, interval_s=interval_s),
    ]
    return [*rows, (meter_name, html.Span(shown))]


def verdict(tried: Tried, now_ms: int, zone: ZoneInfo) -> str:
    """What the test has shown, in one sentence."""
    command = tried.command
    if command.observed_ms is not None:
        seen = next((s.words for s in tried.steps if s.state == "observed"), "it showed")
        how = "It works" if command.evidence == "meter" else "It says it works, not metered"
        return f"{how}: {seen}. {_given_back(tried, now_ms, zone)}"
    if command.ended:
        return f"It did not work: {command.reason}. {_given_back(tried, now_ms, zone)}"
    awaited = {
        "requested": "It is being sent.",
        "sent": "The device has 10 s to answer.",
        "acknowledged": "It answered; now its effect has to show.",
    }
    return awaited.get(command.state, "")


def _given_back(tried: Tried, now_ms: int, zone: ZoneInfo) -> str:
    if tried.command.ended:
        return "It follows its own rule again."
    return f"It is given back at {formats.clock(tried.command.ends_ms, zone, seconds=True)}."


def _tone(tried: Tried) -> str:
    if tried.command.observed_ms is not None:
        return "wb-device-outcome wb-device-outcome-ok"
    failed = tried.command.state in told.FAILED
    return f"wb-device-outcome{' wb-device-outcome-failed' if failed else ''}"


def tested_words(command: Any | None, now_ms: int, zone: ZoneInfo) -> str:
    """How a registered device was tested: `Switch off, seen by its meter, Mon 15 Jun 20:12`."""
    if command is None:
        return "untested: nobody moved it before it was registered"
    value_: Value = command.value
    how = "seen by its meter" if command.evidence == "meter" else "reported, not metered"
    when = formats.moment(command.requested_ms, now_ms, zone)
    return f"{words.act(command.command, value_)}, {how}, by {command.owner_name}, {when}"
