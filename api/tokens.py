"""`/api/v1/tokens/*`: data-sharing contracts for programs (API.md §4)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from typing import TYPE_CHECKING, Annotated, NotRequired, cast
from urllib.parse import urlsplit

from flask import Blueprint, request
from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from api.lists import ListQuery, make_cursor, read_cursor, unknown_cursor
from api.resource import Resource
from api.schema import PRINTABLE, IsoTime, OneOf, Request, closed
from api.times import iso
from domain.access.current import actor_or_none, current_actor, set_current
from domain.access.model import Token, User
from domain.access.policy import ALIASES, PUBLIC, RESOURCES
from domain.access.service import Access
from domain.access.token_request import (
    DATA_AGGREGATIONS,
    DEFAULT_LIFE_MINUTES,
    MAX_MINUTES,
    TIME_AGGREGATIONS,
    read_token_request,
)
from domain.access.token_request import TokenRequest as Contracted
from domain.access.tokens import Issued, Verdict
from domain.foundation.errors import FieldError, InvalidInput, Malformed, NotSignedIn

if TYPE_CHECKING:
    from domain.house import House

_FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
_SECRET_CHARACTERS, _ID_CHARACTERS = 4096, 64
QUICK_START_WARNING = (
    "Demo: issued without a login because the call came from this machine. "
    "Outside the demo, sign in or send a user's name and password."
)
DataAggregation = Annotated[str, OneOf(DATA_AGGREGATIONS)]
TimeAggregation = Annotated[str, OneOf(TIME_AGGREGATIONS)]
ResourceName = Annotated[
    str,
    Field(max_length=64),
    WithJsonSchema(
        {
            "type": "string",
            "enum": [*RESOURCES, *(f"{name}:read" for name in RESOURCES), *ALIASES],
            "description": "`name:read` for reading only; the last four are the original's words.",
        }
    ),
]
Minutes = Annotated[int, Field(ge=0, le=MAX_MINUTES, description="Minutes.")]
Secret = Annotated[str, Field(min_length=1, max_length=_SECRET_CHARACTERS)]


TokenId = Annotated[str, Field(min_length=1, max_length=_ID_CHARACTERS, pattern="^[A-Za-z0-9_-]+$")]


class TokenRequest(Request):
    """The contract asked for; it never gives more than its issuer has."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]
    list_of_resources: Annotated[list[ResourceName], Field(min_length=1, max_length=100)]
    data_aggregation: DataAggregation | None = None
    """Each sensor (`individual`), only their sum (`sum`), or both (`all`)."""
    time_aggregation: TimeAggregation | None = None
    """The finest steps to be shown."""
    embargo: Minutes | None = None
    """Values younger than this are withheld."""
    embargo_period: Minutes | None = None
    """The same, by the name of the claim."""
    exp: Annotated[int, Field(ge=1, le=MAX_MINUTES, description="Minutes of life.")] | None = (
        DEFAULT_LIFE_MINUTES
    )


class TokenSecret(Request):
    """A token to look at."""

    token: Secret


