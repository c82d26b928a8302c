"""Access: one door to signing in, users, sessions, tokens, wall displays and the audit."""

from collections.abc import Callable, Mapping
from typing import Protocol

from domain.access import credential_store, passwords, store
from domain.access.audit import Repeats, record
from domain.access.compliance import Compliance, compliance
from domain.access.displays import Displays
from domain.access.displays import actor_of as actor_of_display
from domain.access.model import AuditEntry, DemoLogin, SessionEnded, SignedIn, User
from domain.access.policy import ROLE_PERMISSIONS, SIGNED_IN, SYSTEM, Actor
from domain.access.sessions import Sessions
from domain.access.sessions import actor_of as actor_of_session
from domain.access.store import AuditQuery
from domain.access.throttle import Throttle
from domain.access.tokens import Tokens
from domain.access.users import Users, name_key, new_user
from domain.foundation.bus import Bus
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Conflict, NotAllowed, NotSignedIn
from domain.storage.engine import Database

DEMO_USERS = tuple(ROLE_PERMISSIONS)
_NOBODY = Actor(name="unknown", role="none", permissions=frozenset())
_WRONG = "The name or the password is wrong."


class AccessSettings(Protocol):
    """What access reads of the installation's settings."""

    @property
    def secret_key(self) -> str:
        """At least 32 bytes; sessions and tokens are signed with keys made from it."""
        ...

    @property
    def site(self) -> str:
        """Part of a token's audience: a token of another site is foreign."""
        ...

    @property
    def demo(self) -> bool:
        """Whether the demo logins exist."""
        ...

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine reaches the web server."""
        ...

    @property
    def admin_password(self) -> str | None:
        """Password of the first user, where nobody can sign in yet."""
        ...


class NoAdministrator(Conflict):
    """Nobody could sign in, and no password for a first admin was given; the start ends here."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody can sign in yet. Set WATTBOARD_ADMIN_PASSWORD (12 to 128 characters) for the "
            "first user, admin, or start at a terminal to be asked for it.",
            code="no_administrator",
        )


class PasswordNotOwn(NotAllowed):
    """Somebody else gave this person the password; until it is changed it opens nothing."""

    def __init__(self) -> None:
        super().__init__(
            SIGNED_IN,
            "Choose a password of your own first: sign in in a browser.",
            code="password_change_required",
        )


