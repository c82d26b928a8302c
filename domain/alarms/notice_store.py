"""SQL of channels, of who has been told, and of deliveries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.alarms.model import Event
from domain.alarms.notify import Channel, Letter
from domain.alarms.store import (
    channel_table,
    delivery_table,
    event_table,
    host_table,
    member_table,
    notice_table,
)

_TAKE = sa.text(
    "INSERT INTO alarm_notice (event_id, channel_id, delivery_id)"
    " VALUES (:event_id, :channel_id, 0)"
    " ON CONFLICT (event_id, channel_id) DO NOTHING"
)
_C, _D, _E = channel_table.c, delivery_table.c, event_table.c


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message and what became of it; times are real. `status` queued, sending, sent, failed."""

    delivery_id: int
    channel_id: int
    user_id: int
    channel_name: str
    kind: str
    address: str
    subject: str
    body: str
    payload: str
    status: str
    attempts: int
    created_ms: int
    next_ms: int
    done_ms: int | None
    error: str | None


def read_channels(c: Connection, user_id: int | None = None) -> list[Channel]:
    """All channels, or those of one person."""
    query = sa.select(channel_table).order_by(_C.owner, _C.name, _C.channel_id)
    if user_id is not None:
        query = query.where(_C.user_id == user_id)
    return [_channel(row) for row in c.execute(query).mappings()]


def read_channel(c: Connection, channel_id: int) -> Channel | None:
    """One channel."""
    query = sa.select(channel_table).where(_C.channel_id == channel_id)
    row = c.execute(query).mappings().first()
    return None if row is None else _channel(row)


def insert_channel(c: Connection, columns: Mapping[str, object]) -> int:
    """Add a channel; gives its id."""
    key = c.execute(channel_table.insert().values(**columns, version=1)).inserted_primary_key
    return int(key[0]) if key else 0


def update_channel(
    c: Connection, channel_id: int, version: int, columns: Mapping[str, object]
) -> bool:
    """Change a channel that is still at `version`."""
    where = (_C.channel_id == channel_id, _C.version == version)
    values = {**columns, "version": version + 1}
    return c.execute(channel_table.update().where(*where).values(**values)).rowcount == 1


def replace_secret(c: Connection, channel_id: int, before: str, after: str) -> bool:
    """Store a key in another form, while it is still in the one it was read in."""
    where = (_C.channel_id == channel_id, _C.secret == before)
    return c.execute(channel_table.update().where(*where).values(secret=after)).rowcount == 1


def delete_channel(c: Connection, channel_id: int) -> None:
    """Drop a channel; what it was to send and has not is dropped with it."""
    c.execute(channel_table.delete().where(_C.channel_id == channel_id))
    waiting = (_D.channel_id == channel_id, _D.status.in_(("queued", "sending")))
    values = {"status": "failed", "error": "The channel was deleted"}
    c.execute(delivery_table.update().where(*waiting).values(**values))


def allowed_hosts(c: Connection) -> list[str]:
    """Hosts inside the network that webhooks may reach."""
    return list(c.execute(sa.select(host_table.c.host).order_by(host_table.c.host)).scalars())


def put_hosts(c: Connection, hosts: Sequence[str]) -> None:
    """Replace the list."""
    c.execute(host_table.delete())
    if hosts:
        c.execute(host_table.insert(), [{"host": host} for host in hosts])


def untold(c: Connection, channel_id: int, since_ms: int) -> list[tuple[Event, frozenset[int]]]:
    """Events raised since a moment that a channel has not been told of, with their rooms."""
    told = sa.select(notice_table.c.event_id).where(notice_table.c.channel_id == channel_id)
    columns = [_E[name] for name in Event.__slots__]
    query = sa.select(*columns).where(_E.raised_ms >= since_ms, _E.event_id.not_in(told))
    events = [Event(*row) for row in c.execute(query.order_by(_E.event_id))]
    rooms: dict[int, set[int]] = {}
    m = member_table.c
    inside = (
        sa.select(m.event_id, m.room_id)
        .distinct()
        .where(m.event_id.in_([event.event_id for event in events]), m.room_id.is_not(None))
    )
    for event_id, room_id in c.execute(inside):
        rooms.setdefault(event_id, set()).add(room_id)
    return [(event, frozenset(rooms.get(event.event_id, ()))) for event in events]


