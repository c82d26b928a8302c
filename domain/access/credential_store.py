"""Tables and SQL of API tokens and wall displays; times are real epoch ms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.access.model import Display, Token
from domain.access.store import audit_log, touch, users
from domain.storage.engine import Database
from domain.storage.schema import metadata

tokens = sa.Table(
    "access_token",
    metadata,
    sa.Column("jti", sa.String(32), primary_key=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("access_user.user_id"), nullable=False),
    sa.Column("parent_jti", sa.String(32)),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("resources", sa.Text, nullable=False),
    sa.Column("ceiling", sa.Text),
    sa.Column("data_aggregation", sa.String(16), nullable=False),
    sa.Column("time_aggregation", sa.String(16), nullable=False),
    sa.Column("embargo_minutes", sa.Integer, nullable=False),
    sa.Column("issued_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Column("last_used_ms", sa.BigInteger),
    sa.Index("ix_access_token_user_id", "user_id"),
    sa.Index("ix_access_token_parent_jti", "parent_jti"),
)
displays = sa.Table(
    "access_display",
    metadata,
    sa.Column("display_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("code_hash", sa.String(64), unique=True),
    sa.Column("code_expires_ms", sa.BigInteger),
    sa.Column("secret_hash", sa.String(64), unique=True),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("paired_ms", sa.BigInteger),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Column("last_seen_ms", sa.BigInteger),
    sa.Column("address", sa.String(64)),
)


TRAIL = ("token.used", "token.outside_contract", "token.refused")
"""What the audit keeps of a token: the first use of each day, and every try that was refused."""

# --- tokens --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, what its issuing token held (None: issued by a person), and its issuer today."""

    token: Token
    ceiling: frozenset[str] | None
    issuer_role: str
    issuer_disabled: bool
    issuer_demo: bool


_WITH_ISSUER = sa.select(
    tokens,
    users.c.name.label("issuer"),
    users.c.role.label("issuer_role"),
    users.c.disabled.label("issuer_disabled"),
    users.c.demo.label("issuer_demo"),
).join(users, users.c.user_id == tokens.c.user_id)


_BY_ID = _WITH_ISSUER.where(tokens.c.jti == sa.bindparam("key"))
_COLUMNS = tuple(column.key for column in _WITH_ISSUER.selected_columns)


def _token(m: Mapping[Any, Any]) -> TokenRow:
    token = Token(
        jti=m["jti"],
        user_id=m["user_id"],
        issuer=m["issuer"],
        name=m["name"],
        resources=tuple(json.loads(m["resources"])),
        data_aggregation=m["data_aggregation"],
        time_aggregation=m["time_aggregation"],
        embargo_minutes=m["embargo_minutes"],
        issued_ms=m["issued_ms"],
        expires_ms=m["expires_ms"],
        revoked_ms=m["revoked_ms"],
        last_used_ms=m["last_used_ms"],
    )
    ceiling = m["ceiling"]
    return TokenRow(
        token=token,
        ceiling=None if ceiling is None else frozenset(json.loads(ceiling)),
        issuer_role=m["issuer_role"],
        issuer_disabled=bool(m["issuer_disabled"]),
        issuer_demo=bool(m["issuer_demo"]),
    )


def insert_token(
    c: Connection, token: Token, ceiling: frozenset[str] | None, parent_jti: str | None
) -> None:
    """Store a fresh token; `ceiling` is what the token that issued it held."""
    c.execute(
        sa.insert(tokens).values(
            jti=token.jti,
            user_id=token.user_id,
            parent_jti=parent_jti,
            name=token.name,
            resources=json.dumps(token.resources),
            ceiling=None if ceiling is None else json.dumps(sorted(ceiling)),
            data_aggregation=token.data_aggregation,
            time_aggregation=token.time_aggregation,
            embargo_minutes=token.embargo_minutes,
            issued_ms=token.issued_ms,
            expires_ms=token.expires_ms,
        )
    )


def token_by_jti(c: Connection, jti: str) -> TokenRow | None:
    """Find a token by its id, whatever its state."""
    row = c.execute(_BY_ID, {"key": jti}).mappings().first()
    return None if row is None else _token(row)


def token_now(database: Database, jti: str) -> TokenRow | None:
    """The same as it is committed, for the check of every request."""
    row = database.glance(_BY_ID, jti)
    return None if row is None else _token_as_read(row)


@lru_cache(maxsize=1000)
def _token_as_read(row: tuple[Any, ...]) -> TokenRow:
    """The same row is the same token, and taken apart once for as long as it stays so."""
    return _token(dict(zip(_COLUMNS, row, strict=True)))


def tokens_of(
    c: Connection, user_id: int | None, limit: int, after: tuple[int, str] | None
) -> list[Token]:
    """Newest first, of one user or of all, after the (issued_ms, jti) of the last page."""
    query = _WITH_ISSUER.order_by(tokens.c.issued_ms.desc(), tokens.c.jti).limit(limit)
    if user_id is not None:
        query = query.where(tokens.c.user_id == user_id)
    if after is not None:
        issued_ms, jti = after
        query = query.where(
            sa.or_(
                tokens.c.issued_ms < issued_ms,
                sa.and_(tokens.c.issued_ms == issued_ms, tokens.c.jti > jti),
            )
        )
    return [_token(row).token for row in c.execute(query).mappings()]