class Access:
    """Deny by default: whoever is not found here is nobody."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        settings: AccessSettings,
        now_ms: Callable[[], int] = real_now_ms,
    ) -> None:
        self._database = database
        self._bus = bus
        self._settings = settings
        self._now_ms = now_ms
        self._throttle = Throttle(database)
        self._repeats = Repeats()
        self.users = Users(database, bus, self._throttle, now_ms)
        self.sessions = Sessions(database, bus, now_ms)
        self.displays = Displays(database, bus, self._throttle, now_ms)
        self.tokens = Tokens(
            database,
            bus,
            secret_key=settings.secret_key,
            audience=f"wattboard/{settings.site}",
            demo=settings.demo,
            now_ms=now_ms,
        )

    # --- signing in ------------------------------------------------------------------------

    def authenticate(self, name: str, password: str, address: str) -> User:
        """Check a name and password; unknown, wrong and disabled are told apart by nobody.

        Raises:
            NotSignedIn: `bad_credentials`.
            TooMany: five tries within five minutes under this name or from this address.
        """
        key = name_key(name)
        number, last = self._throttle.begin(key, address, self._now_ms())
        with self._database.read() as c:
            known = store.credentials_by_key(c, key)
        right = passwords.verify(known.password_hash if known else None, password)
        if known is None or not right or known.user.disabled or self._is_stray_demo(known.user):
            # The name is written only when it is a user's: people type passwords into that field.
            target = f"user/{known.user.name}" if known else "user/?"
            self.audit(_NOBODY, "login.failed", target, after={"delayed": True} if last else None)
            raise NotSignedIn(_WRONG, code="bad_credentials")
        self._throttle.succeed(key, number)
        return known.user

    def _is_stray_demo(self, user: User) -> bool:
        return user.demo and not self._settings.demo

    def sign_in(self, name: str, password: str, address: str, user_agent: str) -> str:
        """Authenticate and open a session; gives the secret for the cookie."""
        user = self.authenticate(name, password, address)
        return self.sessions.open(user, address, user_agent)

    def signed_in(self, secret: str) -> SignedIn | None:
        """Find who a session cookie belongs to; None when it has ended."""
        found = self.sessions.find(secret)
        return None if found is None or self._is_stray_demo(found.user) else found

    # --- who is it -------------------------------------------------------------------------

    def actor_of_session(self, signed_in: SignedIn) -> Actor:
        """Return the person behind a live session."""
        return actor_of_session(signed_in)

    def actor_of_token(self, secret: str) -> Actor:
        """Return who a bearer token acts as; raises NotSignedIn."""
        return self.tokens.actor_of(secret)

    def actor_of_display(self, secret: str, address: str) -> Actor | None:
        """Return the wall display a cookie belongs to; None when it was revoked."""
        display = self.displays.find(secret, address)
        return None if display is None else actor_of_display(display)

    def actor_by_password(self, name: str, password: str, address: str) -> Actor:
        """Return who HTTP Basic names, for one call, without a session.

        Raises what `authenticate` does, and PasswordNotOwn.
        """
        user = self.authenticate(name, password, address)
        if user.password_given:
            raise PasswordNotOwn
        return Actor(name=user.name, role=user.role, user_id=user.user_id)

    def still_valid(self, actor: Actor) -> bool:
        """Whether the session, token or display an actor came with still counts, as it did then."""
        if actor.credential is None:
            return actor.kind == "system"
        kind, key = actor.credential
        if kind == "session":
            return self.sessions.is_live(key)
        return self.tokens.still_holds(actor) if kind == "token" else self.displays.is_live(key)

    def forget_ended(self) -> int:
        """Drop sessions that ended long ago (a job); the audit keeps that they were."""
        return self.sessions.forget_ended()

    # --- the audit -------------------------------------------------------------------------

    def audit(
        self,
        actor: Actor,
        action: str,
        target: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Record what belongs to no other transaction, such as a refusal."""
        with self._database.write() as c:
            record(c, actor, action, target, before, after)

    def note_refusal(self, actor: Actor, target: str, details: Mapping[str, object]) -> None:
        """Record that somebody was refused, at most once a minute for the same try.

        A token's refusals name the token, for the report on its contract.
        """
        who = actor.kind, actor.credential or actor.name
        times = self._repeats.times((who, target, str(details)))
        if not times:
            return
        after = {**details, "times": times} if times > 1 else dict(details)
        if actor.kind == "token" and actor.credential:
            after["token_id"] = actor.credential[1]
        action = "token.outside_contract" if actor.kind == "token" else "access.refused"
        self.audit(actor, action, target, after=after)

    def compliance(self, actor: Actor, since_ms: int, until_ms: int) -> Compliance:
        """What became of every token's contract in a period; of the actor's own, unless auditor."""
        return compliance(self._database, actor, since_ms, until_ms)

    def audit_page(self, actor: Actor, query: AuditQuery) -> tuple[list[AuditEntry], int]:
        """Read the audit, newest first, with the number of lines in all."""
        actor.require("audit.read")
        with self._database.read() as c:
            return store.audit_page(c, query)

    def audit_names(self, actor: Actor) -> tuple[list[str], list[str]]:
        """List every actor and action that occurs in the audit."""
        actor.require("audit.read")
        with self._database.read() as c:
            return store.audit_names(c)

    # --- the first users -------------------------------------------------------------------

    def prepare_users(self, ask: Callable[[], str] | None = None) -> list[DemoLogin]:
        """Make sure somebody can sign in; called once at the start, before serving.

        In the demo there are four logins: with known passwords on loopback, with fresh random
        ones elsewhere, which are changed at the first sign-in. Outside it they are shut out, and
        the first admin gets its password from the settings, or from `ask` (a terminal).

        Raises:
            NoAdministrator: nobody could sign in and nobody was asked.
            InvalidInput: the given password is not acceptable.
        """
        if self._settings.demo:
            return [self._prepare_demo_user(role) for role in DEMO_USERS]
        self._shut_demo_users_out()
        with self._database.read() as c:
            if store.enabled_admins(c):
                return []
        password = self._settings.admin_password or (ask() if ask else None)
        if not password:
            raise NoAdministrator
        passwords.check_new(password, "admin")
        self._store_user("admin", "admin", password, demo=False, given=False)
        return []

    def demo_logins(self) -> list[DemoLogin]:
        """List the logins for the login page; none outside the demo, no password off loopback."""
        if not self._settings.demo:
            return []
        with self._database.read() as c:
            known = [u for u in store.all_users(c) if u.demo and not u.disabled]
        order = {name: position for position, name in enumerate(DEMO_USERS)}
        known.sort(key=lambda user: order.get(user.name, len(order)))
        return [DemoLogin(u.name, u.role, self._known_password(u.name)) for u in known]

    def demo_admin(self) -> User | None:
        """Return the demo's admin, as whom the documents' first call acts; None outside it."""
        if not (self._settings.demo and self._settings.on_loopback):
            return None
        with self._database.read() as c:
            known = store.credentials_by_key(c, "admin")
        usable = known and known.user.demo and not known.user.disabled
        return known.user if known and usable else None

    def _known_password(self, name: str) -> str | None:
        return f"{name}-demo" if self._settings.on_loopback else None

    def _prepare_demo_user(self, name: str) -> DemoLogin:
        with self._database.read() as c:
            known = store.credentials_by_key(c, name)
        if known and not known.user.demo:  # somebody gave this login a password of their own
            return DemoLogin(name, known.user.role, None)
        known_to_all = self._known_password(name)
        password = known_to_all or passwords.random_password()
        if known is None or not passwords.verify(known.password_hash, password):
            self._store_user(name, name, password, demo=True, given=known_to_all is None)
        return DemoLogin(name, name, password)

    def _store_user(self, name: str, role: str, password: str, *, demo: bool, given: bool) -> None:
        hashed, now_ms = passwords.hash_password(password), self._now_ms()
        with self._database.write() as c:
            known = store.credentials_by_key(c, name)
            if known is None:
                made = new_user(name, role, hashed, now_ms, demo=demo, given=given)
                if store.insert_user(c, made) is None:
                    return  # another process that starts at this moment was faster
            else:
                store.set_password(c, known.user.user_id, hashed, now_ms, demo=demo, given=given)
                store.update_user(c, known.user.user_id, {"disabled": False, "role": role})
                store.end_sessions_of(c, known.user.user_id, now_ms)
            after = {"role": role, "demo": demo, "password_given": given}
            record(c, SYSTEM, "users.prepare", f"user/{name}", after=after)

    def _shut_demo_users_out(self) -> None:
        now_ms, ended = self._now_ms(), list[SessionEnded]()
        with self._database.write() as c:
            for user in store.all_users(c):
                if not user.demo or user.disabled:
                    continue
                store.update_user(c, user.user_id, {"disabled": True})
                jtis = credential_store.live_token_ids(c, user.user_id, now_ms)
                credential_store.revoke_tokens(c, jtis, now_ms)
                sessions = store.end_sessions_of(c, user.user_id, now_ms)
                ended += [SessionEnded("token", key) for key in jtis]
                ended += [SessionEnded("session", key) for key in sessions]
                record(c, SYSTEM, "users.disable", f"user/{user.name}", after={"demo": True})
        for message in ended:
            self._bus.publish("session_ended", message)
