"""The dialog before a drill: which device, which fault, and what else stands still meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components import formats
from components.buttons import dialog_content
from components.forms import form, select_field, switch_field
from components.marks import key_value
from domain.drills.model import FAULTS, Option

DIALOG = "drill"
DEVICE, FAULT, COMMAND, TEST, WORDS, MESSAGE = (
    f"drill-{name}" for name in ("device", "fault", "command", "test", "words", "message")
)


def drill_form(devices: Sequence[tuple[str, str]], demo: bool) -> list[Any]:
    """The choices; what follows from them is filled in as they change."""
    first = devices[0][0] if devices else None
    hint = (
        "A simulated building: any of its devices may be moved."
        if demo
        else "It is switched for this drill and may stand still for some minutes."
    )
    faults = [(key, kind.label) for key, kind in FAULTS.items()]
    return dialog_content(
        "Start a drill",
        html.Div(
            [
                form(
                    select_field(DEVICE, "Device", devices, value=first),
                    select_field(FAULT, "Fault", faults, value=faults[0][0]),
                    select_field(COMMAND, "It is told", [], hint="What its meter would show now"),
                    switch_field(
                        TEST, "This is a test device: it may be moved", value=demo, hint=hint
                    ),
                    message_id=MESSAGE,
                ),
                html.Div(id=WORDS),
            ],
            className="wb-drill-form wb-drill-prose",
        ),
        target="The device is told something, the fault comes over it, and its meter has to show "
        "it safe within the limit. No other device is told anything for it.",
    )


def command_options(offered: Sequence[Option]) -> list[dict[str, str]]:
    """For the select."""
    return [{"value": option.key, "label": option.words} for option in offered]


def fault_words(fault: str | None, lasts_s: float | None, speed: float) -> Any:
    """What is done, what has to catch it, what stands still, and for how long at most."""
    kind = FAULTS.get(fault or "")
    if kind is None:
        return None
    rows: list[tuple[Any, Any]] = [
        ("Done", kind.done),
        ("Caught by", kind.protection),
        ("Meanwhile", kind.meanwhile),
    ]
    if lasts_s is not None:
        rows.append(("For at most", span_words(lasts_s, speed)))
    return key_value(rows, sunken=True)


def span_words(seconds: float, speed: float) -> str:
    """A length of building time, with what it is on a watch where that differs."""
    if speed == 1:
        return f"{seconds:.0f} s"
    return f"{formats.span(seconds)} of building time, {seconds / speed:.0f} s on your watch"
