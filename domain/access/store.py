"""Tables and SQL of users, sessions, login attempts and the audit; times are real epoch ms."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from domain.access.model import AuditEntry, Session, SignedIn, User
from domain.storage.engine import Database
from domain.storage.schema import metadata

log = logging.getLogger(__name__)

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers only INTEGER keys

users = sa.Table(
    "access_user",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("name_key", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("password_epoch", sa.Integer, nullable=False),
    sa.Column("password_changed_ms", sa.BigInteger, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("last_login_ms", sa.BigInteger),
    sa.Column("password_given", sa.Boolean, nullable=False, server_default=sa.false()),
)
sessions = sa.Table(
    "access_session",
    metadata,
    sa.Column("session_id", sa.String(32), primary_key=True),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("access_user.user_id"), nullable=False),
    sa.Column("password_epoch", sa.Integer, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("last_seen_ms", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("user_agent", sa.String(200), nullable=False),
    sa.Index("ix_access_session_user_id", "user_id"),
)
attempts = sa.Table(
    "access_attempt",
    metadata,
    sa.Column("attempt_id", BIG_ID, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("user_key", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Index("ix_access_attempt_user_key", "user_key", "at_ms"),
    sa.Index("ix_access_attempt_address", "address", "at_ms"),
)
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("audit_id", BIG_ID, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("actor_name", sa.String(100), nullable=False),
    sa.Column("actor_kind", sa.String(16), nullable=False),
    sa.Column("actor_role", sa.String(16), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("target", sa.String(200), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("address", sa.String(64)),
    sa.Index("ix_audit_log_at_ms", "at_ms"),
    sa.Index("ix_audit_log_action", "action", "at_ms"),
    sa.Index("ix_audit_log_actor_name", "actor_name", "at_ms"),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with what proves it."""

    user: User
    password_hash: str
    password_epoch: int


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines of the audit to show, newest first; empty fields do not filter.

    `action` is one action, or with a dot at its end (`users.`) all that begin with it.
    """

    actor: str = ""
    action: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    page: int = 0
    page_size: int = 50


def touch(database: Database, statement: sa.Update) -> None:
    """Note that a credential was used; a full disk or a lock must not shut anybody out for it."""
    note_quietly(database, lambda c: c.execute(statement))


def note_quietly(database: Database, write: Callable[[Connection], object]) -> None:
    """Write what is worth noting and never worth failing for."""
    try:
        with database.write() as c:
            write(c)
    except sa.exc.OperationalError:
        log.warning("could not note that a credential was used", exc_info=True)


# --- users ---------------------------------------------------------------------------------


def _user(row: Row[tuple[object, ...]]) -> User:
    m = row._mapping
    return User(
        user_id=m["user_id"],
        name=m["name"],
        role=m["role"],
        disabled=bool(m["disabled"]),
        demo=bool(m["demo"]),
        created_ms=m["created_ms"],
        last_login_ms=m["last_login_ms"],
        password_changed_ms=m["password_changed_ms"],
        password_given=bool(m["password_given"]),
    )


def _credentials(row: Row[tuple[object, ...]] | None) -> Credentials | None:
    if row is None:
        return None
    return Credentials(_user(row), row._mapping["password_hash"], row._mapping["password_epoch"])


def insert_user(c: Connection, values: dict[str, object]) -> int | None:
    """Insert and return the new id; None when the name is taken, also just now by another."""
    dialect = sqlite if c.dialect.name == "sqlite" else postgresql
    made = dialect.insert(users).values(password_epoch=1, **values).on_conflict_do_nothing()
    row = c.execute(made.returning(users.c.user_id)).first()
    return None if row is None else int(row[0])


def credentials_by_key(c: Connection, name_key: str) -> Credentials | None:
    """Find a user by the folded name."""
    return _credentials(c.execute(sa.select(users).where(users.c.name_key == name_key)).first())


def credentials_by_id(c: Connection, user_id: int) -> Credentials | None:
    """Find a user by id."""
    return _credentials(c.execute(sa.select(users).where(users.c.user_id == user_id)).first())


def all_users(c: Connection) -> list[User]:
    """List everybody, by name."""
    return [_user(row) for row in c.execute(sa.select(users).order_by(users.c.name_key))]


def update_user(c: Connection, user_id: int, values: dict[str, object]) -> None:
    """Set columns of one user."""
    c.execute(sa.update(users).where(users.c.user_id == user_id).values(**values))


def set_password(
    c: Connection, user_id: int, password_hash: str, now_ms: int, *, demo: bool, given: bool
) -> None:
    """Store a hash under a new epoch, which ends every session of the old one."""
    c.execute(
        sa.update(users)
        .where(users.c.user_id == user_id)
        .values(
            password_hash=password_hash,
            password_epoch=users.c.password_epoch + 1,
            password_changed_ms=now_ms,
            demo=demo,
            password_given=given,
        )
    )


def enabled_admins(c: Connection) -> list[int]:
    """Ids of the admins that can sign in, held until the transaction ends (PostgreSQL)."""
    query = (
        sa.select(users.c.user_id)
        .where(users.c.role == "admin", users.c.disabled.is_(False))
        .with_for_update()
    )
    return [row.user_id for row in c.execute(query)]


# --- sessions ------------------------------------------------------------------------------


def _session(row: Row[tuple[object, ...]]) -> Session:
    m = row._mapping
    return Session(
        session_id=m["session_id"],
        user_id=m["session_user_id"],
        created_ms=m["session_created_ms"],
        last_seen_ms=m["last_seen_ms"],
        expires_ms=m["expires_ms"],
        address=m["address"],
        user_agent=m["user_agent"],
    )


_SESSION_COLUMNS = (
    sessions.c.session_id,
    sessions.c.user_id.label("session_user_id"),
    sessions.c.created_ms.label("session_created_ms"),
    sessions.c.last_seen_ms,
    sessions.c.expires_ms,
    sessions.c.address,
    sessions.c.user_agent,
)


def _alive(now_ms: int, idle_ms: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        sessions.c.revoked_ms.is_(None),
        sessions.c.expires_ms > now_ms,
        sessions.c.last_seen_ms > now_ms - idle_ms,
        sessions.c.password_epoch == users.c.password_epoch,
        users.c.disabled.is_(False),
    )


def _live(now_ms: int, idle_ms: int) -> "sa.Select[tuple[object, ...]]":
    joined = sessions.join(users, users.c.user_id == sessions.c.user_id)
    return sa.select(*_SESSION_COLUMNS, users).select_from(joined).where(_alive(now_ms, idle_ms))


def insert_session(c: Connection, values: dict[str, object]) -> None:
    """Insert a fresh session."""
    c.execute(sa.insert(sessions).values(**values))


def forget_sessions(c: Connection, before_ms: int) -> int:
    """Delete sessions that ended before a moment; gives how many."""
    ended = sa.or_(sessions.c.expires_ms < before_ms, sessions.c.revoked_ms < before_ms)
    return c.execute(sa.delete(sessions).where(ended)).rowcount


def live_session(
    c: Connection, now_ms: int, idle_ms: int, *, secret_hash: str | None = None, key: str = ""
) -> SignedIn | None:
    """Find a session that still counts, by the hash of its cookie or by its id."""
    found = sessions.c.secret_hash == secret_hash if secret_hash else sessions.c.session_id == key
    row = c.execute(_live(now_ms, idle_ms).where(found)).first()
    return None if row is None else SignedIn(_session(row), _user(row))


def live_sessions_of(c: Connection, user_id: int, now_ms: int, idle_ms: int) -> list[Session]:
    """List the live sessions of one user, the one seen last first."""
    query = _live(now_ms, idle_ms).where(sessions.c.user_id == user_id)
    return [_session(row) for row in c.execute(query.order_by(sessions.c.last_seen_ms.desc()))]


def touch_session(database: Database, session_id: str, now_ms: int) -> None:
    """Note that a session was seen."""
    touch(
        database,
        sa.update(sessions).where(sessions.c.session_id == session_id).values(last_seen_ms=now_ms),
    )


def end_session(c: Connection, session_id: str, now_ms: int) -> bool:
    """Revoke; False when it had ended already."""
    ended = c.execute(
        sa.update(sessions)
        .where(sessions.c.session_id == session_id, sessions.c.revoked_ms.is_(None))
        .values(revoked_ms=now_ms)
    )
    return ended.rowcount == 1


def end_sessions_of(c: Connection, user_id: int, now_ms: int) -> list[str]:
    """Revoke all of a user's sessions and name them."""
    running = sa.and_(sessions.c.user_id == user_id, sessions.c.revoked_ms.is_(None))
    names = [r.session_id for r in c.execute(sa.select(sessions.c.session_id).where(running))]
    c.execute(sa.update(sessions).where(running).values(revoked_ms=now_ms))
    return names


