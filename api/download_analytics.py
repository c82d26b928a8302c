"""Files of exactly what the Analytics page shows, one view each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from api.download import asked_dialect, asked_period, asked_span, csv_file
from api.marks import requires
from domain.access.current import current_actor
from domain.analytics import shown_csv
from domain.analytics.query import Question
from domain.analytics.shown_csv import Table
from domain.foundation.errors import Unknown

if TYPE_CHECKING:
    from domain.house import House

View = Callable[["House"], Table]


def download_analytics_api(house: House) -> Blueprint:
    """`/download/analytics/<view>.csv`, for the composition root to register."""
    routes = Blueprint("download_analytics", __name__, url_prefix="/download/analytics")

    @routes.get("/<view>.csv")
    @requires("export")
    def view_file(view: str) -> Response:
        current_actor().require("analytics.view")
        make = VIEWS.get(view)
        if make is None:
            raise Unknown("view", view[:40])
        pieces = shown_csv.table_csv(make(house), asked_dialect())
        return csv_file(pieces, f"{view} {asked_span()}")

    return routes


def _totals(house: House) -> Table:
    before = asked_period(house, "before_first", "before_last")
    found = house.analytics.summary(asked_period(house, "first", "last"), before)
    return shown_csv.totals_table(found)


def _rooms(house: House) -> Table:
    return shown_csv.rooms_table(house.analytics.summary(asked_period(house, "first", "last")))


def _stack(house: House) -> Table:
    return shown_csv.stack_table(house.analytics.energy(asked_period(house, "first", "last")))


def _heat(house: House) -> Table:
    period = asked_period(house, "first", "last")
    return shown_csv.heat_table(house.analytics.heat_map(_text("of"), period))


def _duration(house: House) -> Table:
    period = asked_period(house, "first", "last")
    return shown_csv.duration_table(house.analytics.load_duration(_text("of"), period))


def _comparison(house: House) -> Table:
    period = asked_period(house, "first", "last")
    before = asked_period(house, "before_first", "before_last")
    return shown_csv.comparison_table(house.analytics.compare(_text("of"), period, before))


def _correlation(house: House) -> Table:
    period = asked_period(house, "first", "last")
    found = house.analytics.correlation(_text("a"), _text("b"), period, _text("resolution"))
    return shown_csv.correlation_table(found)


def _query(house: House) -> Table:
    question = Question(
        tuple(request.args.getlist("metric")),
        asked_period(house, "first", "last"),
        request.args.get("aggregate", "mean"),
        request.args.get("group", "none"),
        request.args.get("resolution"),
    )
    rooms = [int(room) for room in request.args.getlist("room") if room.isdecimal()]
    return shown_csv.answer_table(house.analytics.query(question, rooms or None))


def _text(name: str) -> str:
    return request.args.get(name, "")[:200]


VIEWS: Mapping[str, View] = {
    "totals": _totals,
    "rooms": _rooms,
    "sources": _stack,
    "heat-map": _heat,
    "load-duration": _duration,
    "comparison": _comparison,
    "correlation": _correlation,
    "query": _query,
}
