"""SQL of events, their members and their history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.alarms.lifecycle import CHATTER_MS, Card, Member, Subject
from domain.alarms.model import (
    SEVERITIES,
    Event,
    EventChange,
    EventQuery,
    HistoryStep,
    MemberView,
)
from domain.alarms.shared_store import EVERYTHING, Source
from domain.alarms.store import event_table, member_table, step_table

_E = event_table.c


class NewStep(NamedTuple):
    """A line to add to an event's history."""

    event_id: int
    at_ms: int
    kind: str
    who: str
    words: str


class Told(NamedTuple):
    """What was said of a member when it rang."""

    room_id: int | None
    words: str


def read_cards(c: Connection, at_ms: int, rule_id: int | None = None) -> list[Card]:
    """Events that may still take a ring: active, fresh enough to chatter, or silenced.

    Of all rules, or of one.
    """
    standing = sa.or_(
        _E.cleared_ms.is_(None),
        _E.cleared_ms >= at_ms - 2 * CHATTER_MS,
        _E.silenced_until_ms > at_ms,
    )
    query = sa.select(event_table).where(standing)
    if rule_id is not None:
        query = query.where(_E.rule_id == rule_id)
    rows = c.execute(query).mappings().all()
    members = _members_by_event(c, [row["event_id"] for row in rows])
    return [
        Card(
            key=row["event_id"],
            rule_id=row["rule_id"],
            group=row["join_group"],
            started_ms=row["started_ms"],
            joined_ms=row["joined_ms"],
            rang_ms=row["rang_ms"],
            cleared_ms=row["cleared_ms"],
            rings=row["rings"],
            members=members.get(row["event_id"], {}),
            silenced_until_ms=row["silenced_until_ms"],
        )
        for row in rows
    ]


def _members_by_event(c: Connection, event_ids: Sequence[int]) -> dict[int, dict[Subject, Member]]:
    found: dict[int, dict[Subject, Member]] = {}
    query = sa.select(member_table).where(member_table.c.event_id.in_(event_ids))
    for row in c.execute(query).mappings():
        subject = Subject(row["sensor_id"], row["metric"], row["side"])
        found.setdefault(row["event_id"], {})[subject] = Member(
            row["active"], row["rings"], row["first_ms"], row["last_ms"], row["value"] or 0.0
        )
    return found


def read_told(c: Connection, event_id: int) -> dict[Subject, Told]:
    """What was said of the members of an event."""
    m = member_table.c
    query = sa.select(m.sensor_id, m.metric, m.side, m.room_id, m.words)
    return {
        Subject(row.sensor_id, row.metric, row.side): Told(row.room_id, row.words or "")
        for row in c.execute(query.where(m.event_id == event_id))
    }


