"""How each of the original's eight services is, and each part of ours that they stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from api.measured import Measured
from api.parts import Health, Part
from api.schema import IsoTime, closed
from api.times import iso
from domain.access.policy import SYSTEM
from domain.building.model import SensorQuery
from domain.foundation.clock import real_now_ms

if TYPE_CHECKING:
    from domain.house import House

Counts = Callable[[], Mapping[str, object]]
SERVICES: tuple[str, ...] = (
    "api_gateway",
    "token",
    "sensor",
    "battery",
    "demand_response",
    "p2p",
    "forecast",
    "iot",
    "database",
    "mqtt",
    "scheduler",
    "websocket",
)
ABSENT = Part("absent", "Not part of this version.")
_NEEDED = ("database", "migrations")
"""Without these nothing else works; a part that only limps is told by itself."""


@closed
class ServiceState(TypedDict):
    """One service in a word and a sentence."""

    status: str
    """`ok`, `degraded`, `down`, or `absent` where this version has no such service."""
    detail: str
    last_success: IsoTime | None
    last_error: str | None
    last_error_at: IsoTime | None


class Services:
    """Asks the parts and counts what they have done."""

    def __init__(self, house: House, health: Health, measured: Measured, listener: Counts) -> None:
        self._house = house
        self._health = health
        self._measured = measured
        self._listener = listener

    def states(self) -> dict[str, Part]:
        """Every service, in the order of SERVICES; those of other processes may be missing."""
        parts = self._health.parts()
        broken = next((parts[name] for name in _NEEDED if parts[name].status == "down"), None)
        found = {"api_gateway": self._gateway(), "token": broken or self._tokens()}
        found["sensor"] = broken or self._sensors()
        found["iot"] = broken or self._devices()
        found |= {name: part for name, part in parts.items() if name in SERVICES}
        own = {"database", "mqtt", "scheduler", "websocket"}
        return {n: found.get(n, ABSENT) for n in SERVICES if n in found or n not in own}

    def _gateway(self) -> Part:
        requests = sum(route.requests for route in self._measured.routes().values())
        return Part("ok", f"{requests} requests answered.", real_now_ms())

    def _tokens(self) -> Part:
        return Part("ok", "Signs and checks tokens.", real_now_ms())

    def _sensors(self) -> Part:
        building = self._house.building
        counts = building.sensors(SensorQuery(page_size=1)).counts_by_state
        speaking = counts.get("fresh", 0) + counts.get("late", 0)
        words = f"{speaking} sensors speak, in {len(building.rooms())} rooms."
        heard_ms = self._listener().get("last_message_ms")
        return Part("ok", words, heard_ms if isinstance(heard_ms, int) else real_now_ms())

    def _devices(self) -> Part:
        listed = self._house.control.devices(SYSTEM)
        speaking = [now for now in listed if not now.stale]
        words = f"{len(speaking)} of {len(listed)} devices speak."
        heard_ms = max((now.report.heard_ms or 0 for now in listed), default=0)
        return Part("ok", words, heard_ms or real_now_ms())


def told(part: Part) -> ServiceState:
    """A part as an answer shows it."""
    return {
        "status": part.status,
        "detail": part.detail,
        "last_success": iso(part.last_success_ms),
        "last_error": part.last_error,
        "last_error_at": iso(part.last_error_ms),
    }
