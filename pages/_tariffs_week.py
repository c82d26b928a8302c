"""The picture of a week: what each hour costs under terms, saved or not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from components import formats
from components.price_week import STEPS, Block, Entry, WeekDay, step_of
from domain.calendar.model import DAY_TYPE_LABELS, Day
from domain.money.prices import PriceTrack
from domain.money.quarter_hours import LocalSlots
from domain.money.tariff import MC_PER_MWH, SLOT_MINUTES
from pages._tariffs_words import clock


@dataclass(frozen=True)
class Week:
    """Columns and legend."""

    days: list[WeekDay]
    legend: list[Entry]


@dataclass(frozen=True)
class _Slot:
    """What the clock shows, and all that holds then: twice where the clock went back."""

    minute: int
    prices: tuple[float | None, ...]
    band: str
    estimated: bool


def week_of(slots: LocalSlots, track: PriceTrack, unit: str) -> Week:
    """Blocks of equal price by the clock of each day, and what their grounds mean."""
    gross: list[float | None] = [None if np.isnan(p) else float(p) for p in track.gross]
    steps = _steps(gross)
    days = []
    for at in sorted(set(slots.day.tolist())):
        places = np.flatnonzero(slots.day == at).tolist()
        found = _by_clock(places, slots, track, gross)
        days.append(_day(slots.days[at], found, steps, unit))
    return Week(days, _legend(track, gross, steps, unit))


def _by_clock(
    places: Sequence[int], slots: LocalSlots, track: PriceTrack, gross: Sequence[float | None]
) -> list[_Slot]:
    by_minute: dict[int, list[int]] = {}
    for place in places:
        by_minute.setdefault(int(slots.minute[place]), []).append(place)
    return [
        _Slot(
            minute,
            tuple(dict.fromkeys(gross[place] for place in held)),
            track.band[held[0]],
            any(bool(track.estimated[place]) for place in held),
        )
        for minute, held in sorted(by_minute.items())
    ]


def _day(day: Day, slots: Sequence[_Slot], steps: Mapping[float, int], unit: str) -> WeekDay:
    blocks = []
    runs = groupby(enumerate(slots), lambda pair: (_key(pair[1]), _offset(*pair)))
    for _, run in runs:
        held = [slot for _, slot in run]
        begin, end = held[0].minute, held[-1].minute + SLOT_MINUTES
        blocks.append(_block(day.date, begin, end, held[0], steps, unit))
    return WeekDay(f"{formats.WEEKDAYS[day.date.weekday()]} {day.date.day}", _special(day), blocks)


def _key(slot: _Slot) -> tuple[object, ...]:
    return slot.prices, slot.band, slot.estimated


def _offset(at: int, slot: _Slot) -> int:
    """Another one after an hour that the clock skipped, so that no block runs over it."""
    return slot.minute - at * SLOT_MINUTES


def _block(
    day: date, begin: int, end: int, slot: _Slot, steps: Mapping[float, int], unit: str
) -> Block:
    first = slot.prices[0]
    amounts = " and ".join(_price(price) for price in slot.prices)
    named = f" · {slot.band}" if slot.band else ""
    about = "≈ " if slot.estimated else ""
    price = "no price" if first is None else f"{about}{amounts} {unit}/kWh"
    words = f"{formats.day_of(day)}, {clock(begin)}–{clock(end)}{named} · {price}"
    step = None if first is None else steps[first]
    return Block(begin, end, _price(first), words, step, slot.estimated)


def _special(day: Day) -> str | None:
    """What makes it another day than its weekday says."""
    if day.label:
        return day.label
    return DAY_TYPE_LABELS[day.day_type] if day.day_type in ("holiday", "closure") else None


def _steps(gross: Sequence[float | None]) -> dict[float, int]:
    """The ground of each price: by rank while there are few of them, else by size."""
    known = sorted({price for price in gross if price is not None})
    if len(known) <= STEPS:
        return {price: step_of(rank, len(known)) for rank, price in enumerate(known)}
    low, high = known[0], known[-1]
    return {price: step_of(round((price - low) / (high - low) * 99), 100) for price in known}


def _legend(
    track: PriceTrack,
    gross: Sequence[float | None],
    steps: Mapping[float, int],
    unit: str,
) -> list[Entry]:
    bands = {
        (band, price) for band, price in zip(track.band, gross, strict=True) if price is not None
    }
    if len(bands) > STEPS:
        entries = [
            Entry("Cheapest", _priced(min(steps), unit), steps[min(steps)]),
            Entry("Dearest", _priced(max(steps), unit), steps[max(steps)]),
        ]
    else:
        listed = sorted(bands, key=lambda pair: (-pair[1], pair[0]))
        entries = [Entry(band or "At any time", _priced(price, unit), steps[price])
                   for band, price in listed]  # fmt: skip
    if bool(track.estimated.any()):
        entries.append(Entry("Estimated", "the feed has no price there", 1, estimated=True))
    if None in gross:
        entries.append(Entry("No price", "no contract holds then", None))
    return entries


def _priced(price: float, unit: str) -> str:
    return f"{_price(price)} {unit}/kWh"


def _price(price: float | None) -> str:
    return formats.fixed(None if price is None else price / MC_PER_MWH, 3)
