"""`/api/v1/tokens/*`: data-sharing contracts for programs (API.md §4)."""

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from api.json import answer, body
from api.marks import requires
from domain.access.current import actor_or_none, current_actor, set_current
from domain.access.model import Token
from domain.access.policy import PUBLIC
from domain.access.service import Access
from domain.access.token_request import read_token_request
from domain.access.tokens import Issued
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput, Malformed, NotSignedIn

_FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
_LIMIT, _MOST = 100, 1000
QUICK_START_WARNING = (
    "Demo: issued without a login because the call came from this machine. "
    "Outside the demo, sign in or send a user's name and password."
)


def tokens_api(access: Access) -> Blueprint:
    """Build the routes of the tokens resource."""
    routes = Blueprint("tokens", __name__, url_prefix="/api/v1/tokens")

    @routes.post("/generate")
    @requires(
        PUBLIC
    )  # who asks is found out below: session, token, Basic, or the demo's first call
    def generate() -> Response:
        actor = actor_or_none()
        credentials = _basic() if actor is None else None
        if credentials is not None:
            actor = access.actor_by_password(*credentials, request.remote_addr or "")
            set_current(actor, request.remote_addr)
        if actor is None:
            return _quick_start(access)
        issued = access.tokens.generate(actor, read_token_request(body()))
        return answer(_issued(issued), 201)

    @requires(PUBLIC)  # whoever is known may ask, a token about itself too
    def validate() -> Response:
        current_actor()
        verdict = access.tokens.validate(_text(_object(), "token"))
        reason = {} if verdict.reason is None else {"reason": verdict.reason}
        return answer({"valid": verdict.valid, **reason, **_said(verdict.claims)})

    routes.add_url_rule("/validate", "validate", validate, methods=["POST"])
    routes.add_url_rule("/check", "check", validate, methods=["POST"])

    @routes.post("/save")
    @requires("tokens.own")
    def save() -> Response:
        return answer(_listed(access.tokens.save(current_actor(), *_which())))

    @routes.post("/revoke")
    @requires("tokens.own")
    def revoke() -> Response:
        return answer(_listed(access.tokens.revoke(current_actor(), *_which())))

    @routes.get("")
    @requires("tokens.read")
    def list_all() -> Response:
        limit = _limit()
        found = access.tokens.list(current_actor(), limit + 1, _after())
        more = len(found) > limit
        cursor = f"{found[limit - 1].issued_ms}-{found[limit - 1].jti}" if more else None
        rows = [_listed(token) for token in found[:limit]]
        return answer({"tokens": rows, "next_cursor": cursor})

    return routes


def _quick_start(access: Access) -> Response:
    admin = access.demo_admin() if _is_from_this_machine() else None
    if admin is None:
        raise NotSignedIn("Sign in, or send a user's name and password (HTTP Basic).")
    issued = access.tokens.quick_start(admin, read_token_request(body()))
    return answer({**_issued(issued), "warning": QUICK_START_WARNING}, 201)


def _basic() -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Malformed("The Authorization header cannot be read.") from None
    if not separator:
        raise Malformed("The Authorization header has no password.")
    return name, password


def _is_from_this_machine() -> bool:
    """Whether nobody else can be behind this call: loopback, no proxy, and a name of this machine.

    The Host is looked at because a foreign page may point its own name at 127.0.0.1.
    """
    if any(header in request.headers for header in _FORWARDING):
        return False
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
        return local and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _object() -> Mapping[str, object]:
    given = body()
    if not isinstance(given, dict):
        raise InvalidInput("Send a JSON object.")
    return given


def _text(given: Mapping[str, object], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"“{field}” is missing.", [FieldError(field, "text")])
    return value


def _which() -> tuple[str | None, str | None]:
    given = _object()
    if "token" in given:
        return _text(given, "token"), None
    return None, _text(given, "token_id")


def _limit() -> int:
    asked = request.args.get("limit", str(_LIMIT))
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= _MOST:
        raise InvalidInput(
            f"“limit” is a number from 1 to {_MOST}.", [FieldError("limit", "out of range", _MOST)]
        )
    return int(asked)


def _after() -> tuple[int, str] | None:
    cursor = request.args.get("cursor")
    if cursor is None:
        return None
    issued, _, jti = cursor.partition("-")
    if not (issued.isascii() and issued.isdigit() and len(issued) < 16 and jti):
        raise InvalidInput("“cursor” is not one of ours.", [FieldError("cursor", "unknown")])
    return int(issued), jti


def _said(claims: Mapping[str, object]) -> dict[str, object]:
    expires_s = claims.get("exp")
    if not isinstance(expires_s, int):
        return dict(claims)
    return {**claims, "expires_at": iso_utc(from_ms(expires_s * 1000))}


def _issued(issued: Issued) -> dict[str, object]:
    return {"token": issued.secret, "token_id": issued.token.jti, **_said(issued.claims)}


def _listed(token: Token) -> dict[str, object]:
    def moment(epoch_ms: int | None) -> str | None:
        return None if epoch_ms is None else iso_utc(from_ms(epoch_ms))

    return {
        "token_id": token.jti,
        "name": token.name,
        "issued_by": token.issuer,
        "list_of_resources": list(token.resources),
        "data_aggregation": token.data_aggregation,
        "time_aggregation": token.time_aggregation,
        "embargo_period": token.embargo_minutes,
        "issued_at": moment(token.issued_ms),
        "expires_at": moment(token.expires_ms),
        "revoked_at": moment(token.revoked_ms),
        "last_used_at": moment(token.last_used_ms),
        "active": token.revoked_ms is None,
    }