def claim_notices(c: Connection, channel_id: int, event_ids: Sequence[int]) -> list[int]:
    """Take events for one message to a channel; those another process took first are left out."""
    rows = ((event_id, {"event_id": event_id, "channel_id": channel_id}) for event_id in event_ids)
    return [event_id for event_id, row in rows if c.execute(_TAKE, row).rowcount == 1]


def queue(c: Connection, channel: Channel, letter: Letter, now_ms: int) -> int:
    """Put a message into the queue; gives its id."""
    row = {
        "channel_id": channel.channel_id,
        "user_id": channel.user_id,
        "channel_name": channel.name,
        "kind": channel.kind,
        "address": channel.address,
        "subject": letter.subject,
        "body": letter.body,
        "payload": letter.payload,
        "status": "queued",
        "attempts": 0,
        "created_ms": now_ms,
        "next_ms": now_ms,
    }
    key = c.execute(delivery_table.insert().values(**row)).inserted_primary_key
    return int(key[0]) if key else 0


def note_delivery(c: Connection, channel_id: int, event_ids: Sequence[int], number: int) -> None:
    """Say in which message a channel was told of events."""
    n = notice_table.c
    where = (n.channel_id == channel_id, n.event_id.in_(event_ids))
    c.execute(notice_table.update().where(*where).values(delivery_id=number))


def due(c: Connection, now_ms: int, limit: int) -> list[Delivery]:
    """Messages whose turn it is, one that was being sent by a process that died among them."""
    where = (_D.status.in_(("queued", "sending")), _D.next_ms <= now_ms)
    query = sa.select(*_columns()).where(*where).order_by(_D.next_ms).limit(limit)
    return [Delivery(*row) for row in c.execute(query)]


def claim(c: Connection, delivery: Delivery, now_ms: int, until_ms: int) -> bool:
    """Win one attempt at a message; exactly one of all processes does."""
    where = (
        _D.delivery_id == delivery.delivery_id,
        _D.attempts == delivery.attempts,
        _D.status.in_(("queued", "sending")),
        _D.next_ms <= now_ms,
    )
    values = {"status": "sending", "attempts": delivery.attempts + 1, "next_ms": until_ms}
    return c.execute(delivery_table.update().where(*where).values(**values)).rowcount == 1


def settle(c: Connection, delivery_id: int, attempts: int, columns: Mapping[str, object]) -> None:
    """Note how an attempt ended, unless a later attempt has begun."""
    where = (_D.delivery_id == delivery_id, _D.attempts == attempts)
    c.execute(delivery_table.update().where(*where).values(**columns))


def read_log(c: Connection, user_id: int | None, limit: int) -> list[Delivery]:
    """The newest messages, of all or of one person."""
    query = sa.select(*_columns()).order_by(_D.delivery_id.desc()).limit(limit)
    if user_id is not None:
        query = query.where(_D.user_id == user_id)
    return [Delivery(*row) for row in c.execute(query)]


def forget_before(c: Connection, created_ms: int) -> int:
    """Drop finished messages of long ago."""
    where = (_D.created_ms < created_ms, _D.status.in_(("sent", "failed")))
    return c.execute(delivery_table.delete().where(*where)).rowcount


def _columns() -> list[sa.Column[Any]]:
    return [_D[name] for name in Delivery.__slots__]


def _channel(row: sa.RowMapping) -> Channel:
    fields = {name: row[name] for name in Channel.__slots__ if name != "room_ids"}
    rooms = row["room_ids"]
    return Channel(room_ids=None if rooms is None else frozenset(json.loads(rooms)), **fields)
