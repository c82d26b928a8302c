"""Gathers the energies of a period: settled days from evidence, all others from telemetry."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np

from domain.building.energy import SLOT_S, EnergyAccounts, Level, level_of
from domain.building.model import Sensor
from domain.building.service import Building
from domain.foundation.clock import from_ms
from domain.foundation.contract import in_force
from domain.foundation.intervals import Period, local_date, local_day
from domain.money import day_store
from domain.money.accounts import Floats, SiteEnergy
from domain.money.evidence import MeterDay, site_of
from domain.money.metering import Laid, meter_energy, site_energy
from domain.money.prices import SLOT_MS
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry


@dataclass(frozen=True, slots=True)
class Meters:
    """Submeters by sensor id, a row of quarter hours for each [kWh], NaN unknown."""

    sensor_ids: tuple[str, ...]
    kwh: Floats


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a period that one source tells; `day` names a settled one."""

    period: Period
    day: date | None


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
        self._database = database
        self._zone = zone
        self._energy = energy
        self._building = building
        self._telemetry = telemetry

    def site(self, period: Period) -> SiteEnergy:
        """The building's sides in every quarter hour that touches the period."""
        kept: dict[date, SiteEnergy] = {}
        if not in_force().restricts:
            with self._database.read() as c:
                found = day_store.newest(c, *self.days(period))
            sides = {day: site_of(rows, *self._place(day)) for day, rows in found.items()}
            kept = {day: energy for day, energy in sides.items() if energy is not None}
        return _joined(
            [
                kept[piece.day].part(self._slots(piece))
                if piece.day
                else self.measured(piece.period)
                for piece in self._pieces(period, kept)
            ]
        )

    def submeters(self, period: Period) -> Meters:
        """The submeters of the building in every quarter hour that touches the period."""
        kept: Mapping[date, MeterDay] = {}
        if not in_force().restricts:
            with self._database.read() as c:
                kept = day_store.meter_days(c, *self.days(period))
        return _side_by_side(
            [
                _cut(kept[piece.day], self._slots(piece))
                if piece.day
                else self.measured_submeters(piece.period)
                for piece in self._pieces(period, kept)
            ]
        )

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
        return Meters(tuple(sensor.sensor_id for sensor in sensors), matrix)

    def days(self, period: Period) -> tuple[date, date]:
        """The local days [first, until) that a period touches."""
        last = local_date(from_ms(period.end_ms - 1), self._zone)
        return local_date(period.start, self._zone), last + timedelta(days=1)

    def _level(self, period: Period) -> Level:
        """Quarter hours while they are kept and no longer than accounts stand on them."""
        kept_ms = max((series.quarter_from_ms for series in self._telemetry.series()), default=0)
        return "1h" if period.start_ms < kept_ms else level_of(period)

    def _pieces(self, period: Period, settled: Collection[date]) -> Iterator[_Piece]:
        """The period in order; days that are not settled run together."""
        first, until = self.days(period)
        days = [first + timedelta(days=n) for n in range((until - first).days)]

        def usable(day: date) -> bool:
            here = self._within(day, day, period)
            return day in settled and here.start_ms % SLOT_MS == here.end_ms % SLOT_MS == 0

        for known, group in groupby(days, usable):
            run = list(group)
            if known:
                yield from (_Piece(self._within(day, day, period), day) for day in run)
            else:
                yield _Piece(self._within(run[0], run[-1], period), None)

    def _within(self, first: date, last: date, period: Period) -> Period:
        """The part of a period that lies in the days from `first` to `last`."""
        start, end = self._day(first).start, self._day(last).end
        return Period(max(start, period.start), min(end, period.end))

    def _slots(self, piece: _Piece) -> slice:
        """Which quarter hours of its day a piece is."""
        begin_ms = self._day(piece.day).start_ms if piece.day else 0
        return slice(
            (piece.period.start_ms - begin_ms) // SLOT_MS,
            (piece.period.end_ms - begin_ms) // SLOT_MS,
        )

    def _place(self, day: date) -> tuple[int, int]:
        """Where a day begins, and how many quarter hours it has."""
        whole = self._day(day)
        return whole.start_ms, (whole.end_ms - whole.start_ms) // SLOT_MS

    def _day(self, day: date) -> Period:
        return local_day(day, self._zone)


def _cut(day: MeterDay, slots: slice) -> Meters:
    sensor_ids, kwh = day.rows()
    return Meters(sensor_ids, kwh[:, slots])


def _joined(parts: Sequence[SiteEnergy]) -> SiteEnergy:
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(SiteEnergy)][1:]
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return SiteEnergy(start_ms=parts[0].start_ms, **arrays)


def _side_by_side(parts: Sequence[Meters]) -> Meters:
    """Spans one after the other; a meter that one of them lacks is unknown there."""
    sensor_ids = tuple(sorted({sensor_id for part in parts for sensor_id in part.sensor_ids}))
    return Meters(sensor_ids, np.concatenate([_filled(part, sensor_ids) for part in parts], axis=1))


def _filled(part: Meters, sensor_ids: tuple[str, ...]) -> Floats:
    if part.sensor_ids == sensor_ids:
        return part.kwh
    filled = np.full((len(sensor_ids), part.kwh.shape[1]), np.nan)
    filled[[sensor_ids.index(sensor_id) for sensor_id in part.sensor_ids]] = part.kwh
    return filled
