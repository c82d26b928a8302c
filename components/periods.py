"""The period picker: one property drives every chart of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from components import formats
from components.native import PeriodPicker

KINDS = ("day", "week", "month", "year", "custom")


class Choice(NamedTuple):
    """What a picker says: whole local days, `last` inclusive, and the compared ones."""

    kind: str
    first: date
    last: date
    compare: bool
    before_first: date
    before_last: date

    @property
    def words(self) -> str:
        """`Thu 18 Jun 2026`, `15 to 21 Jun 2026` and so on."""
        return formats.period(self.kind, self.first, self.last)

    @property
    def before_words(self) -> str:
        """The compared period's, for the legend."""
        return formats.period(self.kind, self.before_first, self.before_last)


def period_picker(
    id: str,
    today: date,
    *,
    value: dict[str, object] | None = None,
    first: date | None = None,
    kinds: Sequence[str] = KINDS,
    comparable: bool = True,
) -> PeriodPicker:
    """Day, week, month, year or custom; back and forth; compare.

    Args:
        id: Dash id; listen to `Input(id, "value")`, read it with `chosen(value, today)`.
        today: The building's date: the future cannot be chosen.
        value: {kind, date, end, compare}; default is today.
        first: Before this day there is nothing.
        kinds: Which of KINDS to offer.
        comparable: Whether the compare button is there.
    """
    begin = {"kind": "day", "date": today.isoformat(), "end": None, "compare": False}
    return PeriodPicker(
        id=id,
        value=begin | (value or {}),
        today=today.isoformat(),
        first=first.isoformat() if first else None,
        kinds=list(kinds),
        comparable=comparable,
    )


def _bounds(kind: str, day: date, end: date | None) -> tuple[date, date]:
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if kind == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if kind == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    if kind == "custom":
        return day, max(day, end or day)
    return day, day


def _date(text: object, otherwise: date) -> date:
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        return otherwise
    return found if 1970 <= found.year < 2200 else otherwise


def chosen(value: Mapping[str, object] | None, today: date) -> Choice:
    """Reads a picker's value; what cannot be read (a forged post) falls back to today."""
    given = value or {}
    kind = str(given.get("kind"))
    if kind not in KINDS:
        kind = "day"
    day = _date(given.get("date"), today)
    first, last = _bounds(kind, day, _date(given.get("end"), day))
    if kind in ("day", "custom"):
        length = (last - first) + timedelta(days=1)
        before = first - length, last - length
    else:
        before = _bounds(kind, first - timedelta(days=1), None)
    return Choice(kind, first, last, bool(given.get("compare")), *before)
