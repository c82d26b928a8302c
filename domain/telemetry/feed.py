"""Readings as they come, for who follows series by cursors instead of by the bus."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from domain.storage.engine import Database
from domain.telemetry import series_store
from domain.telemetry.feed_store import readings_after
from domain.telemetry.freshness import hold_ms
from domain.telemetry.reading_store import valid_neighbour
from domain.telemetry.registry import Registry
from domain.telemetry.sums import FeedRow, Part, Stretch, sums
from domain.telemetry.virtual import base_parts


class Feed:
    """Measured series as they are stored, virtual ones as their parts make them."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry

    def newest_times(self) -> dict[int, int]:
        """When each measured series last spoke, by series id."""
        with self._database.read() as connection:
            return {row[0]: row[1] for row in series_store.all_latest(connection)}

    def sum_times(self, newest: Mapping[int, int]) -> dict[int, int]:
        """When a part of each virtual meter last spoke; those with a silent part are left out."""
        found: dict[int, int] = {}
        for series_id, parts in self._parts().items():
            times = [newest.get(part_id) for part_id in parts]
            spoken = [at for at in times if at is not None]
            if spoken and len(spoken) == len(times):
                found[series_id] = max(spoken)
        return found

    def readings_after(
        self, after_ms: Mapping[int, int], until_ms: int
    ) -> dict[int, list[FeedRow]]:
        """Plausible readings in (after, until] of each measured series that has some."""
        with self._database.read() as connection:
            return readings_after(connection, after_ms, until_ms)

    def sums_after(self, after_ms: Mapping[int, int], until_ms: int) -> dict[int, Stretch]:
        """What each virtual meter read in (after, until]; other series are left out."""
        parts = self._parts()
        with self._database.read() as connection:
            return {
                series_id: sums(
                    self._read(connection, parts[series_id], begin_ms, until_ms), begin_ms, until_ms
                )
                for series_id, begin_ms in after_ms.items()
                if series_id in parts
            }

    def _read(
        self, connection: Connection, factors: Mapping[int, float], after_ms: int, until_ms: int
    ) -> list[Part]:
        """Parts with what they said in (after, until] and the last they said before."""
        inside = readings_after(connection, dict.fromkeys(factors, after_ms), until_ms)
        found: list[Part] = []
        for part_id, factor in factors.items():
            last = valid_neighbour(connection, part_id, after_ms + 1, after=False)
            rows = [*([last] if last else ()), *inside.get(part_id, ())]
            interval_s = self._registry.by_id[part_id].interval_s
            found.append(Part(factor, hold_ms(interval_s), rows))
        return found

    def _parts(self) -> dict[int, dict[int, float]]:
        """Measured parts of the virtual meters that have a value at each moment."""
        parts, series = self._registry.notes.parts, self._registry.by_id
        return {
            series_id: base_parts(parts, series_id)
            for series_id in parts
            if series[series_id].kind != "counter"
        }
