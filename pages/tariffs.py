"""Tariffs: contracts, scenarios and their versions, and what a kWh emits."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

import dash
from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _tariffs_carbon as carbon
from pages import _tariffs_list as listed
from pages import _tariffs_page as parts
from pages._forms import FORM, refusals, tell
from pages._tariffs_words import effect_words
from pages._values import Act, Clicks, FormValues, Key, Text, key_of

dash.register_page(
    __name__,
    path="/money/tariffs",
    title="Tariffs · Wattboard",
    name="Tariffs",
    order=56,
    permission="analytics.view",
)

WRITE = parts.WRITE


class PendingTariff(TypedDict, total=False):
    """The tariff, or the day of the factor, that an open dialog is about."""

    tariff: Key
    version: Key
    factor_day: str
    factor_made_ms: int | None


def layout(**address: object) -> Any:
    """The list, or the form of a tariff."""
    return parts.tariffs_page(house(), current_actor(), address)


@callback(
    Output(ids.dialog_body(listed.USE), "children"),
    Output(ids.dialog(listed.USE), "is_open"),
    Output(ids.dialog_body(listed.RENAME), "children"),
    Output(ids.dialog(listed.RENAME), "is_open"),
    Output(ids.dialog_body(listed.DELETE), "children"),
    Output(ids.dialog(listed.DELETE), "is_open"),
    Output(parts.PENDING, "data"),
    Input(listed.LIST, "event"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_tariff(event: Act | None) -> Any:
    """Put in use, rename, or ask before deleting."""
    nothing = [no_update] * 7
    tariff_id = key_of(event)
    if event is None or tariff_id is None or event["name"].startswith("carbon"):
        return nothing
    tariffs = house().money.tariffs
    tariff = tariffs.get(tariff_id)
    pending = {"tariff": tariff.tariff_id, "version": tariff.version}
    match event["name"]:
        case "use":
            first = tariffs.today()
            body = listed.use_form(tariff, first, tariffs.effect_of_use(tariff_id, first))
            return [body, True, *nothing[2:6], pending]
        case "rename":
            return [*nothing[:2], listed.rename_form(tariff), True, *nothing[4:6], pending]
        case "delete":
            return [*nothing[:4], listed.delete_form(tariff), True, pending]
    return nothing


@callback(
    Output(listed.LIST, "children"),
    Input(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
def renew_list(_: Key) -> Any:
    """The cards, after something was done."""
    return parts.list_children(house(), current_actor())


@callback(
    Output(f"{listed.USE}-effect", "children"),
    Input(f"{listed.USE}-first", "value"),
    State(parts.PENDING, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def tell_use(first: Text, pending: PendingTariff | None) -> Any:
    """What putting it in use from that day would count anew."""
    day = day_of(first)
    if day is None or not pending or "tariff" not in pending:
        return ""
    return effect_words(house().money.tariffs.effect_of_use(pending["tariff"], day))


@callback(
    Output(listed.message_id(listed.USE), "children"),
    Output(ids.dialog(listed.USE), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(listed.USE), "n_clicks"),
    State(f"{listed.USE}-first", "value"),
    State(parts.PENDING, "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def put_in_use(clicks: Clicks, first: Text, pending: PendingTariff | None, changed: Key) -> Any:
    """Let it price the building from that day on."""
    if not clicks or not pending or "tariff" not in pending:
        return (no_update,) * 3
    day = day_of(first)
    if day is None:
        return "Choose a day", no_update, no_update
    try:
        tariff = house().money.tariffs.put_in_use(
            current_actor(), pending["tariff"], day, pending.get("version", 0)
        )
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update, no_update
    tell("In use", tariff.name)
    return "", False, changed + 1


@callback(
    Output(listed.message_id(listed.RENAME), "children"),
    Output(ids.dialog(listed.RENAME), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(listed.RENAME), "n_clicks"),
    State(f"{listed.RENAME}-name", "value"),
    State(parts.PENDING, "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def rename(clicks: Clicks, name: Text, pending: PendingTariff | None, changed: Key) -> Any:
    """Call it something else."""
    if not clicks or not pending or "tariff" not in pending:
        return (no_update,) * 3
    try:
        tariff = house().money.tariffs.rename(
            current_actor(), pending["tariff"], name or "", pending.get("version", 0)
        )
    except WattboardError as error:
        return refusals(error, ()).get(FORM, error.message), no_update, no_update
    tell("Renamed", tariff.name)
    return "", False, changed + 1


@callback(
    Output(listed.message_id(listed.DELETE), "children"),
    Output(ids.dialog(listed.DELETE), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(listed.DELETE), "n_clicks"),
    State(parts.PENDING, "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def delete(clicks: Clicks, pending: PendingTariff | None, changed: Key) -> Any:
    """Drop a scenario."""
    if not clicks or not pending or "tariff" not in pending:
        return (no_update,) * 3
    try:
        house().money.tariffs.delete(current_actor(), pending["tariff"], pending.get("version", 0))
    except WattboardError as error:
        return error.message, no_update, no_update
    tell("Deleted")
    return "", False, changed + 1


# --- the carbon factor ---------------------------------------------------------------------


@callback(
    Output(ids.dialog_body(carbon.SET), "children"),
    Output(ids.dialog(carbon.SET), "is_open"),
    Output(parts.PENDING, "data", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(listed.LIST, "event"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_factor(event: Act | None, changed: Key) -> Any:
    """A new factor, one to change, or one to take back."""
    if event is None or not event["name"].startswith("carbon"):
        return (no_update,) * 4
    own, today = house().money.carbon, house().money.tariffs.today()
    day = day_of(event["value"])
    found = next((f for f in own.set_factors() if f.valid_from == day), None)
    if event["name"] == "carbon-back" and found is not None:
        own.take_back(current_actor(), found.valid_from, found.made_ms)
        tell("Taken back", "What held before goes on.")
        return no_update, no_update, no_update, changed + 1
    if event["name"] == "carbon-edit" and found is None:
        return (no_update,) * 4
    first = found.valid_from if found else today.replace(day=1)
    body = carbon.factor_form(found, today, own.feeds(), effect_words(own.effect(first)))
    pending = {"factor_made_ms": found.made_ms if found else None}
    return body, True, pending, no_update


@callback(
    output={
        "errors": [
            Output(ids.field_error(carbon.field_id(name)), "children") for name in carbon.FIELDS
        ],
        "message": Output(f"{carbon.SET}-message", "children"),
        "is_open": Output(ids.dialog(carbon.SET), "is_open", allow_duplicate=True),
        "changed": Output(parts.CHANGED, "data", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(carbon.SET), "n_clicks")},
    state={
        "values": {name: State(carbon.field_id(name), "value") for name in carbon.FIELDS},
        "pending": State(parts.PENDING, "data"),
        "changed": State(parts.CHANGED, "data"),
    },
    prevent_initial_call=True,
)
@needs(WRITE)
def save_factor(
    clicks: Clicks, values: FormValues, pending: PendingTariff | None, changed: Key
) -> dict[str, Any]:
    """Keep the factor; what is refused stands beside its field."""
    if not clicks:
        return _factor_said({}, no_update, no_update)
    day = day_of(values.get("valid_from"))
    if day is None:
        return _factor_said({"valid_from": "Choose a day"}, no_update, no_update)
    amount, feed = values.get("g_per_kwh"), str(values.get("feed_id") or carbon.NO_FEED)
    try:
        house().money.carbon.set(
            current_actor(),
            day,
            float(amount) if isinstance(amount, int | float) else None,
            int(feed) if feed != carbon.NO_FEED and feed.isdecimal() else None,
            (pending or {}).get("factor_made_ms"),
        )
    except WattboardError as error:
        return _factor_said(refusals(error, carbon.FIELDS), no_update, no_update)
    tell("Factor saved")
    return _factor_said({}, False, changed + 1)


def _factor_said(words: dict[str, str], is_open: Any, changed: Any) -> dict[str, Any]:
    return {
        "errors": [words.get(name, "") for name in carbon.FIELDS],
        "message": words.get(FORM, ""),
        "is_open": is_open,
        "changed": changed,
    }


def day_of(text: object) -> date | None:
    """A day as the browser's date field sends it."""
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return None


# The callbacks of the form are of this page too.
from pages import _tariffs_edit_acts  # noqa: E402, F401
