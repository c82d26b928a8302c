"""The jobs that keep telemetry in order: settle, let old levels go."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock
from domain.telemetry import note_store, reading_store, rollup_store, series_store
from domain.telemetry.history import DAY_MS
from domain.telemetry.model import Series
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS
from domain.telemetry.settle import Tell, settle

if TYPE_CHECKING:
    from domain.storage.engine import Database

RAW_KEPT_MS = 90 * DAY_MS
QUARTERS_KEPT_MS = 2 * 365 * DAY_MS
FINDINGS_KEPT_MS = 400 * DAY_MS
_DELETED_AT_ONCE = 20_000


class Upkeep:
    """Jobs of one building's telemetry; each may run in any process that holds its claim."""

    def __init__(
        self, database: "Database", clock: Clock, zone: ZoneInfo, registry: Registry
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._registry = registry
        self.tell: list[Tell] = []
        """Who writes something in the transaction that stores recomputed quarter hours."""

    def settle(self, limit: int) -> int:
        """Recompute dirty spans; how many quarter hours were redone."""
        done = settle(self._database, self._zone, limit, self.tell)
        if done.learned:
            with self._database.read() as connection:
                self._registry.reload_series(connection)
        return done.buckets

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
