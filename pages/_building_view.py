"""How the building's own settings look on the Admin page: its name, and the band rooms follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.buttons import button
from components.cards import card, grid
from components.forms import form, text_field
from components.states import empty
from domain.building.comfort import COMFORT_FIELDS, Comfort, as_dict
from domain.building.model import BuildingSettings, Room
from pages._room_forms import LIMIT_FIELDS, limit_field, limit_words

SAVE, MESSAGE, VERSION = "admin-building-save", "admin-building-message", "admin-building-version"
FIELDS = ("name", *LIMIT_FIELDS)


def input_id(name: str) -> str:
    """Dash id of a field's input."""
    return f"building-{name}"


def building_part(settings: BuildingSettings, rooms: Sequence[Room]) -> html.Div:
    """The form, and beside it which rooms its band holds for."""
    return grid(_settings_card(settings), _rooms_card(rooms, settings.comfort), columns="main-side")


def _settings_card(settings: BuildingSettings) -> html.Section:
    usual, present = as_dict(Comfort()), as_dict(settings.comfort)
    limits = [
        limit_field(input_id(name), name, present[name], f"Usual: {limit_words(name, usual[name])}")
        for name in LIMIT_FIELDS
    ]
    return card(
        "Building",
        dcc.Store(id=VERSION, data=settings.version),
        html.Div(
            [
                form(text_field(input_id("name"), "Name", value=settings.name, max_length=60)),
                html.Div(
                    [
                        html.H3("Comfort band", className="wb-form-part"),
                        html.P(
                            "A limit holds in every room that does not set its own. "
                            "Empty is the usual value.",
                            className="wb-hint",
                        ),
                    ]
                ),
                form(*limits, columns=2, message_id=MESSAGE),
                html.Div(button("Save building", id=SAVE, kind="primary")),
            ],
            className="wb-stack",
        ),
    )


def _rooms_card(rooms: Sequence[Room], band: Comfort) -> html.Section:
    if not rooms:
        words = "Rooms that are added follow the band until they set limits of their own."
        return card("Rooms", empty("No rooms yet", words, icon_name="room"))
    own = [
        html.Li([_link(room), html.Div(_own_words(room, band), className="wb-hint")])
        for room in rooms
        if room.own_comfort
    ]
    said = html.P(following_words(rooms))
    if not own:
        return card("Rooms", said)
    others = html.Div(
        [
            html.H3("Limits of their own", className="wb-form-part"),
            html.Ul(own, className="wb-list"),
        ]
    )
    return card("Rooms", html.Div([said, others], className="wb-stack"))


def following_words(rooms: Sequence[Room]) -> str:
    """`8 of 12 rooms follow the whole band`."""
    count, follow = len(rooms), sum(not room.own_comfort for room in rooms)
    if follow == count:
        return "The one room follows it" if count == 1 else f"All {count} rooms follow it"
    verb = "follows" if follow == 1 else "follow"
    return f"{follow} of {count} {'room' if count == 1 else 'rooms'} {verb} the whole band"


def _link(room: Room) -> dcc.Link:
    return dcc.Link(room.name, href=f"/rooms/{room.room_id}")


def _own_words(room: Room, band: Comfort) -> str:
    """Where the room differs from the band; one that sets the same values keeps them for itself."""
    usual = as_dict(band)
    differing = [
        f"{COMFORT_FIELDS[name][0]} {limit_words(name, room.own_comfort[name])}"
        for name in LIMIT_FIELDS
        if room.own_comfort.get(name, usual[name]) != usual[name]
    ]
    return ", ".join(differing) or "Set for the room, now the same as the band"


def fields_of(values: Mapping[str, Any]) -> dict[str, object]:
    """A form's values as the use case takes them; a usual limit is none of the building's own."""
    usual = as_dict(Comfort())
    limits = {name: values.get(name) for name in LIMIT_FIELDS}
    return {
        "name": values.get("name") or "",
        "comfort": {
            name: None if value == usual[name] else value for name, value in limits.items()
        },
    }
