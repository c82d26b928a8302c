"""Puts the tabs of the Events page together from the house."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.buttons import button, confirm_dialog, form_dialog
from components.cards import card, page_head
from components.events import bell_link
from components.forms import segments, select
from components.native import Events
from domain.access.policy import Actor
from domain.house import House
from pages import _events_channels, _events_rules, _events_view

LIST, FILTERS = "events-list", _events_view.CONTROLS
TABS = (("events", "Events"), ("rules", "Rules"), ("notifications", "Notifications"))


def rooms(house: House) -> list[tuple[int, str]]:
    """Every room for a select."""
    return [(room.room_id, room.name) for room in house.building.rooms()]


def events_page(house: House, actor: Actor, tab: str, chosen: dict[str, Any]) -> Any:
    """All three tabs; the list stays while another one is open."""
    shown = tab if tab in dict(TABS) else "events"
    acting = button("New rule", id="events-rule-new", kind="primary", icon_name="plus")
    adding = button("New channel", id="events-channel-new", kind="primary", icon_name="plus")
    return html.Div(
        [
            page_head("Events", facts=html.Span(facts(house, actor), id="events-facts")),
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
                events_part(house, actor, chosen),
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


def events_part(house: House, actor: Actor, chosen: dict[str, Any]) -> list[Any]:
    """Filters and list."""
    offered = _events_view.options(rooms(house))
    return [
        html.Div(
            [
                select(
                    f"events-{name}",
                    offered[name],
                    value=chosen.get(name) or ("30" if name == "period" else _events_view.ALL),
                )
                for name in FILTERS
            ],
            className="wb-toolbar",
        ),
        card(
            None,
            Events(id=LIST, children=list_children(house, actor, chosen)),
            className="wb-card-flush",
        ),
    ]


def list_children(house: House, actor: Actor, chosen: dict[str, Any]) -> list[Any]:
    """The list for the controls."""
    now_ms = house.clock.now_ms()
    query = _events_view.query_of({"period": "30", **chosen}, now_ms)
    page = house.alarms.events(actor, query)
    named = dict(rooms(house))
    may = actor.may("events.acknowledge")
    return _events_view.event_list(page, named, now_ms, house.zone, may)


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
