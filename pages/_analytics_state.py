"""What the Analytics page shows, as it stands in its address and in its files' addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from domain.analytics.aggregates import AGGREGATES
from domain.analytics.lines import BUILDING_QUANTITIES
from domain.analytics.query import CLOCK_GROUPS, GROUPINGS
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from pages._period import Spans, search_of

OVER = ("whole", "time")
_FINE_DAYS = 14
_HOURLY_DAYS = 62


@dataclass(frozen=True, slots=True)
class View:
    """Every choice of the page but the period; rooms are ids, quantities addresses."""

    of: str = "consumption"
    metrics: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    group: str = "room"
    aggregate: str = "mean"
    over: str = "whole"
    a: str = ""
    b: str = ""

    @property
    def quantity(self) -> str:
        """The address of what the shapes are of."""
        return f"building/{self.of}"

    @property
    def resolution(self) -> str | None:
        """Of the question; the wall clock needs none."""
        return "auto" if self.over == "time" and self.group not in CLOCK_GROUPS else None


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen, from the house: values with their words."""

    metrics: Sequence[tuple[str, str]]
    rooms: Sequence[tuple[str, str]]
    quantities: Sequence[tuple[str, str]]
    default: View = field(default_factory=View)


def view_of(raw: Mapping[str, object], choices: Choices) -> View:
    """A view from an address or a forged post; what cannot be read falls back to the default."""
    usual = choices.default
    metrics = {key for key, _ in choices.metrics}
    rooms = {key for key, _ in choices.rooms}
    quantities = {key for key, _ in choices.quantities}
    chosen = tuple(m for m in _words(raw.get("metric")) if m in metrics and m in METRICS)
    return View(
        of=_one(raw.get("of"), BUILDING_QUANTITIES, usual.of),
        metrics=chosen or usual.metrics,
        rooms=tuple(room for room in _words(raw.get("room")) if room in rooms),
        group=_one(raw.get("group"), GROUPINGS, usual.group),
        aggregate=_one(raw.get("aggregate"), AGGREGATES, usual.aggregate),
        over=_one(raw.get("over"), OVER, usual.over),
        a=_one(raw.get("a"), quantities, usual.a),
        b=_one(raw.get("b"), quantities, usual.b),
    )


def address_of(spans: Spans, view: View) -> str:
    """The search part by which others see the same."""
    asked = {
        "of": view.of,
        "metric": ",".join(view.metrics),
        "room": ",".join(view.rooms),
        "group": view.group,
        "aggregate": view.aggregate,
        "over": view.over,
        "a": view.a,
        "b": view.b,
    }
    shown = {name: words for name, words in asked.items() if words}
    return f"{search_of(spans.choice)}&{urlencode(shown, safe='/,')}"


def file_search(spans: Spans, **asked: str | Sequence[str] | None) -> str:
    """The same days in a file's address, with what else the view depends on."""
    choice = spans.choice
    days = {
        "first": choice.first.isoformat(),
        "last": choice.last.isoformat(),
        "before_first": choice.before_first.isoformat(),
        "before_last": choice.before_last.isoformat(),
    }
    known = {name: value for name, value in asked.items() if value is not None}
    return f"?{urlencode(days | known, doseq=True)}"


def pair_resolution(period: Period) -> str:
    """Quarter hours of two weeks, hours of two months, then days: at most about 1,500 pairs."""
    days = period.duration_s / 86_400
    if days <= _FINE_DAYS + 0.1:
        return "15min"
    return "1h" if days <= _HOURLY_DAYS + 0.1 else "1d"


def _words(raw: object) -> list[str]:
    if isinstance(raw, str):
        return raw.split(",")
    return [str(item) for item in raw] if isinstance(raw, list | tuple) else []


def _one(raw: object, known: Any, usual: str) -> str:
    return raw if isinstance(raw, str) and raw in known else usual
