"""Looking back: history, energy, peaks, sparklines, each from the cheapest exact level."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from domain.foundation.clock import Clock
from domain.foundation.contract import require_single
from domain.foundation.intervals import Period
from domain.telemetry import history as points
from domain.telemetry import reading_store, rollup_store
from domain.telemetry.corrections import shown
from domain.telemetry.effective import effective_rows
from domain.telemetry.energy import Energy, Piece, days_around, pieces
from domain.telemetry.history import LEVELS, Grid, History
from domain.telemetry.lines import Wanted, lines, up
from domain.telemetry.model import Key, Series
from domain.telemetry.registry import Registry
from domain.telemetry.rolled import Rolled, rolled, side_by_side
from domain.telemetry.rollup import HOUR_MS, roll_energy
from domain.telemetry.window import ENDLESS_MS, Window, whole_until

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

_KNOWN_SHARE = 0.999


class Queries:
    """Reads of one building's telemetry; unknown keys are left out of every answer."""

    def __init__(
        self, database: "Database", clock: Clock, zone: ZoneInfo, registry: Registry
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._registry = registry

    def history(
        self, keys: Sequence[Key], period: Period, level: str, max_points: int
    ) -> list[History]:
        """One history per known key, in the order given."""
        require_single()
        start_ms, end_ms = period.start_ms, period.end_ms
        window = Window.of(self._clock)
        found: dict[int, History] = {}
        wanted: dict[int, Wanted] = {}
        with self._database.read() as connection:
            for at, series in enumerate(self._registry.known(keys)):
                grid = window.grid(series, start_ms, end_ms, level, max_points)
                if grid.level == "raw":
                    until_ms = min(end_ms, window.horizon_ms)
                    raw = self._raw_history(connection, series, start_ms, until_ms, max_points)
                    if raw is not None:
                        found[at] = raw
                        continue
                    grid = points.choose(series, start_ms, end_ms, "15min", max_points)
                until_ms = min(end_ms, self._whole(connection, window, series, grid.level))
                wanted[at] = Wanted(series, grid, start_ms, until_ms)
            made = lines(connection, self._registry, self._zone, list(wanted.values()))
        found.update(zip(wanted, made, strict=True))
        return [found[at] for at in sorted(found)]

    def energy(self, keys: Sequence[Key], period: Period) -> dict[Key, Energy]:
        """Energy up to now of each known power or counter series."""
        require_single()
        window = Window.of(self._clock)
        start_ms, end_ms = window.span(period.start_ms, min(period.end_ms, self._clock.now_ms()))
        chosen = [s for s in self._registry.known(keys) if s.kind in ("power", "counter")]
        if end_ms <= start_ms:
            return {series.key: Energy(None, 0.0, False) for series in chosen}
        sums: dict[int, tuple[float | None, float]] = {}
        for until_ms, group in self._by_end(window, chosen, end_ms).items():
            sums |= self._sums(group, start_ms, until_ms)
        return {
            series.key: self._energy(series, *sums[series.series_id], start_ms, end_ms)
            for series in chosen
        }

    def energy_buckets(
        self, keys: Sequence[Key], period: Period, level: str
    ) -> dict[Key, list[tuple[int, float | None, float]]]:
        """Bucket start, energy and covered time [s]; the ends are cut to the period."""
        require_single()
        window = Window.of(self._clock)
        window.require_level(level)
        start_ms, end_ms = window.span(period.start_ms, period.end_ms)
        chosen = self._registry.known(keys)
        if end_ms <= start_ms:
            return {series.key: [] for series in chosen}
        edges = self._edges(level, start_ms, end_ms)
        found: dict[Key, list[tuple[int, float | None, float]]] = {}
        for until_ms, group in self._by_end(window, chosen, end_ms).items():
            found |= self._cut_buckets(group, level, edges, (start_ms, until_ms))
        return {series.key: found[series.key] for series in chosen}

    def rollups(self, keys: Sequence[Key], period: Period, level: str) -> Rolled:
        """Bucket rows of the known keys that together make the shared part of the period."""
        require_single()
        window = Window.of(self._clock)
        window.require_level(level)
        start_ms, end_ms = window.span(period.start_ms, period.end_ms)
        chosen = self._registry.known(keys)
        together: dict[int, list[Series]] = {}
        with self._database.read() as connection:
            for series in chosen:
                until_ms = min(end_ms, window.until_ms(connection, self._registry, series))
                together.setdefault(until_ms, []).append(series)
            parts = [
                rolled(connection, self._registry, self._zone, group, (start_ms, until_ms), level)
                for until_ms, group in together.items()
                if until_ms > start_ms
            ]
        return parts[0] if len(together) == len(parts) == 1 else side_by_side(chosen, parts)

    def _cut_buckets(
        self, group: Sequence[Series], level: str, edges: Sequence[int], span: tuple[int, int]
    ) -> dict[Key, list[tuple[int, float | None, float]]]:
        start_ms, end_ms = span
        found: dict[Key, list[tuple[int, float | None, float]]] = {s.key: [] for s in group}
        if end_ms <= start_ms:
            return found
        first, last = edges[bisect_left(edges, start_ms)], edges[bisect_right(edges, end_ms) - 1]
        own = {series.series_id: found[series.key] for series in group}
        with self._database.read() as connection:
            if start_ms < first:
                for series in group:
                    head = self._cut(connection, series, start_ms, min(first, end_ms))
                    found[series.key] += [(edges[0], *head)] if head[1] else []
            rows = rollup_store.energy_rows(connection, level, list(own), first, last)
            for series_id, at_ms, energy, covered_ms in rows:
                own[series_id].append((at_ms, energy, covered_ms / 1000))
            if first <= last < end_ms:
                for series in group:
                    tail = self._cut(connection, series, last, end_ms)
                    found[series.key] += [(last, *tail)] if tail[1] else []
        return found

    def peak(self, signed: Sequence[tuple[Key, float]], period: Period) -> tuple[int, float] | None:
        """Start and mean [kW] of the quarter hour with the highest signed sum of powers."""
        if len(signed) < 2:
            require_single()
        chosen = [(s, f) for key, f in signed for s in self._registry.known([key])]
        if not chosen or len(chosen) < len(signed):
            return None
        window = Window.of(self._clock)
        kept_from = max(series.quarter_from_ms for series, _ in chosen)
        level = window.coarsened("15min") if period.start_ms >= kept_from else "1h"
        start_ms, end_ms = up(period.start_ms, LEVELS[level]), period.end_ms
        factors = [(series.series_id, factor) for series, factor in chosen]
        with self._database.read() as connection:
            for series, _ in chosen:
                end_ms = min(end_ms, self._whole(connection, window, series, level))
            return rollup_store.highest_sum(connection, level, factors, (start_ms, end_ms))

    def sparklines(self, keys: Iterable[Key], hours: int) -> dict[Key, list[float | None]]:
        """Hourly means up to the running hour; a counter shows its energy instead."""
        require_single()
        window = Window.of(self._clock)
        chosen = {series.series_id: series for series in self._registry.known(keys)}
        last_ms = self._clock.now_ms() // HOUR_MS * HOUR_MS
        first_ms = last_ms - (hours - 1) * HOUR_MS
        lines: dict[Key, list[float | None]] = {s.key: [None] * hours for s in chosen.values()}
        with self._database.read() as connection:
            rows = rollup_store.bucket_rows(
                connection, "1h", list(chosen), first_ms, last_ms + HOUR_MS
            )
            until = {s: self._whole(connection, window, chosen[s], "1h") for s in chosen}
        for series_id, bucket_ms, n, total, energy, covered_ms in rows:
            if bucket_ms >= until[series_id]:
                continue
            series = chosen[series_id]
            mean = points.mean_value(series.kind, n, total, energy, covered_ms)
            value = energy if series.kind == "counter" else mean
            lines[series.key][(bucket_ms - first_ms) // HOUR_MS] = value
        return lines

    def _whole(self, connection: "Connection", window: Window, series: Series, level: str) -> int:
        """The end of the last whole bucket of a series that is shared."""
        if window.is_open:
            return ENDLESS_MS
        until_ms = window.until_ms(connection, self._registry, series)
        return whole_until(level, until_ms, self._zone)

    def _by_end(
        self, window: Window, chosen: Sequence[Series], end_ms: int
    ) -> Mapping[int, list[Series]]:
        """The series by the end of what is shared of them."""
        if window.is_open:
            return {end_ms: list(chosen)}
        groups: defaultdict[int, list[Series]] = defaultdict(list)
        with self._database.read() as connection:
            for series in chosen:
                shared_ms = window.until_ms(connection, self._registry, series)
                groups[min(end_ms, shared_ms)].append(series)
        return groups

    def _raw_history(
        self, connection: "Connection", series: Series, start_ms: int, end_ms: int, max_points: int
    ) -> History | None:
        """The readings themselves, or None where they are more than the screen has points."""
        limit = max_points + 1
        if end_ms <= start_ms:
            return points.empty_history(series, Grid("raw", 0))
        rows = reading_store.valid_page(connection, series.series_id, start_ms, end_ms, limit)
        if len(rows) > max_points:
            return None
        overlays = self._registry.notes.overlays.get(series.series_id, ())
        if overlays:
            counted = shown([(ts, value, None, 0) for ts, value in rows], overlays)
            rows = [(ts, value) for ts, value, *_ in counted]
        times, values = zip(*rows, strict=True) if rows else ((), ())
        gaps = points.silences(series, times)
        if gaps:
            stated = reading_store.stated(connection, series.series_id, start_ms, end_ms)
            gaps = [at for at in gaps if times[at + 1] - times[at] > stated.get(times[at], 0)]
        drawn = points.raw_points(series, times, values, gaps)
        return drawn if len(drawn.ts_ms) <= max_points else None

    def _energy(
        self, series: Series, kwh: float | None, covered_ms: float, start_ms: int, end_ms: int
    ) -> Energy:
        coverage = min(covered_ms / (end_ms - start_ms), 1.0)
        replaced = any(
            overlay.action == "replace" and overlay.from_ms < end_ms and overlay.to_ms > start_ms
            for overlay in self._registry.notes.overlays.get(series.series_id, ())
        )
        bridged = series.kind == "counter" and kwh is not None and coverage < _KNOWN_SHARE
        return Energy(kwh, coverage, replaced or bridged)

    def _sums(
        self, chosen: Sequence[Series], start_ms: int, end_ms: int
    ) -> dict[int, tuple[float | None, float]]:
        """Energy and covered time [ms] of [start, end) per series_id."""
        sums: dict[int, tuple[float | None, float]] = {s.series_id: (None, 0.0) for s in chosen}
        if end_ms <= start_ms:
            return sums
        kept = [s for s in chosen if s.quarter_from_ms <= start_ms]
        older = [s for s in chosen if s.quarter_from_ms > start_ms]
        with self._database.read() as connection:
            for group, quarters in ((kept, True), (older, False)):
                for piece in pieces(start_ms, end_ms, self._zone, quarters=quarters):
                    for series_id, energy, covered in self._piece(connection, group, piece):
                        before, time = sums[series_id]
                        sums[series_id] = (_plus(before, energy), time + covered)
        return sums

    def _piece(
        self, connection: "Connection", group: Sequence[Series], piece: Piece
    ) -> Iterable[tuple[int, float | None, float]]:
        if piece.level == "raw":
            return [
                (s.series_id, *self._ragged(connection, s, piece.from_ms, piece.to_ms))
                for s in group
            ]
        ids = [series.series_id for series in group]
        return rollup_store.energy_sums(connection, piece.level, ids, piece.from_ms, piece.to_ms)

    def _cut(
        self, connection: "Connection", series: Series, start_ms: int, end_ms: int
    ) -> tuple[float | None, float]:
        """Energy and covered time [s] of a part of a bucket."""
        total: float | None = None
        covered_ms = 0.0
        quarters = series.quarter_from_ms <= start_ms
        for piece in pieces(start_ms, end_ms, self._zone, quarters=quarters):
            for _, energy, covered in self._piece(connection, [series], piece):
                total, covered_ms = _plus(total, energy), covered_ms + covered
        return total, covered_ms / 1000

    def _ragged(
        self, connection: "Connection", series: Series, start_ms: int, end_ms: int
    ) -> tuple[float | None, float]:
        """Energy and covered time [ms] of less than a bucket, from the readings themselves."""
        if series.virtual or start_ms < series.raw_from_ms:
            return self._share(connection, series, start_ms, end_ms)
        overlays = self._registry.notes.overlays.get(series.series_id, ())
        rows = effective_rows(connection, series, overlays, start_ms, end_ms)
        energy, covered_ms = roll_energy(rows, series.rule, np.array([start_ms, end_ms], np.int64))
        return (None, 0.0) if np.isnan(energy[0]) else (float(energy[0]), float(covered_ms[0]))

    def _share(
        self, connection: "Connection", series: Series, start_ms: int, end_ms: int
    ) -> tuple[float | None, float]:
        """The same, spread evenly over the finest buckets that are kept."""
        level = "15min" if start_ms >= series.quarter_from_ms else "1h"
        width = LEVELS[level]
        rows = rollup_store.energy_rows(
            connection, level, [series.series_id], start_ms // width * width, end_ms
        )
        total: float | None = None
        covered_ms = 0.0
        for _, at_ms, energy, covered in rows:
            share = (min(end_ms, at_ms + width) - max(start_ms, at_ms)) / width
            total = _plus(total, None if energy is None else energy * share)
            covered_ms += covered * share
        return total, covered_ms

    def _edges(self, level: str, start_ms: int, end_ms: int) -> list[int]:
        """Edges of all buckets that touch [start, end)."""
        if level == "1d":
            return days_around(start_ms, end_ms, self._zone)
        width = LEVELS[level]
        return list(range(start_ms // width * width, up(end_ms, width) + 1, width))


def _plus(total: float | None, more: float | None) -> float | None:
    if more is None:
        return total
    return more if total is None else total + more
