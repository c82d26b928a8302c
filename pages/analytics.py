"""Analytics: one period drives totals, shapes, a free question and a pair of quantities."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, callback, no_update

from domain.access.current import current_actor
from domain.house import house
from pages._analytics_page import (
    ENERGY,
    OF,
    PAIR,
    PAIR_A,
    PAIR_B,
    PICKER,
    SHAPES,
    URL,
    Asked,
    analytics_page,
    answer_part,
    choices_of,
    energy_part,
    pair_part,
    shapes_part,
)
from pages._analytics_question import AGGREGATE, GROUP, METRIC, OVER, ROOMS
from pages._analytics_state import address_of, view_of
from pages._period import picker_value
from pages._values import PickedPeriod

dash.register_page(
    __name__,
    path="/analytics",
    title="Analytics · Wattboard",
    name="Analytics",
    permission="analytics.view",
)

CONTROLS = {
    "of": OF,
    "metric": METRIC,
    "room": ROOMS,
    "group": GROUP,
    "aggregate": AGGREGATE,
    "over": OVER,
    "a": PAIR_A,
    "b": PAIR_B,
}


def layout(
    period: str | None = None,
    date: str | None = None,
    end: str | None = None,
    compare: str | None = None,
    **address: object,
) -> Any:
    """The page at the period and the choices of the address."""
    value = picker_value(period or "month", date, end, compare)
    choices = choices_of(house())
    return analytics_page(house(), current_actor(), view_of(address, choices), choices, value)


@callback(
    Output(ENERGY, "children"),
    Output(SHAPES, "children"),
    Output("analytics-answer", "children"),
    Output(PAIR, "children"),
    Output(URL, "search"),
    inputs={
        "value": Input(PICKER, "value"),
        "controls": {name: Input(id, "value") for name, id in CONTROLS.items()},
    },
    prevent_initial_call=True,
)
def show(value: PickedPeriod, controls: dict[str, str | list[str] | None]) -> Any:
    """What changed, and the address: another period draws everything anew."""
    asked = Asked.gather(house(), current_actor(), view_of(controls, choices_of(house())), value)
    triggered = dash.ctx.triggered_id
    everything = triggered in (None, PICKER)
    return (
        energy_part(asked) if everything else no_update,
        shapes_part(asked) if everything or triggered == OF else no_update,
        answer_part(asked)
        if everything or triggered in (METRIC, ROOMS, GROUP, AGGREGATE, OVER)
        else no_update,
        pair_part(asked) if everything or triggered in (PAIR_A, PAIR_B) else no_update,
        address_of(asked.spans, asked.view),
    )
