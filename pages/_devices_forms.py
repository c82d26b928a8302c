"""The dialogs of the Devices pages: command and lock-out."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import dialog_content
from components.forms import field, form, number_field, segments, select_field, text_field
from components.marks import key_value
from domain.control import words
from domain.control.model import Device, DeviceNow, Range, Value
from domain.control.requests import Preview

COMMAND, LOCK = "device-command", "device-lock"
WHAT, NUMBER, MODE, LASTS = (
    "device-what",
    "device-number",
    "device-mode",
    "device-lasts",
)
NUMBER_HINT = "device-number-hint"
NUMBER_PART, MODE_PART, PREVIEW, MESSAGE = (
    "device-number-part",
    "device-mode-part",
    "device-preview",
    "device-message",
)
REASON, LOCK_LASTS, LOCK_MESSAGE = "device-lock-reason", "device-lock-lasts", "device-lock-message"
DURATIONS = (("15", "15 min"), ("30", "30 min"), ("60", "1 h"), ("240", "4 h"))
LOCK_DURATIONS = (("60", "1 h"), ("480", "8 h"), ("1440", "1 day"), ("10080", "1 week"))
WHAT_WORDS = {
    "off": "Switch off",
    "on": "Switch on",
    "set_power_kw": "Set power",
    "set_setpoint_c": "Set temperature",
    "set_shed_percent": "Reduce",
    "set_mode": "Set mode",
}
UNITS = {"set_power_kw": "kW", "set_setpoint_c": "°C", "set_shed_percent": "%"}
USUAL = {"set_shed_percent": 50.0}


def range_of(device: Device, command: str) -> Range | None:
    """The range of a command's number; None for commands without one."""
    known = device.capabilities
    return {
        "set_power_kw": known.power_kw,
        "set_setpoint_c": known.setpoint_c,
        "set_shed_percent": known.shed_percent,
    }.get(command)


def first_number(now: DeviceNow, command: str) -> float | None:
    """What the number begins with: as it is now, where that is known."""
    limits = range_of(now.device, command)
    if limits is None:
        return None
    present = now.report.setpoint_c if command == "set_setpoint_c" else USUAL.get(command)
    return limits.low if present is None else min(max(present, limits.low), limits.high)


def limit_words(device: Device, command: str) -> str:
    """`16 to 30 °C in steps of 0.5`; nothing for commands without a number."""
    limits = range_of(device, command)
    if limits is None:
        return ""
    steps = f" in steps of {limits.step:g}" if limits.step else ""
    return f"{limits.low:g} to {limits.high:g} {UNITS[command]}{steps}"


def target_words(now: DeviceNow, now_ms: int, zone: ZoneInfo) -> str:
    """`Open office North · meter 3.4 kW, 2 s ago`."""
    place = now.room or "Whole building"
    source = {"meter": "meter", "reported": "reports"}.get(now.power_source or "")
    if source is None:
        return f"{place} · power unknown"
    power = formats.text("power", now.power_kw)
    return f"{place} · {source} {power}, {formats.age(now.power_ts_ms, now_ms, zone)}"


def command_form(now: DeviceNow, now_ms: int, zone: ZoneInfo) -> list[Any]:
    """What, how much, how long; below it what would come of it."""
    device = now.device
    offered = [(name, said) for name, said in WHAT_WORDS.items()
               if name in device.capabilities.commands]  # fmt: skip
    first = offered[0][0]
    modes = [(mode, mode.capitalize()) for mode in device.capabilities.mode]
    return dialog_content(
        device.name,
        html.Div(
            [
                select_field(WHAT, "What", offered, value=first),
                html.Div(
                    number_field(
                        NUMBER,
                        "How much",
                        value=first_number(now, first),
                        hint=html.Span(limit_words(device, first), id=NUMBER_HINT),
                    ),
                    id=NUMBER_PART,
                    hidden=range_of(device, first) is None,
                ),
                html.Div(
                    select_field(MODE, "Mode", modes, value=modes[0][0] if modes else None),
                    id=MODE_PART,
                    hidden=first != "set_mode",
                ),
                field(LASTS, "For", segments(LASTS, list(DURATIONS), value="30", label="For")),
                html.Div(id=PREVIEW),
                html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
            ],
            className="wb-command-form",
        ),
        target=f"{device.device_id} · {target_words(now, now_ms, zone)}",
    )


def preview_part(preview: Preview, now: DeviceNow, now_ms: int, zone: ZoneInfo) -> Any:
    """What would be accepted, what should show, who stands back, what comes after."""
    accepted = words.told(preview.command, preview.accepted)
    limited = ", ".join(preview.limited_by)
    ends = formats.moment(preview.ends_ms, now_ms, zone)
    rows: list[tuple[Any, Any]] = [
        ("Now", now_words(now)),
        ("Will be accepted", f"{accepted}: {limited}" if limited else f"{accepted}, in full"),
        ("Ends", ends),
        (_expected_label(preview), preview.expected.words),
        ("Takes over from", preview.takes_over or "its own rule"),
        ("Afterwards", preview.afterwards),
    ]
    if preview.starts_ms > now_ms:
        rows.insert(2, ("Begins", formats.moment(preview.starts_ms, now_ms, zone)))
    return key_value(rows, sunken=True)


def _expected_label(preview: Preview) -> str:
    return "Expected at the meter" if preview.expected.evidence == "meter" else "Expected report"


def now_words(now: DeviceNow) -> str:
    """How it is before anything is told."""
    state = {True: "on", False: "off", None: "state unknown"}[now.report.on]
    return f"{state}, {formats.text('power', now.power_kw)}"


def act_words(command: str, value: Value) -> str:
    """What the confirm button says."""
    return words.act(command, value)


def lock_form(now: DeviceNow) -> list[Any]:
    """Why, and for how long."""
    device = now.device
    return dialog_content(
        f"Lock out {device.name}",
        form(
            text_field(REASON, "Reason", placeholder="Filter change", max_length=300),
            field(
                LOCK_LASTS,
                "For",
                segments(LOCK_LASTS, list(LOCK_DURATIONS), value="480", label="For"),
            ),
            message_id=LOCK_MESSAGE,
        ),
        target="It rests, and nobody may tell it anything until the end.",
    )
