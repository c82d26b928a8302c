"""What a stored batch changes: the newest reading of each series, and spans of rollups."""

from collections.abc import Mapping, Sequence

from domain.telemetry.model import Row
from domain.telemetry.reading_store import Span
from domain.telemetry.rollup import HOUR_MS

_ONE_SPAN_MS = 24 * HOUR_MS


def changes(rows: Sequence[Row]) -> tuple[list[tuple[int, int, float, int]], list[Span]]:
    """Newest (series_id, ts_ms, value, flags) per series, and the dirty spans of all."""
    newest: dict[int, Row] = {}
    oldest: dict[int, int] = {}
    for row in rows:
        series_id, ts_ms = row[0], row[1]
        known = newest.get(series_id)
        if known is None:
            newest[series_id] = row
            oldest[series_id] = ts_ms
        elif ts_ms >= known[1]:
            newest[series_id] = row
        elif ts_ms < oldest[series_id]:
            oldest[series_id] = ts_ms
    spans: list[Span] = []
    for series_id, row in newest.items():
        first_ms, last_ms = oldest[series_id], row[1]
        if last_ms - first_ms <= _ONE_SPAN_MS:
            spans.append((series_id, first_ms, last_ms + 1))
        else:
            spans += _separate(series_id, sorted(r[1] for r in rows if r[0] == series_id))
    return [(row[0], row[1], row[2], row[4]) for row in newest.values()], spans


def late(spans: Sequence[Span], newest_ms: Mapping[int, int]) -> list[Span]:
    """The parts of spans that are not newer than what their series had before."""
    return [
        (series_id, from_ms, min(to_ms, newest_ms[series_id] + 1))
        for series_id, from_ms, to_ms in spans
        if from_ms <= newest_ms.get(series_id, -1)
    ]


def _separate(series_id: int, times_ms: Sequence[int]) -> list[Span]:
    """Late readings far from the live ones must not mark the year between."""
    spans: list[Span] = []
    first = last = times_ms[0]
    for ts_ms in times_ms[1:]:
        if ts_ms - last > _ONE_SPAN_MS:
            spans.append((series_id, first, last + 1))
            first = ts_ms
        last = ts_ms
    spans.append((series_id, first, last + 1))
    return spans
