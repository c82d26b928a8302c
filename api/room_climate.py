"""`GET /api/v1/rooms/{name}/ac-status`: what the room's air conditioning should do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typing_extensions import TypedDict

from api.readings import reading_now
from api.resource import Resource
from api.room_data import RoomName, room_named
from api.schema import OneOf, WithheldUntil, closed
from api.times import iso
from domain.building.climate_advice import climate_advice

if TYPE_CHECKING:
    from domain.house import House


@closed
class ClimateInputs(TypedDict):
    """What the advice stands on; null is unknown, stale or withheld."""

    temperature_c: float | None
    occupancy: float | None
    """Persons."""
    temperature_low: float
    """°C"""
    temperature_high: float
    """°C"""


@closed
class ClimateStatus(TypedDict):
    """Advice, not a state: nothing is switched by asking."""

    ac_status: Annotated[str, OneOf(("on-cold", "on-warm", "off"))]
    reason: str
    inputs: ClimateInputs
    withheld_until: WithheldUntil


def room_climate(house: House, rooms: Resource) -> None:
    """Add the route to the rooms resource."""

    @rooms.get("/<room:name>/ac-status", "rooms.read", errors=(404,))
    def ac_status(name: RoomName) -> ClimateStatus:
        """Tell what the room's air conditioning should do now, and why.

        By the room's comfort band; while nobody is there only cold and hot count.
        """
        room = room_named(house, name)
        values = house.building.room_live(room.room_id).values
        now_ms = house.clock.now_ms()
        live: dict[str, float | None] = {}
        for metric in ("temperature", "occupancy"):
            reading = reading_now(values[metric], now_ms) if metric in values else None
            live[metric] = reading["value"] if reading and not reading["stale"] else None
        advice = climate_advice(live["temperature"], live["occupancy"], room.comfort)
        return {
            "ac_status": advice.status,
            "reason": advice.reason,
            "inputs": {
                "temperature_c": live["temperature"],
                "occupancy": live["occupancy"],
                "temperature_low": room.comfort.temperature_low,
                "temperature_high": room.comfort.temperature_high,
            },
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }
