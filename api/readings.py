"""Newest values and histories, as every resource shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api import limits
from api.schema import EpochSeconds, MetricName, OneOf, closed
from api.times import PeriodQuery, epoch_s
from domain.building.live import LIVE_STATES, STATE_ORDER
from domain.telemetry.history import LEVELS, History
from domain.telemetry.model import Latest

ASKED = ("auto", "raw", *LEVELS)
RESOLUTIONS = ("raw", "5min", *LEVELS)
"""Finest first; five minutes only where a token's contract shares nothing finer."""
Resolution = Annotated[str, OneOf(RESOLUTIONS)]
State = Annotated[str, OneOf(STATE_ORDER)]

Point = Annotated[
    tuple[float, float | None] | tuple[float, float | None, float | None, float | None],
    Field(
        description="`[timestamp, value]` of a reading, `[bucket start, mean, min, max]` of a "
        "bucket; null is a gap."
    ),
]


@closed
class ReadingNow(TypedDict):
    """The newest value of one metric."""

    value: float | None
    unit: str
    timestamp: EpochSeconds
    state: State
    """By the sensor's own interval: fresh, late, stale, dead."""
    stale: bool
    """Too old to be used."""


@closed
class Series(TypedDict):
    """One metric over a period."""

    metric: MetricName
    unit: str
    resolution: Resolution
    """The level these points were made from."""
    bucket_s: float
    """Seconds that one point stands for; 0 for single readings."""
    points: list[Point]
    """Ascending."""


class DataQuery(PeriodQuery):
    """Which history, and how fine."""

    metric: Annotated[list[MetricName], Field(max_length=24)] | None = None
    """Only these metrics; repeat it or separate with commas."""
    resolution: Annotated[str, OneOf(ASKED)] = "auto"
    """Finer than what is kept gives the finest kept level, and names it."""
    max_points: Annotated[int, Field(ge=2, le=limits.POINTS)] = limits.USUAL_POINTS
    """Of one series; buckets are gathered where there would be more."""


def reading_now(latest: Latest, now_ms: int) -> ReadingNow:
    """A newest value, dated, and whether it still counts."""
    state = latest.state_name(now_ms)
    return {
        "value": latest.value,
        "unit": latest.unit,
        "timestamp": epoch_s(latest.ts_ms),
        "state": state,
        "stale": state not in LIVE_STATES,
    }


def series_of(history: History) -> Series:
    """A history as points."""
    return {
        "metric": history.metric,
        "unit": history.unit,
        "resolution": history.level,
        "bucket_s": history.bucket_s,
        "points": _points(history),
    }


def coarsest(levels: Iterable[str], asked: str) -> str:
    """The one resolution that all series have at least; without any, what was asked for."""
    usual = "raw" if asked == "auto" else asked
    return max(levels, key=RESOLUTIONS.index, default=usual)


def _points(history: History) -> list[Point]:
    # As `epoch_s`, which costs twice as much as all the rest of a day's points.
    times = [ts_ms / 1000 if ts_ms % 1000 else ts_ms // 1000 for ts_ms in history.ts_ms]
    if history.bucket_s == 0:
        return list(zip(times, history.mean, strict=True))
    return list(zip(times, history.mean, history.low, history.high, strict=True))
