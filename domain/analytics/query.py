"""One question over many series: which rows, which groups, which figure. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.analytics.aggregates import (
    AGGREGATES,
    Bools,
    Floats,
    Ints,
    aggregate,
    known_ms,
    summed,
    unit_of,
)
from domain.analytics.local_time import GroupOf, elapsed_ms, hour_level, level_edges_ms
from domain.foundation.contract import single_refused
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.history import LEVELS
from domain.telemetry.model import Series
from domain.telemetry.rolled import Rolled

GROUPINGS = ("none", "room", "sensor", "sensor_type", "hour_of_day", "weekday")
CLOCK_GROUPS = {"hour_of_day": 24, "weekday": 7}
RESOLUTIONS = ("auto", "15min", "1h", "1d")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_ROOM = "No room"

LONGEST_DAYS = 1_831
"""Five years with their leap days, which is what the pages offer."""
MOST_METRICS = 10
MOST_SERIES = 1_000
MOST_POINTS = 50_000
MOST_ROWS = 500_000
"""Rollup rows that may be read for one answer: about a second's work."""
MOST_HOURS = 100_000
_AUTO_POINTS = 1_000


@dataclass(frozen=True, slots=True)
class Source:
    """A series and where its sensor stands."""

    series: Series
    name: str
    sensor_type: str
    room: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; `resolution` None asks for one figure per group over the whole period."""

    metrics: tuple[str, ...]
    period: Period
    aggregate: str = "mean"
    group_by: str = "none"
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A figure; `starts_at_ms` is None where it is of the whole period, coverage 0 to 1."""

    starts_at_ms: int | None
    value: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one metric in one group; `key` is None for what belongs to no room."""

    metric: str
    unit: str
    key: str | None
    label: str
    series_count: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`resolution` is what was answered, which may be coarser than what was asked."""

    question: Question
    resolution: str | None
    groups: tuple[Group, ...]


def check(question: Question) -> None:
    """Raise InvalidInput naming every part that is not acceptable, with its limit."""
    unknown = [metric for metric in question.metrics if metric not in METRICS]
    days = timedelta(days=LONGEST_DAYS)
    clock = question.group_by in CLOCK_GROUPS
    rules = (
        (not question.metrics, "metrics", "name at least one", list(METRICS)),
        (len(question.metrics) > MOST_METRICS, "metrics", "too many", MOST_METRICS),
        (bool(unknown), "metrics", f"unknown: {', '.join(unknown)[:80]}", list(METRICS)),
        (question.aggregate not in AGGREGATES, "aggregate", "unknown", AGGREGATES),
        (question.group_by not in GROUPINGS, "group_by", "unknown", GROUPINGS),
        (
            question.resolution not in (None, *RESOLUTIONS),
            "resolution",
            "unknown",
            RESOLUTIONS,
        ),
        (
            clock and question.resolution not in (None, "auto"),
            "resolution",
            f"leave it out when grouping by {question.group_by}",
            None,
        ),
        (
            question.period.end - question.period.start > days,
            "end_time",
            f"at most {LONGEST_DAYS} days after start_time",
            LONGEST_DAYS,
        ),
    )
    wrong = [FieldError(field, words, limit) for broken, field, words, limit in rules if broken]
    if wrong:
        raise InvalidInput("This question cannot be answered.", wrong)


def tells_single(question: Question) -> bool:
    """Whether the answer would be of one sensor: grouped so, or the value of a single one."""
    return question.group_by == "sensor" or question.aggregate in ("min", "max")


def several(question: Question, sources: Sequence[Source]) -> list[Source]:
    """The sources whose group has two sensors and more. Raises OutsideContract if none has."""
    clock = question.group_by in CLOCK_GROUPS
    groups = [
        (source.series.metric, None if clock else _name(question.group_by, source))
        for source in sources
    ]
    count = Counter(groups)
    found = [s for s, group in zip(sources, groups, strict=True) if count[group] > 1]
    if sources and not found:
        raise single_refused()
    return found


def resolution_for(
    question: Question, series: Sequence[Series], *, quarters: bool = True
) -> str | None:
    """The resolution that is answered: quarter hours only where all series still have them.

    Without `quarters` never, because nobody may see them.
    """
    asked = question.resolution
    if asked is None or question.group_by in CLOCK_GROUPS:
        return None
    if asked == "auto":
        fitting = (
            level
            for level, width in LEVELS.items()
            if question.period.duration_s * 1000 <= width * _AUTO_POINTS
        )
        asked = next(fitting, "1d")
    kept = all(one.quarter_from_ms <= question.period.start_ms for one in series)
    return "1h" if asked == "15min" and not (kept and quarters) else asked


def level_for(
    question: Question, resolution: str | None, series: Sequence[Series], zone: ZoneInfo
) -> str:
    """The coarsest rollup that groups and coverage can be made of.

    Whether a gauge was read is told by hours, and only of very many hours by days.
    """
    if question.group_by == "hour_of_day":
        return hour_level(zone, question.period)
    if resolution in ("15min", "1h"):
        return resolution
    gauges = sum(one.kind not in ("power", "counter") for one in series)
    hours = question.period.duration_s / 3600
    return "1h" if 0 < gauges * hours <= MOST_HOURS else "1d"


def check_size(
    question: Question, sources: Sequence[Source], resolution: str | None, zone: ZoneInfo
) -> None:
    """Raise InvalidInput where the answer, or what it is made of, would be too large."""
    by_hour = question.group_by == "hour_of_day"
    level = resolution or (hour_level(zone, question.period) if by_hour else "1d")
    buckets = question.period.duration_s * 1000 / LEVELS[level]
    named = {(source.series.metric, *_name(question.group_by, source)) for source in sources}
    points = len(named) * buckets if resolution else len(named)
    advice = "ask for a shorter time, a coarser resolution or fewer sensors"
    for broken, field, limit in (
        (len(sources) > MOST_SERIES, "sensors", MOST_SERIES),
        (points > MOST_POINTS, "resolution", MOST_POINTS),
        (len(sources) * buckets > MOST_ROWS, "start_time", MOST_ROWS),
    ):
        if broken:
            raise InvalidInput("This question is too large.", [FieldError(field, advice, limit)])


