"""Today's money and CO2 on the overview. Pure functions of what the costs say."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.cards import tile
from components.marks import data, value
from domain.building.energy_today import COMPARABLE_COVERAGE
from domain.money.accounts import SiteTotals
from domain.money.steps import in_units
from domain.money.today import CostToday, PriceNow

MONEY, TARIFFS = "/money", "/money/tariffs"


def tiles(
    today: CostToday, price: PriceNow | None, state: str, unit: str, zone: ZoneInfo
) -> list[Any]:
    """What today cost, what sun and batteries saved, what it emitted, and the price now."""
    return [
        _cost_tile(today, state, unit),
        _saved_tile(today, state, unit),
        _co2_tile(today, price, state),
        _price_tile(price, unit, zone),
    ]


def _cost_tile(today: CostToday, state: str, unit: str) -> Any:
    totals = today.totals
    if totals.net_mc is None:
        return tile(
            "Cost today",
            None,
            "money",
            unit=unit,
            state="missing",
            note="no contract prices it" if totals.unpriced_kwh else "no import known",
            href=TARIFFS,
        )
    before = formats.text("money", in_units(today.yesterday.net_mc), unit=unit)
    return tile(
        "Cost today",
        in_units(totals.net_mc),
        "money",
        unit=unit,
        live="energy/money/cost",
        state="estimate" if totals.estimated else state,
        note=_note(today.cost_change, "cost_change", totals),
        reason="Energy, grid, taxes and VAT with the day’s part of fixed charges, less what was "
        f"sold. Yesterday up to this time: {before}",
        href=MONEY,
    )


def _saved_tile(today: CostToday, state: str, unit: str) -> Any:
    totals = today.totals
    label = "Saved by sun and battery"
    if today.saved_mc is None:
        note = "nothing known yet" if totals.balanced_slots else "the balance is unknown"
        return tile(label, None, "money", unit=unit, state="missing", note=note)
    parts = [
        "sun ",
        value(in_units(totals.solar_saved_mc), "money", unit=unit, live="energy/money/solar_saved"),
        " · battery ",
        value(
            in_units(totals.battery_saved_mc), "money", unit=unit, live="energy/money/battery_saved"
        ),
    ]
    return tile(
        label,
        in_units(today.saved_mc),
        "money",
        unit=unit,
        live="energy/money/saved",
        state="estimate" if totals.estimated else state,
        note=parts,
        reason="Against buying all of the consumption. A battery shows a minus while it is being "
        "charged: what it took is worth something only when it gives it back.",
        href=MONEY,
    )


def _co2_tile(today: CostToday, price: PriceNow | None, state: str) -> Any:
    totals = today.totals
    if totals.co2_g is None:
        note = "no import known"
        return tile("CO₂ today", None, "carbon_mass", unit="kg", state="missing", note=note)
    reason = "Of what was taken from the grid"
    if totals.co2_assumed:
        factor = f" of {formats.text('carbon', price.g_per_kwh)}" if price else ""
        reason += f"; the factor{factor} is assumed until somebody sets it under Tariffs"
    return tile(
        "CO₂ today",
        totals.co2_g / 1000,
        "carbon_mass",
        live="energy/money/co2_kg",
        state="estimate" if totals.co2_assumed or totals.estimated else state,
        note=_note(today.co2_change, "co2_change", totals),
        reason=reason,
        href=TARIFFS if totals.co2_assumed else None,
    )


def _price_tile(price: PriceNow | None, unit: str, zone: ZoneInfo) -> Any:
    label = "Price now"
    if price is None:
        return tile(
            label,
            None,
            "price",
            unit=f"{unit}/kWh",
            state="missing",
            note="no contract in use",
            href=TARIFFS,
        )
    reason = "What a kWh from the grid costs with grid charges, taxes and VAT"
    if price.selling is not None:
        reason += f"; fed in it earns {formats.text('price', price.selling, unit=f'{unit}/kWh')}"
    if price.estimated:
        reason += "; the feed has no price for now, another stands in for it"
    return tile(
        label,
        price.price,
        "price",
        unit=f"{unit}/kWh",
        live="energy/money/price",
        state="estimate" if price.estimated else "fresh",
        note=html.B(price.words(zone), **data(live_word="energy/money/price_words")),
        reason=reason,
        href=TARIFFS,
    )


def _note(change: str, key: str, totals: SiteTotals) -> Any:
    """The comparison with yesterday, or how much was measured, or nothing."""
    if totals.coverage < COMPARABLE_COVERAGE:
        return f"{totals.coverage * 100:.0f} % of the day measured"
    if not change:
        return "nothing to compare yesterday"
    tail = " as yesterday" if change.endswith("as much") else " than yesterday"
    return [html.B(change, **data(live_word=f"energy/money/{key}")), tail]
