"""What a room's page shows of a period: the same series for the chart, the totals and the CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.building.catalogue import Catalogue
from domain.building.comfort import (
    Curve,
    TimeBeyond,
    combined_curve,
    outside_band,
    time_beyond,
)
from domain.building.live import HIGHEST_COUNTS, POWER_ROLE
from domain.building.model import Room, Sensor
from domain.foundation.clock import from_ms
from domain.foundation.intervals import Period, day_starts_ms, local_date, same_clock, same_span
from domain.telemetry.history import History
from domain.telemetry.model import Key
from domain.telemetry.service import Telemetry

STRIP_METRICS = ("temperature", "co2", "occupancy", "humidity")
_DAY_S = 86_400
LEVELS = (("15min", 900), ("1h", 3600), ("1d", _DAY_S))
MAX_POINTS = 1000
"""Of one line; a strip is rarely wider."""


@dataclass(frozen=True, slots=True)
class Line:
    """Values of one sensor, or of all submeters together (`sensor_id` None), None is a gap."""

    sensor_id: str | None
    label: str
    ts_ms: Sequence[int]
    mean: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Strip:
    """One metric over the period, a line for each of its sensors."""

    metric: str
    unit: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class EnergyOfPeriod:
    """Energy of a room's submeters [kWh]; `without` names those with none known in the period."""

    kwh: float | None
    coverage: float
    """Share of the period that is measured, the least of the submeters, 0…1."""
    estimated: bool
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomHistory:
    """A room's period; `level` is the kept level that the lines are made of."""

    room: Room
    period: Period
    level: str
    bucket_s: float
    strips: tuple[Strip, ...]
    energy: EnergyOfPeriod
    outside_band: TimeBeyond
    stuffy: TimeBeyond
    """Time above the CO₂ limit."""

    def strip(self, metric: str) -> Strip | None:
        """The strip of a metric, if the room has one."""
        return next((strip for strip in self.strips if strip.metric == metric), None)


def level_of(period: Period) -> str:
    """The finest level whose points still fit."""
    for level, bucket_s in LEVELS:
        if period.duration_s / bucket_s <= MAX_POINTS:
            return level
    return LEVELS[-1][0]


def shown_keys(building: Catalogue, telemetry: Telemetry, room_id: int) -> list[Key]:
    """The series a room's page draws, in the order it draws them."""
    sensors = _adopted(building, room_id)
    known = telemetry.spoken()
    keys = [(s.sensor_id, m) for m in STRIP_METRICS for s in sensors if (s.sensor_id, m) in known]
    submeters = [s.sensor_id for s in sensors if s.meter_role == POWER_ROLE]
    return keys + [(i, "power") for i in submeters if (i, "power") in known]


def room_history(
    building: Catalogue, telemetry: Telemetry, room_id: int, period: Period, now_ms: int
) -> RoomHistory:
    """Everything of a period. Raises Unknown; what has no data has no line."""
    room = building.room(room_id)
    sensors = {sensor.sensor_id: sensor for sensor in _adopted(building, room_id)}
    keys = shown_keys(building, telemetry, room_id)
    level = level_of(period)
    found = telemetry.history(keys, period, level=level, max_points=MAX_POINTS)
    level, bucket_s = _kept(found, level)
    strips = [_strip(metric, found, sensors) for metric in STRIP_METRICS]
    power = summed([history for history in found if history.metric == "power"])
    if power is not None:
        strips.append(Strip("power", "kW", (power,)))
    shown = {strip.metric: strip for strip in strips if strip is not None}
    until_ms = min(period.end_ms, now_ms, telemetry.shared_until_ms())
    return RoomHistory(
        room=room,
        period=period,
        level=level,
        bucket_s=bucket_s,
        strips=tuple(shown.values()),
        energy=room_energy(building, telemetry, room_id, period),
        outside_band=_outside(shown.get("temperature"), room, round(bucket_s * 1000), until_ms),
        stuffy=_stuffy(shown.get("co2"), room, round(bucket_s * 1000), until_ms),
    )


def room_energy(
    building: Catalogue, telemetry: Telemetry, room_id: int, period: Period
) -> EnergyOfPeriod:
    """By each submeter's counter where it has one, else by its power."""
    submeters = [s for s in _adopted(building, room_id) if s.meter_role == POWER_ROLE]
    known = telemetry.spoken()
    keys: dict[Key, str] = {}
    for sensor in submeters:
        for metric in ("energy", "power"):
            if (sensor.sensor_id, metric) in known:
                keys[sensor.sensor_id, metric] = sensor.name
                break
    found = telemetry.energy(list(keys), period)
    counted = [found[key] for key in keys if found[key].kwh is not None]
    metered = {sensor_id for (sensor_id, _), item in found.items() if item.kwh is not None}
    return EnergyOfPeriod(
        kwh=sum(item.kwh for item in counted if item.kwh is not None) if counted else None,
        coverage=min((item.coverage for item in counted), default=0.0),
        estimated=any(item.estimated for item in counted),
        without=tuple(s.name for s in submeters if s.sensor_id not in metered),
    )


