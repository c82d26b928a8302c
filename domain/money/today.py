"""What today costs and emits so far, beside yesterday, and what a kWh costs now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.building.energy import EnergyAccounts
from domain.building.energy_today import COMPARABLE_COVERAGE, change_words
from domain.foundation.clock import Clock, from_ms
from domain.foundation.intervals import Period, same_span
from domain.foundation.kept import Kept
from domain.money.accounts import SiteTotals
from domain.money.carbon import Carbon
from domain.money.costs import Costs
from domain.money.prices import SLOT_MS
from domain.money.steps import in_units
from domain.money.tariff import MC_PER_MWH
from domain.money.tariffs import Tariffs

AHEAD = timedelta(hours=24)
_KEPT_S = 5.0
Shown = tuple["CostToday", "PriceNow | None"]


@dataclass(frozen=True, slots=True)
class PriceNow:
    """What a kWh from the grid costs now with everything on it, and one fed in earns.

    In units of the currency. `band` is "" for prices without one; `until_ms` is when the price
    changes within a day, None where it does not.
    """

    price: float
    band: str
    until_ms: int | None
    estimated: bool
    selling: float | None
    g_per_kwh: float
    g_assumed: bool

    def words(self, zone: ZoneInfo) -> str:
        """`Peak until 19:00`, `until 14:00`, `the same all day`."""
        if self.until_ms is None:
            return f"{self.band} all day" if self.band else "the same all day"
        until = f"until {from_ms(self.until_ms).astimezone(zone):%H:%M}"
        return f"{self.band} {until}" if self.band else until


@dataclass(frozen=True, slots=True)
class CostToday:
    """Totals of today so far and of the same clock times yesterday."""

    totals: SiteTotals
    yesterday: SiteTotals

    @property
    def cost_change(self) -> str:
        """`6 % less` than yesterday; empty where the two cannot be compared."""
        return self._change(self.totals.net_mc, self.yesterday.net_mc)

    @property
    def co2_change(self) -> str:
        """The same of CO2."""
        return self._change(self.totals.co2_g, self.yesterday.co2_g)

    @property
    def saved_mc(self) -> float | None:
        """By sun and batteries together."""
        solar, battery = self.totals.solar_saved_mc, self.totals.battery_saved_mc
        return None if solar is None or battery is None else solar + battery

    def _change(self, here: float | None, there: float | None) -> str:
        covered = min(self.totals.coverage, self.yesterday.coverage)
        if here is None or there is None or covered < COMPARABLE_COVERAGE:
            return ""
        return change_words(here, there)


class MoneyToday:
    """Money and CO2 of the running day; the frame is pushed to open pages beside the energy."""

    def __init__(
        self,
        clock: Clock,
        zone: ZoneInfo,
        energy: EnergyAccounts,
        costs: Costs,
        tariffs: Tariffs,
        carbon: Carbon,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._energy = energy
        self._costs = costs
        self._tariffs = tariffs
        self._carbon = carbon
        self._kept = Kept[Shown](lambda: (self.so_far(), self.price_now()), _KEPT_S)

    def shown(self) -> Shown:
        """Today and the price now as pages show them, a few seconds old at most."""
        return self._kept.get()

    def so_far(self) -> CostToday:
        """Today up to this minute beside yesterday up to the same one."""
        period = self._energy.so_far()
        yesterday = same_span(period, 1, self._zone)
        return CostToday(self._costs.of(period).totals, self._costs.of(yesterday).totals)

    def price_now(self) -> PriceNow | None:
        """The price of this quarter hour; None without a contract."""
        start_ms = self._clock.now_ms() // SLOT_MS * SLOT_MS
        span = Period(from_ms(start_ms), from_ms(start_ms) + AHEAD)
        track, selling = (self._tariffs.prices(way, span) for way in ("import", "export"))
        gross, carbon = track.gross, self._carbon.factors(span)
        if not np.isfinite(gross[0]):
            return None
        other = np.flatnonzero((gross != gross[0]) | (np.array(track.band) != track.band[0]))
        sold = selling.gross[0]
        return PriceNow(
            price=float(gross[0]) / MC_PER_MWH,
            band=track.band[0],
            until_ms=start_ms + int(other[0]) * SLOT_MS if len(other) else None,
            estimated=bool(track.estimated[0]),
            selling=float(sold) / MC_PER_MWH if np.isfinite(sold) else None,
            g_per_kwh=float(carbon.g_per_kwh[0]),
            g_assumed=bool(carbon.assumed[0]),
        )

    def frame(self) -> Mapping[str, object]:
        """Figures in units of the currency, kg and words; plain data for the socket."""
        today, price = self.shown()
        co2_g = today.totals.co2_g
        return {
            "cost": in_units(today.totals.net_mc),
            "cost_change": today.cost_change,
            "saved": in_units(today.saved_mc),
            "solar_saved": in_units(today.totals.solar_saved_mc),
            "battery_saved": in_units(today.totals.battery_saved_mc),
            "co2_kg": None if co2_g is None else co2_g / 1000,
            "co2_change": today.co2_change,
            "price": price.price if price else None,
            "price_words": price.words(self._zone) if price else "",
            "estimates": _estimates(today.totals, price),
        }


def _estimates(totals: SiteTotals, price: PriceNow | None) -> list[str]:
    """Which figures of the frame are estimates."""
    money = ["cost", "saved", "solar_saved", "battery_saved"] if totals.estimated else []
    co2 = ["co2_kg"] if totals.estimated or totals.co2_assumed else []
    return [*money, *co2, *(["price"] if price and price.estimated else [])]
