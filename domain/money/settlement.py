"""Settles days: keeps the energies of each, prices them, and posts what the ledger lacks.

Each complete local day is settled once it is half an hour old, and again whenever what it stands
on has changed; a day is one transaction. Twice is once: the ledger posts differences only.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, takewhile
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.engine import Connection

from domain.building.model import BuildingChange
from domain.building.service import Building
from domain.foundation.clock import Clock, from_ms, monotonic
from domain.foundation.intervals import Period, local_date, local_day, local_midnight, shift_period
from domain.money import day_store
from domain.money.accounts import (
    Floats,
    Rates,
    SiteEnergy,
    SiteTotals,
    cost_slots,
    fixed_of,
    totals,
)
from domain.money.costs import Costs, Priced
from domain.money.day_lines import Line, lines_of
from domain.money.due import Due, DueDay
from domain.money.evidence import Kept, MeterDay, site_rows
from domain.money.feeds import FALLBACK
from domain.money.gathering import Gathering
from domain.money.ledger import Ledger
from domain.money.meters import Meters
from domain.money.prices import SLOT_MS, PeakTrack
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry
from domain.telemetry.settle import Recomputed

SETTLED_AFTER_MS = 30 * 60_000
QUIET_MS = 45_000
"""Late readings of a day rarely come alone."""
BUDGET_S = 3.0
BREATH_S = 0.02
_DAYS_AT_ONCE = 10
"""Read together and settled before the time is looked at: reading them costs most."""
_COUNTED = ("power", "generation", "energy", "generation_energy", "price", "carbon_intensity")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Consecutive due days of one month with all that pricing them takes."""

    due: Sequence[DueDay]
    energy: SiteEnergy
    meters: Meters
    priced: Priced