def power_line(
    telemetry: Telemetry, keys: Sequence[Key], period: Period, level: str
) -> Line | None:
    """The sum of the power series among `keys`, as the strip draws it."""
    power = [key for key in keys if key[1] == "power"]
    return summed(telemetry.history(power, period, level=level, max_points=MAX_POINTS))


def summed(histories: Sequence[History]) -> Line | None:
    """Submeters added bucket by bucket; what one of them lacks is a gap, not less power.

    Lowest and highest of a sum are not known from those of its parts: they are its mean.
    """
    active = [history for history in histories if any(v is not None for v in history.mean)]
    if not active:
        return None
    columns: dict[int, list[float | None]] = {}
    for history in active:
        for ts_ms, mean in zip(history.ts_ms, history.mean, strict=True):
            columns.setdefault(ts_ms, []).append(mean)
    ts_all = sorted(columns)
    total = [_total(columns[at], len(active)) for at in ts_all]
    return Line(None, "Power", ts_all, total, total, total)


def _total(parts: Sequence[float | None], expected: int) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == expected else None


def same_time_before(
    period: Period, before: Period, now_ms: int, zone: ZoneInfo
) -> tuple[Period, Period]:
    """Both periods as far as the first has come by the wall clock, to compare like with like."""
    if not period.start_ms < now_ms < period.end_ms:
        return period, before
    so_far = Period(period.start, from_ms(now_ms))
    reached = same_span(so_far, days_between(before, period, zone), zone).end
    end = min(before.end, max(reached, before.start + timedelta(seconds=1)))
    return so_far, Period(before.start, end)


def laid_over(line: Line, before: RoomHistory, period: Period, zone: ZoneInfo) -> Line:
    """A line of the period before as it lies over this one: by the wall clock, its means alone."""
    bucket_ms = round(before.bucket_s * 1000)
    if before.level == "1d":
        days_a_point = max(1, round(before.bucket_s / _DAY_S))
        starts = day_starts_ms(period, zone)[::days_a_point]
    else:
        starts = list(range(period.start_ms // bucket_ms * bucket_ms, period.end_ms, bucket_ms))
    days = days_between(before.period, period, zone)
    mean = same_clock(line.ts_ms, line.mean, bucket_ms, starts, days, zone)
    return replace(line, ts_ms=starts, mean=mean, low=mean, high=mean)


def days_between(before: Period, period: Period, zone: ZoneInfo) -> int:
    """Local days from the start of one period to the start of another."""
    return (local_date(period.start, zone) - local_date(before.start, zone)).days


def _kept(found: Sequence[History], level: str) -> tuple[str, float]:
    """The level that was answered, which may be coarser than the one asked for."""
    answered = next((h for h in found if h.ts_ms), None)
    if answered is None:
        return level, dict(LEVELS)[level]
    return answered.level, answered.bucket_s


def _adopted(building: Catalogue, room_id: int) -> list[Sensor]:
    return [s for s in building.sensors_in(room_id) if s.status == "adopted"]


def _strip(metric: str, found: Sequence[History], sensors: dict[str, Sensor]) -> Strip | None:
    lines = tuple(
        Line(h.sensor_id, sensors[h.sensor_id].name, h.ts_ms, h.mean, h.low, h.high)
        for h in found
        if h.metric == metric and any(value is not None for value in h.mean)
    )
    unit = next((h.unit for h in found if h.metric == metric), "")
    return Strip(metric, unit, lines) if lines else None


NEVER = TimeBeyond(0.0, 0.0, None)


def _outside(strip: Strip | None, room: Room, hold_ms: int, until_ms: int) -> TimeBeyond:
    """By the bucket means of the room's thermometers together, as its live value."""
    if strip is None:
        return NEVER
    starts_ms, values_c = _together(strip)
    return outside_band(starts_ms, values_c, hold_ms, until_ms, room.comfort)


def _stuffy(strip: Strip | None, room: Room, hold_ms: int, until_ms: int) -> TimeBeyond:
    """By the highest of the bucket means of the room's CO₂ probes, as its live value."""
    if strip is None:
        return NEVER
    starts_ms, values_ppm = _together(strip)
    limit = room.comfort.co2_limit_ppm
    return time_beyond(starts_ms, values_ppm, hold_ms, until_ms, lambda value: value > limit)


def _together(strip: Strip) -> Curve:
    curves = [(line.ts_ms, line.mean) for line in strip.lines]
    return combined_curve(curves, highest=strip.metric in HIGHEST_COUNTS)
