"""The door every reading passes.

It is the hot path (thousands of readings a second through one Python loop), which is why it works
on plain tuples and asks one question a line.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.units import METRICS
from domain.telemetry.model import OUT_OF_RANGE, Key, Reading, Rejection, Row, Series

FUTURE_ALLOWED_MS = 5 * 60 * 1000
_SENSOR_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(slots=True)
class Screened:
    """A batch after the door; ``strangers`` are indices of readings whose series is not known."""

    rows: list[Row] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def screen(readings: Sequence[Reading], known: Mapping[Key, Series], now_ms: int) -> Screened:
    """Sort a batch into rows to store, readings of unknown series, and rejections.

    A value outside the series' range is stored with its mark: only what cannot be true of any
    sensor (not finite, from the future, older than what is kept) is turned away.
    """
    screened = Screened()
    latest_allowed_ms = now_ms + FUTURE_ALLOWED_MS
    rows, indices = screened.rows, screened.indices
    for index, (sensor_id, metric, ts_ms, value, interval_ms, flags) in enumerate(readings):
        series = known.get((sensor_id, metric))
        if series is None:
            screened.strangers.append(index)
            continue
        if series.raw_from_ms <= ts_ms <= latest_allowed_ms and (
            interval_ms is None or interval_ms > 0
        ):
            if series.low <= value <= series.high:
                rows.append((series.series_id, ts_ms, value, interval_ms, flags))
                indices.append(index)
                continue
            if math.isfinite(value):
                rows.append((series.series_id, ts_ms, value, interval_ms, flags | OUT_OF_RANGE))
                indices.append(index)
                continue
        screened.rejected.append(_refusal(index, readings[index], series.raw_from_ms, now_ms))
    return screened


def stranger_refusal(index: int, reading: Reading, *, virtual: bool) -> Rejection | None:
    """Why no series may be made for this reading, or None if one may."""
    if virtual:
        return Rejection(index, "virtual", "This meter is made of others; it has no readings.")
    if not _SENSOR_ID.fullmatch(reading.sensor_id):
        message = "A sensor id has 1 to 64 letters, digits, dots, dashes or underscores."
        return Rejection(index, "bad_sensor_id", message)
    if reading.metric not in METRICS:
        known = ", ".join(METRICS)
        return Rejection(index, "unknown_metric", f"{reading.metric!r} is none of: {known}.")
    return None


def unseen_series(reading: Reading) -> Series:
    """What a series for this reading would look like; its id is not given yet."""
    metric = METRICS[reading.metric]
    return Series(
        series_id=0,
        sensor_id=reading.sensor_id,
        metric=metric.name,
        unit=metric.unit,
        kind=metric.kind,
        interval_s=None,
        low=metric.low,
        high=metric.high,
    )


def _refusal(index: int, reading: Reading, raw_from_ms: int, now_ms: int) -> Rejection:
    if not math.isfinite(reading.value):
        return Rejection(index, "not_finite", "The value is not a finite number.")
    if reading.interval_ms is not None and reading.interval_ms <= 0:
        return Rejection(index, "bad_interval", "A stated interval must be longer than 0 s.")
    if reading.ts_ms < raw_from_ms or reading.ts_ms < 0:
        kept_from = iso_utc(from_ms(max(raw_from_ms, 0)))
        return Rejection(index, "too_old", f"Readings of this series are kept from {kept_from}.")
    ahead_s = (reading.ts_ms - now_ms) // 1000
    message = f"{ahead_s} s ahead of the building's clock; at most 300 s are accepted."
    return Rejection(index, "in_future", message)
