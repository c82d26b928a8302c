"""One's own password and sessions."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, dcc, html, no_update

from components import ids
from components.cards import grid, page
from domain.access.current import current_actor
from domain.access.policy import ROLE_LABELS
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _account_view as view
from pages._forms import FORM, refusals, tell
from pages._values import Act

dash.register_page(
    __name__,
    path="/account",
    title="Account · Wattboard",
    name="Account",
    order=92,
    permission="signed_in",
)


def layout(**_: object) -> html.Div:
    """Who one is, the password, and where one is signed in."""
    actor = current_actor()
    return page(
        "Account",
        grid(view.password_card(), html.Div(_sessions(), id="account-list"), columns="halves"),
        dcc.Location(id="account-leave", refresh=True),
        facts=f"{actor.name}, {ROLE_LABELS.get(actor.role, actor.role)}",
    )


def _own_session() -> str:
    credential = current_actor().credential
    return credential[1] if credential else ""


def _sessions() -> html.Section:
    sessions = house().access.sessions.own(current_actor())
    return view.sessions_card(sessions, _own_session(), real_now_ms(), house().zone)


@callback(
    Output(ids.field_error(view.OLD), "children"),
    Output(ids.field_error(view.NEW), "children"),
    Output(ids.field_error(view.AGAIN), "children"),
    Output(view.MESSAGE, "children"),
    Output("account-leave", "href"),
    Input("account-change", "n_clicks"),
    State(view.OLD, "value"),
    State(view.NEW, "value"),
    State(view.AGAIN, "value"),
    prevent_initial_call=True,
)
def change_password(clicks: int | None, old: str | None, new: str | None, again: str | None) -> Any:
    """Change it and go to the login, because every session has ended."""
    if not clicks:
        return (no_update,) * 5
    if new != again:
        return "", "", "is not the same as the new one", "", no_update
    try:
        house().access.users.change_password(current_actor(), old or "", new or "")
    except WattboardError as error:
        words = refusals(error, ("password",))
        wrong = words.get(FORM, "") if error.code == "bad_credentials" else ""
        other = "" if wrong else words.get(FORM, "")
        return wrong, words.get("password", ""), "", other, no_update
    return "", "", "", "", "/login?note=password"


@callback(
    Output("account-list", "children"),
    Output("account-leave", "href", allow_duplicate=True),
    Input(view.SESSIONS, "event"),
    prevent_initial_call=True,
)
def end_session(event: Act | None) -> Any:
    """Sign one browser out; this one goes to the login."""
    if not event:
        return no_update, no_update
    own = event["value"] == _own_session()
    house().access.sessions.end(current_actor(), event["value"])
    if own:
        return no_update, "/login?note=out"
    tell("Signed out", "That browser has to sign in again.")
    return _sessions(), no_update
