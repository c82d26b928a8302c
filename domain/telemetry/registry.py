"""What telemetry knows by heart: series, newest values, corrections in force, virtual meters.

Readers take the dictionaries as they are; writers replace them under a lock and never change one
that a reader may hold.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from domain.foundation.errors import Unknown
from domain.telemetry import reading_store, series_store
from domain.telemetry.effective import neighbour
from domain.telemetry.model import REPLACED, Key, Latest, Newest, Series
from domain.telemetry.notes import Notes
from domain.telemetry.virtual import newest

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

_END_OF_TIME_MS = 2**53


class Registry:
    """The memory of one process over the tables of telemetry."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._lock = threading.RLock()
        self.series: Mapping[Key, Series] = {}
        self.measured: Mapping[Key, Series] = {}
        self.by_id: Mapping[int, Series] = {}
        self.latest = Newest()
        self.newest_ms: dict[int, int] = {}
        """Time of the newest stored reading by series, whatever corrections say of it."""
        self.notes = Notes({}, {}, {})
        self.load()

    def load(self) -> None:
        """Read everything anew: at start, and where another process writes."""
        with self._lock, self._database.read() as connection:
            self._take_series(series_store.all_series(connection))
            self.notes = Notes.read(connection)
            rows = series_store.all_latest(connection)
            self.newest_ms = {series_id: ts_ms for series_id, ts_ms, *_ in rows}
            latest = Newest()
            for series_id, ts_ms, value, flags in rows:
                series = self.by_id[series_id]
                found = self._as_it_counts(connection, series, (ts_ms, value, flags))
                if found:
                    latest[series.key] = found
            self.latest = latest
            self._refresh_virtual(self.notes.parts)

    def reload_series(self, connection: "Connection", changed: Iterable[int] = ()) -> None:
        """Read the series and notes anew after a change; ``changed`` lost or gained readings."""
        with self._lock:
            self._take_series(series_store.all_series(connection))
            self.notes = Notes.read(connection)
            latest = Newest(
                (key, value._replace(interval_s=self.series[key].interval_s))
                for key, value in self.latest.items()
            )
            for series_id in changed:
                series = self.by_id[series_id]
                latest.pop(series.key, None)
                stored = reading_store.newest_reading(connection, series_id)
                if stored and (found := self._as_it_counts(connection, series, stored)):
                    latest[series.key] = found
            self.latest = latest
            self._refresh_virtual(self.notes.parts)

    def adopt(self, created: Sequence[Series]) -> None:
        """Add series after the transaction that made them."""
        if created:
            with self._lock:
                self._take_series([*self.by_id.values(), *created])

    def advance(self, rows: Iterable[tuple[int, int, float, int]]) -> list[Latest]:
        """Take over newest readings (series_id, ts_ms, value, flags) after their commit.

        The answer holds the virtual meters that changed with them.
        """
        with self._lock:
            latest = Newest(self.latest)
            touched: set[int] = set()
            for series_id, ts_ms, value, flags in rows:
                series = self.by_id[series_id]
                self.newest_ms[series_id] = max(ts_ms, self.newest_ms.get(series_id, ts_ms))
                known = latest.get(series.key)
                if known is not None and known.ts_ms > ts_ms:
                    continue
                seen = self._overlaid(series, ts_ms, value, flags)
                if seen:
                    latest[series.key] = seen
                    touched.update(self.notes.wholes.get(series_id, ()))
            self.latest = latest
            return self._refresh_virtual(touched) if touched else []

    def get(self, key: Key) -> Series:
        """The series of a key.

        Raises:
            Unknown: no such series.
        """
        series = self.series.get(key)
        if series is None:
            raise Unknown("series", "/".join(key))
        return series

    def known(self, keys: Iterable[Key]) -> list[Series]:
        """The series of those keys that have one, in the order given."""
        return [series for key in keys if (series := self.series.get(key))]

    def _take_series(self, found: Sequence[Series]) -> None:
        self.by_id = {series.series_id: series for series in found}
        self.series = {series.key: series for series in found}
        self.measured = {series.key: series for series in found if not series.virtual}

    def _as_it_counts(
        self, connection: "Connection", series: Series, stored: tuple[int, float, int]
    ) -> Latest | None:
        seen = self._overlaid(series, *stored)
        if seen is None:
            overlays = self.notes.overlays.get(series.series_id, ())
            found = neighbour(connection, series, overlays, _END_OF_TIME_MS, after=False)
            seen = _latest(series, found[0], found[1], 0) if found else None
        return seen

    def _overlaid(self, series: Series, ts_ms: int, value: float, flags: int) -> Latest | None:
        """The reading under the corrections in force; None where it is void."""
        for overlay in reversed(self.notes.overlays.get(series.series_id, ())):
            if overlay.covers(ts_ms):
                if overlay.action == "void" or overlay.value is None:
                    return None
                return _latest(series, ts_ms, overlay.value, flags | REPLACED)
        return _latest(series, ts_ms, value, flags)

    def _refresh_virtual(self, wholes: Iterable[int]) -> list[Latest]:
        """Work out virtual meters and those made of them; those that have a value."""
        changed: dict[Key, Latest] = {}
        latest = Newest(self.latest)
        waiting = list(wholes)
        while waiting:
            series = self.by_id[waiting.pop(0)]
            values = [
                (factor, latest.get(self.by_id[part_id].key))
                for part_id, factor in self.notes.parts[series.series_id]
            ]
            found = newest(series, values)
            if found:
                seen = _latest(series, *found, 0)
                if latest.get(series.key) != seen:
                    latest[series.key] = changed[series.key] = seen
                    waiting += self.notes.wholes.get(series.series_id, ())
        self.latest = latest
        return list(changed.values())


def _latest(series: Series, ts_ms: int, value: float, flags: int) -> Latest:
    return Latest(
        series.sensor_id, series.metric, ts_ms, value, series.unit, series.interval_s, flags
    )
