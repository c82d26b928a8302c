"""Tokens: data-sharing contracts for programs, and whether they were kept."""

from __future__ import annotations

from typing import Any, TypedDict

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    no_update,
)

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.access.token_request import read_token_request
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _tokens_form as sheet
from pages import _tokens_list as listed
from pages import _tokens_page as parts
from pages._forms import FORM, refusals, tell
from pages._period import picker_value
from pages._tokens_form import SHEET
from pages._tokens_list import ACTIVATE, REVOKE, TABLE, message_id
from pages._tokens_report import PICKER, REPORT
from pages._values import Act, Chosen, Clicks, FormValues, Key, PickedPeriod, TableQuery, Text

dash.register_page(
    __name__,
    path="/tokens",
    title="Tokens · Wattboard",
    name="Tokens",
    order=90,
    permission="tokens.read",
)


class PendingToken(TypedDict):
    """The token that an open dialog is about, by its id, which is no secret."""

    token_id: str


def layout(
    tab: str = "",
    period: str | None = None,
    date: str | None = None,
    end: str | None = None,
    **_: object,
) -> Any:
    """The tab and the report's period that the address names."""
    value = picker_value(period or "month", date, end, None)
    return parts.tokens_page(house(), current_actor(), tab, value)


@callback(
    Output(parts.LIST_PART, "hidden"),
    Output(parts.REPORT_PART, "hidden"),
    Input("tokens-tab", "value"),
    prevent_initial_call=True,
)
def switch_tab(tab: Text) -> Any:
    """Tokens, or the report."""
    return tab == "report", tab != "report"


@callback(
    Output(TABLE, "children"),
    Output("tokens-facts", "children"),
    Input(TABLE, "query"),
    Input("tokens-show", "value"),
    Input("tokens-changed", "data"),
    prevent_initial_call=True,
)
def list_tokens(table: TableQuery | None, shown: Text, _: Key) -> Any:
    """The page of the table that the controls ask for; another filter begins at page one."""
    if dash.ctx.triggered_id == "tokens-show":
        table = {**(table or {}), "page": 0}
    return parts.list_parts(house(), current_actor(), parts.query_of(table, shown))


@callback(
    Output(REPORT, "children"),
    Output("tokens-report-summary", "children"),
    Output("tokens-report-files", "children"),
    Input(PICKER, "value"),
    Input(REPORT, "query"),
    Input("tokens-tab", "value"),
    Input("tokens-changed", "data"),
    prevent_initial_call=True,
)
def show_report(
    value: PickedPeriod | None, table: TableQuery | None, _tab: Text, _changed: Key
) -> Any:
    """The report on the picked period, anew whenever it is opened."""
    stays = dash.ctx.triggered_id == REPORT
    page = (table or {}).get("page", 0) if stays else 0
    return parts.report_parts(house(), current_actor(), dict(value) if value else None, page)


# --- a new token ---------------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(SHEET), "children"),
    Output(ids.dialog(SHEET), "is_open"),
    Output(ids.dialog(SHEET), "keyboard"),
    Output(ids.dialog_confirm(SHEET), "hidden"),
    Output(ids.dialog_cancel(SHEET), "children"),
    Input("tokens-new", "n_clicks"),
    Input(TABLE, "event"),
    prevent_initial_call=True,
)
@needs("tokens.own")
def open_new(clicks: Clicks, event: Act | None) -> Any:
    """An empty form, from the head or from the empty list."""
    inside = dash.ctx.triggered_id == TABLE
    if not (event and event["name"] == listed.NEW_ACT if inside else clicks):
        return (no_update,) * 5
    return parts.form_for(current_actor()), True, True, False, "Cancel"


