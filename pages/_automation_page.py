"""Puts the Automation page together from the house: rules, schedules and the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.automation import NEWS, clash_list
from components.buttons import button, confirm_dialog, link_button
from components.cards import card, page_head
from components.files import csv_links
from components.forms import search_field, segments, select
from components.marks import data
from components.native import Events
from domain.access.policy import Actor
from domain.automation.model import Rule, Schedule
from domain.foundation.errors import WattboardError
from domain.house import House
from pages import _automation_form_page as form_page
from pages import _automation_list as listed
from pages import _automation_log as log
from pages._automation_known import lane_days, shown_of, standing_clashes
from pages._automation_lanes import lanes_part
from pages._automation_list import ALL, PATH, ListQuery
from pages._automation_schedules import schedule_list
from pages._automation_sheet import whole_number
from pages._automation_words import Shown

CONTROL = "iot.control"
LIST, SCHEDULES, LOG = "auto-rules", "auto-schedules", "auto-log"
LANES, CLASHES, FACTS = "auto-lanes", "auto-clashes", "auto-facts"
GO, URL, CHANGED, PENDING = "auto-go", "auto-url", "auto-changed", "auto-pending"
ASK, DELETE = "auto-ask", "auto-delete"
TAB, MAIN, LOG_PART, FILES = "auto-tab", "auto-main", "auto-log-part", "auto-files"
ALL_OFF, ALL_ON = "auto-all-off", "auto-all-on"
TABS = (("rules", "Rules and schedules"), ("log", "Log"))
TICK, TICK_MS = "auto-tick", 30_000
"""What was held back makes no news, and the lanes move on."""
WATCHED = "command/news event"
"""Lets the page's socket ask for both topics."""


def automation_page(house: House, actor: Actor, address: Mapping[str, object]) -> Any:
    """The list, or the form that the address names."""
    if actor.may(CONTROL):
        for name in ("rule", "copy", "schedule", "copy_schedule"):
            key = str(address.get(name) or "")
            if key == "new" or whole_number(key) is not None:
                return form_page.form_page(house, actor, name, whole_number(key))
    return _list_page(house, actor, address)


def _list_page(house: House, actor: Actor, address: Mapping[str, object]) -> Any:
    tab = "log" if address.get("tab") == "log" else "rules"
    rules = house.automation.rules(actor)
    schedules = house.automation.schedules(actor)
    shown = shown_of(house, actor, rules)
    may = actor.may(CONTROL)
    return html.Div(
        [
            page_head(
                "Automation",
                facts=html.Span(facts(rules, schedules), id=FACTS),
                actions=_head_acts(bool(rules or schedules)) if may else (),
            ),
            dcc.Location(id=GO, refresh="callback-nav"),
            dcc.Location(id=URL, refresh=False),
            dcc.Store(id=NEWS),
            dcc.Interval(id=TICK, interval=TICK_MS),
            dcc.Store(id=CHANGED, data=0),
            dcc.Store(id=PENDING, data={}),
            html.Div(
                segments(TAB, list(TABS), value=tab, label="Part of automation"), className="wb-row"
            ),
            html.Div(
                _main(house, actor, rules, schedules, shown),
                id=MAIN,
                className="wb-stack",
                hidden=tab != "rules",
            ),
            html.Div(
                _log_part(house, actor, rules, shown, str(address.get("of") or "")),
                id=LOG_PART,
                className="wb-stack",
                hidden=tab != "log",
            ),
            *(_dialogs() if may else ()),
        ],
        className="wb-page wb-automation",
        **data(live_watch=WATCHED, news=NEWS),
    )


def _dialogs() -> list[Any]:
    return [confirm_dialog(ASK), confirm_dialog(DELETE, act="Delete", danger=True)]


def _head_acts(some: bool) -> list[Any]:
    return [
        button("Switch all off", id=ALL_OFF, disabled=not some),
        button("Switch all on", id=ALL_ON, disabled=not some),
        link_button("New rule", f"{PATH}?rule=new", kind="primary", icon_name="plus"),
    ]


def facts(rules: Sequence[Rule], schedules: Sequence[Schedule]) -> str:
    """`3 rules, 2 on · 1 schedule, on`."""
    parts = [_counted(len(rules), sum(rule.enabled for rule in rules), "rule")]
    parts.append(_counted(len(schedules), sum(one.enabled for one in schedules), "schedule"))
    return " · ".join(part for part in parts if part) or "nothing yet"


