"""Events: what happened, what needs acknowledging; rules; notifications."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from components.events import BELL, NEWS
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _events_page as parts
from pages import _events_view as view
from pages._forms import tell
from pages._values import Act, Clicks, Key, TableQuery, Text, key_of

dash.register_page(
    __name__,
    path="/events",
    title="Events · Wattboard",
    name="Events",
    order=60,
    permission="events.view",
)

News = float | None
"""When something happened last, as assets/events.js heard it."""
_CONTROLS = {name: Input(f"events-{name}", "value") for name in parts.FILTERS}
_STATE = {name: State(f"events-{name}", "value") for name in parts.FILTERS}
_CONTROL_IDS = frozenset(f"events-{name}" for name in parts.FILTERS)


def layout(tab: str = "events", page: str = "1", **address: object) -> Any:
    """The list that the address asks for: tab, state, severity, service, room, period, sort."""
    chosen = {name: str(address[name]) for name in parts.FILTERS if address.get(name)}
    return parts.events_page(house(), current_actor(), tab, chosen, view.page_of(page))


@callback(
    Output(BELL, "children"),
    Input(NEWS, "data"),
    prevent_initial_call=True,
)
def renew_bell(_: News) -> Any:
    """The bell of every page, when something happened."""
    return parts.bell(house(), current_actor())


@callback(
    output={
        "items": Output(parts.LIST, "children"),
        "query": Output(parts.LIST, "query"),
        "facts": Output("events-facts", "children"),
        "files": Output(parts.FILES, "children"),
        "search": Output(parts.URL, "search"),
    },
    inputs={
        "chosen": _CONTROLS,
        "table": Input(parts.LIST, "query"),
        "news": Input(NEWS, "data"),
        "changed": Input("events-changed", "data"),
    },
    state={"tab": State("events-tab", "value")},
    prevent_initial_call=True,
)
def list_events(
    chosen: dict[str, Text], table: TableQuery | None, news: News, changed: int | None, tab: Text
) -> dict[str, Any]:
    """The list for the controls, anew when something happened; another filter begins it anew."""
    actor = current_actor()
    page = 0 if dash.ctx.triggered_id in _CONTROL_IDS else (table or {}).get("page") or 0
    listed = parts.list_children(house(), actor, chosen, page)
    return {
        "items": listed.children,
        "query": {"page": listed.page},
        "facts": parts.facts(house(), actor),
        "files": parts.files(actor, chosen),
        "search": view.address_of(chosen, listed.page, tab or "events"),
    }


@callback(
    Output("events-part", "hidden"),
    Output("events-other", "children"),
    Output("events-rule-head", "hidden"),
    Output("events-channel-head", "hidden"),
    Output(parts.URL, "search", allow_duplicate=True),
    inputs={"tab": Input("events-tab", "value")},
    state={"chosen": _STATE, "table": State(parts.LIST, "query")},
    prevent_initial_call=True,
)
def switch_tab(tab: Text, chosen: dict[str, Text], table: TableQuery | None) -> Any:
    """Events, rules or notifications."""
    shown = tab or "events"
    other = parts.other_part(house(), current_actor(), shown)
    search = view.address_of(chosen, (table or {}).get("page") or 0, shown)
    return shown != "events", other, shown != "rules", shown != "notifications", search


@callback(
    Output(ids.dialog_body(view.ACKNOWLEDGE), "children"),
    Output(ids.dialog(view.ACKNOWLEDGE), "is_open"),
    Output(ids.dialog_body(view.DETAIL), "children"),
    Output(ids.dialog(view.DETAIL), "is_open"),
    Output("events-pending", "data"),
    Input(parts.LIST, "event"),
    prevent_initial_call=True,
)
def open_event(event: Act | None) -> Any:
    """The dialog to acknowledge, or everything about one event."""
    event_id = key_of(event)
    if event is None or event_id is None:
        return (no_update,) * 5
    actor = current_actor()
    found = house().alarms.event(actor, event_id)
    may_act = actor.may("events.acknowledge")
    if event["name"] == "acknowledge" and may_act:
        body = view.acknowledge_form(found.event)
        return body, True, no_update, no_update, event_id
    names = {m.sensor_id: _name(m.sensor_id) for m in found.members[: view.MEMBERS_SHOWN]}
    body = view.detail(found, names, house().clock.now_ms(), house().zone, may_act)
    return no_update, no_update, body, True, event_id


def _name(sensor_id: str) -> str:
    try:
        return house().building.sensor(sensor_id).name
    except WattboardError:
        return sensor_id


@callback(
    Output("event-acknowledge-message", "children"),
    Output(ids.dialog(view.ACKNOWLEDGE), "is_open", allow_duplicate=True),
    Output("events-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(view.ACKNOWLEDGE), "n_clicks"),
    State("events-pending", "data"),
    State(view.COMMENT, "value"),
    State("events-changed", "data"),
    prevent_initial_call=True,
)
@needs("events.acknowledge")
def acknowledge(clicks: Clicks, event_id: Key | None, comment: Text, changed: int | None) -> Any:
    """Take note of it."""
    if not clicks or event_id is None:
        return (no_update,) * 3
    try:
        done = house().alarms.acknowledge(current_actor(), event_id, comment or "")
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Acknowledged", done.cause)
    return "", False, (changed or 0) + 1


@callback(
    Output("event-detail-message", "children"),
    Output(ids.dialog(view.DETAIL), "is_open", allow_duplicate=True),
    Output("events-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(view.DETAIL), "n_clicks"),
    State("events-pending", "data"),
    State(view.DETAIL_COMMENT, "value"),
    State(view.SILENCE, "value"),
    State("events-changed", "data"),
    prevent_initial_call=True,
)
@needs("events.acknowledge")
def save_detail(
    clicks: Clicks, event_id: Key | None, comment: Text, silence: Text, changed: int | None
) -> Any:
    """Add the comment, then silence or let ring."""
    if not clicks or event_id is None:
        return (no_update,) * 3
    alarms, actor = house().alarms, current_actor()
    try:
        if comment and comment.strip():
            alarms.comment(actor, event_id, comment)
        if silence and silence in view.SILENCES:
            until_ms = house().clock.now_ms() + view.SILENCES[silence][1]
            alarms.silence(actor, event_id, until_ms)
        elif silence == view.RING:
            alarms.silence(actor, event_id, None)
    except WattboardError as error:
        return error.message, no_update, no_update
    return "", False, (changed or 0) + 1


# The callbacks of the other two tabs are of this page too.
from pages import _events_channel_acts, _events_rule_acts  # noqa: E402, F401
