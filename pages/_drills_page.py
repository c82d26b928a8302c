"""Puts the Drills pages together from the house."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.buttons import button, confirm_dialog
from components.cards import card, page_head
from components.files import csv_links
from components.marks import data
from components.states import empty
from components.tables import data_table, table_body
from domain.access.policy import Actor
from domain.drills.service import A_PAGE
from domain.foundation.errors import Unknown
from domain.house import House
from pages import _drills_forms as forms
from pages import _drills_report as report_view
from pages import _drills_view as view

NEWS = "drills-news"
STANDING, TABLE, FACTS, START, CANCEL = (
    f"drills-{name}" for name in ("standing", "table", "facts", "start", "cancel")
)
CONTROL = "iot.control"
WATCHED = "drill/news"


def drills_page(house: House, actor: Actor) -> Any:
    """The drill under way, and the reports."""
    may = actor.may(CONTROL)
    busy = house.drills.standing(actor) is not None
    start = button("Start a drill", id=START, kind="primary", icon_name="shield", disabled=busy)
    files = csv_links("Drills", "/download/drills.csv", "?") if actor.may("export") else []
    # Without the right the button is not there; the callbacks still find its place.
    head = start if may else html.Span(html.Button(id=START, hidden=True), hidden=True)
    return html.Div(
        [
            page_head(
                "Drills", facts=html.Span(facts(house, actor), id=FACTS), actions=[*files, head]
            ),
            dcc.Store(id=NEWS),
            html.Div(standing_part(house, actor), id=STANDING),
            card(
                "Reports",
                data_table(TABLE, **_table(house, actor, 0)),
                className="wb-card-table",
            ),
            confirm_dialog(forms.DIALOG, act="Start drill", danger=True) if may else None,
        ],
        className="wb-page wb-drills",
        **data(live_watch=WATCHED),
    )


def facts(house: House, actor: Actor) -> str:
    """How many reports there are, and what the last one said."""
    listed, total = house.drills.reports(actor)
    return view.list_facts(listed, total)


def standing_part(house: House, actor: Actor) -> Any:
    """The drill under way."""
    drill = house.drills.standing(actor)
    if drill is None:
        return None
    cancel = None
    if actor.may(CONTROL):
        cancel = button("Cancel drill", id=CANCEL, kind="stop", icon_name="stop", small=True)
    return view.standing_card(drill, cancel, house.clock.now_ms(), house.zone)


def list_body(house: House, actor: Actor, page: int) -> list[Any]:
    """What stands in the table of reports."""
    return table_body(**_table(house, actor, page))


def _table(house: House, actor: Actor, page: int) -> dict[str, Any]:
    listed, total = house.drills.reports(actor, page)
    now_ms = house.clock.now_ms()
    return {
        "columns": view.COLUMNS,
        "rows": [view.report_row(one, now_ms, house.zone) for one in listed],
        "total": total,
        "query": {"sort": None, "descending": False, "page": page},
        "page_size": A_PAGE,
        "caption": "Reports of drills",
        "nothing": view.no_drills() if not total else None,
        "noun": "drills",
    }


def report_page(house: House, actor: Actor, number: str) -> Any:
    """One report; what is none says so."""
    known = number.isascii() and number.isdecimal() and len(number) < 10
    try:
        if not known:
            raise Unknown("drill", number[:20])
        found, report = house.drills.report(actor, int(number))
    except Unknown:
        words = "Reports are kept for good; a drill under way has none yet."
        lost = empty(f"There is no report of drill {number[:20]}", words, view.back_link())
        return html.Div(lost, className="wb-page")
    return report_view.report_body(
        found,
        report,
        report_view.Sight(
            house.clock.now_ms(),
            house.zone,
            house.building.name(),
            house.settings.demo,
            actor.may("export"),
        ),
    )
