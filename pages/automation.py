"""Automation: rules as sentences, schedules as lanes, and the log of what they did."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import dash
from dash import Input, Output, State, callback, ctx, no_update
from msgspec import Meta

from components.automation import NEWS
from domain.access.current import current_actor
from domain.house import house
from pages import _automation_page as parts
from pages._automation_list import PATH, ListQuery
from pages._automation_log import EVERY
from pages._values import Clicks, Key, Text

dash.register_page(
    __name__,
    path=PATH,
    title="Automation · Wattboard",
    name="Automation",
    order=25,
    permission="iot.view",
)

News = float | None
"""When something happened last, as assets/automation.js heard it."""


class LogQuery(TypedDict, total=False):
    """Where the log goes on; None is its newest page."""

    before: Annotated[int, Meta(ge=0, le=2**53)] | None


_CONTROLS = {name: Input(f"auto-{name}", "value") for name in ("text", "room", "device", "state")}


def layout(**address: object) -> Any:
    """The list, or the form that the address names."""
    return parts.automation_page(house(), current_actor(), address)


@callback(
    output={
        "rules": Output(parts.LIST, "children"),
        "schedules": Output(parts.SCHEDULES, "children"),
        "lanes": Output(parts.LANES, "children"),
        "facts": Output(parts.FACTS, "children"),
    },
    inputs={
        **_CONTROLS,
        "_": Input(NEWS, "data"),
        "tick": Input(parts.TICK, "n_intervals"),
        "changed": Input(parts.CHANGED, "data"),
    },
    prevent_initial_call=True,
)
def list_rules(
    text: Text,
    room: Text,
    device: Text,
    state: Text,
    _: News,
    tick: Clicks,
    changed: Key | None,
) -> dict[str, Any]:
    """The lists for the controls, anew when something happened."""
    query = ListQuery.of(text, room, device, state)
    return parts.main_children(house(), current_actor(), query)


@callback(
    Output(parts.CLASHES, "children"),
    Input(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
def renew_clashes(_: Key | None) -> Any:
    """Conflicts, after a rule was switched or deleted."""
    actor = current_actor()
    return parts.clashes_part(house(), actor, house().automation.rules(actor))


@callback(
    output={
        "items": Output(parts.LOG, "children"),
        "query": Output(parts.LOG, "query"),
        "files": Output(parts.FILES, "children"),
    },
    inputs={
        "rule": Input("auto-log-rule", "value"),
        "what": Input("auto-log-what", "value"),
        "query": Input(parts.LOG, "query"),
        "news": Input(NEWS, "data"),
        "tick": Input(parts.TICK, "n_intervals"),
        "changed": Input(parts.CHANGED, "data"),
    },
    prevent_initial_call=True,
)
def list_log(
    rule: Text,
    what: Text,
    query: LogQuery | None,
    news: News,
    tick: Clicks,
    changed: Key | None,
) -> dict[str, Any]:
    """The log for the controls; another filter begins it anew."""
    actor, filtered = current_actor(), ctx.triggered_id in ("auto-log-rule", "auto-log-what")
    before = None if filtered else (query or {}).get("before")
    chosen, wanted = str(rule or EVERY), str(what or EVERY)
    return {
        "items": parts.log_children(house(), actor, chosen, wanted, before),
        "query": {"before": None} if filtered else no_update,
        "files": parts.files(actor, chosen, wanted),
    }


@callback(
    Output(parts.MAIN, "hidden"),
    Output(parts.LOG_PART, "hidden"),
    Output(parts.URL, "search"),
    Input(parts.TAB, "value"),
    State(parts.URL, "pathname"),
    prevent_initial_call=True,
)
def switch_tab(tab: Text, _: Text) -> Any:
    """Rules and schedules, or the log."""
    shows_log = tab == "log"
    return shows_log, not shows_log, "?tab=log" if shows_log else ""


# What acts, and the forms, are of this page too.
from pages import _automation_acts, _automation_form_acts  # noqa: E402, F401
