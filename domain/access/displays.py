"""Wall displays: a one-time code, typed at the wall, becomes a revocable view-only cookie."""

import secrets
from collections.abc import Callable

from domain.access import credential_store as store
from domain.access.audit import record
from domain.access.model import Display, SessionEnded
from domain.access.policy import DISPLAY_PERMISSIONS, Actor
from domain.access.sessions import hash_secret
from domain.access.throttle import Throttle
from domain.foundation.bus import Bus
from domain.foundation.errors import FieldError, InvalidInput, Unknown
from domain.storage.engine import Database

DISPLAY_COOKIE = "wb_display"
CODE_LIFETIME_MS = 10 * 60_000
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 O 1 I L: read from a screen, typed on a remote
_CODE_LENGTH = 8
_TOUCH_EVERY_MS = 60_000


def _folded(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())


def actor_of(display: Display) -> Actor:
    """Return what a wall display acts as: it sees the wall page and nothing else."""
    return Actor(
        name=display.name,
        role="display",
        kind="display",
        permissions=DISPLAY_PERMISSIONS,
        credential=("display", display.display_id),
    )


class Displays:
    """Codes, pairing and revocation."""

    def __init__(
        self, database: Database, bus: Bus, throttle: Throttle, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._bus = bus
        self._throttle = throttle
        self._now_ms = now_ms

    def all(self, actor: Actor) -> list[Display]:
        """List every display, newest first, whatever its state."""
        actor.require("displays.manage")
        with self._database.read() as c:
            return store.all_displays(c)

    def create_code(self, actor: Actor, name: str) -> str:
        """Make a code such as `K7PM-2QXD`, good once and for ten minutes."""
        actor.require("displays.manage")
        name = name.strip()
        if not 1 <= len(name) <= 64:
            raise InvalidInput(
                "Say where the display hangs, in 1 to 64 characters.",
                [FieldError("name", "1 to 64 characters", 64)],
            )
        code, now_ms = (
            "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)),
            self._now_ms(),
        )
        values: dict[str, object] = {
            "display_id": secrets.token_hex(16),
            "name": name,
            "code_hash": hash_secret(code),
            "code_expires_ms": now_ms + CODE_LIFETIME_MS,
            "created_ms": now_ms,
            "created_by": actor.name,
        }
        with self._database.write() as c:
            store.insert_display(c, values)
            record(c, actor, "displays.create", f"display/{name}")
        return f"{code[:4]}-{code[4:]}"

    def pair(self, code: str, address: str) -> tuple[str, Display]:
        """Swap a code for the secret of a cookie.

        Raises:
            InvalidInput: `bad_code`, wrong, used, revoked or older than ten minutes.
            TooMany: five wrong codes from this address within five minutes.
        """
        key = f"pairing {address}"[:64]
        number, _ = self._throttle.begin(key, address, self._now_ms())
        secret = secrets.token_urlsafe(32)
        with self._database.write() as c:
            display_id = store.claim_code(
                c, hash_secret(_folded(code)), hash_secret(secret), self._now_ms(), address[:64]
            )
            display = store.display_by(c, key=display_id) if display_id else None
            if display is not None:
                record(c, actor_of(display), "displays.pair", f"display/{display.name}")
        if display is None:
            raise InvalidInput(
                "This code is wrong, used or older than ten minutes. Make a new one on the "
                "Admin page, Wall displays.",
                [FieldError("code", "wrong, used or too old")],
                code="bad_code",
            )
        self._throttle.succeed(key, number)
        return secret, display

    def find(self, secret: str, address: str) -> Display | None:
        """Find the paired display a cookie belongs to, and note that it was seen."""
        now_ms = self._now_ms()
        with self._database.read() as c:
            display = store.display_by(c, secret_hash=hash_secret(secret))
        if display is None or display.revoked_ms is not None:
            return None
        if now_ms - (display.last_seen_ms or 0) > _TOUCH_EVERY_MS:
            store.touch_display(self._database, display.display_id, now_ms, address[:64])
        return display

    def is_live(self, display_id: str) -> bool:
        """Whether a display is paired and not revoked."""
        with self._database.read() as c:
            display = store.display_by(c, key=display_id)
        return display is not None and display.paired_ms is not None and display.revoked_ms is None

    def revoke(self, actor: Actor, display_id: str) -> None:
        """Take a display's view, or its unused code, away at once."""
        actor.require("displays.manage")
        with self._database.write() as c:
            display = store.display_by(c, key=display_id)
            if display is None:
                raise Unknown("display", display_id)
            ended = store.revoke_display(c, display_id, self._now_ms())
            if ended:
                record(c, actor, "displays.revoke", f"display/{display.name}")
        if ended:
            self._bus.publish("session_ended", SessionEnded("display", display_id))
