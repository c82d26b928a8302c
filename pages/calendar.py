"""The calendar: holidays, closures and exceptions that every other part follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.calendar.places import countries, regions
from domain.calendar.service import READ, WRITE
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _calendar_page as parts
from pages import _calendar_view as view
from pages._forms import error_words, form_answer, refusals, tell
from pages._values import Act, Clicks, EditedRow, FormValues, Key, Text, key_of

dash.register_page(
    __name__,
    path="/calendar",
    title="Calendar · Wattboard",
    name="Calendar",
    order=75,
    permission=READ,
)

_VALUES = {name: State(view.field_id(name), "value") for name in view.FIELDS}


def layout(year: str | None = None, **_: object) -> Any:
    """A year, this one unless the address says another."""
    shown = parts.year_of(year, house().calendar.today())
    return parts.calendar_page(house(), current_actor(), shown)


@callback(
    Output(view.YEAR, "children"),
    Output("calendar-coming", "children"),
    Output(view.EXCEPTIONS, "children"),
    Output("calendar-facts", "children"),
    Input("calendar-changed", "data"),
    State("calendar-shown", "data"),
    prevent_initial_call=True,
)
def renew(_: Key | None, year: Key | None) -> Any:
    """Everything that follows from the place and the exceptions."""
    actor, now = current_actor(), house()
    may = actor.may(WRITE)
    shown = parts.year_of(str(year), now.calendar.today())
    return (
        parts.year_part(now, shown, may),
        parts.coming_part(now),
        view.exceptions_part(now.calendar.exceptions(actor), may),
        parts.facts(now),
    )


@callback(
    Output(view.REGION, "options"),
    Output(view.REGION, "value"),
    Output(view.REGION, "disabled"),
    Input(view.COUNTRY, "value"),
    prevent_initial_call=True,
)
@needs(WRITE)
def offer_regions(country: Text) -> Any:
    """The regions of the chosen country."""
    own = regions(country) if country in countries() else {}
    options = [{"value": key, "label": words} for key, words in view.region_options(own)]
    return options, view.WHOLE, not own


@callback(
    Output(ids.field_error(view.COUNTRY), "children"),
    Output(ids.field_error(view.REGION), "children"),
    Output("calendar-place-message", "children"),
    Output("calendar-assumed", "children"),
    Output("calendar-place-version", "data"),
    Output("calendar-changed", "data"),
    Input("calendar-place-save", "n_clicks"),
    State(view.COUNTRY, "value"),
    State(view.REGION, "value"),
    State("calendar-place-version", "data"),
    State("calendar-changed", "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def save_place(
    clicks: Clicks, country: Text, region: Text, version: Key | None, changed: Key | None
) -> Any:
    """Keep whose public holidays count."""
    if not clicks:
        return (no_update,) * 6
    code = None if country == view.NONE else country
    part = None if region == view.WHOLE else region
    try:
        place = house().calendar.set_place(current_actor(), code, part, version or 0)
    except WattboardError as error:
        fields = ("country", "region")
        words = error_words(refusals(error, fields), fields)
        return *words, no_update, no_update, no_update
    tell("Country saved", parts.facts(house()))
    return "", "", "", None, place.version, (changed or 0) + 1


@callback(
    Output(ids.dialog_body(view.EDIT), "children"),
    Output(ids.dialog(view.EDIT), "is_open"),
    Output("calendar-pending", "data"),
    Input("calendar-new", "n_clicks"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_new(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return (no_update,) * 3
    return view.exception_form(None, None), True, None


@callback(
    Output(ids.dialog_body(view.EDIT), "children", allow_duplicate=True),
    Output(ids.dialog(view.EDIT), "is_open", allow_duplicate=True),
    Output("calendar-pending", "data", allow_duplicate=True),
    Input(view.YEAR, "event"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_day(event: Act | None) -> Any:
    """A form for the day that was clicked."""
    try:
        day = date.fromisoformat(event["value"] if event else "")
    except ValueError:
        return (no_update,) * 3
    return view.exception_form(None, day), True, None


@callback(
    Output(ids.dialog_body(view.EDIT), "children", allow_duplicate=True),
    Output(ids.dialog(view.EDIT), "is_open", allow_duplicate=True),
    Output("calendar-pending", "data", allow_duplicate=True),
    Output(ids.dialog_body(view.DELETE), "children"),
    Output(ids.dialog(view.DELETE), "is_open"),
    Input(view.EXCEPTIONS, "event"),
    prevent_initial_call=True,
)
@needs(WRITE)
def act_on_exception(event: Act | None) -> Any:
    """Edit, or ask before deleting."""
    exception_id = key_of(event)
    if event is None or exception_id is None:
        return (no_update,) * 5
    found = house().calendar.exception(current_actor(), exception_id)
    pending = {"id": found.exception_id, "version": found.version}
    if event["name"] == "delete":
        return no_update, no_update, pending, view.delete_form(found), True
    return view.exception_form(found, None), True, pending, no_update, no_update


@callback(
    output={
        "errors": [
            Output(ids.field_error(view.field_id(name)), "children") for name in view.FIELDS
        ],
        "message": Output(view.MESSAGE, "children"),
        "is_open": Output(ids.dialog(view.EDIT), "is_open", allow_duplicate=True),
        "changed": Output("calendar-changed", "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(view.EDIT), "n_clicks")},
    state={
        "values": _VALUES,
        "pending": State("calendar-pending", "data"),
        "changed": State("calendar-changed", "data"),
    },
    prevent_initial_call=True,
)
@needs(WRITE)
def save_exception(
    clicks: Clicks, values: FormValues, pending: EditedRow | None, changed: Key | None
) -> dict[str, Any]:
    """Keep the exception; what is refused stands beside its field."""
    if not clicks:
        return _saved({})
    actor, calendar = current_actor(), house().calendar
    try:
        if pending:
            calendar.change_exception(actor, pending["id"], values, pending["version"])
        else:
            calendar.add_exception(actor, values)
    except WattboardError as error:
        return _saved(refusals(error, view.FIELDS))
    tell("Exception saved", str(values.get("label")))
    return _saved({}, False, (changed or 0) + 1)


def _saved(
    words: dict[str, str], is_open: Any = no_update, changed: Any = no_update
) -> dict[str, Any]:
    return form_answer(words, view.FIELDS, is_open=is_open, changed=changed)


@callback(
    Output(ids.dialog(view.DELETE), "is_open", allow_duplicate=True),
    Output("calendar-changed", "data", allow_duplicate=True),
    Input(ids.dialog_confirm(view.DELETE), "n_clicks"),
    State("calendar-pending", "data"),
    State("calendar-changed", "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def delete_exception(clicks: Clicks, pending: EditedRow | None, changed: Key | None) -> Any:
    """Delete it."""
    if not clicks or not pending:
        return no_update, no_update
    try:
        house().calendar.delete_exception(current_actor(), pending["id"], pending["version"])
    except WattboardError as error:
        tell("Not deleted", error.message, tone="fault")
        return False, (changed or 0) + 1
    tell("Exception deleted")
    return False, (changed or 0) + 1
