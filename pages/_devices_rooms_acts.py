"""The callbacks that lock a whole room out and unlock it."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.control.model import DeviceNow
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _devices_rooms as rooms
from pages._devices_acts import minutes
from pages._devices_page import ACTS, CHANGED, ROOM_NEWS, ROOM_PART, room_children
from pages._devices_rooms import LOCK_ROOM
from pages._forms import FORM, refusals, tell
from pages._values import Act, Clicks, Key, Text, key_of

CONTROL = "iot.control"


@callback(
    Output(ids.dialog_body(LOCK_ROOM), "children"),
    Output(ids.dialog(LOCK_ROOM), "is_open"),
    Output(CHANGED, "data", allow_duplicate=True),
    Input(ACTS, "event"),
    State(CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def act(event: Act | None, changed: Key) -> Any:
    """Ask how long and why; unlock at once."""
    room_id = key_of(event)
    if event is None or room_id is None or event["name"] not in ("lock-room", "unlock-room"):
        return (no_update,) * 3
    found, actor = house(), current_actor()
    room = found.building.room(room_id)
    if event["name"] == "lock-room":
        return rooms.lock_room_form(room.name, room_id, _members(room_id)), True, no_update
    ended = found.control.unlock(actor, found.control.devices_in(room_id))
    tell("Unlocked", f"{room.name}: {rooms.many(ended)}")
    return no_update, no_update, changed + 1


@callback(
    Output(rooms.MESSAGE, "children"),
    Output(ids.dialog(LOCK_ROOM), "is_open", allow_duplicate=True),
    Output(CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(LOCK_ROOM), "n_clicks"),
    State(rooms.ROOM, "data"),
    State(rooms.REASON, "value"),
    State(rooms.LASTS, "value"),
    State(CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def lock_out(clicks: Clicks, room_id: Key | None, reason: Text, lasts: Text, changed: Key) -> Any:
    """Lock every device of the room out, all of them or none."""
    if not clicks or room_id is None:
        return (no_update,) * 3
    control = house().control
    try:
        listed = control.devices_in(room_id)
        count = control.lock_out(current_actor(), listed, minutes(lasts), reason or "")
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update, no_update
    tell("Locked out", f"{house().building.room(room_id).name}: {rooms.many(count)}")
    return "", False, changed + 1


@callback(
    Output(ROOM_PART, "children"),
    Input(ROOM_NEWS, "data"),
    State("room-id", "data"),
    prevent_initial_call=True,
)
@needs("iot.view")
def renew(_: float | None, room_id: Key | None) -> Any:
    """The devices on a room's page after news of one."""
    if room_id is None:
        return no_update
    return room_children(house(), current_actor(), room_id)


def _members(room_id: int) -> list[DeviceNow]:
    listed = house().control.devices(current_actor())
    return [now for now in listed if now.device.room_id == room_id]
