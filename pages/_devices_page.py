"""Puts the Devices pages together from the house."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash import dcc, html

from components import figures
from components.buttons import confirm_dialog
from components.cards import card, grid, page_head
from components.charts import strip_chart
from components.devices import DEVICE_NEWS, NEWS, device_card
from components.forms import search_field, select
from components.marks import data
from components.native import Events
from components.states import empty
from domain.access.policy import Actor
from domain.control.model import DeviceNow
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.house import House
from pages import _devices_forms as forms
from pages import _devices_told as told
from pages import _devices_view as view
from pages import _limits_page
from pages._devices_view import ListQuery

LIST, DETAIL = "devices-list", "devices-detail"
ACTS, PENDING = "devices-acts", "devices-pending"
CHART_HOURS = 24
HISTORY = 30
DAY_MS = 86_400_000
CONTROL = "iot.control"
WATCHED = "device/news command/news"
"""Lets the page's socket ask for both topics."""


def devices_page(house: House, actor: Actor) -> Any:
    """The whole list."""
    devices = house.control.devices(actor)
    listed = html.Div(list_children(house, actor, ListQuery()), id=LIST, className="wb-device-list")
    return html.Div(
        [
            page_head(
                "Devices",
                facts=html.Span(view.list_facts(devices), id="devices-facts"),
                actions=_limits_page.links(),
            ),
            dcc.Store(id=NEWS),
            html.Div(
                [
                    search_field("devices-text", placeholder="Device"),
                    select("devices-room", view.room_options(devices), value=view.ALL),
                    select("devices-kind", view.kind_options(devices), value=view.ALL),
                    select("devices-state", list(view.STATE_WORDS.items()), value=view.ALL),
                ],
                className="wb-toolbar",
            ),
            Events(id=ACTS, children=listed),
            *_dialogs(actor),
        ],
        className="wb-page wb-devices",
        **data(live_watch=WATCHED, news=NEWS),
    )


def _dialogs(actor: Actor) -> list[Any]:
    if not actor.may(CONTROL):
        return []
    return [
        dcc.Store(id=PENDING),
        confirm_dialog(forms.COMMAND, act="Confirm"),
        confirm_dialog(forms.LOCK, act="Lock out", danger=True),
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
    listed = view.device_list(devices, _holdings(house, actor, shown.now_ms), query, shown)
    strangers = [view.discovered_card(found, shown.now_ms, house.zone)] if found else []
    return [_limits_page.limit_banner(house, actor), *listed, *strangers]


def facts(house: House, actor: Actor) -> str:
    """How many there are and how they fare."""
    return view.list_facts(house.control.devices(actor))


def device_page(house: House, actor: Actor, device_id: str) -> Any:
    """One device: now, its day, what it was told, what is known of it."""
    try:
        now = house.control.device(actor, device_id)
    except Unknown:
        words = "It may have been deleted; its readings and commands are kept."
        lost = empty(f"There is no device “{device_id[:64]}”", words, view.back_link())
        return html.Div(lost, className="wb-page")
    detail = html.Div(detail_children(house, actor, device_id), id=DETAIL, className="wb-stack")
    return html.Div(
        [
            view.back_link(),
            page_head(now.device.name, facts=now.room or view.ELSEWHERE),
            dcc.Store(id=DEVICE_NEWS),
            dcc.Store(id="device-id", data=device_id),
            grid(
                Events(id=ACTS, children=detail),
                html.Div(_facts(house, now), className="wb-stack"),
                columns="main-side",
            ),
            *_dialogs(actor),
        ],
        className="wb-page wb-devices",
        **data(live_watch=WATCHED, news=DEVICE_NEWS),
    )


def detail_children(house: House, actor: Actor, device_id: str) -> list[Any]:
    """What changes while the page is open."""
    now = house.control.device(actor, device_id)
    shown = _shown(house, actor)
    holdings = _holdings(house, actor, shown.now_ms)
    one = view.view_of(now, holdings, shown)
    intent = holdings.get(device_id, told.NOTHING).intent
    if shown.may_control and not (intent is not None and intent.owner == "lock_out"):
        one = replace(one, acts=(*one.acts, told.act_button("Lock out", "lock", device_id)))
    listed = house.control.commands(actor, device_id, HISTORY)
    return [
        device_card(one, shown.now_ms, shown.zone),
        power_card(house, now),
        told.history_card(listed, shown.now_ms, shown.zone),
    ]


def power_card(house: House, now: DeviceNow) -> Any:
    """Its last day, by its meter and by its own word."""
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
    strip = figures.Strip("Power", lines, fmt="kw", unit="kW", height=150)
    drawn = strip_chart([strip], period.start_ms, period.end_ms, house.zone, id="device-chart")
    return card("Power", drawn, fact="the last 24 hours")


def _facts(house: House, now: DeviceNow) -> Any:
    return view.facts_card(now, _meter_name(house, now))


def _meter_name(house: House, now: DeviceNow) -> str | None:
    if now.device.meter_sensor_id is None:
        return None
    try:
        return house.building.sensor(now.device.meter_sensor_id).name
    except Unknown:
        return None
