"""The start page: energy now, what needs a person, today and its money, the curve, rooms by use."""

from typing import Any

import dash
from dash import Input, Output, callback

from components import formats
from components.cards import grid, page
from domain.foundation.intervals import local_date, local_day, same_span
from domain.house import House, house
from pages import _overview_day as day_view
from pages import _overview_money as money_view
from pages import _overview_view as view

dash.register_page(
    __name__,
    path="/",
    title="Overview · Wattboard",
    name="Overview",
    order=0,
    permission="analytics.view",
)


def layout(**_: object) -> Any:
    """The overview as of now; live.js and charts.js keep it true from there on."""
    home = house()
    now, now_ms, zone = home.energy.now(), home.clock.now_ms(), home.zone
    lines = home.watch.needs()
    needs = view.needs_card(lines, now_ms, zone)
    if not now.roles:
        return page(None, grid(view.no_meters(lines), needs, columns="overview"))
    today, peak = home.energy.today(), home.energy.peak_of_month()
    day = local_day(local_date(home.clock.now(), zone), zone)
    curve = home.energy.day_curve(day)
    week_ago = home.energy.day_curve(same_span(day, 7, zone))
    charge = home.energy.charge_curve(today.period)
    return page(
        None,
        grid(view.flow_card(now, curve, now_ms, zone), needs, columns="overview"),
        grid(*day_view.tiles(now, today, curve, charge, peak, now_ms, zone)),
        grid(*_money(home, now.state), columns="tiles-4"),
        grid(
            day_view.day_card(curve, week_ago, today, day, now_ms, zone),
            view.rooms_card(now),
            columns="main-side",
        ),
    )


def _money(home: House, state: str) -> list[Any]:
    """Cost, savings, CO2 and the price now."""
    unit = formats.currency_unit(home.settings.currency)
    today, price = home.money.today.shown()
    return money_view.tiles(today, price, state, unit, home.zone)


@callback(
    Output(view.ROOMS_TOTAL_ID, "children"),
    Output(view.ROOMS_ID, "children"),
    Input(view.ROOMS_SPAN_ID, "value"),
    prevent_initial_call=True,
)
def show_rooms(span: str) -> Any:
    """Rooms by use as of now, or their energy of today."""
    energy = house().energy
    if span == "today":
        return view.rooms_today(energy.rooms(energy.so_far()))
    return view.rooms_now(energy.now())
