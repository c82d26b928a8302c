"""Users: create, rename nothing, change role, disable, reset a password."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from domain.access import credential_store, passwords, store
from domain.access.audit import record
from domain.access.current import current_address
from domain.access.model import SessionEnded, User
from domain.access.policy import ROLE_LABELS, ROLES, SIGNED_IN, Actor
from domain.access.throttle import Throttle
from domain.foundation.bus import Bus
from domain.foundation.errors import Conflict, FieldError, InvalidInput, NotSignedIn, Unknown
from domain.storage.engine import Database

_NAME = re.compile(r"[\w][\w .@+-]{0,62}[\w]|[\w]")


def name_key(name: str) -> str:
    """Fold a user name so that `Ana`, `ana` and full-width `ＡＮＡ` are one."""
    return unicodedata.normalize("NFKC", name).casefold().strip()[:64]


def new_user(
    name: str, role: str, password_hash: str, now_ms: int, *, demo: bool, given: bool
) -> dict[str, object]:
    """Build the row of a user who has never signed in; `given` is a password not their own."""
    return {
        "name": name,
        "name_key": name_key(name),
        "role": role,
        "password_hash": password_hash,
        "password_changed_ms": now_ms,
        "disabled": False,
        "demo": demo,
        "password_given": given,
        "created_ms": now_ms,
    }


class Users:
    """The use cases of the Admin page's first tab; each writes its audit row itself."""

    def __init__(
        self, database: Database, bus: Bus, throttle: Throttle, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._bus = bus
        self._throttle = throttle
        self._now_ms = now_ms

    def all(self, actor: Actor) -> list[User]:
        """List everybody, by name."""
        actor.require("users.manage")
        with self._database.read() as c:
            return store.all_users(c)

    def create(self, actor: Actor, name: str, role: str, password: str) -> User:
        """Add a user, who chooses a password of their own at the first sign-in.

        Raises:
            InvalidInput: name, role or password is not acceptable.
            Conflict: somebody has that name.
        """
        actor.require("users.manage")
        name = unicodedata.normalize("NFKC", name).strip()
        _check_name(name)
        _check_role(role)
        passwords.check_new(password, name)
        hashed = passwords.hash_password(password)
        values = new_user(name, role, hashed, self._now_ms(), demo=False, given=True)
        with self._database.write() as c:
            user_id = store.insert_user(c, values)
            if user_id is None:
                raise Conflict(f"There is a user “{name}” already.", code="user_exists")
            after = {"name": name, "role": role, "password_given": True}
            record(c, actor, "users.create", f"user/{name}", after=after)
            return self._found(c, user_id).user

    def invite(self, actor: Actor, name: str, role: str) -> tuple[User, str]:
        """Add a user with a random password, which is shown once; refuses as `create` does."""
        password = passwords.random_password()
        return self.create(actor, name, role, password), password

    def set_role(self, actor: Actor, user_id: int, role: str) -> None:
        """Change a role; it ends the user's sessions and cuts the sockets of their tokens."""
        actor.require("users.manage")
        _check_role(role)
        with self._database.write() as c:
            user = self._found(c, user_id).user
            if user.role == role:
                return
            self._keep_an_admin(c, user)
            store.update_user(c, user_id, {"role": role})
            before, after = {"role": user.role}, {"role": role}
            record(c, actor, "users.role", f"user/{user.name}", before, after)
            ended = self._end(c, user_id)
        self._tell(ended)

    def set_disabled(self, actor: Actor, user_id: int, disabled: bool) -> None:
        """Shut a user out at once, or let them in again; their tokens rest meanwhile."""
        actor.require("users.manage")
        if disabled and user_id == actor.user_id:
            raise Conflict("You cannot disable yourself; ask another admin.", code="own_account")
        with self._database.write() as c:
            user = self._found(c, user_id).user
            if user.disabled == disabled:
                return
            if disabled:
                self._keep_an_admin(c, user)
            store.update_user(c, user_id, {"disabled": disabled})
            action = "users.disable" if disabled else "users.enable"
            record(c, actor, action, f"user/{user.name}")
            ended = self._end(c, user_id)
        self._tell(ended)

    def reset_password(self, actor: Actor, user_id: int) -> str:
        """Give the user a random password, shown once and only good to choose their own with it."""
        actor.require("users.manage")
        password = passwords.random_password()
        self._store_password(actor, user_id, password, "users.reset_password", given=True)
        return password

    def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Change one's own password; every session of the user ends, this one too.

        Raises:
            NotSignedIn: `bad_credentials`, the old one is wrong.
            TooMany: the old one was wrong too often.
            InvalidInput: the new one is not acceptable.
        """
        actor.require(SIGNED_IN)
        with self._database.read() as c:
            known = self._found(c, actor.user_id or 0)
        key = name_key(known.user.name)
        number, _ = self._throttle.begin(key, current_address() or "", self._now_ms())
        if not passwords.verify(known.password_hash, old):
            raise NotSignedIn("The present password is wrong.", code="bad_credentials")
        self._throttle.succeed(key, number)
        if new == old:
            raise InvalidInput(
                "The new password is the old one.",
                [FieldError("password", "must differ from the present one")],
                code="weak_password",
            )
        passwords.check_new(new, known.user.name)
        action = "users.change_password"
        self._store_password(actor, known.user.user_id, new, action, given=False)

    def _store_password(
        self, actor: Actor, user_id: int, password: str, action: str, *, given: bool
    ) -> None:
        hashed = passwords.hash_password(password)
        with self._database.write() as c:
            user = self._found(c, user_id).user
            store.set_password(c, user_id, hashed, self._now_ms(), demo=False, given=given)
            before, after = {"password_given": user.password_given}, {"password_given": given}
            record(c, actor, action, f"user/{user.name}", before, after)
            ended = self._end(c, user_id)
        self._tell(ended)

    def _found(self, c: Connection, user_id: int) -> store.Credentials:
        known = store.credentials_by_id(c, user_id)
        if known is None:
            raise Unknown("user", user_id)
        return known

    def _keep_an_admin(self, c: Connection, user: User) -> None:
        if user.role == "admin" and store.enabled_admins(c) == [user.user_id]:
            raise Conflict(
                f"{user.name} is the only admin; make another one first.", code="last_admin"
            )

    def _end(self, c: Connection, user_id: int) -> list[SessionEnded]:
        now_ms = self._now_ms()
        tokens = credential_store.live_token_ids(c, user_id, now_ms)
        return [
            *(SessionEnded("session", key) for key in store.end_sessions_of(c, user_id, now_ms)),
            *(SessionEnded("token", key) for key in tokens),
        ]

    def _tell(self, ended: list[SessionEnded]) -> None:
        for message in ended:
            self._bus.publish("session_ended", message)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "A user name has 1 to 64 letters, digits, spaces or . @ + - _",
            [FieldError("name", "letters, digits, spaces or . @ + - _", 64)],
        )


def _check_role(role: str) -> None:
    if role not in ROLES:
        labels: Mapping[str, str] = ROLE_LABELS
        raise InvalidInput(
            f"A role is one of {', '.join(labels.values())}.",
            [FieldError("role", "unknown role", sorted(ROLES))],
        )
