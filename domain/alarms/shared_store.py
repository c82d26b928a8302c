"""SQL of events as far as a data-sharing contract shares them.

Under an embargo an event is as it was where the embargo begins, read back from its history; what
its columns say of later rings, members or its end is not told, nor found by filters. What a column
does not keep by time (its words and values, how often it rang) is left empty.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.alarms.model import Event
from domain.alarms.store import event_table, member_table, step_table
from domain.foundation.contract import Contract

_RANG = ("raised", "joined", "rang_again")
_MEASURED = (*_RANG, "member_cleared", "cleared")
_LATER_KNOWN = ("quality",)
"""Kinds that begin, as it turns out later, before the readings that showed it."""
_E, _M, _S = event_table.c, member_table.c, step_table.c
_SENSORS_OF_A_SUM = 2


class Source(NamedTuple):
    """Where events and their members are read from."""

    events: sa.FromClause
    members: sa.FromClause


EVERYTHING = Source(event_table, member_table)


def source_for(contract: Contract, now_ms: int) -> Source:
    """The tables themselves, or what of them the contract shares now."""
    if not contract.restricts:
        return EVERYTHING
    events: sa.FromClause = event_table
    members: sa.FromClause = member_table
    if contract.withholds_time:
        horizon_ms = contract.horizon_ms(now_ms)
        members = sa.select(member_table).where(_M.first_ms < horizon_ms).subquery()
        events = _as_of(horizon_ms, contract.bucket_ms).subquery()
    if contract.sums_only:
        columns = [c if c.key != "cause" else sa.literal("").label("cause") for c in events.c]
        of_several = events.c.sensor_count >= _SENSORS_OF_A_SUM
        events = sa.select(*columns).where(of_several).subquery()
    return Source(events, members)


def _as_of(horizon_ms: int, bucket_ms: int) -> sa.Select[Any]:
    """Events that had rung by then, as they stood then; times by whole spans of the contract."""

    def coarse(at_ms: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        return at_ms - at_ms % bucket_ms if bucket_ms else at_ms

    inside = (_M.event_id == _E.event_id, _M.first_ms < horizon_ms)
    before = (_S.event_id == _E.event_id, _S.at_ms < horizon_ms)
    last = (
        sa.select(sa.case((_S.kind == "cleared", _S.at_ms)))
        .where(*before, _S.kind.in_(_MEASURED))
        .order_by(_S.at_ms.desc(), _S.step_id.desc())
        .limit(1)
    )
    rang = sa.select(sa.func.max(_S.at_ms)).where(*before, _S.kind.in_(_RANG))
    sensor = sa.func.nullif(_M.sensor_id, "")
    sensors = sa.select(sa.func.count(sensor.distinct())).where(*inside).scalar_subquery()
    one_sensor = sa.select(sa.func.min(sensor)).where(*inside).scalar_subquery()
    room = sa.func.coalesce(_M.room_id, -1)
    rooms = sa.select(sa.func.count(room.distinct())).where(*inside).scalar_subquery()
    one_room = sa.select(sa.func.min(_M.room_id)).where(*inside).scalar_subquery()
    then: dict[str, sa.ColumnElement[Any]] = {
        "cause": sa.literal(""),
        "rings": sa.literal(0),
        "sensor_count": sensors,
        "sensor_id": sa.case((sensors == 1, one_sensor)),
        "room_id": sa.case((rooms == 1, one_room)),
        "started_ms": coarse(_E.started_ms),
        "raised_ms": coarse(_E.raised_ms),
        "rang_ms": coarse(sa.func.coalesce(rang.scalar_subquery(), _E.raised_ms)),
        "cleared_ms": coarse(last.scalar_subquery()),
    }
    columns = [then.get(name, _E[name]).label(name) for name in Event.__slots__]
    shared = (_E.raised_ms < horizon_ms, _E.kind.not_in(_LATER_KNOWN))
    return sa.select(*columns).where(*shared)