@dataclass(frozen=True, slots=True)
class _Axis:
    """The groups of one metric: by what stands where, or by the wall clock."""

    keys: list[str | None]
    labels: list[str]
    counts: list[int]
    of_series: Ints
    of_time: GroupOf | None


def answer_metric(
    question: Question,
    sources: Sequence[Source],
    rows: Rolled,
    resolution: str | None,
    until_ms: int,
    zone: ZoneInfo,
    least: int = 1,
) -> list[Group]:
    """The groups of one metric; `sources` stand in the order of the rows' series.

    A figure that fewer than `least` series would make is not told, nor what is known of it.
    """
    metric = sources[0].series.metric
    axis = _axis(question.group_by, sources, zone)
    edges = np.array([question.period.start_ms, question.period.end_ms], np.int64)
    if resolution is not None:
        edges = level_edges_ms(question.period, resolution, zone)
    size, buckets = len(axis.keys), len(edges) - 1
    group = _groups(axis, rows, size)
    place = np.searchsorted(edges, rows.buckets.bucket_ms, "right") - 1
    cell = group * buckets + place
    rows, cell = _made_by(rows, cell, size * buckets, least)
    kind = METRICS[metric].kind
    values = aggregate(rows, kind, cell, size * buckets, question.aggregate)
    known = summed(cell, known_ms(rows, kind), size * buckets)
    passed = _passed(question.period, edges, until_ms, axis, zone)
    whole = passed * np.array(axis.counts, np.float64)[:, None]
    coverage = np.minimum(known.reshape(size, buckets) / np.maximum(whole, 1.0), 1.0)
    timed = resolution is not None
    seen = np.bincount(cell, minlength=size * buckets).reshape(size, buckets) > 0
    return [
        Group(
            metric,
            unit_of(metric, question.aggregate),
            axis.keys[at],
            axis.labels[at],
            axis.counts[at],
            _points(edges, values.reshape(size, buckets)[at], coverage[at], seen[at], timed),
        )
        for at in range(size)
    ]


def _made_by(rows: Rolled, cell: Ints, size: int, least: int) -> tuple[Rolled, Ints]:
    """Only the rows of figures that so many series make; what knows nothing makes nothing."""
    if least < 2:
        return rows, cell
    buckets = rows.buckets
    knows = (buckets.n > 0) | ~np.isnan(buckets.energy)
    many = max(1, len(rows.series))
    pairs = np.unique(cell[knows] * many + rows.owner[knows])
    enough = (np.bincount(pairs // many, minlength=size) >= least)[cell]
    kept = replace(rows, owner=rows.owner[enough], buckets=buckets.part(enough),
                   width_ms=rows.width_ms[enough])  # fmt: skip
    return kept, cell[enough]


def _points(
    edges: Ints, values: Floats, coverage: Floats, seen: Bools, timed: bool
) -> tuple[Point, ...]:
    """Over time only the buckets that know something; else the one figure, known or not."""
    return tuple(
        Point(
            int(edges[at]) if timed else None,
            None if np.isnan(value) else float(value),
            float(coverage[at]),
        )
        for at, value in enumerate(values)
        if not timed or seen[at]
    )


def _axis(group_by: str, sources: Sequence[Source], zone: ZoneInfo) -> _Axis:
    many = len(sources)
    if group_by in CLOCK_GROUPS:
        size = CLOCK_GROUPS[group_by]
        keys: list[str | None] = [str(at) for at in range(size)]
        labels = [f"{at:02d}:00" for at in range(size)] if size > len(WEEKDAYS) else [*WEEKDAYS]
        return _Axis(keys, labels, [many] * size, np.zeros(many, np.int64), GroupOf(group_by, zone))
    named = [_name(group_by, source) for source in sources]
    order = sorted(set(named), key=lambda pair: (pair[0] is None, pair[1]))
    place = {pair: at for at, pair in enumerate(order)}
    of_series = np.array([place[pair] for pair in named], np.int64)
    counts = np.bincount(of_series, minlength=len(order)).tolist()
    return _Axis([k for k, _ in order], [label for _, label in order], counts, of_series, None)


def _name(group_by: str, source: Source) -> tuple[str | None, str]:
    match group_by:
        case "room":
            return source.room, source.room or NO_ROOM
        case "sensor":
            return source.series.sensor_id, source.name
        case "sensor_type":
            return source.sensor_type, source.sensor_type
    return "all", "All"


def _groups(axis: _Axis, rows: Rolled, size: int) -> Ints:
    if axis.of_time is not None:
        return axis.of_time(rows.buckets.bucket_ms)
    return axis.of_series[rows.owner] if size else rows.owner


def _passed(period: Period, edges: Ints, until_ms: int, axis: _Axis, zone: ZoneInfo) -> Floats:
    """Time of the period that has passed in each group and bucket [ms]."""
    end_ms = min(period.end_ms, max(until_ms, period.start_ms + 1))
    if axis.of_time is not None:
        passed = elapsed_ms(Period.of_ms(period.start_ms, end_ms), axis.of_time, len(axis.keys))
        return passed.astype(np.float64)[:, None]
    cut = np.clip(edges, period.start_ms, end_ms)
    return np.broadcast_to(np.diff(cut).astype(np.float64), (len(axis.keys), len(edges) - 1))