def insert_event(c: Connection, columns: Mapping[str, object]) -> int:
    """Add an event; gives its id."""
    values = {**columns, "silenced_until_ms": 0}
    key = c.execute(event_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_event(c: Connection, event_id: int, columns: Mapping[str, object]) -> bool:
    """Change what the columns name, and nothing beside them."""
    where = event_table.update().where(_E.event_id == event_id)
    return c.execute(where.values(**columns)).rowcount == 1


def acknowledge(c: Connection, event_id: int, columns: Mapping[str, object]) -> bool:
    """Acknowledge once; false where somebody already has."""
    where = (_E.event_id == event_id, _E.acknowledged_ms.is_(None))
    return c.execute(event_table.update().where(*where).values(**columns)).rowcount == 1


def put_members(c: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add members, or bring them up to date."""
    if not rows:
        return
    insert = sqlite_insert if c.dialect.name == "sqlite" else postgresql_insert
    statement = insert(member_table)
    key = [column.name for column in member_table.primary_key]
    changed: dict[str, sa.ColumnElement[Any]] = {
        k.name: statement.excluded[k.name] for k in member_table.c if k.name not in key
    }
    changed["limit_value"] = sa.func.coalesce(
        statement.excluded.limit_value, member_table.c.limit_value
    )
    changed["words"] = sa.func.coalesce(statement.excluded.words, member_table.c.words)
    c.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows))


def add_steps(c: Connection, steps: Iterable[NewStep]) -> None:
    """Write history; it stays or goes with the transaction it belongs to."""
    rows = [{**s._asdict(), "words": s.words[:500], "who": s.who[:100]} for s in steps]
    if rows:
        c.execute(step_table.insert(), rows)


def end_events_of(c: Connection, rule_id: int, at_ms: int) -> list[int]:
    """Clear what a rule holds active, because it has changed or gone; gives the ids."""
    where = (_E.rule_id == rule_id, _E.cleared_ms.is_(None))
    ids = [row.event_id for row in c.execute(sa.select(_E.event_id).where(*where))]
    if ids:
        c.execute(event_table.update().where(_E.event_id.in_(ids)).values(cleared_ms=at_ms))
        members = member_table.update().where(member_table.c.event_id.in_(ids))
        c.execute(members.values(active=False))
    return ids


def read_event(c: Connection, event_id: int, source: Source = EVERYTHING) -> Event | None:
    """One event, if the source has it."""
    wanted = source.events.c.event_id == event_id
    row = c.execute(sa.select(*_columns(source)).where(wanted)).first()
    return None if row is None else Event(*row)


def read_events(
    c: Connection, event_ids: Sequence[int], source: Source = EVERYTHING
) -> list[Event]:
    """Some events, by id."""
    event_id = source.events.c.event_id
    query = sa.select(*_columns(source)).where(event_id.in_(event_ids)).order_by(event_id)
    return [Event(*row) for row in c.execute(query)]


def listed_ids(
    c: Connection, query: EventQuery, now_ms: int, source: Source = EVERYTHING
) -> list[int]:
    """Every event that a query finds, on all its pages, in its order."""
    statement = sa.select(source.events.c.event_id).where(*_filters(query, now_ms, source))
    rows = c.execute(statement.order_by(*_order(query.sort, now_ms, source)))
    return [row.event_id for row in rows]


def list_events(
    c: Connection,
    query: EventQuery,
    now_ms: int,
    after: tuple[int, int, int] | None,
    source: Source = EVERYTHING,
) -> list[Event]:
    """A page in the query's order; `after` is the last row's place in the usual one."""
    e = source.events.c
    rank = _rank(source)
    statement = sa.select(*_columns(source)).where(*_filters(query, now_ms, source))
    if after is not None:
        first, started_ms, event_id = after
        older = sa.or_(
            e.started_ms < started_ms,
            sa.and_(e.started_ms == started_ms, e.event_id < event_id),
        )
        statement = statement.where(sa.or_(rank > first, sa.and_(rank == first, older)))
    order = _order(query.sort, now_ms, source)
    rows = c.execute(statement.order_by(*order).limit(query.limit).offset(query.offset))
    return [Event(*row) for row in rows]


def _rank(source: Source) -> sa.ColumnElement[int]:
    return sa.case((_open(source), 0), else_=1)


def _order(sort: str, now_ms: int, source: Source) -> list[sa.ColumnElement[Any]]:
    e = source.events.c
    newest: list[sa.ColumnElement[Any]] = [e.started_ms.desc(), e.event_id.desc()]
    lasted_ms = sa.func.coalesce(e.cleared_ms, now_ms) - e.started_ms
    severity = sa.case({name: place for place, name in enumerate(SEVERITIES)}, value=e.severity)
    match sort:
        case "newest":
            return newest
        case "oldest":
            return [e.started_ms, e.event_id]
        case "severity":
            return [severity, *newest]
        case "longest":
            return [lasted_ms.desc(), *newest]
    return [_rank(source), *newest]


def count_events(c: Connection, query: EventQuery, now_ms: int, source: Source = EVERYTHING) -> int:
    """How many events a query finds on all its pages."""
    counted = sa.select(sa.func.count()).select_from(source.events)
    return int(c.execute(counted.where(*_filters(query, now_ms, source))).scalar_one())


def count_open(c: Connection, now_ms: int, source: Source = EVERYTHING) -> dict[str, int]:
    """Active, unacknowledged and not silenced, by severity."""
    e = source.events.c
    rings = (_open(source), e.silenced_until_ms <= now_ms)
    query = sa.select(e.severity, sa.func.count()).where(*rings).group_by(e.severity)
    return {severity: count for severity, count in c.execute(query)}


def _columns(source: Source) -> list[sa.ColumnElement[Any]]:
    return [source.events.c[name] for name in Event.__slots__]


def _open(source: Source) -> sa.ColumnElement[bool]:
    e = source.events.c
    return sa.and_(e.cleared_ms.is_(None), e.acknowledged_ms.is_(None))


def _filters(query: EventQuery, now_ms: int, source: Source) -> list[sa.ColumnElement[bool]]:
    e, m = source.events.c, source.members.c
    found: list[sa.ColumnElement[bool]] = []
    if query.severity is not None:
        found.append(e.severity == query.severity)
    if query.service is not None:
        found.append(e.service == query.service)
    if query.room_id is not None:
        inside = sa.select(m.event_id).where(m.room_id == query.room_id)
        found.append(sa.or_(e.room_id == query.room_id, e.event_id.in_(inside)))
    if query.since_ms is not None:
        found.append(sa.or_(e.cleared_ms.is_(None), e.cleared_ms >= query.since_ms))
    if query.until_ms is not None:
        found.append(e.started_ms < query.until_ms)
    states: dict[str, sa.ColumnElement[bool]] = {
        "open": _open(source),
        "active": e.cleared_ms.is_(None),
        "cleared": e.cleared_ms.is_not(None),
        "acknowledged": e.acknowledged_ms.is_not(None),
        "unacknowledged": e.acknowledged_ms.is_(None),
        "silenced": e.silenced_until_ms > now_ms,
    }
    if query.state in states:
        found.append(states[query.state])
    return found


def read_members(c: Connection, event_id: int, limit: int) -> list[MemberView]:
    """Members of an event, the active ones first, then by sensor."""
    m = member_table.c
    columns = [m["limit_value" if name == "limit" else name] for name in MemberView.__slots__]
    order = (m.active.desc(), m.first_ms, m.sensor_id, m.metric)
    query = sa.select(*columns).where(m.event_id == event_id).order_by(*order).limit(limit)
    return [MemberView(*row) for row in c.execute(query)]


def read_steps(c: Connection, event_id: int, limit: int) -> list[HistoryStep]:
    """The newest steps of an event, oldest first."""
    s = step_table.c
    query = sa.select(s.at_ms, s.kind, s.who, s.words).where(s.event_id == event_id)
    rows = c.execute(query.order_by(s.step_id.desc()).limit(limit)).all()
    return [HistoryStep(*row) for row in reversed(rows)]


def silences(c: Connection, now_ms: int) -> dict[int, int]:
    """Until when each event is silent that is silent now."""
    query = sa.select(_E.event_id, _E.silenced_until_ms).where(_E.silenced_until_ms > now_ms)
    return {row.event_id: row.silenced_until_ms for row in c.execute(query)}


def newest_step(c: Connection) -> int:
    """The number of the last step of all."""
    return int(c.execute(sa.select(sa.func.max(step_table.c.step_id))).scalar() or 0)


def steps_after(c: Connection, step_id: int) -> list[tuple[int, int]]:
    """Steps beyond a number, as (step id, event id)."""
    s = step_table.c
    rows = c.execute(sa.select(s.step_id, s.event_id).where(s.step_id > step_id))
    return [(row.step_id, row.event_id) for row in rows]


def set_worst(c: Connection, rows: Sequence[tuple[int, Subject, float]]) -> None:
    """Keep the farthest value of members that ring under a rule."""
    if not rows:
        return
    m = member_table.c
    ringing = sa.select(_E.event_id).where(
        _E.rule_id == sa.bindparam("the_rule"), _E.cleared_ms.is_(None)
    )
    statement = member_table.update().where(
        m.sensor_id == sa.bindparam("the_sensor"),
        m.metric == sa.bindparam("the_metric"),
        m.side == sa.bindparam("the_side"),
        m.active.is_(True),
        m.event_id.in_(ringing),
    )
    values = [
        {
            "the_rule": rule_id,
            "the_sensor": subject.sensor_id,
            "the_metric": subject.metric,
            "the_side": subject.side,
            "the_worst": worst,
        }
        for rule_id, subject, worst in rows
    ]
    c.execute(statement.values(worst=sa.bindparam("the_worst")), values)


_CHANGES = {"raised": "rings", "rang_again": "rings", "cleared": "clears"}
"""Steps that are news of an event as a whole."""


def changes(
    c: Connection, after_step: int, after_ms: int, until_ms: int, limit: int
) -> list[EventChange]:
    """Events that rang or were over in (after, until], of the steps beyond a number, in order."""
    s, m = step_table.c, member_table.c
    query = (
        sa.select(s.step_id, s.event_id, s.at_ms, s.kind.label("step"), s.words, _E.service,
                  _E.severity, _E.kind, _E.rule_name)
        .join(event_table, _E.event_id == s.event_id)
        .where(s.step_id > after_step, s.at_ms > after_ms, s.at_ms <= until_ms)
        .where(s.kind.in_(_CHANGES))
        .order_by(s.step_id)
        .limit(limit)
    )  # fmt: skip
    rows = c.execute(query).all()
    rooms: dict[int, set[int]] = {}
    inside = sa.select(m.event_id, m.room_id).where(
        m.event_id.in_({row.event_id for row in rows}), m.room_id.is_not(None)
    )
    for event_id, room_id in c.execute(inside):
        rooms.setdefault(event_id, set()).add(room_id)
    return [
        EventChange(
            step_id=row.step_id,
            event_id=row.event_id,
            at_ms=row.at_ms,
            change=_CHANGES[row.step],
            service=row.service,
            severity=row.severity,
            kind=row.kind,
            source=row.rule_name,
            room_ids=frozenset(rooms.get(row.event_id, ())),
            words=row.words,
        )
        for row in rows
    ]
