"""A week of prices as seven columns of 24 hours: one hue by price, each with its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html

from components.marks import Children, aria, classes, data

STEPS = 8
"""So many grounds from the cheapest price to the dearest (assets/tariffs.css)."""
_DAY_MINUTES = 1440
_LABEL_FROM_MINUTES = 60
_MARKS = (0, 3, 6, 9, 12, 15, 18, 21, 24)


@dataclass(frozen=True)
class Block:
    """Minutes of a day's clock with one price; no `step` where there is none."""

    from_minute: int
    to_minute: int
    label: str
    words: str
    step: int | None
    estimated: bool = False


@dataclass(frozen=True)
class WeekDay:
    """A column: its head, what is special about the day, and its blocks in order."""

    head: str
    note: str | None
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    name: str
    words: str
    step: int | None
    estimated: bool = False


def step_of(rank: int, count: int) -> int:
    """The ground of the price that is `rank`-th of `count`, the cheapest first."""
    return 1 if count < 2 else round(rank * (STEPS - 1) / (count - 1))


def price_week(days: Sequence[WeekDay]) -> html.Div:
    """The picture; a resting pointer or the focus on a block says its price in words."""
    axis = html.Div(
        [
            html.Span(f"{hour:02d}", style={"top": _percent(hour * 60)}, className="wb-week-hour")
            for hour in _MARKS
        ],
        className="wb-week-axis",
        **aria(hidden="true"),
    )
    return html.Div([axis, *(_column(day) for day in days)], className="wb-week")


def week_legend(entries: Sequence[Entry]) -> html.Ul:
    """Each ground with its name and price."""
    return html.Ul(
        [
            html.Li(
                [
                    html.Span(className=classes("wb-week-swatch", *_ground(e.step, e.estimated))),
                    html.Span(e.name),
                    html.Span(e.words, className="wb-num"),
                ]
            )
            for e in entries
        ],
        className="wb-week-legend",
    )


def _column(day: WeekDay) -> html.Div:
    return html.Div(
        [
            html.Div(
                [html.B(day.head), html.Span(day.note or "", title=day.note or None)],
                className=classes("wb-week-head", bool(day.note) and "wb-week-special"),
            ),
            html.Div([_block(block) for block in day.blocks], className="wb-week-day"),
        ],
        className="wb-week-column",
    )


def _block(block: Block) -> html.Div:
    length = block.to_minute - block.from_minute
    shown: Children = block.label if length >= _LABEL_FROM_MINUTES else None
    return html.Div(
        shown,
        tabIndex="0",
        role="img",
        className=classes("wb-week-block", *_ground(block.step, block.estimated)),
        style={"top": _percent(block.from_minute), "height": _percent(length)},
        **data(words=block.words),
        **aria(label=block.words),
    )


def _ground(step: int | None, estimated: bool) -> tuple[str, str]:
    ground = "wb-week-none" if step is None else f"wb-price-{step}"
    return ground, "wb-week-estimated" if estimated else ""


def _percent(minute: int) -> str:
    return f"{minute / _DAY_MINUTES * 100:.3f}%"
