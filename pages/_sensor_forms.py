"""The forms of sensors: register, edit, bulk acts, calculated meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.buttons import dialog_content
from components.forms import (
    field,
    form,
    number_field,
    select,
    select_field,
    switch_field,
    text_field,
)
from domain.building.model import METER_ROLES, SENSOR_TYPES, USES, Sensor, room_id_of
from domain.foundation.units import METRICS, known_units

SENSOR_FIELDS = (
    "sensor_id",
    "name",
    "sensor_type",
    "room_id",
    "unit",
    "meter_role",
    "use",
    "interval_s",
    "demand_response_enabled",
)
EDITED = "sensor-edited"
MESSAGE = "sensor-form-message"
ID_RULE = "1 to 64 letters, digits, dot, dash, underscore; the last part of its MQTT topic"
CALCULATED_FIELDS = ("sensor_id", "name", "metric", "room_id", "meter_role", "parts")
CALCULATED_MESSAGE = "calculated-form-message"
NONE = "none"
"""A select's value for nothing; an empty one cannot be chosen."""
PART_COUNT = 4
CALCULATED_ROLES = ("none", "submeter", "main", "generation")


def input_id(name: str) -> str:
    """Dash id of a sensor field's input."""
    return f"sensor-{name}"


def calculated_id(name: str) -> str:
    """Dash id of a calculated meter's input."""
    return f"calculated-{name}"


def sensor_form(
    sensor: Sensor | None, rooms: Sequence[tuple[int, str]], unit_words: str = ""
) -> list[Any]:
    """All fields; the id is chosen once."""
    known = {"id": sensor.sensor_id, "version": sensor.version} if sensor else None
    title = "Edit sensor" if sensor else "Register sensor"
    return [
        dcc.Store(id=EDITED, data=known),
        *dialog_content(title, target=sensor.sensor_id if sensor else None),
        form(
            text_field(
                input_id("sensor_id"),
                "Id",
                value=sensor.sensor_id if sensor else "",
                placeholder="TEMP_001",
                hint=ID_RULE,
                disabled=sensor is not None,
                max_length=64,
                wide=True,
            ),
            text_field(
                input_id("name"),
                "Name",
                value=sensor.name if sensor else "",
                hint=None if sensor else "Empty takes the id",
                max_length=60,
            ),
            select_field(
                input_id("sensor_type"),
                "Type",
                list(SENSOR_TYPES.items()),
                value=sensor.sensor_type if sensor else "temperature",
            ),
            room_field(input_id("room_id"), rooms, sensor.room_id if sensor else None),
            text_field(
                input_id("unit"),
                "Unit of a bare number",
                value=(sensor.unit or "") if sensor else "",
                hint=unit_words or "Empty: the usual one, such as kW, kWh, °C, ppm",
                max_length=16,
            ),
            select_field(
                input_id("meter_role"),
                "Counts as",
                list(METER_ROLES.items()),
                value=sensor.meter_role if sensor else "none",
            ),
            select_field(
                input_id("use"),
                "Used for",
                [(NONE, "Not said"), *USES.items()],
                value=(sensor.use or NONE) if sensor else NONE,
            ),
            number_field(
                input_id("interval_s"),
                "Reports every",
                value=sensor.interval_s if sensor else None,
                unit="s",
                low=0.1,
                hint="Empty: learned from its readings",
            ),
            switch_field(
                input_id("demand_response_enabled"),
                "May take part in demand response",
                value=sensor.demand_response_enabled if sensor else False,
            ),
            columns=2,
            message_id=MESSAGE,
        ),
    ]


def room_field(id: str, rooms: Sequence[tuple[int, str]], room_id: int | None) -> Any:
    """One of the rooms, or none."""
    options = [(NONE, "No room"), *((str(key), name) for key, name in rooms)]
    return select_field(id, "Room", options, value=str(room_id) if room_id else NONE)


def unit_words(sensor_type: str) -> str:
    """Which units a sensor of this type may say."""
    if sensor_type not in METRICS:
        return "This type names its units in each message"
    return f"Empty: {METRICS[sensor_type].unit or 'none'}; known: " + ", ".join(
        unit for unit in known_units(sensor_type) if unit
    )


def fields_of(values: Mapping[str, Any], *, new: bool) -> dict[str, object]:
    """A form's values as the use case takes them."""
    fields: dict[str, object] = {
        name: values.get(name) for name in SENSOR_FIELDS if name != "sensor_id"
    }
    fields["demand_response_enabled"] = bool(values.get("demand_response_enabled"))
    fields["room_id"] = room_of(values.get("room_id"))
    fields["use"] = None if values.get("use") == NONE else values.get("use")
    if new and not str(values.get("name") or "").strip():
        del fields["name"]
    return fields


def room_of(raw: object) -> int | None:
    """A select's words as a room id, None for no room; what is forged is no room's id."""
    if raw in (None, "", NONE):
        return None
    found = room_id_of(str(raw))
    return -1 if found is None else found


def chosen_list(sensors: Sequence[Sensor]) -> Any:
    """The sensors a bulk act is about, the first twenty by name."""
    names = [
        html.Li([html.B(sensor.name), " ", html.Span(sensor.sensor_id, className="wb-id")])
        for sensor in sensors[:20]
    ]
    if len(sensors) > 20:
        names.append(html.Li(f"and {len(sensors) - 20:,} more"))
    return html.Ul(names, className="wb-list")


