"""`/api/v1/energy`: the building's power now, and how much of its own energy it used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from typing_extensions import TypedDict

from api.energy_accounts import StepsQuery, energy_accounts, stepped
from api.resource import Resource
from api.schema import IsoTime, WithheldUntil, closed
from api.times import iso
from domain.building.balance import USABLE
from domain.building.energy import SLOT_S, Level
from domain.building.energy_now import EnergyNow
from domain.building.energy_slots import Slot
from domain.foundation.clock import from_ms, iso_utc

if TYPE_CHECKING:
    from domain.house import House


@closed
class Sides(TypedDict):
    """The balance of the building: grid = consumption + battery − generation."""

    consumption_kw: float | None
    generation_kw: float | None
    battery_kw: float | None
    """+ charging, − discharging."""
    grid_kw: float | None
    """+ import, − export."""


@closed
class EnergyNowAnswer(Sides):
    """The building's power at this moment; null where a meter is silent, never a guess."""

    flexibility_kw: None
    """Null until demand response measures it."""
    timestamp: IsoTime | None
    """Of the oldest reading the figures stand on."""
    stale: bool | None
    """Null where it is withheld."""
    estimated: bool
    """Without a main meter, from the submeters that report."""
    missing: list[str]
    """Meters that keep a figure unknown."""
    withheld_until: WithheldUntil


@closed
class SelfConsumed(TypedDict):
    """One step."""

    datetime: IsoTime
    """Its start."""
    self_consumption: float | None
    """Wh, as the original wrote it."""
    self_consumption_kwh: float | None
    """Generated and used here; null where a meter was silent."""
    coverage: float
    """Measured share of the step, 0 to 1."""


@closed
class SelfConsumption(TypedDict):
    """What of the building's own generation it used itself."""

    start_time: IsoTime
    end_time: IsoTime
    self_consumption: list[SelfConsumed]
    self_consumption_share: float | None
    """(generation − export) / generation, 0 to 1."""
    self_sufficiency_share: float | None
    """(consumption − import) / consumption, 0 to 1."""
    generation_kwh: float | None
    consumption_kwh: float | None
    coverage: float
    withheld_until: WithheldUntil


def energy_api(house: House) -> Blueprint:
    """Build the routes of the energy resource."""
    energy = Resource(
        house, "energy", "/api/v1/energy", "The building's energy: now, and its own use of it."
    )

    @energy.get("/now", "analytics.view")
    def now() -> EnergyNowAnswer:
        """Show the building's power at this moment."""
        found = house.energy.now()
        return {
            **sides(found),
            "flexibility_kw": None,
            "timestamp": iso(found.ts_ms),
            "stale": None if found.state == "withheld" else found.state not in USABLE,
            "estimated": found.estimated,
            "missing": list(found.missing),
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    @energy.get("/self-consumption", "analytics.view")
    def self_consumption(query: StepsQuery) -> SelfConsumption:
        """Show what of its own generation the building used itself, step by step.

        Yesterday, by the building's clock, where no period is named.
        """
        period = stepped(house, query)
        asked: Level = "15min" if query.resolution == "15min" else "1h"
        level, slots = house.energy.slots(period, asked)
        totals = house.energy.totals(period)
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "self_consumption": [_step(slot, SLOT_S[level]) for slot in slots],
            "self_consumption_share": totals.self_consumption,
            "self_sufficiency_share": totals.self_sufficiency,
            "generation_kwh": totals.generation_kwh,
            "consumption_kwh": totals.consumption_kwh,
            "coverage": totals.coverage,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    energy_accounts(house, energy)
    return energy.blueprint


def sides(found: EnergyNow) -> Sides:
    """The four sides of the balance."""
    return {
        "consumption_kw": found.consumption_kw,
        "generation_kw": found.generation_kw,
        "battery_kw": found.battery_kw,
        "grid_kw": found.grid_kw,
    }


def _step(slot: Slot, slot_s: int) -> SelfConsumed:
    kwh = slot.self_consumed_kwh
    return {
        "datetime": iso_utc(from_ms(slot.ts_ms)),
        "self_consumption": None if kwh is None else kwh * 1000,
        "self_consumption_kwh": kwh,
        "coverage": min(1.0, slot.covered_s / slot_s),
    }
