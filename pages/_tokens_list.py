"""The list of tokens and the dialogs about one, as pure functions; times are real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, dialog_content
from components.marks import chip
from components.states import empty
from components.tables import Column, Row, table_body
from domain.access.model import Token
from pages._tokens_words import (
    Issuer,
    access_words,
    contract_of,
    end_of,
    limit_words,
    state_words,
)

TABLE, REVOKE, ACTIVATE = "tokens-table", "revoke-token", "activate-token"
NEW_ACT, REVOKE_ACT, ACTIVATE_ACT = "new", "revoke", "activate"
PAGE_SIZE = 50
ALL, ACTIVE, ENDED = "all", "active", "ended"
SHOWN = ((ALL, "All"), (ACTIVE, "Active"), (ENDED, "Ended"))
NOBODY = Issuer(role="")

_COLUMNS = (
    Column("name", "Token"),
    Column("access", "May", sortable=False, hide_below="sm"),
    Column("limits", "Limits", sortable=False, hide_below="md"),
    Column("state", "State"),
    Column("used", "Last used", hide_below="sm"),
    Column("issued", "Issued", hide_below="lg"),
    Column("issuer", "By", hide_below="lg"),
    Column("acts", "", number=True, sortable=False),
)
SORTS: Mapping[str, Callable[[Token], Any]] = {
    "name": lambda token: token.name.casefold(),
    "state": lambda token: token.revoked_ms or token.expires_ms,
    "used": lambda token: token.last_used_ms or 0,
    "issued": lambda token: token.issued_ms,
    "issuer": lambda token: token.issuer.casefold(),
}


@dataclass(frozen=True, slots=True)
class TokenQuery:
    """Which tokens, in which order, which page."""

    shown: str = ALL
    sort: str | None = None
    descending: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks, and when: issuers by user id, whether everybody's tokens are listed."""

    issuers: Mapping[int, Issuer]
    everybody: bool
    now_ms: int
    zone: ZoneInfo

    def issuer(self, token: Token) -> Issuer:
        """Who issued it."""
        return self.issuers.get(token.user_id, NOBODY)

    def is_active(self, token: Token) -> bool:
        """Whether it would be accepted now."""
        return end_of(token, self.issuer(token), self.now_ms) == "active"


def chosen_tokens(tokens: Sequence[Token], query: TokenQuery, seen: Seen) -> list[Token]:
    """The tokens asked for, in order; without a sort the active ones first, newest first."""
    kept = [t for t in tokens if query.shown == ALL or seen.is_active(t) is (query.shown == ACTIVE)]
    key = SORTS.get(query.sort or "")
    if key:
        return sorted(kept, key=key, reverse=query.descending)
    return sorted(kept, key=lambda token: (not seen.is_active(token), -token.issued_ms))


def facts(tokens: Sequence[Token], seen: Seen) -> str:
    """How many count now."""
    if not tokens:
        return "none yet"
    active = sum(map(seen.is_active, tokens))
    return f"{active} active, {len(tokens) - active} ended"


