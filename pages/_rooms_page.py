"""Puts the rooms pages together from the house: the list panel, and one room beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from components import formats
from components.buttons import button, confirm_dialog, form_dialog, icon_button
from components.cards import card, page_head
from components.files import csv_links
from components.forms import search_field, select
from domain.access.policy import Actor
from domain.building.model import RoomLive, SensorQuery
from domain.building.room_history import level_of, room_energy, room_history, same_time_before
from domain.foundation.errors import Unknown
from domain.house import House
from pages import _room_forms, _room_view, _rooms_view, _sensors_view
from pages._devices_page import room_devices
from pages._period import download_search, picker, search_of, spans_of
from pages._room_climate_page import climate_section
from pages._room_view import RoomPeriod
from pages._rooms_view import ALL, ListQuery, Shown

EDIT_DIALOG = "room-edit"
DELETE_DIALOG = "room-delete"
BAND_ICON = "settings"


def rooms_page(house: House, actor: Actor, room_key: str | None, value: Mapping[str, Any]) -> Any:
    """The list alone, or beside one room; below 1200 px the room has the page to itself."""
    try:
        room_id = house.building.room(room_key).room_id if room_key else None
    except Unknown:
        return html.Div(_room_view.no_room(room_key), className="wb-page")
    detail = room_detail(house, actor, room_id, dict(value)) if room_id is not None else []
    search = search_of(spans_of(house, dict(value)).choice) if room_id is not None else ""
    return html.Div(
        [
            dcc.Location(id="rooms-go", refresh="callback-nav"),
            dcc.Location(id="room-url", refresh=False),
            dcc.Store(id="rooms-changed", data=0),
            dcc.Store(id="room-id", data=room_id),
            html.Div(list_panel(house, actor, room_id, search), className="wb-rooms-list"),
            html.Div(detail, id="room-detail", className="wb-rooms-detail"),
            form_dialog(EDIT_DIALOG, "Room", act="Save room"),
            confirm_dialog(DELETE_DIALOG, "Delete room", act="Delete room", danger=True),
        ],
        className="wb-page wb-rooms wb-rooms-split" if room_id is not None else "wb-page wb-rooms",
    )


def list_panel(house: House, actor: Actor, selected: int | None, search: str) -> list[Any]:
    """Head, controls and cards of the list."""
    rooms = house.building.live_rooms()
    add = button("Room", id="rooms-add", kind="primary", icon_name="plus")
    shown = _shown(house, actor, selected, search)
    listed = (
        _rooms_view.room_list(rooms, ListQuery(), shown)
        if rooms
        else [_rooms_view.no_rooms(actor.may("rooms.create"))]
    )
    return [
        page_head(
            "Rooms",
            facts=html.Span(_rooms_view.list_facts(rooms), id="rooms-facts"),
            actions=[add] if actor.may("rooms.create") else [],
        ),
        html.Div(
            [
                search_field("rooms-text", placeholder="Room"),
                select("rooms-floor", _rooms_view.floor_options(house.building.rooms()), value=ALL),
                select("rooms-state", list(_rooms_view.FILTER_WORDS.items()), value=ALL),
                select("rooms-sort", list(_rooms_view.SORT_WORDS.items()), value="floor"),
            ],
            className="wb-toolbar",
        ),
        html.Div(listed, id="rooms-list"),
    ]


def listed_rooms(
    house: House, actor: Actor, query: ListQuery, selected: int | None, search: str = ""
) -> tuple[list[Any], str]:
    """Cards and facts for the controls as they stand."""
    rooms = house.building.live_rooms()
    if not rooms:
        return [_rooms_view.no_rooms(actor.may("rooms.create"))], "none yet"
    shown = _shown(house, actor, selected, search)
    cards = _rooms_view.room_list(_rooms_view.matching(rooms, query), query, shown)
    return cards, _rooms_view.list_facts(rooms)


def _shown(house: House, actor: Actor, selected: int | None, search: str) -> Shown:
    automatic = house.climate.automatic_rooms(actor)
    return Shown(house.clock.now_ms(), house.zone, selected, search, automatic)


def room_detail(house: House, actor: Actor, room_id: int, value: Mapping[str, object]) -> list[Any]:
    """One room: head, period, climate, sensors, comfort limits. Raises Unknown."""
    live = house.building.room_live(room_id)
    return [
        dcc.Link("All rooms", href="/rooms", className="wb-back"),
        _head(actor, live),
        html.Div(picker(house, "room-picker", value), className="wb-toolbar"),
        html.Div(
            period_part(house, actor, live, value),
            id="room-period",
            className="wb-stack",
        ),
        climate_section(house, actor, room_id),
        _sensors(house, room_id),
        room_devices(house, actor, room_id),
        _comfort(actor, live),
    ]


def _head(actor: Actor, live: RoomLive) -> Any:
    actions: list[Any] = []
    if actor.may("rooms.update"):
        actions.append(button("Edit", id="room-edit-open", icon_name="edit"))
    if actor.may("rooms.delete"):
        actions.append(icon_button("delete", "Delete room", id="room-delete-open"))
    words = _room_view.room_facts(live.room, _rooms_view.floor_title(live.room.floor))
    facts = [_rooms_view.chip_of(live), html.Span(words)]
    return page_head(live.room.name, facts=facts, actions=actions, level=2)


def period_part(
    house: House, actor: Actor, live: RoomLive, value: Mapping[str, object]
) -> list[Any]:
    """Everything that the period picker drives."""
    shown = period_of(house, actor, live, value)
    files: list[Any] = []
    if actor.may("export"):
        search = download_search(shown.spans, level_of(shown.spans.period))
        what, path = f"Readings of {live.room.name}", f"/download/rooms/{live.room.room_id}.csv"
        files = csv_links(what, path, search)
    return _room_view.period_part(shown, files)


def period_of(
    house: House, actor: Actor, live: RoomLive, value: Mapping[str, object]
) -> RoomPeriod:
    """What the period part shows, from the house."""
    building, telemetry, now_ms = house.building, house.telemetry, house.clock.now_ms()
    room_id, spans = live.room.room_id, spans_of(house, value)
    so_far, before = same_time_before(spans.period, spans.before, now_ms, house.zone)
    compare = spans.choice.compare
    costs = house.money.costs.of(so_far) if actor.may("analytics.view") else None
    return RoomPeriod(
        live=live,
        now=room_history(building, telemetry, room_id, spans.period, now_ms),
        so_far=room_energy(building, telemetry, room_id, so_far),
        before_so_far=room_energy(building, telemetry, room_id, before),
        compared=room_history(building, telemetry, room_id, spans.before, now_ms)
        if compare
        else None,
        spans=spans,
        now_ms=now_ms,
        zone=house.zone,
        share=house.money.costs.room(room_id, costs) if costs else None,
        co2_assumed=costs is not None and costs.totals.co2_assumed,
        unit=formats.currency_unit(house.settings.currency) if costs else "",
    )


def _sensors(house: House, room_id: int) -> Any:
    page = house.building.sensors(SensorQuery(room_id=room_id, page_size=100))
    ids = [row.sensor.sensor_id for row in page.rows]
    findings = house.telemetry.quality(ids)
    rows = _sensors_view.room_rows(page.rows, findings, house.clock.now_ms(), house.zone)
    return _room_view.sensors_card(rows)


def _comfort(actor: Actor, live: RoomLive) -> Any:
    change = button("Change limits", id="room-band-open", small=True, icon_name="edit")
    return card(
        "Comfort limits",
        _room_forms.comfort_facts(live.room),
        actions=change if actor.may("comfort.update") else None,
    )
