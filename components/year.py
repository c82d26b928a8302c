"""A year at a glance: twelve small months, each kind of day by ground, pattern and letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html

from components import formats
from components.marks import classes, data

MARKS: Mapping[str, tuple[str, str]] = {
    "workday": ("W", "Special working day"),
    "saturday": ("S", "Counts as Saturday"),
    "sunday": ("S", "Counts as Sunday"),
    "holiday": ("H", "Public holiday"),
    "closure": ("C", "Closed"),
}
"""Letter and word of a named day, by its kind; a day without a name has neither."""
PLAIN: Mapping[str, str] = {"workday": "Working day", "saturday": "Saturday", "sunday": "Sunday"}
_LETTERS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True)
class YearDay:
    """One day: its kind is a key of MARKS, `name` what it is called where it is special."""

    date: date
    kind: str
    name: str | None = None


def year_of_months(days: Sequence[YearDay], today: date, *, act: str | None = None) -> html.Div:
    """The months that the days make, side by side.

    Args:
        days: Whole months in order.
        today: Gets a ring.
        act: What a click on a day does, as an Events name; its value is the day as 20261224.
    """
    months: dict[int, list[YearDay]] = {}
    for day in days:
        months.setdefault(day.date.month, []).append(day)
    shown = [_month(listed, today, act) for listed in months.values()]
    return html.Div(shown, className="wb-year")


def year_legend(kinds: Sequence[str]) -> html.Ul:
    """What grounds and letters mean; of the named kinds only those that occur."""
    weekend = [_swatch("", kind, words) for kind, words in PLAIN.items() if kind != "workday"]
    named = [_swatch(letter, kind, words, named=True) for kind, letter, words in _named(kinds)]
    return html.Ul([*named, *weekend], className="wb-year-legend")


def day_words(day: YearDay) -> str:
    """`Thu 24 Dec 2026: Winter break (Closed)`."""
    at = formats.day_of(day.date, year=True)
    if day.name is None:
        return f"{at}: {PLAIN.get(day.kind, MARKS[day.kind][1])}"
    return f"{at}: {day.name} ({MARKS[day.kind][1]})"


def _named(kinds: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(kind, *MARKS[kind]) for kind in ("holiday", "closure", *PLAIN) if kind in kinds]


def _swatch(letter: str, kind: str, words: str, *, named: bool = False) -> html.Li:
    css = classes("wb-year-swatch", f"wb-year-{kind}", named and "wb-year-named")
    return html.Li([html.Span(letter, className=css), words])


def _month(days: Sequence[YearDay], today: date, act: str | None) -> html.Table:
    first = days[0].date
    cells: list[Any] = [html.Td() for _ in range(first.weekday())]
    cells += [_day(day, today, act) for day in days]
    cells += [html.Td() for _ in range(-len(cells) % 7)]
    weeks = [html.Tr(cells[at : at + 7]) for at in range(0, len(cells), 7)]
    head = [html.Th(letters, scope="col") for letters in _LETTERS]
    return html.Table(
        [
            html.Caption(formats.MONTH_NAMES[first.month - 1]),
            html.Thead(html.Tr(head)),
            html.Tbody(weeks),
        ],
        className="wb-month",
    )


def _day(day: YearDay, today: date, act: str | None) -> html.Td:
    named, is_today = day.name is not None, day.date == today
    letter = MARKS[day.kind][0] if named else None
    words = day_words(day) + (", today" if is_today else "")
    inner = [str(day.date.day), html.Small(letter) if letter else None]
    known: dict[str, Any] = {"aria-label": words, "role": "img"} if named or is_today else {}
    css = classes(f"wb-year-{day.kind}", named and "wb-year-named", is_today and "wb-year-today")
    return html.Td(
        html.Span(inner, title=words, **known),
        className=css,
        **data(act=act, value=f"{day.date:%Y%m%d}" if act else None),
    )
