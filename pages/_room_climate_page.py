"""Puts the climate of a room's page together from the house."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.buttons import confirm_dialog, form_dialog
from components.files import csv_links
from components.marks import data
from domain.access.policy import Actor
from domain.climate.model import BUILDING
from domain.climate.service import CONTROL, VIEW, WRITE
from domain.house import House
from pages import _room_climate_forms as forms
from pages._room_climate_view import SHOWN_DECISIONS, ClimateView, climate_card

SECTION, CHANGED, NEWS = "room-climate", "room-climate-changed", "wb-climate-news"
SWITCH_TO = "room-climate-switch-to"
"""`NEWS` is a store that assets/climate.js writes to when the room or its commands have news."""


def climate_section(house: House, actor: Actor, room_id: int) -> Any:
    """The card with its dialogs; it stays while what it shows is drawn anew."""
    return html.Div(
        [
            dcc.Store(id=NEWS),
            dcc.Store(id=CHANGED, data=0),
            dcc.Store(id=SWITCH_TO),
            html.Div(card_of(house, actor, room_id), id=SECTION),
            *_dialogs(actor),
        ],
        className="wb-room-climate",
        **data(live_watch=f"command/news room/{room_id}/temperature", news=NEWS, room=room_id),
    )


def card_of(house: House, actor: Actor, room_id: int) -> Any:
    """The card as it is now. Raises Unknown."""
    look = house.climate.look(actor, room_id)
    looks = actor.may(VIEW)
    log = house.climate.decisions(actor, room_id, SHOWN_DECISIONS) if looks else []
    files: list[Any] = []
    if log and actor.may("export"):
        path = f"/download/rooms/{room_id}/climate.csv"
        files = csv_links(f"Climate decisions of {look.room.name}", path, "?")
    shown = ClimateView(
        look=look,
        devices=house.climate.acting(room_id) if looks else (),
        holdings=house.control.holdings(actor, house.clock.now_ms()) if looks else {},
        log=log,
        stop=house.control.stopped(),
        now_ms=house.clock.now_ms(),
        zone=house.zone,
        may_edit=actor.may(WRITE),
        may_switch=actor.may(CONTROL),
        files=files,
    )
    return climate_card(shown)


def week_body(house: House, actor: Actor, room_id: int) -> list[Any]:
    """The form of a room's week, or the building's. Raises NotAllowed, Unknown."""
    name = "" if room_id == BUILDING else house.building.room(room_id).name
    found = house.climate.week(actor, room_id)
    return forms.week_form(room_id, name, found, sources(house, actor, room_id))


def sources(house: House, actor: Actor, room_id: int) -> dict[int, str]:
    """Weeks that one may be copied from: the building's, and those of rooms that have their own."""
    known = house.climate.weeks(actor)
    rooms = {room.room_id: room.name for room in house.building.rooms()}
    listed = {BUILDING: "The building's week"} if BUILDING in known else {}
    listed |= {key: rooms[key] for key in known if key in rooms}
    return {key: words for key, words in listed.items() if key != room_id}


def _dialogs(actor: Actor) -> list[Any]:
    shown: list[Any] = []
    if actor.may(WRITE):
        shown.append(form_dialog(forms.WEEK, "Week", act="Save week"))
    if actor.may(CONTROL):
        shown.append(confirm_dialog(forms.SWITCH, act="Turn on"))
    return shown
