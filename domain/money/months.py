"""A month of the ledger, day by day, as the Money page and its statement show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock
from domain.foundation.intervals import local_date, shift_period
from domain.money import due_store
from domain.money.book import Book, Total
from domain.money.budget import Budget, BudgetOfMonth
from domain.money.posting import BOUGHT, EARNED, cents_of
from domain.storage.engine import Database

IMPORTED, EXPORTED = "cost:energy", "income:export"
"""The accounts whose entries carry the energy bought and sold."""
SOLAR, BATTERY = "self_consumption", "battery"


@dataclass(frozen=True, slots=True)
class Sums:
    """Debits [mc] and energy [Wh] by account; what is missing was never posted."""

    mc: Mapping[str, int]
    wh: Mapping[str, int]

    def of(self, accounts: Iterable[str]) -> int | None:
        """What some accounts add up to; None where nothing was posted on any of them."""
        known = [self.mc[account] for account in accounts if account in self.mc]
        return sum(known) if known else None

    @property
    def bought_mc(self) -> int | None:
        """What the retailer charges, with everything on it."""
        return self.of(BOUGHT)

    @property
    def earned_mc(self) -> int | None:
        """What was earned, as a number above zero."""
        found = self.of(EARNED)
        return None if found is None else -found

    @property
    def bill_mc(self) -> int | None:
        """Bought less earned."""
        return self.of((*BOUGHT, *EARNED))

    @property
    def solar_mc(self) -> int | None:
        """What own solar saved."""
        return self.of((SOLAR,))

    @property
    def battery_mc(self) -> int | None:
        """What the batteries saved; below zero where they cost."""
        return self.of((BATTERY,))

    @property
    def imported_kwh(self) -> float | None:
        """Energy bought."""
        return self.wh[IMPORTED] / 1000 if IMPORTED in self.wh else None

    @property
    def exported_kwh(self) -> float | None:
        """Energy sold."""
        return self.wh[EXPORTED] / 1000 if EXPORTED in self.wh else None

    @property
    def average_mc_per_kwh(self) -> float | None:
        """What a kWh bought cost, with every charge on it."""
        if self.bought_mc is None or not self.imported_kwh:
            return None
        return self.bought_mc / self.imported_kwh


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """A local day that something was posted about."""

    day: date
    sums: Sums


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to which day every day of the month is settled, and how many days wait, here and in all.

    `ends` is the day after the last one that can be settled now.
    """

    settled_to: date | None
    waiting: int
    waiting_in_all: int
    ends: date


@dataclass(frozen=True, slots=True)
class Month:
    """[first, until) with its days in order, their sum, the budget and how far it is settled."""

    first: date
    until: date
    days: tuple[DayOfMonth, ...]
    sums: Sums
    by_source: Mapping[str, Sums]
    budget: BudgetOfMonth
    progress: Progress

    @property
    def budget_left_cents(self) -> int | None:
        """What the budget still allows, as people count it; below zero where it is overdrawn."""
        if self.budget.amount_mc is None:
            return None
        return cents_of(self.budget.amount_mc) - cents_of(self.sums.bill_mc or 0)


class Months:
    """Reads months from the ledger."""

    def __init__(
        self, database: Database, clock: Clock, zone: ZoneInfo, book: Book, budget: Budget
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._book = book
        self._budget = budget

    def of(self, day: date, through: int | None = None) -> Month:
        """The month that holds a day, as it was with posting `through` done."""
        first = day.replace(day=1)
        until = shift_period("month", first, 1)
        totals = self._book.totals(first, until, through=through)
        return Month(
            first=first,
            until=until,
            days=days_of(totals),
            sums=sums_of(totals),
            by_source=sources_of(totals),
            budget=self._budget.of(first),
            progress=self._progress(first, until),
        )

    def first(self) -> date | None:
        """The first month anything was posted about; None while the ledger is empty."""
        day = self._book.first_day()
        return None if day is None else day.replace(day=1)

    def _progress(self, first: date, until: date) -> Progress:
        today = local_date(self._clock.now(), self._zone)
        with self._database.read() as c:
            waiting = [row[0] for row in due_store.waiting(c, today)]
            settled = due_store.settled_days(c, first, until)
        return progress(first, min(until, today), settled, waiting)


def progress(first: date, ends: date, settled: Sequence[date], waiting: Sequence[date]) -> Progress:
    """How far a month whose days before `ends` are over is settled."""
    here = [day for day in waiting if first <= day < ends]
    done = [day for day in settled if not here or day < here[0]]
    return Progress(done[-1] if done else None, len(here), len(waiting), ends)


def sums_of(totals: Iterable[Total]) -> Sums:
    """Add totals up by account."""
    mc: dict[str, int] = {}
    wh: dict[str, int] = {}
    for total in totals:
        mc[total.account] = mc.get(total.account, 0) + total.debit_mc
        if total.energy_wh is not None:
            wh[total.account] = wh.get(total.account, 0) + total.energy_wh
    return Sums(mc, wh)


def days_of(totals: Iterable[Total]) -> tuple[DayOfMonth, ...]:
    """The days among totals, in order."""
    found: dict[date, list[Total]] = {}
    for total in totals:
        if total.day is not None:
            found.setdefault(total.day, []).append(total)
    return tuple(DayOfMonth(day, sums_of(found[day])) for day in sorted(found))


def sources_of(totals: Iterable[Total]) -> dict[str, Sums]:
    """Totals by what they come from."""
    found: dict[str, list[Total]] = {}
    for total in totals:
        found.setdefault(total.source, []).append(total)
    return {source: sums_of(of_source) for source, of_source in found.items()}


def days_in(first: date, until: date) -> list[date]:
    """Every day of [first, until)."""
    return [first + timedelta(days=n) for n in range((until - first).days)]
