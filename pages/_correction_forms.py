"""The forms of what people say about readings: a corrected span, a reading by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components import formats
from components.buttons import dialog_content
from components.forms import (
    field,
    form,
    number_field,
    segments,
    select_field,
    text_area,
    text_field,
)
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.house import House
from domain.inbox.refusal import Refused
from domain.inbox.timestamps import parse_timestamp
from domain.telemetry.model import Latest

CORRECT_FIELDS = ("metric", "from", "to", "value", "reason")
CORRECT_MESSAGE = "correct-form-message"
MANUAL_FIELDS = ("metric", "time", "value")
MANUAL_MESSAGE = "manual-form-message"
ACTIONS = (("void", "Not measured"), ("replace", "Replace by"))
REFUSED = "These values cannot be used."
OF_TELEMETRY = {"start_time": "from", "end_time": "to"}


def correct_id(name: str) -> str:
    """Dash id of a field of the correction."""
    return f"correct-{name}"


def manual_id(name: str) -> str:
    """Dash id of a field of the reading."""
    return f"manual-{name}"


def metric_options(metrics: Sequence[str]) -> list[tuple[str, str]]:
    """Metric and its unit, for a select."""
    listed = [METRICS[name] for name in metrics if name in METRICS]
    return [(m.name, f"{m.label} [{m.unit}]" if m.unit else m.label) for m in listed]


def correct_form(name: str, metrics: Sequence[str], day: str) -> list[Any]:
    """Which span, void or which value, and why; what it does and that it can be undone."""
    options = metric_options(metrics)
    return [
        *dialog_content(
            "Correct a span",
            target=name,
            effects=[
                ("What was measured", "stays underneath, and in the audit"),
                ("Charts, totals and files", "use the correction from now on"),
                ("Undo", "at any time, in the list of corrections"),
            ],
        ),
        form(
            select_field(
                correct_id("metric"), "Metric", options, value=options[0][0] if options else None
            ),
            field(
                correct_id("action"),
                "Correction",
                segments(correct_id("action"), ACTIONS, value="void", label="Correction"),
            ),
            text_field(correct_id("from"), "From", kind="datetime-local", value=f"{day}T00:00"),
            text_field(correct_id("to"), "To", kind="datetime-local", value=f"{day}T01:00"),
            number_field(
                correct_id("value"), "Value", hint="Only to replace; for a counter its stand"
            ),
            text_area(
                correct_id("reason"), "Why", placeholder="Sensor was in the sun after the move"
            ),
            columns=2,
            message_id=CORRECT_MESSAGE,
        ),
    ]


def manual_form(
    name: str, metrics: Sequence[str], latest: Sequence[Latest], now_text: str, before: str
) -> list[Any]:
    """What the meter showed, and when."""
    options = metric_options(metrics)
    stands = [
        (METRICS[x.metric].label, formats.text(formats.metric_format(x.metric), x.value))
        for x in latest
        if x.metric in metrics
    ]
    return [
        *dialog_content(
            "Enter a meter reading",
            target=name,
            effects=[*[(f"{label} last", f"{stand}, {before}") for label, stand in stands]]
            or [("Last reading", "none yet")],
        ),
        form(
            select_field(
                manual_id("metric"), "Counter", options, value=options[0][0] if options else None
            ),
            number_field(manual_id("value"), "It showed", hint="As on the meter, in its unit"),
            text_field(manual_id("time"), "At", kind="datetime-local", value=now_text),
            columns=2,
            message_id=MANUAL_MESSAGE,
        ),
    ]


def span_of(house: House, values: Mapping[str, Any]) -> Period:
    """The span of a form in the building's local time. Raises InvalidInput per field."""
    start_ms = moment_of(house, values.get("from"), "from")
    end_ms = moment_of(house, values.get("to"), "to")
    if end_ms <= start_ms:
        raise InvalidInput(REFUSED, [FieldError("to", "Must be after the beginning")])
    return Period.of_ms(start_ms, end_ms)


def moment_of(house: House, text: object, field: str) -> int:
    """A local time of the building as epoch milliseconds. Raises InvalidInput at its field."""
    try:
        return parse_timestamp(str(text or ""), house.zone, house.clock.now_ms())
    except Refused as refused:
        raise InvalidInput(REFUSED, [FieldError(field, "Choose a day and a time")]) from refused


def number_of(raw: object, field: str) -> float:
    """A number of a form. Raises InvalidInput at its field."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    raise InvalidInput(REFUSED, [FieldError(field, "Enter a number")])


def renamed(words: Mapping[str, str]) -> dict[str, str]:
    """Telemetry's names of fields as the form's."""
    return {OF_TELEMETRY.get(name, name): text for name, text in words.items()}
