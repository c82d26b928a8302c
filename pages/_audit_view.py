"""How the audit looks on the Admin page; times are real ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html

from components import formats
from components.cards import card
from components.forms import select
from components.states import empty
from components.tables import Column, Row, data_table, name_cell, table_body
from domain.access.model import AuditEntry
from domain.access.store import AuditQuery

AUDIT = "admin-audit"
AUDIT_ACTOR, AUDIT_ACTION = "admin-audit-actor", "admin-audit-action"
AUDIT_FIRST, AUDIT_LAST = "admin-audit-first", "admin-audit-last"
ANY = "any"
"""A select's value for no filter; an empty one cannot be chosen."""
PAGE_SIZE = 50
_LONGEST_CHANGE = 110
AUDIT_COLUMNS = (
    Column("at", "Time", sortable=False),
    Column("who", "Who", sortable=False),
    Column("what", "What", sortable=False),
    Column("target", "Target", sortable=False),
    Column("change", "Change", sortable=False, hide_below="md"),
    Column("address", "From", sortable=False, hide_below="lg"),
)
# What the audit's action names say to a person; others are shown as they are.
ACTION_WORDS = {
    "login": "Signed in",
    "login.failed": "Failed to sign in",
    "logout": "Signed out",
    "access.refused": "Was refused",
    "token.outside_contract": "Token used outside its contract",
    "token.used": "Token used, first time that day",
    "token.refused": "Ended token tried",
    "users.create": "Created user",
    "users.role": "Changed role",
    "users.disable": "Disabled user",
    "users.enable": "Enabled user",
    "users.reset_password": "Reset password",
    "users.change_password": "Changed own password",
    "users.prepare": "Set up login",
    "displays.create": "Made pairing code",
    "displays.pair": "Paired display",
    "displays.revoke": "Revoked display",
    "tokens.generate": "Issued token",
    "tokens.revoke": "Revoked token",
    "tokens.save": "Re-activated token",
    "inbox.clear": "Cleared rejected messages",
    "sensors.discover": "Discovered sensor",
    "sensors.calculate": "Set up calculated meter",
    "corrections.create": "Corrected readings",
    "corrections.withdraw": "Withdrew correction",
    "readings.create": "Entered reading",
}
_VERBS = {
    "create": "Created",
    "update": "Changed",
    "delete": "Deleted",
}


def audit_card(
    entries: Sequence[AuditEntry],
    total: int,
    names: tuple[Sequence[str], Sequence[str]],
    now_ms: int,
    zone: ZoneInfo,
) -> html.Section:
    """The first page, with its filters."""
    actors, actions = names
    table = data_table(
        AUDIT,
        AUDIT_COLUMNS,
        audit_rows(entries, now_ms, zone),
        total=total,
        page_size=PAGE_SIZE,
        caption="Audit",
        noun="entries",
    )
    return card(
        "Audit", _audit_filters(actors, actions), table, fact="cannot be changed, newest first"
    )


def _audit_filters(actors: Sequence[str], actions: Sequence[str]) -> html.Div:
    who = [(ANY, "Everybody"), *((name, name) for name in actors)]
    what = [(ANY, "Everything"), *((name, action_words(name)) for name in actions)]
    return html.Div(
        [
            select(AUDIT_ACTOR, who, value=ANY, label="Who"),
            select(AUDIT_ACTION, what, value=ANY, label="What"),
            _day("from", AUDIT_FIRST),
            _day("to", AUDIT_LAST),
        ],
        className="wb-toolbar",
    )


def _day(label: str, id: str) -> html.Label:
    return html.Label(
        [html.Span(label), dbc.Input(id=id, type="date")], className="wb-row wb-second"
    )


def _to_the_second(ts_ms: int, zone: ZoneInfo) -> str:
    return f"{formats.day(ts_ms, zone)} {formats.clock(ts_ms, zone, seconds=True)}"


def audit_rows(entries: Sequence[AuditEntry], now_ms: int, zone: ZoneInfo) -> list[Row]:
    """One line per entry."""
    return [
        Row(
            key=str(entry.audit_id),
            cells=[
                html.Span(_to_the_second(entry.at_ms, zone), className="wb-second"),
                name_cell(
                    entry.actor_name, None if entry.actor_kind == "user" else entry.actor_kind
                ),
                action_words(entry.action),
                entry.target,
                _change(entry),
                entry.address or "–",
            ],
        )
        for entry in entries
    ]


def audit_children(
    entries: Sequence[AuditEntry], total: int, query: AuditQuery, now_ms: int, zone: ZoneInfo
) -> list[Any]:
    """The inside of the table, for another page or filter."""
    return table_body(
        AUDIT_COLUMNS,
        audit_rows(entries, now_ms, zone),
        total=total,
        query={"page": query.page},
        page_size=query.page_size,
        caption="Audit",
        nothing=empty("Nothing matches", "Choose other filters or days."),
        noun="entries",
    )


def _change(entry: AuditEntry) -> html.Span:
    """The change on one line; the whole of it when the pointer rests there."""
    words = change_words(entry.before, entry.after)
    short = words if len(words) <= _LONGEST_CHANGE else f"{words[: _LONGEST_CHANGE - 1]}…"
    return html.Span(short, className="wb-second", title=words)


def action_words(action: str) -> str:
    """Say what was done; an action without words of its own is shown by its name."""
    if action in ACTION_WORDS:
        return ACTION_WORDS[action]
    family, _, verb = action.partition(".")
    return f"{_VERBS[verb]} {family.removesuffix('s')}" if verb in _VERBS else action


def change_words(before: str | None, after: str | None) -> str:
    """Say what changed: `role viewer → operator`; values are cut to stay on the line."""
    old = json.loads(before) if before else {}
    new = json.loads(after) if after else {}
    words = []
    for key in dict.fromkeys((*old, *new)):
        if key in old and key in new and old[key] == new[key]:
            continue
        sides = [_short(side[key]) for side in (old, new) if key in side]
        words.append(f"{key} {' → '.join(sides)}")
    return "; ".join(words)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
