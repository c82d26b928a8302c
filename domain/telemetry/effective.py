"""The readings that count for a span: stored ones within range, with corrections laid over them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from domain.telemetry import reading_store
from domain.telemetry.corrections import Correction, clipped, overlaid
from domain.telemetry.model import Series
from domain.telemetry.reading_store import as_rows
from domain.telemetry.rollup import Rows

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Neighbour: TypeAlias = tuple[int, float, int]


def effective_rows(
    connection: "Connection",
    series: Series,
    overlays: Sequence[Correction],
    from_ms: int,
    to_ms: int,
) -> Rows:
    """What ``rollup.roll`` needs for [from, to): the rows inside and the neighbours that matter."""
    inside = reading_store.valid_rows(connection, series.series_id, from_ms, to_ms)
    edge: list[Neighbour] = []
    if series.kind in ("power", "counter"):
        before = neighbour(connection, series, overlays, from_ms, after=False)
        edge += [before] if before else []
    if series.kind == "counter":
        after = neighbour(connection, series, overlays, to_ms, after=True)
        edge += [after] if after else []
    rows = _with_edges(inside, edge, from_ms)
    if overlays:
        rows = overlaid(rows, overlays, series.kind)
        rows = clipped(rows, overlays, series.rule.hold_ms)
    return rows


def neighbour(
    connection: "Connection",
    series: Series,
    overlays: Sequence[Correction],
    at_ms: int,
    *,
    after: bool,
) -> Neighbour | None:
    """The nearest stored reading before (or at and after) a moment that no correction covers."""
    while True:
        found = reading_store.valid_neighbour(connection, series.series_id, at_ms, after=after)
        if found is None:
            return None
        covering = [overlay for overlay in overlays if overlay.covers(found[0])]
        if not covering:
            return found
        at_ms = (
            max(overlay.to_ms for overlay in covering)
            if after
            else min(overlay.from_ms for overlay in covering)
        )


def _with_edges(inside: Rows, edge: Sequence[Neighbour], from_ms: int) -> Rows:
    if not edge:
        return inside
    before = as_rows([row for row in edge if row[0] < from_ms])
    after = as_rows([row for row in edge if row[0] >= from_ms])
    return before.joined(inside).joined(after)