@callback(
    output={
        "errors": [Output(id, "children") for id in sheet.ERRORS],
        "message": Output(sheet.MESSAGE, "children"),
        "body": Output(ids.dialog_body(SHEET), "children", allow_duplicate=True),
        "is_open": Output(ids.dialog(SHEET), "is_open", allow_duplicate=True),
        "keyboard": Output(ids.dialog(SHEET), "keyboard", allow_duplicate=True),
        "confirm": Output(ids.dialog_confirm(SHEET), "hidden", allow_duplicate=True),
        "cancel": Output(ids.dialog_cancel(SHEET), "children", allow_duplicate=True),
        "changed": Output("tokens-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(SHEET), "n_clicks")},
    state={
        "values": {name: State(sheet.field_id(name), "value") for name in sheet.TYPED},
        "life": State(sheet.LIFE, "value"),
        "chosen": State({"type": sheet.MAY, "resource": ALL}, "value"),
        "href": State("_pages_location", "href"),
        "changed": State("tokens-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("tokens.own")
def generate(
    clicks: Clicks,
    values: FormValues,
    life: Text,
    chosen: list[Chosen],
    href: Text,
    changed: Key,
) -> dict[str, Any]:
    """Issue it and show the secret; what is refused stands beside its field."""
    if not clicks:
        return _left()
    actor = current_actor()
    try:
        wanted = read_token_request(sheet.request_of(values, life, chosen))
        issued = house().access.tokens.generate(actor, wanted)
    except WattboardError as error:
        words = refusals(error, sheet.FIELDS)
        return _left(errors=sheet.error_words(words), message=words.get(FORM, ""))
    address = sheet.address_of(href, house().settings.public_url or "http://localhost")
    body = sheet.secret_view(issued, actor.role, address, house().zone)
    # Opened once more: a sheet closed meanwhile would keep the secret out of sight.
    return _left(
        body=body, is_open=True, keyboard=False, confirm=True, cancel="Done", changed=changed + 1
    )


def _left(**said: Any) -> dict[str, Any]:
    """All outputs of the sheet, those not named left as they are."""
    names = ("message", "body", "is_open", "keyboard", "confirm", "cancel", "changed")
    usual: dict[str, Any] = dict.fromkeys(names, no_update)
    return {**usual, "errors": [no_update] * len(sheet.ERRORS), **said}


# A closed sheet holds nothing: neither a half-filled form nor a secret.
clientside_callback(
    ClientsideFunction("wattboard_tokens", "empty"),
    Output(ids.dialog_body(SHEET), "children", allow_duplicate=True),
    Input(ids.dialog(SHEET), "is_open"),
    prevent_initial_call=True,
)


# --- an end, and a second life -------------------------------------------------------------


@callback(
    Output(ids.dialog_body(REVOKE), "children"),
    Output(ids.dialog(REVOKE), "is_open"),
    Output(ids.dialog_body(ACTIVATE), "children"),
    Output(ids.dialog(ACTIVATE), "is_open"),
    Output("tokens-pending", "data"),
    Input(TABLE, "event"),
    prevent_initial_call=True,
)
@needs("tokens.own")
def open_act(event: Act | None) -> Any:
    """What revoking, or taking it back, will do."""
    if not event or event["name"] not in (listed.REVOKE_ACT, listed.ACTIVATE_ACT):
        return (no_update,) * 5
    actor = current_actor()
    token, seen = parts.find(house(), actor, event["value"]), parts.seen_by(house(), actor)
    pending = {"token_id": token.jti}
    if event["name"] == listed.REVOKE_ACT:
        return listed.revoke_content(token, seen), True, no_update, no_update, pending
    if not listed.may_be_activated(token, seen.now_ms):
        return (no_update,) * 5
    return no_update, no_update, listed.activate_content(token, seen), True, pending


@callback(
    Output(message_id("revoke"), "children"),
    Output(ids.dialog(REVOKE), "is_open", allow_duplicate=True),
    Output("tokens-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(REVOKE), "n_clicks"),
    State("tokens-pending", "data"),
    State("tokens-changed", "data"),
    prevent_initial_call=True,
)
@needs("tokens.own")
def revoke(clicks: Clicks, pending: PendingToken | None, changed: Key) -> Any:
    """End it at once."""
    if not clicks or not pending:
        return (no_update,) * 3
    try:
        token = house().access.tokens.revoke(current_actor(), None, pending["token_id"])
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Revoked", f"{token.name} is refused from now on.")
    return "", False, changed + 1


@callback(
    Output(message_id("activate"), "children"),
    Output(ids.dialog(ACTIVATE), "is_open", allow_duplicate=True),
    Output("tokens-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(ACTIVATE), "n_clicks"),
    State("tokens-pending", "data"),
    State("tokens-changed", "data"),
    prevent_initial_call=True,
)
@needs("tokens.own")
def activate(clicks: Clicks, pending: PendingToken | None, changed: Key) -> Any:
    """Let it count again until it expires."""
    if not clicks or not pending:
        return (no_update,) * 3
    try:
        token = house().access.tokens.save(current_actor(), None, pending["token_id"])
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Active again", f"{token.name} is accepted until it expires.")
    return "", False, changed + 1
