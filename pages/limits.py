"""Limits: what the site may import and export, and what the grid operator orders."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import FieldError, InvalidInput, WattboardError
from domain.house import house
from domain.inbox.refusal import Refused
from domain.inbox.timestamps import parse_timestamp
from pages import _limits_page as parts
from pages._forms import form_answer, refusals, tell
from pages._values import Act, Clicks, FormValues, Key, Text, key_of

dash.register_page(
    __name__,
    path=parts.PATH,
    title="Limits · Wattboard",
    name="Limits",
    order=20,
    permission="iot.view",
)

CONTROL = "iot.control"
News = float | None


def layout(**_: object) -> Any:
    """How the site stands against its limits."""
    return parts.limits_page(house(), current_actor())


@callback(
    Output(parts.NOW, "children"),
    Output(parts.ORDERS, "children"),
    Input(parts.NEWS, "data"),
    Input(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
def renew(_: News, __: News) -> Any:
    """How it stands after news, or after somebody changed a limit."""
    now, actor = house(), current_actor()
    return parts.now_children(now, actor), parts.orders_children(now, actor)


@callback(
    output={
        "errors": [Output(ids.field_error(parts.own_id(n)), "children") for n in parts.OWN_FIELDS],
        "message": Output(parts.OWN_MESSAGE, "children"),
        "version": Output(parts.OWN_VERSION, "data"),
        "changed": Output(parts.CHANGED, "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(parts.OWN_SAVE, "n_clicks")},
    state={
        "version": State(parts.OWN_VERSION, "data"),
        "values": {name: State(parts.own_id(name), "value") for name in parts.OWN_FIELDS},
    },
    prevent_initial_call=True,
)
@needs(CONTROL)
def save_own(clicks: Clicks, version: Key, values: FormValues) -> dict[str, Any]:
    """Change the site's own limit, unless somebody changed it since the form was drawn."""
    same = {"version": no_update, "changed": no_update}
    if not clicks:
        return form_answer({}, parts.OWN_FIELDS, **same)
    try:
        saved = house().control.limits.set_own(
            current_actor(), values.get("import_kw"), values.get("export_kw"), version
        )
    except WattboardError as error:
        return form_answer(refusals(error, parts.OWN_FIELDS), parts.OWN_FIELDS, **same)
    tell("Limit saved", "Devices are narrowed within seconds")
    now_ms = house().clock.now_ms()
    return form_answer({}, parts.OWN_FIELDS, version=saved.version, changed=now_ms)


@callback(
    output={
        "errors": [
            Output(ids.field_error(parts.order_id(n)), "children") for n in parts.ORDER_FIELDS
        ],
        "message": Output(parts.ORDER_MESSAGE, "children"),
        "changed": Output(parts.CHANGED, "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(parts.ORDER_SAVE, "n_clicks")},
    state={
        "direction": State(parts.DIRECTION, "value"),
        "values": {name: State(parts.order_id(name), "value") for name in parts.ORDER_FIELDS},
    },
    prevent_initial_call=True,
)
@needs(CONTROL)
def enter(clicks: Clicks, direction: Text, values: FormValues) -> dict[str, Any]:
    """Enter what the grid operator ordered."""
    if not clicks:
        return form_answer({}, parts.ORDER_FIELDS, changed=no_update)
    limited = "export_kw" if direction == "export" else "import_kw"
    try:
        fields = {
            limited: values.get("limit_kw"),
            "starts_ms": _moment_ms(values.get("starts_at"), "starts_at"),
            "ends_ms": _moment_ms(values.get("ends_at"), "ends_at"),
            "source": values.get("source"),
            "reason": values.get("reason"),
        }
        house().control.limits.order(current_actor(), fields)
    except WattboardError as error:
        words = refusals(_renamed(error), parts.ORDER_FIELDS)
        return form_answer(words, parts.ORDER_FIELDS, changed=no_update)
    tell("Order entered", "It narrows devices while it holds")
    return form_answer({}, parts.ORDER_FIELDS, changed=house().clock.now_ms())


@callback(
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(parts.ORDERS, "event"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def end(event: Act | None) -> Any:
    """End an order before its time."""
    key = key_of(event)
    if not event or event["name"] != "end" or key is None:
        return no_update
    try:
        house().control.limits.end_order(current_actor(), key)
    except WattboardError as error:
        tell("Not ended", error.message, tone="fault")
        return house().clock.now_ms()
    tell("Order ended")
    return house().clock.now_ms()


def _moment_ms(text: object, field: str) -> int:
    """A local time of the building. Raises InvalidInput at its field."""
    try:
        return parse_timestamp(str(text or ""), house().zone, house().clock.now_ms())
    except Refused as refused:
        wrong = FieldError(field, "Choose a day and a time")
        raise InvalidInput("This order cannot be entered.", [wrong]) from refused


def _renamed(error: WattboardError) -> WattboardError:
    """The limit of either direction is the form's one number."""
    if not isinstance(error, InvalidInput):
        return error
    fields = [
        FieldError("limit_kw" if e.field in ("import_kw", "export_kw") else e.field, e.message)
        for e in error.fields
    ]
    return InvalidInput(error.message, fields)
