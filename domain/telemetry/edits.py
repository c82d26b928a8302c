"""What people do to telemetry: correct, enter readings, define virtual meters, state limits."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry import note_store, reading_store, rollup_store, series_store
from domain.telemetry.batch import late
from domain.telemetry.corrections import Correction, check_correction
from domain.telemetry.model import MANUAL, OUT_OF_RANGE, Key, Latest, Reading, Series
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import QUARTER_MS
from domain.telemetry.screen import screen, stranger_refusal, unseen_series
from domain.telemetry.settle import mark_unstated
from domain.telemetry.virtual import depends_on

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

Writing: TypeAlias = Callable[[], AbstractContextManager["Connection"]]
"""Opens the transaction of a use case; what else belongs to it is written in there too."""

_LONGEST_INTERVAL_S = 31 * 86_400.0
_MOST_PARTS = 100


class Edits:
    """Changes by people; the rollups follow at the next settling.

    A change happens in the transaction that ``writing`` opens, so that its audit row, or whatever
    else the caller writes there, stays or goes with it; without one it has its own.
    """

    def __init__(self, database: "Database", clock: Clock, registry: Registry) -> None:
        self._database = database
        self._clock = clock
        self._registry = registry

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
        """Lay a correction over [start, end) of a series.

        Raises:
            Unknown: no such series. InvalidInput: not a correction, or older than what is kept.
        """
        series = self._registry.get(key)
        check_correction(action, value, reason)
        if series.virtual:
            raise InvalidInput("A virtual meter is corrected in its parts.")
        if period.start_ms < series.raw_from_ms:
            limit = series.raw_from_ms
            field = FieldError("start_time", "readings this old are no longer kept", limit)
            raise InvalidInput("The span begins before the first reading that is kept.", [field])
        wanted = Correction(
            correction_id=0,
            series_id=series.series_id,
            from_ms=period.start_ms,
            to_ms=period.end_ms,
            action=action,
            value=value if action == "replace" else None,
            reason=reason.strip(),
            actor_name=actor_name,
            created_ms=self._clock.now_ms(),
        )
        with (writing or self._database.write)() as connection:
            kept = note_store.add_correction(connection, wanted)
            self._mark(connection, series, kept)
        self._reload(kept.series_id)
        return kept

    def corrections(self, key: Key) -> list[Correction]:
        """Every correction of a series, newest first."""
        with self._database.read() as connection:
            return note_store.corrections_of(connection, self._registry.get(key).series_id)

    def withdraw(
        self, correction_id: int, actor_name: str, writing: Writing | None = None
    ) -> Correction:
        """Let what was measured count again; a manual reading goes.

        Raises:
            Unknown: no correction of this id is in force.
        """
        with (writing or self._database.write)() as connection:
            ended = note_store.withdraw_correction(
                connection, correction_id, actor_name, self._clock.now_ms()
            )
            if ended is None:
                raise Unknown("correction", correction_id)
            if ended.action == "manual":
                self._take_back(connection, ended)
            self._mark(connection, self._registry.by_id[ended.series_id], ended)
        self._reload(ended.series_id)
        return ended

    def add_manual_reading(
        self,
        actor_name: str,
        key: Key,
        ts_ms: int,
        value: float,
        writing: Writing | None = None,
    ) -> tuple[Correction, list[Latest]]:
        """Store a reading taken by eye; with it the virtual meters that changed.

        A meter that is only ever read by eye gets its series with its first reading.

        Raises:
            InvalidInput: a value, time, sensor id or metric no reading may have.
            Conflict: there is a reading of exactly this time, or the meter is virtual.
        """
        series = self._series_to_enter(key, Reading(*key, ts_ms, value))
        screened = screen([Reading(*key, ts_ms, value)], {key: series}, self._clock.now_ms())
        wrong = screened.rejected[0].message if screened.rejected else None
        if wrong is None and screened.rows[0][4] & OUT_OF_RANGE:
            wrong = f"{value:g} is outside {series.low:g} to {series.high:g} {series.unit}."
        if wrong:
            raise InvalidInput(wrong, [FieldError("value", wrong)])
        with (writing or self._database.write)() as connection:
            created = [] if series.series_id else self._make_series(connection, key)
            series = created[0] if created else series
            if reading_store.has_reading(connection, series.series_id, ts_ms):
                raise Conflict("There is a reading of exactly this time; replace it instead.")
            newest = (series.series_id, ts_ms, value, MANUAL)
            row = (series.series_id, ts_ms, value, None, MANUAL)
            reading_store.write_readings(connection, [row])
            reading_store.put_latest_if_newer(connection, [newest])
            entered = self._entered(actor_name, series.series_id, ts_ms, value)
            kept = note_store.add_correction(connection, entered)
            self._mark(connection, series, kept)
            span = (series.series_id, ts_ms, ts_ms + 1)
            note_store.mark_unchecked(connection, late([span], self._registry.newest_ms))
        self._registry.adopt(created)
        return kept, self._registry.advance([newest])

    def define_virtual(
        self,
        sensor_id: str,
        metric: str,
        parts: Sequence[tuple[float, str, str]],
        writing: Writing | None = None,
    ) -> Series:
        """Make or change a virtual meter; parts may be series that have not spoken yet.

        Raises:
            InvalidInput: no parts, another kind of metric, a circle. Conflict: it has readings.
        """
        key = (sensor_id, metric)
        _check_parts(metric, parts)
        with (writing or self._database.write)() as connection:
            keys = sorted({(part_sensor, part_metric) for _, part_sensor, part_metric in parts})
            series_store.create_series(connection, [key, *keys])
            series = series_store.series_of(connection, [key])[0]
            if reading_store.newest_reading(connection, series.series_id):
                raise Conflict(f"{sensor_id} measures {metric} itself; it cannot be virtual too.")
            ids = {found.key: found.series_id for found in series_store.series_of(connection, keys)}
            weights: dict[int, float] = {}
            for factor, *part in parts:
                part_id = ids[part[0], part[1]]
                weights[part_id] = weights.get(part_id, 0.0) + factor
            known = {whole: list(found) for whole, found in self._registry.notes.parts.items()}
            known[series.series_id] = list(weights.items())
            if any(series.series_id in depends_on(known, part_id) for part_id in weights):
                raise InvalidInput("A virtual meter cannot be a part of itself.")
            series_store.replace_parts(connection, series.series_id, weights.items())
            self._mark_virtual(connection, series.series_id, list(weights))
        self._reload(series.series_id)
        return self._registry.get(key)

    def set_intervals(
        self, intervals_s: Mapping[str, float | None], writing: Writing | None = None
    ) -> None:
        """State how often sensors speak; what their readings held by the old one is redone.

        Raises:
            InvalidInput: not between 0.1 s and 31 days.
        """
        stated = [s for s in intervals_s.values() if s is not None]
        if not all(0.1 <= interval_s <= _LONGEST_INTERVAL_S for interval_s in stated):
            limit = FieldError("interval_s", "must be 0.1 s to 31 days", [0.1, _LONGEST_INTERVAL_S])
            raise InvalidInput("An interval is 0.1 s to 31 days.", [limit])
        with (writing or self._database.write)() as connection:
            news = {
                sensor_id: interval_s
                for sensor_id, interval_s in intervals_s.items()
                if series_store.configured_interval(connection, sensor_id) != interval_s
            }
            for sensor_id, interval_s in news.items():
                series_store.configure_interval(connection, sensor_id, interval_s)
            for series in self._registry.series.values() if news else ():
                if series.interval_s != news.get(series.sensor_id, series.interval_s):
                    mark_unstated(connection, series)
        if news:
            self._reload()

    def set_range(
        self, key: Key, low: float | None, high: float | None, writing: Writing | None = None
    ) -> None:
        """State what is plausible for one series; None means the metric's own limit.

        Raises:
            Unknown: no such series. InvalidInput: low is not below high.
        """
        series = self._registry.get(key)
        metric = METRICS[series.metric]
        lowest = metric.low if low is None else low
        highest = metric.high if high is None else high
        if not (math.isfinite(lowest) and math.isfinite(highest) and lowest < highest):
            raise InvalidInput("The lower limit is below the upper one.", [FieldError("low", "")])
        with (writing or self._database.write)() as connection:
            series_store.set_range(connection, series.series_id, low, high)
            reading_store.set_flags(connection, series.series_id, lowest, highest)
            first_ms = reading_store.first_time(connection, series.series_id)
            newest = reading_store.newest_reading(connection, series.series_id)
            if newest and first_ms is not None:
                series_store.put_latest(connection, series.series_id, newest)
                self._mark_span(connection, series, first_ms, newest[0] + 1)
        self._reload(series.series_id)

    def _series_to_enter(self, key: Key, reading: Reading) -> Series:
        series = self._registry.series.get(key)
        if series is None:
            refusal = stranger_refusal(0, reading, virtual=False)
            if refusal:
                raise InvalidInput(refusal.message, code=refusal.code)
            return unseen_series(reading)
        if series.virtual:
            raise Conflict("A virtual meter is made of others; enter the reading of a part.")
        return series

    def _make_series(self, connection: "Connection", key: Key) -> list[Series]:
        series_store.create_series(connection, [key])
        return series_store.series_of(connection, [key])

    def _entered(self, actor_name: str, series_id: int, ts_ms: int, value: float) -> Correction:
        return Correction(
            correction_id=0,
            series_id=series_id,
            from_ms=ts_ms,
            to_ms=ts_ms + 1,
            action="manual",
            value=value,
            reason="read by a person",
            actor_name=actor_name,
            created_ms=self._clock.now_ms(),
        )

    def _take_back(self, connection: "Connection", ended: Correction) -> None:
        reading_store.delete_reading(connection, ended.series_id, ended.from_ms)
        newest = reading_store.newest_reading(connection, ended.series_id)
        if newest:
            series_store.put_latest(connection, ended.series_id, newest)
        else:
            series_store.drop_latest(connection, ended.series_id)

    def _mark(self, connection: "Connection", series: Series, correction: Correction) -> None:
        self._mark_span(connection, series, correction.from_ms, correction.to_ms)

    def _mark_span(
        self, connection: "Connection", series: Series, from_ms: int, to_ms: int
    ) -> None:
        """What is not counted any more held until somewhere too."""
        reach = reading_store.reach_ms(connection, series.series_id, from_ms, to_ms)
        span = (series.series_id, from_ms, max(reach, to_ms))
        reading_store.mark_dirty(connection, [span])

    def _mark_virtual(
        self, connection: "Connection", series_id: int, part_ids: Sequence[int]
    ) -> None:
        ranges = [rollup_store.bucket_range(connection, "15min", part_id) for part_id in part_ids]
        ranges.append(rollup_store.bucket_range(connection, "15min", series_id))
        known = [found for found in ranges if found]
        if known:
            start, end = min(low for low, _ in known), max(high for _, high in known)
            reading_store.mark_dirty(connection, [(series_id, start, end + QUARTER_MS)])

    def _reload(self, *changed: int) -> None:
        with self._database.read() as connection:
            self._registry.reload_series(connection, changed)


def _check_parts(metric: str, parts: Sequence[tuple[float, str, str]]) -> None:
    if metric not in METRICS:
        raise InvalidInput(f"{metric!r} is no metric.", [FieldError("metric", "unknown")])
    if not 1 <= len(parts) <= _MOST_PARTS:
        field = FieldError("parts", "1 to 100 parts", [1, _MOST_PARTS])
        raise InvalidInput("A virtual meter has 1 to 100 parts.", [field])
    kind, unit = METRICS[metric].kind, METRICS[metric].unit
    for factor, _, part_metric in parts:
        part = METRICS.get(part_metric)
        if part is None or (part.kind, part.unit) != (kind, unit):
            message = f"{part_metric} cannot be added up to {metric}"
            raise InvalidInput(f"{message}.", [FieldError("parts", message)])
        if not math.isfinite(factor):
            raise InvalidInput("A factor is finite.", [FieldError("parts", "factor", None)])