def _counted(count: int, on: int, noun: str) -> str:
    if not count:
        return ""
    return f"{count} {noun if count == 1 else noun + 's'}, {on if on != count else 'all'} on"


def _main(
    house: House,
    actor: Actor,
    rules: Sequence[Rule],
    schedules: Sequence[Schedule],
    shown: Shown,
) -> list[Any]:
    rooms = [(str(room.room_id), room.name) for room in house.building.rooms()]
    devices = sorted((one.device_id, one.name) for one in shown.devices.values())
    add = link_button("Schedule", f"{PATH}?schedule=new", icon_name="plus", small=True)
    filters = html.Div(
        [
            search_field("auto-text", placeholder="Rule, room or device"),
            select("auto-room", [(ALL, "All rooms"), *rooms], value=ALL, label="Room"),
            select("auto-device", [(ALL, "All devices"), *devices], value=ALL, label="Device"),
            select("auto-state", list(listed.STATES.items()), value=ALL, label="State"),
        ],
        className="wb-toolbar",
    )
    lanes = house.automation.lanes(actor)
    return [
        html.Div(clashes_part(house, actor, rules), id=CLASHES),
        card(
            "Rules",
            filters if rules else html.Div(filters, hidden=True),
            Events(id=LIST, children=listed.rule_list(rules, ListQuery(), shown)),
        ),
        card(
            "Next 24 hours",
            html.Div(lanes_part(lanes, lane_days(house), shown.now_ms, house.zone), id=LANES),
            fact="what schedules tell",
        ),
        card(
            "Schedules",
            Events(id=SCHEDULES, children=schedule_list(schedules, lanes, shown)),
            actions=add if shown.may_act and schedules else None,
        ),
    ]


def clashes_part(house: House, actor: Actor, rules: Sequence[Rule]) -> Any:
    """What stands against each other, on top; nothing where nothing does."""
    found = standing_clashes(house, actor, rules)
    if not found:
        return None
    count = "1 thing" if len(found) == 1 else f"{len(found)} things"
    return card("To know", clash_list(found), fact=f"{count} about rules and their devices")


def main_children(house: House, actor: Actor, query: ListQuery) -> dict[str, Any]:
    """What changes while the page is open."""
    rules, schedules = house.automation.rules(actor), house.automation.schedules(actor)
    shown = shown_of(house, actor, rules)
    lanes = house.automation.lanes(actor)
    return {
        "rules": listed.rule_list(rules, query, shown),
        "schedules": schedule_list(schedules, lanes, shown),
        "lanes": lanes_part(lanes, lane_days(house), shown.now_ms, house.zone),
        "facts": facts(rules, schedules),
    }


# ---- log -----------------------------------------------------------------------------------


def _log_part(
    house: House, actor: Actor, rules: Sequence[Rule], shown: Shown, of: str
) -> list[Any]:
    chosen = of if of in {str(rule.rule_id) for rule in rules} else log.EVERY
    return [
        html.Div(
            [
                select("auto-log-rule", log.rule_options(rules), value=chosen, label="Rule"),
                select("auto-log-what", list(log.WHAT.items()), value=log.EVERY, label="Outcome"),
                html.Div(files(actor, chosen, log.EVERY), id=FILES, className="wb-row"),
            ],
            className="wb-toolbar",
        ),
        card(
            None,
            Events(
                id=LOG,
                children=log_children(house, actor, chosen, log.EVERY, None, shown),
                query={"before": None},
            ),
            className="wb-card-flush",
        ),
    ]


def log_children(
    house: House,
    actor: Actor,
    rule: str,
    what: str,
    before: int | None,
    shown: Shown | None = None,
) -> list[Any]:
    """A page of the log for the controls."""
    try:
        page = house.automation.log(
            actor,
            whole_number(rule),
            fired_only=what == log.FIRED,
            limit=log.PAGE_SIZE,
            before=before,
        )
    except WattboardError as error:
        return [html.P(error.message)]
    return log.log_list(page, shown or shown_of(house, actor), continued=before is not None)


def files(actor: Actor, rule: str, what: str) -> list[Any]:
    """The log as filtered, all of its pages, as a file."""
    if not actor.may("export"):
        return []
    number = whole_number(rule)
    parts = [f"rule={number}"] if number is not None else []
    parts += ["fired=1"] if what == log.FIRED else []
    search = "?" + "&".join(parts or ["fired="])
    return csv_links("Automation log", "/download/automation.csv", search, small=False)
