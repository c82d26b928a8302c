"""What a sensor probably is, from what it sends and what it is called, for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CLIMATE_METRICS = frozenset(
    {"temperature", "humidity", "co2", "voc", "light", "occupancy", "motion", "door"}
)
METER_METRICS = frozenset({"power", "energy", "voltage", "current", "frequency", "power_factor"})
GENERATION_METRICS = frozenset({"generation", "generation_energy"})
WEATHER_METRICS = frozenset({"irradiance", "wind"})

ROLE_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("battery", frozenset({"batt", "battery", "bess", "storage"})),
    ("generation", frozenset({"pv", "solar", "inverter", "chp", "generator"})),
    ("main", frozenset({"main", "grid", "mains", "utility", "pcc"})),
    ("submeter", frozenset({"meter", "submeter", "sdb", "sub", "circuit", "feeder", "board"})),
)
USE_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "climate",
        frozenset({"climate", "hvac", "ac", "heat", "heating", "cooling", "fan", "ahu", "chiller"}),
    ),
    ("lighting", frozenset({"lighting", "lights", "light", "lamp", "lamps"})),
    ("kitchen", frozenset({"kitchen", "oven", "fridge", "dishwasher", "cooking", "canteen"})),
    (
        "equipment",
        frozenset(
            {"equipment", "sockets", "socket", "plugs", "plug", "it", "server", "servers", "rack"}
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What to fill in for a discovered sensor; its role is `none` unless its name says more."""

    name: str
    sensor_type: str
    meter_role: str
    use: str | None
    room_id: int | None


def guess_sensor(
    sensor_id: str,
    metrics: Iterable[str],
    hints: Mapping[str, object],
    rooms: Mapping[str, int],
    sensor_types: Iterable[str],
) -> Guess:
    """What it says itself wins over its metrics, these over its id; `rooms` is name → id."""
    words = name_words(sensor_id)
    sent = set(metrics)
    said = hints.get("sensor_type")
    sensor_type = str(said) if said in set(sensor_types) else type_of(sent)
    role = _role(words, sensor_type)
    name = hints.get("name")
    return Guess(
        name=str(name) if isinstance(name, str) and name.strip() else sensor_id,
        sensor_type=sensor_type,
        meter_role=role,
        use=_use(words) if role == "submeter" else None,
        room_id=_room(words, hints.get("room"), rooms),
    )


def type_of(metrics: set[str]) -> str:
    """One metric names the type; several make a meter, battery, weather station or room climate."""
    if not metrics:
        return "other"
    if len(metrics) == 1:
        return next(iter(metrics))
    if "soc" in metrics:
        return "battery"
    if metrics & WEATHER_METRICS:
        return "weather"
    if metrics & (METER_METRICS | GENERATION_METRICS) and not metrics & CLIMATE_METRICS:
        return "energy_meter"
    if len(metrics & CLIMATE_METRICS) > 1:
        return "multi"
    return "other"


def name_words(text: str) -> tuple[str, ...]:
    """Lower-case words of an id or name: `METER_OpenOffice-2` → meter, open, office, 2."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return tuple(re.findall(r"[a-z]+|\d+", spaced.lower()))


def _role(words: tuple[str, ...], sensor_type: str) -> str:
    """Only what measures electricity can count in a total, and only if its name says as what."""
    if sensor_type == "battery":
        return "battery"
    if sensor_type in GENERATION_METRICS:
        return "generation"
    if sensor_type not in ("energy_meter", "power", "energy"):
        return "none"
    for role, names in ROLE_WORDS:
        if names & set(words):
            return role
    return "none"


def _use(words: tuple[str, ...]) -> str | None:
    """The last word that names a use: METER_CANTEEN_LIGHTING is lighting in the canteen."""
    for word in reversed(words):
        for use, names in USE_WORDS:
            if word in names:
                return use
    return None


def _room(words: tuple[str, ...], hint: object, rooms: Mapping[str, int]) -> int | None:
    """The room it names itself, else the longest room name whose words stand together in its id."""
    if isinstance(hint, str):
        wanted = name_words(hint)
        for name, room_id in rooms.items():
            if name_words(name) == wanted:
                return room_id
    found: tuple[int, int] | None = None
    for name, room_id in rooms.items():
        parts = name_words(name)
        if parts and _contains(words, parts) and (found is None or len(parts) > found[0]):
            found = (len(parts), room_id)
    return found[1] if found else None


def _contains(words: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    size = len(parts)
    return any(words[at : at + size] == parts for at in range(len(words) - size + 1))