def token_table(tokens: Sequence[Token], query: TokenQuery, seen: Seen) -> list[Any]:
    """The inside of the table: one page of it, or what stands where there is none."""
    chosen = chosen_tokens(tokens, query, seen)
    last = max(0, (len(chosen) - 1) // PAGE_SIZE)
    page = min(query.page, last)
    columns = [c for c in _COLUMNS if c.key != "issuer" or seen.everybody]
    return table_body(
        columns,
        [_row(token, seen) for token in chosen[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]],
        total=len(chosen),
        query={"sort": query.sort, "descending": query.descending, "page": page},
        page_size=PAGE_SIZE,
        caption="Tokens",
        nothing=_nothing(query) if tokens else _none_yet(),
        noun="tokens",
    )


def _none_yet() -> html.Div:
    new = button(
        "New token", icon_name="plus", attributes={"data-act": NEW_ACT, "data-value": NEW_ACT}
    )  # the one in the head has the id
    return empty(
        "No tokens yet",
        "A token lets a program act for you without your password, within limits that you set. "
        "For example: a spreadsheet that fetches each room's hourly means for 90 days, read only.",
        new,
        icon_name="token",
    )


def _nothing(query: TokenQuery) -> html.Div:
    if query.shown == ACTIVE:
        return empty("No active tokens", "Every token has expired or was revoked.")
    return empty("No ended tokens", "Every token is still active.")


def _row(token: Token, seen: Seen) -> Row:
    issuer, now_ms, zone = seen.issuer(token), seen.now_ms, seen.zone
    end = end_of(token, issuer, now_ms)
    state, tone = state_words(token, end, now_ms, zone)
    access, limits = access_words(token.resources, issuer.role), limit_words(contract_of(token))
    used = _used(token, now_ms, zone)
    cells = [
        html.Div(
            [
                html.B(token.name),
                html.Span(token.jti[:8], className="wb-id"),
                _small(access, limits, used),
            ]
        ),
        html.Span(access, className="wb-tokens-words"),
        html.Span(limits, className="wb-tokens-words" if limits != "none" else "wb-muted"),
        chip(state, tone, dot=True),
        html.Span(used, className="wb-num" if token.last_used_ms else "wb-muted"),
        formats.moment(token.issued_ms, now_ms, zone),
        *([token.issuer] if seen.everybody else []),
        _act(token, now_ms),
    ]
    return Row(key=token.jti, cells=cells, state=None if end == "active" else "stale")


def _small(access: str, limits: str, used: str) -> html.Div:
    """On a phone what stands in columns elsewhere stands under the name."""
    said = [access, *([limits] if limits != "none" else []), f"last used {used}"]
    return html.Div("; ".join(said), className="wb-tokens-small wb-second")


def _used(token: Token, now_ms: int, zone: ZoneInfo) -> str:
    if token.last_used_ms is None:
        return "never"
    return formats.age(token.last_used_ms, now_ms, zone)


def _act(token: Token, now_ms: int) -> html.Button | None:
    if token.expires_ms <= now_ms:
        return None
    hooks = {"data-value": token.jti}
    if may_be_activated(token, now_ms):
        hooks |= {"data-act": ACTIVATE_ACT, "aria-label": f"Activate {token.name} again"}
        return button("Activate again", small=True, attributes=hooks)
    hooks |= {"data-act": REVOKE_ACT, "aria-label": f"Revoke {token.name}"}
    return button("Revoke", small=True, kind="stop", attributes=hooks)


def may_be_activated(token: Token, now_ms: int) -> bool:
    """Whether a revocation can still be taken back: an expired token stays expired."""
    return token.revoked_ms is not None and token.expires_ms > now_ms


def revoke_content(token: Token, seen: Seen) -> list[Any]:
    """What revoking ends."""
    effects: list[tuple[Any, Any]] = [
        ("Its calls", "are answered 401 from now on"),
        ("Its open live connections", "end at once"),
        ("Tokens issued with it", "end too"),
        ("What it did", "stays in the audit"),
    ]
    return dialog_content(
        "Revoke token", _message("revoke"), target=_target(token, seen), effects=effects
    )


def activate_content(token: Token, seen: Seen) -> list[Any]:
    """What taking the revocation back means."""
    until = formats.moment(token.expires_ms, seen.now_ms, seen.zone)
    effects: list[tuple[Any, Any]] = [
        ("Whoever holds its secret", "may use it again"),
        ("It ends by itself", until),
        ("Tokens issued with it", "stay revoked"),
    ]
    return dialog_content(
        "Activate token again", _message("activate"), target=_target(token, seen), effects=effects
    )


def _target(token: Token, seen: Seen) -> str:
    """Name, issuer and use: what tells it from another of the same name."""
    by = f", issued by {token.issuer}" if seen.everybody else ""
    used = _used(token, seen.now_ms, seen.zone)
    return f"{token.name} ({token.jti[:8]}){by}, last used {used}"


def message_id(act: str) -> str:
    """Where a refusal of the act stands."""
    return f"tokens-{act}-message"


def _message(act: str) -> html.Div:
    return html.Div(id=message_id(act), className="wb-field-error", role="alert")
