"""What a building's quarter hours cost and emit, and what they would have without sun and battery.

Pure. kWh × mc/MWh / 1000 = mc; NaN is unknown, never 0. Nothing is rounded here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from domain.money.prices import (
    SLOT_MS,
    CarbonTrack,
    DayCharge,
    PartPrice,
    PeakTrack,
    PriceTrack,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
SIDES = ("imported", "exported", "consumption", "generation", "charging", "discharging")
SLOTS_PER_HOUR = 4
ENERGY_KINDS = ("energy", "grid", "tax")
KINDS = (*ENERGY_KINDS, "fixed", "peak", "vat")
"""What a retailer's bill is made of, VAT apart from what it is on."""


@dataclass(frozen=True, slots=True)
class SiteEnergy:
    """Energy of consecutive quarter hours from `start_ms` on by side [kWh], ≥ 0, NaN unknown.

    Import and export are what the main meter measured; the other sides hold for the same time.
    `estimated` is true where consumption is from submeters or the sun was taken to be down.
    """

    start_ms: int
    imported: Floats
    exported: Floats
    consumption: Floats
    generation: Floats
    charging: Floats
    discharging: Floats
    estimated: Mask

    def __len__(self) -> int:
        return len(self.imported)

    @property
    def end_ms(self) -> int:
        """End of the last quarter hour."""
        return self.start_ms + len(self) * SLOT_MS

    @property
    def balanced(self) -> Mask:
        """Where every side is known."""
        unknown = np.isnan(self.imported)
        for side in SIDES[1:]:
            unknown = unknown | np.isnan(getattr(self, side))
        return ~unknown

    def part(self, slots: slice) -> "SiteEnergy":
        """Some consecutive quarter hours of it."""
        arrays = {f.name: getattr(self, f.name)[slots] for f in fields(self)[1:]}
        return SiteEnergy(start_ms=self.start_ms + slots.start * SLOT_MS, **arrays)


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices [mc/MWh] and carbon factors [g/kWh] of the quarter hours of one SiteEnergy."""

    buying: PriceTrack
    selling: PriceTrack
    carbon: CarbonTrack

    def part(self, slots: slice) -> "Rates":
        """Those of some consecutive quarter hours."""
        return Rates(
            _priced(self.buying, slots),
            _priced(self.selling, slots),
            CarbonTrack(
                self.carbon.start_ms + slots.start * SLOT_MS,
                self.carbon.g_per_kwh[slots],
                self.carbon.assumed[slots],
            ),
        )

    @property
    def selling_gross(self) -> Floats:
        """What one MWh fed in earns [mc]; 0 where nobody has agreed to pay for it."""
        return np.nan_to_num(self.selling.gross, nan=0.0)


@dataclass(frozen=True, slots=True)
class SlotCosts:
    """Money [mc] and CO2 [g] of each quarter hour; NaN where energy or price is unknown.

    What depends on the whole balance is known only where every side is; `actual_mc` is what was
    paid less what was earned there. `mix_*` is what one kWh of the building's consumption carried,
    and `mixed` tells where that follows from the balance; elsewhere it is what the grid's cost.
    """

    start_ms: int
    by_kind: Mapping[str, Floats]
    bought_mc: Floats
    sold_mc: Floats
    bare_mc: Floats
    """Without sun and battery: all consumption bought."""
    solar_mc: Floats
    """With the sun alone: what it lacked bought, what it had too much sold."""
    solar_used_mc: Floats
    solar_sold_mc: Floats
    actual_mc: Floats
    building_mc: Floats
    """Of what was bought, what went into the building."""
    battery_mc: Floats
    """Of what was bought, what went into the batteries."""
    co2_g: Floats
    bare_co2_g: Floats
    solar_co2_g: Floats
    building_co2_g: Floats
    mix_mc_per_kwh: Floats
    mix_g_per_kwh: Floats
    mixed: Mask


def cost_slots(energy: SiteEnergy, rates: Rates) -> SlotCosts:
    """Price every quarter hour: as it was, with the sun alone, and bare."""
    buying, selling = rates.buying.gross / 1000, rates.selling_gross / 1000
    factor = rates.carbon.g_per_kwh
    unknown = np.where(energy.balanced, 0.0, np.nan)
    lacking = np.maximum(energy.consumption - energy.generation, 0.0) + unknown
    surplus = np.maximum(energy.generation - energy.consumption, 0.0) + unknown
    used = np.minimum(energy.consumption, energy.generation) + unknown
    to_building, to_battery = from_grid(energy)
    bought_mc, sold_mc = energy.imported * buying, energy.exported * selling
    with np.errstate(invalid="ignore", divide="ignore"):
        share = to_building / energy.consumption
    mixed = np.isfinite(share)
    share = np.where(mixed, share, 1.0)
    return SlotCosts(
        start_ms=energy.start_ms,
        by_kind=_by_kind(energy.imported, rates.buying),
        bought_mc=bought_mc,
        sold_mc=sold_mc,
        bare_mc=(energy.consumption + unknown) * buying,
        solar_mc=lacking * buying - surplus * selling,
        solar_used_mc=used * buying,
        solar_sold_mc=surplus * selling + 0.0 * buying,
        actual_mc=bought_mc - sold_mc + unknown,
        building_mc=to_building * buying,
        battery_mc=to_battery * buying,
        co2_g=energy.imported * factor,
        bare_co2_g=(energy.consumption + unknown) * factor,
        solar_co2_g=lacking * factor,
        building_co2_g=to_building * factor,
        mix_mc_per_kwh=share * buying,
        mix_g_per_kwh=share * factor,
        mixed=mixed,
    )


def from_grid(energy: SiteEnergy) -> tuple[Floats, Floats]:
    """What came from the grid into the building and into the batteries [kWh].

    By the house's convention (`domain.building.allocation`): the sun serves building, battery and
    grid in that order, discharge and import the building first.
    """
    unknown = np.where(energy.balanced, 0.0, np.nan)
    wanted, sun = energy.consumption + unknown, energy.generation
    store, feed = energy.charging, energy.exported
    moved = np.minimum(sun, wanted)
    wanted, sun = wanted - moved, sun - moved
    moved = np.minimum(sun, store)
    store, sun = store - moved, sun - moved
    feed = feed - np.minimum(sun, feed)
    stored = energy.discharging
    moved = np.minimum(stored, wanted)
    wanted, stored = wanted - moved, stored - moved
    stored = stored - np.minimum(stored, feed)
    store = store - np.minimum(stored, store)
    to_building = np.minimum(energy.imported, wanted)
    return to_building, np.minimum(energy.imported - to_building, store) + unknown


def peak_rises(imported: Floats, month_starts: Sequence[int], track: PeakTrack) -> Floats:
    """By how much each quarter hour raised the month's highest mean import that counts [kW].

    `month_starts` are the places where a month begins; what is unknown raises nothing.
    """
    counted = np.where(track.counts, np.nan_to_num(imported, nan=0.0) * SLOTS_PER_HOUR, 0.0)
    rises = np.zeros(len(imported))
    ends = [*month_starts[1:], len(imported)]
    for first, end in zip(month_starts, ends, strict=True):
        highest = np.maximum.accumulate(counted[first:end])
        rises[first:end] = np.diff(highest, prepend=0.0)
    return rises


@dataclass(frozen=True, slots=True)
class Fixed:
    """Fixed and peak charges of a span [mc]: net, and the VAT on them."""

    fixed_mc: float = 0.0
    peak_mc: float = 0.0
    vat_mc: float = 0.0


NO_CHARGES = Fixed()


def fixed_of(
    charges: Iterable[tuple[DayCharge, float]], rises: Iterable[tuple[PeakTrack, Floats]]
) -> Fixed:
    """Sum day charges, each with the share of its day that counts, and rises of peaks."""
    fixed = [(charge.net_mc * share, charge.vat_mc * share) for charge, share in charges]
    peak = [(float(kw @ track.net), float(kw @ track.vat)) for track, kw in rises]
    return Fixed(
        sum(net for net, _ in fixed),
        sum(net for net, _ in peak),
        sum(vat for _, vat in (*fixed, *peak)),
    )


@dataclass(frozen=True, slots=True)
class SiteTotals:
    """Money [mc], CO2 [g] and energy [kWh] of a span; None where nothing is known.

    `bare − solar_used − solar_sold − battery_saved = compared` exactly; all five are over the
    quarter hours in which the whole balance and its prices are known, energy alone: fixed and peak
    charges are the same in each. `net_mc` is the bill: what was bought and fixed, less what was
    sold.
    """

    slots: int
    known_slots: int
    """Quarter hours with a measured import that has a price."""
    balanced_slots: int
    kwh: Mapping[str, float | None]
    by_kind: Mapping[str, float | None]
    bought_mc: float | None
    sold_mc: float | None
    bare_mc: float | None
    solar_used_mc: float | None
    solar_sold_mc: float | None
    battery_saved_mc: float | None
    compared_mc: float | None
    building_mc: float | None
    battery_mc: float | None
    co2_g: float | None
    bare_co2_g: float | None
    solar_co2_g: float | None
    compared_co2_g: float | None
    unpriced_kwh: float
    """Import that has no price, no contract being in force."""
    estimated: bool
    """A price is a fallback's, or a side of the balance an estimate."""
    co2_assumed: bool

    @property
    def coverage(self) -> float:
        """Share of the span whose cost is known."""
        return self.known_slots / self.slots if self.slots else 0.0

    @property
    def net_mc(self) -> float | None:
        """What the span cost; None where nothing of it is known."""
        known = [mc for mc in self.by_kind.values() if mc is not None]
        return sum(known) - (self.sold_mc or 0.0) if known else None

    @property
    def solar_saved_mc(self) -> float | None:
        """What the sun saved and earned."""
        if self.solar_used_mc is None or self.solar_sold_mc is None:
            return None
        return self.solar_used_mc + self.solar_sold_mc

    @property
    def co2_saved_g(self) -> float | None:
        """What sun and battery together kept from being emitted elsewhere."""
        if self.bare_co2_g is None or self.compared_co2_g is None:
            return None
        return self.bare_co2_g - self.compared_co2_g


