"""SQL of the log of firings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.automation import codec
from domain.automation.model import Decision, Firing, Rule, Told
from domain.automation.store import firing_table

_F = firing_table.c


@dataclass(frozen=True, slots=True)
class Due:
    """A firing whose devices are still to be told; `decided_ms` is when that was decided."""

    firing: Firing
    decided_ms: int


def insert_firing(
    c: Connection, rule: Rule, decision: Decision, told: tuple[Told, ...], decided_ms: int
) -> int:
    """Add a line; a firing is due with it. Gives its id."""
    fired = decision.outcome == "fired"
    values = {
        "rule_id": rule.rule_id,
        "rule_name": rule.name,
        "at_ms": decision.at_ms,
        "decided_ms": decided_ms,
        "outcome": decision.outcome,
        "decision": codec.write_decision(decision),
        "told": codec.write_told(told if fired else ()),
        "notice": rule.plan.notice if fired else None,
        "done": not fired,
    }
    key = c.execute(firing_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def due_firings(c: Connection) -> list[Due]:
    """Firings whose devices are still to be told, the oldest first."""
    query = sa.select(firing_table).where(_F.done.is_(False)).order_by(_F.firing_id)
    return [Due(_firing(row), row["decided_ms"]) for row in c.execute(query).mappings()]


def finish_firing(c: Connection, firing_id: int, outcome: str, told: tuple[Told, ...]) -> bool:
    """Note what became of a firing; false where that is noted already."""
    values = {"outcome": outcome, "told": codec.write_told(told), "done": True}
    where = (_F.firing_id == firing_id, _F.done.is_(False))
    return c.execute(firing_table.update().where(*where).values(**values)).rowcount == 1


def drop_due(c: Connection, rule_id: int) -> int:
    """Let what a rule has not told yet be untold, because it was switched off; how many."""
    where = (_F.rule_id == rule_id, _F.done.is_(False))
    values = {"outcome": "off", "done": True}
    return c.execute(firing_table.update().where(*where).values(**values)).rowcount


def read_firings(
    c: Connection, rule_id: int | None, fired_only: bool, limit: int, before: int | None
) -> list[Firing]:
    """Lines of the log, the newest first, after a place in that order."""
    query = sa.select(firing_table).order_by(_F.firing_id.desc()).limit(limit)
    if rule_id is not None:
        query = query.where(_F.rule_id == rule_id)
    if fired_only:
        query = query.where(_F.outcome == "fired")
    if before is not None:
        query = query.where(_F.firing_id < before)
    return [_firing(row) for row in c.execute(query).mappings()]


def drop_before(c: Connection, at_ms: int, *, others: bool = False) -> int:
    """Drop lines of moments before one, or only those of what was not done; how many."""
    where = [_F.at_ms < at_ms, _F.done.is_(True)]
    if others:
        where.append(_F.outcome != "fired")
    return c.execute(firing_table.delete().where(*where)).rowcount


def _firing(row: Mapping[Any, Any]) -> Firing:
    return Firing(
        firing_id=row["firing_id"],
        rule_id=row["rule_id"],
        rule_name=row["rule_name"],
        decision=codec.read_decision(row["decision"], row["at_ms"], row["outcome"]),
        told=codec.read_told(row["told"]),
        notice=row["notice"],
    )
