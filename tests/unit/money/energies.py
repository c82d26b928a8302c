"""Quarter hours and prices for tests of money, and strategies that make them."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from hypothesis import strategies as st

from domain.money.accounts import Floats, Rates, SiteEnergy
from domain.money.prices import CarbonTrack, DayCharge, PartPrice, PeakTrack, PriceTrack

NAN = float("nan")
MC_PER_EUR_KWH = 1e8
"""mc/MWh in a price of 1 €/kWh."""


def track(*parts: tuple[str, str, Sequence[float], float], start_ms: int = 0) -> PriceTrack:
    """Label, kind, €/kWh per quarter hour and VAT share of each part."""
    size = len(parts[0][2]) if parts else 0
    return PriceTrack(
        start_ms,
        tuple(
            PartPrice(
                label, kind, np.array(eur) * MC_PER_EUR_KWH, np.array(eur) * MC_PER_EUR_KWH * v
            )
            for label, kind, eur, v in parts
        ),
        np.zeros(size, bool),
        np.ones(size, np.int64),
        ("",) * size,
    )


def no_contract(size: int) -> PriceTrack:
    return PriceTrack(0, (), np.zeros(size, bool), np.zeros(size, np.int64), ("",) * size)


def rates(eur: Sequence[float], sold_eur: Sequence[float] | None = None, g: float = 200.0) -> Rates:
    size = len(eur)
    selling = no_contract(size) if sold_eur is None else track(("Fed in", "energy", sold_eur, 0.0))
    carbon = CarbonTrack(0, np.full(size, g), np.zeros(size, bool))
    return Rates(track(("Energy", "energy", eur, 0.0)), selling, carbon)


def site(
    consumption: Sequence[float],
    generation: Sequence[float] | None = None,
    battery: Sequence[float] | None = None,
    through: Sequence[float] | None = None,
) -> SiteEnergy:
    """A balance: battery + charges, − discharges; `through` flows in and out at once."""
    used = np.array(consumption, float)
    size = len(used)
    made = np.array(generation if generation is not None else np.zeros(size), float)
    stored = np.array(battery if battery is not None else np.zeros(size), float)
    both = np.array(through if through is not None else np.zeros(size), float)
    net = used + stored - made
    return SiteEnergy(
        start_ms=0,
        imported=np.maximum(net, 0.0) + both,
        exported=np.maximum(-net, 0.0) + both,
        consumption=used,
        generation=made,
        charging=np.maximum(stored, 0.0),
        discharging=np.maximum(-stored, 0.0),
        estimated=np.zeros(size, bool),
    )


def kwh(size: int, low: float = 0.0, high: float = 50.0) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(low, high, width=32), min_size=size, max_size=size)


@st.composite
def days(draw: st.DrawFn) -> tuple[SiteEnergy, Rates]:
    """Some quarter hours with sun, battery and changing prices, a few unknown."""
    size = draw(st.integers(1, 12))
    energy = site(
        draw(kwh(size)), draw(kwh(size)), draw(kwh(size, -20.0, 20.0)), draw(kwh(size, 0.0, 1.0))
    )
    silent = draw(st.lists(st.integers(0, size - 1), max_size=2))
    energy.consumption[silent] = NAN
    energy.generation[silent] = NAN
    deaf = draw(st.lists(st.integers(0, size - 1), max_size=1))
    for side in (energy.imported, energy.exported, energy.consumption):
        side[deaf] = NAN
    return energy, rates(draw(kwh(size, -0.5, 1.0)), draw(kwh(size, -0.5, 1.0)))


def charge(day: date, net_mc: float, vat_mc: float = 0.0) -> DayCharge:
    return DayCharge(day, "Standing charge", "energy", net_mc, vat_mc)


def peak(mc_per_kw: Sequence[float], counts: Sequence[bool]) -> PeakTrack:
    net: Floats = np.array(mc_per_kw, float)
    return PeakTrack("Peak", "grid", net, net * 0.0, np.array(counts))
