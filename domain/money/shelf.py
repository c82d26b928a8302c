"""Months of evidence in memory, read anew where a day of theirs was settled since.

Whoever tries another tariff on a year asks for the same energies again and again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.engine import Connection

from domain.foundation.clock import to_ms
from domain.foundation.intervals import local_midnight, shift_period
from domain.money import day_store
from domain.money.accounts import SiteEnergy
from domain.money.evidence import site_of
from domain.money.meters import MeterSpan
from domain.money.prices import SLOT_MS
from domain.storage.engine import Database

MOST_BYTES = 96 * 1024 * 1024
"""Three years of a hundred submeters are about as much."""


@dataclass(frozen=True, slots=True)
class Month:
    """A local month: where its days begin, the end of the last one included."""

    first: date
    midnights_ms: tuple[int, ...]

    @classmethod
    def of(cls, first: date, zone: ZoneInfo) -> "Month":
        """The month that begins on a day."""
        count = (shift_period("month", first, 1) - first).days
        days = [first + timedelta(days=n) for n in range(count + 1)]
        return cls(first, tuple(to_ms(local_midnight(day, zone)) for day in days))

    @property
    def days(self) -> list[date]:
        """Its days."""
        return [self.first + timedelta(days=n) for n in range(len(self.midnights_ms) - 1)]

    def slots(self, start_ms: int, end_ms: int) -> slice:
        """Which of its quarter hours lie in a span on quarter hours."""
        begin_ms = self.midnights_ms[0]
        return slice((start_ms - begin_ms) // SLOT_MS, (end_ms - begin_ms) // SLOT_MS)

    def slots_of(self, day: date) -> slice:
        """Which of its quarter hours are a day."""
        place = (day - self.first).days
        return self.slots(*self.midnights_ms[place : place + 2])

    def __len__(self) -> int:
        return (self.midnights_ms[-1] - self.midnights_ms[0]) // SLOT_MS


class Held(Protocol):
    """What is kept of a month: only the days named count."""

    @property
    def month(self) -> Month:
        """Which."""
        ...

    @property
    def days(self) -> frozenset[date]:
        """Those that are known."""
        ...

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        ...


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """The building's quarter hours of a month; only the days named are known."""

    month: Month
    days: frozenset[date]
    energy: SiteEnergy

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return len(self.energy) * 8 * len(fields(SiteEnergy))


@dataclass(frozen=True, slots=True)
class MeterMonth:
    """The submeters' quarter hours of a month; only the days named count."""

    month: Month
    days: frozenset[date]
    span: MeterSpan

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        silent = 0 if self.span.silent is None else self.span.silent.nbytes
        return self.span.kwh.nbytes + silent


H = TypeVar("H", bound=Held)


class Shelf(Generic[H]):
    """One kind of months; the one used longest ago makes room."""

    def __init__(self, database: Database, read: Callable[[Connection, date], H | None]) -> None:
        self._database = database
        self._read = read
        self._lock = threading.Lock()
        self._held: OrderedDict[date, tuple[int, H | None]] = OrderedDict()

    def months(self, first: date, until: date) -> dict[date, H]:
        """What is kept of the months that the days [first, until) touch, by their first day."""
        begin = first.replace(day=1)
        with self._database.read() as c:
            versions = day_store.versions(c, begin, until)
            found = {month: self._get(c, month, version) for month, version in versions.items()}
        return {month: held for month, held in found.items() if held is not None}

    def _get(self, c: Connection, month: date, version: int) -> H | None:
        with self._lock:
            known = self._held.get(month)
            if known is not None and known[0] == version:
                self._held.move_to_end(month)
                return known[1]
        held = self._read(c, month)
        with self._lock:
            self._held[month] = version, held
            while len(self._held) > 1 and self._bytes() > MOST_BYTES:
                self._held.popitem(last=False)
        return held

    def _bytes(self) -> int:
        return sum(held.nbytes for _, held in self._held.values() if held is not None)


def site_shelf(database: Database, zone: ZoneInfo) -> Shelf[SiteMonth]:
    """The building's months."""

    def read(c: Connection, first: date) -> SiteMonth | None:
        month = Month.of(first, zone)
        sides = {f.name: np.full(len(month), np.nan) for f in fields(SiteEnergy)[1:-1]}
        estimated = np.zeros(len(month), np.bool_)
        days = set()
        for day, rows in day_store.newest(c, first, shift_period("month", first, 1)).items():
            slots = month.slots_of(day)
            energy = site_of(rows, 0, slots.stop - slots.start)
            if energy is not None:
                days.add(day)
                estimated[slots] = energy.estimated
                for name, values in sides.items():
                    values[slots] = getattr(energy, name)
        whole = SiteEnergy(start_ms=month.midnights_ms[0], estimated=estimated, **sides)
        return SiteMonth(month, frozenset(days), whole)

    return Shelf(database, read)


def meter_shelf(database: Database, zone: ZoneInfo) -> Shelf[MeterMonth]:
    """The submeters' months."""

    def read(c: Connection, first: date) -> MeterMonth | None:
        month = Month.of(first, zone)
        found = day_store.meter_days(c, first, shift_period("month", first, 1))
        days = {day: kept.rows() for day, kept in found.items()}
        sensor_ids = tuple(sorted({sensor_id for ids, _ in days.values() for sensor_id in ids}))
        rows = np.full((len(sensor_ids), len(month)), np.nan)
        for day, (ids, kwh) in days.items():
            at = slice(None) if ids == sensor_ids else [sensor_ids.index(i) for i in ids]
            rows[at, month.slots_of(day)] = kwh
        return MeterMonth(month, frozenset(days), MeterSpan.of(sensor_ids, rows))

    return Shelf(database, read)
