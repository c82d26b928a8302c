"""The Admin page's tab of the building's own settings, and its one callback."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, html, no_update, set_props

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _building_view as view
from pages._forms import form_answer, refusals, tell
from pages._values import Clicks, FormValues, Key


def building_tab() -> html.Div:
    """The settings as they are now."""
    building = house().building
    return view.building_part(building.settings(), building.rooms())


@callback(
    output={
        "errors": [Output(ids.field_error(view.input_id(n)), "children") for n in view.FIELDS],
        "message": Output(view.MESSAGE, "children"),
        "part": Output("admin-part", "children", allow_duplicate=True),
    },
    inputs={"clicks": Input(view.SAVE, "n_clicks")},
    state={
        "version": State(view.VERSION, "data"),
        "values": {name: State(view.input_id(name), "value") for name in view.FIELDS},
    },
    prevent_initial_call=True,
)
@needs("building.update")
def save_building(clicks: Clicks, version: Key, values: FormValues) -> dict[str, Any]:
    """Change name and band, unless somebody changed them since the form was drawn."""
    if not clicks:
        return _answer({})
    building = house().building
    try:
        saved = building.update_settings(current_actor(), view.fields_of(values), version)
    except WattboardError as error:
        return _answer(refusals(error, view.FIELDS))
    set_props(ids.BUILDING, {"children": saved.name})
    tell("Building saved", view.following_words(building.rooms()) if building.rooms() else None)
    return _answer({}, building_tab())


def _answer(words: dict[str, str], part: Any = no_update) -> dict[str, Any]:
    return form_answer(words, view.FIELDS, part=part)
