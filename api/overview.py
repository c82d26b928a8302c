"""`GET /api/v1/overview`: the system at a glance, in the words of the integration summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app
from typing_extensions import TypedDict

from api.energy import Sides, sides
from api.resource import Resource
from api.schema import WithheldUntil, closed
from api.times import iso
from domain.access.current import current_actor
from domain.building.live import LIVE_STATES
from domain.building.model import SensorQuery
from domain.foundation.contract import in_force

if TYPE_CHECKING:
    from api.hub import Hub
    from domain.house import House


@closed
class SensorService(TypedDict):
    """Sensors and rooms; null for who may not read them."""

    total_sensors: int | None
    """Adopted ones."""
    active_sensors: int | None
    """Those whose every metric is live; null where that is withheld."""
    total_rooms: int | None
    websocket_connections: int | None


@closed
class BatteryService(TypedDict):
    """Null until batteries exist."""

    total_batteries: None
    total_capacity_kwh: None
    average_soc: None
    """Weighted by capacity [%]."""


@closed
class DemandResponseService(TypedDict):
    """Null until demand response exists."""

    active_events: None
    flexibility_available_kw: None


@closed
class SystemOverview(TypedDict):
    """Each service of the original; what is unknown or not allowed is null."""

    sensor_service: SensorService
    battery_service: BatteryService
    demand_response_service: DemandResponseService
    p2p_service: None
    """Null until trading exists."""
    forecast_service: None
    """Null until forecasts exist."""
    iot_service: None
    """Null until devices exist."""
    energy: Sides


@closed
class Overview(TypedDict):
    """The system at a glance."""

    system_overview: SystemOverview
    withheld_until: WithheldUntil


def overview_api(house: House) -> Blueprint:
    """Build the one route."""
    overview = Resource(house, "overview", "/api/v1/overview", "The system at a glance.")

    @overview.get("", "analytics.view")
    def show() -> Overview:
        """Show the system at a glance."""
        return {
            "system_overview": {
                "sensor_service": _sensor_service(house),
                "battery_service": {
                    "total_batteries": None,
                    "total_capacity_kwh": None,
                    "average_soc": None,
                },
                "demand_response_service": {
                    "active_events": None,
                    "flexibility_available_kw": None,
                },
                "p2p_service": None,
                "forecast_service": None,
                "iot_service": None,
                "energy": sides(house.energy.now()),
            },
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    return overview.blueprint


def _sensor_service(house: House) -> SensorService:
    actor = current_actor()
    hub: Hub | None = current_app.extensions.get("live")
    sockets = hub.status()["sockets"] if hub is not None else None
    total = active = None
    if actor.may("sensors.read"):
        counts = house.building.sensors(SensorQuery(page_size=1)).counts_by_state
        apart = ("discovered", "hidden")
        total = sum(count for state, count in counts.items() if state not in apart)
        if not in_force().restricts:
            active = sum(counts[state] for state in LIVE_STATES)
    return {
        "total_sensors": total,
        "active_sensors": active,
        "total_rooms": len(house.building.rooms()) if actor.may("rooms.read") else None,
        "websocket_connections": sockets if isinstance(sockets, int) else None,
    }
