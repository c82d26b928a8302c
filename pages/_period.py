"""The period of a page: from its address to two spans of time, and back into an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from components.periods import KINDS, Choice, chosen, period_picker
from domain.foundation.intervals import Period, local_date, local_midnight
from domain.house import House

LONGEST = timedelta(days=366 * 5)


class Spans(NamedTuple):
    """What the picker says, as whole local days in UTC, and the same before it."""

    choice: Choice
    period: Period
    before: Period


def picker_value(
    period: str | None, date: str | None, end: str | None, compare: str | None
) -> dict[str, object]:
    """The picker's property from an address; what cannot be read is left to the picker."""
    value: dict[str, object] = {"compare": compare == "1"}
    if period in KINDS:
        value["kind"] = period
    if date:
        value["date"] = str(date)[:10]
    if end:
        value["end"] = str(end)[:10]
    return value


def picker(house: House, id: str, value: Mapping[str, object], *, comparable: bool = True) -> Any:
    """The period picker at what the address says, put right where it cannot be."""
    today = local_date(house.clock.now(), house.zone)
    choice = chosen(value, today)
    if choice.first > today:
        choice = chosen({**value, "date": today.isoformat(), "end": None}, today)
    exact: dict[str, object] = {
        "kind": choice.kind,
        "date": choice.first.isoformat(),
        "end": choice.last.isoformat() if choice.kind == "custom" else None,
        "compare": choice.compare,
    }
    return period_picker(id, today, value=exact, comparable=comparable)


def spans_of(house: House, value: Mapping[str, object] | None) -> Spans:
    """The two spans; a custom one of more than five years is cut."""
    today = local_date(house.clock.now(), house.zone)
    choice = chosen(value, today)
    if choice.last - choice.first > LONGEST:
        choice = chosen({**(value or {}), "end": (choice.first + LONGEST).isoformat()}, today)
    return Spans(
        choice,
        _days(house, choice.first, choice.last),
        _days(house, choice.before_first, choice.before_last),
    )


def search_of(choice: Choice) -> str:
    """The part of the address that makes others see the same period."""
    asked = {"period": choice.kind, "date": choice.first.isoformat()}
    if choice.kind == "custom":
        asked["end"] = choice.last.isoformat()
    if choice.compare:
        asked["compare"] = "1"
    return f"?{urlencode(asked)}"


def download_search(spans: Spans, level: str) -> str:
    """What makes a file hold exactly the days and the level that are drawn."""
    choice = spans.choice
    asked = {"first": choice.first.isoformat(), "last": choice.last.isoformat(), "level": level}
    if choice.compare:
        asked["before_first"] = choice.before_first.isoformat()
        asked["before_last"] = choice.before_last.isoformat()
    return f"?{urlencode(asked)}"


def _days(house: House, first: Any, last: Any) -> Period:
    one_day = timedelta(days=1)
    return Period(local_midnight(first, house.zone), local_midnight(last + one_day, house.zone))
