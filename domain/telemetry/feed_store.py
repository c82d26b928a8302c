"""Readings of many series after a moment of each, for who follows them without the bus."""

import json
from collections.abc import Mapping

from sqlalchemy.engine import Connection

from domain.telemetry.model import OUT_OF_RANGE
from domain.telemetry.store import fetch, is_sqlite

_WHERE = f"WHERE r.ts_ms <= ? AND r.flags & {OUT_OF_RANGE} = 0 ORDER BY r.series_id, r.ts_ms"
_COLUMNS = "SELECT r.series_id, r.ts_ms, r.value, COALESCE(r.interval_ms, 0) FROM "
_SQLITE = (
    _COLUMNS + "json_each(?) AS k CROSS JOIN reading AS r "
    "ON r.series_id = json_extract(k.value, '$[0]') AND r.ts_ms > json_extract(k.value, '$[1]') "
)
_POSTGRESQL = (
    _COLUMNS + "unnest(?::int[], ?::bigint[]) AS k (series_id, after_ms) "
    "JOIN reading AS r ON r.series_id = k.series_id AND r.ts_ms > k.after_ms "
)


def readings_after(
    connection: Connection, after_ms: Mapping[int, int], until_ms: int
) -> dict[int, list[tuple[int, float, int]]]:
    """Valid readings in (after, until] of each series that has some, in time order.

    Each is ts_ms, value, and the interval it states [ms], 0 where it states none.
    """
    if not after_ms:
        return {}
    if is_sqlite(connection):
        keys = json.dumps(list(after_ms.items()))
        rows = fetch(connection, _SQLITE + _WHERE, (keys, until_ms))
    else:
        pairs = (list(after_ms), list(after_ms.values()))
        rows = fetch(connection, _POSTGRESQL + _WHERE, (*pairs, until_ms))
    found: dict[int, list[tuple[int, float, int]]] = {}
    for series_id, *row in rows:
        found.setdefault(series_id, []).append((row[0], row[1], row[2]))
    return found
