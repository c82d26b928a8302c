"""`/api/v1/tariffs`: the contracts and scenarios, with all that they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.resource import Resource
from api.schema import OneOf, closed
from domain.calendar.model import DAY_TYPES
from domain.money.tariff import (
    DIRECTIONS,
    MC_PER_MWH,
    MC_PER_UNIT,
    PART_KINDS,
    Dynamic,
    EnergyPart,
    FixedPart,
    Flat,
    Part,
    Tariff,
    TariffVersion,
    TimeOfUse,
    Window,
)

if TYPE_CHECKING:
    from domain.house import House

READ = "analytics.view"
PRICINGS = ("flat", "time_of_use", "dynamic")
UNITS = ("kWh", "day", "month", "kW")
_MILLION = 1_000_000
_DECIMALS = 8
LocalDay = Annotated[str, Field(description="As 2026-06-18, in the building's zone.")]
ClockTime = Annotated[str, Field(description="As 08:00, in the building's zone; 24:00 is the end.")]
YearDay = Annotated[str, Field(description="Month and day, as 11-01.")]


@closed
class SeasonShown(TypedDict):
    """Days of every year; they may run over New Year."""

    first: YearDay
    until: YearDay
    """The day after the last."""


@closed
class WindowShown(TypedDict):
    """When a band holds; the first one that fits decides."""

    band: str
    """Empty where the window is one of a peak charge."""
    from_time: ClockTime
    to_time: ClockTime
    """Not after `from_time`: of the next day."""
    day_types: list[Annotated[str, OneOf(DAY_TYPES)]]
    season: SeasonShown | None


@closed
class BandShown(TypedDict):
    """A named price."""

    name: str
    price_eur_kwh: float


@closed
class FeedShown(TypedDict):
    """A market price: feed × factor + addition, or what stands in for it."""

    feed_id: int
    factor: float
    addition_eur_kwh: float
    fallback: Annotated[str, OneOf(("same_hour_last_week", "fixed"))]
    fallback_eur_kwh: float


@closed
class PartShown(TypedDict):
    """One line of the bill. Money is in the building's currency, without VAT."""

    label: str
    kind: Annotated[str, OneOf(PART_KINDS)]
    per: Annotated[str, OneOf(UNITS)]
    """`kW` is the month's highest 15-minute mean."""
    pricing: Annotated[str, OneOf(PRICINGS)]
    price_eur: float | None
    """Null where bands or a feed say it."""
    bands: list[BandShown]
    windows: list[WindowShown]
    otherwise: str | None
    """The band that holds where no window fits."""
    feed: FeedShown | None
    vat_percent: float


@closed
class VersionShown(TypedDict):
    """Terms from a day on until the next version."""

    version_id: int
    valid_from: LocalDay
    parts: list[PartShown]


@closed
class UseShown(TypedDict):
    """When the tariff was or will be the building's contract."""

    first_day: LocalDay
    until_day: LocalDay | None
    """The day after the last; null is without end."""


@closed
class TariffShown(TypedDict):
    """A contract, or a scenario that was never in use."""

    tariff_id: int
    name: str
    direction: Annotated[str, OneOf(DIRECTIONS)]
    in_use: bool
    """Whether it prices the building today."""
    uses: list[UseShown]
    versions: list[VersionShown]


@closed
class TariffsShown(TypedDict):
    """Every tariff, the first made first."""

    currency: str
    tariffs: list[TariffShown]


def tariffs_api(house: House) -> Blueprint:
    """Build the routes of the tariffs resource."""
    tariffs = Resource(
        house, "tariffs", "/api/v1/tariffs", "Contracts and scenarios, with their versions."
    )

    @tariffs.get("", READ)
    def every() -> TariffsShown:
        """List the tariffs."""
        own = house.money.tariffs
        shown = [_tariff(house, tariff, own.versions(tariff.tariff_id)) for tariff in own.all()]
        return {"currency": house.settings.currency, "tariffs": shown}

    return tariffs.blueprint


def _tariff(house: House, tariff: Tariff, versions: Sequence[TariffVersion]) -> TariffShown:
    return {
        "tariff_id": tariff.tariff_id,
        "name": tariff.name,
        "direction": tariff.direction,
        "in_use": tariff.in_use(house.money.tariffs.today()),
        "uses": [
            {
                "first_day": use.first.isoformat(),
                "until_day": use.until.isoformat() if use.until else None,
            }
            for use in tariff.uses
        ],
        "versions": [
            {
                "version_id": version.version_id,
                "valid_from": version.valid_from.isoformat(),
                "parts": [_part(part) for part in version.terms.parts],
            }
            for version in versions
        ],
    }


def _part(part: Part) -> PartShown:
    shown: PartShown = {
        "label": part.label,
        "kind": part.kind,
        "per": "kWh",
        "pricing": "flat",
        "price_eur": None,
        "bands": [],
        "windows": [],
        "otherwise": None,
        "feed": None,
        "vat_percent": part.vat_ppm * 100 / _MILLION,
    }
    if isinstance(part, EnergyPart):
        return _energy(shown, part)
    if isinstance(part, FixedPart):
        return {**shown, "per": part.per, "price_eur": _money(part.mc, MC_PER_UNIT)}
    price = _money(part.mc_per_kw, MC_PER_UNIT)
    windows = [_window(window) for window in part.windows]
    return {**shown, "per": "kW", "price_eur": price, "windows": windows}


def _energy(shown: PartShown, part: EnergyPart) -> PartShown:
    match part.pricing:
        case Flat(mc_per_mwh):
            return {**shown, "price_eur": _money(mc_per_mwh, MC_PER_MWH)}
        case TimeOfUse() as tou:
            return {
                **shown,
                "pricing": "time_of_use",
                "bands": [
                    {"name": b.name, "price_eur_kwh": _money(b.mc_per_mwh, MC_PER_MWH)}
                    for b in tou.bands
                ],
                "windows": [_window(window) for window in tou.windows],
                "otherwise": tou.otherwise,
            }
        case Dynamic() as market:
            return {**shown, "pricing": "dynamic", "feed": _feed(market)}


def _feed(market: Dynamic) -> FeedShown:
    return {
        "feed_id": market.feed_id,
        "factor": market.factor_ppm / _MILLION,
        "addition_eur_kwh": _money(market.adder_mc_per_mwh, MC_PER_MWH),
        "fallback": market.fallback.kind,
        "fallback_eur_kwh": _money(market.fallback.mc_per_mwh, MC_PER_MWH),
    }


def _window(window: Window) -> WindowShown:
    season = window.season
    return {
        "band": window.band,
        "from_time": _clock(window.from_minute),
        "to_time": _clock(window.to_minute or 1440),
        "day_types": [day for day in DAY_TYPES if day in window.day_types],
        "season": None
        if season is None
        else {"first": _year_day(season.first), "until": _year_day(season.until)},
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _year_day(at: tuple[int, int]) -> str:
    return f"{at[0]:02d}-{at[1]:02d}"


def _money(amount: float, scale: int) -> float:
    return round(amount / scale, _DECIMALS)
