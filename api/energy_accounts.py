"""`/api/v1/energy/retailer` and `/energy/co2`: what the grid brought, cost and emitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typing_extensions import TypedDict

from api import limits
from api.resource import Resource
from api.schema import IsoTime, OneOf, WithheldUntil, closed
from api.times import DayQuery, iso
from domain.analytics.stack import bucket_edges_ms
from domain.building.energy import SLOT_S
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.contract import in_force
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.money.accounts import SiteTotals
from domain.money.costs import SiteCosts
from domain.money.steps import Step, in_units, site_steps

if TYPE_CHECKING:
    from domain.house import House


class StepsQuery(DayQuery):
    """Which period, in which steps."""

    resolution: Annotated[str, OneOf(SLOT_S)] = "1h"


@closed
class FromRetailer(TypedDict):
    """One step."""

    datetime: IsoTime
    """Its start."""
    retailer: float | None
    """Wh as the original wrote it: + from the retailer, − to it."""
    import_kwh: float | None
    export_kwh: float | None
    cost_eur: float | None
    """Energy, grid and taxes with VAT, less what was sold; without fixed and peak charges."""
    coverage: float
    """Measured share of the step, 0 to 1."""


@closed
class Bill(TypedDict):
    """What the retailer charges, part by part; null where nothing is known."""

    energy_eur: float | None
    grid_eur: float | None
    tax_eur: float | None
    fixed_eur: float | None
    """Accrues evenly over each day."""
    peak_eur: float | None
    """What the month's highest quarter hour rose by in this period."""
    vat_eur: float | None
    sold_eur: float | None
    total_eur: float | None
    """All of it less what was sold."""


@closed
class Retailer(TypedDict):
    """What was bought and sold."""

    start_time: IsoTime
    end_time: IsoTime
    retailer: list[FromRetailer]
    import_kwh: float | None
    export_kwh: float | None
    bill: Bill
    without_solar_and_battery_eur: float | None
    """What the same consumption would have cost, fixed and peak charges left aside."""
    saved_by_solar_eur: float | None
    saved_by_battery_eur: float | None
    unpriced_kwh: float
    """Import for which no contract has a price."""
    estimated: bool
    """A price is a fallback's, or a side of the balance an estimate."""
    currency: str
    """What the fields named `eur` are in."""
    coverage: float
    withheld_until: WithheldUntil


@closed
class Emitted(TypedDict):
    """One step."""

    datetime: IsoTime
    """Its start."""
    co2_g: float | None
    """Of what was taken from the grid."""
    co2_without_p2p: float | None
    """The same in g, as the original named it."""
    co2_with_p2p: None
    """Null until neighbours trade."""
    co2_without_solar_and_battery: float | None
    """g, had all consumption come from the grid."""
    factor_g_per_kwh: float | None
    """The mean factor of the step."""
    coverage: float


@closed
class Emissions(TypedDict):
    """What the grid's energy emitted."""

    start_time: IsoTime
    end_time: IsoTime
    co2: list[Emitted]
    co2_kg: float | None
    saved_kg: float | None
    """By solar and batteries together."""
    assumed: bool
    """Some of the factors have been set by nobody, or stand in for a feed."""
    coverage: float
    withheld_until: WithheldUntil


def energy_accounts(house: House, energy: Resource) -> None:
    """Add the routes to the energy resource."""

    @energy.get("/retailer", "analytics.view")
    def retailer(query: StepsQuery) -> Retailer:
        """Show what was bought from the retailer and sold to it, and the bill.

        Yesterday, by the building's clock, where no period is named.
        """
        period = stepped(house, query)
        found = house.money.costs.of(period)
        steps = _steps(house, found, query.resolution)
        totals = found.totals
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "retailer": [_from_retailer(step) for step in steps],
            "import_kwh": totals.kwh["imported"],
            "export_kwh": totals.kwh["exported"],
            "bill": _bill(totals),
            "without_solar_and_battery_eur": in_units(totals.bare_mc),
            "saved_by_solar_eur": in_units(totals.solar_saved_mc),
            "saved_by_battery_eur": in_units(totals.battery_saved_mc),
            "unpriced_kwh": totals.unpriced_kwh,
            "estimated": totals.estimated,
            "currency": house.settings.currency,
            "coverage": totals.coverage,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    @energy.get("/co2", "analytics.view")
    def co2(query: StepsQuery) -> Emissions:
        """Show what the energy from the grid emitted.

        Yesterday, by the building's clock, where no period is named.
        """
        period = stepped(house, query)
        found = house.money.costs.of(period)
        totals = found.totals
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "co2": [_emitted(step) for step in _steps(house, found, query.resolution)],
            "co2_kg": None if totals.co2_g is None else totals.co2_g / 1000,
            "saved_kg": None if totals.co2_saved_g is None else totals.co2_saved_g / 1000,
            "assumed": totals.co2_assumed,
            "coverage": totals.coverage,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }


def stepped(house: House, query: StepsQuery) -> Period:
    """The period asked for. Raises InvalidInput for more steps than an answer holds."""
    period = query.day_period(house.clock.now(), house.zone)
    slot_s = SLOT_S["15min"] if query.resolution == "15min" else SLOT_S["1h"]
    if period.duration_s / slot_s > limits.POINTS:
        wrong = FieldError("start_time", f"more than {limits.POINTS} steps", limits.POINTS)
        raise InvalidInput("This period has too many steps; take a shorter one.", [wrong])
    return period


def _steps(house: House, found: SiteCosts, resolution: str) -> list[Step]:
    """Steps up to now, none finer than the contract in force shares."""
    hourly = in_force().bucket_ms > SLOT_S["15min"] * 1000
    edges = bucket_edges_ms(found.period, "1h" if hourly else resolution, house.zone)
    return site_steps(found.energy, found.slots, found.rates.carbon, edges)


def _from_retailer(step: Step) -> FromRetailer:
    known = step.import_kwh is not None
    net_kwh = (step.import_kwh or 0.0) - (step.export_kwh or 0.0)
    return {
        "datetime": iso_utc(from_ms(step.start_ms)),
        "retailer": net_kwh * 1000 if known else None,
        "import_kwh": step.import_kwh,
        "export_kwh": step.export_kwh,
        "cost_eur": in_units(step.net_mc),
        "coverage": step.coverage,
    }


def _bill(totals: SiteTotals) -> Bill:
    return {
        "energy_eur": in_units(totals.by_kind["energy"]),
        "grid_eur": in_units(totals.by_kind["grid"]),
        "tax_eur": in_units(totals.by_kind["tax"]),
        "fixed_eur": in_units(totals.by_kind["fixed"]),
        "peak_eur": in_units(totals.by_kind["peak"]),
        "vat_eur": in_units(totals.by_kind["vat"]),
        "sold_eur": in_units(totals.sold_mc),
        "total_eur": in_units(totals.net_mc),
    }


def _emitted(step: Step) -> Emitted:
    return {
        "datetime": iso_utc(from_ms(step.start_ms)),
        "co2_g": step.co2_g,
        "co2_without_p2p": step.co2_g,
        "co2_with_p2p": None,
        "co2_without_solar_and_battery": step.bare_co2_g,
        "factor_g_per_kwh": step.g_per_kwh,
        "coverage": step.coverage,
    }
