"""What energy costs and emits, for any period under any tariff; the one way to a price on a page.

Under a data-sharing contract what is derived from withheld readings is withheld with them: a
period ends where the shared part does, evidence is left aside, and parts that may be one sensor
are not told where only sums are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from domain.building.model import USES, Sensor
from domain.building.service import Building
from domain.foundation.clock import from_ms
from domain.foundation.contract import adding_up, in_force, require_single, shares_single
from domain.foundation.intervals import Period, local_date, local_day, local_period
from domain.money.accounts import (
    Floats,
    Rates,
    SiteEnergy,
    SiteTotals,
    SlotCosts,
    cost_slots,
    fixed_of,
    peak_rises,
    totals,
)
from domain.money.carbon import Carbon
from domain.money.gathering import Gathering
from domain.money.meters import Meters
from domain.money.prices import SLOT_MS, DayCharge, PeakTrack
from domain.money.sharing import Meaning, Share, Shares, carry, grouped, meaning, shares_of
from domain.money.tariffs import Tariffs
from domain.telemetry.service import Telemetry


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices of quarter hours, fixed charges of their days, and rises of the month's peak [kW]."""

    rates: Rates
    charges: Sequence[DayCharge]
    peaks: Sequence[tuple[PeakTrack, Floats]]


@dataclass(frozen=True, slots=True)
class SiteCosts:
    """The part of a period that has passed: energies, prices, and what came of them."""

    period: Period
    energy: SiteEnergy
    rates: Rates
    slots: SlotCosts
    totals: SiteTotals


@dataclass(frozen=True, slots=True)
class SensorMoney:
    """What one sensor's energy is in money, and whether its CO2 stands on an assumed factor."""

    kind: Meaning
    share: Share
    co2_assumed: bool


@dataclass(frozen=True, slots=True)
class PartCosts:
    """Rooms, uses or devices of a period by key, with what belongs to none of them.

    All parts, `outside` (metered, but no room's) and `rest` (unmetered) sum to `whole`.
    """

    parts: Mapping[str, Share]
    outside: Share | None
    shares: Shares


