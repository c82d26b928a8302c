"""The tables of rooms, sensors and the building itself, and every statement on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from domain.building.comfort import LIMIT_NAMES, Comfort, with_limits
from domain.building.model import BuildingSettings, Room, Sensor
from domain.storage.schema import metadata

BUILDING_ID = 1
CHUNK = 400
"""Ids in one IN list; SQLite allows 32,766 variables, small statements stay cached."""


def _limit_columns() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Float(), nullable=True) for name in LIMIT_NAMES]


building_table = sa.Table(
    "building",
    metadata,
    sa.Column("building_id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(60), nullable=False),
    *_limit_columns(),
    sa.Column("plan_digest", sa.String(64), nullable=True),
    sa.Column("revision", sa.BigInteger(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
)
room_table = sa.Table(
    "room",
    metadata,
    sa.Column("room_id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("name_key", sa.String(60), nullable=False, unique=True),
    sa.Column("floor", sa.String(40), nullable=False),
    sa.Column("floor_order", sa.Integer(), nullable=False),
    sa.Column("capacity", sa.Integer(), nullable=True),
    sa.Column("area_m2", sa.Float(), nullable=True),
    *_limit_columns(),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_ms", sa.BigInteger(), nullable=False),
    sa.Column("updated_ms", sa.BigInteger(), nullable=False),
    sqlite_autoincrement=True,
)
sensor_table = sa.Table(
    "sensor",
    metadata,
    sa.Column("sensor_id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("sensor_type", sa.String(32), nullable=False),
    sa.Column(
        "room_id",
        sa.Integer(),
        sa.ForeignKey("room.room_id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    ),
    sa.Column("unit", sa.String(16), nullable=True),
    sa.Column("meter_role", sa.String(16), nullable=False),
    sa.Column("use", sa.String(16), nullable=True),
    sa.Column("interval_s", sa.Float(), nullable=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("demand_response_enabled", sa.Boolean(), nullable=False),
    sa.Column("control_capabilities", sa.JSON(), nullable=False),
    sa.Column("hints", sa.JSON(), nullable=False),
    sa.Column("discovered_ms", sa.BigInteger(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_ms", sa.BigInteger(), nullable=False),
    sa.Column("updated_ms", sa.BigInteger(), nullable=False),
)


def name_key(name: str) -> str:
    """Rooms are told apart without regard to case and spacing."""
    return " ".join(name.split()).casefold()


def read_revision(c: Connection) -> int:
    """The number that every committed change of rooms, sensors or settings raises."""
    return int(c.execute(sa.select(building_table.c.revision)).scalar_one())


def raise_revision(c: Connection) -> None:
    """Tell other processes that what they remember of the building is old."""
    c.execute(building_table.update().values(revision=building_table.c.revision + 1))


def read_settings(c: Connection) -> BuildingSettings:
    """The building's name and its own comfort limits over the usual ones."""
    row = c.execute(sa.select(building_table)).one()
    own = _own_limits(row)
    return BuildingSettings(row.name, with_limits(Comfort(), own), own, row.version)


def read_plan_digest(c: Connection) -> str | None:
    """Digest of the plan that was imported last."""
    digest: str | None = c.execute(sa.select(building_table.c.plan_digest)).scalar_one()
    return digest


def write_plan_digest(c: Connection, digest: str) -> None:
    """Remember which plan has been imported completely."""
    c.execute(building_table.update().values(plan_digest=digest))


def write_settings(c: Connection, columns: Mapping[str, object], version: int | None) -> bool:
    """Whether the row still had `version` (None: any) and was changed."""
    statement = building_table.update().values(**columns, version=building_table.c.version + 1)
    if version is not None:
        statement = statement.where(building_table.c.version == version)
    return c.execute(statement).rowcount == 1


def read_rooms(c: Connection, base: Comfort) -> list[Room]:
    """All rooms, top floor first, then by name."""
    order = (room_table.c.floor_order.desc(), room_table.c.floor, room_table.c.name_key)
    return [_room(row, base) for row in c.execute(sa.select(room_table).order_by(*order))]


def insert_room(c: Connection, columns: Mapping[str, object], now_ms: int) -> int:
    """The new room's id. Raises sqlalchemy IntegrityError when the name is taken."""
    result = c.execute(
        room_table.insert().values(**columns, version=1, created_ms=now_ms, updated_ms=now_ms)
    )
    assert result.inserted_primary_key is not None  # noqa: S101  # always set by a single insert
    return int(result.inserted_primary_key[0])


def update_room(
    c: Connection, room_id: int, columns: Mapping[str, object], version: int | None, now_ms: int
) -> bool:
    """Whether the row still had `version` (None: any) and was changed."""
    statement = (
        room_table.update()
        .where(room_table.c.room_id == room_id)
        .values(**columns, version=room_table.c.version + 1, updated_ms=now_ms)
    )
    if version is not None:
        statement = statement.where(room_table.c.version == version)
    return c.execute(statement).rowcount == 1


