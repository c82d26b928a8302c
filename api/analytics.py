"""`/api/v1/analytics`: totals of a period, and who fed the consumption step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import IsoTime, MetricName, OneOf, WithheldUntil, closed
from api.snapshots import Snapshots
from api.times import PeriodQuery, iso
from domain.analytics import stack, summary
from domain.building.energy_today import RoomsEnergy
from domain.building.model import METER_ROLES, USES
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.intervals import Period
from domain.money.steps import Step, in_units, site_steps

if TYPE_CHECKING:
    from domain.house import House

Use = Annotated[str, OneOf(USES)]
SUMMARY_KEPT_S = 2.0
"""A month costs 50 ms and more; whoever polls it sees nothing move within this."""


@closed
class Peak(TypedDict):
    """The highest mean of one step."""

    kw: float
    starts_at: IsoTime
    step_s: int
    """900; in long periods 3600."""


@closed
class Totals(TypedDict):
    """Energy, money and shares of a period; null where nothing was measured."""

    start_time: IsoTime
    end_time: IsoTime
    """Now, where the period is still running; under an embargo where it begins."""
    consumption_kwh: float | None
    generation_kwh: float | None
    import_kwh: float | None
    export_kwh: float | None
    charging_kwh: float | None
    discharging_kwh: float | None
    self_consumption_share: float | None
    """(generation − export) / generation, 0 to 1."""
    self_sufficiency_share: float | None
    """(consumption − import) / consumption, 0 to 1."""
    peak_import: Peak | None
    peak_consumption: Peak | None
    cost_eur: float | None
    """The bill of the period as far as it has come, less what was sold; null without a contract."""
    co2_kg: float | None
    """Of what was taken from the grid."""
    flexibility_kwh: None
    """Null until demand response measures it."""
    demand_response_events: None
    """Null until there is demand response."""
    coverage: float
    """Measured share of the period, 0 to 1."""
    generation_coverage: float
    estimated: bool
    """Without a main meter, from the submeters that report."""


@closed
class Change(TypedDict):
    """How much more than in the period before [%].

    Null where either is unknown, or less than 97 % of both was measured.
    """

    consumption_kwh: float | None
    generation_kwh: float | None
    import_kwh: float | None
    export_kwh: float | None
    charging_kwh: float | None
    discharging_kwh: float | None
    self_consumption_share: float | None
    self_sufficiency_share: float | None


@closed
class RoomTotal(TypedDict):
    """What the submeters of one room used."""

    room: str
    room_id: int
    consumption_kwh: float
    by_use: dict[Use, float]
    """kWh."""
    complete: bool
    """Whether every submeter of the room was heard."""


@closed
class UseTotal(TypedDict):
    """What one use took in all rooms; `unmetered` is what no submeter explains."""

    use: Annotated[str, OneOf((*USES, summary.UNMETERED))]
    consumption_kwh: float


@closed
class TypeTotal(TypedDict):
    """What the sensors of one type and role measured together."""

    sensor_type: str
    meter_role: Annotated[str, OneOf(METER_ROLES)]
    metric: MetricName
    unit: str
    sensors: int
    amount: float | None
    coverage: float


@closed
class MeterGap(TypedDict):
    """A meter of the balance that lacks something."""

    sensor_id: str
    name: str
    coverage: float


@closed
class SummaryAnswer(TypedDict):
    """A period's totals beside those of the period before, as far as it has come.

    Parts that may be one sensor are empty for a token that shares sums only.
    """

    totals: Totals
    before: Totals
    change_percent: Change
    rooms: list[RoomTotal]
    """Most first."""
    no_room_kwh: dict[Use, float]
    """Submeters that are in no room."""
    unmetered_kwh: float | None
    """What no submeter explains."""
    uses: list[UseTotal]
    sensor_types: list[TypeTotal]
    """Main and battery meters are in the totals."""
    missing: list[MeterGap]
    coverage_note: str
    """What the totals stand on, in one sentence."""
    withheld_until: WithheldUntil


@closed
class EnergyParts(TypedDict):
    """Who fed the consumption: sun, battery and grid sum to it; charging and export beside it."""

    consumption_kwh: float | None
    solar_used_kwh: float | None
    battery_used_kwh: float | None
    grid_used_kwh: float | None
    charging_kwh: float | None
    export_kwh: float | None


@closed
class EnergyStep(EnergyParts):
    """One step; null where a meter of the balance was silent all the time."""

    start_time: IsoTime
    end_time: IsoTime
    coverage: float
    """Measured share of what has passed of it, 0 to 1."""
    cost_eur: float | None
    """What was bought less what was sold; fixed and peak charges are in the total alone."""
    co2_kg: float | None


class EnergyQuery(PeriodQuery):
    """Which period, in which steps."""

    resolution: Annotated[str, OneOf(("auto", *stack.RESOLUTIONS))] = "auto"
    """Quarter hours only where they are kept and shared; days and months are local ones."""


@closed
class EnergyAnswer(TypedDict):
    """The consumption of a period by its source, in whole watt-hours that add up."""

    start_time: IsoTime
    end_time: IsoTime
    resolution: Annotated[str, OneOf(stack.RESOLUTIONS)]
    totals: EnergyParts
    coverage: float
    steps: list[EnergyStep]
    cost_eur: float | None
    """The bill of the period as far as it has come, less what was sold; null without a contract."""
    co2_kg: float | None
    """Of what was taken from the grid."""
    withheld_until: WithheldUntil


def analytics_api(house: House) -> Blueprint:
    """Build the routes of the analytics resource."""
    analytics = Resource(
        house, "analytics", "/api/v1/analytics", "What a period's energy was and came from."
    )

    recent: Snapshots[SummaryAnswer] = Snapshots(SUMMARY_KEPT_S)

    @analytics.get("/summary", "analytics.view")
    def show_summary(query: PeriodQuery) -> SummaryAnswer:
        """Sum up a period beside the one before it.

        The period before is the month, the year or as many days before whole ones, and otherwise
        as long; a period that is still running is compared up to the same local time. An answer
        may be 2 s old.
        """
        now_ms = house.clock.now_ms()
        running = query.end_time is None or query.end_time >= now_ms
        key = (query.start_time, None if running else query.end_time)
        return recent.get(key, lambda: summed(query.period(now_ms)))

    def summed(period: Period) -> SummaryAnswer:
        found = house.analytics.summary(period)
        return {
            "totals": _totals(house, found.totals),
            "before": _totals(house, found.before),
            "change_percent": _change(found),
            **_shared_out(found.rooms),
            "uses": [{"use": use.use, "consumption_kwh": use.kwh} for use in found.uses],
            "sensor_types": [_type_total(total) for total in found.sensor_types],
            "missing": [
                {"sensor_id": meter.sensor_id, "name": meter.name, "coverage": meter.share}
                for meter in found.coverage.missing
            ],
            "coverage_note": found.coverage.words,
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    @analytics.get("/energy", "analytics.view")
    def show_energy(query: EnergyQuery) -> EnergyAnswer:
        """Show what the consumption was fed by, step by step."""
        period = query.period(house.clock.now_ms())
        found = house.analytics.energy(period, query.resolution)
        costs = house.money.costs.of(period)
        edges = [bucket.starts_at_ms for bucket in found.buckets] + [period.end_ms]
        priced = site_steps(costs.energy, costs.slots, costs.rates.carbon, edges)
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "resolution": found.resolution,
            "totals": _parts(found.totals),
            "coverage": found.coverage,
            "steps": [_step(*both) for both in zip(found.buckets, priced, strict=True)],
            "cost_eur": in_units(costs.totals.net_mc),
            "co2_kg": _kg(costs.totals.co2_g),
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }

    return analytics.blueprint


def _totals(house: House, totals: summary.PeriodTotals) -> Totals:
    costs = house.money.costs.of(totals.period).totals
    return {
        "start_time": iso_utc(totals.period.start),
        "end_time": iso_utc(totals.period.end),
        "consumption_kwh": totals.consumption_kwh,
        "generation_kwh": totals.generation_kwh,
        "import_kwh": totals.import_kwh,
        "export_kwh": totals.export_kwh,
        "charging_kwh": totals.charging_kwh,
        "discharging_kwh": totals.discharging_kwh,
        "self_consumption_share": totals.self_consumption,
        "self_sufficiency_share": totals.self_sufficiency,
        "peak_import": _peak(totals.peak_import),
        "peak_consumption": _peak(totals.peak_consumption),
        "cost_eur": in_units(costs.net_mc),
        "co2_kg": _kg(costs.co2_g),
        "flexibility_kwh": None,
        "demand_response_events": None,
        "coverage": totals.coverage,
        "generation_coverage": totals.generation_coverage,
        "estimated": totals.estimated,
    }


def _peak(peak: summary.Peak | None) -> Peak | None:
    if peak is None:
        return None
    return {
        "kw": peak.kw,
        "starts_at": iso_utc(from_ms(peak.starts_at_ms)),
        "step_s": peak.slot_s,
    }


def _change(found: summary.Summary) -> Change:
    return {
        "consumption_kwh": found.change_percent("consumption_kwh"),
        "generation_kwh": found.change_percent("generation_kwh"),
        "import_kwh": found.change_percent("import_kwh"),
        "export_kwh": found.change_percent("export_kwh"),
        "charging_kwh": found.change_percent("charging_kwh"),
        "discharging_kwh": found.change_percent("discharging_kwh"),
        "self_consumption_share": found.change_percent("self_consumption"),
        "self_sufficiency_share": found.change_percent("self_sufficiency"),
    }


@closed
class _SharedOut(TypedDict):
    rooms: list[RoomTotal]
    no_room_kwh: dict[Use, float]
    unmetered_kwh: float | None


def _shared_out(found: RoomsEnergy) -> _SharedOut:
    return {
        "rooms": [
            {
                "room": room.name,
                "room_id": room.room_id,
                "consumption_kwh": room.kwh,
                "by_use": dict(room.by_use),
                "complete": room.complete,
            }
            for room in found.rooms
        ],
        "no_room_kwh": dict(found.no_room),
        "unmetered_kwh": found.unmetered_kwh,
    }


def _type_total(total: summary.TypeTotal) -> TypeTotal:
    return {
        "sensor_type": total.sensor_type,
        "meter_role": total.meter_role,
        "metric": total.metric,
        "unit": total.unit,
        "sensors": total.sensors,
        "amount": total.amount,
        "coverage": total.coverage,
    }


def _parts(parts: stack.Parts) -> EnergyParts:
    return {
        "consumption_kwh": parts.consumption_kwh,
        "solar_used_kwh": parts.solar_used_kwh,
        "battery_used_kwh": parts.battery_used_kwh,
        "grid_used_kwh": parts.grid_used_kwh,
        "charging_kwh": parts.charging_kwh,
        "export_kwh": parts.export_kwh,
    }


def _step(bucket: stack.Bucket, priced: Step) -> EnergyStep:
    return {
        "start_time": iso_utc(from_ms(bucket.starts_at_ms)),
        "end_time": iso_utc(from_ms(bucket.ends_at_ms)),
        "coverage": bucket.coverage,
        **_parts(bucket.parts),
        "cost_eur": in_units(priced.net_mc),
        "co2_kg": _kg(priced.co2_g),
    }


def _kg(co2_g: float | None) -> float | None:
    return None if co2_g is None else co2_g / 1000
