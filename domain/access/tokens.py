"""API tokens: a signed data-sharing contract, and the row that can end it.

The signature proves that we wrote the claims; the row decides whether they still hold: an
unknown `jti` is refused, not let through. What a token may is worked out at each use from the
resources in it, the role its issuer has now, and, if a token issued it, what that one had.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import jwt
from sqlalchemy.engine import Connection

from domain.access import credential_store
from domain.access.audit import Repeats, record
from domain.access.credential_store import TokenRow
from domain.access.model import SessionEnded, Token, User
from domain.access.policy import (
    QUICK_START_RESOURCES,
    RESOURCES,
    ROLE_PERMISSIONS,
    Actor,
    token_permissions,
)
from domain.access.store import note_quietly
from domain.access.token_request import TokenRequest, stricter
from domain.foundation.bus import Bus
from domain.foundation.contract import Contract
from domain.foundation.errors import FieldError, InvalidInput, NotAllowed, NotSignedIn, Unknown
from domain.storage.engine import Database

ALGORITHM = "HS256"
_REQUIRED = ["sub", "jti", "iat", "exp", "aud"]
_TOUCH_EVERY_MS = 60_000
_DAY_MS = 86_400_000
_MOST_REMEMBERED = 1000
_KNOWN_ENDS = frozenset({"token_revoked", "token_expired", "token_issuer_gone"})


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token: the only moment its secret exists outside its holder."""

    secret: str
    token: Token
    claims: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a token would be accepted now, why not, and what it says."""

    valid: bool
    reason: str | None
    claims: Mapping[str, object]


class Tokens:
    """Generate, validate, save, revoke and list."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        *,
        secret_key: str,
        audience: str,
        demo: bool,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._bus = bus
        # Its own key: a session cookie can never be turned into a token, nor the other way.
        self._key = hmac.digest(secret_key.encode(), b"wattboard api tokens", hashlib.sha256)
        self._audience = audience
        self._demo = demo
        self._repeats = Repeats()
        self._now_ms = now_ms
        self._signed: dict[bytes, dict[str, object]] = {}

    def generate(self, actor: Actor, request: TokenRequest) -> Issued:
        """Issue a token that holds at most what `actor` holds.

        Raises:
            NotAllowed: the actor may not issue tokens, or has nothing of a resource asked for.
        """
        actor.require("tokens.own")
        issuer = self._issuer_permissions(actor)
        for resource in request.resources:
            if not token_permissions([resource], issuer):
                raise NotAllowed(resource, f"You have nothing of “{resource}” to pass on.")
        parent = actor.credential[1] if actor.kind == "token" and actor.credential else None
        return self._issue(actor, request, parent, issuer if parent else None)

    def quick_start(self, admin: User, request: TokenRequest) -> Issued:
        """Issue what the documents' first call asks for, without credentials; demo only.

        Raises:
            NotAllowed: `resource_needs_login`, more than sensors, rooms and analytics.
        """
        for resource in request.resources:
            if resource.partition(":")[0] not in QUICK_START_RESOURCES:
                raise NotAllowed(
                    resource,
                    f"“{resource}” needs a login: sign in, or send a user's name and password.",
                    code="resource_needs_login",
                )
        ceiling = frozenset().union(*(RESOURCES[name] for name in QUICK_START_RESOURCES))
        actor = Actor(admin.name, admin.role, admin.user_id, permissions=ceiling)
        return self._issue(actor, request, None, ceiling)

    def _issuer_permissions(self, actor: Actor) -> frozenset[str]:
        if actor.permissions is not None:
            return actor.permissions
        return ROLE_PERMISSIONS.get(actor.role, frozenset())

    def _issue(
        self,
        actor: Actor,
        request: TokenRequest,
        parent: str | None,
        ceiling: frozenset[str] | None,
    ) -> Issued:
        contract = stricter(request.contract, actor.contract)
        now_s = self._now_ms() // 1000
        expires_s = now_s + request.life_minutes * 60
        with self._database.write() as c:
            if parent:
                row = credential_store.token_by_jti(c, parent)
                expires_s = min(expires_s, row.token.expires_ms // 1000) if row else expires_s
            token = Token(
                jti=secrets.token_hex(16),
                user_id=actor.user_id or 0,
                issuer=actor.name,
                name=request.name,
                resources=request.resources,
                data_aggregation=contract.data_aggregation,
                time_aggregation=contract.time_aggregation,
                embargo_minutes=contract.embargo_minutes,
                issued_ms=now_s * 1000,
                expires_ms=expires_s * 1000,
                revoked_ms=None,
                last_used_ms=None,
            )
            credential_store.insert_token(c, token, ceiling, parent)
            after = {"resources": token.resources, "expires_s": expires_s}
            record(c, actor, "tokens.generate", _target(token), after=after)
        claims = self._claims(token, request.listed, actor)
        return Issued(jwt.encode(claims, self._key, algorithm=ALGORITHM), token, claims)

    def _claims(self, token: Token, listed: tuple[str, ...], actor: Actor) -> dict[str, object]:
        return {
            "sub": str(actor.user_id),
            "jti": token.jti,
            "iat": token.issued_ms // 1000,
            "exp": token.expires_ms // 1000,
            "aud": self._audience,
            "name": token.name,
            "list_of_resources": list(listed),
            "data_aggregation": token.data_aggregation,
            "time_aggregation": token.time_aggregation,
            "embargo_period": token.embargo_minutes,
        }

    def _decode(self, secret: str, *, expired_too: bool = False) -> dict[str, object]:
        """Check signature, audience, required claims and, unless told not to, the expiry."""
        claims = self._signed_claims(secret)
        expires_s = claims["exp"]
        if not isinstance(expires_s, int) or not isinstance(claims["jti"], str):
            raise _refused("This token was not issued here.", "token_invalid")
        if not expired_too and expires_s * 1000 <= self._now_ms():
            raise _refused("This token has expired.", "token_expired")
        return claims

    def _signed_claims(self, secret: str) -> dict[str, object]:
        """What we once signed stays signed: it is worked out once, and found by its digest.

        Whether it still counts is never remembered; the row is asked each time.
        """
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
        claims = self._signed.get(digest)
        if claims is None:
            claims = self._verified(secret)
            if len(self._signed) >= _MOST_REMEMBERED:
                self._signed.clear()
            self._signed[digest] = claims
        return claims

    def _verified(self, secret: str) -> dict[str, object]:
        try:
            claims: dict[str, object] = jwt.decode(
                secret,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                options={
                    "require": _REQUIRED,
                    "verify_exp": False,  # by our own clock, which tests can set
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise _refused("This token was not issued here.", "token_invalid") from None
        return claims

    def _checked(self, jti: str) -> TokenRow:
        row = credential_store.token_now(self._database, jti)
        if row is None:
            raise _refused("This token is not known here.", "token_unknown")
        if row.token.revoked_ms is not None:
            raise _refused("This token has been revoked.", "token_revoked")
        if row.token.expires_ms <= self._now_ms():
            raise _refused("This token has expired.", "token_expired")
        if row.issuer_disabled or (row.issuer_demo and not self._demo):
            raise _refused("Whoever issued this token may not sign in now.", "token_issuer_gone")
        return row

    def actor_of(self, secret: str) -> Actor:
        """Return who a bearer acts as.

        Raises:
            NotSignedIn: forged, foreign, expired, unknown, revoked, or its issuer is shut out.
        """
        try:
            row = self._checked(str(self._decode(secret)["jti"]))
        except NotSignedIn as refusal:
            if refusal.code in _KNOWN_ENDS:
                self._note_refused(secret, refusal.code)
            raise
        self._note_use(row)
        return _actor(row)

    def _note_use(self, row: TokenRow) -> None:
        """The last use by the minute; in the audit, one line for each day of use."""
        now_ms, last_ms = self._now_ms(), row.token.last_used_ms or 0
        if now_ms - last_ms <= _TOUCH_EVERY_MS:
            return
        credential_store.touch_token(self._database, row.token.jti, now_ms)
        if now_ms // _DAY_MS != last_ms // _DAY_MS:
            self._note(row, "token.used", {"token_id": row.token.jti})

    def _note_refused(self, secret: str, reason: str) -> None:
        """A token of ours that had ended was tried; forged ones are nobody's."""
        jti = str(self._decode(secret, expired_too=True)["jti"])
        with self._database.read() as c:
            row = credential_store.token_by_jti(c, jti)
        times = self._repeats.times((jti, reason)) if row else 0
        if row and times:
            self._note(row, "token.refused", {"reason": reason, "token_id": jti, "times": times})

    def _note(self, row: TokenRow, action: str, after: Mapping[str, object]) -> None:
        actor, target = _actor(row), _target(row.token)
        note_quietly(self._database, lambda c: record(c, actor, action, target, after=after))

    def still_holds(self, actor: Actor) -> bool:
        """Whether the token an actor came with would still be accepted, and with the same rights.

        What it may follows its issuer's role, which may have changed since the actor was made.
        """
        jti = actor.credential[1] if actor.credential else ""
        try:
            row = self._checked(jti)
        except NotSignedIn:
            return False
        return _actor(row).permissions == actor.permissions

    def validate(self, secret: str) -> Verdict:
        """Say whether a token would be accepted now; an invalid one is an answer, not an error."""
        claims: Mapping[str, object] = {}
        try:
            claims = self._decode(secret, expired_too=True)
            self._decode(secret)
            self._checked(str(claims["jti"]))
        except NotSignedIn as refusal:
            return Verdict(False, refusal.code, claims)
        return Verdict(True, None, claims)

    def save(self, actor: Actor, secret: str | None, jti: str | None) -> Token:
        """Make a revoked token of ours count again, until it expires.

        Raises NotAllowed, Unknown, InvalidInput for a secret that we have not signed.
        """
        actor.require("tokens.own")
        with self._database.write() as c:
            row = self._own(c, actor, self._named(secret, jti))
            held = _actor(row).permissions or frozenset()
            if actor.permissions is not None and not held <= actor.permissions:
                raise NotAllowed("tokens.own", "A token cannot bring back one that may more.")
            token = replace(row.token, revoked_ms=None)
            credential_store.activate_token(c, token.jti)
            record(c, actor, "tokens.save", _target(token))
        return token

    def revoke(self, actor: Actor, secret: str | None, jti: str | None) -> Token:
        """End a token and all that were issued with it, open sockets included.

        Raises NotAllowed, Unknown, InvalidInput for a secret that we have not signed.
        """
        actor.require("tokens.own")
        with self._database.write() as c:
            token = self._own(c, actor, self._named(secret, jti)).token
            now_ms = self._now_ms()
            ended = credential_store.revoke_tokens(c, [token.jti], now_ms)
            record(c, actor, "tokens.revoke", _target(token))
        for key in ended:
            self._bus.publish("session_ended", SessionEnded("token", key))
        return replace(token, revoked_ms=token.revoked_ms or now_ms)

    def list(
        self, actor: Actor, limit: int = 100, after: tuple[int, str] | None = None
    ) -> list[Token]:
        """List the actor's tokens, or everybody's for who may see them; never a secret."""
        actor.require("tokens.read")
        whose = None if actor.may("tokens.all") else actor.user_id
        with self._database.read() as c:
            return credential_store.tokens_of(c, whose, limit, after)

    def _named(self, secret: str | None, jti: str | None) -> str:
        """The id of a token that a caller speaks of, and does not come with.

        Raises InvalidInput for one that we have not signed.
        """
        if secret is None:
            return jti or ""
        try:
            return str(self._decode(secret, expired_too=True)["jti"])
        except NotSignedIn as error:
            wrong = FieldError("token", error.message)
            raise InvalidInput("Say which token: one that was issued here.", [wrong]) from error

    @staticmethod
    def _own(c: Connection, actor: Actor, jti: str) -> TokenRow:
        row = credential_store.token_by_jti(c, jti)
        if row is None or (row.token.user_id != actor.user_id and not actor.may("tokens.all")):
            raise Unknown("token", jti[:40])
        return row


def _actor(row: TokenRow) -> Actor:
    token, role = row.token, row.issuer_role
    held = token_permissions(token.resources, ROLE_PERMISSIONS[role])
    return Actor(
        name=f"{token.issuer} · {token.name}",
        role=role,
        user_id=token.user_id,
        kind="token",
        permissions=held if row.ceiling is None else held & row.ceiling,
        credential=("token", token.jti),
        contract=Contract(token.data_aggregation, token.time_aggregation, token.embargo_minutes),
    )


def _target(token: Token) -> str:
    return f"token/{token.name}/{token.jti[:8]}"


def _refused(message: str, code: str) -> NotSignedIn:
    return NotSignedIn(message, code=code)
