"""SQL of intents, commands with their steps, stops of automatic control, and the fence."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.control.arbitration import Intent
from domain.control.lifecycle import Command
from domain.control.store import (
    command_table,
    device_table,
    fence_table,
    intent_table,
    step_table,
    stop_table,
)

_I, _C, _S, _P = intent_table.c, command_table.c, step_table.c, stop_table.c
FENCE_ID = 1
_UPDATE = command_table.update().where(
    _C.command_id == sa.bindparam("was_id"),
    _C.state == sa.bindparam("was"),
    _C.times_sent == sa.bindparam("was_sent"),
)


@dataclass(frozen=True, slots=True)
class CommandStep:
    """One line of a command's history, which is only ever added to."""

    command_id: str
    at_ms: int
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Stop:
    """All automatic control rests until a moment, unless somebody resumes it before."""

    stop_id: int
    by_name: str
    reason: str
    starts_ms: int
    ends_ms: int


# ---- the fence and the devices' turns ------------------------------------------------------


def raise_fence(c: Connection, fence: int) -> bool:
    """Whether no dispatcher with a higher fencing token has written before.

    The row is held: of two dispatchers the second sees all that the first has done.
    """
    known = c.execute(sa.select(fence_table.c.fence).with_for_update()).scalar_one()
    if known == fence:
        return True
    where = (fence_table.c.fence_id == FENCE_ID, fence_table.c.fence < fence)
    return c.execute(fence_table.update().where(*where).values(fence=fence)).rowcount == 1


def highest_fence(c: Connection) -> int:
    """The fencing token of the newest dispatcher that has written."""
    return int(c.execute(sa.select(fence_table.c.fence)).scalar_one())


def hold_device(c: Connection, device_id: str) -> None:
    """Let nobody else decide about a device before this transaction ends."""
    hold_devices(c, [device_id])


def hold_devices(c: Connection, device_ids: Sequence[str]) -> None:
    """Let nobody else decide about these devices; always in one order, so that none waits twice.

    What is known of them is to be read after this. On SQLite a writer is alone anyway.
    """
    if c.dialect.name == "sqlite":
        return
    query = sa.select(device_table.c.device_id).where(device_table.c.device_id.in_(device_ids))
    c.execute(query.order_by(device_table.c.device_id).with_for_update()).all()


def busy_devices(c: Connection, since_ms: int) -> list[str]:
    """Devices that somebody wants something of, or that may still obey what left after a moment."""
    obeyed = (_C.ended_ms >= since_ms, _C.last_sent_ms >= since_ms)
    query = sa.union(
        sa.select(_I.device_id).where(_I.ended_ms.is_(None)),
        sa.select(_C.device_id).where(_C.ended_ms.is_(None)),
        sa.select(_C.device_id).where(*obeyed),
    )
    return sorted(c.execute(query).scalars())


# ---- intents -------------------------------------------------------------------------------


def live_intents(c: Connection, device_ids: Sequence[str] | None = None) -> list[Intent]:
    """Every intent that has not ended, whether or not its time has come."""
    query = sa.select(intent_table).where(_I.ended_ms.is_(None)).order_by(_I.intent_id)
    if device_ids is not None:
        query = query.where(_I.device_id.in_(device_ids))
    return [_intent(row) for row in c.execute(query).mappings()]


