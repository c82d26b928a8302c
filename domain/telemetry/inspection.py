"""The quality check: what came since the last one, and what came late, each looked at once.

A cursor follows the newest readings of a series. Readings older than its newest one are noted
when they are stored (one span a series, which grows until it is checked), since no cursor over
time would meet them.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from domain.telemetry import note_store, quality, reading_store, rollup_store, series_store
from domain.telemetry.history import DAY_MS
from domain.telemetry.model import Reading, Rejection, Series
from domain.telemetry.note_store import Unchecked
from domain.telemetry.quality import Finding, Seen
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import QUARTER_MS
from domain.telemetry.upkeep import RAW_KEPT_MS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from domain.storage.engine import Database

_AT_ONCE = 50_000
_BEFORE_AT_ONCE = 20_000
_SERIES_AT_ONCE = 50
_ROWS_A_CHECK = 1_000_000
"""What is left of a long history when so many were looked at waits for the next check."""
_BREATH_S = 0.02
_END_OF_TIME_MS = 2**53


@dataclass(frozen=True, slots=True)
class _Task:
    """Look at what lies after a moment; ``late`` is the noted span, None for the cursor's own."""

    series: Series
    after_ms: int
    late: Unchecked | None = None


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one page held: how far it reached, and what is odd between its first and last row."""

    task: _Task
    first_ms: int
    last_ms: int
    count: int
    more: bool
    found: tuple[Finding, ...]


class Inspector:
    """Finds what is odd about stored readings; may run in any process that holds its claim."""

    def __init__(self, database: "Database", registry: Registry) -> None:
        self._database = database
        self._registry = registry

    def findings(self, sensor_ids: Iterable[str] | None, since_ms: int) -> dict[str, list[Finding]]:
        """Findings per sensor, newest first."""
        chosen = None if sensor_ids is None else list(sensor_ids)
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        with self._database.read() as connection:
            for sensor_id, finding in note_store.findings_of(connection, chosen, since_ms):
                found[sensor_id].append(finding)
        return dict(found)

    def check(self) -> int:
        """Look at what is due, a few series at a time; how many findings were made or grew."""
        with self._database.read() as connection:
            tasks = iter(self._due(connection))
        count, rows = 0, 0
        while rows < _ROWS_A_CHECK and (some := list(islice(tasks, _SERIES_AT_ONCE))):
            with self._database.read() as connection:
                looked = [self._look(connection, task) for task in some]
            with self._database.write() as connection:
                count += sum(self._store(connection, page) for page in looked)
            rows += sum(page.count for page in looked)
            unfinished = [
                _Task(page.task.series, page.last_ms, page.task.late)
                for page in looked
                if page.more
            ]
            tasks = iter([*unfinished, *tasks])
            time.sleep(_BREATH_S if unfinished else 0)
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
                    _keep(connection, sensor_id, [finding], finding.since_ms - DAY_MS)

    def _due(self, connection: "Connection") -> list[_Task]:
        """Late spans first: what they amend is shown already."""
        newest = {row[0]: row[1] for row in series_store.all_latest(connection)}
        known = {series.series_id: series for series in series_store.all_series(connection)}
        late = [
            _Task(known[span.series_id], span.from_ms - 1, span)
            for span in note_store.unchecked(connection)
        ]
        fresh = [
            _Task(known[series_id], checked_ms or newest[series_id] - RAW_KEPT_MS)
            for series_id, checked_ms in series_store.checked_until(connection).items()
            if checked_ms < newest.get(series_id, 0)
        ]
        return late + fresh

    def _look(self, connection: "Connection", task: _Task) -> _Looked:
        series, after_ms, end_ms = task.series, task.after_ms, _END_OF_TIME_MS
        before = reading_store.valid_neighbour(
            connection, series.series_id, after_ms + 1, after=False
        )
        if task.late:
            after = reading_store.valid_neighbour(
                connection, series.series_id, task.late.to_ms, after=True
            )
            end_ms = after[0] + 1 if after else task.late.to_ms
        first_ms = before[0] if before else after_ms + 1
        rows = reading_store.raw_page(connection, series.series_id, first_ms, end_ms, _AT_ONCE)
        if len(rows) == _AT_ONCE and rows[-1][0] <= after_ms:  # so many were implausible before it
            rows = reading_store.raw_page(
                connection, series.series_id, after_ms + 1, end_ms, _AT_ONCE
            )
        if not rows:
            return _Looked(task, after_ms, after_ms, 0, False, ())
        found = quality.inspect(series, Seen.of(rows)) + self._stuck(connection, task, rows)
        more = len(rows) == _AT_ONCE
        return _Looked(task, rows[0][0], rows[-1][0], len(rows), more, tuple(found))

    def _stuck(
        self,
        connection: "Connection",
        task: _Task,
        rows: Sequence[tuple[int, float, int | None, int]],
    ) -> list[Finding]:
        """At the end of live readings by the rollups, which is cheap; in a longer page by row."""
        series = task.series
        if not quality.can_be_stuck(series):
            return []
        found: list[Finding] = []
        if task.late is None:
            found = self._stuck_at_end(connection, series, rows[-1][0])
        if task.late or rows[-1][0] - rows[0][0] >= quality.stuck_after_ms(series):
            from_ms = rows[0][0] - quality.compared_ms(series)
            earlier = reading_store.raw_page(
                connection, series.series_id, from_ms, rows[0][0], _BEFORE_AT_ONCE
            )
            seen = Seen.of([*earlier, *rows]).valid()
            found += quality.stuck_runs(series, seen, task.after_ms + 1)
        return [f for f in found if not self._rested(connection, series, f.since_ms, f.until_ms)]

    def _stuck_at_end(
        self, connection: "Connection", series: Series, last_ms: int
    ) -> list[Finding]:
        """A day of readings is compared only where the rollups of late show one single value."""
        from_ms = last_ms - quality.stuck_after_ms(series)
        recent = rollup_store.read_buckets(
            connection, "15min", series.series_id, _next_quarter(from_ms), last_ms + 1
        )
        if not len(recent) or recent.low.min() != recent.high.max():
            return []
        if self._rested(connection, series, from_ms, last_ms):
            return []
        from_ms = last_ms - quality.compared_ms(series)
        day = reading_store.raw_page(
            connection, series.series_id, from_ms, last_ms + 1, _BEFORE_AT_ONCE
        )
        return quality.stuck(series, Seen.of(day).valid())

    def _rested(self, connection: "Connection", series: Series, from_ms: int, last_ms: int) -> bool:
        """Whether a charge stands still because its battery did, or nobody can say."""
        if series.metric != "soc":
            return False
        power = self._registry.series.get((series.sensor_id, "power"))
        if power is None:
            return True
        recent = rollup_store.read_buckets(
            connection, "15min", power.series_id, _next_quarter(from_ms), last_ms + 1
        )
        return not len(recent) or quality.at_rest(recent.low, recent.high)

    def _store(self, connection: "Connection", page: _Looked) -> int:
        series, late = page.task.series, page.task.late
        if late is None:
            series_store.mark_checked(connection, {series.series_id: page.last_ms})
        elif page.more:
            note_store.shorten_unchecked(connection, late, page.last_ms + 1)
        else:
            note_store.clear_unchecked(connection, late)
        refuted = (series.metric, page.first_ms, page.last_ms) if late else None
        if not page.found and refuted is None:
            return 0
        since_ms = min([page.first_ms, *(f.since_ms for f in page.found)]) - DAY_MS
        return _keep(connection, series.sensor_id, page.found, since_ms, refuted)


def _keep(
    connection: "Connection",
    sensor_id: str,
    found: Sequence[Finding],
    since_ms: int,
    refuted: tuple[str, int, int] | None = None,
) -> int:
    """Merge findings into those kept; a gap in the ``refuted`` span that was filled goes."""
    old = [f for _, f in note_store.findings_of(connection, [sensor_id], since_ms)]
    filled = quality.gaps_within(old, *refuted) if refuted else []
    gone, fresh = quality.merged([f for f in old if f not in filled], found)
    gone += filled
    same = set(gone) & set(fresh)
    note_store.replace_findings(
        connection,
        sensor_id,
        [f for f in gone if f not in same],
        [f for f in fresh if f not in same],
    )
    return len(fresh) - len(same)


def _next_quarter(from_ms: int) -> int:
    return from_ms // QUARTER_MS * QUARTER_MS + QUARTER_MS