# --- login attempts ------------------------------------------------------------------------


def recent_attempts(c: Connection, user_key: str, address: str, since_ms: int) -> list[list[int]]:
    """Moments [ms, newest first] of the tries under the name, and of those from the address."""
    return [
        list(
            c.scalars(
                sa.select(attempts.c.at_ms)
                .where(column == value, attempts.c.at_ms > since_ms)
                .order_by(attempts.c.at_ms.desc())
                .limit(100)
            )
        )
        for column, value in ((attempts.c.user_key, user_key), (attempts.c.address, address))
    ]


def insert_attempt(c: Connection, user_key: str, address: str, now_ms: int, since_ms: int) -> int:
    """Count a try before it is checked, and forget those that no longer count."""
    c.execute(sa.delete(attempts).where(attempts.c.at_ms <= since_ms))
    new = sa.insert(attempts).values(at_ms=now_ms, user_key=user_key, address=address)
    return int(c.execute(new.returning(attempts.c.attempt_id)).scalar_one())


def forget_attempts(c: Connection, user_key: str, attempt_id: int) -> None:
    """After a success: the user's tries and this one no longer count."""
    c.execute(
        sa.delete(attempts).where(
            sa.or_(attempts.c.user_key == user_key, attempts.c.attempt_id == attempt_id)
        )
    )


