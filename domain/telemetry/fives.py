"""Means of five minutes, made of the readings: for contracts that share no finer, kept nowhere."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from domain.telemetry.corrections import Correction
from domain.telemetry.effective import effective_rows
from domain.telemetry.history import FIVE_MS
from domain.telemetry.model import Series
from domain.telemetry.rollup import HOUR_MS, Buckets, roll

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.telemetry.rollup_store import GroupedRow

PAGE_MS = 6 * HOUR_MS
_KW_MS_PER_KWH = 3.6e6


def five_minutes(
    connection: "Connection",
    series: Series,
    overlays: Sequence[Correction],
    start_ms: int,
    end_ms: int,
) -> Iterator[Buckets]:
    """Whole five minutes inside [start, end), a few hours at a time."""
    start_ms, end_ms = -(-start_ms // FIVE_MS) * FIVE_MS, end_ms // FIVE_MS * FIVE_MS
    while start_ms < end_ms:
        page_end = min(start_ms + PAGE_MS, end_ms)
        rows = effective_rows(connection, series, overlays, start_ms, page_end)
        edges = np.arange(start_ms, page_end + 1, FIVE_MS, dtype=np.int64)
        buckets = roll(rows, series.rule, edges)
        if len(buckets):
            yield buckets
        start_ms = page_end


def grouped_rows(kind: str, buckets: Buckets, origin_ms: int, width_ms: int) -> list["GroupedRow"]:
    """Buckets as the rows that the database gathers for a chart."""
    places = ((buckets.bucket_ms - origin_ms) // width_ms).tolist()
    if kind == "power":
        amounts, weights = buckets.energy * _KW_MS_PER_KWH, buckets.covered_ms
    else:
        amounts, weights = buckets.total, buckets.n
    measured = kind in ("power", "counter")
    covered: list[int | None] = [*buckets.covered_ms.tolist()] if measured else [None] * len(places)
    energy = buckets.energy if measured else np.full(len(places), np.nan)
    columns = [_known(column) for column in (buckets.low, buckets.high, amounts)]
    return list(
        zip(
            places, *columns, weights.tolist(), _known(energy), covered, [None] * len(places),
            strict=True,
        )
    )  # fmt: skip


def _known(values: "np.typing.NDArray[np.float64]") -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
