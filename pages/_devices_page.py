"""Puts the Devices pages together from the house."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash import dcc, html

from components import figures, formats
from components.buttons import button, confirm_dialog, form_dialog
from components.cards import card, grid, page_head
from components.charts import strip_chart
from components.devices import DEVICE_NEWS, NEWS, device_card
from components.forms import search_field, select
from components.marks import data
from components.native import Events
from components.states import empty
from domain.access.policy import Actor
from domain.control.history import CommandQuery, Former
from domain.control.model import DeviceNow
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.house import House
from pages import _devices_edit as edit
from pages import _devices_forms as forms
from pages import _devices_history as history
from pages import _devices_rooms as rooms
from pages import _devices_told as told
from pages import _devices_trial as trial
from pages import _devices_view as view
from pages import _limits_page
from pages._devices_edit_parts import meter_name
from pages._devices_view import ListQuery

LIST, DETAIL = "devices-list", "devices-detail"
ACTS, PENDING, CHANGED = "devices-acts", "devices-pending", "devices-changed"
ROOM_PART, ROOM_NEWS = "room-devices", "room-devices-news"
HEAD, FACTS, GO = "device-head", "device-facts", "device-go"
CHART_HOURS = 24
DAY_MS = 86_400_000
CONTROL = "iot.control"
WATCHED = "device/news command/news"
"""Lets the page's socket ask for both topics."""


def devices_page(house: House, actor: Actor, room: str | None = None) -> Any:
    """The list, of one room where that has devices."""
    devices = house.control.devices(actor)
    rooms_offered = view.room_options(devices)
    chosen = room if room in dict(rooms_offered) else view.ALL
    query = ListQuery(room=str(chosen))
    listed = html.Div(list_children(house, actor, query), id=LIST, className="wb-device-list")
    facts = html.Span(view.list_facts(devices), id="devices-facts")
    bar = html.Div(
        [
            search_field("devices-text", placeholder="Device"),
            select("devices-room", rooms_offered, value=query.room),
            select("devices-kind", view.kind_options(devices), value=view.ALL),
            select("devices-state", list(view.STATE_WORDS.items()), value=view.ALL),
        ],
        className="wb-toolbar",
    )
    head = page_head("Devices", facts=facts, actions=[*_limits_page.links(), *_adding(actor)])
    return html.Div(
        [
            dcc.Store(id=NEWS),
            dcc.Store(id=CHANGED, data=0),
            Events(id=ACTS, className="wb-stack", children=[head, bar, listed]),
            *_dialogs(actor),
            *_enrolling(actor),
        ],
        className="wb-page wb-devices",
        **data(live_watch=WATCHED, news=NEWS),
    )


def _adding(actor: Actor) -> list[Any]:
    if not actor.may(CONTROL):
        return []
    acting = {"data-act": "add", "data-value": "new"}
    return [button("Add device", kind="primary", icon_name="plus", attributes=acting)]


def _dialogs(actor: Actor) -> list[Any]:
    if not actor.may(CONTROL):
        return []
    return [
        dcc.Store(id=PENDING),
        confirm_dialog(forms.COMMAND, act="Confirm"),
        confirm_dialog(forms.LOCK, act="Lock out", danger=True),
    ]


def _enrolling(actor: Actor) -> list[Any]:
    """The dialogs that only the list has."""
    if not actor.may(CONTROL):
        return []
    acts = html.Span(
        [
            button("Add untested", id=edit.UNTESTED, className="wb-btn-lg"),
            button("Add", id=edit.SAVE, kind="primary", disabled=True, className="wb-btn-lg",
                   title="Once a test has shown that it does what it is told"),
        ],
        className="wb-row",
    )  # fmt: skip
    return [
        confirm_dialog(edit.ENROL, act=acts),
        confirm_dialog(rooms.LOCK_ROOM, act="Lock out room", danger=True),
    ]


def _shown(house: House, actor: Actor) -> view.Shown:
    return view.Shown(house.clock.now_ms(), house.zone, actor.may(CONTROL))


def _holdings(house: House, actor: Actor, now_ms: int) -> view.Holdings:
    return house.control.holdings(actor, now_ms - told.FAILED_SHOWN_MS - DAY_MS)


def list_children(house: House, actor: Actor, query: ListQuery) -> list[Any]:
    """Cards for the controls as they stand, and who speaks unasked."""
    shown = _shown(house, actor)
    devices = house.control.devices(actor)
    found = house.control.discovered(actor)
    holdings = _holdings(house, actor, shown.now_ms)
    members = [now for now in devices if query.room == str(now.device.room_id)]
    bar = rooms.room_bar(members, holdings, shown)
    listed = view.device_list(devices, holdings, query, shown, bar)
    strangers = [view.discovered_card(found, shown)] if found else []
    return [_limits_page.limit_banner(house, actor), *strangers, *listed]


def room_devices(house: House, actor: Actor, room_id: int) -> Any:
    """The devices of a room on the room's own page, with the way to act on all of them."""
    if not actor.may("iot.view"):
        return None
    shown = html.Div(room_children(house, actor, room_id), id=ROOM_PART)
    return html.Div(
        [dcc.Store(id=ROOM_NEWS), shown],
        className="wb-devices",
        **data(live_watch=WATCHED, news=ROOM_NEWS),
    )


def room_children(house: House, actor: Actor, room_id: int) -> Any:
    """The card of them; nothing where there are none."""
    members = [now for now in house.control.devices(actor) if now.device.room_id == room_id]
    shown = _shown(house, actor)
    return rooms.room_card(members, _holdings(house, actor, shown.now_ms), shown)


