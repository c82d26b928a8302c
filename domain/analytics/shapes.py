"""Shapes of a quantity: day by hour, sorted by height, a typical week beside another. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.analytics.aggregates import Floats, Ints, divided, summed
from domain.analytics.lines import Line
from domain.analytics.local_time import dates, day_edges_ms, hours, weekdays
from domain.foundation.intervals import Period

MEASURED_SHARE = 0.8
"""Share of a bucket that must be known before it stands in a ranking (as for peaks)."""

HOURS = 24
_WEEK_HOURS = 7 * HOURS
_WEEK_S = 6.9 * 86_400


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Means by local day and hour in the unit named; None where nothing was measured.

    The hour that a clock change repeats is one cell, the one it skips is None.
    """

    label: str
    metric: str
    unit: str
    days: tuple[date, ...]
    cells: tuple[tuple[float | None, ...], ...]
    """24 hours for each day."""
    coverage: float


@dataclass(frozen=True, slots=True)
class LoadDuration:
    """The means of a period from the highest down; `time_share` is how long at least so much."""

    label: str
    metric: str
    unit: str
    bucket_s: int
    time_share: tuple[float, ...]
    values: tuple[float, ...]
    buckets: int
    """How many means were sorted; the curve may hold fewer points."""
    highest_at_ms: int | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Step:
    """One hour of the week (or of the day) in both periods; None where one knows nothing."""

    weekday: int | None
    hour: int
    value: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods by local weekday and hour, or by hour alone where one is below a week.

    `mean` and `mean_before` are over the steps that both know, so that a gap does not show as a
    difference; `shared_steps` counts those.
    """

    label: str
    metric: str
    unit: str
    by_weekday: bool
    steps: tuple[Step, ...]
    mean: float | None
    mean_before: float | None
    shared_steps: int
    coverage: float
    coverage_before: float


def heat_map(line: Line, period: Period, until_ms: int, zone: ZoneInfo) -> HeatMap:
    """The quantity by day and hour."""
    edges = np.array(day_edges_ms(period, zone), np.int64)
    rows = len(edges) - 1
    day = np.searchsorted(edges, line.ts_ms, "right") - 1
    inside = (day >= 0) & (day < rows)
    shown = line.part(inside)
    cell = day[inside] * HOURS + hours(shown.ts_ms, zone)
    means = _weighted(shown, cell, rows * HOURS).reshape(rows, HOURS)
    return HeatMap(
        line.label,
        line.metric,
        line.unit,
        tuple(dates(edges[:-1].tolist(), zone)),
        tuple(tuple(_known(row)) for row in means),
        coverage(line, period, until_ms),
    )


def load_duration(
    line: Line, period: Period, until_ms: int, most_points: int = 500
) -> LoadDuration:
    """The quantity sorted; buckets measured for less than most of their time are left out."""
    measured = line.part(line.known_ms >= MEASURED_SHARE * line.width_ms)
    order = np.argsort(-measured.mean, kind="stable")
    values, ts_ms = measured.mean[order], measured.ts_ms[order]
    count = len(values)
    places = np.arange(count)
    if count > most_points:
        places = np.unique(np.linspace(0, count - 1, most_points).round().astype(np.int64))
    return LoadDuration(
        line.label,
        line.metric,
        line.unit,
        int(np.median(line.width_ms)) // 1000 if len(line.width_ms) else 0,
        tuple(((places + 1) / count).tolist()) if count else (),
        tuple(values[places].tolist()),
        count,
        int(ts_ms[0]) if count else None,
        coverage(line, period, until_ms),
    )


def compare(
    line: Line, before: Line, periods: tuple[Period, Period], until_ms: int, zone: ZoneInfo
) -> Comparison:
    """The quantity in two periods, hour of the week by hour of the week."""
    by_weekday = all(period.duration_s >= _WEEK_S for period in periods)
    one, other = (_profile(each, by_weekday, zone) for each in (line, before))
    steps = tuple(
        Step(at // HOURS if by_weekday else None, at % HOURS, value, value_before)
        for at, (value, value_before) in enumerate(zip(one, other, strict=True))
    )
    shared = [(s.value, s.before) for s in steps if s.value is not None and s.before is not None]
    return Comparison(
        line.label,
        line.metric,
        line.unit,
        by_weekday,
        steps,
        sum(value for value, _ in shared) / len(shared) if shared else None,
        sum(value for _, value in shared) / len(shared) if shared else None,
        len(shared),
        coverage(line, periods[0], until_ms),
        coverage(before, periods[1], until_ms),
    )


def coverage(line: Line, period: Period, until_ms: int) -> float:
    """Share of the time that has passed in which the quantity is known."""
    passed_ms = min(period.end_ms, until_ms) - period.start_ms
    return min(1.0, float(line.known_ms.sum()) / passed_ms) if passed_ms > 0 else 0.0


def _profile(line: Line, by_weekday: bool, zone: ZoneInfo) -> list[float | None]:
    hour = hours(line.ts_ms, zone)
    if not by_weekday:
        return _known(_weighted(line, hour, HOURS))
    return _known(_weighted(line, weekdays(line.ts_ms, zone) * HOURS + hour, _WEEK_HOURS))


def _weighted(line: Line, cell: Ints, size: int) -> Floats:
    """Mean per cell over the known time."""
    weight = summed(cell, line.known_ms, size)
    amount = summed(cell, line.mean * line.known_ms, size)
    return divided(amount, weight)


def _known(values: Sequence[float] | Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]
