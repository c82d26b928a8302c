"""What rooms, devices and uses carry of the building's cost and CO2. Pure.

Each carries the building's mix of the moment: a kWh costs what the consumption's import cost
divided by the consumption, so that the sun is free and for all alike. Where the balance is unknown
a kWh costs what the grid's does. Fixed and peak charges stay with the building.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from domain.money.accounts import Floats, SiteEnergy, SlotCosts, total


@dataclass(frozen=True, slots=True)
class Share:
    """Energy [kWh] of one part of the building and what it carries [mc, g]; None is unknown."""

    kwh: float | None
    mc: float | None
    co2_g: float | None
    at_grid_kwh: float
    """Of it, what is priced as from the grid, the balance being unknown."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts by name, with what no submeter explains and what the batteries took; they sum up.

    `rest` is below 0 where the submeters count more than the main meter. `passed_mc` is what was
    bought and sold on within one quarter hour; with it all that was bought is told.
    """

    parts: Mapping[str, Share]
    rest: Share
    whole: Share
    battery_mc: float | None
    passed_mc: float | None


def share_of(kwh: Floats, slots: SlotCosts) -> Share:
    """What energy used in these quarter hours carries."""
    at_grid = kwh[np.isfinite(kwh) & ~slots.mixed]
    return Share(
        kwh=total(kwh),
        mc=total(kwh * slots.mix_mc_per_kwh),
        co2_g=total(kwh * slots.mix_g_per_kwh),
        at_grid_kwh=float(at_grid.sum()),
    )


def shares_of(energy: SiteEnergy, slots: SlotCosts, parts: Mapping[str, Floats]) -> Shares:
    """Share a span out to its parts; a part that was silent is in the rest."""
    metered = _sum(parts.values(), len(energy))
    seen = np.where(energy.balanced, energy.consumption, energy.imported)
    whole = np.where(np.isfinite(seen), seen, metered)
    carried = whole * slots.mix_mc_per_kwh
    passed = slots.bought_mc - carried - np.nan_to_num(slots.battery_mc, nan=0.0)
    return Shares(
        parts={name: share_of(kwh, slots) for name, kwh in parts.items()},
        rest=share_of(whole - metered, slots),
        whole=share_of(whole, slots),
        battery_mc=total(slots.battery_mc),
        passed_mc=total(passed),
    )


def _sum(parts: Iterable[Floats], size: int) -> Floats:
    metered = np.zeros(size)
    for kwh in parts:
        metered = metered + np.nan_to_num(kwh, nan=0.0)
    return metered
