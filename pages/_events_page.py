"""Puts the tabs of the Events page together from the house."""

from __future__ import annotations

from typing import Any, NamedTuple

from dash import dcc, html

from components.buttons import button, confirm_dialog, form_dialog
from components.cards import card, page_head
from components.events import bell_link
from components.files import csv_links
from components.forms import segments, select
from components.native import Events
from domain.access.policy import Actor
from domain.house import House
from pages import _events_channels, _events_rules, _events_view

LIST, FILES, URL, FILTERS = "events-list", "events-files", "events-url", _events_view.CONTROLS
TABS = (("events", "Events"), ("rules", "Rules"), ("notifications", "Notifications"))


def rooms(house: House) -> list[tuple[int, str]]:
    """Every room for a select."""
    return [(room.room_id, room.name) for room in house.building.rooms()]


class Listed(NamedTuple):
    """A page of the list as it stands there; `page` is the one that there is."""

    children: list[Any]
    page: int


def events_page(house: House, actor: Actor, tab: str, chosen: dict[str, Any], page: int = 0) -> Any:
    """All three tabs; the list stays while another one is open."""
    shown = tab if tab in dict(TABS) else "events"
    acting = button("New rule", id="events-rule-new", kind="primary", icon_name="plus")
    adding = button("New channel", id="events-channel-new", kind="primary", icon_name="plus")
    return html.Div(
        [
            page_head("Events", facts=html.Span(facts(house, actor), id="events-facts")),
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id="events-changed", data=0),
            dcc.Store(id="events-pending"),
            html.Div(
                [
                    segments("events-tab", list(TABS), value=shown, label="Part of events"),
                    html.Span(className="wb-spring"),
                    html.Span(
                        acting if actor.may("analytics.full") else None,
                        id="events-rule-head",
                        hidden=shown != "rules",
                    ),
                    html.Span(adding, id="events-channel-head", hidden=shown != "notifications"),
                ],
                className="wb-row",
            ),
            html.Div(
                events_part(house, actor, chosen, page),
                id="events-part",
                className="wb-stack",
                hidden=shown != "events",
            ),
            html.Div(other_part(house, actor, shown), id="events-other", className="wb-stack"),
            confirm_dialog(_events_view.ACKNOWLEDGE, act="Acknowledge"),
            form_dialog(_events_view.DETAIL, "Event", act="Save"),
            form_dialog(_events_rules.RULE, "Rule", act="Save rule"),
            confirm_dialog(_events_rules.DELETE, act="Delete rule", danger=True),
            form_dialog(_events_channels.CHANNEL, "Channel", act="Save channel"),
            confirm_dialog(_events_channels.DELETE, act="Delete channel", danger=True),
        ],
        className="wb-page wb-events",
    )


def facts(house: House, actor: Actor) -> str:
    """How much needs somebody."""
    count = sum(house.alarms.open_counts(actor).values())
    return f"{count} to acknowledge" if count else "nothing to acknowledge"


def events_part(house: House, actor: Actor, chosen: dict[str, Any], page: int) -> list[Any]:
    """Filters, order, files and list."""
    offered = _events_view.options(rooms(house))
    listed = list_children(house, actor, chosen, page)
    return [
        html.Div(
            [
                *(
                    select(
                        f"events-{name}",
                        offered[name],
                        value=chosen.get(name) or _events_view.USUAL[name],
                    )
                    for name in FILTERS
                ),
                html.Div(files(actor, chosen), id=FILES, className="wb-row"),
            ],
            className="wb-toolbar",
        ),
        card(
            None,
            Events(id=LIST, children=listed.children, query={"page": listed.page}),
            className="wb-card-flush",
        ),
    ]


def list_children(house: House, actor: Actor, chosen: dict[str, Any], page: int) -> Listed:
    """A page of the list for the controls; beyond the last one stands the last one."""
    now_ms = house.clock.now_ms()
    asked = {**_events_view.USUAL, **chosen}
    query = _events_view.query_of(asked, now_ms, page)
    found = house.alarms.events(actor, query)
    if found.total and not found.events:
        page = (found.total - 1) // _events_view.PAGE_SIZE
        query = _events_view.query_of(asked, now_ms, page)
        found = house.alarms.events(actor, query)
    named = dict(rooms(house))
    may = actor.may("events.acknowledge")
    shown = _events_view.event_list(found, query, named, now_ms, house.zone, may)
    return Listed(shown, page)


def files(actor: Actor, chosen: dict[str, Any]) -> list[Any]:
    """The list as filtered, all of its pages, as a file."""
    if not actor.may("export"):
        return []
    search = _events_view.file_search(chosen)
    return csv_links("Events", "/download/events.csv", search, small=False)


def other_part(house: House, actor: Actor, tab: str) -> Any:
    """Rules or notifications."""
    if tab == "rules":
        named = dict(rooms(house))
        listed = house.alarms.rules.all(actor)
        return _events_rules.rules_card(listed, named, actor.may("analytics.full"))
    if tab == "notifications":
        channels = house.alarms.channels
        everybody = actor.may("users.manage")
        own = channels.all(actor)
        return _events_channels.parts(
            own,
            channels.log(actor),
            channels.allowed_hosts(actor) if everybody else None,
            dict(rooms(house)),
            house.settings.smtp_url is not None,
            house.zone,
            {c.channel_id for c in own if channels.needs_key(c)},
        )
    return None


def bell(house: House, actor: Actor) -> Any:
    """The inside of the bell."""
    return bell_link(house.alarms.open_counts(actor))
