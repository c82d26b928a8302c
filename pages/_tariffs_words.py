"""Tariffs in words: what they say, in a sentence and line by line, and what differs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from components import formats
from domain.calendar.model import DAY_TYPES
from domain.money.contracts import Change
from domain.money.tariff import (
    MC_PER_MWH,
    MC_PER_UNIT,
    Direction,
    Dynamic,
    EnergyPart,
    FixedPart,
    Flat,
    Part,
    PeakPart,
    Season,
    Tariff,
    Terms,
    TimeOfUse,
    Use,
    Window,
)
from pages._tariffs_draft import LEAP_YEAR, PPM_PER_PERCENT

DAY_WORDS = {
    "workday": "working days",
    "saturday": "Saturdays",
    "sunday": "Sundays",
    "holiday": "public holidays",
    "closure": "closed days",
}
DAY_CHIPS = (
    ("workday", "Working days"),
    ("saturday", "Sat"),
    ("sunday", "Sun"),
    ("holiday", "Holidays"),
    ("closure", "Closed"),
)


@dataclass(frozen=True)
class Saying:
    """The currency's sign and the feeds' names, which terms do not know."""

    unit: str
    feeds: Mapping[int, str] = field(default_factory=dict)

    def price(self, mc_per_mwh: int) -> str:
        """`0.20 €/kWh`, with every decimal that was typed."""
        return f"{_exact(mc_per_mwh, MC_PER_MWH)} {self.unit}/kWh"

    def money(self, mc: int) -> str:
        """`12.50 €`."""
        return f"{_exact(mc, MC_PER_UNIT)} {self.unit}"


def sentence(terms: Terms, direction: Direction, say: Saying) -> str:
    """The whole contract, read back."""
    main, *rest = terms.parts
    verb = "costs" if direction == "import" else "earns"
    told = [f"Energy {verb} {_main_words(main, say)}"] if isinstance(main, EnergyPart) else []
    told += [f"{formats.list_words([_on_top(part, say) for part in rest])} come on top."] * bool(
        rest
    )
    vats = sorted({part.vat_ppm for part in terms.parts})
    if vats == [0]:
        told.append("No VAT is added.")
    elif len(vats) == 1:
        told.append(f"{_percent(vats[0])} VAT is added to all of it.")
    else:
        told += [f"VAT is {formats.list_words([_percent(vat) for vat in vats])} by part."]
    return " ".join(told)


def lines(terms: Terms, say: Saying) -> list[tuple[str, str]]:
    """Every single thing it says, as name and words, in order."""
    told: list[tuple[str, str]] = []
    for part in terms.parts:
        told += _lines_of(part, say)
    return told


def differences(
    before: Terms | None, after: Terms, say: Saying
) -> list[tuple[str, str | None, str | None]]:
    """What reads otherwise: name, words before, words after; None where there were none."""
    old = {} if before is None else dict(lines(before, say))
    new = dict(lines(after, say))
    names = [*new, *(name for name in old if name not in new)]
    return [
        (name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def rule_words(window: Window) -> str:
    """`working days 08:00–22:00, all year`."""
    return f"{days_words(window)} {times_words(window)}, {season_words(window.season)}"


def days_words(window: Window) -> str:
    """Kinds of day, or every day."""
    if len(window.day_types) == len(DAY_TYPES):
        return "every day"
    return formats.list_words([DAY_WORDS[day] for day in DAY_TYPES if day in window.day_types])


def times_words(window: Window) -> str:
    """`08:00–22:00`; over midnight it says so."""
    begin, end = window.from_minute, window.to_minute or 1440
    if (begin, end) == (0, 1440):
        return "all day"
    over = " of the next day" if end <= begin else ""
    return f"{clock(begin)}–{clock(end)}{over}"


def season_words(season: Season | None) -> str:
    """`1 Nov to 31 Mar`; the last day is inclusive."""
    if season is None:
        return "all year"
    first = date(LEAP_YEAR, *season.first)
    last = date(LEAP_YEAR, *season.until) - timedelta(days=1)
    return f"{_day(first)} to {_day(last)}"


def clock(minute: int) -> str:
    """`08:00`, `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def day_words(day: date) -> str:
    """`1 Jul 2026`."""
    return f"{_day(day)} {day.year}"


def use_words(tariff: Tariff, today: date) -> tuple[str, str]:
    """Whether it prices the building, and the tone of that."""
    now = next((use for use in tariff.uses if _holds(use, today)), None)
    if now is not None:
        until = f" until {day_words(now.until - timedelta(days=1))}" if now.until else ""
        return f"In use since {day_words(now.first)}{until}", "ok"
    coming = [use for use in tariff.uses if use.first > today]
    if coming:
        return f"In use from {day_words(coming[0].first)}", "accent"
    if tariff.uses:
        last = tariff.uses[-1]
        ended = last.until - timedelta(days=1) if last.until else today
        return f"Was in use until {day_words(ended)}", "neutral"
    return "Scenario", "outline"


def history_words(tariff: Tariff) -> str | None:
    """Every span in which it was, is or will be the building's contract."""
    told = [
        f"{day_words(use.first)} "
        + (f"to {day_words(use.until - timedelta(days=1))}" if use.until else "on")
        for use in tariff.uses
    ]
    return f"The building’s contract {formats.list_words(told)}" if told else None


def effect_words(effect: Change | None) -> str:
    """What a change counts anew."""
    if effect is None:
        return "Nothing that is paid changes."
    until = f" to {day_words(effect.until - timedelta(days=1))}" if effect.until else " on"
    days = effect.settled_days
    counted = (
        "Nothing of that has been counted yet."
        if not days
        else f"This re-counts {formats.fixed(days, 0)} {'day' if days == 1 else 'days'}."
    )
    return f"From {day_words(effect.first)}{until}. {counted}"


def _main_words(part: EnergyPart, say: Saying) -> str:
    match part.pricing:
        case Flat(mc_per_mwh):
            return f"{say.price(mc_per_mwh)} at any time."
        case TimeOfUse() as tou:
            return _tou_words(tou, say)
        case Dynamic() as market:
            return f"{_market_words(market, say)}."


def _tou_words(tou: TimeOfUse, say: Saying) -> str:
    priced = [f"{band.name} {say.price(band.mc_per_mwh)}" for band in tou.bands]
    runs = groupby(tou.windows, key=lambda window: window.band)
    held = [f"{name}: {', '.join(_brief(window) for window in run)}" for name, run in runs]
    rules = f"{'. Then '.join(held)}. " if held else ""
    rest = f"{tou.otherwise} at all other times." if held else f"{tou.otherwise} at any time."
    return f"{formats.list_words(priced)}. {rules}{rest}"


def _brief(window: Window) -> str:
    season = "" if window.season is None else f" ({season_words(window.season)})"
    return f"{days_words(window)} {times_words(window)}{season}"


def _market_words(market: Dynamic, say: Saying) -> str:
    name = say.feeds.get(market.feed_id, "a feed that is gone")
    times = "" if market.factor_ppm == 1_000_000 else f" × {_exact(market.factor_ppm, 1_000_000)}"
    plus = f" + {say.price(market.adder_mc_per_mwh)}" if market.adder_mc_per_mwh else ""
    last = say.price(market.fallback.mc_per_mwh)
    instead = (
        last
        if market.fallback.kind == "fixed"
        else f"that of the same hour last week, or else {last}"
    )
    return f"the price of {name}{times}{plus}; where it has none, {instead} counts as an estimate"


def _on_top(part: Part, say: Saying) -> str:
    match part:
        case EnergyPart():
            return f"{part.label} ({_energy_words(part, say)})"
        case FixedPart():
            return f"{part.label} ({say.money(part.mc)} a {part.per})"
        case PeakPart():
            return f"{part.label} ({_peak_words(part, say)})"


def _energy_words(part: EnergyPart, say: Saying) -> str:
    match part.pricing:
        case Flat(mc_per_mwh):
            return say.price(mc_per_mwh)
        case TimeOfUse() as tou:
            return ", ".join(f"{band.name} {say.price(band.mc_per_mwh)}" for band in tou.bands)
        case Dynamic() as market:
            return _market_words(market, say)


def _peak_words(part: PeakPart, say: Saying) -> str:
    when = " and ".join(_brief(window) for window in part.windows) or "at any time"
    return f"{say.money(part.mc_per_kw)} per kW of the month’s highest quarter hour, {when}"


def _lines_of(part: Part, say: Saying) -> Sequence[tuple[str, str]]:
    vat = [(f"VAT on {part.label}", _percent(part.vat_ppm))] if part.vat_ppm else []
    if isinstance(part, EnergyPart) and isinstance(part.pricing, TimeOfUse):
        tou = part.pricing
        prefix = "" if part.kind == "energy" else f"{part.label}, "
        told = [(f"{prefix}{band.name}", say.price(band.mc_per_mwh)) for band in tou.bands]
        if part.kind == "energy":
            told += [
                (f"Rule {at + 1}", f"{rule_words(window)} → {window.band}")
                for at, window in enumerate(tou.windows)
            ]
            told.append(("At all other times", tou.otherwise))
        return [*told, *vat]
    if isinstance(part, EnergyPart):
        return [(part.label, _energy_words(part, say)), *vat]
    if isinstance(part, FixedPart):
        return [(part.label, f"{say.money(part.mc)} a {part.per}"), *vat]
    return [(part.label, _peak_words(part, say)), *vat]


def _exact(amount: int, scale: int) -> str:
    """At least two decimals, and as many as there are."""
    value = (Decimal(amount) / scale).normalize()
    exponent = value.as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    return formats.fixed(float(value), min(decimals, 8))


def _percent(ppm: int) -> str:
    return f"{Decimal(ppm) / PPM_PER_PERCENT:f} %".replace(".0 %", " %")


def _day(day: date) -> str:
    return f"{day.day} {formats.MONTHS[day.month - 1]}"


def _holds(use: Use, day: date) -> bool:
    return use.first <= day and (use.until is None or day < use.until)
