"""How one's own password and sessions look; times are real, not building time."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.cards import card, row
from components.forms import form, text_field
from components.marks import chip
from components.native import Events
from components.tables import Column, Row, simple_table
from domain.access.model import Session
from domain.access.passwords import MAX_LENGTH, MIN_LENGTH

SESSIONS = "account-sessions"
OLD, NEW, AGAIN = "account-old", "account-new", "account-again"
MESSAGE = "account-message"
COLUMNS = (
    Column("browser", "Browser"),
    Column("address", "Address"),
    Column("since", "Signed in", hide_below="sm"),
    Column("seen", "Last seen"),
    Column("acts", "", number=True),
)
# Looked for in this order: each browser also names those it descends from.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> str:
    """Name browser and system as a person would: `Firefox on Windows`; else what it says itself."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent[:40] or "Unknown program"


def password_card() -> html.Section:
    """Three fields; the use case says what is wrong with them."""
    return card(
        "Password",
        form(
            text_field(OLD, "Present password", kind="password", autocomplete="current-password"),
            text_field(
                NEW,
                "New password",
                kind="password",
                autocomplete="new-password",
                hint=f"{MIN_LENGTH} to {MAX_LENGTH} characters; four unrelated words are good",
                max_length=MAX_LENGTH,
            ),
            text_field(
                AGAIN,
                "New password again",
                kind="password",
                autocomplete="new-password",
                max_length=MAX_LENGTH,
            ),
            message_id=MESSAGE,
        ),
        row(
            button("Change password", id="account-change", kind="primary"),
            html.Span("You sign in again afterwards, everywhere.", className="wb-second"),
        ),
    )


def sessions_card(
    sessions: Sequence[Session], own_id: str, now_ms: int, zone: ZoneInfo
) -> html.Section:
    """Every browser that is signed in as this person."""
    rows = [
        _session_row(session, session.session_id == own_id, now_ms, zone) for session in sessions
    ]
    table = simple_table(COLUMNS, rows, caption="Where you are signed in")
    return card("Where you are signed in", Events(id=SESSIONS, children=table))


def _session_row(session: Session, own: bool, now_ms: int, zone: ZoneInfo) -> Row:
    browser = browser_words(session.user_agent)
    hooks = {
        "data-act": "end",
        "data-value": session.session_id,
        "aria-label": f"Sign out {browser}",
    }
    return Row(
        key=session.session_id,
        cells=[
            row(html.B(browser), chip("this one", "outline") if own else None),
            session.address,
            formats.moment(session.created_ms, now_ms, zone),
            formats.moment(session.last_seen_ms, now_ms, zone),
            button("Sign out", small=True, attributes=hooks),
        ],
    )
