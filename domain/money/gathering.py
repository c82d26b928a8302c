"""Gathers the energies of a period: settled days from evidence, all others from telemetry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from domain.building.energy import SLOT_S, EnergyAccounts, Level, level_of
from domain.building.model import Sensor
from domain.building.service import Building
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.contract import in_force
from domain.foundation.intervals import Period, local_date, local_midnight, shift_period
from domain.money.accounts import SiteEnergy
from domain.money.metering import Laid, meter_energy, site_energy
from domain.money.meters import Meters, MeterSpan
from domain.money.prices import SLOT_MS
from domain.money.shelf import Held, meter_shelf, site_shelf
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a period that one source tells; `month` names the month that is kept."""

    start_ms: int
    end_ms: int
    month: date | None

    @property
    def period(self) -> Period:
        """The same as a period."""
        return Period.of_ms(self.start_ms, self.end_ms)


class Gathering:
    """Reads one building's energies for money, as the contract in force shares them."""

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        energy: EnergyAccounts,
        building: Building,
        telemetry: Telemetry,
    ) -> None:
        self._zone = zone
        self._sites = site_shelf(database, zone)
        self._meters = meter_shelf(database, zone)
        self._energy = energy
        self._building = building
        self._telemetry = telemetry

    def site(self, period: Period) -> SiteEnergy:
        """The building's sides in every quarter hour that touches the period."""
        kept = {} if in_force().restricts else self._sites.months(*self.days(period))
        return _joined(
            [
                kept[piece.month].energy.part(_slots(kept[piece.month], piece))
                if piece.month
                else self.measured(piece.period)
                for piece in self._pieces(period, kept)
            ]
        )

    def submeters(self, period: Period) -> Meters:
        """The submeters of the building in every quarter hour that touches the period."""
        kept = {} if in_force().restricts else self._meters.months(*self.days(period))
        spans: list[MeterSpan] = []
        for piece in self._pieces(period, kept):
            if piece.month:
                spans.append(kept[piece.month].span.part(_slots(kept[piece.month], piece)))
            else:
                spans += self.measured_submeters(piece.period).spans
        return Meters.joined(spans)

    def anew(self, period: Period) -> tuple[SiteEnergy, Meters]:
        """Building and submeters for settling: from telemetry, as long as it has quarter hours.

        Later what was kept of them says more than telemetry does.
        """
        if self._level(period) == "15min":
            return self.measured(period), self.measured_submeters(period)
        return self.site(period), self.submeters(period)

    def measured(self, period: Period) -> SiteEnergy:
        """The building's sides as telemetry has them now."""
        level = self._level(period)
        laid = Laid(period, SLOT_S[level] * 1000)
        return site_energy(self._energy.metered(period, level), laid)

    def measured_submeters(self, period: Period) -> Meters:
        """The submeters as telemetry has them now."""
        return self.measured_meters(
            [sensor for sensor in self._building.meters() if sensor.meter_role == "submeter"],
            period,
        )

    def measured_meters(self, sensors: Sequence[Sensor], period: Period) -> Meters:
        """What each of some meters took."""
        level = self._level(period)
        laid = Laid(period, SLOT_S[level] * 1000)
        found = self._energy.metered(period, level, sensors) if sensors else []
        rows = [meter_energy(meter, laid) for meter in found]
        matrix = np.array(rows) if rows else np.empty((0, laid.quarters))
        return Meters.of([sensor.sensor_id for sensor in sensors], matrix)

    def days(self, period: Period) -> tuple[date, date]:
        """The local days [first, until) that a period touches."""
        last = local_date(from_ms(period.end_ms - 1), self._zone)
        return local_date(period.start, self._zone), last + timedelta(days=1)

    def _level(self, period: Period) -> Level:
        """Quarter hours while they are kept and no longer than accounts stand on them."""
        kept_ms = max((series.quarter_from_ms for series in self._telemetry.series()), default=0)
        return "1h" if period.start_ms < kept_ms else level_of(period)

    def _pieces(self, period: Period, kept: Mapping[date, Held]) -> list[_Piece]:
        """The period in order, by months that are kept; what is not kept runs together."""
        pieces: list[_Piece] = []
        first, until = self.days(period)
        month = first.replace(day=1)
        while month < until:
            held = kept.get(month)
            if held is None:
                _append(pieces, self._cut(period, month, shift_period("month", month, 1), None))
            else:
                for piece in _of_month(held, period):
                    _append(pieces, piece)
            month = shift_period("month", month, 1)
        return pieces

    def _cut(self, period: Period, first: date, until: date, month: date | None) -> _Piece:
        start_ms, end_ms = (to_ms(local_midnight(day, self._zone)) for day in (first, until))
        return _Piece(max(start_ms, period.start_ms), min(end_ms, period.end_ms), month)


def _of_month(held: Held, period: Period) -> Iterator[_Piece]:
    """The days of a month that lie in the period, kept ones and others."""
    edges = held.month.midnights_ms
    start_ms, end_ms = max(edges[0], period.start_ms), min(edges[-1], period.end_ms)
    if len(held.days) == len(edges) - 1 and start_ms % SLOT_MS == end_ms % SLOT_MS == 0:
        yield _Piece(start_ms, end_ms, held.month.first)
        return
    for day, (begins_ms, ends_ms) in zip(held.month.days, pairwise(edges), strict=True):
        start_ms, end_ms = max(begins_ms, period.start_ms), min(ends_ms, period.end_ms)
        if start_ms < end_ms:
            whole = start_ms % SLOT_MS == end_ms % SLOT_MS == 0
            usable = day in held.days and whole
            yield _Piece(start_ms, end_ms, held.month.first if usable else None)


def _append(pieces: list[_Piece], piece: _Piece) -> None:
    """Add a piece, to the one before it where the same source tells both."""
    if pieces and pieces[-1].month == piece.month:
        pieces[-1] = _Piece(pieces[-1].start_ms, piece.end_ms, piece.month)
    else:
        pieces.append(piece)


def _slots(held: Held, piece: _Piece) -> slice:
    return held.month.slots(piece.start_ms, piece.end_ms)


def _joined(parts: Sequence[SiteEnergy]) -> SiteEnergy:
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(SiteEnergy)][1:]
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return SiteEnergy(start_ms=parts[0].start_ms, **arrays)