def many(count: int) -> str:
    """`1 sensor`, `3 sensors`."""
    return f"{count:,} {'sensor' if count == 1 else 'sensors'}"


def assign_form(sensors: Sequence[Sensor], rooms: Sequence[tuple[int, str]]) -> list[Any]:
    """Which room the chosen sensors go to."""
    placed = sum(1 for sensor in sensors if sensor.room_id is not None)
    effects = [("Taken from another room", many(placed) if placed else "none")]
    return [
        *dialog_content(f"Assign {many(len(sensors))} to a room", effects=effects),
        form(room_field("sensors-assign-room", rooms, None), message_id="sensors-assign-message"),
        chosen_list(sensors),
    ]


def adopt_form(sensors: Sequence[Sensor], room_names: Mapping[int, str]) -> list[Any]:
    """What adopting makes of each sensor, as guessed or edited."""
    guesses = [
        html.Li(
            [html.B(sensor.name), " ", html.Span(_guess(sensor, room_names), className="wb-muted")]
        )
        for sensor in sensors[:20]
    ]
    if len(sensors) > 20:
        guesses.append(html.Li(f"and {len(sensors) - 20:,} more"))
    return [
        *dialog_content(
            f"Adopt {many(len(sensors))}?",
            effects=[
                ("From now on", "in lists, rooms and, by its role, in the building's totals"),
                ("History", "the readings since discovery count too"),
            ],
        ),
        html.Ul(guesses, className="wb-list"),
        html.P(
            "Type, role and room are guesses; edit a sensor to change them.", className="wb-hint"
        ),
        html.Div("", id="sensors-adopt-message", className="wb-form-error", role="alert"),
    ]


def _guess(sensor: Sensor, room_names: Mapping[int, str]) -> str:
    words = [SENSOR_TYPES.get(sensor.sensor_type, sensor.sensor_type)]
    if sensor.meter_role != "none":
        words.append(METER_ROLES[sensor.meter_role].lower())
    words.append(room_names.get(sensor.room_id or 0, "no room"))
    return ", ".join(words)


def hide_form(sensors: Sequence[Sensor]) -> list[Any]:
    """What hiding does, and that it can be undone."""
    metered = sum(1 for sensor in sensors if sensor.meter_role != "none")
    counted = (
        f"without {metered} {'meter' if metered == 1 else 'meters'}" if metered else "the same"
    )
    return [
        *dialog_content(
            f"Hide {many(len(sensors))}?",
            effects=[
                ("Lists and rooms", "without them"),
                ("Totals", counted),
                ("History", "stays, and new readings are kept"),
                ("Undo", "show them again under the state Hidden"),
            ],
        ),
        chosen_list(sensors),
        html.Div("", id="sensors-hide-message", className="wb-form-error", role="alert"),
    ]


def calculated_form(
    series: Sequence[tuple[str, str]], rooms: Sequence[tuple[int, str]]
) -> list[Any]:
    """A meter that is a sum, a difference or a multiple of others; `series` is key → words."""
    metrics = [(m.name, f"{m.label} [{m.unit}]" if m.unit else m.label)
               for m in METRICS.values() if m.kind != "state"]  # fmt: skip
    roles = [(role, METER_ROLES[role]) for role in CALCULATED_ROLES]
    return [
        *dialog_content("Calculated meter", target="Sum, difference or share of other meters"),
        form(
            text_field(
                calculated_id("sensor_id"), "Id", placeholder="METER_REST", hint=ID_RULE, wide=True
            ),
            text_field(calculated_id("name"), "Name", hint="Empty takes the id", max_length=60),
            select_field(calculated_id("metric"), "Measures", metrics, value="power"),
            room_field(calculated_id("room_id"), rooms, None),
            select_field(calculated_id("meter_role"), "Counts as", roles, value="none"),
            columns=2,
        ),
        field(
            calculated_id("parts"),
            "Parts",
            html.Div([_part(place, series) for place in range(PART_COUNT)]),
            hint="Factor 1 adds, −1 takes away, 0.5 takes half. Empty lines do not count.",
        ),
        html.Div("", id=CALCULATED_MESSAGE, className="wb-form-error", role="alert"),
    ]


def calculated_fields(values: Mapping[str, Any]) -> dict[str, object]:
    """What the new meter is registered with."""
    metric = str(values.get("metric"))
    fields: dict[str, object] = {
        "sensor_type": metric if metric in SENSOR_TYPES else "other",
        "room_id": room_of(values.get("room_id")),
        "meter_role": values.get("meter_role"),
    }
    name = str(values.get("name") or "").strip()
    return {**fields, "name": name} if name else fields


def _part(place: int, series: Sequence[tuple[str, str]]) -> Any:
    factor = number_field(
        f"calculated-factor-{place}",
        f"Factor of part {place + 1}",
        value=1 if place == 0 else -1,
        step="any",
    )
    chosen = select(
        f"calculated-series-{place}", [(NONE, "–"), *series], value=NONE, label=f"Part {place + 1}"
    )
    return html.Div([factor, chosen], className="wb-part")


def parts_of(factors: Sequence[Any], chosen: Sequence[Any]) -> list[tuple[float, str, str]]:
    """The lines that name a series, as factor, sensor and metric."""
    parts = []
    for factor, key in zip(factors, chosen, strict=True):
        sensor_id, found, metric = str(key or "").partition("/")
        if found and isinstance(factor, int | float) and not isinstance(factor, bool):
            parts.append((float(factor), sensor_id, metric))
    return parts