class Settlement:
    """The job of one building; it may run in any process that holds its claim."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        building: Building,
        telemetry: Telemetry,
        gathering: Gathering,
        costs: Costs,
        ledger: Ledger,
        due: Due,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._building = building
        self._telemetry = telemetry
        self._gathering = gathering
        self._costs = costs
        self._ledger = ledger
        self._due = due
        telemetry.tell_recomputed(self.note_recomputed)
        building.write_beside(self.note_change)

    def run(self, budget_s: float = BUDGET_S, breath_s: float = BREATH_S) -> int:
        """Settle what is due, newest month first, for about so long; how many days were done.

        Between two days others may write for as long as a breath.
        """
        self._queue()
        until = monotonic() + budget_s
        done = 0
        for due in self._chunks():
            chunk = self._gather(due)
            for at in range(len(due)):
                done += self._settle(chunk, at)
                time.sleep(breath_s)
            if monotonic() >= until:
                break
        return done

    def waiting(self) -> int:
        """How many complete days wait to be settled."""
        with self._database.read() as c:
            return len(self._due.days(c, self._complete_before()))

    def note_recomputed(self, connection: Connection, recomputed: Recomputed) -> None:
        """Mark past days whose quarter hours became others; telemetry calls it as it stores them.

        It runs in every settling of readings, so that a day that is still running costs nothing.
        """
        today_ms = local_day(local_date(self._clock.now(), self._zone), self._zone).start_ms
        days: set[date] = set()
        for series, start_ms, end_ms in recomputed:
            if start_ms < today_ms and series.metric in _COUNTED:
                touched = self._days_of(start_ms, min(end_ms, today_ms))
                days |= touched
                if series.metric == "price":  # it may stand in for one that is missing
                    days |= {day + FALLBACK for day in touched}
        if days:
            quiet_ms = self._clock.now_ms() + QUIET_MS
            self._due.heard(connection, days, "late readings", quiet_ms)

    def note_change(self, connection: Connection, change: BuildingChange) -> None:
        """Mark every settled day when a meter counts otherwise from now on."""
        if change.action.startswith("sensors.") and _roles_differ(change):
            self._due.mark(connection, date.min, None, "other meters count")

    def _queue(self) -> None:
        """Queue the days that have become complete since the last run."""
        until = self._complete_before()
        with self._database.read() as c:
            if self._due.is_queued(c, until):
                return
        keys = [(s.sensor_id, m) for s in self._building.meters() for m in _COUNTED]
        first_ms = self._telemetry.begins_ms(keys)
        if first_ms is not None:
            with self._database.write() as c:
                self._due.queue(c, local_date(from_ms(first_ms), self._zone), until)

    def _complete_before(self) -> date:
        return local_date(from_ms(self._clock.now_ms() - SETTLED_AFTER_MS), self._zone)

    def _chunks(self) -> Iterator[list[DueDay]]:
        """Due days that rest, by month from the newest, in runs of consecutive days.

        A day waits for those before it in its month that were never settled and still move: its
        share of the month's peak depends on them.
        """
        with self._database.read() as c:
            due = self._due.days(c, self._complete_before())
            known = set(self._due.settled(c, due[0].day, None)) if due else set()
        now_ms = self._clock.now_ms()
        moving: set[date] = set()
        for start_ms, end_ms in self._telemetry.unsettled():
            moving |= self._days_of(start_ms, end_ms)
        rests = {each.day for each in due if each.quiet_ms <= now_ms and each.day not in moving}
        months = groupby(due, lambda each: (each.day.year, each.day.month))
        for _, of_month in reversed([(month, list(days)) for month, days in months]):
            whole = takewhile(lambda each: each.day in rests or each.day in known, of_month)
            yield from _runs([each for each in whole if each.day in rests])

    def _gather(self, due: Sequence[DueDay]) -> _Chunk:
        """Read a run of days at once; what is marked meanwhile is settled again."""
        first, until = due[0].day, due[-1].day + timedelta(days=1)
        span = Period(local_midnight(first, self._zone), local_midnight(until, self._zone))
        energy, meters = self._gathering.anew(span)
        return _Chunk(due, energy, meters, self._costs.priced(energy))

    def _settle(self, chunk: _Chunk, at: int) -> int:
        """One day in one transaction; 0 where it was marked again since it was read."""
        due = chunk.due[at]
        slots = self._slots(due.day, chunk.energy)
        energy, rates = chunk.energy.part(slots), chunk.priced.rates.part(slots)
        charged = [(charge, 1.0) for charge in chunk.priced.charges if charge.day == due.day]
        risen = [(_part(track, slots), kw[slots]) for track, kw in chunk.priced.peaks]
        found = totals(energy, cost_slots(energy, rates), rates, fixed_of(charged, risen))
        with self._database.write() as c:
            self._due.take_turn(c)
            if not self._due.done(c, due):
                return 0
            kept, new = self._keep(c, energy, due.day)
            day_store.put_meter_day(c, MeterDay.of(due.day, *_metered(chunk.meters, slots)))
            day_store.raise_version(c, due.day)
            self._post(c, due.day, lines_of(found), _evidence(kept, rates, found))
            if new and chunk.priced.peaks:
                self._mark_rest_of_month(c, chunk.due[-1].day)
        return 1

    def _keep(self, c: Connection, energy: SiteEnergy, day: date) -> tuple[list[Kept], bool]:
        """The evidence a day stands on now, and whether it is another than was known before."""
        before = {k.side: k for k in day_store.newest(c, day, day + timedelta(days=1)).get(day, ())}
        kept, new = [], []
        for row in site_rows(energy, day):
            was = before.get(row.side)
            if was is None or was.digest != row.digest:
                row = replace(row, revision=1 if was is None else was.revision + 1)
                new.append(row)
            kept.append(was if was is not None and was.digest == row.digest else row)
        day_store.insert(c, new, self._clock.now_ms())
        return kept, bool(new)

    def _post(
        self, c: Connection, day: date, lines: Sequence[Line], evidence: Mapping[str, object]
    ) -> None:
        for line in lines:
            self._ledger.adjust(
                line.source,
                day,
                line.debit_mc,
                f"{line.words}, {day.day} {day:%B %Y}",
                evidence,
                c,
                line.energy_wh,
            )

    def _mark_rest_of_month(self, c: Connection, last: date) -> None:
        """Settled days after a run pay for rises of a peak that may be another one now.

        The days of the run itself were priced together and know it.
        """
        first, until = last + timedelta(days=1), shift_period("month", last, 1)
        if first < until and self._due.settled(c, first, until):
            self._due.mark(c, first, until, "peak changed")

    def _slots(self, day: date, energy: SiteEnergy) -> slice:
        whole = local_day(day, self._zone)
        return slice(
            (whole.start_ms - energy.start_ms) // SLOT_MS,
            (whole.end_ms - energy.start_ms) // SLOT_MS,
        )

    def _days_of(self, start_ms: int, end_ms: int) -> set[date]:
        """The local days that a span touches."""
        first = local_date(from_ms(start_ms), self._zone)
        last = local_date(from_ms(max(start_ms, end_ms - 1)), self._zone)
        return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def _runs(days: Sequence[DueDay]) -> Iterator[list[DueDay]]:
    """Consecutive days together."""
    run: list[DueDay] = []
    for due in days:
        if run and ((due.day - run[-1].day).days > 1 or len(run) >= _DAYS_AT_ONCE):
            yield run
            run = []
        run.append(due)
    if run:
        yield run


def _metered(meters: Meters, slots: slice) -> tuple[tuple[str, ...], Floats]:
    return meters.sensor_ids, meters.kwh[:, slots]


def _roles_differ(change: BuildingChange) -> bool:
    after, before = change.after or {}, change.before or {}
    return any(
        name in after and (name not in before or before[name] != after[name])
        for name in ("meter_role", "status")
    )


def _part(track: PeakTrack, slots: slice) -> PeakTrack:
    return replace(track, net=track.net[slots], vat=track.vat[slots], counts=track.counts[slots])


def _evidence(kept: Sequence[Kept], rates: Rates, found: SiteTotals) -> dict[str, object]:
    versions = np.concatenate((rates.buying.version_ids, rates.selling.version_ids))
    return {
        "energy": [row.named() for row in sorted(kept, key=lambda row: row.side)],
        "tariff_versions": sorted({int(version) for version in versions if version}),
        "coverage": round(found.coverage, 4),
        "estimated": found.estimated,
    }