def totals(
    energy: SiteEnergy, slots: SlotCosts, rates: Rates, fixed: Fixed = NO_CHARGES
) -> SiteTotals:
    """Sum a span; the fixed part comes from outside, for it belongs to days and months."""
    by_kind = {kind: total(slots.by_kind[kind]) for kind in (*ENERGY_KINDS, "vat")}
    if any(mc is not None for mc in by_kind.values()) or fixed != NO_CHARGES:
        by_kind |= {"fixed": fixed.fixed_mc, "peak": fixed.peak_mc}
        by_kind["vat"] = (by_kind["vat"] or 0.0) + fixed.vat_mc
    compared = np.isfinite(slots.bare_mc) & np.isfinite(slots.actual_mc)
    solar, actual = _over(slots.solar_mc, compared), _over(slots.actual_mc, compared)
    return SiteTotals(
        slots=len(energy),
        known_slots=int(np.isfinite(slots.bought_mc).sum()),
        balanced_slots=int(energy.balanced.sum()),
        kwh={side: total(getattr(energy, side)) for side in SIDES},
        by_kind={kind: by_kind.get(kind) for kind in KINDS},
        bought_mc=total(slots.bought_mc),
        sold_mc=total(slots.sold_mc),
        bare_mc=_over(slots.bare_mc, compared),
        solar_used_mc=_over(slots.solar_used_mc, compared),
        solar_sold_mc=_over(slots.solar_sold_mc, compared),
        battery_saved_mc=None if solar is None or actual is None else solar - actual,
        compared_mc=actual,
        building_mc=total(slots.building_mc),
        battery_mc=total(slots.battery_mc),
        co2_g=total(slots.co2_g),
        bare_co2_g=total(slots.bare_co2_g),
        solar_co2_g=total(slots.solar_co2_g),
        compared_co2_g=_over(slots.co2_g, energy.balanced),
        unpriced_kwh=total(energy.imported[np.isnan(rates.buying.gross)]) or 0.0,
        estimated=bool((energy.estimated | rates.buying.estimated | rates.selling.estimated).any()),
        co2_assumed=bool(rates.carbon.assumed.any()),
    )


def total(values: Floats) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else None


def _over(values: Floats, chosen: Mask) -> float | None:
    return float(values[chosen].sum()) if chosen.any() else None


def _priced(track: PriceTrack, slots: slice) -> PriceTrack:
    return PriceTrack(
        track.start_ms + slots.start * SLOT_MS,
        tuple(
            PartPrice(part.label, part.kind, part.net[slots], part.vat[slots])
            for part in track.parts
        ),
        track.estimated[slots],
        track.version_ids[slots],
        track.band[slots],
    )


def _by_kind(imported: Floats, buying: PriceTrack) -> Mapping[str, Floats]:
    """What was bought by kind, VAT apart; nothing at all is known without a contract."""
    zero = np.where(np.isfinite(buying.gross), 0.0, np.nan) * imported
    found = {kind: zero for kind in (*ENERGY_KINDS, "vat")}
    for part in buying.parts:
        found[part.kind] = found[part.kind] + imported * part.net / 1000
        found["vat"] = found["vat"] + imported * part.vat / 1000
    return found
