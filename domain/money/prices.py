"""Prices of a period, quarter hour by quarter hour."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

SLOT_MS = 900_000


@dataclass(frozen=True, slots=True)
class PartPrice:
    """One part's price per slot [mc/MWh] without and the VAT on it; NaN where nothing is known."""

    label: str
    kind: str
    net: NDArray[np.float64]
    vat: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PriceTrack:
    """Prices of consecutive quarter hours from `start_ms` on, of one direction.

    `estimated` is true where a fallback stands in for a feed; `version_ids` is the tariff version
    of each slot, 0 where there was no contract, and `band` names what holds for the screen ("" for
    flat and dynamic prices).
    """

    start_ms: int
    parts: tuple[PartPrice, ...]
    estimated: NDArray[np.bool_]
    version_ids: NDArray[np.int64]
    band: tuple[str, ...]

    @property
    def gross(self) -> NDArray[np.float64]:
        """What one MWh costs with everything on it [mc], NaN where nothing is known."""
        total = np.full(len(self.estimated), 0.0 if self.parts else np.nan)
        for part in self.parts:
            total = total + part.net + part.vat
        return total


@dataclass(frozen=True, slots=True)
class DayCharge:
    """What one fixed part costs on one local day [mc, unrounded], and the VAT on it."""

    day: date
    label: str
    kind: str
    net_mc: float
    vat_mc: float


@dataclass(frozen=True, slots=True)
class PeakTrack:
    """What a peak part asks in each quarter hour: [mc/kW] without and the VAT on it.

    `counts` is where the month's highest 15-minute mean is looked for. A rise of the peak is paid
    at the price of the quarter hour it happens in, so a month with two versions stays right.
    """

    label: str
    kind: str
    net: NDArray[np.float64]
    vat: NDArray[np.float64]
    counts: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Contracted:
    """Everything that contracts of one direction ask for a period."""

    prices: PriceTrack
    charges: tuple[DayCharge, ...]
    peaks: tuple[PeakTrack, ...]


@dataclass(frozen=True, slots=True)
class CarbonTrack:
    """g CO2 per kWh of consecutive quarter hours from `start_ms` on.

    `assumed` is true where nobody has set a factor, or a feed has none for that time.
    """

    start_ms: int
    g_per_kwh: NDArray[np.float64]
    assumed: NDArray[np.bool_]
