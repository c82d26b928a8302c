"""Sessions: a random secret in the cookie, its hash and its end in the database.

A session lives seven days at most, and twelve hours with no page open. It ends at once at logout,
at a change of password or role, and when its user is disabled; never because somebody else fails
to sign in.
"""

import hashlib
import secrets
from collections.abc import Callable

from domain.access import store
from domain.access.audit import record
from domain.access.model import Session, SessionEnded, SignedIn, User
from domain.access.policy import SIGNED_IN, Actor
from domain.foundation.bus import Bus
from domain.foundation.errors import Unknown
from domain.storage.engine import Database

LIFETIME_MS = 7 * 24 * 3_600_000
IDLE_MS = 12 * 3_600_000
_TOUCH_EVERY_MS = 60_000
_FORGET_AFTER_MS = 30 * 24 * 3_600_000


def hash_secret(secret: str) -> str:
    """Hash a random secret for the database; it has 256 bits, so nothing slow is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_of(signed_in: SignedIn) -> Actor:
    """Return the person behind a live session."""
    user = signed_in.user
    key = ("session", signed_in.session.session_id)
    return Actor(name=user.name, role=user.role, user_id=user.user_id, credential=key)


class Sessions:
    """Opening, finding and ending sessions."""

    def __init__(self, database: Database, bus: Bus, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._bus = bus
        self._now_ms = now_ms

    def open(self, user: User, address: str, user_agent: str) -> str:
        """Start a session for somebody who has just proved who they are; gives its secret."""
        secret, now_ms = secrets.token_urlsafe(32), self._now_ms()
        with self._database.write() as c:
            known = store.credentials_by_id(c, user.user_id)
            if known is None:
                raise Unknown("user", user.user_id)
            session_id = secrets.token_hex(16)
            store.insert_session(
                c,
                {
                    "session_id": session_id,
                    "secret_hash": hash_secret(secret),
                    "user_id": user.user_id,
                    "password_epoch": known.password_epoch,
                    "created_ms": now_ms,
                    "last_seen_ms": now_ms,
                    "expires_ms": now_ms + LIFETIME_MS,
                    "address": address[:64],
                    "user_agent": user_agent[:200],
                },
            )
            store.update_user(c, user.user_id, {"last_login_ms": now_ms})
            actor = Actor(user.name, user.role, user.user_id, credential=("session", session_id))
            record(c, actor, "login", f"user/{user.name}")
        return secret

    def forget_ended(self) -> int:
        """Delete what ended more than thirty days ago; gives how many sessions that were."""
        with self._database.write() as c:
            return store.forget_sessions(c, self._now_ms() - _FORGET_AFTER_MS)

    def find(self, secret: str) -> SignedIn | None:
        """Find the live session a cookie belongs to, and note that it was seen."""
        now_ms = self._now_ms()
        with self._database.read() as c:
            found = store.live_session(c, now_ms, IDLE_MS, secret_hash=hash_secret(secret))
        self._note_seen(found, now_ms)
        return found

    def is_live(self, session_id: str) -> bool:
        """Whether a session, named by its id, still counts; asked by an open page, which is use."""
        now_ms = self._now_ms()
        with self._database.read() as c:
            found = store.live_session(c, now_ms, IDLE_MS, key=session_id)
        self._note_seen(found, now_ms)
        return found is not None

    def _note_seen(self, found: SignedIn | None, now_ms: int) -> None:
        if found and now_ms - found.session.last_seen_ms > _TOUCH_EVERY_MS:
            store.touch_session(self._database, found.session.session_id, now_ms)

    def own(self, actor: Actor) -> list[Session]:
        """List the actor's own live sessions, the one seen last first."""
        actor.require(SIGNED_IN)
        with self._database.read() as c:
            return store.live_sessions_of(c, actor.user_id or 0, self._now_ms(), IDLE_MS)

    def end(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's own sessions; that of somebody else is unknown here."""
        if session_id not in {session.session_id for session in self.own(actor)}:
            raise Unknown("session", session_id)
        with self._database.write() as c:
            ended = store.end_session(c, session_id, self._now_ms())
            if ended:
                record(c, actor, "logout", f"user/{actor.name}", after={"session": session_id[:8]})
        if ended:
            self._bus.publish("session_ended", SessionEnded("session", session_id))