def delete_room(c: Connection, room_id: int, version: int | None, now_ms: int) -> bool:
    """Unassign the room's sensors and remove it; False when it changed or is gone."""
    c.execute(
        sensor_table.update()
        .where(sensor_table.c.room_id == room_id)
        .values(room_id=None, version=sensor_table.c.version + 1, updated_ms=now_ms)
    )
    statement = room_table.delete().where(room_table.c.room_id == room_id)
    if version is not None:
        statement = statement.where(room_table.c.version == version)
    return c.execute(statement).rowcount == 1


def read_sensors(c: Connection) -> list[Sensor]:
    """All sensors, hidden ones too, in no promised order."""
    return [_sensor(row) for row in c.execute(sa.select(sensor_table))]


def read_hints(c: Connection, sensor_ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """What the given sensors said about themselves when they were discovered."""
    hints: dict[str, dict[str, object]] = {}
    for part in _parts(sensor_ids):
        query = sa.select(sensor_table.c.sensor_id, sensor_table.c.hints).where(
            sensor_table.c.sensor_id.in_(part)
        )
        hints.update({row.sensor_id: dict(row.hints) for row in c.execute(query)})
    return hints


def insert_sensors(c: Connection, rows: Sequence[Mapping[str, object]], now_ms: int) -> None:
    """Insert rows of full columns; an id that exists already is left as it is."""
    if not rows:
        return
    stamped = [{**row, "version": 1, "created_ms": now_ms, "updated_ms": now_ms} for row in rows]
    if c.dialect.name == "postgresql":
        c.execute(postgresql.insert(sensor_table).on_conflict_do_nothing(), stamped)
    else:
        c.execute(sqlite.insert(sensor_table).on_conflict_do_nothing(), stamped)


def insert_sensor(c: Connection, row: Mapping[str, object], now_ms: int) -> None:
    """Insert one. Raises sqlalchemy IntegrityError when the id exists."""
    c.execute(sensor_table.insert().values(**row, version=1, created_ms=now_ms, updated_ms=now_ms))


def update_sensor(
    c: Connection,
    sensor_id: str,
    columns: Mapping[str, object],
    version: int | None,
    now_ms: int,
) -> bool:
    """Whether the row still had `version` (None: any) and was changed."""
    statement = (
        sensor_table.update()
        .where(sensor_table.c.sensor_id == sensor_id)
        .values(**columns, version=sensor_table.c.version + 1, updated_ms=now_ms)
    )
    if version is not None:
        statement = statement.where(sensor_table.c.version == version)
    return c.execute(statement).rowcount == 1


def refresh_guess(
    c: Connection, sensor_id: str, columns: Mapping[str, object], version: int, now_ms: int
) -> None:
    """Renew what was guessed about a sensor that nobody has edited; it stays untouched."""
    c.execute(
        sensor_table.update()
        .where(sensor_table.c.sensor_id == sensor_id, sensor_table.c.version == version)
        .values(**columns, updated_ms=now_ms)
    )


def update_sensors(
    c: Connection, sensor_ids: Sequence[str], columns: Mapping[str, object], now_ms: int
) -> int:
    """Set the same columns on many sensors; how many there were."""
    changed = 0
    for part in _parts(sensor_ids):
        changed += c.execute(
            sensor_table.update()
            .where(sensor_table.c.sensor_id.in_(part))
            .values(**columns, version=sensor_table.c.version + 1, updated_ms=now_ms)
        ).rowcount
    return changed


def limit_columns(own: Mapping[str, float]) -> dict[str, object]:
    """Every limit column: the own value, or null to follow the building."""
    return {name: own.get(name) for name in LIMIT_NAMES}


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))


def _own_limits(row: Row[Any]) -> dict[str, float]:
    values = row._mapping
    return {name: values[name] for name in LIMIT_NAMES if values[name] is not None}


def _room(row: Row[Any], base: Comfort) -> Room:
    own = _own_limits(row)
    return Room(
        room_id=row.room_id,
        name=row.name,
        floor=row.floor,
        floor_order=row.floor_order,
        capacity=row.capacity,
        area_m2=row.area_m2,
        comfort=with_limits(base, own),
        own_comfort=own,
        version=row.version,
    )


def _sensor(row: Row[Any]) -> Sensor:
    room_hint = row.hints.get("room")
    return Sensor(
        sensor_id=row.sensor_id,
        name=row.name,
        sensor_type=row.sensor_type,
        room_id=row.room_id,
        unit=row.unit,
        meter_role=row.meter_role,
        use=row.use,
        interval_s=row.interval_s,
        status=row.status,
        demand_response_enabled=row.demand_response_enabled,
        control_capabilities=tuple(row.control_capabilities),
        room_hint=room_hint if isinstance(room_hint, str) else None,
        discovered_at_ms=row.discovered_ms,
        version=row.version,
    )
