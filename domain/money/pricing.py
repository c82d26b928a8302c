"""What contracts make of time: prices per quarter hour, fixed charges per day, peaks. Pure."""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.foundation.intervals import Period
from domain.money.prices import SLOT_MS, DayCharge, PartPrice, PeakTrack, PriceTrack
from domain.money.quarter_hours import DAYS_BEFORE, FeedValues, LocalSlots, spread
from domain.money.tariff import (
    MC_PER_MWH,
    Dynamic,
    EnergyPart,
    FixedPart,
    Flat,
    PeakPart,
    Season,
    TariffVersion,
    TimeOfUse,
    Window,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
FEED_BEFORE_MS = DAYS_BEFORE * 86_400_000
"""How far before a period its feeds are read, for the fallback to last week."""

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class InForce:
    """A version and the local days [first, until) it prices; None is without end."""

    first: date
    until: date | None
    version: TariffVersion


def in_force(
    contracts: Sequence[tuple[date, Sequence[TariffVersion]]],
) -> tuple[InForce, ...]:
    """Which version holds when, of contracts that follow each other.

    Each contract comes with the day it takes over and its versions by `valid_from`. Before the
    first version of a contract there is no price.
    """
    found: list[InForce] = []
    for contract, follower in pairwise([*contracts, None]):
        if contract is None:
            continue
        begin, versions = contract
        for version, after in pairwise([*versions, None]):
            if version is None:
                continue
            first = max(begin, version.valid_from)
            until = _earlier(follower[0] if follower else None, after.valid_from if after else None)
            if until is None or first < until:
                found.append(InForce(first, until, version))
    return tuple(found)


def prices(
    slots: LocalSlots, held: Sequence[InForce], feeds: Mapping[int, FeedValues]
) -> PriceTrack:
    """Price every quarter hour; NaN and version 0 where no version holds."""
    size = len(slots)
    nets: dict[tuple[str, str], Floats] = {}
    vats: dict[tuple[str, str], Floats] = {}
    estimated = np.zeros(size, np.bool_)
    version_ids = np.zeros(size, np.int64)
    bands = np.full(size, "", object)
    for span, here in _spans(slots, held):
        version_ids[span] = here.version.version_id
        for part in here.version.terms.parts:
            if not isinstance(part, EnergyPart):
                continue
            priced = _price(part, slots.cut(span), feeds)
            key = (part.label, part.kind)
            net = nets.setdefault(key, np.zeros(size))
            net[span] += priced.net
            vats.setdefault(key, np.zeros(size))[span] += priced.net * part.vat_ppm / _MILLION
            estimated[span] |= priced.estimated
            if priced.band is not None and part.kind == "energy":
                bands[span] = priced.band
    unknown = version_ids == 0
    for amounts in (*nets.values(), *vats.values()):
        amounts[unknown] = np.nan
    parts = tuple(PartPrice(*key, net, vats[key]) for key, net in nets.items())
    return PriceTrack(slots.start_ms, parts, estimated, version_ids, tuple(bands.tolist()))


def no_prices(period: Period) -> PriceTrack:
    """Quarter hours for which nobody has agreed on a price."""
    size = (period.end_ms - period.start_ms) // SLOT_MS
    none = np.zeros(size, np.bool_)
    return PriceTrack(period.start_ms, (), none, np.zeros(size, np.int64), ("",) * size)


def charges(first: date, until: date, held: Sequence[InForce]) -> list[DayCharge]:
    """Fixed charges of each local day of [first, until); a month's is spread over its days."""
    made: list[DayCharge] = []
    for here in held:
        fixed = [p for p in here.version.terms.parts if isinstance(p, FixedPart)]
        day, end = max(first, here.first), _earlier(until, here.until) or until
        while fixed and day < end:
            made += [_charge(part, day) for part in fixed]
            day += timedelta(days=1)
    return made


def peak_parts(slots: LocalSlots, held: Sequence[InForce]) -> tuple[PeakTrack, ...]:
    """What each peak part asks per kW, and when it looks for the month's peak."""
    tracks: dict[tuple[str, str], PeakTrack] = {}
    for span, here in _spans(slots, held):
        for part in here.version.terms.parts:
            if isinstance(part, PeakPart):
                track = tracks.setdefault(
                    (part.label, part.kind), _no_peak(part.label, part.kind, len(slots))
                )
                track.net[span] = part.mc_per_kw
                track.vat[span] = part.mc_per_kw * part.vat_ppm / _MILLION
                track.counts[span] = _any_window(part.windows, slots.cut(span))
    return tuple(tracks.values())


def window_mask(window: Window, slots: LocalSlots) -> Mask:
    """Where a window holds; the day it begins on decides its type and season."""
    fits = np.array(
        [d.day_type in window.day_types and _in_season(d.date, window.season) for d in slots.days]
    )
    today, minute = fits[slots.day], slots.minute
    begun = today & (minute >= window.from_minute)
    ending = minute < window.to_minute
    if window.from_minute < window.to_minute:
        return begun & ending
    return begun | (fits[slots.day - 1] & ending)


@dataclass(frozen=True, slots=True)
class _Priced:
    net: Floats
    estimated: Mask
    band: NDArray[np.object_] | None = None


def _price(part: EnergyPart, slots: LocalSlots, feeds: Mapping[int, FeedValues]) -> _Priced:
    certain = np.zeros(len(slots), np.bool_)
    match part.pricing:
        case Flat(mc_per_mwh):
            return _Priced(np.full(len(slots), float(mc_per_mwh)), certain)
        case TimeOfUse() as pricing:
            held = _bands(pricing, slots)
            amounts = np.array([band.mc_per_mwh for band in pricing.bands], np.float64)
            names = np.array([band.name for band in pricing.bands], object)
            return _Priced(amounts[held], certain, names[held])
        case Dynamic() as pricing:
            return _dynamic(pricing, slots, feeds.get(pricing.feed_id, ()))


def _bands(pricing: TimeOfUse, slots: LocalSlots) -> NDArray[np.int64]:
    """Which band holds: laid from the last window to the first, so the first one stays on top."""
    place = {band.name: at for at, band in enumerate(pricing.bands)}
    held = np.full(len(slots), place[pricing.otherwise], np.int64)
    for window in reversed(pricing.windows):
        held[window_mask(window, slots)] = place[window.band]
    return held


def _dynamic(pricing: Dynamic, slots: LocalSlots, values: FeedValues) -> _Priced:
    before = FEED_BEFORE_MS // SLOT_MS
    start_ms = slots.start_ms - FEED_BEFORE_MS
    known = spread(values, start_ms, slots.start_ms + len(slots) * SLOT_MS)
    known = known * (MC_PER_MWH * pricing.factor_ppm / _MILLION) + pricing.adder_mc_per_mwh
    net = known[before:].copy()
    missing = np.flatnonzero(np.isnan(net))
    if pricing.fallback.kind == "same_hour_last_week" and len(missing):
        earlier_ms = slots.week_earlier_ms(missing)
        there = np.maximum(earlier_ms - start_ms, 0) // SLOT_MS
        net[missing] = np.where(earlier_ms < 0, np.nan, known[there])
    net[np.isnan(net)] = pricing.fallback.mc_per_mwh
    estimated = np.zeros(len(slots), np.bool_)
    estimated[missing] = True
    return _Priced(net, estimated)


def _charge(part: FixedPart, day: date) -> DayCharge:
    days = monthrange(day.year, day.month)[1] if part.per == "month" else 1
    net_mc = part.mc / days
    return DayCharge(day, part.label, part.kind, net_mc, net_mc * part.vat_ppm / _MILLION)


def _no_peak(label: str, kind: str, size: int) -> PeakTrack:
    return PeakTrack(label, kind, np.zeros(size), np.zeros(size), np.zeros(size, np.bool_))


def _any_window(windows: Sequence[Window], slots: LocalSlots) -> Mask:
    counts = np.full(len(slots), not windows)
    for window in windows:
        counts |= window_mask(window, slots)
    return counts


def _in_season(day: date, season: Season | None) -> bool:
    if season is None:
        return True
    at = (day.month, day.day)
    if season.first < season.until:
        return season.first <= at < season.until
    return at >= season.first or at < season.until


def _spans(slots: LocalSlots, held: Sequence[InForce]) -> Iterator[tuple[slice, InForce]]:
    for here in held:
        span = slots.between(here.first, here.until)
        if span.start < span.stop:
            yield span, here


def _earlier(one: date | None, other: date | None) -> date | None:
    known = [day for day in (one, other) if day is not None]
    return min(known, default=None)
