"""What rooms, devices and uses carry of the building's cost and CO2. Pure.

Each carries the building's mix of the moment: a kWh costs what the consumption's import cost
divided by the consumption, so that the sun is free and for all alike. Where the balance is unknown
a kWh costs what the grid's does. Fixed and peak charges stay with the building.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from domain.money.accounts import Floats, Mask, Rates, SiteEnergy, SlotCosts, total
from domain.money.meters import Meters, MeterSpan

Meaning = Literal["carried", "bought", "worth"]
"""What a sensor's money is: its part of the mix, what the grid charged, what the sun brought."""


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
    """Parts in the order given, what no submeter explains, and what the batteries took.

    The parts and the rest sum to the whole; `rest` is below 0 where the submeters count more than
    the main meter. `passed_mc` is what was bought and sold on within one quarter hour: whole,
    batteries and it sum to all that was bought.
    """

    parts: Sequence[Share]
    rest: Share
    whole: Share
    battery_mc: float | None
    passed_mc: float | None


def shares_of(energy: SiteEnergy, slots: SlotCosts, meters: Meters) -> Shares:
    """Share a span out to submeters; one that was silent is in the rest."""
    metered = meters.metered
    seen = np.where(energy.balanced, energy.consumption, energy.imported)
    whole = np.where(np.isfinite(seen), seen, metered)
    carried = whole * slots.mix_mc_per_kwh
    passed = slots.bought_mc - carried - np.nan_to_num(slots.battery_mc, nan=0.0)
    sums = Meters.of(("rest", "whole"), np.vstack((whole - metered, whole)))
    rest, all_of_it = carry(sums, slots)
    parts = carry(meters, slots)
    return Shares(parts, rest, all_of_it, total(slots.battery_mc), total(passed))


def carry(meters: Meters, slots: SlotCosts) -> list[Share]:
    """What the energy of each meter carries."""
    priced = np.isfinite(slots.mix_mc_per_kwh)
    mc_per_kwh = np.where(priced, slots.mix_mc_per_kwh, 0.0)
    kwh, mc, co2_g, at_grid = (np.zeros(len(meters.sensor_ids)) for _ in range(4))
    heard, paid = (np.zeros(len(meters.sensor_ids), np.bool_) for _ in range(2))
    begin = 0
    for span in meters.spans:
        here = slice(begin, begin + len(span))
        begin = here.stop
        # Not one matrix product: its threads wait for each other on a machine that is busy.
        kwh += span.kwh.sum(axis=1)
        mc += np.vecdot(span.kwh, mc_per_kwh[here])
        co2_g += np.vecdot(span.kwh, slots.mix_g_per_kwh[here])
        if not slots.mixed[here].all():
            at_grid += np.vecdot(span.kwh, (~slots.mixed[here]).astype(np.float64))
        heard |= _any(span, np.ones(len(span), np.bool_))
        paid |= _any(span, priced[here])
    return [
        Share(
            kwh=float(kwh[at]) if heard[at] else None,
            mc=float(mc[at]) if paid[at] else None,
            co2_g=float(co2_g[at]) if heard[at] else None,
            at_grid_kwh=float(at_grid[at]),
        )
        for at in range(len(kwh))
    ]


def _any(span: MeterSpan, chosen: Mask) -> Mask:
    """Which meters were heard in one of the chosen quarter hours."""
    if span.silent is None:
        return np.full(len(span.sensor_ids), chosen.any())
    heard: Mask = np.any(~span.silent & chosen, axis=1)
    return heard


def meaning(
    role: str, energy: SiteEnergy, slots: SlotCosts, rates: Rates
) -> tuple[Meaning, SlotCosts]:
    """What a kWh of a meter of a role is: bought, worth something, or carrying the mix."""
    if role == "main":
        price = rates.buying.gross / 1000
        factor, whole = rates.carbon.g_per_kwh, np.ones(len(energy), np.bool_)
        return "bought", _at(slots, price, factor, whole)
    if role == "generation":
        with np.errstate(invalid="ignore", divide="ignore"):
            worth = (slots.solar_used_mc + slots.solar_sold_mc) / energy.generation
        none = np.zeros(len(energy))
        return "worth", _at(slots, worth, none, np.ones(len(energy), np.bool_))
    return "carried", slots


def _at(slots: SlotCosts, mc_per_kwh: Floats, g_per_kwh: Floats, mixed: Mask) -> SlotCosts:
    return replace(slots, mix_mc_per_kwh=mc_per_kwh, mix_g_per_kwh=g_per_kwh, mixed=mixed)


def joined(shares: Iterable[Share]) -> Share:
    """Several parts as one; what is unknown of some leaves the others."""
    kwh, mc, co2_g, at_grid = 0.0, 0.0, 0.0, 0.0
    known = [False, False, False]
    for share in shares:
        known = [was or has is not None for was, has in zip(known, _values(share), strict=True)]
        kwh, mc, co2_g = kwh + (share.kwh or 0), mc + (share.mc or 0), co2_g + (share.co2_g or 0)
        at_grid += share.at_grid_kwh
    return Share(
        kwh if known[0] else None, mc if known[1] else None, co2_g if known[2] else None, at_grid
    )


def grouped(keys: Sequence[str], shares: Sequence[Share]) -> Mapping[str, Share]:
    """Parts that have the same key as one."""
    groups: dict[str, list[Share]] = {}
    for key, share in zip(keys, shares, strict=True):
        groups.setdefault(key, []).append(share)
    return {key: joined(group) for key, group in groups.items()}


def _values(share: Share) -> tuple[float | None, ...]:
    return share.kwh, share.mc, share.co2_g
