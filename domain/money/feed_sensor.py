"""A sensor that measures prices or carbon, read as a feed: what its series says, hour by hour."""

import numpy as np

from domain.foundation.contract import in_force
from domain.foundation.intervals import Period
from domain.money.feed import FeedValue
from domain.telemetry.freshness import hold_ms
from domain.telemetry.model import Key, Latest
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS
from domain.telemetry.service import Telemetry

_QUARTERS = HOUR_MS // QUARTER_MS


def sensor_values(telemetry: Telemetry, key: Key, start_ms: int, end_ms: int) -> list[FeedValue]:
    """Means that hold in [start, end): of quarter hours where all four are known, else of hours.

    They are shared as the contract in force shares the readings.
    """
    begin_ms, until_ms = start_ms // HOUR_MS * HOUR_MS, -(-end_ms // HOUR_MS) * HOUR_MS
    level = "1h" if in_force().withholds_time else "15min"
    rolled = telemetry.rollups([key], Period.of_ms(begin_ms, until_ms), level)
    buckets = rolled.buckets
    known = buckets.n > 0
    starts, counts = buckets.bucket_ms[known], buckets.n[known]
    totals, widths = buckets.total[known], rolled.width_ms[known]
    hours, begins, sizes = np.unique(
        starts // HOUR_MS * HOUR_MS, return_index=True, return_counts=True
    )
    values: list[FeedValue] = []
    for hour_ms, begin, size in zip(hours.tolist(), begins.tolist(), sizes.tolist(), strict=True):
        part = slice(begin, begin + size)
        if size == _QUARTERS and bool((widths[part] == QUARTER_MS).all()):
            means = zip(starts[part].tolist(), (totals[part] / counts[part]).tolist(), strict=True)
            values += [FeedValue(at_ms, at_ms + QUARTER_MS, mean) for at_ms, mean in means]
        else:
            mean = float(totals[part].sum() / counts[part].sum())
            values.append(FeedValue(hour_ms, hour_ms + HOUR_MS, mean))
    return [value for value in values if value.ends_ms > start_ms and value.starts_ms < end_ms]


def sensor_reach(latest: Latest | None, begins_ms: int | None) -> tuple[int, int] | None:
    """From its first hour to where its newest reading no longer stands for the present."""
    if latest is None:
        return None
    first_ms = latest.ts_ms if begins_ms is None else begins_ms
    return first_ms, latest.ts_ms + max(HOUR_MS, hold_ms(latest.interval_s))
