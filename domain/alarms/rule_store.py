"""SQL of rules and of their evaluation: generation, cursors, states, facts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.alarms.evaluate import State
from domain.alarms.lifecycle import Subject
from domain.alarms.model import Rule
from domain.alarms.store import clock_table, cursor_table, fact_table, rule_table, state_table

CLOCK_ID = 1
StateKey = tuple[int, Subject]


class Fact(NamedTuple):
    """What a part of Wattboard last said of itself; `heard_ms` is real time."""

    ok: bool
    detail: str
    since_ms: int
    heard_ms: int


def read_rules(c: Connection) -> list[Rule]:
    """All rules, the built-in ones first."""
    order = (rule_table.c.builtin.desc(), rule_table.c.rule_id)
    return [_rule(row) for row in c.execute(sa.select(rule_table).order_by(*order)).mappings()]


def read_rule(c: Connection, rule_id: int) -> Rule | None:
    """One rule."""
    query = sa.select(rule_table).where(rule_table.c.rule_id == rule_id)
    row = c.execute(query).mappings().first()
    return None if row is None else _rule(row)


def insert_rule(c: Connection, columns: Mapping[str, object]) -> int:
    """Add a rule of a person's; gives its id."""
    values = {**columns, "builtin": False, "version": 1}
    key = c.execute(rule_table.insert().values(**values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_rule(c: Connection, rule_id: int, version: int, columns: Mapping[str, object]) -> bool:
    """Change a rule that is still at `version`."""
    where = (rule_table.c.rule_id == rule_id, rule_table.c.version == version)
    values = {**columns, "version": version + 1}
    return c.execute(rule_table.update().where(*where).values(**values)).rowcount == 1


def delete_rule(c: Connection, rule_id: int) -> bool:
    """Drop a rule that is not built in."""
    where = (rule_table.c.rule_id == rule_id, rule_table.c.builtin.is_(False))
    return c.execute(rule_table.delete().where(*where)).rowcount == 1


def read_generation(c: Connection) -> int:
    """The number that every evaluation and every change of rules raises by one."""
    return int(c.execute(sa.select(clock_table.c.generation)).scalar_one())


def hold_generation(c: Connection) -> None:
    """Keep others from entering events in this transaction; SQLite has one writer anyway."""
    query = sa.select(clock_table.c.generation).where(clock_table.c.clock_id == CLOCK_ID)
    c.execute(query.with_for_update())


def raise_generation(c: Connection, expected: int | None = None) -> bool:
    """Raise it; with `expected`, only while nobody else has: one of many processes wins."""
    statement = clock_table.update().where(clock_table.c.clock_id == CLOCK_ID)
    if expected is not None:
        statement = statement.where(clock_table.c.generation == expected)
    return c.execute(statement.values(generation=clock_table.c.generation + 1)).rowcount == 1


def read_cursors(c: Connection) -> dict[int, int]:
    """Up to which reading each series has been evaluated."""
    rows = c.execute(sa.select(cursor_table.c.series_id, cursor_table.c.until_ms))
    return {row.series_id: row.until_ms for row in rows}


def put_cursors(c: Connection, cursors: Mapping[int, int]) -> None:
    """Advance cursors."""
    rows = [{"series_id": key, "until_ms": until_ms} for key, until_ms in cursors.items()]
    _upsert(c, cursor_table, rows)


def read_states(c: Connection) -> dict[StateKey, State]:
    """Every state that is not quiet."""
    rows = c.execute(sa.select(state_table)).mappings()
    return {
        (row["rule_id"], Subject(row["sensor_id"], row["metric"], row["side"])): State(
            row["phase"],
            row["since_ms"],
            row["last_ms"],
            row["value"],
            row["worst"],
            row["reach_ms"],
        )
        for row in rows
    }


def put_states(c: Connection, states: Mapping[StateKey, State]) -> None:
    """Keep the states that are not quiet and forget those that are."""
    kept, gone = [], []
    for (rule_id, subject), state in states.items():
        key = {"rule_id": rule_id, **subject._asdict()}
        if state.phase == "quiet":
            gone.append({f"the_{name}": value for name, value in key.items()})
        else:
            kept.append(
                {
                    **key,
                    "phase": state.phase,
                    "since_ms": state.since_ms,
                    "last_ms": state.last_ms,
                    "value": state.value,
                    "worst": state.worst,
                    "reach_ms": state.reach_ms,
                }
            )
    _upsert(c, state_table, kept)
    if gone:
        columns = state_table.c
        named = ("rule_id", "sensor_id", "metric", "side")
        where = [columns[name] == sa.bindparam(f"the_{name}") for name in named]
        c.execute(state_table.delete().where(*where), gone)


def drop_states(c: Connection, rule_id: int) -> None:
    """Forget where a rule stood, because it is another one now."""
    c.execute(state_table.delete().where(state_table.c.rule_id == rule_id))


def read_fact(c: Connection, name: str) -> Fact | None:
    """What was last said under a name."""
    columns = (fact_table.c.ok, fact_table.c.detail, fact_table.c.since_ms, fact_table.c.heard_ms)
    row = c.execute(sa.select(*columns).where(fact_table.c.name == name)).first()
    return None if row is None else Fact(*row)


def put_fact(c: Connection, name: str, fact: Fact) -> None:
    """Keep what was said."""
    _upsert(c, fact_table, [{"name": name, **fact._asdict()}])


def _upsert(c: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = sqlite_insert if c.dialect.name == "sqlite" else postgresql_insert
    statement = insert(table)
    key = [column.name for column in table.primary_key]
    others: Iterable[str] = (column.name for column in table.c if column.name not in key)
    changed = {name: statement.excluded[name] for name in others}
    c.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _rule(row: sa.RowMapping) -> Rule:
    fields = {name: row[name] for name in Rule.__slots__ if name != "limit"}
    return Rule(limit=row["limit_value"], **fields)
