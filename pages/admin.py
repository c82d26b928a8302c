"""Users, wall displays, the building and the audit, each tab for who may manage it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal, TypedDict

import dash
from dash import Input, Output, State, callback, dcc, html, no_update

from components import ids
from components.buttons import confirm_dialog
from components.cards import page
from components.forms import segments
from domain.access.current import current_actor
from domain.access.model import User
from domain.access.policy import Actor, needs
from domain.access.store import AuditQuery
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import Unknown, WattboardError
from domain.foundation.intervals import local_day
from domain.house import house
from pages import _admin_view as view
from pages import _audit_view as audit_view
from pages._building_tab import building_tab
from pages._forms import FORM, refusals, tell
from pages._values import Act, Clicks, Key, TableQuery, Text

dash.register_page(
    __name__,
    path="/admin",
    title="Admin · Wattboard",
    name="Admin",
    order=91,
    permission="displays.manage",
)

TABS = (
    ("users", "Users", "users.manage"),
    ("displays", "Wall displays", "displays.manage"),
    ("building", "Building", "building.update"),
    ("audit", "Audit", "audit.read"),
)


class PendingUser(TypedDict):
    """Whom an open dialog is about."""

    user_id: Key


class PendingAct(PendingUser):
    """And what will be done to them."""

    act: Literal["reset", "disable", "enable"]


class PendingDisplay(TypedDict):
    """The display that an open dialog is about."""

    display_id: str


def layout(tab: str = "", **_: object) -> html.Div:
    """The tabs this person may use; the address may name one."""
    actor = current_actor()
    allowed = [(key, label) for key, label, permission in TABS if actor.may(permission)]
    shown = tab if tab in dict(allowed) else allowed[0][0]
    return page(
        "Admin",
        html.Div(id="admin-notice"),
        html.Div(_part(shown, actor), id="admin-part"),
        dcc.Store(id="admin-pending"),
        confirm_dialog(view.NEW_USER, act="Create user"),
        confirm_dialog(view.CHANGE_ROLE, act="Change role"),
        confirm_dialog(view.USER_ACT),
        confirm_dialog(view.NEW_DISPLAY, act="Make a code"),
        confirm_dialog(view.REVOKE, act="Revoke", danger=True),
        actions=[segments("admin-tab", allowed, value=shown, label="Part of administration")],
    )


def _part(tab: str, actor: Actor) -> Any:
    """One tab; the use cases check that the actor may see it."""
    access, zone, now_ms = house().access, house().zone, real_now_ms()
    if tab == "users":
        return view.users_card(access.users.all(actor), actor.user_id, now_ms, zone)
    if tab == "building":
        return building_tab()
    if tab == "displays":
        return view.displays_card(access.displays.all(actor), now_ms, zone)
    entries, total = access.audit_page(actor, AuditQuery(page_size=audit_view.PAGE_SIZE))
    return audit_view.audit_card(entries, total, access.audit_names(actor), now_ms, zone)


@callback(
    Output("admin-part", "children"),
    Output("admin-notice", "children"),
    Input("admin-tab", "value"),
    prevent_initial_call=True,
)
def switch_tab(tab: Text) -> Any:
    """Another tab; a secret shown once goes away with the old one."""
    return _part(tab or "", current_actor()), None


# --- users ---------------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(view.NEW_USER), "children"),
    Output(ids.dialog(view.NEW_USER), "is_open"),
    Input("admin-user-new", "n_clicks"),
    prevent_initial_call=True,
)
@needs("users.manage")
def open_new_user(clicks: Clicks) -> Any:
    """An empty form."""
    return (view.new_user_form(), True) if clicks else (no_update, no_update)


@callback(
    Output(ids.field_error(view.USER_NAME), "children"),
    Output(ids.field_error(view.USER_ROLE), "children"),
    Output("admin-user-message", "children"),
    Output(ids.dialog(view.NEW_USER), "is_open", allow_duplicate=True),
    Output("admin-part", "children", allow_duplicate=True),
    Output("admin-notice", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(view.NEW_USER), "n_clicks"),
    State(view.USER_NAME, "value"),
    State(view.USER_ROLE, "value"),
    prevent_initial_call=True,
)
@needs("users.manage")
def create_user(clicks: Clicks, name: Text, role: Text) -> Any:
    """Create, and show the password once."""
    if not clicks:
        return (no_update,) * 6
    actor = current_actor()
    try:
        user, password = house().access.users.invite(actor, name or "", role or "")
    except WattboardError as error:
        words = refusals(error, ("name", "role"))
        errors = [words.get(key, "") for key in ("name", "role", FORM)]
        return *errors, no_update, no_update, no_update
    notice = view.shown_once(f"Password of {user.name}", password, "Shown once: pass it on now.")
    return "", "", "", False, _part("users", actor), notice


@callback(
    Output(ids.dialog_body(view.CHANGE_ROLE), "children"),
    Output(ids.dialog(view.CHANGE_ROLE), "is_open"),
    Output("admin-pending", "data"),
    Input(view.USERS, "event"),
    prevent_initial_call=True,
)
@needs("users.manage")
def open_change_role(event: Act | None) -> Any:
    """The role they have, to be changed."""
    if not event or event["name"] != "role":
        return (no_update,) * 3
    user = _user(event["value"])
    return view.change_role_form(user), True, {"user_id": user.user_id}


@callback(
    Output("admin-role-message", "children"),
    Output(ids.dialog(view.CHANGE_ROLE), "is_open", allow_duplicate=True),
    Output("admin-part", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(view.CHANGE_ROLE), "n_clicks"),
    State("admin-pending", "data"),
    State(view.CHANGED_ROLE, "value"),
    prevent_initial_call=True,
)
@needs("users.manage")
def change_role(clicks: Clicks, pending: PendingUser | None, role: Text) -> Any:
    """Give another role."""
    if not clicks or not pending:
        return (no_update,) * 3
    actor = current_actor()
    try:
        house().access.users.set_role(actor, pending["user_id"], role or "")
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Role changed", "Their sessions have ended; they sign in again.")
    return "", False, _part("users", actor)


@callback(
    Output(ids.dialog_body(view.USER_ACT), "children"),
    Output(ids.dialog_confirm(view.USER_ACT), "children"),
    Output(ids.dialog(view.USER_ACT), "is_open"),
    Output("admin-pending", "data", allow_duplicate=True),
    Input(view.USERS, "event"),
    prevent_initial_call=True,
)
@needs("users.manage")
def open_user_act(event: Act | None) -> Any:
    """What the act will do."""
    if not event or event["name"] not in view.ACTS:
        return (no_update,) * 4
    user = _user(event["value"])
    content, label = view.user_act_content(event["name"], user)
    return content, label, True, {"act": event["name"], "user_id": user.user_id}


def _user(key: str) -> User:
    """Find a user by the key of their row."""
    for user in house().access.users.all(current_actor()):
        if str(user.user_id) == key:
            return user
    raise Unknown("user", key)


@callback(
    Output("admin-act-message", "children"),
    Output(ids.dialog(view.USER_ACT), "is_open", allow_duplicate=True),
    Output("admin-part", "children", allow_duplicate=True),
    Output("admin-notice", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(view.USER_ACT), "n_clicks"),
    State("admin-pending", "data"),
    prevent_initial_call=True,
)
@needs("users.manage")
def act_on_user(clicks: Clicks, pending: PendingAct | None) -> Any:
    """Reset the password, disable or enable."""
    if not clicks or not pending:
        return (no_update,) * 4
    actor, users, notice = current_actor(), house().access.users, None
    try:
        if pending["act"] == "reset":
            password = users.reset_password(actor, pending["user_id"])
            notice = view.shown_once("New password", password, "Shown once: pass it on now.")
        else:
            users.set_disabled(actor, pending["user_id"], disabled=pending["act"] == "disable")
    except WattboardError as error:
        return error.message, no_update, no_update, no_update
    return "", False, _part("users", actor), notice


# --- wall displays -------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(view.NEW_DISPLAY), "children"),
    Output(ids.dialog(view.NEW_DISPLAY), "is_open"),
    Input("admin-display-new", "n_clicks"),
    prevent_initial_call=True,
)
def open_new_display(clicks: Clicks) -> Any:
    """Where it hangs."""
    return (view.new_display_form(), True) if clicks else (no_update, no_update)


@callback(
    Output("admin-display-message", "children"),
    Output(ids.dialog(view.NEW_DISPLAY), "is_open", allow_duplicate=True),
    Output("admin-part", "children", allow_duplicate=True),
    Output("admin-notice", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(view.NEW_DISPLAY), "n_clicks"),
    State(view.DISPLAY_NAME, "value"),
    prevent_initial_call=True,
)
def create_display(clicks: Clicks, name: Text) -> Any:
    """Make a code and show it once."""
    if not clicks:
        return (no_update,) * 4
    actor = current_actor()
    try:
        code = house().access.displays.create_code(actor, name or "")
    except WattboardError as error:
        return error.message, no_update, no_update, no_update
    words = "Open /kiosk on the display and type this code within ten minutes. It is good once."
    return "", False, _part("displays", actor), view.shown_once("Pairing code", code, words)


@callback(
    Output(ids.dialog_body(view.REVOKE), "children"),
    Output(ids.dialog(view.REVOKE), "is_open"),
    Output("admin-pending", "data", allow_duplicate=True),
    Input(view.DISPLAYS, "event"),
    prevent_initial_call=True,
)
def open_revoke(event: Act | None) -> Any:
    """What revoking does."""
    if not event:
        return (no_update,) * 3
    found = [
        d for d in house().access.displays.all(current_actor()) if d.display_id == event["value"]
    ]
    if not found:
        raise Unknown("display", event["value"])
    return view.revoke_content(found[0]), True, {"display_id": found[0].display_id}


@callback(
    Output(ids.dialog(view.REVOKE), "is_open", allow_duplicate=True),
    Output("admin-part", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(view.REVOKE), "n_clicks"),
    State("admin-pending", "data"),
    prevent_initial_call=True,
)
def revoke(clicks: Clicks, pending: PendingDisplay | None) -> Any:
    """Take the view away at once."""
    if not clicks or not pending:
        return no_update, no_update
    actor = current_actor()
    house().access.displays.revoke(actor, pending["display_id"])
    tell("Revoked", "The display asks for a code again.")
    return False, _part("displays", actor)


# --- audit ---------------------------------------------------------------------------------


@callback(
    Output(audit_view.AUDIT, "children"),
    Input(audit_view.AUDIT, "query"),
    Input(audit_view.AUDIT_ACTOR, "value"),
    Input(audit_view.AUDIT_ACTION, "value"),
    Input(audit_view.AUDIT_FIRST, "value"),
    Input(audit_view.AUDIT_LAST, "value"),
    prevent_initial_call=True,
)
@needs("audit.read")
def list_audit(table: TableQuery | None, actor: Text, action: Text, first: Text, last: Text) -> Any:
    """The page that the filters ask for; another filter begins at page one."""
    stays = dash.ctx.triggered_id == audit_view.AUDIT
    query = AuditQuery(
        actor="" if actor == audit_view.ANY else actor or "",
        action="" if action == audit_view.ANY else action or "",
        since_ms=_midnight_ms(first),
        until_ms=_midnight_ms(last, days=1),
        page=(table or {}).get("page", 0) if stays else 0,
        page_size=audit_view.PAGE_SIZE,
    )
    entries, total = house().access.audit_page(current_actor(), query)
    return audit_view.audit_children(entries, total, query, real_now_ms(), house().zone)


def _midnight_ms(day: str | None, days: int = 0) -> int | None:
    """Begin of a local day [epoch ms]; what a browser leaves half typed does not filter."""
    try:
        chosen = date.fromisoformat(day or "") + timedelta(days=days)
        return local_day(chosen, house().zone).start_ms
    except (ValueError, OverflowError):
        return None
