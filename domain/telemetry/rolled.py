"""Rollups of many series at once, exact at both ends: what analyses of a period are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from domain.telemetry import rollup_store
from domain.telemetry.effective import effective_rows
from domain.telemetry.energy import Piece, days_around, pieces
from domain.telemetry.history import LEVELS
from domain.telemetry.model import Series
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import (
    HOUR_MS,
    QUARTER_MS,
    Buckets,
    Floats,
    Ints,
    empty_buckets,
    joined,
    roll,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Rolled:
    """Bucket rows of several series; a row that an end of the period cuts begins inside it.

    ``owner`` is the place in ``series`` of each row, ``width_ms`` how long its bucket is. Rows of
    one series ascend in time.
    """

    series: tuple[Series, ...]
    owner: Ints
    buckets: Buckets
    width_ms: Ints


def rolled(
    connection: "Connection",
    registry: Registry,
    zone: ZoneInfo,
    chosen: Sequence[Series],
    span_ms: tuple[int, int],
    level: str,
) -> Rolled:
    """Rows of at most ``level`` (15min, 1h, 1d) that together make the span and nothing else.

    Whole buckets come in one statement for all series; only ragged ends are worked out per series
    from its readings. Where those are no longer kept, a cut bucket gives its energy by its share
    of time, and everything else where it begins.
    """
    kept = [s for s in chosen if s.quarter_from_ms <= span_ms[0]]
    older = [s for s in chosen if s.quarter_from_ms > span_ms[0]]
    place = {series.series_id: at for at, series in enumerate(chosen)}
    owners: list[Ints] = []
    parts: list[Buckets] = []
    widths: list[Ints] = []
    for group, quarters in ((kept, True), (older, False)):
        for piece in _pieces(span_ms, level, zone, quarters=quarters) if group else []:
            ids, buckets = _rows(connection, registry, group, piece, quarters=quarters)
            owners.append(np.array([place[i] for i in ids.tolist()], np.int64))
            parts.append(buckets)
            widths.append(_widths(buckets.bucket_ms, piece, zone))
    if not parts:
        return side_by_side(chosen, ())
    owner, whole, width_ms = np.concatenate(owners), joined(parts), np.concatenate(widths)
    order = np.lexsort((whole.bucket_ms, owner))
    return Rolled(tuple(chosen), owner[order], whole.part(order), width_ms[order])


def side_by_side(chosen: Sequence[Series], parts: Sequence[Rolled]) -> Rolled:
    """Rows of several groups of series as rows of all of them, in the order of ``chosen``."""
    place = {series.key: at for at, series in enumerate(chosen)}
    if not parts:
        return Rolled(tuple(chosen), np.empty(0, np.int64), empty_buckets(), np.empty(0, np.int64))
    owner = np.concatenate(
        [np.array([place[s.key] for s in part.series], np.int64)[part.owner] for part in parts]
    )
    whole = joined([part.buckets for part in parts])
    width_ms = np.concatenate([part.width_ms for part in parts])
    order = np.lexsort((whole.bucket_ms, owner))
    return Rolled(tuple(chosen), owner[order], whole.part(order), width_ms[order])


def _pieces(span_ms: tuple[int, int], level: str, zone: ZoneInfo, *, quarters: bool) -> list[Piece]:
    start_ms, end_ms = span_ms
    if level == "1d":
        return pieces(start_ms, end_ms, zone, quarters=quarters)
    step, fine = (QUARTER_MS, "15min") if quarters else (HOUR_MS, "1h")
    width = max(step, LEVELS[level])
    edges = [_up(start_ms, step), _up(start_ms, width), end_ms // width * width]
    edges += [end_ms // step * step]
    if edges[0] >= edges[3]:
        return [Piece("raw", start_ms, end_ms)]
    if edges[1] >= edges[2]:
        edges[1] = edges[2] = edges[3]
    places = [start_ms, *edges, end_ms]
    levels = ("raw", fine, level if width > step else fine, fine, "raw")
    found = [Piece(*row) for row in zip(levels, places, places[1:], strict=False)]
    return [piece for piece in found if piece.from_ms < piece.to_ms]


def _rows(
    connection: "Connection",
    registry: Registry,
    group: Sequence[Series],
    piece: Piece,
    *,
    quarters: bool,
) -> tuple[Ints, Buckets]:
    if piece.level != "raw":
        ids = [series.series_id for series in group]
        return rollup_store.read_many(connection, piece.level, ids, piece.from_ms, piece.to_ms)
    ragged = [_ragged(connection, registry, series, piece, quarters) for series in group]
    ids_of = [
        np.full(len(part), series.series_id, np.int64)
        for series, part in zip(group, ragged, strict=True)
    ]
    return np.concatenate(ids_of), joined(ragged)


def _ragged(
    connection: "Connection", registry: Registry, series: Series, piece: Piece, quarters: bool
) -> Buckets:
    """Less than a bucket, from the readings themselves where they are kept."""
    if series.virtual or piece.from_ms < series.raw_from_ms:
        return _shared(connection, series, piece, quarters)
    overlays = registry.notes.overlays.get(series.series_id, ())
    rows = effective_rows(connection, series, overlays, piece.from_ms, piece.to_ms)
    return roll(rows, series.rule, np.array([piece.from_ms, piece.to_ms], np.int64))


def _shared(connection: "Connection", series: Series, piece: Piece, quarters: bool) -> Buckets:
    level, width = ("15min", QUARTER_MS) if quarters else ("1h", HOUR_MS)
    first = piece.from_ms // width * width
    found = rollup_store.read_buckets(connection, level, series.series_id, first, piece.to_ms)
    begins = found.bucket_ms >= piece.from_ms
    stops = np.minimum(found.bucket_ms + width, piece.to_ms)
    starts = np.maximum(found.bucket_ms, piece.from_ms)
    share = (stops - starts) / width

    def where_begun(column: Floats) -> Floats:
        return np.where(begins, column, np.nan)

    return Buckets(
        bucket_ms=starts,
        n=np.where(begins, found.n, 0),
        total=where_begun(found.total),
        low=where_begun(found.low),
        high=where_begun(found.high),
        first=where_begun(found.first),
        last=where_begun(found.last),
        energy=found.energy * share,
        covered_ms=(found.covered_ms * share).astype(np.int64),
    )


def _widths(starts_ms: Ints, piece: Piece, zone: ZoneInfo) -> Ints:
    if piece.level == "raw":
        return np.full(len(starts_ms), piece.to_ms - piece.from_ms, np.int64)
    if piece.level != "1d" or not len(starts_ms):
        return np.full(len(starts_ms), LEVELS[piece.level], np.int64)
    edges = np.array(days_around(piece.from_ms, piece.to_ms, zone), np.int64)
    at = np.searchsorted(edges, starts_ms, "right") - 1
    return np.diff(edges)[at]


def _up(ts_ms: int, width_ms: int) -> int:
    return -(-ts_ms // width_ms) * width_ms
