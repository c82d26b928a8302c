"""Lays new values of a feed over those that are known: what is new holds where it is new. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.foundation.clock import from_ms
from domain.foundation.intervals import local_date
from domain.money.feed import FeedValue


@dataclass(frozen=True, slots=True)
class Laid:
    """What to drop (by its start) and to add, and how many values were known as they are."""

    drop: tuple[int, ...]
    add: tuple[FeedValue, ...]
    changed: tuple[FeedValue, ...]
    """Those of the new values that were not known so."""
    same: int


def laid_over(known: Sequence[FeedValue], new: Sequence[FeedValue]) -> Laid:
    """Lay `new` over `known`; each ascends and does not overlap itself.

    A known value that is covered in part goes on holding where it is not covered.
    """
    as_known = set(known) & set(new)
    changed = [value for value in new if value not in as_known]
    drop: list[int] = []
    rest: list[FeedValue] = []
    begin = 0
    for value in known:
        while begin < len(changed) and changed[begin].ends_ms <= value.starts_ms:
            begin += 1
        if value in as_known:
            continue
        pieces = list(_uncovered(value, changed, begin))
        if pieces != [value]:
            drop.append(value.starts_ms)
            rest += pieces
    add = sorted([*rest, *changed])
    return Laid(tuple(drop), tuple(add), tuple(changed), len(as_known))


def _uncovered(value: FeedValue, changed: Sequence[FeedValue], begin: int) -> Iterator[FeedValue]:
    at_ms = value.starts_ms
    for at in range(begin, len(changed)):
        over = changed[at]
        if over.starts_ms >= value.ends_ms:
            break
        if over.starts_ms > at_ms:
            yield FeedValue(at_ms, over.starts_ms, value.value)
        at_ms = max(at_ms, over.ends_ms)
    if at_ms < value.ends_ms:
        yield FeedValue(at_ms, value.ends_ms, value.value)


def days_touched(values: Sequence[FeedValue], zone: ZoneInfo) -> list[tuple[date, date]]:
    """Spans [first, until) of local days that ascending values hold in, joined where they meet."""
    spans: list[tuple[date, date]] = []
    for value in values:
        first = local_date(from_ms(value.starts_ms), zone)
        until = local_date(from_ms(value.ends_ms - 1), zone) + timedelta(days=1)
        if spans and first <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(until, spans[-1][1])
        else:
            spans.append((first, until))
    return spans