# --- audit ---------------------------------------------------------------------------------


def insert_audit(c: Connection, values: dict[str, object]) -> None:
    """Append one line."""
    c.execute(sa.insert(audit_log).values(**values))


def audit_page(c: Connection, query: AuditQuery) -> tuple[list[AuditEntry], int]:
    """Lines newest first, and how many there are in all."""
    wanted: list[sa.ColumnElement[bool]] = []
    if query.actor:
        wanted.append(audit_log.c.actor_name == query.actor)
    if query.action:
        family = query.action.endswith(".")
        wanted.append(
            audit_log.c.action.startswith(query.action, autoescape=True)
            if family
            else audit_log.c.action == query.action
        )
    if query.since_ms is not None:
        wanted.append(audit_log.c.at_ms >= query.since_ms)
    if query.until_ms is not None:
        wanted.append(audit_log.c.at_ms < query.until_ms)
    total = c.scalar(sa.select(sa.func.count()).select_from(audit_log).where(*wanted)) or 0
    rows: Sequence[Row[tuple[object, ...]]] = c.execute(
        sa.select(audit_log)
        .where(*wanted)
        .order_by(audit_log.c.at_ms.desc(), audit_log.c.audit_id.desc())
        .limit(query.page_size)
        .offset(query.page * query.page_size)
    ).all()
    return [AuditEntry(**row._mapping) for row in rows], total


def audit_names(c: Connection) -> tuple[list[str], list[str]]:
    """Every actor and every action that occurs, for the filters."""
    actors = c.scalars(sa.select(audit_log.c.actor_name).distinct().order_by("actor_name"))
    actions = c.scalars(sa.select(audit_log.c.action).distinct().order_by("action"))
    return list(actors), list(actions)
