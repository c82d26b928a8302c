"""How users and wall displays look on the Admin page; times are real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, dialog_content
from components.cards import card, row
from components.forms import form, select_field, text_field
from components.marks import chip
from components.native import Events
from components.states import empty
from components.tables import Column, Row, simple_table
from domain.access.model import Display, User
from domain.access.policy import ROLE_LABELS

USERS, DISPLAYS = "admin-users", "admin-displays"
NEW_USER, CHANGE_ROLE, USER_ACT = "new-user", "change-role", "user-act"
NEW_DISPLAY, REVOKE = "new-display", "revoke-display"
USER_NAME, USER_ROLE, CHANGED_ROLE = "admin-user-name", "admin-user-role", "admin-changed-role"
DISPLAY_NAME = "admin-display-name"
_SHOWN_REVOKED_MS = 7 * 86_400_000

USER_COLUMNS = (
    Column("name", "Name"),
    Column("role", "Role"),
    Column("state", "State", hide_below="sm"),
    Column("login", "Last signed in", hide_below="md"),
    Column("password", "Password since", hide_below="lg"),
    Column("acts", "", number=True),
)
DISPLAY_COLUMNS = (
    Column("name", "Display"),
    Column("state", "State"),
    Column("seen", "Last seen", hide_below="md"),
    Column("address", "Address", hide_below="lg"),
    Column("made", "Made by", hide_below="md"),
    Column("acts", "", number=True),
)
ROLE_OPTIONS = list(ROLE_LABELS.items())


def _when(ts_ms: int | None, now_ms: int, zone: ZoneInfo) -> str:
    return "never" if ts_ms is None else formats.moment(ts_ms, now_ms, zone)


def _act(label: str, act: str, key: object, spoken: str, *, danger: bool = False) -> html.Button:
    hooks = {"data-act": act, "data-value": str(key), "aria-label": spoken}
    return button(label, small=True, kind="stop" if danger else "normal", attributes=hooks)


# --- users ---------------------------------------------------------------------------------


def users_card(
    users: Sequence[User], own_id: int | None, now_ms: int, zone: ZoneInfo
) -> html.Section:
    """Everybody, with what can be done to them."""
    add = button("New user", id="admin-user-new", kind="primary", icon_name="plus")
    rows = [_user_row(user, own_id, now_ms, zone) for user in users]
    table = simple_table(USER_COLUMNS, rows, caption="Users")
    fact = f"{len(users)}, {sum(not user.disabled for user in users)} can sign in"
    return card("Users", Events(id=USERS, children=table), fact=fact, actions=add)


def _user_row(user: User, own_id: int | None, now_ms: int, zone: ZoneInfo) -> Row:
    state = row(
        chip("Disabled", "stale", dot=True) if user.disabled else chip("Active", "ok", dot=True),
        chip("no own password yet", "late", icon_name="clock") if user.password_given else None,
    )
    own = user.user_id == own_id
    acts = row(
        _act("Role", "role", user.user_id, f"Change the role of {user.name}"),
        _act("Reset password", "reset", user.user_id, f"Reset the password of {user.name}"),
        None if own else _switch_act(user),
    )
    return Row(
        key=str(user.user_id),
        cells=[
            html.Span(
                [html.B(user.name), chip("you", "outline") if own else None], className="wb-row"
            ),
            row(
                ROLE_LABELS.get(user.role, user.role), chip("demo", "accent") if user.demo else None
            ),
            state,
            _when(user.last_login_ms, now_ms, zone),
            _when(user.password_changed_ms, now_ms, zone),
            acts,
        ],
        state="stale" if user.disabled else None,
    )


def _switch_act(user: User) -> html.Button:
    if user.disabled:
        return _act("Enable", "enable", user.user_id, f"Enable {user.name}")
    return _act("Disable", "disable", user.user_id, f"Disable {user.name}", danger=True)


def new_user_form() -> list[Any]:
    """Name and role; the password is made, so that nobody invents a weak one."""
    return [
        *dialog_content("New user"),
        form(
            text_field(USER_NAME, "Name", max_length=64, hint="They sign in with it", wide=True),
            select_field(USER_ROLE, "Role", ROLE_OPTIONS, value="viewer"),
            message_id="admin-user-message",
        ),
        html.P(
            "A password is made and shown once. They choose their own when they first sign in.",
            className="wb-second",
        ),
    ]


_ACTS: dict[str, tuple[str, list[tuple[Any, Any]]]] = {
    "reset": (
        "Reset password",
        [
            ("New password", "random, shown once; they choose their own with it"),
            ("Sessions", "end at once"),
        ],
    ),
    "disable": (
        "Disable user",
        [
            ("Sessions and open pages", "end at once"),
            ("Tokens", "rest until enabled again"),
            ("What they did", "stays in the audit"),
        ],
    ),
    "enable": (
        "Enable user",
        [("Signs in", "with the password they had"), ("Tokens", "count again")],
    ),
}
ACTS = frozenset(_ACTS)


def change_role_form(user: User) -> list[Any]:
    """Another role for somebody, and what that ends."""
    effects: list[tuple[Any, Any]] = [
        ("Sessions", "end; they sign in again"),
        ("Tokens", "narrow to the new role"),
    ]
    return dialog_content(
        "Change role",
        form(
            select_field(CHANGED_ROLE, "Role", ROLE_OPTIONS, value=user.role),
            message_id="admin-role-message",
        ),
        target=user.name,
        effects=effects,
    )


def user_act_content(act: str, user: User) -> tuple[list[Any], str]:
    """The inside of the dialog before an act, and the words of its button."""
    title, effects = _ACTS[act]
    message = html.Div(id="admin-act-message", className="wb-field-error", role="alert")
    target = f"{user.name}, {ROLE_LABELS.get(user.role, user.role)}"
    return dialog_content(title, message, target=target, effects=effects), title


def shown_once(title: str, secret: str, words: str) -> html.Div:
    """A secret that will not be shown again, large enough to copy or to read across a room."""
    return html.Div(
        [
            html.Div([html.Strong(title), html.Br(), words], className="wb-banner-words"),
            html.Code(secret, className="wb-value-lg wb-name"),
        ],
        className="wb-banner wb-banner-accent",
        role="status",
    )


# --- wall displays -------------------------------------------------------------------------


def displays_card(displays: Sequence[Display], now_ms: int, zone: ZoneInfo) -> html.Section:
    """Every display that shows something or may soon; revoked ones for a week."""
    add = button("New display", id="admin-display-new", kind="primary", icon_name="plus")
    shown = [
        display
        for display in displays
        if display.revoked_ms is None or now_ms - display.revoked_ms < _SHOWN_REVOKED_MS
    ]
    if shown:
        rows = [_display_row(display, now_ms, zone) for display in shown]
        body: Any = simple_table(DISPLAY_COLUMNS, rows, caption="Wall displays")
    else:
        body = empty(
            "No wall displays yet",
            "Make a code here and type it on the screen that hangs on the wall, at /kiosk. "
            "It then shows the wall page and nothing else, until you revoke it.",
            icon_name="wall",
        )
    paired = sum(d.paired_ms is not None and d.revoked_ms is None for d in displays)
    return card(
        "Wall displays", Events(id=DISPLAYS, children=body), fact=f"{paired} paired", actions=add
    )


def _display_state(display: Display, now_ms: int, zone: ZoneInfo) -> html.Span:
    if display.revoked_ms is not None:
        return chip(
            f"Revoked {formats.moment(display.revoked_ms, now_ms, zone)}", "stale", dot=True
        )
    if display.paired_ms is not None:
        return chip(f"Paired {formats.moment(display.paired_ms, now_ms, zone)}", "ok", dot=True)
    until_ms = display.code_expires_ms or 0
    if until_ms > now_ms:
        return chip(f"Waits for its code until {formats.clock(until_ms, zone)}", "late")
    return chip("Code not used in time", "stale", dot=True)


def _display_row(display: Display, now_ms: int, zone: ZoneInfo) -> Row:
    over = display.revoked_ms is not None
    revoke = _act("Revoke", "revoke", display.display_id, f"Revoke {display.name}", danger=True)
    return Row(
        key=display.display_id,
        cells=[
            html.B(display.name),
            _display_state(display, now_ms, zone),
            _when(display.last_seen_ms, now_ms, zone),
            display.address or "–",
            display.created_by,
            None if over else revoke,
        ],
        state="stale" if over else None,
    )


def new_display_form() -> list[Any]:
    """Where it hangs."""
    return [
        *dialog_content("New wall display"),
        form(
            text_field(
                DISPLAY_NAME, "Where it hangs", placeholder="Lobby", max_length=64, wide=True
            ),
            message_id="admin-display-message",
        ),
    ]


def revoke_content(display: Display) -> list[Any]:
    """What revoking does."""
    effects: list[tuple[Any, Any]] = [
        ("The screen", "asks for a code within seconds"),
        ("Its cookie", "is worth nothing any more"),
    ]
    return dialog_content("Revoke wall display", target=display.name, effects=effects)
