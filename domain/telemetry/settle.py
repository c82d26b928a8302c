"""Brings rollups up to date with the readings: the spans marked dirty and nothing else.

Quarter hours come from readings; ``coarser`` makes hours and days of them. A virtual meter follows
its parts: settling a part marks it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from domain.telemetry import reading_store, rollup_store, series_store
from domain.telemetry.coarser import Fresh, write_all
from domain.telemetry.corrections import Correction
from domain.telemetry.effective import effective_rows, neighbour
from domain.telemetry.model import Series
from domain.telemetry.notes import Notes
from domain.telemetry.reading_store import MARKS_AT_MOST, Span
from domain.telemetry.rollup import (
    HOUR_MS,
    QUARTER_MS,
    Buckets,
    Ints,
    joined,
    quarter_edges,
    roll,
)
from domain.telemetry.rollup_store import Marked
from domain.telemetry.virtual import add_up

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

_SERIES_AT_ONCE = 64
_ROWS_AT_ONCE = 20_000
_BUCKETS_AT_ONCE = 2_880
_COST_AT_ONCE = 8_000
_BREATH_S = 0.02
_SHORT_MS = 24 * HOUR_MS
_LEARN_GAPS = 6
_LEARN_FROM = 33
_LEARN_CHANGE = 0.2


@dataclass(slots=True)
class Settled:
    """What one settling did; ``learned`` are series whose interval is another now."""

    buckets: int = 0
    learned: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """Buckets worked out, and the marks they answer; ``left`` are spans that did not fit."""

    notes: Notes
    known: dict[int, Series]
    more: bool = False
    cost: int = 0
    marked: dict[int, list[Marked]] = field(default_factory=dict)
    fresh: list[Fresh] = field(default_factory=list)
    left: list[Span] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether storing more at once would keep other writers waiting."""
        return self.cost >= _COST_AT_ONCE


Recomputed: TypeAlias = Sequence[tuple[Series, int, int]]
"""Series and the span [from, end) of it whose quarter hours are others now."""
Tell: TypeAlias = "Callable[[Connection, Recomputed], None]"


def settle(database: "Database", zone: ZoneInfo, limit: int, tell: Sequence[Tell] = ()) -> Settled:
    """Recompute dirty spans until none is left or ``limit`` quarter hours are done.

    Whoever is to be told writes in the transaction that stores them.

    Buckets are worked out while others write; only storing them needs the write lock, and only
    if nobody else settled the same marks meanwhile. What was marked again stays marked.
    """
    done = Settled()
    while done.buckets < limit:
        with database.read() as connection:
            plan = _work_out(connection)
        if plan is None:
            break
        with database.write() as connection:
            rollup_store.lock_settling(connection)
            told = _store(connection, zone, plan, done)
            for each in tell:
                each(connection, told)
        if plan.more:
            time.sleep(_BREATH_S)
    return done


def _work_out(connection: "Connection") -> _Plan | None:
    """The buckets of as many dirty series as one transaction may store, a virtual one alone."""
    waiting = rollup_store.dirty_series(connection, _SERIES_AT_ONCE)
    if not waiting:
        return None
    plan = _Plan(Notes.read(connection), series_store.series_by_id(connection, waiting))
    for series_id in waiting:
        series = plan.known[series_id]
        if plan.marked and (series.virtual or plan.full):
            break
        plan.marked[series_id] = rollup_store.dirty_spans(connection, series_id)
        for span in _touched(connection, series, plan.notes, plan.marked[series_id]):
            if plan.fresh and plan.full:
                plan.left.append((series_id, *span))
                continue
            end_ms = _add_quarters(connection, series, plan, span)
            if end_ms < span[1]:
                plan.left.append((series_id, end_ms, span[1]))
    plan.more = bool(plan.left) or len(plan.marked) < len(waiting)
    return plan


