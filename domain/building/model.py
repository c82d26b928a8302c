"""What a building is made of: plain, immutable values, without SQL and without clocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.access.policy import Actor
from domain.building.comfort import Comfort, ComfortState
from domain.telemetry.model import Latest

ID_PATTERN = r"[A-Za-z0-9_.-]{1,64}"
"""API.md §6: what may become part of an MQTT topic."""
_ROOM_ID = re.compile(r"[0-9]{1,9}")

SENSOR_TYPES: dict[str, str] = {
    "multi": "Room climate",
    "temperature": "Temperature",
    "humidity": "Humidity",
    "co2": "CO₂",
    "voc": "Air quality (VOC)",
    "light": "Light",
    "occupancy": "People counter",
    "motion": "Motion",
    "door": "Door",
    "energy_meter": "Energy meter",
    "power": "Power",
    "generation": "Generation",
    "energy": "Energy counter",
    "generation_energy": "Generation counter",
    "heat_energy": "Heat meter",
    "gas": "Gas meter",
    "water": "Water meter",
    "voltage": "Voltage",
    "current": "Current",
    "frequency": "Frequency",
    "power_factor": "Power factor",
    "battery": "Battery",
    "soc": "State of charge",
    "weather": "Weather station",
    "irradiance": "Irradiance",
    "wind": "Wind",
    "price": "Price feed",
    "carbon_intensity": "Carbon feed",
    "other": "Other",
}
METER_ROLES: dict[str, str] = {
    "none": "Not in totals",
    "main": "Main meter",
    "submeter": "Submeter",
    "generation": "Generation",
    "battery": "Battery",
}
USES: dict[str, str] = {
    "climate": "Climate",
    "lighting": "Lighting",
    "equipment": "Equipment",
    "kitchen": "Kitchen",
    "other": "Other",
}
STATUSES = ("adopted", "discovered", "hidden")

PRIMARY_METRICS = (
    "temperature",
    "power",
    "generation",
    "soc",
    "co2",
    "humidity",
    "occupancy",
    "energy",
    "generation_energy",
    "heat_energy",
    "gas",
    "water",
    "irradiance",
)
"""The metric a one-line summary of a sensor shows, first match wins; then by name."""


def room_id_of(text: str | None) -> int | None:
    """The room id that an address or a select says; None where it can be none."""
    return int(text) if text is not None and _ROOM_ID.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Room:
    """A place with people and comfort; `comfort` is what holds, its own limits and the rest."""

    room_id: int
    name: str
    floor: str
    floor_order: int
    capacity: int | None
    area_m2: float | None
    comfort: Comfort
    own_comfort: Mapping[str, float]
    """The limits this room sets itself; the others follow the building."""
    version: int


@dataclass(frozen=True, slots=True)
class Sensor:
    """Something that sends readings: registered by a person, or discovered."""

    sensor_id: str
    name: str
    sensor_type: str
    room_id: int | None
    unit: str | None
    """Unit of a bare number from this sensor; None is the metric's default unit."""
    meter_role: str
    use: str | None
    interval_s: float | None
    """Configured seconds between readings; None lets telemetry learn it."""
    status: str
    demand_response_enabled: bool
    control_capabilities: tuple[str, ...]
    room_hint: str | None
    """The room a discovered sensor says it is in, while nobody has confirmed it."""
    discovered_at_ms: int | None
    version: int


@dataclass(frozen=True, slots=True)
class BuildingSettings:
    """What holds for the whole building; its rooms follow `comfort` where they set nothing."""

    name: str
    comfort: Comfort
    own_comfort: Mapping[str, float]
    version: int


@dataclass(frozen=True, slots=True)
class Floor:
    """Rooms that share a floor label."""

    name: str
    order: int
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class RoomLive:
    """A room now; `values` are aggregated over its adopted sensors, the freshest ones only."""

    room: Room
    values: Mapping[str, Latest]
    comfort: ComfortState
    power_kw: float | None
    """Sum of the room's submeters that are live; None when none is."""
    power_missing: tuple[str, ...]
    """Submeters that are not in `power_kw`; when there are any, it is an estimate from below."""
    power_ts_ms: int | None
    power_interval_s: float | None
    age_ms: int | None

    @property
    def power_complete(self) -> bool:
        """Whether every submeter of the room is in `power_kw`."""
        return self.power_kw is not None and not self.power_missing


@dataclass(frozen=True, slots=True)
class SensorQuery:
    """Which sensors, in which order, which page; words of `search` must all occur."""

    search: str = ""
    room_id: int | None = None
    """A room, or 0 for the sensors of no room."""
    state: str | None = None
    """fresh, late, stale, dead, missing, discovered, hidden; None is all but the hidden."""
    sensor_type: str | None = None
    sort: str = "name"
    """name, id, type, room, value, age, state."""
    descending: bool = False
    page: int = 1
    page_size: int | None = 50
    """None: every row, for an export."""


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor and how it is now."""

    sensor: Sensor
    room_name: str | None
    state: str
    """discovered or hidden by status, else the worst freshness among its metrics, or missing."""
    latest: tuple[Latest, ...]
    """Its metrics, the primary one first."""
    newest_ts_ms: int | None
    silent_metrics: tuple[str, ...]
    """Metrics that are stale or dead while another one still arrives."""


@dataclass(frozen=True, slots=True)
class SensorPage:
    """`rows` are page `page` of `pages`; `total` counts all rows that match."""

    rows: tuple[SensorRow, ...]
    total: int
    counts_by_state: Mapping[str, int]
    """Of what search, room and type let through, before the state filter."""
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class BuildingChange:
    """Published on bus topic `building` after a commit; `targets` as `room/3`, `sensor/TEMP_1`."""

    actor: Actor
    action: str
    targets: tuple[str, ...]
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None

    @property
    def target(self) -> str:
        """The one target, or the first and how many more there are."""
        more = len(self.targets) - 1
        first = self.targets[0] if self.targets else "building"
        return f"{first} and {more} more" if more > 0 else first
