"""Statements on series, their intervals, their latest values and the parts of virtual ones."""

# ruff: noqa: S608 - only names and placeholders of ours are put into statements

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from domain.foundation.units import METRICS
from domain.telemetry.model import Key, Series
from domain.telemetry.store import fetch, marks, run, run_many

_COLUMNS = (
    "series_id, sensor_id, metric, configured_s, learned_s, low, high, "
    "raw_from_ms, quarter_from_ms, virtual"
)
_CHUNK = 400


def all_series(connection: Connection) -> list[Series]:
    """Every series, ordered by sensor and metric."""
    rows = fetch(connection, f"SELECT {_COLUMNS} FROM series ORDER BY sensor_id, metric")
    return [_series(row) for row in rows]


def series_by_id(connection: Connection, series_ids: Sequence[int]) -> dict[int, Series]:
    """A few series as they are stored now."""
    sql = f"SELECT {_COLUMNS} FROM series WHERE series_id IN ({marks(len(series_ids))})"
    return {row[0]: _series(row) for row in fetch(connection, sql, series_ids)}


def create_series(connection: Connection, keys: Sequence[Key], *, virtual: bool = False) -> None:
    """Make series that do not exist yet; another process may have been faster."""
    configured = dict(_intervals(connection, {sensor_id for sensor_id, _ in keys}))
    run_many(
        connection,
        "INSERT INTO series (sensor_id, metric, configured_s, raw_from_ms, quarter_from_ms, "
        "checked_ms, virtual) VALUES (?, ?, ?, 0, 0, 0, ?) ON CONFLICT (sensor_id, metric) "
        "DO NOTHING",
        [(sensor, metric, configured.get(sensor), virtual) for sensor, metric in keys],
    )


def series_of(connection: Connection, keys: Sequence[Key]) -> list[Series]:
    """Those of ``keys`` that exist."""
    wanted = set(keys)
    sensors = sorted({sensor_id for sensor_id, _ in keys})
    found: list[Series] = []
    for chunk in _chunks(sensors):
        sql = f"SELECT {_COLUMNS} FROM series WHERE sensor_id IN ({marks(len(chunk))})"
        found += [_series(row) for row in fetch(connection, sql, chunk)]
    return [series for series in found if series.key in wanted]


def configure_interval(connection: Connection, sensor_id: str, interval_s: float | None) -> None:
    """Remember what a person stated, for the series that exist and those still to come."""
    run(connection, "DELETE FROM sensor_interval WHERE sensor_id = ?", (sensor_id,))
    if interval_s is not None:
        run(connection, "INSERT INTO sensor_interval VALUES (?, ?)", (sensor_id, interval_s))
    run(
        connection,
        "UPDATE series SET configured_s = ? WHERE sensor_id = ?",
        (interval_s, sensor_id),
    )


def configured_interval(connection: Connection, sensor_id: str) -> float | None:
    """What a person stated for the sensor [s]."""
    return dict(_intervals(connection, {sensor_id})).get(sensor_id)


def learn_interval(connection: Connection, series_id: int, interval_s: float) -> None:
    """Remember the interval seen in the readings."""
    run(connection, "UPDATE series SET learned_s = ? WHERE series_id = ?", (interval_s, series_id))


def set_range(
    connection: Connection, series_id: int, low: float | None, high: float | None
) -> None:
    """Narrow or widen what counts as plausible for one series; None means the metric's limit."""
    sql = "UPDATE series SET low = ?, high = ? WHERE series_id = ?"
    run(connection, sql, (low, high, series_id))


def checked_until(connection: Connection) -> dict[int, int]:
    """How far the quality check has come in each series, virtual ones left out."""
    sql = "SELECT series_id, checked_ms FROM series WHERE NOT virtual"
    return {series_id: checked_ms for series_id, checked_ms in fetch(connection, sql)}


def mark_checked(connection: Connection, until: dict[int, int]) -> None:
    """Remember how far the quality check has come."""
    run_many(
        connection,
        "UPDATE series SET checked_ms = ? WHERE series_id = ?",
        [(checked_ms, series_id) for series_id, checked_ms in until.items()],
    )


def all_latest(connection: Connection) -> list[tuple[int, int, float, int]]:
    """series_id, ts_ms, value and flags of the newest reading of every series."""
    return fetch(connection, "SELECT series_id, ts_ms, value, flags FROM latest")


def put_latest(connection: Connection, series_id: int, newest: tuple[int, float, int]) -> None:
    """Set the newest reading of a series, whatever stood there."""
    run(connection, "DELETE FROM latest WHERE series_id = ?", (series_id,))
    run(connection, "INSERT INTO latest VALUES (?, ?, ?, ?)", (series_id, *newest))


def drop_latest(connection: Connection, series_id: int) -> None:
    """A series whose only reading was withdrawn has none."""
    run(connection, "DELETE FROM latest WHERE series_id = ?", (series_id,))


def all_parts(connection: Connection) -> list[tuple[int, int, float]]:
    """series_id of a virtual meter, series_id of a part of it, factor."""
    sql = "SELECT series_id, part_id, factor FROM virtual_part ORDER BY series_id, part_id"
    return fetch(connection, sql)


def replace_parts(
    connection: Connection, series_id: int, parts: Iterable[tuple[int, float]]
) -> None:
    """Make a series virtual with exactly these (part, factor)."""
    run(connection, "DELETE FROM virtual_part WHERE series_id = ?", (series_id,))
    run(connection, "UPDATE series SET virtual = ? WHERE series_id = ?", (True, series_id))
    run_many(
        connection,
        "INSERT INTO virtual_part VALUES (?, ?, ?)",
        [(series_id, part_id, factor) for part_id, factor in parts],
    )


def _intervals(connection: Connection, sensor_ids: set[str]) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for chunk in _chunks(sorted(sensor_ids)):
        sql = f"SELECT * FROM sensor_interval WHERE sensor_id IN ({marks(len(chunk))})"
        found += fetch(connection, sql, chunk)
    return found


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK))


def _series(row: tuple[Any, ...]) -> Series:
    series_id, sensor_id, name, configured_s, learned_s, low, high, *floors, virtual = row
    metric = METRICS[str(name)]
    return Series(
        series_id=series_id,
        sensor_id=sensor_id,
        metric=metric.name,
        unit=metric.unit,
        kind=metric.kind,
        interval_s=configured_s or learned_s,
        low=metric.low if low is None else low,
        high=metric.high if high is None else high,
        configured_s=configured_s,
        raw_from_ms=floors[0],
        quarter_from_ms=floors[1],
        virtual=bool(virtual),
    )
