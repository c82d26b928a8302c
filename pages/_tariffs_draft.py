"""What a tariff's form holds, row by row. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.money.tariff import Direction
from domain.money.tariff_rules import MOST_BANDS, MOST_PARTS, MOST_WINDOWS
from pages._values import FormValue

FLAT, BY_TIME, MARKET = "flat", "time_of_use", "dynamic"
ALL_YEAR, OWN = "all", "own"
GRID, TAX, PER_DAY, PER_MONTH, TAX_MONTH, PEAK = "grid", "tax", "day", "month", "tax_month", "peak"
ENERGY_LABEL, GRID_LABEL = "Energy", "Grid charges"
PPM_PER_PERCENT = 10_000

LEAP_YEAR = 2024
"""The days of the year are those it has: 29 February is one."""


@dataclass(frozen=True, slots=True)
class BandRow:
    """A band as it is typed; `grid` is a grid charge that holds with it, empty for none."""

    name: FormValue = ""
    price: FormValue = None
    grid: FormValue = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """When a band holds; `band` counts the bands, `last_day` is inclusive."""

    band: FormValue = "0"
    days: Sequence[str] = ("workday",)
    start: FormValue = "480"
    end: FormValue = "1320"
    season: FormValue = ALL_YEAR
    first_day: FormValue = 1
    first_month: FormValue = "11"
    last_day: FormValue = 31
    last_month: FormValue = "3"


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """Something that comes on top; only a peak charge has times."""

    kind: FormValue = GRID
    label: FormValue = ""
    amount: FormValue = None
    vat: FormValue = 0
    when: FormValue = ALL_YEAR
    days: Sequence[str] = ("workday",)
    start: FormValue = "480"
    end: FormValue = "1320"


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole form but name and dates."""

    pricing: FormValue = FLAT
    price: FormValue = None
    vat: FormValue = 0
    bands: tuple[BandRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    otherwise: FormValue = "0"
    feed: FormValue = None
    factor: FormValue = 1
    adder: FormValue = 0
    fallback: FormValue = "same_hour_last_week"
    fallback_price: FormValue = None
    charges: tuple[ChargeRow, ...] = ()


STARTER = Draft(
    bands=(BandRow("Peak"), BandRow("Off-peak")),
    rules=(RuleRow(),),
    otherwise="1",
)
"""What a new tariff's form begins with; its prices are for the person to fill in."""


def with_row(draft: Draft, act: str, at: int) -> Draft:
    """The form after a button of it was pressed: rows added, taken out, moved."""
    match act:
        case "add-band" if len(draft.bands) < MOST_BANDS:
            return replace(draft, bands=(*draft.bands, BandRow()))
        case "add-rule" if len(draft.rules) < MOST_WINDOWS:
            return replace(draft, rules=(*draft.rules, RuleRow()))
        case "add-charge" if len(draft.charges) < MOST_PARTS - 2:
            return replace(draft, charges=(*draft.charges, ChargeRow(vat=draft.vat)))
        case "drop-band" if len(draft.bands) > 1:
            return _without_band(draft, at)
        case "drop-rule":
            return replace(draft, rules=_without(draft.rules, at))
        case "drop-charge":
            return replace(draft, charges=_without(draft.charges, at))
        case "rule-up" if at > 0:
            return replace(draft, rules=_swapped(draft.rules, at - 1))
        case "rule-down":
            return replace(draft, rules=_swapped(draft.rules, at))
    return draft


def _without_band(draft: Draft, at: int) -> Draft:
    def moved(index: FormValue) -> str:
        typed = str(index or "")
        was = int(typed) if typed.isdecimal() else 0
        return str(was - 1 if was > at else 0 if was == at else was)

    rules = tuple(replace(row, band=moved(row.band)) for row in draft.rules)
    bands = _without(draft.bands, at)
    return replace(draft, bands=bands, rules=rules, otherwise=moved(draft.otherwise))


def _without(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return (*rows[:at], *rows[at + 1 :])


def _swapped(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    if at + 1 >= len(rows):
        return rows
    return (*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :])


# Columns of the browser → rows

Columns = Mapping[str, object]
BAND_FIELDS = ("name", "price", "grid")
RULE_FIELDS = (
    "band", "days", "start", "end", "season", "first_day", "first_month", "last_day", "last_month",
)  # fmt: skip
CHARGE_FIELDS = ("kind", "label", "amount", "vat", "when", "days", "start", "end")
MAIN_FIELDS = (
    "pricing", "price", "vat", "otherwise", "feed", "factor", "adder", "fallback", "fallback_price",
)  # fmt: skip


def draft_from(
    main: Mapping[str, FormValue], bands: Columns, rules: Columns, charges: Columns
) -> Draft:
    """The form from what the browser sends: one list per column."""
    return Draft(
        **{name: main.get(name) for name in MAIN_FIELDS},
        bands=tuple(BandRow(*row) for row in _rows(bands, BAND_FIELDS)),
        rules=tuple(RuleRow(*row) for row in _rows(rules, RULE_FIELDS)),
        charges=tuple(ChargeRow(*row) for row in _rows(charges, CHARGE_FIELDS)),
    )


def _rows(columns: Columns, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    typed = [columns.get(name) for name in fields]
    return list(
        zip(*(column if isinstance(column, list) else [] for column in typed), strict=False)
    )


def direction_of(text: str | None) -> Direction:
    """Which way a new tariff counts, from the address."""
    return "export" if text == "export" else "import"