def read_intent(c: Connection, intent_id: int) -> Intent | None:
    """One intent."""
    query = sa.select(intent_table).where(_I.intent_id == intent_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _intent(row)


def intent_by_key(c: Connection, owner: str, key: str) -> Intent | None:
    """The intent that an owner has asked for under a key of its own."""
    query = sa.select(intent_table).where(_I.owner == owner, _I.key == key)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else _intent(row)


def intents_of(c: Connection, owner: str) -> list[Intent]:
    """Every intent of an owner that has not ended."""
    query = sa.select(intent_table).where(_I.ended_ms.is_(None), _I.owner == owner)
    return [_intent(row) for row in c.execute(query.order_by(_I.intent_id)).mappings()]


def read_intents(c: Connection, intent_ids: Sequence[int]) -> dict[int, Intent]:
    """Some intents by id, ended or not."""
    query = sa.select(intent_table).where(_I.intent_id.in_(intent_ids))
    return {row["intent_id"]: _intent(row) for row in c.execute(query).mappings()}


def newest_of_intents(c: Connection, intent_ids: Sequence[int]) -> dict[int, Command]:
    """The newest command of each intent that was ever put into words."""
    query = sa.select(command_table).where(_C.intent_id.in_(intent_ids)).order_by(_C.requested_ms)
    return {row["intent_id"]: command_of(row) for row in c.execute(query).mappings()}


def insert_intent(c: Connection, intent: Intent) -> int:
    """Add an intent; gives its id."""
    columns = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
    number, word = _split(columns.pop("value"))
    del columns["intent_id"]
    row = c.execute(intent_table.insert().values(**columns, number=number, word=word))
    key = row.inserted_primary_key
    return int(key[0]) if key else 0


def end_intent(c: Connection, intent_id: int, at_ms: int, why: str) -> bool:
    """End an intent once; false where it has ended already."""
    where = (_I.intent_id == intent_id, _I.ended_ms.is_(None))
    values = {"ended_ms": at_ms, "why": why[:300]}
    return c.execute(intent_table.update().where(*where).values(**values)).rowcount == 1


def renew_intent(c: Connection, intent_id: int, now_ms: int, ends_ms: int) -> bool:
    """Let an intent and what its device is told for it end later; false where it has ended.

    An end that comes before the one it has changes nothing.
    """
    where = (_I.intent_id == intent_id, _I.ended_ms.is_(None), _I.ends_ms > now_ms)
    later = sa.case((_I.ends_ms < ends_ms, ends_ms), else_=_I.ends_ms)
    if c.execute(intent_table.update().where(*where).values(ends_ms=later)).rowcount != 1:
        return False
    told = (_C.intent_id == intent_id, _C.ended_ms.is_(None), _C.ends_ms < ends_ms)
    c.execute(command_table.update().where(*told).values(ends_ms=ends_ms))
    return True


# ---- commands ------------------------------------------------------------------------------


def live_commands(c: Connection, device_ids: Sequence[str] | None = None) -> list[Command]:
    """Every command of which something may still become."""
    query = sa.select(command_table).where(_C.ended_ms.is_(None)).order_by(_C.requested_ms)
    if device_ids is not None:
        query = query.where(_C.device_id.in_(device_ids))
    return [command_of(row) for row in c.execute(query).mappings()]


def sent_since(c: Connection, since_ms: int) -> list[Command]:
    """Ended commands that a device may still obey, because they left after a moment."""
    query = sa.select(command_table).where(_C.ended_ms >= since_ms, _C.last_sent_ms >= since_ms)
    return [command_of(row) for row in c.execute(query).mappings()]


def releases_since(c: Connection, since_ms: int) -> dict[str, int]:
    """When each device was given back to its own rule last, after a moment."""
    query = (
        sa.select(_C.device_id, sa.func.max(_C.requested_ms))
        .where(_C.command == "release", _C.sent_ms.is_not(None), _C.requested_ms >= since_ms)
        .group_by(_C.device_id)
    )
    return {row[0]: row[1] for row in c.execute(query)}


def read_command(c: Connection, command_id: str) -> Command | None:
    """One command."""
    query = sa.select(command_table).where(_C.command_id == command_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else command_of(row)


def list_commands(
    c: Connection, device_id: str, limit: int, before: tuple[int, str] | None = None
) -> list[Command]:
    """Commands of a device, newest first, after a place in that order."""
    query = sa.select(command_table).where(_C.device_id == device_id)
    if before is not None:
        query = query.where(sa.tuple_(_C.requested_ms, _C.command_id) < sa.tuple_(*before))
    query = query.order_by(_C.requested_ms.desc(), _C.command_id.desc()).limit(limit)
    return [command_of(row) for row in c.execute(query).mappings()]


def newest_commands(c: Connection, since_ms: int) -> dict[str, Command]:
    """The newest command of each device since a moment, releases left out."""
    query = (
        sa.select(command_table)
        .where(_C.requested_ms >= since_ms, _C.command != "release")
        .order_by(_C.requested_ms)
    )
    return {row["device_id"]: command_of(row) for row in c.execute(query).mappings()}


def commands_of(c: Connection, intent_id: int) -> list[Command]:
    """What was told for an intent, oldest first."""
    query = sa.select(command_table).where(_C.intent_id == intent_id)
    return [command_of(row) for row in c.execute(query.order_by(_C.requested_ms)).mappings()]


def not_done_since(c: Connection, since_ms: int) -> list[Command]:
    """Commands that left and came to nothing, or lapsed while in force, ended after a moment."""
    failed = _C.state.in_(("rejected", "expired", "contradicted"))
    where = (_C.ended_ms >= since_ms, _C.sent_ms.is_not(None), _C.command != "release")
    query = sa.select(command_table).where(*where, failed).order_by(_C.ended_ms)
    return [command_of(row) for row in c.execute(query).mappings()]


def first_command(c: Connection, intent_id: int) -> Command | None:
    """The command with which an intent was asked for."""
    query = sa.select(command_table).where(_C.intent_id == intent_id)
    row = c.execute(query.order_by(_C.requested_ms).limit(1)).mappings().one_or_none()
    return None if row is None else command_of(row)


def count_commands(c: Connection, intent_id: int) -> int:
    """How often an intent has been put into words for its device."""
    query = sa.select(sa.func.count()).where(_C.intent_id == intent_id)
    return int(c.execute(query).scalar_one())


def insert_command(c: Connection, command: Command) -> None:
    """Add a command."""
    insert_commands(c, [command])


def insert_commands(c: Connection, commands: Sequence[Command]) -> None:
    """Add commands, many in one statement."""
    if commands:
        c.execute(command_table.insert(), [_columns(command) for command in commands])


def update_command(c: Connection, before: Command, after: Command) -> bool:
    """Write a command that was read as `before`; false where somebody moved it meanwhile."""
    return update_commands(c, [(before, after)])


def update_commands(c: Connection, changes: Sequence[tuple[Command, Command]]) -> bool:
    """Write commands that were read as the first of each pair, many in one statement.

    False where somebody moved one of them meanwhile; the transaction is then to be given up.
    """
    if not changes:
        return True
    rows = [
        _columns(after)
        | {"was_id": before.command_id, "was": before.state, "was_sent": before.times_sent}
        for before, after in changes
    ]
    return c.execute(_UPDATE, rows).rowcount == len(rows)


def add_steps(c: Connection, steps: Iterable[CommandStep]) -> None:
    """Add lines to histories."""
    rows = [
        {"command_id": s.command_id, "at_ms": s.at_ms, "state": s.state, "words": s.words[:300]}
        for s in steps
    ]
    if rows:
        c.execute(step_table.insert(), rows)


def read_steps(c: Connection, command_ids: Sequence[str]) -> dict[str, list[CommandStep]]:
    """Histories by command, oldest line first."""
    query = sa.select(step_table).where(_S.command_id.in_(command_ids)).order_by(_S.step_id)
    found: dict[str, list[CommandStep]] = {}
    for row in c.execute(query).mappings():
        step = CommandStep(row["command_id"], row["at_ms"], row["state"], row["words"])
        found.setdefault(step.command_id, []).append(step)
    return found


def newest_step(c: Connection) -> int:
    """Number of the newest line of any history; 0 where there is none."""
    return int(c.execute(sa.select(sa.func.coalesce(sa.func.max(_S.step_id), 0))).scalar_one())


def moved_after(c: Connection, step_id: int) -> list[Command]:
    """Commands with lines after one of that number."""
    moved = sa.select(_S.command_id).where(_S.step_id > step_id)
    query = sa.select(command_table).where(_C.command_id.in_(moved)).order_by(_C.requested_ms)
    return [command_of(row) for row in c.execute(query).mappings()]


# ---- stops ---------------------------------------------------------------------------------


def stop_at(c: Connection, now_ms: int) -> Stop | None:
    """The stop of automatic control that holds at a moment."""
    holds = (_P.ended_ms.is_(None), _P.starts_ms <= now_ms, _P.ends_ms > now_ms)
    query = sa.select(stop_table).where(*holds).order_by(_P.ends_ms.desc()).limit(1)
    row = c.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Stop(row["stop_id"], row["by_name"], row["reason"], row["starts_ms"], row["ends_ms"])


def insert_stop(c: Connection, by_name: str, reason: str, starts_ms: int, ends_ms: int) -> None:
    """Stop all automatic control."""
    row = {"by_name": by_name, "reason": reason, "starts_ms": starts_ms, "ends_ms": ends_ms}
    c.execute(stop_table.insert().values(**row))


def end_stops(c: Connection, at_ms: int, by_name: str) -> int:
    """Let automatic control go on; how many stops that ended."""
    where = (_P.ended_ms.is_(None), _P.ends_ms > at_ms)
    values = {"ended_ms": at_ms, "ended_by": by_name}
    return c.execute(stop_table.update().where(*where).values(**values)).rowcount


# ---- rows ----------------------------------------------------------------------------------


def _split(value: object) -> tuple[float | None, str | None]:
    if isinstance(value, str):
        return None, value
    return (float(value), None) if isinstance(value, int | float) else (None, None)


def _joined(row: Mapping[Any, Any]) -> float | str | None:
    word: str | None = row["word"]
    number: float | None = row["number"]
    return number if word is None else word


def _intent(row: Mapping[Any, Any]) -> Intent:
    fields = {name: row[name] for name in Intent.__dataclass_fields__ if name != "value"}
    return Intent(**fields, value=_joined(row))


def _columns(command: Command) -> dict[str, Any]:
    columns = {name: getattr(command, name) for name in Command.__dataclass_fields__}
    columns["number"], columns["word"] = _split(columns.pop("value"))
    for name in ("expected", "explanation"):
        columns[name] = json.dumps(columns[name])
    return columns


def command_of(row: Mapping[Any, Any]) -> Command:
    """A command as its row keeps it."""
    written = ("value", "expected", "explanation")
    fields = {name: row[name] for name in Command.__dataclass_fields__ if name not in written}
    return Command(
        **fields,
        value=_joined(row),
        expected=json.loads(row["expected"]),
        explanation=json.loads(row["explanation"]),
    )
