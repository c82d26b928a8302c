"""Charts made of rollups: the rows of many series at once where a point is one bucket."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from domain.foundation.intervals import Period, day_starts_ms
from domain.telemetry import history as points
from domain.telemetry import rollup_store
from domain.telemetry.fives import five_minutes, grouped_rows
from domain.telemetry.history import DAY_MS, FIVE_MS, LEVELS, Grid, History
from domain.telemetry.model import Series
from domain.telemetry.registry import Registry

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class Wanted(NamedTuple):
    """The points of a series in [start, end)."""

    series: Series
    grid: Grid
    start_ms: int
    end_ms: int


def lines(
    connection: "Connection", registry: Registry, zone: ZoneInfo, wanted: Sequence[Wanted]
) -> list[History]:
    """One history for each, in the order given."""
    together: defaultdict[tuple[str, Grid, int, int], list[int]] = defaultdict(list)
    found: dict[int, History] = {}
    for at, one in enumerate(wanted):
        series, grid, start_ms, end_ms = one
        if end_ms <= start_ms:
            found[at] = points.empty_history(series, grid)
        elif grid.level == "5min":
            found[at] = _fives(connection, registry, one)
        elif grid.level == "1d" or grid.factor > 1:
            found[at] = _gathered(connection, zone, one)
        else:
            together[series.kind, grid, start_ms, end_ms].append(at)
    for places in together.values():
        group = [wanted[at] for at in places]
        found.update(zip(places, _as_kept(connection, group), strict=True))
    return [found[at] for at in range(len(wanted))]


def _gathered(connection: "Connection", zone: ZoneInfo, wanted: Wanted) -> History:
    series, grid, start_ms, end_ms = wanted
    if grid.level == "1d":
        midnights = day_starts_ms(Period.of_ms(start_ms, end_ms), zone)
        first_ms = midnights[0] if midnights else end_ms
        # Days have 23 to 25 hours: half a day of room puts each on its own place.
        origin_ms = first_ms - DAY_MS // 2
    else:
        first_ms = origin_ms = up(start_ms, LEVELS[grid.level])
    window, steps = (first_ms, end_ms), (origin_ms, grid.width_ms)
    rows = rollup_store.grouped(connection, grid.level, series, window, steps)
    return points.bucket_points(series, grid, origin_ms, rows)


def _as_kept(connection: "Connection", group: Sequence[Wanted]) -> Iterable[History]:
    """Series of one kind on one grid, each point a bucket as it is kept."""
    first, grid, start_ms, end_ms = group[0]
    origin_ms = up(start_ms, grid.width_ms)
    ids = [wanted.series.series_id for wanted in group]
    rows = rollup_store.ungrouped(
        connection, grid.level, first.kind, ids, (origin_ms, end_ms), (origin_ms, grid.width_ms)
    )
    columns = {
        series_id: list(zip(*own, strict=True))[1:]
        for series_id, own in groupby(rows, key=itemgetter(0))
    }
    for wanted in group:
        own = columns.get(wanted.series.series_id, [])
        yield points.column_points(wanted.series, grid, origin_ms, own)


def _fives(connection: "Connection", registry: Registry, wanted: Wanted) -> History:
    """Five-minute means of the readings, for contracts that share no finer."""
    series, grid, start_ms, end_ms = wanted
    origin_ms = up(start_ms, FIVE_MS)
    overlays = registry.notes.overlays.get(series.series_id, ())
    rows: list[rollup_store.GroupedRow] = []
    for sheet in five_minutes(connection, series, overlays, origin_ms, end_ms):
        rows += grouped_rows(series.kind, sheet, origin_ms, FIVE_MS)
    return points.bucket_points(series, grid, origin_ms, rows)


def up(ts_ms: int, width_ms: int) -> int:
    """The first edge of a width at or after a moment."""
    return -(-ts_ms // width_ms) * width_ms
