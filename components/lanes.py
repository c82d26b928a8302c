"""Lanes: what each device is told over the next hours, as bars on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.marks import aria, classes


@dataclass(frozen=True)
class Bar:
    """A stretch of a lane in [0, 1] of its width; `words` say it all, `label` what fits."""

    start: float
    end: float
    label: str
    words: str


@dataclass(frozen=True)
class LaneView:
    """One device's lane."""

    name: str
    href: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Axis:
    """Hours at places in [0, 1]; `days` are the days that begin, with what they are called."""

    ticks: Sequence[tuple[float, str]]
    days: Sequence[tuple[float, str]]


def lanes(views: Sequence[LaneView], axis: Axis) -> html.Div:
    """A lane a device under one axis that begins now."""
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className="wb-lane-name"),
                    html.Div(_axis(axis), className="wb-lane-axis"),
                ],
                className="wb-lane wb-lane-head",
                **aria(hidden="true"),
            ),
            html.Ul([_lane(view, axis) for view in views], className="wb-lane-list"),
        ],
        className="wb-lanes",
    )


def _axis(axis: Axis) -> list[Any]:
    hours = [
        html.Span(words, className="wb-lane-hour wb-num", style={"left": _percent(at)})
        for at, words in axis.ticks
    ]
    days = [
        html.Span(words, className="wb-lane-day", style={"left": _percent(at)})
        for at, words in axis.days
    ]
    return [*days, *hours]


def _lane(view: LaneView, axis: Axis) -> html.Li:
    days = {at for at, _ in axis.days}
    lines = [
        html.Li(
            className=classes("wb-lane-tick", at in days and "wb-lane-midnight"),
            style={"left": _percent(at)},
            **aria(hidden="true"),
        )
        for at, _ in axis.ticks
    ]
    return html.Li(
        [
            html.Span(dcc.Link(view.name, href=view.href), className="wb-lane-name"),
            html.Ul([*lines, *(_bar(bar) for bar in view.bars)], className="wb-lane-track"),
        ],
        className="wb-lane",
    )


def _bar(bar: Bar) -> html.Li:
    width = bar.end - bar.start
    return html.Li(
        html.Span(bar.label, **aria(hidden="true")),
        className=classes("wb-lane-bar", width < 0.07 and "wb-lane-narrow"),
        style={"left": _percent(bar.start), "width": _percent(width)},
        title=bar.words,
        tabIndex=0,
        **aria(label=bar.words),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3f}%"
