"""Every sensor: searched, filtered, sorted and paged on the server, with live values."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _sensor_forms, _sensors_page
from pages._forms import form_answer, refusals, tell
from pages._sensor_forms import (
    CALCULATED_FIELDS,
    CALCULATED_MESSAGE,
    EDITED,
    MESSAGE,
    PART_COUNT,
    SENSOR_FIELDS,
    calculated_id,
    input_id,
)
from pages._sensors_page import ADOPT, ASSIGN, CALCULATED, CHIPS, HIDE, REGISTER, TABLE
from pages._sensors_view import query_of
from pages._values import (
    Chips,
    Chosen,
    Clicks,
    EditedSensor,
    FormValue,
    FormValues,
    Key,
    TableQuery,
    Text,
)

dash.register_page(
    __name__,
    path="/sensors",
    title="Sensors · Wattboard",
    name="Sensors",
    order=3,
    permission="sensors.read",
)


def layout(tab: str = "list", **address: object) -> Any:
    """The list of the address: q, state, room, type, sort, tab."""
    query = _sensors_page.address_query(address)
    return _sensors_page.sensors_page(house(), current_actor(), query, tab)


@callback(
    Output(TABLE, "children"),
    Output(TABLE, "query"),
    Output(CHIPS, "children"),
    Output("sensors-csv", "children"),
    Input(TABLE, "query"),
    Input(CHIPS, "query"),
    Input("sensors-text", "value"),
    Input("sensors-room", "value"),
    Input("sensors-type", "value"),
    Input("sensors-changed", "data"),
    prevent_initial_call=True,
)
def list_sensors(
    table: TableQuery | None, chips: Chips | None, text: Text, room: Text, kind: Text, _: Key
) -> Any:
    """The page of the table that the controls ask for; another filter begins at page one."""
    begins = dash.ctx.triggered_id not in (TABLE, "sensors-changed")
    if begins:
        table = {**(table or {}), "page": 0}
    query, actor = query_of(table, chips, text, room, kind), current_actor()
    body, states = _sensors_page.table_children(house(), actor, query)
    kept = table if begins else no_update
    return body, kept, states, _sensors_page.list_files(actor, query)


@callback(
    Output("sensors-rejected", "children"),
    Output("sensors-list", "style"),
    Input("sensors-tab", "value"),
    prevent_initial_call=True,
)
def switch_tab(tab: Text) -> Any:
    """Sensors, or what could not be read."""
    if tab != "rejected":
        return None, {}
    return _sensors_page.rejected_part(house(), current_actor()), {"display": "none"}


@callback(
    Output("sensors-rejected", "children", allow_duplicate=True),
    Input("sensors-rejected-clear", "n_clicks"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def clear_rejected(clicks: Clicks) -> Any:
    """Forget the rejected messages."""
    if not clicks:
        return no_update
    house().inbox.clear_rejected(current_actor())
    return _sensors_page.rejected_part(house(), current_actor())


@callback(
    Output("sensors-selection", "children"),
    Input(TABLE, "selected"),
    Input("sensors-changed", "data"),
    prevent_initial_call=True,
)
def show_selection(selected: Chosen, _: Key) -> Any:
    """The bar that appears with chosen rows."""
    sensors = _sensors_page.known_sensors(house(), selected)
    return _sensors_page.selection_bar(current_actor(), sensors)


@callback(
    Output(TABLE, "selected", allow_duplicate=True),
    Input("sensors-clear", "n_clicks"),
    prevent_initial_call=True,
)
def clear_selection(clicks: Clicks) -> Any:
    """Choose none."""
    return [] if clicks else no_update


@callback(
    Output(ids.dialog_body(ASSIGN), "children"),
    Output(ids.dialog(ASSIGN), "is_open"),
    Input("sensors-assign-open", "n_clicks"),
    State(TABLE, "selected"),
    prevent_initial_call=True,
)
@needs("sensors.update")
def open_assign(clicks: Clicks, selected: Chosen) -> Any:
    """Which room."""
    if not clicks:
        return no_update, no_update
    sensors = _sensors_page.known_sensors(house(), selected)
    return _sensor_forms.assign_form(sensors, _sensors_page.room_list(house())), True


@callback(
    Output("sensors-assign-message", "children"),
    Output(ids.dialog(ASSIGN), "is_open", allow_duplicate=True),
    Output("sensors-changed", "data", allow_duplicate=True),
    Output(TABLE, "selected", allow_duplicate=True),
    Input(ids.dialog_confirm(ASSIGN), "n_clicks"),
    State(TABLE, "selected"),
    State("sensors-assign-room", "value"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("sensors.update")
def assign(clicks: Clicks, selected: Chosen, room: Text, changed: Key) -> Any:
    """Put the chosen sensors into the room."""
    if not clicks:
        return (no_update,) * 4
    building, room_id = house().building, _sensor_forms.room_of(room)
    try:
        count = building.assign(current_actor(), selected or [], room_id)
    except WattboardError as error:
        return error.message, no_update, no_update, no_update
    place = building.room(room_id).name if room_id else "no room"
    tell("Assigned", f"{_sensor_forms.many(count)} to {place}")
    return "", False, changed + 1, []


@callback(
    Output(ids.dialog_body(ADOPT), "children"),
    Output(ids.dialog(ADOPT), "is_open"),
    Input("sensors-adopt-open", "n_clicks"),
    State(TABLE, "selected"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def open_adopt(clicks: Clicks, selected: Chosen) -> Any:
    """What adopting would make of each."""
    if not clicks:
        return no_update, no_update
    sensors = _sensors_page.known_sensors(house(), selected)
    waiting = [sensor for sensor in sensors if sensor.status != "adopted"]
    return _sensor_forms.adopt_form(waiting, dict(_sensors_page.room_list(house()))), True


@callback(
    Output("sensors-adopt-message", "children"),
    Output(ids.dialog(ADOPT), "is_open", allow_duplicate=True),
    Output("sensors-changed", "data", allow_duplicate=True),
    Output(TABLE, "selected", allow_duplicate=True),
    Input(ids.dialog_confirm(ADOPT), "n_clicks"),
    State(TABLE, "selected"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def adopt(clicks: Clicks, selected: Chosen, changed: Key) -> Any:
    """Take the discovered ones in, and show the hidden ones again."""
    if not clicks:
        return (no_update,) * 4
    sensors = _sensors_page.known_sensors(house(), selected)
    waiting = [sensor.sensor_id for sensor in sensors if sensor.status != "adopted"]
    try:
        count = house().building.adopt(current_actor(), waiting)
    except WattboardError as error:
        return error.message, no_update, no_update, no_update
    tell("Adopted", _sensor_forms.many(count))
    return "", False, changed + 1, []


@callback(
    Output(ids.dialog_body(HIDE), "children"),
    Output(ids.dialog(HIDE), "is_open"),
    Input("sensors-hide-open", "n_clicks"),
    State(TABLE, "selected"),
    prevent_initial_call=True,
)
@needs("sensors.delete")
def open_hide(clicks: Clicks, selected: Chosen) -> Any:
    """What hiding would do."""
    if not clicks:
        return no_update, no_update
    return _sensor_forms.hide_form(_sensors_page.known_sensors(house(), selected)), True


@callback(
    Output("sensors-hide-message", "children"),
    Output(ids.dialog(HIDE), "is_open", allow_duplicate=True),
    Output("sensors-changed", "data", allow_duplicate=True),
    Output(TABLE, "selected", allow_duplicate=True),
    Input(ids.dialog_confirm(HIDE), "n_clicks"),
    State(TABLE, "selected"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("sensors.delete")
def hide(clicks: Clicks, selected: Chosen, changed: Key) -> Any:
    """Take them out of lists and totals."""
    if not clicks:
        return (no_update,) * 4
    try:
        count = house().building.hide_sensors(current_actor(), selected or [])
    except WattboardError as error:
        return error.message, no_update, no_update, no_update
    tell("Hidden", f"{_sensor_forms.many(count)}; history stays")
    return "", False, changed + 1, []


@callback(
    Output(ids.dialog_body(REGISTER), "children"),
    Output(ids.dialog(REGISTER), "is_open"),
    Input("sensors-add", "n_clicks"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def open_register(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return no_update, no_update
    return _sensor_forms.sensor_form(None, _sensors_page.room_list(house())), True


@callback(
    output={
        "errors": [Output(ids.field_error(input_id(name)), "children") for name in SENSOR_FIELDS],
        "message": Output(MESSAGE, "children"),
        "is_open": Output(ids.dialog(REGISTER), "is_open", allow_duplicate=True),
        "changed": Output("sensors-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(REGISTER), "n_clicks")},
    state={
        "edited": State(EDITED, "data"),
        "values": {name: State(input_id(name), "value") for name in SENSOR_FIELDS},
        "changed": State("sensors-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("sensors.update")
def save_sensor(
    clicks: Clicks, edited: EditedSensor | None, values: FormValues, changed: Key
) -> dict[str, Any]:
    """Register or change a sensor; what is refused stands beside its field."""
    if not clicks:
        return _saved()
    building, actor = house().building, current_actor()
    fields = _sensor_forms.fields_of(values, new=not edited)
    try:
        if edited:
            building.update_sensor(actor, edited["id"], fields, edited["version"])
        else:
            building.register_sensor(actor, str(values.get("sensor_id") or ""), fields)
    except WattboardError as error:
        return _saved(refusals(error, SENSOR_FIELDS))
    tell("Sensor saved", str(edited["id"] if edited else values["sensor_id"]))
    return _saved(is_open=False, changed=changed + 1)


@callback(
    Output(ids.dialog_body(CALCULATED), "children"),
    Output(ids.dialog(CALCULATED), "is_open"),
    Input("sensors-calculate", "n_clicks"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def open_calculated(clicks: Clicks) -> Any:
    """The form of a meter made of others."""
    if not clicks:
        return no_update, no_update
    series, rooms = _sensors_page.series_options(house()), _sensors_page.room_list(house())
    return _sensor_forms.calculated_form(series, rooms), True


@callback(
    output={
        "errors": [
            Output(ids.field_error(calculated_id(name)), "children") for name in CALCULATED_FIELDS
        ],
        "message": Output(CALCULATED_MESSAGE, "children"),
        "is_open": Output(ids.dialog(CALCULATED), "is_open", allow_duplicate=True),
        "changed": Output("sensors-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(CALCULATED), "n_clicks")},
    state={
        "values": {name: State(calculated_id(name), "value") for name in CALCULATED_FIELDS[:-1]},
        "factors": [State(f"calculated-factor-{n}", "value") for n in range(PART_COUNT)],
        "chosen": [State(f"calculated-series-{n}", "value") for n in range(PART_COUNT)],
        "changed": State("sensors-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("sensors.create")
def save_calculated(
    clicks: Clicks, values: FormValues, factors: list[FormValue], chosen: list[Text], changed: Key
) -> dict[str, Any]:
    """Define the meter and register it."""
    if not clicks:
        return _saved(names=CALCULATED_FIELDS)
    sensor_id, metric = str(values["sensor_id"] or ""), str(values["metric"])
    parts = _sensor_forms.parts_of(factors, chosen)
    fields = _sensor_forms.calculated_fields(values)
    try:
        house().building.define_meter(current_actor(), sensor_id, metric, parts, fields)
    except WattboardError as error:
        return _saved(refusals(error, CALCULATED_FIELDS), names=CALCULATED_FIELDS)
    tell("Calculated meter saved", sensor_id)
    return _saved(is_open=False, changed=changed + 1, names=CALCULATED_FIELDS)


def _saved(
    words: dict[str, str] | None = None,
    is_open: Any = no_update,
    changed: Any = no_update,
    names: tuple[str, ...] = SENSOR_FIELDS,
) -> dict[str, Any]:
    return form_answer(words or {}, names, is_open=is_open, changed=changed)


# The callback that exports readings is of this page too.
from pages import _sensors_export  # noqa: E402, F401
