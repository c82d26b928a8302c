"""How terms become what stands in a tariff's form. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from domain.calendar.model import DAY_TYPES
from domain.money.tariff import (
    MC_PER_MWH,
    MC_PER_UNIT,
    Dynamic,
    EnergyPart,
    FixedPart,
    Flat,
    Part,
    PeakPart,
    Terms,
    TimeOfUse,
    Window,
)
from pages._tariffs_draft import (
    BY_TIME,
    ENERGY_LABEL,
    FLAT,
    GRID_LABEL,
    LEAP_YEAR,
    MARKET,
    OWN,
    PEAK,
    PER_DAY,
    PER_MONTH,
    PPM_PER_PERCENT,
    STARTER,
    TAX_MONTH,
    BandRow,
    ChargeRow,
    Draft,
    RuleRow,
)
from pages._tariffs_terms import terms_of


def draft_of(terms: Terms) -> Draft | None:
    """The form that says the same, None where the form has no words for it."""
    main, *rest = terms.parts
    if not isinstance(main, EnergyPart) or (main.label, main.kind) != (ENERGY_LABEL, "energy"):
        return None
    draft: Draft | None = _main_of(main)
    if draft is not None and rest and _is_grid_by_band(rest[0]):
        grid = rest.pop(0)
        draft = _with_grid(draft, main, grid)
    rows = [_charge_of(part) for part in rest]
    if draft is None or None in rows:
        return None
    found = replace(draft, charges=tuple(row for row in rows if row is not None))
    again, _ = terms_of(found)
    return found if again == terms else None


def _main_of(part: EnergyPart) -> Draft:
    vat = _number(part.vat_ppm, PPM_PER_PERCENT)
    match part.pricing:
        case Flat(mc_per_mwh):
            return replace(STARTER, pricing=FLAT, price=_number(mc_per_mwh, MC_PER_MWH), vat=vat)
        case TimeOfUse() as tou:
            names = [band.name for band in tou.bands]
            return Draft(
                pricing=BY_TIME,
                vat=vat,
                bands=tuple(BandRow(b.name, _number(b.mc_per_mwh, MC_PER_MWH)) for b in tou.bands),
                rules=tuple(_rule_of(window, names) for window in tou.windows),
                otherwise=str(names.index(tou.otherwise)),
            )
        case Dynamic() as market:
            return replace(
                STARTER,
                pricing=MARKET,
                vat=vat,
                feed=str(market.feed_id),
                factor=_number(market.factor_ppm, 1_000_000),
                adder=_number(market.adder_mc_per_mwh, MC_PER_MWH),
                fallback=market.fallback.kind,
                fallback_price=_number(market.fallback.mc_per_mwh, MC_PER_MWH),
            )


def _is_grid_by_band(part: Part) -> bool:
    return (
        isinstance(part, EnergyPart)
        and isinstance(part.pricing, TimeOfUse)
        and part.label == GRID_LABEL
    )


def _with_grid(draft: Draft, main: EnergyPart, grid: Part) -> Draft | None:
    if not isinstance(grid, EnergyPart) or not isinstance(grid.pricing, TimeOfUse):
        return None
    if not isinstance(main.pricing, TimeOfUse) or len(grid.pricing.bands) != len(draft.bands):
        return None
    bands = [
        replace(row, grid=_number(band.mc_per_mwh, MC_PER_MWH))
        for row, band in zip(draft.bands, grid.pricing.bands, strict=True)
    ]
    return replace(draft, bands=tuple(bands))


def _rule_of(window: Window, names: Sequence[str]) -> RuleRow:
    row = RuleRow(
        band=str(names.index(window.band)),
        days=[day for day in DAY_TYPES if day in window.day_types],
        start=str(window.from_minute),
        end=str(window.to_minute),
    )
    if window.season is None:
        return row
    last = date(LEAP_YEAR, *window.season.until) - timedelta(days=1)
    return replace(
        row,
        season=OWN,
        first_month=str(window.season.first[0]),
        first_day=window.season.first[1],
        last_month=str(last.month),
        last_day=last.day,
    )


def _charge_of(part: Part) -> ChargeRow | None:
    row = ChargeRow(label=part.label, vat=_number(part.vat_ppm, PPM_PER_PERCENT))
    match part:
        case EnergyPart(pricing=Flat(mc_per_mwh)) if part.kind in ("grid", "tax"):
            return replace(row, kind=part.kind, amount=_number(mc_per_mwh, MC_PER_MWH))
        case FixedPart():
            kinds = {("grid", "day"): PER_DAY, ("grid", "month"): PER_MONTH,
                     ("tax", "month"): TAX_MONTH}  # fmt: skip
            kind = kinds.get((part.kind, part.per))
            amount = _number(part.mc, MC_PER_UNIT)
            return None if kind is None else replace(row, kind=kind, amount=amount)
        case PeakPart(windows=()):
            return replace(row, kind=PEAK, amount=_number(part.mc_per_kw, MC_PER_UNIT))
        case PeakPart(windows=(window,)):
            return replace(
                row,
                kind=PEAK,
                amount=_number(part.mc_per_kw, MC_PER_UNIT),
                when=OWN,
                days=[day for day in DAY_TYPES if day in window.day_types],
                start=str(window.from_minute),
                end=str(window.to_minute),
            )
    return None


def _number(amount: int, scale: int) -> float | int:
    """As a person would type it: whole numbers without a point."""
    typed = Decimal(amount) / scale
    return int(typed) if typed == typed.to_integral_value() else float(typed)
