"""SQL of a device's past: its commands by page, and what deleted devices were."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.control.command_store import command_of, read_steps
from domain.control.device_store import NEVER_REGISTERED, device_of
from domain.control.history import GROUPS, CommandPage, CommandQuery, Former, Told
from domain.control.store import command_table, device_table

_C, _D = command_table.c, device_table.c
AT_ONCE = 500


def read_page(c: Connection, device_id: str, query: CommandQuery) -> CommandPage:
    """The commands that are asked for, with their steps."""
    count = sa.select(sa.func.count()).select_from(command_table)
    total = int(c.execute(count.where(*_where(device_id, query))).scalar_one())
    return CommandPage(list(_told(c, device_id, query)), total)


def _told(c: Connection, device_id: str, query: CommandQuery) -> Iterator[Told]:
    order = (_C.requested_ms, _C.command_id)
    if query.sort != "oldest":
        order = (order[0].desc(), order[1].desc())  # type: ignore[assignment]
    wanted = sa.select(command_table).where(*_where(device_id, query)).order_by(*order)
    rows = c.execute(wanted.limit(query.limit).offset(query.offset)).mappings()
    while listed := [command_of(row) for row in rows.fetchmany(AT_ONCE)]:
        steps = read_steps(c, [command.command_id for command in listed])
        for command in listed:
            yield command, steps.get(command.command_id, ())


def _where(device_id: str, query: CommandQuery) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = [_C.device_id == device_id]
    if query.group != "all":
        where.append(_C.state.in_(GROUPS[query.group][1]))
    if query.owner is not None:
        where.append(_C.owner == query.owner)
    if query.since_ms is not None:
        where.append(_C.requested_ms >= query.since_ms)
    return where


def read_owners(c: Connection, device_id: str) -> set[str]:
    """Who has ever told a device something."""
    query = sa.select(_C.owner).where(_C.device_id == device_id).distinct()
    return set(c.execute(query).scalars())


def read_former(c: Connection, device_id: str) -> Former | None:
    """A device that was registered once and is no more."""
    where = (_D.device_id == device_id, _D.deleted_ms.is_not(None), _D.version > NEVER_REGISTERED)
    row = c.execute(sa.select(device_table).where(*where)).mappings().one_or_none()
    return None if row is None else Former(device_of(row), row["deleted_ms"])