def facts(house: House, actor: Actor) -> str:
    """How many there are and how they fare."""
    return view.list_facts(house.control.devices(actor))


def device_page(house: House, actor: Actor, device_id: str) -> Any:
    """One device: now, its day, what it was told, what is known of it."""
    try:
        now = house.control.device(actor, device_id)
    except Unknown:
        return _lost(house, actor, device_id)
    detail = html.Div(detail_children(house, actor, device_id), id=DETAIL, className="wb-stack")
    past = history.history_card(house, actor, device_id)
    known = html.Div(facts_of(house, actor, now), id=FACTS, className="wb-stack")
    body = grid(html.Div([detail, past], className="wb-stack"), known, columns="main-side")
    return html.Div(
        [
            view.back_link(),
            dcc.Store(id=DEVICE_NEWS),
            dcc.Store(id="device-id", data=device_id),
            dcc.Location(id=GO, refresh="callback-nav"),
            Events(
                id=ACTS,
                className="wb-stack",
                children=[html.Div(device_head(now, actor), id=HEAD), body],
            ),
            *_dialogs(actor),
            *_editing(actor),
        ],
        className="wb-page wb-devices",
        **data(live_watch=WATCHED, news=DEVICE_NEWS),
    )


def _editing(actor: Actor) -> list[Any]:
    if not actor.may(CONTROL):
        return []
    return [
        form_dialog(edit.EDIT, "Edit device", act="Save device"),
        confirm_dialog(edit.DELETE, act="Delete device", danger=True),
    ]


def device_head(now: DeviceNow, actor: Actor) -> Any:
    """Name and place, and for who may the two acts on the device itself."""
    device_id = now.device.device_id
    acts = []
    if actor.may(CONTROL):
        acts = [
            button(label, icon_name=name, attributes={"data-act": act, "data-value": device_id})
            for label, name, act in (("Edit", "edit", "edit"), ("Delete", "delete", "delete"))
        ]
    return page_head(now.device.name, facts=now.room or view.ELSEWHERE, actions=acts)


def _lost(house: House, actor: Actor, device_id: str) -> Any:
    """A device that is not registered: what is kept of it, where it once was."""
    former = house.control.former(actor, device_id)
    if former is None:
        words = "It may never have been registered; what speaks unasked stands below the list."
        lost = empty(f"There is no device “{device_id[:64]}”", words, view.back_link())
        return html.Div(lost, className="wb-page")
    return html.Div(
        [
            view.back_link(),
            dcc.Store(id=DEVICE_NEWS),
            dcc.Store(id="device-id", data=device_id),
            page_head(former.device.name, facts=_deleted(house, former)),
            history.history_card(house, actor, device_id),
        ],
        className="wb-page wb-devices",
        **data(live_watch=WATCHED, news=DEVICE_NEWS),
    )


def _deleted(house: House, former: Former) -> str:
    at = formats.moment(former.deleted_ms, house.clock.now_ms(), house.zone)
    return f"deleted {at}; its history stays"


def detail_children(house: House, actor: Actor, device_id: str) -> list[Any]:
    """What changes while the page is open."""
    now = house.control.device(actor, device_id)
    shown = _shown(house, actor)
    holdings = _holdings(house, actor, shown.now_ms)
    one = view.view_of(now, holdings, shown)
    intent = holdings.get(device_id, told.NOTHING).intent
    if shown.may_control and not (intent is not None and intent.owner == "lock_out"):
        one = replace(one, acts=(*one.acts, told.act_button("Lock out", "lock", device_id)))
    return [device_card(one, shown.now_ms, shown.zone), power_card(house, actor, now)]


def power_card(house: House, actor: Actor, now: DeviceNow) -> Any:
    """Its last day, by its meter and by its own word, with what it was told."""
    end = house.clock.now()
    period = Period(end - timedelta(hours=CHART_HOURS), end)
    wanted = [("Reported", (now.device.device_id, "power"), "solar")]
    if now.device.meter and now.device.meter[0] != now.device.device_id:
        wanted.insert(0, ("Meter", now.device.meter, "consumption"))
    histories = house.telemetry.history([key for _, key, _ in wanted], period, max_points=600)
    known = {(found.sensor_id, found.metric): found for found in histories}
    lines = [
        figures.Line(name, known[key].ts_ms, known[key].mean, token=token)
        for name, key, token in wanted
        if key in known
    ]
    if not any(value is not None for line in lines for value in line.values):
        words = "Neither its meter nor the device itself has told its power in 24 hours."
        return card("Power", empty("No power measured", words, icon_name="silent"))
    query = CommandQuery(since_ms=period.start_ms, limit=100)
    past = house.control.history(actor, now.device.device_id, query)
    marks = history.marks(past.listed, period.start_ms, period.end_ms)
    strip = figures.Strip("Power", lines, fmt="kw", unit="kW", height=150, marks=marks)
    drawn = strip_chart([strip], period.start_ms, period.end_ms, house.zone, id="device-chart")
    fact = "the last 24 hours" + (", dotted where it was told something" if marks else "")
    return card("Power", drawn, fact=fact)


def facts_of(house: House, actor: Actor, now: DeviceNow) -> Any:
    """What is known of a device."""
    sensor_id = now.device.meter_sensor_id
    name = None if sensor_id is None else meter_name(house, sensor_id)
    command = house.control.tested(actor, now.device)
    tested = trial.tested_words(command, house.clock.now_ms(), house.zone)
    return view.facts_card(now, name, tested)