class Costs:
    """Prices the energy of one building; stores nothing."""

    def __init__(
        self,
        zone: ZoneInfo,
        building: Building,
        telemetry: Telemetry,
        gathering: Gathering,
        tariffs: Tariffs,
        carbon: Carbon,
    ) -> None:
        self._zone = zone
        self._building = building
        self._telemetry = telemetry
        self._gathering = gathering
        self._tariffs = tariffs
        self._carbon = carbon

    def of(
        self, period: Period, tariff_id: int | None = None, export_tariff_id: int | None = None
    ) -> SiteCosts:
        """The building's costs as far as the period has come, as contracted or under a tariff.

        Raises Unknown, InvalidInput for a tariff of the other direction.
        """
        passed = self._passed(period)
        energy = self._gathering.site(passed)
        priced = self.priced(energy, tariff_id, export_tariff_id)
        slots = cost_slots(energy, priced.rates)
        charges = [(charge, self._share(charge, passed)) for charge in priced.charges]
        fixed = fixed_of(charges, priced.peaks)
        found = totals(energy, slots, priced.rates, fixed)
        return SiteCosts(passed, energy, priced.rates, slots, found)

    def priced(
        self,
        energy: SiteEnergy,
        tariff_id: int | None = None,
        export_tariff_id: int | None = None,
    ) -> Priced:
        """What energy of quarter hours is priced with."""
        span = Period.of_ms(energy.start_ms, energy.end_ms)
        buying = self._tariffs.contracted("import", span, tariff_id)
        selling = self._tariffs.contracted("export", span, export_tariff_id)
        return Priced(
            Rates(buying.prices, selling.prices, self._carbon.factors(span)),
            (*buying.charges, *selling.charges),
            self._peaks(energy, tariff_id) if buying.peaks else [],
        )

    def devices(self, costs: SiteCosts) -> PartCosts:
        """What each submeter carries, by sensor id; nothing where only sums are shared."""
        sensor_ids, shares = self._submetered(costs)
        return PartCosts(dict(zip(sensor_ids, shares.parts, strict=True)), None, shares)

    def rooms(self, costs: SiteCosts) -> PartCosts:
        """What the submeters of each room carry, by its id in words."""
        placement = self._building.placement()
        rooms = {sensor_id: room for sensor_id, room in placement.items() if room is not None}
        sensor_ids, shares = self._submetered(costs)
        keys = [str(rooms[i].room_id) if i in rooms else "" for i in sensor_ids]
        return _by_key(keys, shares)

    def uses(self, costs: SiteCosts) -> PartCosts:
        """What the submeters of each use carry."""
        used = {sensor.sensor_id: sensor.use for sensor in self._building.meters()}
        sensor_ids, shares = self._submetered(costs)
        named = [used.get(sensor_id) for sensor_id in sensor_ids]
        return _by_key([use if use in USES else "other" for use in named], shares)

    def room(self, room_id: int, costs: SiteCosts) -> Share | None:
        """What the submeters of one room carry; None without any."""
        return self.rooms(costs).parts.get(str(room_id))

    def sensor(self, sensor: Sensor, costs: SiteCosts) -> SensorMoney | None:
        """What one sensor's energy cost, carries or was worth; None where it has no such meaning.

        Raises OutsideContract where only sums are shared.
        """
        require_single()
        # What a battery saves is a matter of all of them; what has no role may be heat.
        if sensor.meter_role in ("battery", "none"):
            return None
        kind, slots = meaning(sensor.meter_role, costs.energy, costs.slots, costs.rates)
        share = carry(self._gathering.measured_meters([sensor], costs.period), slots)[0]
        return None if share.kwh is None else SensorMoney(kind, share, costs.totals.co2_assumed)

    def together(self, sensor_ids: Sequence[str], costs: SiteCosts) -> Floats | None:
        """Energy of some submeters added up by quarter hour [kWh], unknown where one is silent.

        None where they are too few for the contract in force, or none at all.
        """
        if not sensor_ids or (in_force().sums_only and len(sensor_ids) < 2):
            return None
        with adding_up(len(sensor_ids)):
            return self._gathering.submeters(costs.period).together(sensor_ids)

    def _peaks(self, energy: SiteEnergy, tariff_id: int | None) -> list[tuple[PeakTrack, Floats]]:
        """Rises of the month's peak within a span [kW], for each part that charges them."""
        begins = local_date(from_ms(energy.start_ms), self._zone)
        month = local_period("month", begins, self._zone)
        imported = energy.imported
        if month.start_ms < energy.start_ms:
            before = self._gathering.site(Period.of_ms(month.start_ms, energy.start_ms))
            imported = np.concatenate((before.imported, imported))
        whole = Period.of_ms(energy.end_ms - len(imported) * SLOT_MS, energy.end_ms)
        months = self._month_starts(whole)
        lead = len(imported) - len(energy)
        return [
            (_cut(track, lead), peak_rises(imported, months, track)[lead:])
            for track in self._tariffs.peak_parts("import", whole, tariff_id)
        ]

    def _submetered(self, costs: SiteCosts) -> tuple[Sequence[str], Shares]:
        if not shares_single():
            nobody = Meters.of((), np.empty((0, len(costs.energy))))
            return (), shares_of(costs.energy, costs.slots, nobody)
        meters = self._gathering.submeters(costs.period)
        return meters.sensor_ids, shares_of(costs.energy, costs.slots, meters)

    def _share(self, charge: DayCharge, passed: Period) -> float:
        """Which share of a charge's day lies in the period: it accrues evenly."""
        day = local_day(charge.day, self._zone)
        inside_ms = min(day.end_ms, passed.end_ms) - max(day.start_ms, passed.start_ms)
        return max(0, inside_ms) / (day.end_ms - day.start_ms)

    def _passed(self, period: Period) -> Period:
        """The part of a period up to now; of one still to come, its first second."""
        end_ms = min(period.end_ms, max(self._telemetry.shared_until_ms(), period.start_ms + 1000))
        return Period.of_ms(period.start_ms, end_ms)

    def _month_starts(self, span: Period) -> list[int]:
        """At which of a span's quarter hours months begin; the first one does in any case."""
        starts = [0]
        month = local_period("month", local_date(span.start, self._zone), self._zone)
        while month.end < span.end:
            starts.append((month.end_ms - span.start_ms) // SLOT_MS)
            month = local_period("month", local_date(month.end, self._zone), self._zone)
        return starts


def _by_key(keys: Sequence[str], shares: Shares) -> PartCosts:
    parts = dict(grouped(keys, shares.parts))
    return PartCosts(parts, parts.pop("", None), shares)


def _cut(track: PeakTrack, lead: int) -> PeakTrack:
    """A track without its first quarter hours."""
    return PeakTrack(
        track.label, track.kind, track.net[lead:], track.vat[lead:], track.counts[lead:]
    )