def revoke_tokens(c: Connection, jtis: Sequence[str], now_ms: int) -> list[str]:
    """Revoke tokens and all that were issued with them; names those that ended now."""
    ended: list[str] = []
    generation = list(jtis)
    while generation:
        running = sa.and_(tokens.c.jti.in_(generation), tokens.c.revoked_ms.is_(None))
        ended += list(c.scalars(sa.select(tokens.c.jti).where(running)))
        c.execute(sa.update(tokens).where(running).values(revoked_ms=now_ms))
        generation = list(
            c.scalars(sa.select(tokens.c.jti).where(tokens.c.parent_jti.in_(generation)))
        )
    return ended


def activate_token(c: Connection, jti: str) -> None:
    """Take a revocation back."""
    c.execute(sa.update(tokens).where(tokens.c.jti == jti).values(revoked_ms=None))


def live_token_ids(c: Connection, user_id: int, now_ms: int) -> list[str]:
    """Name the user's tokens that would be accepted now."""
    return list(
        c.scalars(
            sa.select(tokens.c.jti).where(
                tokens.c.user_id == user_id,
                tokens.c.revoked_ms.is_(None),
                tokens.c.expires_ms > now_ms,
            )
        )
    )


def touch_token(database: Database, jti: str, now_ms: int) -> None:
    """Note that a token was used."""
    touch(database, sa.update(tokens).where(tokens.c.jti == jti).values(last_used_ms=now_ms))


def token_trail(
    c: Connection, since_ms: int, until_ms: int
) -> list[tuple[int, str, str, dict[str, object]]]:
    """What the audit says of tokens' uses in [since, until): when, action, target, details."""
    rows = c.execute(
        sa.select(audit_log.c.at_ms, audit_log.c.action, audit_log.c.target, audit_log.c.after)
        .where(
            audit_log.c.action.in_(TRAIL),
            audit_log.c.at_ms >= since_ms,
            audit_log.c.at_ms < until_ms,
        )
        .order_by(audit_log.c.at_ms, audit_log.c.audit_id)
    )
    return [(at, action, target, json.loads(after or "{}")) for at, action, target, after in rows]


# --- wall displays -------------------------------------------------------------------------

_DISPLAY_COLUMNS = [
    displays.c[name]
    for name in (
        "display_id", "name", "created_ms", "created_by", "code_expires_ms", "paired_ms",
        "revoked_ms", "last_seen_ms", "address",
    )
]  # fmt: skip


def insert_display(c: Connection, values: dict[str, object]) -> None:
    """Store a display that waits for its code."""
    c.execute(sa.insert(displays).values(**values))


def all_displays(c: Connection) -> list[Display]:
    """List every display, newest first."""
    query = sa.select(*_DISPLAY_COLUMNS).order_by(displays.c.created_ms.desc())
    return [Display(**row._mapping) for row in c.execute(query)]


def display_by(c: Connection, *, secret_hash: str | None = None, key: str = "") -> Display | None:
    """Find by the hash of its cookie or by its id, whatever its state."""
    found = displays.c.secret_hash == secret_hash if secret_hash else displays.c.display_id == key
    row = c.execute(sa.select(*_DISPLAY_COLUMNS).where(found)).first()
    return None if row is None else Display(**row._mapping)


def claim_code(
    c: Connection, code_hash: str, secret_hash: str, now_ms: int, address: str
) -> str | None:
    """Swap an unused code for a cookie in one statement; gives the display's id once only."""
    key = c.scalar(sa.select(displays.c.display_id).where(displays.c.code_hash == code_hash))
    claimed = c.execute(
        sa.update(displays)
        .where(
            displays.c.code_hash == code_hash,
            displays.c.code_expires_ms > now_ms,
            displays.c.revoked_ms.is_(None),
            displays.c.paired_ms.is_(None),
        )
        .values(
            code_hash=None,
            secret_hash=secret_hash,
            paired_ms=now_ms,
            last_seen_ms=now_ms,
            address=address,
        )
    )
    return key if claimed.rowcount == 1 else None


def revoke_display(c: Connection, display_id: str, now_ms: int) -> bool:
    """Revoke; False when it was revoked already or is unknown."""
    ended = c.execute(
        sa.update(displays)
        .where(displays.c.display_id == display_id, displays.c.revoked_ms.is_(None))
        .values(revoked_ms=now_ms, code_hash=None)
    )
    return ended.rowcount == 1


def touch_display(database: Database, display_id: str, now_ms: int, address: str) -> None:
    """Note that a display was seen, and from where."""
    touch(
        database,
        sa.update(displays)
        .where(displays.c.display_id == display_id)
        .values(last_seen_ms=now_ms, address=address),
    )
