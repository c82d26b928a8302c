"""The contracts of the simulated building: tri-hourly like in Portugal, and what it is paid."""

from datetime import date, timedelta
from typing import TypedDict

from domain.access.policy import SYSTEM
from domain.calendar.model import DAY_TYPES, DayType
from domain.foundation.intervals import local_date
from domain.house import House
from domain.money.tariff import (
    Band,
    EnergyPart,
    FixedPart,
    Flat,
    PartKind,
    PeakPart,
    Season,
    Terms,
    TimeOfUse,
    Window,
)

_VAT_PPM, _LOW_VAT_PPM = 230_000, 60_000
_WORKDAYS: frozenset[DayType] = frozenset({"workday"})
_SATURDAYS: frozenset[DayType] = frozenset({"saturday"})
_QUIET: frozenset[DayType] = frozenset({"sunday", "holiday"})
_EVERY: frozenset[DayType] = frozenset(DAY_TYPES)
_WINTER, _SUMMER = Season((10, 25), (3, 29)), Season((3, 29), (10, 25))
_WINDOWS = (
    Window("Off-peak", 0, 1440, _QUIET),
    Window("Off-peak", 0, 7 * 60, _EVERY),
    Window("Peak", 9 * 60 + 30, 12 * 60, _WORKDAYS, _WINTER),
    Window("Peak", 18 * 60 + 30, 21 * 60, _WORKDAYS, _WINTER),
    Window("Peak", 9 * 60 + 15, 12 * 60 + 15, _WORKDAYS, _SUMMER),
    Window("Full", 9 * 60 + 30, 13 * 60, _SATURDAYS),
    Window("Full", 18 * 60 + 30, 22 * 60, _SATURDAYS),
    Window("Off-peak", 0, 1440, _SATURDAYS),
)


class _Prices(TypedDict):
    """mc/MWh of peak, full and off-peak hours."""

    energy: tuple[int, int, int]
    grid: tuple[int, int, int]


_FIRST: _Prices = {
    "energy": (15_420_000, 13_180_000, 9_650_000),
    "grid": (6_120_000, 3_870_000, 1_860_000),
}
_SECOND: _Prices = {
    "energy": (16_210_000, 13_940_000, 10_080_000),
    "grid": (6_340_000, 4_010_000, 1_930_000),
}


def seed_tariffs(house: House) -> None:
    """Enter the demo's contracts once; whatever people changed since stays."""
    tariffs = house.money.tariffs
    if tariffs.all():
        return
    today = local_date(house.clock.now(), house.zone)
    begin = (today - timedelta(days=house.settings.demo_days)).replace(day=1)
    supply = tariffs.create(
        SYSTEM, "Tri-hourly supply", "import", begin, _terms(_FIRST), use_from=begin
    )
    new_year = date(today.year, 1, 1)
    if new_year > begin:
        tariffs.new_version(SYSTEM, supply.tariff_id, new_year, _terms(_SECOND), supply.version)
    tariffs.create(
        SYSTEM, "Sale of surplus", "export", begin, Terms((_flat(6_200_000, 0),)), use_from=begin
    )
    tariffs.create(SYSTEM, "One price at any time", "import", begin, _one_price())


def _terms(prices: _Prices) -> Terms:
    return Terms(
        (
            _by_time("Energy", "energy", prices["energy"]),
            _by_time("Grid charges", "grid", prices["grid"]),
            *_charges(),
        )
    )


def _one_price() -> Terms:
    grid = EnergyPart("Grid use", "grid", Flat(3_450_000), _VAT_PPM)
    return Terms((_flat(13_600_000, _VAT_PPM), grid, *_charges()))


def _flat(mc_per_mwh: int, vat_ppm: int) -> EnergyPart:
    return EnergyPart("Energy", "energy", Flat(mc_per_mwh), vat_ppm)


def _by_time(label: str, kind: PartKind, prices: tuple[int, int, int]) -> EnergyPart:
    names = ("Peak", "Full", "Off-peak")
    bands = tuple(Band(name, price) for name, price in zip(names, prices, strict=True))
    return EnergyPart(label, kind, TimeOfUse(bands, _WINDOWS, "Full"), _VAT_PPM)


def _charges() -> tuple[EnergyPart | FixedPart | PeakPart, ...]:
    return (
        EnergyPart("Electricity tax", "tax", Flat(100_000), _VAT_PPM),
        FixedPart("Contracted power", "grid", "day", 195_000, _VAT_PPM),
        FixedPart("Audiovisual contribution", "tax", "month", 285_000, _LOW_VAT_PPM),
        PeakPart(
            "Power in working hours",
            "grid",
            385_000,
            (Window("", 9 * 60, 21 * 60, _WORKDAYS),),
            _VAT_PPM,
        ),
    )
