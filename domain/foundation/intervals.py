"""Half-open spans of time, and local days made once into UTC: they have 23, 24 or 25 hours."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.foundation.clock import from_ms, to_ms

PeriodKind = Literal["day", "week", "month", "year"]


@dataclass(frozen=True)
class Period:
    """[start, end) in aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a period ends after it starts")

    @classmethod
    def of_ms(cls, start_ms: int, end_ms: int) -> "Period":
        """Make a period from epoch milliseconds."""
        return cls(from_ms(start_ms), from_ms(end_ms))

    @property
    def start_ms(self) -> int:
        """Start as epoch milliseconds."""
        return to_ms(self.start)

    @property
    def end_ms(self) -> int:
        """End as epoch milliseconds."""
        return to_ms(self.end)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return (self.end - self.start).total_seconds()

    def contains(self, moment: datetime) -> bool:
        """Tell whether `moment` lies in [start, end)."""
        return self.start <= moment < self.end


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when `day` begins in `zone`, in UTC (its first moment where midnight is skipped)."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day it is in `zone`."""
    return moment.astimezone(zone).date()


def local_day(day: date, zone: ZoneInfo) -> Period:
    """Return the 23, 24 or 25 hours of `day` in `zone`."""
    return Period(local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone))


def first_day(kind: PeriodKind, day: date) -> date:
    """Return the first day of the day, ISO week, month or year that holds `day`."""
    match kind:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)


def shift_period(kind: PeriodKind, day: date, steps: int) -> date:
    """Return the first day of the period `steps` after the one that holds `day`."""
    first = first_day(kind, day)
    match kind:
        case "day":
            return first + timedelta(days=steps)
        case "week":
            return first + timedelta(weeks=steps)
        case "month":
            months = first.year * 12 + first.month - 1 + steps
            return date(months // 12, months % 12 + 1, 1)
        case "year":
            return first.replace(year=first.year + steps)


def local_period(kind: PeriodKind, day: date, zone: ZoneInfo) -> Period:
    """Return the whole day, week (from Monday), month or year of `zone` that holds `day`."""
    first = first_day(kind, day)
    return Period(local_midnight(first, zone), local_midnight(shift_period(kind, day, 1), zone))


def day_starts_ms(period: Period, zone: ZoneInfo) -> list[int]:
    """List the local midnights in [start, end) as epoch milliseconds, ascending."""
    day = local_date(period.start, zone)
    starts = []
    while (midnight := local_midnight(day, zone)) < period.end:
        if midnight >= period.start:
            starts.append(to_ms(midnight))
        day += timedelta(days=1)
    return starts


def same_span(period: Period, days: int, zone: ZoneInfo) -> Period:
    """Return the same local clock times `days` local days earlier, right across clock changes."""
    return Period(
        *(
            (moment.astimezone(zone).replace(fold=0) - timedelta(days=days)).astimezone(UTC)
            for moment in (period.start, period.end)
        )
    )


def same_clock(
    ts_ms: Sequence[int],
    values: Sequence[float | None],
    bucket_ms: float,
    starts_ms: Sequence[int],
    days: int,
    zone: ZoneInfo,
) -> list[float | None]:
    """Buckets of other days as they stand `days` local days later, one for each of `starts_ms`.

    08:00 stands at 08:00 whatever the clocks did between. An hour that the other day did not have
    is a gap, one that it had twice is their mean.
    """
    laid: list[float | None] = []
    for start_ms in starts_ms:
        clock = from_ms(start_ms).astimezone(zone).replace(tzinfo=None) - timedelta(days=days)
        found = [_bucket_at(ts_ms, values, bucket_ms, at) for at in _moments_ms(clock, zone)]
        known = [value for value in found if value is not None]
        laid.append(sum(known) / len(known) if known else None)
    return laid


def moved_by_clock(
    ts_ms: Sequence[int], values: Sequence[float | None], days: int, zone: ZoneInfo
) -> tuple[list[int], list[float | None]]:
    """Points of other days where the clock shows the same `days` local days later, in time order.

    What falls into an hour that the later day does not have is left out; of an hour that the other
    day had twice the first stands.
    """
    moved: list[int] = []
    kept: list[float | None] = []
    for at, value in zip(ts_ms, values, strict=True):
        clock = from_ms(at).astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
        moments = _moments_ms(clock, zone)
        if moments and (not moved or moments[0] > moved[-1]):
            moved.append(moments[0])
            kept.append(value)
    return moved, kept


def _moments_ms(clock: datetime, zone: ZoneInfo) -> list[int]:
    """When a clock of `zone` shows this: never, once or twice."""
    moments = {clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = {at: at.astimezone(zone).replace(tzinfo=None) for at in sorted(moments)}
    return [to_ms(at) for at, showing in shown.items() if showing == clock]


def _bucket_at(
    ts_ms: Sequence[int], values: Sequence[float | None], bucket_ms: float, at_ms: int
) -> float | None:
    place = bisect_right(ts_ms, at_ms) - 1
    return values[place] if place >= 0 and at_ms < ts_ms[place] + bucket_ms else None
