"""SQL of rules and schedules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.automation import codec, fields
from domain.automation.machine import Standing
from domain.automation.model import Entry, Plan, Rule, Schedule, Target
from domain.automation.store import rule_table, schedule_table

_R, _S = rule_table.c, schedule_table.c


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule with where it stands; what is decided from it counts while `turn` is the same."""

    rule: Rule
    standing: Standing
    turn: int


def read_rules(c: Connection) -> list[Kept]:
    """Every rule by name."""
    query = sa.select(rule_table).order_by(sa.func.lower(_R.name), _R.rule_id)
    return [_kept(row) for row in c.execute(query).mappings()]


def read_rule(c: Connection, rule_id: int) -> Kept | None:
    """One rule."""
    query = sa.select(rule_table).where(_R.rule_id == rule_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _kept(row)


def insert_rule(
    c: Connection, name: str, enabled: bool, plan: Plan, standing: Standing, by: str
) -> int:
    """Add a rule that begins now; gives its id."""
    values = _changed(name, enabled, plan, standing.begun_ms, by) | {
        "version": 1,
        "created_ms": standing.begun_ms,
        "turn": 1,
        "standing": codec.write_standing(standing),
    }
    key = c.execute(rule_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_rule(
    c: Connection,
    before: Rule,
    version: int,
    name: str,
    enabled: bool,
    plan: Plan,
    at_ms: int,
    by: str,
    anew: Standing | None,
) -> bool:
    """Change a rule that is still at `version`; with `anew` it begins anew."""
    values: dict[str, Any] = _changed(name, enabled, plan, at_ms, by)
    values |= {"version": version + 1, "turn": _R.turn + 1}
    if anew is not None:
        values["standing"] = codec.write_standing(anew)
    where = (_R.rule_id == before.rule_id, _R.version == version)
    return c.execute(rule_table.update().where(*where).values(**values)).rowcount == 1


def put_standing(c: Connection, kept: Kept, standing: Standing) -> bool:
    """Keep how far a rule has decided; false where another process was first."""
    values = {
        "standing": codec.write_standing(standing),
        "fired_ms": standing.fired_ms,
        "turn": kept.turn + 1,
    }
    where = (_R.rule_id == kept.rule.rule_id, _R.turn == kept.turn)
    return c.execute(rule_table.update().where(*where).values(**values)).rowcount == 1


def delete_rule(c: Connection, rule_id: int, version: int) -> bool:
    """Drop a rule that is still at `version`."""
    where = (_R.rule_id == rule_id, _R.version == version)
    return c.execute(rule_table.delete().where(*where)).rowcount == 1


# ---- schedules -----------------------------------------------------------------------------


def read_schedules(c: Connection) -> list[Schedule]:
    """Every schedule by name."""
    query = sa.select(schedule_table).order_by(sa.func.lower(_S.name), _S.schedule_id)
    return [_schedule(row) for row in c.execute(query).mappings()]


def read_schedule(c: Connection, schedule_id: int) -> Schedule | None:
    """One schedule."""
    query = sa.select(schedule_table).where(_S.schedule_id == schedule_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _schedule(row)


def insert_schedule(
    c: Connection,
    name: str,
    enabled: bool,
    parts: tuple[tuple[Target, ...], tuple[Entry, ...]],
    at_ms: int,
    by: str,
) -> int:
    """Add a schedule; gives its id."""
    values = _schedule_columns(name, enabled, parts, at_ms, by)
    values |= {"version": 1, "created_ms": at_ms}
    key = c.execute(schedule_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_schedule(
    c: Connection,
    schedule_id: int,
    version: int,
    name: str,
    enabled: bool,
    parts: tuple[tuple[Target, ...], tuple[Entry, ...]],
    at_ms: int,
    by: str,
) -> bool:
    """Change a schedule that is still at `version`."""
    values = _schedule_columns(name, enabled, parts, at_ms, by) | {"version": version + 1}
    where = (_S.schedule_id == schedule_id, _S.version == version)
    return c.execute(schedule_table.update().where(*where).values(**values)).rowcount == 1


def delete_schedule(c: Connection, schedule_id: int, version: int) -> bool:
    """Drop a schedule that is still at `version`."""
    where = (_S.schedule_id == schedule_id, _S.version == version)
    return c.execute(schedule_table.delete().where(*where)).rowcount == 1


# ---- rows ----------------------------------------------------------------------------------


def _changed(name: str, enabled: bool, plan: Plan, at_ms: int, by: str) -> dict[str, Any]:
    return {
        "name": name,
        "enabled": enabled,
        "plan": json.dumps(fields.plan_fields(plan)),
        "changed_ms": at_ms,
        "changed_by": by[:100],
    }


def _schedule_columns(
    name: str,
    enabled: bool,
    parts: tuple[tuple[Target, ...], tuple[Entry, ...]],
    at_ms: int,
    by: str,
) -> dict[str, Any]:
    return {
        "name": name,
        "enabled": enabled,
        "parts": json.dumps(fields.parts_fields(*parts)),
        "changed_ms": at_ms,
        "changed_by": by[:100],
    }


def _kept(row: Mapping[Any, Any]) -> Kept:
    rule = Rule(
        rule_id=row["rule_id"],
        name=row["name"],
        enabled=row["enabled"],
        plan=fields.stored_plan(json.loads(row["plan"])),
        version=row["version"],
        created_ms=row["created_ms"],
        changed_ms=row["changed_ms"],
        changed_by=row["changed_by"],
        last_fired_ms=row["fired_ms"],
    )
    return Kept(rule, codec.read_standing(row["standing"], row["fired_ms"]), row["turn"])


def _schedule(row: Mapping[Any, Any]) -> Schedule:
    targets, entries = fields.stored_schedule(json.loads(row["parts"]))
    return Schedule(
        schedule_id=row["schedule_id"],
        name=row["name"],
        enabled=row["enabled"],
        targets=targets,
        entries=entries,
        version=row["version"],
        created_ms=row["created_ms"],
        changed_ms=row["changed_ms"],
        changed_by=row["changed_by"],
    )
