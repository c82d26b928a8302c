"""Costs gathered from quarter hours into the steps of a chart or an answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.money.accounts import Floats, SiteEnergy, SlotCosts
from domain.money.prices import SLOT_MS, CarbonTrack
from domain.money.tariff import MC_PER_UNIT


@dataclass(frozen=True, slots=True)
class Step:
    """Energy [kWh], money [mc] and CO2 [g] of one step; None where nothing of it is known.

    `net_mc` is what was bought, VAT and all, less what was sold, without fixed and peak charges.
    """

    start_ms: int
    end_ms: int
    import_kwh: float | None
    export_kwh: float | None
    net_mc: float | None
    co2_g: float | None
    bare_co2_g: float | None
    g_per_kwh: float | None
    """The mean carbon factor."""
    coverage: float
    """Share of the step's quarter hours whose import is known."""


def site_steps(
    energy: SiteEnergy, slots: SlotCosts, carbon: CarbonTrack, edges_ms: Sequence[int]
) -> list[Step]:
    """The building in the steps between the edges; quarter hours count where they begin."""
    place = Places.of(energy.start_ms, len(energy), edges_ms)
    net = slots.bought_mc - np.nan_to_num(slots.sold_mc, nan=0.0)
    columns = (energy.imported, energy.exported, net, slots.co2_g, slots.bare_co2_g)
    sums = [place.sums(column) for column in columns]
    there_are = np.maximum(place.counts(np.ones(len(energy), np.bool_)), 1)
    share = place.counts(np.isfinite(energy.imported)) / there_are
    factor = np.bincount(place.at, carbon.g_per_kwh, place.size) / there_are
    rows = zip(pairwise(edges_ms), *sums, factor.tolist(), share.tolist(), strict=True)
    return [Step(*span, *figures) for span, *figures in rows]


def carried_steps(
    kwh: Floats, slots: SlotCosts, edges_ms: Sequence[int]
) -> list[tuple[float | None, float | None]]:
    """Money [mc] and CO2 [g] that energy of quarter hours carries, step by step."""
    place = Places.of(slots.start_ms, len(kwh), edges_ms)
    mc = place.sums(kwh * slots.mix_mc_per_kwh)
    return list(zip(mc, place.sums(kwh * slots.mix_g_per_kwh), strict=True))


@dataclass(frozen=True, slots=True)
class Places:
    """In which of `size` steps each quarter hour lies."""

    at: NDArray[np.int64]
    size: int

    @classmethod
    def of(cls, start_ms: int, count: int, edges_ms: Sequence[int]) -> "Places":
        """By where it begins; the first may begin before the first edge."""
        starts = start_ms + np.arange(count, dtype=np.int64) * SLOT_MS
        starts = np.maximum(starts, edges_ms[0])
        at = np.searchsorted(np.array(edges_ms), starts, "right") - 1
        return cls(np.minimum(at, len(edges_ms) - 2), len(edges_ms) - 1)

    def counts(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many of the chosen quarter hours lie in each step."""
        return np.bincount(self.at[chosen], minlength=self.size)

    def sums(self, values: Floats) -> list[float | None]:
        """What is known of each step; None where nothing is."""
        known = np.isfinite(values)
        total = np.bincount(self.at[known], values[known], self.size)
        return [
            float(value) if count else None
            for value, count in zip(total, self.counts(known), strict=True)
        ]


def in_units(mc: float | None) -> float | None:
    """Milli-cents as units of the currency, to the last milli-cent."""
    return None if mc is None else round(mc / MC_PER_UNIT, 5)