def _store(connection: "Connection", zone: ZoneInfo, plan: _Plan, done: Settled) -> Recomputed:
    valid = _still_valid(connection, plan)
    fresh = [part for part in plan.fresh if part.series_id in valid]
    write_all(connection, zone, fresh)
    rollup_store.clear_dirty(connection, {at: plan.marked[at] for at in valid})
    left = [span for span in plan.left if span[0] in valid]
    wholes = [
        (whole, part.from_ms, part.end_ms)
        for part in fresh
        for whole in plan.notes.wholes.get(part.series_id, ())
    ]
    reading_store.mark_dirty(connection, left + wholes)
    done.buckets += sum((part.end_ms - part.from_ms) // QUARTER_MS for part in fresh)
    unfinished = {series_id for series_id, *_ in left}
    done.learned += [at for at in valid - unfinished if _learn(connection, plan.known[at])]
    return [(plan.known[part.series_id], part.from_ms, part.end_ms) for part in fresh]


def _still_valid(connection: "Connection", plan: _Plan) -> set[int]:
    """Series whose marks nobody else settled meanwhile, and whose readings nobody let go."""
    series_ids = list(plan.marked)
    versions = rollup_store.dirty_versions(connection, series_ids)
    known = series_store.series_by_id(connection, series_ids)
    return {
        series_id
        for series_id, marked in plan.marked.items()
        if known[series_id].raw_from_ms == plan.known[series_id].raw_from_ms
        and all(
            0 <= versions.get((series_id, mark.bucket_ms), -1) - mark.version < MARKS_AT_MOST
            for mark in marked
        )
    }


def _touched(
    connection: "Connection", series: Series, notes: Notes, marked: Sequence[Marked]
) -> list[tuple[int, int]]:
    """The spans of quarter hours to redo, in time order and apart."""
    near = _merged([(m.from_ms, m.to_ms) for m in marked], HOUR_MS)
    overlays = notes.overlays.get(series.series_id, ())
    affected = [_affected(connection, series, overlays, *span) for span in near]
    return _merged([span for span in affected if span])


def _add_quarters(
    connection: "Connection", series: Series, plan: _Plan, span: tuple[int, int]
) -> int:
    """Put new quarter hours from the start of a span into the plan; how far they reach."""
    pages: list[Buckets] = []
    from_ms, end_ms = span
    while from_ms < end_ms and not (pages and plan.full):
        page_ms = _page_end(connection, series, from_ms, end_ms)
        if series.virtual:
            parts = plan.notes.parts[series.series_id]
            pages.append(_virtual_quarters(connection, series, parts, from_ms, page_ms))
        else:
            overlays = plan.notes.overlays.get(series.series_id, ())
            rows = effective_rows(connection, series, overlays, from_ms, page_ms)
            pages.append(roll(rows, series.rule, quarter_edges(from_ms, page_ms)))
        plan.cost += len(pages[-1])
        from_ms = page_ms
    plan.fresh.append(Fresh(series.series_id, span[0], from_ms, joined(pages)))
    return from_ms


def _page_end(connection: "Connection", series: Series, from_ms: int, end_ms: int) -> int:
    """Where to stop so that neither readings nor buckets of one go are too many."""
    if end_ms - from_ms <= _SHORT_MS:
        return end_ms
    end_ms = min(end_ms, from_ms + _BUCKETS_AT_ONCE * QUARTER_MS)
    full = reading_store.nth_time(connection, series.series_id, from_ms, _ROWS_AT_ONCE)
    if full is None or full >= end_ms:
        return end_ms
    return max(_floor(full), from_ms + QUARTER_MS)


def _affected(
    connection: "Connection",
    series: Series,
    overlays: Sequence[Correction],
    from_ms: int,
    end_ms: int,
) -> tuple[int, int] | None:
    """The quarter hours whose rows depend on a change in [from, end)."""
    if series.kind == "power" and not series.virtual:
        end_ms = _held_end(connection, series, overlays, from_ms, end_ms)
    elif series.kind == "counter" and not series.virtual:
        before = neighbour(connection, series, overlays, from_ms, after=False)
        after = neighbour(connection, series, overlays, end_ms, after=True)
        from_ms = before[0] if before else from_ms
        end_ms = after[0] if after else end_ms
    start = max(_floor(from_ms), _ceil(series.raw_from_ms))
    end = _ceil(end_ms)
    return (start, end) if start < end else None


def _held_end(
    connection: "Connection",
    series: Series,
    overlays: Sequence[Correction],
    from_ms: int,
    end_ms: int,
) -> int:
    stated = reading_store.reach_ms(connection, series.series_id, from_ms, end_ms)
    reach = max(stated, end_ms + series.rule.hold_ms)
    if reach <= _ceil(end_ms):
        return end_ms
    following = neighbour(connection, series, overlays, end_ms, after=True)
    return min(reach, following[0]) if following else reach


def _virtual_quarters(
    connection: "Connection",
    series: Series,
    parts: Sequence[tuple[int, float]],
    from_ms: int,
    end_ms: int,
) -> Buckets:
    read = [
        (factor, rollup_store.read_buckets(connection, "15min", part_id, from_ms, end_ms))
        for part_id, factor in parts
    ]
    return add_up(series.kind, read)


def _learn(connection: "Connection", series: Series) -> bool:
    """Learn the interval from recent gaps; what was settled by the old one is marked again."""
    if series.configured_s or series.virtual:
        return False
    times = reading_store.newest_times(connection, series.series_id, _LEARN_FROM)
    interval_s = learned_interval(times, series.interval_s)
    if interval_s is None:
        return False
    series_store.learn_interval(connection, series.series_id, interval_s)
    mark_unstated(connection, series)
    return True


def learned_interval(times_ms: Ints, known_s: float | None) -> float | None:
    """Median of the gaps between recent readings [s], or None while it says nothing new."""
    gaps = np.diff(times_ms)
    if len(gaps) < _LEARN_GAPS:
        return None
    median_s = float(f"{np.median(gaps) / 1000:.3g}")
    if known_s and abs(median_s / known_s - 1) <= _LEARN_CHANGE:
        return None
    return median_s


def mark_unstated(connection: "Connection", series: Series) -> None:
    """Mark everything whose hold follows from the interval of the series."""
    if series.kind not in ("power", "counter"):
        return
    span = reading_store.unstated_span(connection, series.series_id)
    if span:
        end_ms = span[1] + 1 + series.rule.hold_ms
        reading_store.mark_dirty(connection, [(series.series_id, _floor(span[0]), end_ms)])


def _merged(spans: Sequence[tuple[int, int]], slack_ms: int = 0) -> list[tuple[int, int]]:
    """Spans that touch, or nearly, as one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + slack_ms:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def _floor(ts_ms: int) -> int:
    return ts_ms // QUARTER_MS * QUARTER_MS


def _ceil(ts_ms: int) -> int:
    return -(-ts_ms // QUARTER_MS) * QUARTER_MS
