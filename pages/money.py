"""Money: a month by source against its budget, day by day; every figure opens its postings."""

from __future__ import annotations

from typing import Any, TypedDict

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from components.money import DAY, NEWS, SUM
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _money_page as parts
from pages import _money_view as view
from pages._forms import FORM, refusals, tell
from pages._values import Act, Clicks, Key, PickedPeriod

dash.register_page(
    __name__,
    path="/money",
    title="Money · Wattboard",
    name="Money",
    permission="analytics.view",
)

News = float | None
"""When something was posted last, as assets/money.js heard it."""


class Point(TypedDict, total=False):
    """A column that was clicked: the middle of its day [epoch ms]."""

    x: float


class Clicked(TypedDict, total=False):
    """What a chart tells of a click."""

    points: list[Point]


def layout(month: str | None = None, **_: object) -> Any:
    """The month of the address, this one where it names none."""
    return parts.money_page(house(), current_actor(), month)


@callback(
    Output(parts.MONTH, "children"),
    Output(parts.HEAD, "children"),
    Output("money-files", "children"),
    Output(parts.VERSION, "data"),
    Output(parts.URL, "search"),
    Input(parts.PICKER, "value"),
    Input(NEWS, "data"),
    prevent_initial_call=True,
)
def show_month(value: PickedPeriod, _: News) -> Any:
    """The month that is chosen, anew when something was posted."""
    shown = parts.shown_of(house(), current_actor(), value)
    return (
        parts.month_part(shown),
        view.progress_chip(shown),
        parts.statement_links(shown),
        shown.month.budget.version,
        parts.address_of(shown),
    )


@callback(
    Output(ids.dialog_body(parts.DRAWER), "children"),
    Output(ids.dialog(parts.DRAWER), "is_open"),
    Input(parts.ACTS, "event"),
    State(parts.PICKER, "value"),
    prevent_initial_call=True,
)
def open_postings(event: Act | None, value: PickedPeriod) -> Any:
    """The postings a day or a figure is made of."""
    if event is None or event["name"] not in (DAY, SUM):
        return no_update, no_update
    shown = parts.shown_of(house(), current_actor(), value)
    return parts.drawer_body(house(), shown, event["name"], event["value"]), True


@callback(
    Output(ids.dialog_body(parts.DRAWER), "children", allow_duplicate=True),
    Output(ids.dialog(parts.DRAWER), "is_open", allow_duplicate=True),
    Input(view.CASH_CHART, "clickData"),
    State(parts.PICKER, "value"),
    prevent_initial_call=True,
)
def open_column(clicked: Clicked | None, value: PickedPeriod) -> Any:
    """The postings of the day whose column was clicked."""
    return _day_clicked(clicked, value)


@callback(
    Output(ids.dialog_body(parts.DRAWER), "children", allow_duplicate=True),
    Output(ids.dialog(parts.DRAWER), "is_open", allow_duplicate=True),
    Input(view.SAVED_CHART, "clickData"),
    State(parts.PICKER, "value"),
    prevent_initial_call=True,
)
def open_saved(clicked: Clicked | None, value: PickedPeriod) -> Any:
    """The same in the chart of what was saved, which not every month has."""
    return _day_clicked(clicked, value)


def _day_clicked(clicked: Clicked | None, value: PickedPeriod) -> Any:
    points = (clicked or {}).get("points") or []
    if not points or "x" not in points[0]:
        return no_update, no_update
    shown = parts.shown_of(house(), current_actor(), value)
    day = parts.day_of_click(shown, points[0]["x"])
    return parts.drawer_body(house(), shown, DAY, day.isoformat()), True


@callback(
    Output(ids.dialog_body(parts.BUDGET), "children"),
    Output(ids.dialog(parts.BUDGET), "is_open"),
    Input(view.BUDGET_OPEN, "n_clicks"),
    State(parts.PICKER, "value"),
    prevent_initial_call=True,
)
@needs("analytics.full")
def open_budget(clicks: Clicks, value: PickedPeriod) -> Any:
    """The dialog that asks for the budget."""
    if not clicks:
        return no_update, no_update
    return parts.budget_form(parts.shown_of(house(), current_actor(), value)), True


@callback(
    Output("budget-message", "children"),
    Output(ids.field_error(parts.AMOUNT), "children"),
    Output(ids.dialog(parts.BUDGET), "is_open", allow_duplicate=True),
    Output(parts.MONTH, "children", allow_duplicate=True),
    Output(parts.VERSION, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.BUDGET), "n_clicks"),
    State(parts.AMOUNT, "value"),
    State(parts.VERSION, "data"),
    State(parts.PICKER, "value"),
    prevent_initial_call=True,
)
@needs("analytics.full")
def save_budget(
    clicks: Clicks, amount: float | str | None, version: Key, value: PickedPeriod
) -> Any:
    """Set the budget of the month shown, unless somebody did meanwhile."""
    if not clicks:
        return (no_update,) * 5
    actor = current_actor()
    shown = parts.shown_of(house(), actor, value)
    try:
        typed = None if amount in (None, "") else float(amount or 0)
        house().money.budget.set(actor, shown.month.first, typed, version)
    except ValueError:
        return "", "is a number", no_update, no_update, no_update
    except WattboardError as error:
        words = refusals(error, ("amount",))
        return words.get(FORM, ""), words.get("amount", ""), no_update, no_update, no_update
    tell("Budget saved", shown.name)
    shown = parts.shown_of(house(), actor, value)
    return "", "", False, parts.month_part(shown), shown.month.budget.version
