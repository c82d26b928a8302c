"""The callbacks of the Notifications tab of pages/events.py."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _events_channels as channels
from pages import _events_page as parts
from pages._forms import FORM, form_answer, refusals, tell
from pages._values import Act, Clicks, ListValues, PendingChannel, Text, key_of

READ = "events.view"
_VALUES = {name: State(channels.field_id(name), "value") for name in channels.FIELDS}
_SHOWN = channels.FIELDS[:-1]
_COLUMN_OF = {"delay": "delay_s", "digest": "digest_s", "escalation": "escalation_s"}


@callback(
    Output(ids.dialog_body(channels.CHANNEL), "children"),
    Output(ids.dialog(channels.CHANNEL), "is_open"),
    Output("events-pending", "data", allow_duplicate=True),
    Input("events-channel-new", "n_clicks"),
    prevent_initial_call=True,
)
@needs(READ)
def open_new(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return (no_update,) * 3
    return channels.channel_form(None, parts.rooms(house())), True, {}


@callback(
    Output(ids.dialog_body(channels.CHANNEL), "children", allow_duplicate=True),
    Output(ids.dialog(channels.CHANNEL), "is_open", allow_duplicate=True),
    Output("events-pending", "data", allow_duplicate=True),
    Output(ids.dialog_body(channels.DELETE), "children"),
    Output(ids.dialog(channels.DELETE), "is_open"),
    Output("events-other", "children", allow_duplicate=True),
    Input(channels.TABLE, "event"),
    prevent_initial_call=True,
)
@needs(READ)
def act_on_channel(event: Act | None) -> Any:
    """Edit, send a test, or ask before deleting."""
    nothing = [no_update] * 6
    channel_id = key_of(event)
    if event is None or channel_id is None:
        return nothing
    actor, own = current_actor(), house().alarms.channels
    found = next((c for c in own.all(actor) if c.channel_id == channel_id), None)
    if found is None:
        return nothing
    pending = {"channel": found.channel_id, "version": found.version}
    if event["name"] == "test":
        own.test(actor, found.channel_id)
        tell("A test is on its way", "The list of sent messages says what became of it")
        return [*nothing[:5], parts.other_part(house(), actor, "notifications")]
    if event["name"] == "delete":
        return [*nothing[:2], pending, channels.delete_form(found), True, no_update]
    form = channels.channel_form(
        found,
        parts.rooms(house()),
        own.key(actor, found),
        key_is_lost=own.needs_key(found),
    )
    return [form, True, pending, *nothing[3:]]


@callback(
    output={
        "errors": [Output(ids.field_error(channels.field_id(name)), "children") for name in _SHOWN],
        "message": Output(channels.MESSAGE, "children"),
        "is_open": Output(ids.dialog(channels.CHANNEL), "is_open", allow_duplicate=True),
        "table": Output("events-other", "children", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(channels.CHANNEL), "n_clicks")},
    state={"values": _VALUES, "pending": State("events-pending", "data")},
    prevent_initial_call=True,
)
@needs(READ)
def save_channel(
    clicks: Clicks, values: ListValues, pending: PendingChannel | None
) -> dict[str, Any]:
    """Keep the channel; what is refused stands beside its field."""
    if not clicks:
        return _saved({})
    actor, own = current_actor(), house().alarms.channels
    fields = channels.fields_of(values)
    try:
        if pending and "channel" in pending:
            own.update(actor, pending["channel"], fields, pending.get("version", 0))
        else:
            own.create(actor, fields)
    except WattboardError as error:
        columns = [_COLUMN_OF.get(name, name) for name in _SHOWN]
        return _saved(refusals(error, columns))
    tell("Channel saved", str(values.get("name")))
    return _saved({}, False, parts.other_part(house(), actor, "notifications"))


def _saved(
    words: dict[str, str], is_open: Any = no_update, table: Any = no_update
) -> dict[str, Any]:
    columns = [_COLUMN_OF.get(name, name) for name in _SHOWN]
    return form_answer(words, columns, is_open=is_open, table=table)


@callback(
    Output(ids.dialog(channels.DELETE), "is_open", allow_duplicate=True),
    Output("events-other", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(channels.DELETE), "n_clicks"),
    State("events-pending", "data"),
    prevent_initial_call=True,
)
@needs(READ)
def delete_channel(clicks: Clicks, pending: PendingChannel | None) -> Any:
    """Delete it."""
    if not clicks or not pending or "channel" not in pending:
        return no_update, no_update
    actor = current_actor()
    house().alarms.channels.delete(actor, pending["channel"])
    return False, parts.other_part(house(), actor, "notifications")


@callback(
    Output("events-log", "children"),
    Input("events-log-refresh", "n_clicks"),
    prevent_initial_call=True,
)
@needs(READ)
def refresh_log(clicks: Clicks) -> Any:
    """What became of the messages by now."""
    if not clicks:
        return no_update
    return channels.log_card(house().alarms.channels.log(current_actor()), house().zone)


@callback(
    Output("events-hosts-message", "children"),
    Output(channels.HOSTS, "value"),
    Input("events-hosts-save", "n_clicks"),
    State(channels.HOSTS, "value"),
    prevent_initial_call=True,
)
@needs("users.manage")
def save_hosts(clicks: Clicks, text: Text) -> Any:
    """Which hosts inside the network webhooks may reach."""
    if not clicks:
        return no_update, no_update
    try:
        kept = house().alarms.channels.allow_hosts(current_actor(), (text or "").split())
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update
    tell("Hosts saved", f"{len(kept)} allowed")
    return "", "\n".join(kept)
