"""Puts the Devices pages together from the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash import dcc, html

from components import figures
from components.cards import card, grid, page_head
from components.charts import strip_chart
from components.devices import NEWS, device_card
from components.forms import search_field, select
from components.marks import data
from components.states import empty
from domain.access.policy import Actor
from domain.control.model import DeviceNow
from domain.foundation.errors import Unknown
from domain.foundation.intervals import Period
from domain.house import House
from pages import _devices_view as view
from pages._devices_view import ListQuery

LIST, DETAIL = "devices-list", "devices-detail"
CHART_HOURS = 24
WATCHED = data(live_watch="device/news command/news")
"""Lets the page's socket ask for both topics."""


def devices_page(house: House, actor: Actor) -> Any:
    """The whole list."""
    devices = house.control.devices(actor)
    return html.Div(
        [
            page_head("Devices", facts=html.Span(view.list_facts(devices), id="devices-facts")),
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
            html.Div(list_children(house, actor, ListQuery()), id=LIST, className="wb-device-list"),
        ],
        className="wb-page wb-devices",
        **WATCHED,
    )


def list_children(house: House, actor: Actor, query: ListQuery) -> list[Any]:
    """Cards for the controls as they stand, and who speaks unasked."""
    now_ms = house.clock.now_ms()
    devices = house.control.devices(actor)
    found = house.control.discovered(actor)
    listed = view.device_list(devices, query, now_ms, house.zone)
    strangers = [view.discovered_card(found, now_ms, house.zone)] if found else []
    return [*listed, *strangers]


def facts(house: House, actor: Actor) -> str:
    """How many there are and how they fare."""
    return view.list_facts(house.control.devices(actor))


def device_page(house: House, actor: Actor, device_id: str) -> Any:
    """One device: now, its day, what is known of it."""
    try:
        now = house.control.device(actor, device_id)
    except Unknown:
        words = "It may have been deleted; its readings and commands are kept."
        lost = empty(f"There is no device “{device_id[:64]}”", words, view.back_link())
        return html.Div(lost, className="wb-page")
    return html.Div(
        [
            view.back_link(),
            page_head(now.device.name, facts=now.room or view.ELSEWHERE),
            dcc.Store(id=NEWS),
            dcc.Store(id="device-id", data=device_id),
            grid(
                html.Div(detail_children(house, actor, device_id), id=DETAIL, className="wb-stack"),
                html.Div(_facts(house, now), className="wb-stack"),
                columns="main-side",
            ),
        ],
        className="wb-page wb-devices",
        **WATCHED,
    )


def detail_children(house: House, actor: Actor, device_id: str) -> list[Any]:
    """What changes while the page is open."""
    now = house.control.device(actor, device_id)
    now_ms = house.clock.now_ms()
    shown = device_card(view.view_of(now, now_ms, house.zone), now_ms, house.zone)
    return [shown, power_card(house, now)]


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
