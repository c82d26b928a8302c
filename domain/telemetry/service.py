"""Telemetry of one building: everything that follows from readings alone."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.foundation.contract import OutsideContract, in_force, require_single, shares_single
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry import batch, note_store, reading_store, rollup_store, series_store
from domain.telemetry.corrections import Correction
from domain.telemetry.edits import Edits, Writing
from domain.telemetry.energy import Energy
from domain.telemetry.export import Labelled
from domain.telemetry.exports import Export, Wanted, export
from domain.telemetry.feed import Feed
from domain.telemetry.history import History
from domain.telemetry.inspection import Inspector
from domain.telemetry.model import IngestResult, Key, Latest, Newest, Reading, Rejection, Series
from domain.telemetry.quality import Finding
from domain.telemetry.queries import Queries
from domain.telemetry.registry import Registry
from domain.telemetry.rolled import Rolled
from domain.telemetry.screen import Screened, screen, stranger_refusal, unseen_series
from domain.telemetry.settle import Tell
from domain.telemetry.sheets import Sheets
from domain.telemetry.sums import FeedRow, Stretch
from domain.telemetry.upkeep import Upkeep
from domain.telemetry.window import Window

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["Latest", "Reading", "Telemetry"]


class Telemetry:
    """The door in (`ingest`), the newest values, and the ways to look back."""

    def __init__(self, database: Database, clock: Clock, bus: Bus, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._zone = zone
        self._ingesting = threading.Lock()
        self._registry = Registry(database)
        self._queries = Queries(database, clock, zone, self._registry)
        self._feed = Feed(database, self._registry)
        self._edits = Edits(database, clock, self._registry)
        self._upkeep = Upkeep(database, clock, zone, self._registry)
        self._inspector = Inspector(database, self._registry)

    def ingest(
        self,
        readings: Sequence[Reading],
        beside: "Callable[[Connection], None] | None" = None,
    ) -> IngestResult:
        """Store a batch, and what ``beside`` writes, in one transaction, committed on return.

        A bad reading is answered with its rejection and harms no other. Publishes the readings
        that were new or corrected on the bus as ``readings``, virtual meters with them.
        """
        with self._ingesting:
            result, stored = self._store(readings, beside)
        if stored:
            self._bus.publish("readings", stored)
        return result

    def latest(self) -> Newest:
        """Newest value of every series: the snapshot itself, replaced on change, never edited.

        Empty where the contract in force shares no live value; `withheld_until_ms` says until when.
        """
        shares_now = not in_force().withholds_time and shares_single()
        return self._registry.latest if shares_now else Newest()

    def latest_of(self, sensor_ids: Iterable[str]) -> dict[Key, Latest]:
        """Newest values of some sensors, as `latest` shares them."""
        wanted = set(sensor_ids)
        return {key: value for key, value in self.latest().items() if key[0] in wanted}

    def spoken(self) -> Collection[Key]:
        """The series that have a newest value, whether or not it is shared."""
        return self._registry.latest.keys()

    def shared_until_ms(self) -> int:
        """Where what is shared ends now: at this moment, or at the end of the embargo."""
        return min(Window.of(self._clock).horizon_ms, self._clock.now_ms())

    def withheld_until_ms(self) -> int | None:
        """When what is measured now will be shared; None: it is now, or single values never are."""
        return in_force().withheld_until_ms(self._clock.now_ms())

    def refresh_latest(self) -> None:
        """Read series and newest values anew, in a process that does not ingest itself."""
        self._registry.load()

    def series(self, sensor_ids: Iterable[str] | None = None) -> list[Series]:
        """All series, or those of some sensors, ordered by sensor and metric."""
        found: Iterable[Series] = self._registry.series.values()
        if sensor_ids is not None:
            wanted = set(sensor_ids)
            found = [series for series in found if series.sensor_id in wanted]
        return sorted(found, key=lambda series: series.key)

    def newest_times(self) -> dict[int, int]:
        """When each measured series last spoke, by series id, as the database has it."""
        _require_everything()
        return self._feed.newest_times()

    def sum_times(self, newest: Mapping[int, int]) -> dict[int, int]:
        """When a part of each virtual meter last spoke, by series id, given `newest_times`."""
        return self._feed.sum_times(newest)

    def readings_after(
        self, after_ms: Mapping[int, int], until_ms: int
    ) -> dict[int, list[FeedRow]]:
        """Time, value, stated interval [ms] of readings in (after, until], by series id.

        The implausible are left out.
        """
        _require_everything()
        return self._feed.readings_after(after_ms, until_ms)

    def sums_after(self, after_ms: Mapping[int, int], until_ms: int) -> dict[int, Stretch]:
        """What virtual meters read in (after, until] at each reading of a part, by series id."""
        _require_everything()
        return self._feed.sums_after(after_ms, until_ms)

    def history(
        self, keys: Sequence[Key], period: Period, *, level: str = "auto", max_points: int = 1000
    ) -> list[History]:
        """Points to draw, one history per known key; ``level`` auto, raw, 15min, 1h or 1d."""
        return self._queries.history(keys, period, level, max_points)

    def energy(self, keys: Sequence[Key], period: Period) -> dict[Key, Energy]:
        """Energy of the part of a period that has passed, in the metric's energy unit."""
        return self._queries.energy(keys, period)

    def energy_buckets(
        self, keys: Sequence[Key], period: Period, level: str
    ) -> dict[Key, list[tuple[int, float | None, float]]]:
        """Per 15min, 1h or 1d bucket: start, energy and covered seconds inside the period."""
        return self._queries.energy_buckets(keys, period, level)

    def rollups(self, keys: Sequence[Key], period: Period, level: str) -> Rolled:
        """Bucket rows of several series, none coarser than ``level``, exact at both ends."""
        return self._queries.rollups(keys, period, level)

    def peak(self, signed: Sequence[tuple[Key, float]], period: Period) -> tuple[int, float] | None:
        """When the signed sum of powers was highest, as a 15-minute mean [kW]."""
        return self._queries.peak(signed, period)

    def sparklines(self, keys: Iterable[Key], hours: int = 24) -> dict[Key, list[float | None]]:
        """Hourly means (counters: energy) of the last hours, None where nothing is known."""
        return self._queries.sparklines(keys, hours)

    def csv(
        self,
        keys: Sequence[Labelled],
        period: Period,
        level: str = "auto",
        dialect: str = "rfc4180",
    ) -> Iterator[bytes]:
        """A CSV file in pieces, memory constant at any length; ``dialect`` rfc4180 or excel."""
        return self.export(Wanted(keys, period, level, "csv", dialect)).pieces

    def export(self, wanted: Wanted) -> Export:
        """A file in pieces, in any format."""
        sheets = Sheets(self._database, self._registry, self._zone, Window.of(self._clock))
        return export(sheets, self._registry, self._zone.key, wanted)

    def rows_about(self, keys: Sequence[Key], period: Period, level: str = "auto") -> int | None:
        """About how many rows a file of these series holds; None where nothing can be said."""
        sheets = Sheets(self._database, self._registry, self._zone, Window.of(self._clock))
        known = [series for key in keys if (series := self._registry.series.get(key))]
        return sheets.rows_about(known, period, level)

    def settle(self, limit: int = 1_000_000) -> int:
        """Bring rollups up to date; how many quarter hours were recomputed."""
        return self._upkeep.settle(limit)

    def tell_recomputed(self, tell: Tell) -> None:
        """Have ``tell`` write what follows from recomputed quarter hours, in their transaction."""
        self._upkeep.tell.append(tell)

    def unsettled(self) -> list[tuple[int, int]]:
        """Spans [from, to) whose rollups do not know yet of readings already stored."""
        with self._database.read() as connection:
            return rollup_store.dirty_times(connection)

    def begins_ms(self, keys: Iterable[Key]) -> int | None:
        """The first hour that any of these series has; None while none has any."""
        ids = [series.series_id for series in self._registry.known(keys)]
        with self._database.read() as connection:
            return rollup_store.first_bucket(connection, "1h", ids)

    def check_quality(self) -> int:
        """Look at the readings since the last check; how many findings were made or grew."""
        return self._inspector.check()

    def quality(
        self, sensor_ids: Iterable[str] | None = None, since_ms: int = 0
    ) -> dict[str, list[Finding]]:
        """Findings that reach past ``since_ms`` per sensor, newest first; others are left out.

        None under a contract: a finding tells single readings, and grows with later ones.
        """
        if in_force().restricts:
            return {}
        return self._inspector.findings(sensor_ids, since_ms)

    def retain(self) -> int:
        """Drop what retention lets go, level by level; how many rows went."""
        return self._upkeep.retain()

    def correct(
        self,
        actor_name: str,
        key: Key,
        period: Period,
        action: str,
        value: float | None,
        reason: str,
        writing: Writing | None = None,
    ) -> Correction:
        """Void or replace a span of a series; what was measured stays underneath."""
        return self._edits.correct(actor_name, key, period, action, value, reason, writing)

    def corrections(self, key: Key) -> list[Correction]:
        """Every correction ever made to a series, newest first.

        Under an embargo those of a span that has been released; they tell single values, so a
        contract of sums or of longer spans refuses them.
        """
        require_single()
        window = Window.of(self._clock)
        window.require_level("raw")
        return [c for c in self._edits.corrections(key) if c.to_ms <= window.horizon_ms]

    def withdraw(
        self, correction_id: int, actor_name: str = "system", writing: Writing | None = None
    ) -> Correction:
        """End a correction: the span counts again as it was measured."""
        return self._edits.withdraw(correction_id, actor_name, writing)

    def add_manual_reading(
        self,
        actor_name: str,
        key: Key,
        ts_ms: int,
        value: float,
        writing: Writing | None = None,
    ) -> Correction:
        """Enter what somebody read off a meter; it counts like any reading and is marked."""
        correction, latest = self._edits.add_manual_reading(actor_name, key, ts_ms, value, writing)
        self._bus.publish("readings", [Reading(*key, ts_ms, value), *_readings(latest)])
        return correction

    def define_virtual(
        self,
        sensor_id: str,
        metric: str,
        parts: Sequence[tuple[float, str, str]],
        writing: Writing | None = None,
    ) -> Series:
        """Make a meter that is the sum of factor × (sensor, metric)."""
        return self._edits.define_virtual(sensor_id, metric, parts, writing)

    def virtual_parts(self, key: Key) -> list[tuple[float, str, str]] | None:
        """Factor, sensor and metric of each part of a virtual meter; None for a measured one."""
        series = self._registry.series.get(key)
        parts = self._registry.notes.parts.get(series.series_id) if series else None
        if parts is None:
            return None
        return [(factor, *self._registry.by_id[part_id].key) for part_id, factor in parts]

    def set_interval(
        self, sensor_id: str, interval_s: float | None, writing: Writing | None = None
    ) -> None:
        """State how often a sensor speaks [s]; None leaves it to be learned."""
        self._edits.set_intervals({sensor_id: interval_s}, writing)

    def set_intervals(self, intervals_s: Mapping[str, float], writing: Writing) -> None:
        """The same for many, in the one transaction that `writing` opens."""
        self._edits.set_intervals(intervals_s, writing)

    def set_range(
        self, key: Key, low: float | None, high: float | None, writing: Writing | None = None
    ) -> None:
        """State what is plausible for one series, in its unit; stored readings are judged anew."""
        self._edits.set_range(key, low, high, writing)

    def _store(
        self,
        readings: Sequence[Reading],
        beside: "Callable[[Connection], None] | None",
    ) -> tuple[IngestResult, list[Reading]]:
        now_ms = self._clock.now_ms()
        screened = screen(readings, self._registry.measured, now_ms)
        new_sensors: list[str] = []
        if not screened.rows and not screened.strangers:
            self._inspector.note_rejections(readings, screened.rejected, now_ms)
            return IngestResult(0, 0, 0, screened.rejected, []), []
        with self._database.write() as connection:
            created = self._admit(connection, readings, screened, now_ms, new_sensors)
            written = reading_store.write_readings(connection, screened.rows)
            changed = sorted((*written.new, *written.corrected))
            rows = screened.rows
            if len(changed) < len(rows):
                rows = [rows[at] for at in changed]
            newest, spans = batch.changes(rows)
            reading_store.put_latest_if_newer(connection, newest)
            reading_store.mark_dirty(connection, [*spans, *written.old_reach])
            note_store.mark_unchecked(connection, batch.late(spans, self._registry.newest_ms))
            if beside:
                beside(connection)
        self._registry.adopt(created)
        virtual = self._registry.advance(newest)
        self._inspector.note_rejections(readings, screened.rejected, now_ms)
        result = IngestResult(
            accepted=len(written.new),
            duplicates=len(screened.rows) - len(changed),
            corrected=len(written.corrected),
            rejected=sorted(screened.rejected),
            new_sensors=new_sensors,
        )
        stored = [readings[screened.indices[at]] for at in changed]
        return result, stored + _readings(virtual)

    def _admit(
        self,
        connection: "Connection",
        readings: Sequence[Reading],
        screened: Screened,
        now_ms: int,
        new_sensors: list[str],
    ) -> list[Series]:
        """Make series for readings nobody has seen the like of, and screen those again."""
        if not screened.strangers:
            return []
        welcome: list[int] = []
        for index in screened.strangers:
            virtual = readings[index][:2] in self._registry.series
            refusal = stranger_refusal(index, readings[index], virtual=virtual)
            if refusal:
                screened.rejected.append(refusal)
            else:
                welcome.append(index)
        subset = [readings[index] for index in welcome]
        assumed = {(r.sensor_id, r.metric): unseen_series(r) for r in subset}
        good = screen(subset, assumed, now_ms).indices
        keys = sorted({(subset[at].sensor_id, subset[at].metric) for at in good})
        series_store.create_series(connection, keys)
        created = series_store.series_of(connection, keys)
        final = screen(subset, assumed | {series.key: series for series in created}, now_ms)
        screened.rows += final.rows
        screened.indices += [welcome[at] for at in final.indices]
        screened.rejected += [Rejection(welcome[r.index], *r[1:]) for r in final.rejected]
        known = {sensor_id for sensor_id, _ in self._registry.series}
        new_sensors += sorted({series.sensor_id for series in created} - known)
        return created


def _require_everything() -> None:
    """Readings one by one and as they come are for jobs and people, not for a contract's token."""
    if in_force().restricts:
        message = "This token's contract shares no stream of single readings."
        raise OutsideContract("embargo_period", message)


def _readings(latest: Iterable[Latest]) -> list[Reading]:
    return [Reading(value.sensor_id, value.metric, value.ts_ms, value.value) for value in latest]
