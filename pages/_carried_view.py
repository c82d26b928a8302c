"""Cost and CO2 of a room or a sensor in a period, as tiles. Pure."""

from __future__ import annotations

from typing import Any

from components import formats
from components.cards import tile
from domain.money.sharing import Meaning, Share
from domain.money.steps import in_units
from domain.money.tariff import MC_PER_UNIT

LABELS: dict[Meaning, str] = {"carried": "Cost", "bought": "Bought", "worth": "Worth"}
REASONS: dict[Meaning, str] = {
    "carried": "Its part of what the building’s consumption cost at each moment: solar used at "
    "once is free, fixed and peak charges stay with the building",
    "bought": "What the grid’s energy cost with everything on it, without fixed and peak charges",
    "worth": "What it saved by being used here, and earned by being sold",
}
NOTED_SHARE = 0.02
"""From this share on it is said that a part is priced as the grid's."""


def money_tiles(
    share: Share | None, unit: str, *, kind: Meaning = "carried", co2_assumed: bool = False
) -> list[Any]:
    """What it cost, carries or was worth, and what it emitted; solar emits nothing."""
    cost = _cost_tile(share, unit, kind)
    return [cost] if kind == "worth" else [cost, _co2_tile(share, co2_assumed)]


def _cost_tile(share: Share | None, unit: str, kind: Meaning) -> Any:
    label = LABELS[kind]
    if share is None or share.mc is None:
        note = "No meter in this room" if share is None else "no contract prices it"
        return tile(label, None, "money", unit=unit, state="missing", note=note)
    note = ""
    if share.kwh and share.kwh > 0:
        mean = formats.text("price", share.mc / share.kwh / MC_PER_UNIT, unit=f"{unit}/kWh")
        note = f"{mean} on average"
    guessed = _guessed(share)
    return tile(
        label,
        in_units(share.mc),
        "money",
        unit=unit,
        state="estimate" if guessed else "fresh",
        note=guessed or note,
        reason=REASONS[kind],
    )


def _co2_tile(share: Share | None, assumed: bool) -> Any:
    if share is None or share.co2_g is None:
        return tile("CO₂", None, "carbon_mass", state="missing", note="nothing measured")
    reason = "Its part of what the grid’s energy emitted"
    note = ""
    if share.kwh and share.kwh > 0:
        note = f"{formats.text('carbon', share.co2_g / share.kwh)} on average"
    return tile(
        "CO₂",
        share.co2_g / 1000,
        "carbon_mass",
        state="estimate" if assumed or _guessed(share) else "fresh",
        note="by an assumed factor" if assumed else note,
        reason=reason,
    )


def _guessed(share: Share) -> str:
    """How much is priced as from the grid, the balance being unknown; "" where it is little."""
    if not share.kwh or share.at_grid_kwh < NOTED_SHARE * share.kwh:
        return ""
    percent = formats.fixed(min(1.0, share.at_grid_kwh / share.kwh) * 100, 0)
    return f"{percent} % priced as from the grid"
