"""The smallest marks: values with their unit, ages, chips, live hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.icons import icon

# What Dash takes as children: a component, words, a number, None, or a list of them.
Children = Any

# tone: icon that says it without colour
TONES: dict[str, str | None] = {
    "ok": "check",
    "late": "clock",
    "stale": "silent",
    "fault": "fault",
    "warning": "fault",
    "accent": None,
    "neutral": None,
    "outline": None,
}


def data(**attributes: Any) -> dict[str, Any]:
    """`data-` attributes from keywords (`data(live="k")` is `data-live="k"`); None is left out."""
    return {
        f"data-{key.replace('_', '-')}": str(value)
        for key, value in attributes.items()
        if value is not None
    }


def aria(**attributes: str) -> dict[str, Any]:
    """`aria-` attributes from keywords."""
    return {f"aria-{key}": text for key, text in attributes.items()}


def classes(*names: str | bool | None) -> str:
    """Class names that are there, joined."""
    return " ".join(name for name in names if isinstance(name, str) and name)


def value(
    amount: float | None,
    fmt: str = "number",
    *,
    unit: str | None = None,
    live: str | None = None,
    size: str | None = None,
    estimate: bool = False,
    id: str | None = None,
) -> html.Span:
    """A number and its unit, set apart; live.js writes into it when `live` names a key.

    Args:
        amount: In the format's default unit (kW, kWh, °C, …); None is a dash.
        fmt: A key of formats.FORMATS.
        unit: Replaces the format's unit (currency, foreign metrics).
        live: `reading/<sensor>/<metric>`, `room/<id>/<metric>` or `energy/<field>`.
        size: None (body), "md" (room, node 21), "lg" (tile 25), "xl" (total 30), "wall".
        estimate: Writes ≈ before it.
        id: Dash id of the whole.
    """
    number, sign = formats.quantity(fmt, amount, unit=unit)
    known: dict[str, Any] = {"id": id} if id else {}
    return html.Span(
        [
            html.Span("≈ ", className="wb-approx") if estimate else None,
            html.Span(number, className="wb-num"),
            html.Span(sign, className="wb-unit"),
        ],
        className=classes("wb-value", size and f"wb-value-{size}"),
        **known,
        **data(live=live, format=fmt if live else None, unit=unit if live else None),
    )


def age(
    ts_ms: int | None,
    now_ms: int,
    zone: ZoneInfo,
    *,
    live: str | None = None,
    interval_s: float | None = None,
) -> html.Span:
    """How old a value is, in words that live.js keeps true; a dash while there is none."""
    return html.Span(
        formats.age(ts_ms, now_ms, zone),
        className="wb-age",
        **data(
            age=live or "",
            ts="" if ts_ms is None else ts_ms,
            interval=None if interval_s is None else f"{interval_s:g}",
        ),
    )


def chip(
    label: Children,
    tone: str = "neutral",
    *,
    icon_name: str | None = None,
    dot: bool = False,
    title: str | None = None,
    id: str | None = None,
    className: str = "",
) -> html.Span:
    """A word in a soft ground; status tones bring their icon, `dot` a point instead of it.

    Args:
        label: The word.
        tone: ok, late, stale, fault, warning, accent, neutral or outline.
        icon_name: Another icon than the tone's own.
        dot: A point instead of the icon.
        title: What a pointer resting on it says.
        id: Dash id.
        className: Further classes.
    """
    drawn = None if dot else icon_name or TONES[tone]
    known: dict[str, Any] = {"id": id} if id else {}
    if title:
        known["title"] = title
    mark = html.Span(className="wb-dot") if dot else icon(drawn, size=13) if drawn else None
    return html.Span(
        # A component without children is falsy.
        label if mark is None else [mark, html.Span(label)],
        className=classes("wb-chip", f"wb-chip-{tone}", className),
        **known,
    )


def state_chip(state: str = "fresh") -> html.Span:
    """The chip of a value's freshness; its word and icon follow `data-state` of what holds it."""
    return html.Span(className="wb-state-chip", role="status", **data(chip=state))


CONTROL: Mapping[str, tuple[str, str]] = {
    "plan": ("accent", "automation"),
    "rule": ("accent", "automation"),
    "schedule": ("accent", "clock"),
    "demand_response": ("accent", "dr"),
    "trade": ("accent", "trade"),
    "manual": ("late", "person"),
    "lock_out": ("fault", "lock-out"),
    "safety": ("fault", "shield"),
}


def control_chip(owner: str, words: str, until: str | None = None) -> html.Span:
    """Who is in control and until when; owner is a key of CONTROL."""
    tone, name = CONTROL[owner]
    label = [words, " until ", html.B(until)] if until else words
    return chip(label, tone, icon_name=name)


def key_value(rows: list[tuple[Children, Children]], *, sunken: bool = False) -> html.Dl:
    """Facts as a list: name left, value right."""
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(fact)]) for name, fact in rows],
        className=classes("wb-facts", sunken and "wb-facts-sunken"),
    )
