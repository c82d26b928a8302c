"""Values, outcomes and conditions in words, and what lines need to be said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from components import formats
from domain.automation.model import OUTCOMES, Firing, Judged, Names
from domain.calendar.model import Day
from domain.control.model import Device


@dataclass(frozen=True)
class Shown:
    """What the lines need beside rules: moment, days ahead, names, what was decided last."""

    now_ms: int
    zone: ZoneInfo
    names: Names
    may_act: bool
    days: Sequence[Day] = ()
    devices: Mapping[str, Device] = field(default_factory=dict)
    fired: Mapping[int, Firing] = field(default_factory=dict)
    newest: Mapping[int, Firing] = field(default_factory=dict)
    holds: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Names of the devices that a rule holds now."""


def outcome_words(outcome: str, ready_ms: int | None, shown: Shown) -> str:
    """What came of a trigger, in the middle of a sentence."""
    words = OUTCOMES.get(outcome, outcome)
    said = words[:1].lower() + words[1:]
    if ready_ms is None:
        return said
    return f"{said}, ready {formats.moment(ready_ms, shown.now_ms, shown.zone)}"


def check_words(judged: Judged) -> str:
    """`it is between 08:00 and 18:00: 19:02`."""
    seen = judged_words(judged)
    return f"{judged.words}: {seen}" if seen else judged.words


def judged_words(judged: Judged) -> str:
    """The value that was seen, with its unit."""
    if judged.said is not None:
        return judged.said
    if judged.value is None:
        return "unknown"
    size = abs(judged.value)
    decimals = 3 if judged.unit.endswith("/kWh") else 0 if size >= 100 else 1 if size >= 10 else 2
    number = formats.fixed(judged.value, decimals)
    if "." in number and decimals < 3:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {judged.unit}".rstrip()
