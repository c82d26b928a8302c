"""Puts the Calendar page together from the house."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dash import dcc, html

from components.buttons import button, confirm_dialog, form_dialog
from components.cards import card, grid, page
from components.native import Events
from domain.access.policy import Actor
from domain.calendar.places import countries, regions
from domain.calendar.service import WRITE
from domain.house import House
from pages import _calendar_view as view

FIRST_YEAR, LAST_YEAR = 2000, 2099
AHEAD = timedelta(days=366)


def year_of(text: str | None, today: date) -> int:
    """The year an address asks for; this one where it asks for none that there is."""
    asked = int(text) if text and text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return asked if FIRST_YEAR <= asked <= LAST_YEAR else today.year


def calendar_page(house: House, actor: Actor, year: int) -> Any:
    """The year, whose holidays count, what is coming, the exceptions."""
    may, place = actor.may(WRITE), house.calendar.place()
    own = regions(place.country) if place.country else {}
    new = button("New exception", id="calendar-new", kind="primary", icon_name="plus")
    return page(
        "Calendar",
        dcc.Store(id="calendar-changed", data=0),
        dcc.Store(id="calendar-shown", data=year),
        dcc.Store(id="calendar-pending"),
        dcc.Store(id="calendar-place-version", data=place.version),
        grid(
            card(
                html.Span(view.year_moves(year, FIRST_YEAR, LAST_YEAR), className="wb-row"),
                Events(id=view.YEAR, children=year_part(house, year, may)),
                actions=view.download(year) if actor.may("export") else None,
            ),
            html.Div(
                [
                    view.place_card(place, countries(), own, house.zone.key, may),
                    card(
                        "Coming",
                        html.Div(coming_part(house), id="calendar-coming"),
                    ),
                ],
                className="wb-stack",
            ),
            columns="main-side",
        ),
        card(
            "Closures and other exceptions",
            view.exceptions_table(house.calendar.exceptions(actor), may),
        ),
        form_dialog(view.EDIT, "Exception", act="Save exception"),
        confirm_dialog(view.DELETE, act="Delete exception", danger=True),
        facts=html.Span(facts(house), id="calendar-facts"),
        actions=[new] if may else (),
    )


def facts(house: House) -> str:
    """Whose holidays these are."""
    place = house.calendar.place()
    own = regions(place.country) if place.country else {}
    return view.place_words(place, countries(), own)


def year_part(house: House, year: int, may_write: bool) -> list[Any]:
    """The months of a year."""
    days = house.calendar.days(date(year, 1, 1), date(year + 1, 1, 1))
    return view.year_part(days, house.calendar.today(), may_write)


def coming_part(house: House) -> Any:
    """The special days of the coming year."""
    today = house.calendar.today()
    return view.coming_part(house.calendar.days(today, today + AHEAD), today)
