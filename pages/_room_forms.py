"""The forms of a room: create, edit, comfort band, and what deleting it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import formats
from components.buttons import dialog_content
from components.forms import field, form, number_field, text_field
from components.marks import key_value
from domain.building.comfort import COMFORT_FIELDS, Comfort, as_dict
from domain.building.model import Room, Sensor

ROOM_FIELDS = ("name", "floor", "capacity", "area_m2")
LIMIT_FIELDS = (
    "temperature_low",
    "temperature_high",
    "cold_below",
    "hot_above",
    "humidity_low",
    "humidity_high",
    "co2_limit_ppm",
)
FORM_FIELDS = (*ROOM_FIELDS, *LIMIT_FIELDS)
UNITS = {"co2_limit_ppm": "ppm", "humidity_low": "%", "humidity_high": "%"}
EDITED = "room-edited"
MESSAGE = "room-form-message"


def input_id(name: str) -> str:
    """Dash id of a field's input."""
    return f"room-{name}"


def room_form(room: Room | None, base: Comfort, floors: Sequence[str]) -> list[Any]:
    """All fields; limits left empty follow the building, whose value stands below."""
    known = {"id": room.room_id, "version": room.version} if room else None
    own = room.own_comfort if room else {}
    usual = {name: limit_words(name, as_dict(base)[name]) for name in LIMIT_FIELDS}
    return [
        dcc.Store(id=EDITED, data=known),
        *dialog_content("Edit room" if room else "New room", target=room.name if room else None),
        form(
            text_field(
                input_id("name"), "Name", value=room.name if room else "", max_length=60, wide=True
            ),
            _floor_field(room.floor if room else "", floors),
            number_field(
                input_id("capacity"), "Seats", value=room.capacity if room else None, low=0, step=1
            ),
            number_field(
                input_id("area_m2"), "Floor area", value=room.area_m2 if room else None, unit="m²"
            ),
            columns=2,
        ),
        html.H3("Comfort", className="wb-form-part"),
        html.P(
            "Empty follows the building; cold and hot then move with the band.",
            className="wb-hint",
        ),
        form(
            *[
                limit_field(input_id(name), name, own.get(name), f"Building: {words}")
                for name, words in usual.items()
            ],
            columns=2,
            message_id=MESSAGE,
        ),
    ]


def _floor_field(value: str, floors: Sequence[str]) -> Any:
    """A text with the floors there are as suggestions."""
    control = dbc.Input(
        id=input_id("floor"),
        value=value,
        list="room-floors",
        maxLength=40,
        autocomplete="off",
    )
    suggestions = html.Datalist([html.Option(value=name) for name in floors], id="room-floors")
    return field(
        input_id("floor"), "Floor", html.Div([control, suggestions]), hint="For example 2nd, Ground"
    )


def limit_field(id: str, name: str, value: float | None, hint: str) -> Any:
    """A comfort limit with its unit and range."""
    label, low, high = COMFORT_FIELDS[name]
    unit = UNITS.get(name, "°C")
    return number_field(id, label, value=value, unit=unit, low=low, high=high, hint=hint)


def limit_words(name: str, value: float) -> str:
    """`21.0 °C`, `1,000 ppm`."""
    unit = UNITS.get(name, "°C")
    return f"{formats.fixed(value, 1 if unit == '°C' else 0)} {unit}"


def fields_of(values: Mapping[str, Any]) -> dict[str, object]:
    """A form's values as the use case takes them."""
    fields: dict[str, object] = {name: values.get(name) for name in ROOM_FIELDS}
    fields["comfort"] = {name: values.get(name) for name in LIMIT_FIELDS}
    return fields


def deletion(room: Room, sensors: Sequence[Sensor]) -> list[Any]:
    """What is removed, what stays, and which sensors lose their room."""
    many = len(sensors)
    names = [html.Li([html.B(s.name), " ", html.Span(s.sensor_id, className="wb-id")])
             for s in sensors[:20]]  # fmt: skip
    if many > 20:
        names.append(html.Li(f"and {many - 20} more"))
    stays = "Its sensor stays" if many == 1 else f"Its {many} sensors stay"
    effects = [
        ("Removed", "the room with its comfort limits"),
        ("Sensors", f"{stays} with all history, without a room" if many else "none here"),
    ]
    if any(sensor.meter_role == "submeter" for sensor in sensors):
        effects.append(("Energy of its meters", "still in the building's total, under no room"))
    return [
        dcc.Store(id=EDITED, data={"id": room.room_id, "version": room.version}),
        *dialog_content(f"Delete {room.name}?", target=room.floor, effects=effects),
        html.Ul(names, className="wb-list") if many else None,
        html.Div("", id=MESSAGE, className="wb-form-error", role="alert"),
    ]


def comfort_facts(room: Room) -> Any:
    """The limits that hold, the room's own ones marked."""
    limits = as_dict(room.comfort)

    def written(name: str, decimals: int) -> str:
        return formats.fixed(limits[name], decimals)

    def words(*names: str) -> str:
        return "set for this room" if any(name in room.own_comfort for name in names) else "usual"

    return key_value(
        [
            (
                "Band",
                f"{written('temperature_low', 1)} to {written('temperature_high', 1)} °C, "
                + words("temperature_low", "temperature_high"),
            ),
            ("Cold below", f"{written('cold_below', 1)} °C, {words('cold_below')}"),
            ("Hot above", f"{written('hot_above', 1)} °C, {words('hot_above')}"),
            ("CO₂ limit", f"{written('co2_limit_ppm', 0)} ppm, {words('co2_limit_ppm')}"),
            (
                "Humidity",
                f"{written('humidity_low', 0)} to {written('humidity_high', 0)} %, "
                + words("humidity_low", "humidity_high"),
            ),
        ]
    )
