"""`POST /api/v1/data/ingest`: readings over HTTP, through the same door as MQTT (API.md §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from api.data_query import data_query
from api.json import raw_body
from api.resource import Resource
from api.schema import closed
from api.times import Moment
from domain.access.current import current_actor
from domain.building.model import ID_PATTERN
from domain.foundation.units import METRICS
from domain.inbox.door import MOST_OBJECTS, receive

if TYPE_CHECKING:
    from domain.house import House


class _Open(BaseModel):
    """What is no metric is ignored, and named in `warnings`."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)


class OldReading(_Open):
    """A reading as the original dashboard sends it; the metric follows from the sensor's type."""

    sensorId: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
    timestamp: Moment
    value: float
    unit: Annotated[str, Field(max_length=16)] | None = None


class Quantity(BaseModel):
    """A value with its unit."""

    value: float
    unit: Annotated[str, Field(max_length=16)] | None = None


class EnhancedReading(_Open):
    """Several metrics of a sensor at one time; a bare number is in the metric's default unit.

    Beside the metrics named here, any of them may stand here in the same way.
    """

    sensor_id: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
    timestamp: Moment
    room: Annotated[str, Field(max_length=100)] | None = None
    sensor_type: str | None = None
    power: Quantity | float | None = None
    generation: Quantity | float | None = None
    energy: Quantity | float | None = None
    temperature: Quantity | float | None = None
    humidity: Quantity | float | None = None
    co2: Quantity | float | None = None
    voltage: Quantity | float | None = None
    demand_response_enabled: bool | None = None
    control_capabilities: Annotated[list[str], Field(max_length=20)] | None = None


Readings = Annotated[
    OldReading
    | EnhancedReading
    | Annotated[list[OldReading | EnhancedReading], Field(min_length=0, max_length=MOST_OBJECTS)],
    Field(description=f"Metrics: {', '.join(f'{m.name} [{m.unit}]' for m in METRICS.values())}."),
]


@closed
class RejectedReading(TypedDict):
    """Why one object was not stored."""

    index: int
    code: str
    message: str


@closed
class Ingested(TypedDict):
    """What became of a batch; all of it is committed."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[RejectedReading]
    warnings: list[str]


SEED_READING = {
    "sensor_id": "TEMP_001",
    "timestamp": 1704067200,
    "room": "Conference Room A",
    "sensor_type": "temperature",
    "temperature": {"value": 21.5, "unit": "°C"},
}


def ingest_api(house: House) -> Blueprint:
    """Build the routes of the data resource; readings are answered after the commit."""
    readings = Resource(house, "data", "/api/v1/data", "Readings in, and questions about them.")

    @readings.post("/ingest", "sensors.update", status=202, sent=Readings, example=SEED_READING)
    def ingest() -> Ingested:
        """Store one reading, or an array of them.

        The same (sensor, metric, timestamp) is one reading, so repeating is harmless.
        """
        received = receive(house, raw_body(), actor_name=current_actor().name)
        return {
            "accepted": received.accepted,
            "duplicates": received.duplicates,
            "corrected": received.corrected,
            "rejected": [
                {"index": r.index, "code": r.code, "message": r.message} for r in received.rejected
            ],
            "warnings": received.warnings,
        }

    data_query(house, readings)
    return readings.blueprint
