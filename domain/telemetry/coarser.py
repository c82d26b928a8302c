"""Hours from quarter hours and days from hours, for many series in one go.

In a running building all series change in the same span, so they are gathered together: one
query and one pass of arithmetic for all of them instead of each.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from domain.telemetry import rollup_store
from domain.telemetry.energy import days_around
from domain.telemetry.reading_store import Span
from domain.telemetry.rollup import HOUR_MS, Buckets, Ints, gather, joined

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Fresh:
    """New quarter hours of one series over a span; nothing else of it lies in the span."""

    series_id: int
    from_ms: int
    end_ms: int
    quarters: Buckets


def write_all(connection: "Connection", zone: ZoneInfo, fresh: Sequence[Fresh]) -> None:
    """Store new quarter hours and everything that is made of them.

    Span after span: two spans of one series may share a day, and the second must find the first.
    """
    together: defaultdict[tuple[int, int], list[Fresh]] = defaultdict(list)
    for part in fresh:
        together[part.from_ms, part.end_ms].append(part)
    for span, parts in together.items():
        parts.sort(key=lambda part: part.series_id)
        _write_span(connection, zone, span, parts)


def _write_span(
    connection: "Connection", zone: ZoneInfo, span: tuple[int, int], parts: Sequence[Fresh]
) -> None:
    ids = np.array([part.series_id for part in parts], np.int64)
    owner = np.repeat(np.arange(len(ids)), [len(part.quarters) for part in parts])
    quarters = joined([part.quarters for part in parts])
    rollup_store.replace_buckets(connection, "15min", _spans(ids, span), ids[owner], quarters)

    hours_span = span[0] // HOUR_MS * HOUR_MS, -(-span[1] // HOUR_MS) * HOUR_MS
    starts = np.arange(*hours_span, HOUR_MS, dtype=np.int64)
    hour_owner, hours = _complete(
        connection, "15min", ids, (owner, quarters), (span, hours_span), starts
    )
    rollup_store.replace_buckets(connection, "1h", _spans(ids, hours_span), ids[hour_owner], hours)

    midnights = np.array(days_around(*span, zone), np.int64)
    days_span = int(midnights[0]), int(midnights[-1])
    if np.any(midnights % HOUR_MS):  # a zone whose days begin inside an hour of UTC
        source = "15min", ids, (owner, quarters), (span, days_span)
    else:
        source = "1h", ids, (hour_owner, hours), (hours_span, days_span)
    day_owner, days = _complete(connection, *source, midnights[:-1])
    rollup_store.replace_buckets(connection, "1d", _spans(ids, days_span), ids[day_owner], days)


def _complete(
    connection: "Connection",
    level: str,
    ids: Ints,
    new: tuple[Ints, Buckets],
    spans: tuple[tuple[int, int], tuple[int, int]],
    starts: Ints,
) -> tuple[Ints, Buckets]:
    """Coarser buckets of the outer span: new rows in the inner one, stored ones around it."""
    (inner_from, inner_end), (outer_from, outer_end) = spans
    owners, parts = [new[0]], [new[1]]
    for from_ms, end_ms in ((outer_from, inner_from), (inner_end, outer_end)):
        stored_ids, stored = rollup_store.read_many(
            connection, level, ids.tolist(), from_ms, end_ms
        )
        owners.append(np.searchsorted(ids, stored_ids))
        parts.append(stored)
    owner, buckets = np.concatenate(owners), joined(parts)
    order = np.lexsort((buckets.bucket_ms, owner)).astype(np.int64)
    owner, buckets = owner[order], buckets.part(order)
    place = np.searchsorted(starts, buckets.bucket_ms, "right") - 1
    group, gathered = gather(buckets, owner * len(starts) + place, np.tile(starts, len(ids)))
    return group // len(starts), gathered


def _spans(ids: Ints, span: tuple[int, int]) -> list[Span]:
    return [(series_id, *span) for series_id in ids.tolist()]
