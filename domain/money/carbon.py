"""What a kWh from the grid emits: constant or by feed, "assumed" until somebody has set it."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import isfinite
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.foundation.clock import Clock, to_ms
from domain.foundation.errors import Conflict, FieldError, InvalidInput
from domain.foundation.intervals import Period, local_midnight
from domain.money import carbon_store, due_store
from domain.money.carbon_store import CarbonFactor
from domain.money.contracts import Change
from domain.money.due import Due
from domain.money.feed_source import FeedSource
from domain.money.prices import SLOT_MS, CarbonTrack
from domain.money.quarter_hours import spread
from domain.money.tariffs import EARLIEST, LATEST, WRITE
from domain.storage.engine import Database

ASSUMED_G_PER_KWH = 150.0
MOST_G_PER_KWH = 2000.0


class Carbon:
    """Carbon factors of one building's grid; they follow Analytics like tariffs."""

    def __init__(
        self, database: Database, clock: Clock, zone: ZoneInfo, feeds: FeedSource, due: Due
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._feeds = feeds
        self._due = due

    def set_factors(self) -> list[CarbonFactor]:
        """What people have set, ascending; before the first one the factor is assumed."""
        with self._database.read() as c:
            return carbon_store.read_factors(c)

    def feeds(self) -> dict[int, str]:
        """The feeds that a factor can follow, by name."""
        return {feed.feed_id: feed.name for feed in self._feeds.list() if feed.quantity == "carbon"}

    def factors(self, period: Period) -> CarbonTrack:
        """The factor of each quarter hour. Raises InvalidInput for a period off quarter hours."""
        if period.start_ms % SLOT_MS or period.end_ms % SLOT_MS:
            raise InvalidInput("A period of carbon factors begins and ends on a quarter hour.")
        size = (period.end_ms - period.start_ms) // SLOT_MS
        g_per_kwh, assumed = np.full(size, ASSUMED_G_PER_KWH), np.ones(size, np.bool_)
        for factor, after in pairwise([*self.set_factors(), None]):
            if factor is None:
                continue
            span = self._span(period, factor.valid_from, after.valid_from if after else None)
            start_ms = period.start_ms + span.start * SLOT_MS
            end_ms = period.start_ms + span.stop * SLOT_MS
            if start_ms < end_ms:
                if factor.g_per_kwh is not None:
                    g_per_kwh[span] = factor.g_per_kwh
                assumed[span] = factor.feed_id is not None
                self._lay_feed(factor, start_ms, end_ms, g_per_kwh[span], assumed[span])
        return CarbonTrack(period.start_ms, g_per_kwh, assumed)

    def set(
        self,
        actor: Actor,
        valid_from: date,
        g_per_kwh: float | None,
        feed_id: int | None = None,
        seen_made_ms: int | None = None,
    ) -> None:
        """Let a constant, or a feed with a constant to stand in for it, hold from a day on.

        `seen_made_ms` is when the factor of that very day was made, as the form showed it.
        Raises NotAllowed, InvalidInput per field, Conflict when that has changed.
        """
        actor.require(WRITE)
        self._refuse(valid_from, g_per_kwh, feed_id)
        factor = CarbonFactor(valid_from, g_per_kwh, feed_id, self._clock.now_ms(), actor.name)
        with self._database.write() as c:
            factors = carbon_store.read_factors(c)
            was = _at(factors, valid_from, seen_made_ms)
            carbon_store.put_factor(c, factor)
            self._mark(c, valid_from, factors)
            record(c, actor, "carbon.set", _target(valid_from), _said(was), _said(factor))

    def take_back(self, actor: Actor, valid_from: date, seen_made_ms: int) -> None:
        """Let what held before go on. Raises NotAllowed, Conflict when it was changed since."""
        actor.require(WRITE)
        with self._database.write() as c:
            factors = carbon_store.read_factors(c)
            was = _at(factors, valid_from, seen_made_ms)
            carbon_store.delete_factor(c, valid_from)
            self._mark(c, valid_from, factors)
            record(c, actor, "carbon.take_back", _target(valid_from), before=_said(was))

    def effect(self, valid_from: date) -> Change:
        """Which days setting a factor from a day on would count anew."""
        with self._database.read() as c:
            until = _next(carbon_store.read_factors(c), valid_from)
            return Change(valid_from, until, len(due_store.settled_days(c, valid_from, until)))

    def _mark(self, c: Connection, valid_from: date, factors: Sequence[CarbonFactor]) -> None:
        self._due.mark(c, valid_from, _next(factors, valid_from), "Other carbon factor")

    def _span(self, period: Period, first: date, until: date | None) -> slice:
        size = (period.end_ms - period.start_ms) // SLOT_MS
        ends = (first, until)
        low, high = (
            size
            if day is None
            else (to_ms(local_midnight(day, self._zone)) - period.start_ms) // SLOT_MS
            for day in ends
        )
        return slice(min(max(low, 0), size), min(max(high, 0), size))

    def _lay_feed(
        self,
        factor: CarbonFactor,
        start_ms: int,
        end_ms: int,
        g_per_kwh: "np.ndarray[tuple[int], np.dtype[np.float64]]",
        assumed: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    ) -> None:
        """Write a feed's values over the constant that stands in for them."""
        if factor.feed_id is None:
            return
        laid = spread(self._feeds.values(factor.feed_id, start_ms, end_ms), start_ms, end_ms)
        known = np.isfinite(laid)
        g_per_kwh[known] = laid[known]
        assumed[known] = False

    def _refuse(self, valid_from: date, g_per_kwh: float | None, feed_id: int | None) -> None:
        errors = []
        if not EARLIEST <= valid_from <= LATEST:
            limits = [EARLIEST.isoformat(), LATEST.isoformat()]
            errors.append(
                FieldError("valid_from", f"A day from {limits[0]} to {limits[1]}", limits)
            )
        if g_per_kwh is None and feed_id is None:
            errors.append(FieldError("g_per_kwh", "Give a factor or choose a feed"))
        usable = g_per_kwh is None or (isfinite(g_per_kwh) and 0 <= g_per_kwh <= MOST_G_PER_KWH)
        if not usable:
            words = f"A factor is from 0 to {MOST_G_PER_KWH:g} g per kWh"
            errors.append(FieldError("g_per_kwh", words, [0, MOST_G_PER_KWH]))
        if feed_id is not None and feed_id not in self.feeds():
            errors.append(FieldError("feed_id", "Choose a feed of carbon factors that exists"))
        if errors:
            raise InvalidInput("This factor cannot be used.", errors)


def _at(
    factors: Sequence[CarbonFactor], valid_from: date, seen_made_ms: int | None
) -> CarbonFactor | None:
    found = next((f for f in factors if f.valid_from == valid_from), None)
    if (None if found is None else found.made_ms) != seen_made_ms:
        raise Conflict("The factor of that day was changed meanwhile; look again.")
    return found


def _next(factors: Sequence[CarbonFactor], valid_from: date) -> date | None:
    return min((f.valid_from for f in factors if f.valid_from > valid_from), default=None)


def _target(valid_from: date) -> str:
    return f"carbon_factor/{valid_from.isoformat()}"


def _said(factor: CarbonFactor | None) -> dict[str, object] | None:
    if factor is None:
        return None
    return {"g_per_kwh": factor.g_per_kwh, "feed_id": factor.feed_id}
