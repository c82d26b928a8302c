"""The jobs that keep telemetry in order: settle, check the quality, let old levels go."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock
from domain.telemetry import note_store, quality, reading_store, rollup_store, series_store
from domain.telemetry.history import DAY_MS
from domain.telemetry.model import Reading, Rejection, Series
from domain.telemetry.quality import Finding, Seen
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS
from domain.telemetry.settle import settle

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

RAW_KEPT_MS = 90 * DAY_MS
QUARTERS_KEPT_MS = 2 * 365 * DAY_MS
FINDINGS_KEPT_MS = 400 * DAY_MS
_DELETED_AT_ONCE = 20_000
_CHECKED_AT_ONCE = 50_000
_CHECKED_BACK_MS = 7 * DAY_MS
_CHECKED_SERIES_AT_ONCE = 50


class Upkeep:
    """Jobs of one building's telemetry; each may run in any process that holds its claim."""

    def __init__(
        self, database: "Database", clock: Clock, zone: ZoneInfo, registry: Registry
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._registry = registry

    def settle(self, limit: int) -> int:
        """Recompute dirty spans; how many quarter hours were redone."""
        done = settle(self._database, self._zone, limit)
        if done.learned:
            with self._database.read() as connection:
                self._registry.reload_series(connection)
        return done.buckets

    def quality(self, sensor_ids: Iterable[str] | None, since_ms: int) -> dict[str, list[Finding]]:
        """Findings per sensor, newest first."""
        chosen = None if sensor_ids is None else list(sensor_ids)
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        with self._database.read() as connection:
            for sensor_id, finding in note_store.findings_of(connection, chosen, since_ms):
                found[sensor_id].append(finding)
        return dict(found)

    def check_quality(self) -> int:
        """Look at what came since the last check, a few series in one transaction."""
        with self._database.read() as connection:
            checked = series_store.checked_until(connection)
            newest = {row[0]: row[1] for row in series_store.all_latest(connection)}
        due = [
            series_id
            for series_id, ts_ms in newest.items()
            if checked.get(series_id, ts_ms) < ts_ms
        ]
        count = 0
        for at in range(0, len(due), _CHECKED_SERIES_AT_ONCE):
            with self._database.write() as connection:
                until: dict[int, int] = {}
                some = due[at : at + _CHECKED_SERIES_AT_ONCE]
                for series_id, series in series_store.series_by_id(connection, some).items():
                    start_ms = max(checked[series_id], newest[series_id] - _CHECKED_BACK_MS)
                    until[series_id], found = self._check(connection, series, start_ms)
                    count += self._keep(connection, series.sensor_id, found)
                series_store.mark_checked(connection, until)
        return count

    def note_rejections(
        self, readings: Sequence[Reading], rejected: Sequence[Rejection], now_ms: int
    ) -> None:
        """A known sensor whose readings come from the future has a wrong clock."""
        found = {
            readings[index].sensor_id: quality.wrong_clock(
                readings[index].metric, now_ms, readings[index].ts_ms - now_ms
            )
            for index, code, _ in rejected
            if code == "in_future" and readings[index][:2] in self._registry.series
        }
        if found:
            with self._database.write() as connection:
                for sensor_id, finding in found.items():
                    self._keep(connection, sensor_id, [finding])

    def retain(self) -> int:
        """Drop readings after 90 days and quarter hours after two years, counted from the newest.

        A series with something unsettled in the part that would go is left for the next time.
        """
        with self._database.read() as connection:
            newest = {row[0]: row[1] for row in series_store.all_latest(connection)}
        dropped = 0
        for series in self._registry.by_id.values():
            last_ms = newest.get(series.series_id)
            if series.virtual:
                last_ms = self._clock.now_ms()
            if last_ms is None:
                continue
            raw_floor = (last_ms - RAW_KEPT_MS) // QUARTER_MS * QUARTER_MS
            quarter_floor = (last_ms - QUARTERS_KEPT_MS) // HOUR_MS * HOUR_MS
            dropped += self._retain(series, raw_floor, quarter_floor)
        with self._database.write() as connection:
            before = self._clock.now_ms() - FINDINGS_KEPT_MS
            dropped += note_store.delete_findings_before(connection, before)
        if dropped:
            with self._database.read() as connection:
                self._registry.reload_series(connection)
        return dropped

    def _retain(self, series: Series, raw_floor: int, quarter_floor: int) -> int:
        """The floor rises in the transaction that first deletes below it; chunks follow."""
        dropped = 0
        levels = (
            ("raw", raw_floor, reading_store.delete_before),
            ("quarter", quarter_floor, rollup_store.delete_quarters_before),
        )
        for column, floor_ms, delete in levels:
            gone = _DELETED_AT_ONCE
            while gone >= _DELETED_AT_ONCE:
                with self._database.write() as connection:
                    if rollup_store.is_dirty_before(connection, series.series_id, raw_floor):
                        break
                    gone = delete(connection, series.series_id, floor_ms, _DELETED_AT_ONCE)
                    if gone:
                        rollup_store.raise_floor(connection, column, series.series_id, floor_ms)
                dropped += gone
        return dropped

    def _check(
        self, connection: "Connection", series: Series, start_ms: int
    ) -> tuple[int, list[Finding]]:
        """How far the check came, and what it found."""
        before = reading_store.valid_neighbour(
            connection, series.series_id, start_ms + 1, after=False
        )
        first = before[0] if before and start_ms else start_ms
        rows = reading_store.raw_page(connection, series.series_id, first, 2**53, _CHECKED_AT_ONCE)
        if not rows:
            return start_ms, []
        found = quality.inspect(series, Seen.of(rows))
        return rows[-1][0], found + self._stuck(connection, series, rows[-1][0])

    def _stuck(self, connection: "Connection", series: Series, last_ms: int) -> list[Finding]:
        """A day of readings is compared only where the rollups of late show one single value."""
        if not quality.can_be_stuck(series):
            return []
        back_ms = quality.stuck_after_ms(series)
        from_ms = (last_ms - back_ms) // QUARTER_MS * QUARTER_MS + QUARTER_MS
        recent = rollup_store.read_buckets(
            connection, "15min", series.series_id, from_ms, last_ms + 1
        )
        if not len(recent) or recent.low.min() != recent.high.max():
            return []
        if series.metric == "soc" and self._rested(connection, series, from_ms, last_ms):
            return []
        day = reading_store.raw_page(
            connection, series.series_id, last_ms - max(DAY_MS, 4 * back_ms), last_ms + 1, 20_000
        )
        return quality.stuck(series, Seen.of(day).valid())

    def _rested(self, connection: "Connection", series: Series, from_ms: int, last_ms: int) -> bool:
        """Whether the battery was still, or nobody can say."""
        power = self._registry.series.get((series.sensor_id, "power"))
        if power is None:
            return True
        recent = rollup_store.read_buckets(
            connection, "15min", power.series_id, from_ms, last_ms + 1
        )
        return not len(recent) or quality.at_rest(recent.low, recent.high)

    def _keep(self, connection: "Connection", sensor_id: str, found: Sequence[Finding]) -> int:
        if not found:
            return 0
        since_ms = min(finding.since_ms for finding in found) - DAY_MS
        old = [f for _, f in note_store.findings_of(connection, [sensor_id], since_ms)]
        gone, fresh = quality.merged(old, found)
        note_store.replace_findings(connection, sensor_id, gone, fresh)
        return len(fresh)
