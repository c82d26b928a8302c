"""The layout around every page, and the callbacks of the shell, which run in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import (
    MATCH,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
)

from components import drilling, formats, ids, search, shell, stopping
from components.buttons import confirm_dialog
from components.events import bell
from components.shell import NavItem, UserView, WeatherView
from domain.access.current import actor_or_none, current_actor
from domain.access.policy import ROLE_LABELS, SIGNED_IN, Actor, needs
from domain.drills.model import FAULTS
from domain.foundation.errors import WattboardError
from domain.house import House, house
from pages import _search_view as search_view

CONTROL = "iot.control"
# path: label, icon, group, on the phone's tabs
PLACES: tuple[tuple[str, str, str, str, bool], ...] = (
    ("/", "Overview", "overview", "", True),
    ("/rooms", "Rooms", "room", "", True),
    ("/sensors", "Sensors", "sensor", "", True),
    ("/devices", "Devices", "device", "", False),
    ("/automation", "Automation", "automation", "", False),
    ("/analytics", "Analytics", "analytics", "Insight", False),
    ("/money", "Money", "money", "Insight", False),
    ("/events", "Events", "events", "Insight", True),
    ("/calendar", "Calendar", "calendar", "System", False),
    ("/jobs", "Jobs", "clock", "System", False),
    ("/drills", "Drills", "shield", "System", False),
    ("/tokens", "Tokens", "token", "System", False),
    ("/admin", "Admin", "admin", "System", False),
    ("/kiosk", "Wall display", "wall", "System", False),
    ("/design", "Design", "design", "System", False),
)
# Reached from another page and by the search; the navigation has no place of its own for them.
BESIDE: tuple[tuple[str, str, str, str, bool], ...] = (
    ("/money/ledger", "Ledger", "money", "Money", False),
    ("/money/tariffs", "Tariffs", "money", "Money", False),
    ("/devices/instructions", "Hours", "device", "Devices", False),
    ("/devices/limits", "Limits", "device", "Devices", False),
)


def layout() -> Any:
    """The shell of whoever asks; Dash itself asks once with nobody, the wall needs no frame."""
    actor = actor_or_none()
    if actor is None or actor.kind != "user":
        return dash.page_container
    now, nav = house(), nav_for(actor)
    return shell.shell(
        dash.page_container,
        nav=nav,
        building=now.building.name(),
        user=UserView(actor.name, ROLE_LABELS[actor.role]),
        zone=now.zone,
        now_ms=now.clock.now_ms(),
        demo=now.settings.demo,
        speed=now.clock.speed,
        weather=weather(now),
        search=search_view.offered(nav_for(actor, (*PLACES, *BESIDE))),
        bell=bell(now.alarms.open_counts(actor)) if actor.may("events.view") else None,
        stop=html.Span(_stop_button(now, actor), id=stopping.SLOT, className="wb-stop-slot"),
        stopped=html.Div(_stop_banner(now, actor), id=stopping.BANNER),
        drilled=html.Div(_drill_banner(now, actor), id=drilling.BANNER),
        dialogs=_stop_dialogs(actor),
    )


def _stop_button(now: House, actor: Actor) -> Any:
    if not actor.may(CONTROL) or now.control.stopped() is not None:
        return None
    return stopping.stop_button()


def _stop_banner(now: House, actor: Actor) -> Any:
    stop = now.control.stopped()
    if stop is None:
        return None
    until = formats.moment(stop.ends_ms, now.clock.now_ms(), now.zone)
    return stopping.stop_banner(stop.by_name, until, stop.reason, may_resume=actor.may(CONTROL))


def _drill_banner(now: House, actor: Actor) -> Any:
    drill = now.drills.announced()
    if drill is None:
        return None
    if not actor.may("iot.view"):
        return drilling.drill_banner("One device", None, None)
    until_ms = drill.fault_until_ms if drill.phase == "faulted" else None
    until = None if until_ms is None else formats.clock(until_ms, now.zone, seconds=True)
    return drilling.drill_banner(FAULTS[drill.fault].label, drill.device_name, until)


def _stop_dialogs(actor: Actor) -> list[Any]:
    news = [dcc.Store(id=stopping.NEWS), dcc.Store(id=drilling.NEWS)]
    if not actor.may(CONTROL):
        return news
    return [*news, confirm_dialog(stopping.DIALOG, act="Stop all", danger=True)]


def nav_for(
    actor: Actor, places: Sequence[tuple[str, str, str, str, bool]] = PLACES
) -> list[NavItem]:
    """The pages that exist and that this person may open, in the order of `places`."""
    registered = {page["path"]: page.get("permission", "") for page in dash.page_registry.values()}
    return [
        NavItem(label, path, icon, group, tab)
        for path, label, icon, group, tab in places
        if path in registered and actor.may(registered[path])
    ]


def weather(now: House) -> WeatherView | None:
    """The temperature of the weather sensor heard last; None where there is none."""
    latest = now.telemetry.latest()
    heard = [
        latest[sensor_id, "temperature"]
        for sensor_id in now.building.placement()
        if now.building.sensor_type(sensor_id) == "weather" and (sensor_id, "temperature") in latest
    ]
    if not heard:
        return None
    newest = max(heard, key=lambda value: value.ts_ms)
    return WeatherView(newest.value, state=newest.state_name(now.clock.now_ms()))


@callback(
    Output(search.HITS, "children"),
    Input(search.TEXT, "value"),
    prevent_initial_call=True,
)
@needs(SIGNED_IN)
def find(text: str | None) -> Any:
    """What the typed text finds; before any text the pages."""
    actor = current_actor()
    nav, typed = nav_for(actor, (*PLACES, *BESIDE)), (text or "").strip()
    if not typed:
        return search.hits(text or "", search_view.offered(nav))
    found = house().finder.find(actor, typed, search_view.pages(nav))
    return search.hits(text or "", search_view.found(found, nav))


@callback(
    Output(stopping.SLOT, "children"),
    Output(stopping.BANNER, "children"),
    Input(stopping.NEWS, "data"),
    prevent_initial_call=True,
)
@needs(SIGNED_IN)
def renew_stop(_: float | None) -> Any:
    """Button and banner, when automatic control was stopped or resumed."""
    now, actor = house(), current_actor()
    return _stop_button(now, actor), _stop_banner(now, actor)


@callback(
    Output(drilling.BANNER, "children"),
    Input(drilling.NEWS, "data"),
    prevent_initial_call=True,
)
@needs(SIGNED_IN)
def renew_drill(_: float | None) -> Any:
    """The banner, when a drill began or is over."""
    return _drill_banner(house(), current_actor())


@callback(
    Output(ids.dialog_body(stopping.DIALOG), "children"),
    Output(ids.dialog(stopping.DIALOG), "is_open"),
    Input(stopping.OPEN, "n_clicks"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def open_stop(clicks: int | None) -> Any:
    """Ask before all automatic control is stopped."""
    if not clicks:
        return no_update, no_update
    return stopping.stop_form(), True


@callback(
    Output(stopping.MESSAGE, "children"),
    Output(ids.dialog(stopping.DIALOG), "is_open", allow_duplicate=True),
    Output(stopping.NEWS, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(stopping.DIALOG), "n_clicks"),
    State(stopping.TYPED, "value"),
    State(stopping.REASON, "value"),
    State(stopping.LASTS, "value"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def stop_all(clicks: int | None, typed: str | None, reason: str | None, lasts: str | None) -> Any:
    """Stop it, once the word has been typed."""
    if not clicks:
        return (no_update,) * 3
    if (typed or "").strip().casefold() != stopping.WORD:
        return f"Type {stopping.WORD} to confirm.", no_update, no_update
    minutes = int(lasts) if lasts in dict(stopping.DURATIONS) else 0
    try:
        stop = house().control.stop_all(current_actor(), minutes, reason or "")
    except WattboardError as error:
        return error.message, no_update, no_update
    return "", False, stop.starts_ms


@callback(
    Output(stopping.NEWS, "data", allow_duplicate=True),
    Input(stopping.RESUME, "n_clicks"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def resume(clicks: int | None) -> Any:
    """Let automatic control go on."""
    if not clicks:
        return no_update
    house().control.resume(current_actor())
    return house().clock.now_ms()


# Cancel and the cross of every dialog (components.buttons.confirm_dialog).
clientside_callback(
    ClientsideFunction("wattboard_shell", "close"),
    Output({"type": "wb-dialog", "name": MATCH}, "is_open", allow_duplicate=True),
    Input({"type": "wb-dialog-cancel", "name": MATCH}, "n_clicks"),
    Input({"type": "wb-dialog-close", "name": MATCH}, "n_clicks"),
    prevent_initial_call=True,
)
# The phone's and the tablet's menu; a link in it closes it.
clientside_callback(
    ClientsideFunction("wattboard_shell", "menu"),
    Output("wb-more", "is_open"),
    Input("wb-more-open", "n_clicks"),
    Input("wb-menu-open", "n_clicks"),
    Input("wb-find-more", "n_clicks"),
    Input("_pages_location", "pathname"),
    State("wb-more", "is_open"),
    prevent_initial_call=True,
)
