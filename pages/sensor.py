"""One sensor: its values, its history at any span, what people corrected."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import Unknown, WattboardError
from domain.house import house
from pages import _correction_forms, _sensor_forms, _sensor_page
from pages._correction_forms import (
    CORRECT_FIELDS,
    CORRECT_MESSAGE,
    MANUAL_FIELDS,
    MANUAL_MESSAGE,
    correct_id,
    manual_id,
)
from pages._forms import form_answer, refusals, tell
from pages._period import picker_value, search_of, spans_of
from pages._sensor_page import CORRECT, HIDE_ONE, MANUAL
from pages._sensors_page import REGISTER, room_list
from pages._values import Clicks, FormValues, Key, PickedPeriod

dash.register_page(
    __name__,
    path_template="/sensors/<sensor_id>",
    title="Sensor · Wattboard",
    name="Sensor",
    permission="sensors.read",
)


def layout(
    sensor_id: str | None = None,
    period: str | None = None,
    date: str | None = None,
    end: str | None = None,
    compare: str | None = None,
    **_: object,
) -> Any:
    """The sensor of the address, at the period of the address."""
    value = picker_value(period, date, end, compare)
    return _sensor_page.sensor_page(house(), current_actor(), str(sensor_id), value)


@callback(
    Output("sensor-period", "children"),
    Output("sensor-url", "search"),
    Input("sensor-picker", "value"),
    State("sensor-id", "data"),
    prevent_initial_call=True,
)
def show_period(value: PickedPeriod, sensor_id: str) -> Any:
    """Every chart at another period, and the address with it."""
    row = house().building.sensor_row(sensor_id)
    drawn = _sensor_page.period_part(house(), current_actor(), row, value)
    return drawn, search_of(spans_of(house(), value).choice)


@callback(
    Output("sensor-detail", "children"),
    Input("sensors-changed", "data"),
    State("sensor-id", "data"),
    State("sensor-picker", "value"),
    prevent_initial_call=True,
)
def show_again(_: Key, sensor_id: str, value: PickedPeriod | None) -> Any:
    """The sensor after an edit."""
    return _sensor_page.sensor_detail(house(), current_actor(), sensor_id, value or {})


@callback(
    Output(ids.dialog_body(REGISTER), "children", allow_duplicate=True),
    Output(ids.dialog(REGISTER), "is_open", allow_duplicate=True),
    Input("sensor-edit-open", "n_clicks"),
    State("sensor-id", "data"),
    prevent_initial_call=True,
)
@needs("sensors.update")
def open_edit(clicks: Clicks, sensor_id: str) -> Any:
    """The form with the sensor as it is now."""
    if not clicks:
        return no_update, no_update
    sensor = house().building.sensor(sensor_id)
    return _sensor_forms.sensor_form(sensor, room_list(house())), True


@callback(
    Output("sensors-changed", "data", allow_duplicate=True),
    Input("sensor-adopt", "n_clicks"),
    State("sensor-id", "data"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("sensors.create")
def adopt(clicks: Clicks, sensor_id: str, changed: Key) -> Any:
    """Take it into lists and totals, or show it again."""
    if not clicks:
        return no_update
    house().building.adopt(current_actor(), [sensor_id])
    tell("Adopted", sensor_id)
    return changed + 1


@callback(
    Output(ids.dialog_body(HIDE_ONE), "children"),
    Output(ids.dialog(HIDE_ONE), "is_open"),
    Input("sensor-hide-open", "n_clicks"),
    State("sensor-id", "data"),
    prevent_initial_call=True,
)
@needs("sensors.delete")
def open_hide(clicks: Clicks, sensor_id: str) -> Any:
    """What hiding would do."""
    if not clicks:
        return no_update, no_update
    return _sensor_forms.hide_form([house().building.sensor(sensor_id)]), True


@callback(
    Output(ids.dialog(HIDE_ONE), "is_open", allow_duplicate=True),
    Output("sensors-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(HIDE_ONE), "n_clicks"),
    State("sensor-id", "data"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("sensors.delete")
def hide(clicks: Clicks, sensor_id: str, changed: Key) -> Any:
    """Take it out of lists and totals."""
    if not clicks:
        return no_update, no_update
    house().building.hide_sensor(current_actor(), sensor_id)
    tell("Hidden", f"{sensor_id}; history stays")
    return False, changed + 1


@callback(
    Output(ids.dialog_body(CORRECT), "children"),
    Output(ids.dialog(CORRECT), "is_open"),
    Input("sensor-correct-open", "n_clicks"),
    State("sensor-id", "data"),
    State("sensor-picker", "value"),
    prevent_initial_call=True,
)
@needs("corrections.write")
def open_correct(clicks: Clicks, sensor_id: str, value: PickedPeriod | None) -> Any:
    """Which span, and why."""
    if not clicks:
        return no_update, no_update
    return _sensor_page.correct_form(house(), sensor_id, value), True


@callback(
    output={
        "errors": [Output(ids.field_error(correct_id(n)), "children") for n in CORRECT_FIELDS],
        "message": Output(CORRECT_MESSAGE, "children"),
        "is_open": Output(ids.dialog(CORRECT), "is_open", allow_duplicate=True),
        "changed": Output("sensors-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(CORRECT), "n_clicks")},
    state={
        "values": {name: State(correct_id(name), "value") for name in (*CORRECT_FIELDS, "action")},
        "sensor_id": State("sensor-id", "data"),
        "changed": State("sensors-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("corrections.write")
def correct(clicks: Clicks, values: FormValues, sensor_id: str, changed: Key) -> dict[str, Any]:
    """Lay the correction over what was measured."""
    if not clicks:
        return _answer(CORRECT_FIELDS)
    key = (sensor_id, str(values["metric"]))
    action, reason = str(values["action"]), str(values["reason"] or "")
    try:
        span = _correction_forms.span_of(house(), values)
        amount = None
        if action == "replace":
            amount = _correction_forms.number_of(values["value"], "value")
        house().building.correct_span(current_actor(), key, span, action, amount, reason)
    except WattboardError as error:
        return _answer(CORRECT_FIELDS, error)
    tell("Corrected", "What was measured stays underneath")
    return _answer(CORRECT_FIELDS, changed=changed + 1)


@callback(
    Output("sensors-changed", "data", allow_duplicate=True),
    Input({"type": "sensor-undo", "metric": ALL, "key": ALL}, "n_clicks"),
    State("sensor-id", "data"),
    State("sensors-changed", "data"),
    prevent_initial_call=True,
)
@needs("corrections.write")
def undo(clicks: list[Clicks], sensor_id: str, changed: Key) -> Any:
    """Take one correction back."""
    chosen = ctx.triggered_id
    if not any(clicks) or not chosen:
        return no_update
    key, correction_id = (sensor_id, str(chosen["metric"])), chosen["key"]
    if not isinstance(correction_id, int):
        raise Unknown("correction", correction_id)
    house().building.withdraw_correction(current_actor(), key, correction_id)
    tell("Taken back", "The span counts as it was measured")
    return changed + 1


@callback(
    Output(ids.dialog_body(MANUAL), "children"),
    Output(ids.dialog(MANUAL), "is_open"),
    Input("sensor-manual-open", "n_clicks"),
    State("sensor-id", "data"),
    prevent_initial_call=True,
)
@needs("corrections.write")
def open_manual(clicks: Clicks, sensor_id: str) -> Any:
    """What the meter showed."""
    if not clicks:
        return no_update, no_update
    return _sensor_page.manual_form(house(), sensor_id), True


@callback(
    output={
        "errors": [Output(ids.field_error(manual_id(n)), "children") for n in MANUAL_FIELDS],
        "message": Output(MANUAL_MESSAGE, "children"),
        "is_open": Output(ids.dialog(MANUAL), "is_open", allow_duplicate=True),
        "changed": Output("sensors-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(MANUAL), "n_clicks")},
    state={
        "values": {name: State(manual_id(name), "value") for name in MANUAL_FIELDS},
        "sensor_id": State("sensor-id", "data"),
        "changed": State("sensors-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs("corrections.write")
def enter_reading(
    clicks: Clicks, values: FormValues, sensor_id: str, changed: Key
) -> dict[str, Any]:
    """Keep what somebody read off the meter."""
    if not clicks:
        return _answer(MANUAL_FIELDS)
    key = (sensor_id, str(values["metric"]))
    try:
        amount = _correction_forms.number_of(values["value"], "value")
        at_ms = _correction_forms.moment_of(house(), values["time"], "time")
        house().building.add_reading(current_actor(), key, at_ms, amount)
    except WattboardError as error:
        return _answer(MANUAL_FIELDS, error)
    tell("Reading entered", sensor_id)
    return _answer(MANUAL_FIELDS, changed=changed + 1)


def _answer(
    fields: tuple[str, ...], error: WattboardError | None = None, changed: Any = no_update
) -> dict[str, Any]:
    """What is refused beside its field, or the dialog closed and the page drawn again."""
    said = _correction_forms.renamed(refusals(error, (*fields, "start_time"))) if error else {}
    is_open = no_update if changed is no_update else False
    return form_answer(said, fields, is_open=is_open, changed=changed)