class WhichToken(Request):
    """A token by its secret, or by its id."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["token"]}, {"required": ["token_id"]}]}
    )

    token: Secret | None = None
    token_id: TokenId | None = None


@closed
class Claims(TypedDict):
    """What a token says of itself; `exp` and `iat` are epoch seconds."""

    sub: NotRequired[str]
    jti: NotRequired[str]
    iat: NotRequired[int]
    exp: NotRequired[int]
    aud: NotRequired[str]
    name: NotRequired[str]
    list_of_resources: NotRequired[list[str]]
    data_aggregation: NotRequired[DataAggregation]
    time_aggregation: NotRequired[TimeAggregation]
    embargo_period: NotRequired[int]
    """Minutes."""
    expires_at: NotRequired[IsoTime]


@closed
class IssuedToken(Claims):
    """A fresh token; its secret is shown this once."""

    token: str
    token_id: str
    warning: NotRequired[str]


@closed
class TokenVerdict(Claims):
    """Whether a token would be accepted now, and what it says; an invalid one is an answer too."""

    valid: bool
    reason: NotRequired[str]


@closed
class ListedToken(TypedDict):
    """A token as its issuer sees it; never its secret."""

    token_id: str
    name: str
    issued_by: str
    list_of_resources: list[str]
    data_aggregation: DataAggregation
    time_aggregation: TimeAggregation
    embargo_period: int
    """Minutes."""
    issued_at: IsoTime | None
    expires_at: IsoTime | None
    revoked_at: IsoTime | None
    last_used_at: IsoTime | None
    active: bool


@closed
class TokenList(TypedDict):
    """A page of tokens, newest first."""

    tokens: list[ListedToken]
    next_cursor: str | None


SEED_TOKEN = {"name": "dashboard_user", "list_of_resources": ["sensors", "rooms", "analytics"]}


def tokens_api(house: House) -> Blueprint:
    """Build the routes of the tokens resource."""
    access = house.access
    tokens = Resource(house, "tokens", "/api/v1/tokens", "Data-sharing contracts for programs.")

    @tokens.post(
        "/generate",
        PUBLIC,
        status=201,
        first=lambda: _find_out_who_asks(access),
        errors=(403,),
        example=SEED_TOKEN,
    )
    def generate(body: TokenRequest) -> IssuedToken:
        """Issue a token.

        Asked by a signed-in user, with a user's name and password (HTTP Basic), or with a token
        that holds `tokens`. In the demo the documents' first call needs no credentials from this
        machine, and gives `sensors`, `rooms` and `analytics` only.
        """
        return _generated(access, read_token_request(body.given()))

    def validate(body: TokenSecret) -> TokenVerdict:
        """Tell whether a token would be accepted now, and what it says."""
        return _verdict(access.tokens.validate(body.token))

    for path in ("/validate", "/check"):
        tokens.post(path, PUBLIC, first=current_actor)(validate)

    @tokens.post("/save", "tokens.own", errors=(404,))
    def save(body: WhichToken) -> ListedToken:
        """Make a revoked token of ours count again, until it expires.

        422 names `token` where somebody else has signed it.
        """
        return _listed(access.tokens.save(current_actor(), *_which(body)))

    @tokens.post("/revoke", "tokens.own", errors=(404,))
    def revoke(body: WhichToken) -> ListedToken:
        """End a token at once, open sockets included.

        422 names `token` where somebody else has signed it.
        """
        return _listed(access.tokens.revoke(current_actor(), *_which(body)))

    @tokens.get("", "tokens.read")
    def list_tokens(query: ListQuery) -> TokenList:
        """List one's own tokens, or everybody's for who may see them; never a secret."""
        found = access.tokens.list(current_actor(), query.limit + 1, _after(query))
        more = len(found) > query.limit
        shown = found[: query.limit]
        cursor = make_cursor(f"{shown[-1].issued_ms}-{shown[-1].jti}") if more else None
        return {"tokens": [_listed(token) for token in shown], "next_cursor": cursor}

    return tokens.blueprint


def _find_out_who_asks(access: Access) -> None:
    """Session or token, else Basic, else in the demo this machine's first call."""
    known = actor_or_none()
    if known is not None:
        known.require("tokens.own")
        return
    credentials = _basic()
    if credentials is not None:
        actor = access.actor_by_password(*credentials, request.remote_addr or "")
        set_current(actor, request.remote_addr)
    elif _demo_admin(access) is None:
        raise NotSignedIn("Sign in, or send a user's name and password (HTTP Basic).")


def _generated(access: Access, wanted: Contracted) -> IssuedToken:
    actor = actor_or_none()
    if actor is not None:
        return _issued(access.tokens.generate(actor, wanted))
    admin = _demo_admin(access)
    if admin is None:
        raise NotSignedIn
    issued = _issued(access.tokens.quick_start(admin, wanted))
    issued["warning"] = QUICK_START_WARNING
    return issued


def _demo_admin(access: Access) -> User | None:
    return access.demo_admin() if _is_from_this_machine() else None


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


def _which(body: WhichToken) -> tuple[str | None, str | None]:
    if (body.token is None) == (body.token_id is None):
        wrong = FieldError("token", "either the token or its token_id")
        raise InvalidInput("Say which token: its secret or its id.", [wrong])
    return body.token, body.token_id


def _after(query: ListQuery) -> tuple[int, str] | None:
    if query.cursor is None:
        return None
    issued, _, jti = read_cursor(query.cursor).partition("-")
    if not (issued.isascii() and issued.isdigit() and len(issued) < 16 and jti.isalnum()):
        raise unknown_cursor()
    return int(issued), jti


def _issued(issued: Issued) -> IssuedToken:
    claims = cast("Claims", dict(issued.claims))
    expires = iso(issued.token.expires_ms) or ""
    shown = {**claims, "token": issued.secret, "token_id": issued.token.jti, "expires_at": expires}
    return cast("IssuedToken", shown)


def _verdict(verdict: Verdict) -> TokenVerdict:
    claims = cast("Claims", dict(verdict.claims))
    expires_s = claims.get("exp")
    said = cast("TokenVerdict", {**claims, "valid": verdict.valid})
    if verdict.reason is not None:
        said["reason"] = verdict.reason
    if isinstance(expires_s, int):
        said["expires_at"] = iso(expires_s * 1000) or ""
    return said


def _listed(token: Token) -> ListedToken:
    return {
        "token_id": token.jti,
        "name": token.name,
        "issued_by": token.issuer,
        "list_of_resources": list(token.resources),
        "data_aggregation": token.data_aggregation,
        "time_aggregation": token.time_aggregation,
        "embargo_period": token.embargo_minutes,
        "issued_at": iso(token.issued_ms),
        "expires_at": iso(token.expires_ms),
        "revoked_at": iso(token.revoked_ms),
        "last_used_at": iso(token.last_used_ms),
        "active": token.revoked_ms is None,
    }
