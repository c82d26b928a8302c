"""The tables of room climate, and every statement on them."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.climate.model import Automatic, LoggedDecision, Standing, Told, Week
from domain.climate.week_fields import from_json, to_json
from domain.storage.schema import metadata

week_table = sa.Table(
    "climate_week",
    metadata,
    sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("week", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
room_table = sa.Table(
    "climate_room",
    metadata,
    sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("switched_by", sa.String(100), nullable=False),
    sa.Column("switched_ms", sa.BigInteger),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("since_ms", sa.BigInteger),
    sa.Column("known_ms", sa.BigInteger),
    sa.Column("decision_id", sa.Integer),
    sa.Column("why", sa.String(300), nullable=False),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
decision_table = sa.Table(
    "climate_decision",
    metadata,
    sa.Column("decision_id", sa.Integer, primary_key=True),
    sa.Column("room_id", sa.Integer, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("why", sa.String(300), nullable=False),
    sa.Column("who", sa.String(100), nullable=False),
    sa.Column("inputs", sa.Text, nullable=False),
    sa.Index("ix_climate_decision_room_id", "room_id", "at_ms"),
    sa.Index("ix_climate_decision_at_ms", "at_ms"),
    sqlite_autoincrement=True,
)
told_table = sa.Table(
    "climate_told",
    metadata,
    sa.Column("room_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("room", sa.String(60), nullable=False),
    sa.Column("decision_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("device_id", sa.String(64), primary_key=True),
    sa.Column("aspect", sa.String(16), primary_key=True),
    sa.Column("command", sa.String(24), nullable=False),
    sa.Column("number", sa.Float(53)),
    sa.Column("word", sa.String(16)),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("intent_id", sa.Integer),
    sa.Column("entered_ms", sa.BigInteger),
    sa.Column("lease_ms", sa.BigInteger),
)
loop_table = sa.Table(
    "climate_loop",
    metadata,
    sa.Column("loop_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
_W, _R, _D, _T = week_table.c, room_table.c, decision_table.c, told_table.c
LOOP_ID = 1
WHY_LENGTH = 300


# ---- weeks ---------------------------------------------------------------------------------


def read_weeks(c: Connection) -> dict[int, tuple[Week, int]]:
    """Every week that somebody has set, with its version, by room."""
    rows = c.execute(sa.select(week_table)).mappings()
    return {row["room_id"]: (from_json(row["week"]), row["version"]) for row in rows}


def read_week(c: Connection, room_id: int) -> tuple[Week, int] | None:
    """The week set for one room, or for the building."""
    query = sa.select(week_table).where(_W.room_id == room_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else (from_json(row["week"]), row["version"])


def write_week(c: Connection, room_id: int, week: Week, version: int) -> bool:
    """Set a week that had `version`, 0 for none; false where it was changed meanwhile."""
    if version == 0:
        row = {"room_id": room_id, "week": to_json(week), "version": 1}
        return _insert_new(c, week_table, row)
    where = (_W.room_id == room_id, _W.version == version)
    values = {"week": to_json(week), "version": _W.version + 1}
    return c.execute(week_table.update().where(*where).values(**values)).rowcount == 1


def delete_week(c: Connection, room_id: int, version: int) -> bool:
    """Let a room follow the building; false where its week was changed meanwhile."""
    where = (_W.room_id == room_id, _W.version == version)
    return c.execute(week_table.delete().where(*where)).rowcount == 1


# ---- automatic control ---------------------------------------------------------------------


def read_automatic(c: Connection) -> dict[int, Automatic]:
    """How automatic control stands, of every room that ever had it."""
    query = sa.select(room_table).order_by(_R.room_id)
    return {row["room_id"]: _automatic(row) for row in c.execute(query).mappings()}


def read_room(c: Connection, room_id: int) -> Automatic:
    """The same of one room; off where it never had it."""
    query = sa.select(room_table).where(_R.room_id == room_id)
    row = c.execute(query).mappings().one_or_none()
    return Automatic(room_id) if row is None else _automatic(row)


def write_room(c: Connection, after: Automatic) -> bool:
    """Write what was read with `after.version`; false where somebody was faster."""
    standing = after.standing
    columns = {
        "is_on": after.on,
        "switched_by": after.switched_by[:100],
        "switched_ms": after.switched_ms,
        "status": standing.status,
        "since_ms": standing.since_ms,
        "known_ms": standing.known_ms,
        "decision_id": after.decision_id,
        "why": after.why[:WHY_LENGTH],
        "blind": after.blind,
        "version": after.version + 1,
    }
    if after.version == 0:
        return _insert_new(c, room_table, {"room_id": after.room_id, **columns})
    where = (_R.room_id == after.room_id, _R.version == after.version)
    return c.execute(room_table.update().where(*where).values(**columns)).rowcount == 1


def delete_room(c: Connection, room_id: int) -> None:
    """Forget a room that is no more, but not what was decided for it."""
    c.execute(room_table.delete().where(_R.room_id == room_id))
    c.execute(week_table.delete().where(_W.room_id == room_id))


def claim_loop(c: Connection, before_ms: int, now_ms: int) -> bool:
    """Begin the loop of a moment; false where another process has begun it."""
    where = (loop_table.c.loop_id == LOOP_ID, loop_table.c.at_ms == before_ms)
    return c.execute(loop_table.update().where(*where).values(at_ms=now_ms)).rowcount == 1


def read_loop(c: Connection) -> int:
    """When the last loop began, on building time; 0 before the first."""
    return int(c.execute(sa.select(loop_table.c.at_ms)).scalar_one())


# ---- what was decided ----------------------------------------------------------------------


def insert_decision(c: Connection, decision: LoggedDecision) -> int:
    """Add a line to the log; gives its id."""
    row = {
        "room_id": decision.room_id,
        "at_ms": decision.at_ms,
        "status": decision.status,
        "why": decision.why[:WHY_LENGTH],
        "who": decision.who[:100],
        "inputs": json.dumps(dict(decision.inputs), sort_keys=True),
    }
    key = c.execute(decision_table.insert().values(**row)).inserted_primary_key
    return int(key[0]) if key else 0


def list_decisions(
    c: Connection, room_id: int, limit: int, before_id: int | None = None
) -> list[LoggedDecision]:
    """Lines of one room, newest first, older than a line."""
    query = sa.select(decision_table).where(_D.room_id == room_id)
    if before_id is not None:
        query = query.where(_D.decision_id < before_id)
    query = query.order_by(_D.decision_id.desc()).limit(limit)
    return [
        LoggedDecision(**{**row, "inputs": json.loads(row["inputs"])})
        for row in c.execute(query).mappings()
    ]


def count_decisions(c: Connection, room_id: int) -> int:
    """How many lines there are of one room."""
    query = sa.select(sa.func.count()).where(_D.room_id == room_id)
    return int(c.execute(query).scalar_one())


def delete_decisions_before(c: Connection, before_ms: int) -> int:
    """Drop old lines; how many."""
    return c.execute(decision_table.delete().where(_D.at_ms < before_ms)).rowcount


# ---- what devices are asked ----------------------------------------------------------------


def read_told(c: Connection, room_id: int | None = None) -> list[Told]:
    """What is asked of devices, or was and is to be withdrawn."""
    query = sa.select(told_table).order_by(_T.room_id, _T.decision_id, _T.device_id, _T.aspect)
    if room_id is not None:
        query = query.where(_T.room_id == room_id)
    return [_told(row) for row in c.execute(query).mappings()]


def insert_told(c: Connection, told: Told) -> None:
    """Note what is to be asked."""
    c.execute(told_table.insert().values(**_columns(told)))


def update_told(c: Connection, told: Told, attempt_before: int) -> bool:
    """Note what control made of it; false where it is asked no more, or by another attempt."""
    where = (*_is(told), _T.attempt == attempt_before)
    return c.execute(told_table.update().where(*where).values(**_columns(told))).rowcount == 1


def delete_told(c: Connection, told: Told) -> None:
    """It is asked no more."""
    c.execute(told_table.delete().where(*_is(told)))


def _insert_new(c: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Add a row; false where its key is taken, by a process at the same moment too."""
    insert = postgresql.insert if c.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**row).on_conflict_do_nothing().returning(table.c.room_id)
    return c.execute(statement).first() is not None


def _is(told: Told) -> tuple[Any, ...]:
    return (
        _T.room_id == told.room_id,
        _T.decision_id == told.decision_id,
        _T.device_id == told.device_id,
        _T.aspect == told.aspect,
    )


def _columns(told: Told) -> dict[str, Any]:
    columns = {name: getattr(told, name) for name in Told.__dataclass_fields__ if name != "value"}
    word = told.value if isinstance(told.value, str) else None
    number = told.value if isinstance(told.value, float) else None
    return {**columns, "word": word, "number": number}


def _told(row: Mapping[Any, Any]) -> Told:
    fields = {name: row[name] for name in Told.__dataclass_fields__ if name != "value"}
    return Told(**fields, value=row["number"] if row["word"] is None else row["word"])


def _automatic(row: Mapping[Any, Any]) -> Automatic:
    return Automatic(
        room_id=row["room_id"],
        on=bool(row["is_on"]),
        switched_by=row["switched_by"],
        switched_ms=row["switched_ms"],
        standing=Standing(row["status"], row["since_ms"], row["known_ms"]),
        decision_id=row["decision_id"],
        why=row["why"],
        blind=bool(row["blind"]),
        version=row["version"],
    )
