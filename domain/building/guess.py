"""What a sensor probably is, from what it sends and what it is called, for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
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


class RoomNames:
    """The rooms' names as words, prepared once for many guesses."""

    def __init__(self, rooms: Mapping[str, int]) -> None:
        self._by_words = {name_words(name): room_id for name, room_id in rooms.items()}
        self._longest_first = sorted(self._by_words, key=len, reverse=True)

    def named(self, text: str) -> int | None:
        """The room of exactly this name, whatever its case and punctuation."""
        return self._by_words.get(name_words(text))

    def within(self, words: tuple[str, ...]) -> int | None:
        """The room with the longest name whose words stand together among `words`."""
        for parts in self._longest_first:
            if parts and _contains(words, parts):
                return self._by_words[parts]
        return None


def guess_sensor(
    sensor_id: str,
    metrics: Iterable[str],
    hints: Mapping[str, object],
    rooms: RoomNames,
    sensor_types: Collection[str],
) -> Guess:
    """What it says itself wins over its metrics, and these over its id."""
    words = name_words(sensor_id)
    sent = set(metrics)
    said = hints.get("sensor_type")
    sensor_type = str(said) if said in sensor_types else type_of(sent)
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


def _room(words: tuple[str, ...], hint: object, rooms: RoomNames) -> int | None:
    """The room it names itself, else the one in its id."""
    said = rooms.named(hint) if isinstance(hint, str) else None
    return said if said is not None else rooms.within(words)


def _contains(words: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    size = len(parts)
    return any(words[at : at + size] == parts for at in range(len(words) - size + 1))
