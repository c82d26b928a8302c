"""The export of readings on the sensor list; its callback is part of pages/sensors.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.building.export import ExportQuery, rows_about
from domain.building.model import SensorQuery
from domain.house import House, house
from pages import _export_form as view
from pages._sensors_page import CHIPS, TABLE, known_sensors
from pages._sensors_view import query_of
from pages._values import Chips, Chosen, Clicks, TableQuery, Text

OPEN = "sensors-export-open"


@callback(
    output={
        "is_open": Output(ids.dialog(view.EXPORT), "is_open"),
        "target": Output(view.TARGET, "children"),
        "words": Output(view.WORDS, "children"),
        "href": Output(view.LINK, "href"),
        "title": Output(view.LINK, "title"),
        "hidden": Output(view.SLOT, "hidden"),
    },
    inputs={
        "clicks": Input(OPEN, "n_clicks"),
        "form": {name: Input(view.field_id(name), "value") for name in view.FIELDS},
    },
    state={
        "selected": State(TABLE, "selected"),
        "table": State(TABLE, "query"),
        "chips": State(CHIPS, "query"),
        "text": State("sensors-text", "value"),
        "room": State("sensors-room", "value"),
        "kind": State("sensors-type", "value"),
    },
    prevent_initial_call=True,
)
@needs("export")
def offer_export(
    clicks: Clicks,
    form: dict[str, Text],
    selected: Chosen,
    table: TableQuery | None,
    chips: Chips | None,
    text: Text,
    room: Text,
    kind: Text,
) -> dict[str, Any]:
    """The file of the chosen sensors, else of the list as filtered; how long it will be."""
    current_actor().require("sensors.read")
    now = house()
    if selected:
        known = known_sensors(now, selected)
        sensor_ids: list[str] | None = [sensor.sensor_id for sensor in known]
    else:
        sensor_ids = _listed(now, query_of(table, chips, text, room, kind))
    days = form["first"], form["last"]
    offered = view.offer(sensor_ids, days, form["level"], form["format"], now.zone)
    return {
        "is_open": True if dash.ctx.triggered_id == OPEN else no_update,
        "target": _target(sensor_ids, chosen=bool(selected)),
        "words": offered.refused or _length(now, sensor_ids, offered),
        "href": offered.href or "#",
        "title": offered.what,
        "hidden": bool(offered.refused),
    }


# The file comes beside the page: what it was asked with is not needed any more.
clientside_callback(
    ClientsideFunction("wattboard_shell", "close"),
    Output(ids.dialog(view.EXPORT), "is_open", allow_duplicate=True),
    Input(view.LINK, "n_clicks"),
    prevent_initial_call=True,
)


def _listed(now: House, query: SensorQuery) -> list[str] | None:
    """Every page of the filtered list; None without a filter."""
    if not (query.search or query.state or query.sensor_type or query.room_id is not None):
        return None
    asked = SensorQuery(
        search=query.search,
        room_id=query.room_id,
        state=query.state,
        sensor_type=query.sensor_type,
        page_size=None,
    )
    return [row.sensor.sensor_id for row in now.building.sensors(asked).rows]


def _target(sensor_ids: Sequence[str] | None, *, chosen: bool) -> str:
    if sensor_ids is None:
        return "All sensors that are not hidden"
    return f"{view.many(sensor_ids)}, {'chosen' if chosen else 'as filtered'}"


def _length(now: House, sensor_ids: Sequence[str] | None, offered: view.Offer) -> str:
    if offered.period is None:
        return ""
    query = ExportQuery(period=offered.period, sensors=sensor_ids or (), level=offered.level)
    return view.rows_words(rows_about(now.building, now.telemetry, query))
