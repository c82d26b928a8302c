"""The section of feeds, for the page that has it, and its callbacks."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from dash import Input, Output, State, callback, dcc, html, no_update

from components import formats, ids
from components.buttons import button, confirm_dialog, form_dialog
from components.cards import card
from components.native import Events
from domain.access.current import current_actor
from domain.access.policy import Actor, needs
from domain.foundation.clock import real_now_ms
from domain.foundation.errors import InvalidInput, WattboardError
from domain.house import House, house
from domain.money.feed import QUANTITIES
from domain.money.feed_edits import READ, WRITE
from domain.money.feeds import Taken
from pages import _feeds_view as view
from pages._forms import form_answer, refusals, tell
from pages._values import Act, Clicks, EditedRow, FormValues, Key, Text, key_of

_VALUES = {name: State(view.field_id(name), "value") for name in view.FIELDS}


def feeds_section(now: House, actor: Actor) -> html.Div:
    """Every feed and how it fares, with its dialogs."""
    may = actor.may(WRITE)
    new = button("Feed", id="feeds-new", icon_name="plus", small=True)
    return html.Div(
        [
            dcc.Store(id=view.CHANGED, data=0),
            dcc.Store(id=view.PENDING),
            card(
                "Feeds",
                Events(id=view.LIST, children=list_children(now, actor)),
                fact="prices and carbon that change by the hour",
                actions=[new] if may else None,
            ),
            form_dialog(view.FORM, "Feed", act="Save feed"),
            confirm_dialog(view.DELETE, act="Delete feed", danger=True),
            form_dialog(view.UPLOAD, "Upload", act="Take values"),
        ],
        id="feeds",
    )


def list_children(now: House, actor: Actor) -> Any:
    """The list as it is now."""
    shown = view.Shown(
        now_ms=real_now_ms(),
        building_ms=now.clock.now_ms(),
        zone=now.zone,
        unit=formats.currency_unit(now.settings.currency),
        topic=_topic(now),
        may_write=actor.may(WRITE),
    )
    return view.feed_list(now.money.feeds.states(actor), shown)


def _topic(now: House) -> str:
    return f"{now.settings.topic_prefix}/{now.settings.site}/prices"


def _unit(quantity: str) -> str:
    currency = formats.currency_unit(house().settings.currency)
    return "g/kWh" if quantity == "carbon" else f"{currency}/kWh"


@callback(
    Output(view.LIST, "children"),
    Input(view.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(READ)
def renew_feeds(_: Key | None) -> Any:
    """The list, after something was done."""
    return list_children(house(), current_actor())


@callback(
    Output(ids.dialog_body(view.FORM), "children"),
    Output(ids.dialog(view.FORM), "is_open"),
    Output(view.PENDING, "data"),
    Input("feeds-new", "n_clicks"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_new_feed(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return (no_update,) * 3
    sensors = house().money.feeds.sensors("import_price")
    return view.feed_form(None, sensors, _topic(house())), True, None


@callback(
    Output(view.field_id("sensor_id"), "options"),
    Input(view.field_id("quantity"), "value"),
    prevent_initial_call=True,
)
@needs(WRITE)
def offer_sensors(quantity: Text) -> Any:
    """The sensors that measure the chosen quantity."""
    if quantity not in QUANTITIES:
        return no_update
    found = house().money.feeds.sensors(quantity)
    return [{"value": sensor_id, "label": sensor_id} for sensor_id in found]


@callback(
    output={
        "form": Output(ids.dialog_body(view.FORM), "children", allow_duplicate=True),
        "form_open": Output(ids.dialog(view.FORM), "is_open", allow_duplicate=True),
        "ask": Output(ids.dialog_body(view.DELETE), "children"),
        "ask_open": Output(ids.dialog(view.DELETE), "is_open"),
        "upload": Output(ids.dialog_body(view.UPLOAD), "children"),
        "upload_open": Output(ids.dialog(view.UPLOAD), "is_open"),
        "pending": Output(view.PENDING, "data", allow_duplicate=True),
        "changed": Output(view.CHANGED, "data", allow_duplicate=True),
    },
    inputs={"event": Input(view.LIST, "event")},
    state={"changed": State(view.CHANGED, "data")},
    prevent_initial_call=True,
)
@needs(WRITE)
def act_on_feed(event: Act | None, changed: Key | None) -> dict[str, Any]:
    """Edit, upload, fetch, or ask before deleting."""
    said: dict[str, Any] = dict.fromkeys(
        ("form", "form_open", "ask", "ask_open", "upload", "upload_open", "pending", "changed"),
        no_update,
    )
    feed_id = key_of(event)
    if event is None or feed_id is None:
        return said
    feeds, actor = house().money.feeds, current_actor()
    feed = feeds.get(actor, feed_id)
    said["pending"] = {"id": feed.feed_id, "version": feed.version}
    match event["name"]:
        case "edit":
            body = view.feed_form(feed, feeds.sensors(feed.quantity), _topic(house()))
            said |= {"form": body, "form_open": True}
        case "delete":
            said |= {"ask": view.delete_form(feed), "ask_open": True}
        case "upload":
            said |= {"upload": view.upload_form(feed), "upload_open": True}
        case "fetch":
            said["changed"] = (changed or 0) + 1
            _fetch(actor, feed_id)
    return said


def _fetch(actor: Actor, feed_id: int) -> None:
    try:
        state = house().money.feeds.fetch_now(actor, feed_id)
    except WattboardError as error:
        tell("Not fetched", error.message, tone="fault")
        return
    if state.error:
        tell("Not fetched", state.error, tone="fault")
    else:
        tell("Fetched", view.reach_words(state, house().zone))


@callback(
    output={
        "errors": [
            Output(ids.field_error(view.field_id(name)), "children") for name in view.FIELDS
        ],
        "message": Output(view.MESSAGE, "children"),
        "is_open": Output(ids.dialog(view.FORM), "is_open", allow_duplicate=True),
        "changed": Output(view.CHANGED, "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(view.FORM), "n_clicks")},
    state={
        "values": _VALUES,
        "pending": State(view.PENDING, "data"),
        "changed": State(view.CHANGED, "data"),
    },
    prevent_initial_call=True,
)
@needs(WRITE)
def save_feed(
    clicks: Clicks, values: FormValues, pending: EditedRow | None, changed: Key | None
) -> dict[str, Any]:
    """Keep the feed; what is refused stands beside its field."""
    if not clicks:
        return _saved({})
    feeds, actor = house().money.feeds, current_actor()
    try:
        if pending:
            feeds.change(actor, pending["id"], values, pending["version"])
        else:
            feeds.create(actor, values)
    except WattboardError as error:
        return _saved(refusals(error, view.FIELDS))
    tell("Feed saved", str(values.get("name")))
    return _saved({}, False, (changed or 0) + 1)


def _saved(
    words: dict[str, str], is_open: Any = no_update, changed: Any = no_update
) -> dict[str, Any]:
    return form_answer(words, view.FIELDS, is_open=is_open, changed=changed)


@callback(
    Output(view.TRIED, "children"),
    Input(view.TRY, "n_clicks"),
    State(view.field_id("quantity"), "value"),
    State(view.field_id("url"), "value"),
    prevent_initial_call=True,
)
@needs(WRITE)
def try_address(clicks: Clicks, quantity: Text, url: Text) -> Any:
    """What the address gives now."""
    if not clicks:
        return no_update
    try:
        read = house().money.feeds.try_address(current_actor(), quantity, url)
    except WattboardError as error:
        return view.refused_words(_said(error))
    return view.read_facts(read, _unit(quantity or ""), house().zone)


@callback(
    Output(view.FILE_SAYS, "children"),
    Input(view.FILE, "contents"),
    State(view.FILE, "filename"),
    State(view.PENDING, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def look_into_file(contents: Text, name: Text, pending: EditedRow | None) -> Any:
    """What the file holds, before anything of it is kept."""
    if not contents or not pending:
        return no_update
    feeds, actor = house().money.feeds, current_actor()
    try:
        feed = feeds.get(actor, pending["id"])
        read = feeds.read_file(actor, feed.feed_id, _bytes_of(contents))
    except WattboardError as error:
        return view.refused_words(_said(error))
    return view.read_facts(read, _unit(feed.quantity), house().zone, name)


@callback(
    Output(view.FILE_SAYS, "children", allow_duplicate=True),
    Output(ids.dialog(view.UPLOAD), "is_open", allow_duplicate=True),
    Output(view.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(view.UPLOAD), "n_clicks"),
    State(view.FILE, "contents"),
    State(view.PENDING, "data"),
    State(view.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def take_file(
    clicks: Clicks, contents: Text, pending: EditedRow | None, changed: Key | None
) -> Any:
    """Keep what the file holds."""
    if not clicks or not pending:
        return (no_update,) * 3
    if not contents:
        return view.refused_words("Choose a file first."), no_update, no_update
    try:
        body = _bytes_of(contents)
        taken = house().money.feeds.upload(current_actor(), pending["id"], body)
    except WattboardError as error:
        return view.refused_words(_said(error)), no_update, no_update
    tell("Values taken", _taken_words(taken))
    return "", False, (changed or 0) + 1


def _taken_words(taken: Taken) -> str:
    return f"{taken.changed:,} new or changed, {taken.same:,} as before"


def _bytes_of(contents: str) -> bytes:
    """A file as the browser sends it: `data:text/csv;base64,…`. Raises InvalidInput."""
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("The file did not arrive whole.") from error


def _said(error: WattboardError) -> str:
    """Its words; a refused address is told by its field."""
    words = refusals(error, ("url",))
    return words.get("url") or error.message


@callback(
    Output(ids.dialog(view.DELETE), "is_open", allow_duplicate=True),
    Output(view.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(view.DELETE), "n_clicks"),
    State(view.PENDING, "data"),
    State(view.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def delete_feed(clicks: Clicks, pending: EditedRow | None, changed: Key | None) -> Any:
    """Delete it, unless somebody uses it."""
    if not clicks or not pending:
        return no_update, no_update
    try:
        house().money.feeds.delete(current_actor(), pending["id"], pending["version"])
    except WattboardError as error:
        tell("Not deleted", error.message, tone="fault")
        return False, no_update
    tell("Feed deleted")
    return False, (changed or 0) + 1
