"""The table of keys and first answers, and every statement on it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from domain.storage.schema import metadata

idempotent_call = sa.Table(
    "idempotent_call",
    metadata,
    sa.Column("caller", sa.String(80), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("claimed_ms", sa.BigInteger(), nullable=False),
    sa.Column("status", sa.Integer(), nullable=True),
    sa.Column("body", sa.Text(), nullable=True),
    sa.Index("ix_idempotent_call_claimed_ms", "claimed_ms"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A key as it was first used; no status while its answer is not known."""

    digest: str
    claimed_ms: int
    status: int | None
    body: str | None


def claim(c: Connection, caller: str, key: str, digest: str, now_ms: int) -> bool:
    """Whether the key was free and is the caller's now."""
    dialect = postgresql if c.dialect.name == "postgresql" else sqlite
    row = {"caller": caller, "key": key, "digest": digest, "claimed_ms": now_ms}
    statement = dialect.insert(idempotent_call).values(row).on_conflict_do_nothing()
    return c.execute(statement.returning(idempotent_call.c.key)).one_or_none() is not None


def read(c: Connection, caller: str, key: str) -> Call | None:
    """What is known about a key."""
    row = c.execute(sa.select(idempotent_call).where(*_is(caller, key))).one_or_none()
    return None if row is None else Call(row.digest, row.claimed_ms, row.status, row.body)


def keep(c: Connection, caller: str, key: str, status: int, body: str) -> None:
    """Keep the first answer."""
    c.execute(idempotent_call.update().where(*_is(caller, key)).values(status=status, body=body))


def release(c: Connection, caller: str, key: str) -> None:
    """Free a key under which nothing has happened."""
    c.execute(idempotent_call.delete().where(*_is(caller, key)))


def forget(c: Connection, before_ms: int) -> int:
    """Drop keys claimed before; how many there were."""
    return c.execute(
        idempotent_call.delete().where(idempotent_call.c.claimed_ms < before_ms)
    ).rowcount


def _is(caller: str, key: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return idempotent_call.c.caller == caller, idempotent_call.c.key == key
