"""The drill on its way, and the reports of those that are over, which nobody changes."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.control.model import Value
from domain.drills.model import Drill, Limit, Summary
from domain.storage.schema import metadata

drill_table = sa.Table(
    "drill",
    metadata,
    sa.Column("drill_id", sa.Integer, primary_key=True),
    sa.Column("standing", sa.Integer),  # 1 while it is on its way: there is one at a time
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("device_name", sa.String(60), nullable=False),
    sa.Column("fault", sa.String(24), nullable=False),
    sa.Column("command", sa.String(24), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("by_name", sa.String(100), nullable=False),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("sensor_id", sa.String(64), nullable=False),
    sa.Column("metric", sa.String(64), nullable=False),
    sa.Column("limit_parts", sa.Text, nullable=False),
    sa.Column("interval_s", sa.Float(53), nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
    sa.Column("intent_id", sa.Integer),
    sa.Column("command_id", sa.String(64)),
    sa.Column("ends_ms", sa.BigInteger),
    sa.Column("fault_from_ms", sa.BigInteger),
    sa.Column("fault_until_ms", sa.BigInteger),
    sa.Column("shown_ms", sa.BigInteger),
    sa.Column("safe_ms", sa.BigInteger),
    sa.Column("cancelled_by", sa.String(100)),
    sa.Column("ended_ms", sa.BigInteger),
    sa.Column("result", sa.String(16)),
    sa.Column("why", sa.String(300)),
    sa.Column("readings", sa.Text, nullable=False),
    sa.UniqueConstraint("standing", name="uq_drill_standing"),
    sqlite_autoincrement=True,
)
report_table = sa.Table(
    "drill_report",
    metadata,
    sa.Column("drill_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("device_id", sa.String(64), nullable=False),
    sa.Column("device_name", sa.String(60), nullable=False),
    sa.Column("fault", sa.String(24), nullable=False),
    sa.Column("by_name", sa.String(100), nullable=False),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_ms", sa.BigInteger, nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("seconds_to_safety", sa.Float(53)),
    sa.Column("limit_s", sa.Float(53), nullable=False),
    sa.Column("report", sa.Text, nullable=False),
)
_D, _R = drill_table.c, report_table.c
_OTHERWISE = {"value", "limit", "readings"}
"""Fields that stand in the database under another name or form."""
_APART = {"cancelled_by", "intent_id", "command_id", "ends_ms"}
"""Fields that only a statement of their own writes, whoever leads the drill meanwhile."""


def standing_drill(c: Connection) -> Drill | None:
    """The drill that is on its way."""
    query = sa.select(drill_table).where(_D.standing == 1)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _drill(row)


def read_drill(c: Connection, drill_id: int) -> Drill | None:
    """One drill, on its way or over."""
    query = sa.select(drill_table).where(_D.drill_id == drill_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _drill(row)


def insert_drill(c: Connection, drill: Drill) -> int:
    """Begin a drill; gives its number. The database refuses a second one (IntegrityError)."""
    columns = _columns(drill)
    del columns["drill_id"]
    row = c.execute(drill_table.insert().values(**columns, standing=1))
    key = row.inserted_primary_key
    return int(key[0]) if key else 0


def claim_drill(c: Connection, drill_id: int, owner: str, real_ms: int) -> bool:
    """Lead a drill that nobody leads; exactly one caller does."""
    where = (_D.drill_id == drill_id, _D.owner.is_(None), _D.standing == 1)
    values = {"owner": owner, "seen_ms": real_ms}
    return c.execute(drill_table.update().where(*where).values(**values)).rowcount == 1


def update_drill(c: Connection, drill: Drill, owner: str | None) -> bool:
    """Write a drill under way; false where it has ended, or another process leads it."""
    where = [_D.drill_id == drill.drill_id, _D.standing == 1]
    where.append(_D.owner.is_(None) if owner is None else _D.owner == owner)
    columns = _columns(drill)
    if drill.result is not None:
        columns["standing"] = None
    return c.execute(drill_table.update().where(*where).values(**columns)).rowcount == 1


def tell_drill(c: Connection, drill: Drill) -> None:
    """Note what the device was told for a drill, whoever leads it by now."""
    values = {
        "command_id": drill.command_id,
        "intent_id": drill.intent_id,
        "ends_ms": drill.ends_ms,
    }
    where = (_D.drill_id == drill.drill_id, _D.standing == 1)
    c.execute(drill_table.update().where(*where).values(**values))


def cancel_drill(c: Connection, drill_id: int, by_name: str) -> bool:
    """Ask for a drill to be ended at once; false where it has ended or somebody has."""
    where = (_D.drill_id == drill_id, _D.standing == 1, _D.cancelled_by.is_(None))
    values = {"cancelled_by": by_name[:100]}
    return c.execute(drill_table.update().where(*where).values(**values)).rowcount == 1


def insert_report(c: Connection, summary: Summary, report: Mapping[str, object]) -> None:
    """Keep a report, for good."""
    columns = {name: getattr(summary, name) for name in Summary.__dataclass_fields__}
    c.execute(report_table.insert().values(**columns, report=json.dumps(report)))


def read_report(c: Connection, drill_id: int) -> tuple[Summary, dict[str, Any]] | None:
    """One report as it was written."""
    query = sa.select(report_table).where(_R.drill_id == drill_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else (_summary(row), json.loads(row["report"]))


def list_reports(c: Connection, limit: int, offset: int = 0) -> list[Summary]:
    """Reports, newest first."""
    columns = [_R[name] for name in Summary.__dataclass_fields__]
    query = sa.select(*columns).order_by(_R.drill_id.desc()).limit(limit).offset(offset)
    return [_summary(row) for row in c.execute(query).mappings()]


def count_reports(c: Connection) -> int:
    """How many reports there are."""
    return int(c.execute(sa.select(sa.func.count()).select_from(report_table)).scalar_one())


def _columns(drill: Drill) -> dict[str, Any]:
    names = [name for name in Drill.__dataclass_fields__ if name not in _OTHERWISE | _APART]
    columns: dict[str, Any] = {name: getattr(drill, name) for name in names}
    columns["value"] = json.dumps(drill.value)
    columns["limit_parts"] = json.dumps(drill.limit.parts)
    columns["readings"] = json.dumps(drill.readings)
    return columns


def _drill(row: Mapping[Any, Any]) -> Drill:
    names = [name for name in Drill.__dataclass_fields__ if name not in _OTHERWISE]
    value: Value = json.loads(row["value"])
    parts = tuple((str(name), float(seconds)) for name, seconds in json.loads(row["limit_parts"]))
    readings = tuple((int(at_ms), float(kw)) for at_ms, kw in json.loads(row["readings"]))
    return Drill(
        **{name: row[name] for name in names},
        value=value,
        limit=Limit(parts),
        readings=readings,
    )


def _summary(row: Mapping[Any, Any]) -> Summary:
    return Summary(**{name: row[name] for name in Summary.__dataclass_fields__})
