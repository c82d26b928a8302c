"""`GET /api/v1/rooms/{name}/ac-status`: what the room's air conditioning should do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typing_extensions import TypedDict

from api.resource import Resource
from api.room_data import RoomName, room_named
from api.schema import IsoTime, OneOf, WithheldUntil, closed
from api.times import iso
from domain.access.current import current_actor
from domain.climate.looking import RoomClimate
from domain.climate.model import BAND_KINDS, STATUSES

if TYPE_CHECKING:
    from domain.house import House

OCCUPANCY = ("counted", "motion", "unknown")


@closed
class ClimateInputs(TypedDict):
    """What the advice stands on; null is unknown, stale or withheld."""

    temperature_c: float | None
    humidity_percent: float | None
    feels_like_c: float | None
    """The heat index from 26.7 °C (80 °F) on where humidity is known, else the temperature."""
    occupancy: float | None
    """Persons, where they are counted."""
    occupied: bool | None
    occupancy_source: Annotated[str, OneOf(OCCUPANCY)]
    """How it is known whether somebody is there."""
    outdoor_c: float | None
    """°C at the weather stations."""
    temperature_low: float
    """°C, of the band in force."""
    temperature_high: float
    """°C, of the band in force."""
    band: Annotated[str, OneOf(BAND_KINDS)]
    band_reason: str


@closed
class ClimateStatus(TypedDict):
    """Advice, not a state: nothing is switched by asking."""

    ac_status: Annotated[str, OneOf(STATUSES)]
    reason: str
    hint: str | None
    """What may save heating or cooling, such as colder air outside."""
    inputs: ClimateInputs
    next_band_at: IsoTime | None
    """When another band follows; null where none does within two weeks."""
    automatic: bool
    """Whether Wattboard lets the room's devices follow this advice."""
    withheld_until: WithheldUntil


def room_climate(house: House, rooms: Resource) -> None:
    """Add the route to the rooms resource."""

    @rooms.get("/<room:name>/ac-status", "rooms.read", errors=(404,))
    def ac_status(name: RoomName) -> ClimateStatus:
        """Tell what the room's air conditioning should do now, and why.

        By the band that its week sets for this hour and the calendar for this day; in comfort hours
        an empty room waits until it is cold or hot.
        """
        room = room_named(house, name)
        look = house.climate.look(current_actor(), room.room_id)
        return {
            "ac_status": look.advice.status,
            "reason": look.advice.reason,
            "hint": look.advice.hint,
            "inputs": _inputs(look),
            "next_band_at": iso(look.following[0]) if look.following else None,
            "automatic": look.automatic.on,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }


def _inputs(look: RoomClimate) -> ClimateInputs:
    inputs = look.inputs
    return {
        "temperature_c": inputs.temperature.value,
        "humidity_percent": inputs.humidity.value,
        "feels_like_c": look.advice.feels_like_c,
        "occupancy": inputs.occupancy.people,
        "occupied": inputs.occupancy.present,
        "occupancy_source": inputs.occupancy.kind,
        "outdoor_c": inputs.outdoor.value,
        "temperature_low": inputs.band.low_c,
        "temperature_high": inputs.band.high_c,
        "band": inputs.band.kind,
        "band_reason": inputs.band.why,
    }
