"""What access is made of: plain values, without SQL and without secrets."""

from dataclasses import dataclass
from typing import Literal

CredentialKind = Literal["session", "token", "display"]


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Published on bus topic "session_ended": whoever holds this credential is nobody now."""

    kind: CredentialKind
    key: str


@dataclass(frozen=True, slots=True)
class User:
    """A person; `demo` marks the four logins that cannot exist outside the demo.

    `password_given`: the password is not their own yet, and they may do nothing but choose one.
    """

    user_id: int
    name: str
    role: str
    disabled: bool
    demo: bool
    created_ms: int
    last_login_ms: int | None
    password_changed_ms: int
    password_given: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser; times are real, not building time."""

    session_id: str
    user_id: int
    created_ms: int
    last_seen_ms: int
    expires_ms: int
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session with its user, as one query gives them."""

    session: Session
    user: User


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login to print at the start; `password` is None where it must not be repeated."""

    name: str
    role: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """A data-sharing contract as the list shows it; never its secret."""

    jti: str
    user_id: int
    issuer: str
    name: str
    resources: tuple[str, ...]
    data_aggregation: str
    time_aggregation: str
    embargo_minutes: int
    issued_ms: int
    expires_ms: int
    revoked_ms: int | None
    last_used_ms: int | None


@dataclass(frozen=True, slots=True)
class Display:
    """A wall display: waiting for its code, paired, or revoked."""

    display_id: str
    name: str
    created_ms: int
    created_by: str
    code_expires_ms: int | None
    paired_ms: int | None
    revoked_ms: int | None
    last_seen_ms: int | None
    address: str | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the append-only record; `before` and `after` are JSON text."""

    audit_id: int
    at_ms: int
    actor_name: str
    actor_kind: str
    actor_role: str
    action: str
    target: str
    before: str | None
    after: str | None
    address: str | None
