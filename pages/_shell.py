"""The layout around every page, and the callbacks of the shell, which run in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import MATCH, ClientsideFunction, Input, Output, State, callback, clientside_callback

from components import search, shell
from components.events import bell
from components.shell import NavItem, UserView, WeatherView
from domain.access.current import actor_or_none, current_actor
from domain.access.policy import ROLE_LABELS, SIGNED_IN, Actor, needs
from domain.house import House, house
from pages import _search_view as search_view

# path: label, icon, group, on the phone's tabs
PLACES: tuple[tuple[str, str, str, str, bool], ...] = (
    ("/", "Overview", "overview", "", True),
    ("/rooms", "Rooms", "room", "", True),
    ("/sensors", "Sensors", "sensor", "", True),
    ("/analytics", "Analytics", "analytics", "Insight", False),
    ("/money", "Money", "money", "Insight", False),
    ("/events", "Events", "events", "Insight", True),
    ("/calendar", "Calendar", "calendar", "System", False),
    ("/tokens", "Tokens", "token", "System", False),
    ("/admin", "Admin", "admin", "System", False),
    ("/kiosk", "Wall display", "wall", "System", False),
    ("/design", "Design", "design", "System", False),
)
# Reached from another page and by the search; the navigation has no place of its own for them.
BESIDE: tuple[tuple[str, str, str, str, bool], ...] = (
    ("/money/ledger", "Ledger", "money", "Money", False),
    ("/money/tariffs", "Tariffs", "money", "Money", False),
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
    )


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
