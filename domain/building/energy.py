"""The building's energy accounts: now, today against other days, the curve of a day, its peak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from domain.building.balance import USABLE, Meter, balance
from domain.building.energy_now import EnergyNow
from domain.building.energy_slots import (
    MeterEnergy,
    Part,
    Slot,
    Totals,
    build_slots,
    means,
    sum_slots,
)
from domain.building.energy_today import DayPeak, MonthPeak, RoomsEnergy, Today, share_out
from domain.building.model import Sensor
from domain.building.night import Sky, lives_on_the_sun, with_nights
from domain.building.service import Building
from domain.foundation.clock import Clock, from_ms
from domain.foundation.contract import adding_up, in_force, require_single
from domain.foundation.intervals import (
    Period,
    day_starts_ms,
    local_date,
    local_day,
    local_period,
    same_span,
)
from domain.foundation.kept import Kept
from domain.telemetry.model import Latest
from domain.telemetry.service import Telemetry

Key = tuple[str, str]
Level = Literal["15min", "1h"]
Prefer = Literal["counters", "power"]

POWER_METRICS = {
    "main": ("power",),
    "submeter": ("power",),
    "generation": ("generation", "power"),
    "battery": ("power",),
}
COUNTER_PAIR = ("energy", "generation_energy")
"""Taken and delivered: what a meter must both count before its counters replace a split."""

SINGLE_COUNTERS = {
    "generation": ("generation_energy", "energy"),
    "submeter": ("energy",),
}
SLOT_S: dict[Level, int] = {"15min": 900, "1h": 3600}
_HOURLY_FROM_DAYS = 40
_TODAY_KEPT_S = 15.0
_PEAK_KEPT_S = 60.0


class EnergyAccounts:
    """Reads the building's meters by their role; changes nothing.

    Import and export, charge and discharge come from a meter's own counters where it has both
    (`energy` taken, `generation_energy` delivered), which lose nothing. Otherwise its net power is
    split by the sign of each 15-minute mean (hourly over 40 days and more), which understates both
    directions where they alternate within the slot.
    """

    def __init__(
        self, building: Building, telemetry: Telemetry, clock: Clock, zone: ZoneInfo, sky: Sky
    ) -> None:
        self._building = building
        self._sky = sky if sky.fits(zone, clock.now()) else None
        self._telemetry = telemetry
        self._clock = clock
        self._zone = zone
        self._today = Kept(lambda: self.today().frame(), _TODAY_KEPT_S)
        self._peak = Kept(lambda: self.peak_of_month().frame(), _PEAK_KEPT_S)

    def now(self) -> EnergyNow:
        """The balance of this moment; stale meters make it unknown, inverters only by day."""
        contract = in_force()
        if contract.withholds_time:
            return EnergyNow(state="withheld", reason="Withheld by this token's contract")
        sensors = self._building.meters()
        with adding_up():
            latest = self._telemetry.latest_of([sensor.sensor_id for sensor in sensors])
        now_ms = self._clock.now_ms()
        names = {room.room_id: room.name for room in self._building.rooms()}
        found = balance([_meter(s, latest, now_ms, self._sky) for s in sensors], names)
        if contract.sums_only:  # a room or a use may be one meter
            found = replace(found, uses={}, rooms=(), no_room={}, missing=(), missing_since_ms=None)
            return replace(found, assumed=("an inverter",) if found.assumed else ())
        return found

    def frame(self) -> dict[str, object]:
        """What is pushed to open pages: `now` as shown, today's totals, the month's peak."""
        return self.now().frame() | {"today": self._today.get(), "peak_month": self._peak.get()}

    def totals(self, period: Period) -> Totals:
        """Energy of a span, both shares, and how much of it was measured."""
        return self.account(period)[0]

    def account(self, period: Period) -> tuple[Totals, list[Slot]]:
        """The totals of a span and the slots they stand on (15 min, 1 h over 40 days and more)."""
        meters = self._load(self._balance_meters(), period, level_of(period), "counters")
        slots = build_slots(meters, _starts_ms(period, SLOT_S[level_of(period)]))
        return sum_slots(meters, slots, period.duration_s), slots

    def metered(
        self, period: Period, level: Level, sensors: Sequence[Sensor] | None = None
    ) -> list[MeterEnergy]:
        """Each meter by slot, in the order given; those of the balance where none are named.

        Raises OutsideContract for named ones where only sums are shared.
        """
        if sensors is None:
            return self._load(self._balance_meters(), period, level, "counters")
        require_single()
        return self._load(sensors, period, level, "counters")

    def slots(self, period: Period, level: Level) -> tuple[Level, list[Slot]]:
        """Mean powers of each slot up to now, by counters where a meter has them.

        The level is the one asked for, or a coarser one where the contract in force wants it.
        """
        level = "1h" if _finest() == "1h" else level
        until = min(period.end, from_ms(self._telemetry.shared_until_ms()))
        if until <= period.start:
            return level, []
        span = Period(period.start, until)
        meters = self._load(self._balance_meters(), span, level, "counters")
        return level, build_slots(meters, _starts_ms(span, SLOT_S[level]))

    def day_curve(self, period: Period) -> list[Slot]:
        """Mean powers of each 15 minutes up to now; a slot in which a meter was silent is None.

        From power, whose steps are finer than those of counters, where a meter has it.
        """
        until = min(period.end, from_ms(self._telemetry.shared_until_ms()))
        if until <= period.start:
            return []
        span, level = Period(period.start, until), _finest()
        meters = self._load(self._balance_meters(), span, level, "power")
        return build_slots(meters, _starts_ms(span, SLOT_S[level]))

    def today(self) -> Today:
        """Today up to this minute beside the same clock times yesterday and a week ago."""
        period = self.so_far()
        return Today(
            period=period,
            totals=self.totals(period),
            yesterday=self.totals(same_span(period, 1, self._zone)),
            last_week=self.totals(same_span(period, 7, self._zone)),
            weekday=f"{local_date(period.start, self._zone):%A}",
        )

    def so_far(self) -> Period:
        """Today from local midnight to now; in its first second, that second."""
        now = self._clock.now()
        midnight_ms = local_day(local_date(now, self._zone), self._zone).start_ms
        until_ms = self._telemetry.shared_until_ms()
        return Period.of_ms(midnight_ms, max(until_ms, midnight_ms + 1000))

    def rooms(self, period: Period, totals: Totals | None = None) -> RoomsEnergy:
        """Energy of a span per room and use [kWh], and what no submeter explains.

        `totals` are those of the span where somebody has them already.
        """
        submeters = self._of_role("submeter")
        present = self._present(submeters)
        keys = {
            sensor.sensor_id: (sensor.sensor_id, metric)
            for sensor in submeters
            for metric in ("power", "energy")
            if (sensor.sensor_id, metric) in present
        }
        measured = self._telemetry.energy(list(keys.values()), period) if keys else {}
        kwh = {
            sensor.sensor_id: measured[keys[sensor.sensor_id]].kwh
            for sensor in submeters
            if keys.get(sensor.sensor_id) in measured
        }
        names = {room.room_id: room.name for room in self._building.rooms()}
        return share_out(submeters, kwh, names, totals or self.totals(period))

    def charge_curve(self, period: Period) -> list[float | None]:
        """Mean state of charge of the batteries by 15 minutes [%]; None where one is silent."""
        keys = [(sensor.sensor_id, "soc") for sensor in self._of_role("battery")]
        points: dict[int, list[float]] = {}
        with adding_up(len(keys)):
            found = self._telemetry.history(keys, period, level="15min") if keys else []
        for series in found:
            for ts_ms, percent in zip(series.ts_ms, series.mean, strict=True):
                if percent is not None:
                    points.setdefault(ts_ms, []).append(percent)
        known = [points.get(ts_ms, []) for ts_ms in _starts_ms(period, SLOT_S[_finest()])]
        return [
            sum(all_of) / len(keys) if len(all_of) == len(keys) > 0 else None for all_of in known
        ]

    def peak_of_month(self) -> MonthPeak:
        """Highest 15-minute mean import of this month so far, of today, and of each day."""
        now = self._clock.now()
        month = local_period("month", local_date(now, self._zone), self._zone)
        until_ms = self._telemetry.shared_until_ms()
        span = Period.of_ms(month.start_ms, max(until_ms, month.start_ms + 1000))
        level = _finest()
        slot_s = SLOT_S[level]
        slots = means(self._load(self._of_role("main"), span, level, "power"), slot_s)
        starts = day_starts_ms(span, self._zone)
        days = []
        for start_ms, end_ms in zip(starts, [*starts[1:], span.end_ms], strict=True):
            of_day = [(plus - minus, ts) for ts, plus, minus in slots if start_ms <= ts < end_ms]
            kw, ts_ms = max(of_day, default=(0.0, start_ms))
            days.append(DayPeak(start_ms, ts_ms, max(kw, 0.0) if of_day else None))
        return MonthPeak(tuple(days))

    def _of_role(self, *roles: str) -> list[Sensor]:
        return [sensor for sensor in self._building.meters() if sensor.meter_role in roles]

    def _balance_meters(self) -> list[Sensor]:
        """Main, generation and battery; the submeters instead where there is no main meter."""
        main = self._of_role("main")
        return [*(main or self._of_role("submeter")), *self._of_role("generation", "battery")]

    def _present(self, sensors: Sequence[Sensor]) -> set[Key]:
        """The series that exist for these sensors."""
        if not sensors:
            return set()
        ids = [sensor.sensor_id for sensor in sensors]
        return {(s.sensor_id, s.metric) for s in self._telemetry.series(ids)}

    def _load(
        self, sensors: Sequence[Sensor], period: Period, level: Level, prefer: Prefer
    ) -> list[MeterEnergy]:
        """The slots of these meters; where counters lack a slot, power stands in."""
        present = self._present(sensors)
        wanted = {sensor.sensor_id: _sources(sensor, present) for sensor in sensors}
        if prefer == "power":
            wanted = {own: (power, [] if power else c) for own, (power, c) in wanted.items()}
        keys = [key for power, counters in wanted.values() for key in (*power, *counters)]
        with adding_up():
            buckets = self._telemetry.energy_buckets(keys, period, level) if keys else {}
        slots = {
            key: {ts: (kwh, covered) for ts, kwh, covered in rows if kwh is not None and covered}
            for key, rows in buckets.items()
        }
        starts_ms, slot_ms = _starts_ms(period, SLOT_S[level]), SLOT_S[level] * 1000
        past = Period.of_ms(
            period.start_ms, max(period.start_ms + 1, min(period.end_ms, self._clock.now_ms()))
        )
        loaded = []
        for sensor in sensors:
            power_keys, counter_keys = wanted[sensor.sensor_id]
            power = _from_power(slots, power_keys, sensor.meter_role)
            parts = _better(_from_counters(slots, counter_keys), power)
            if self._sky and self._may_rest(sensor, power_keys, self._sky):
                parts = with_nights(parts, starts_ms, slot_ms, past, self._sky)
            loaded.append(MeterEnergy(sensor.meter_role, parts))
        return loaded

    def _may_rest(self, sensor: Sensor, power_keys: Sequence[Key], sky: Sky) -> bool:
        """Whether the night explains the silence of a meter: one of generation that was heard."""
        if sensor.meter_role != "generation":
            return False
        with adding_up():
            latest = self._telemetry.latest_of([sensor.sensor_id])
        newest = next((latest[key] for key in power_keys if key in latest), None)
        if newest is None:
            return bool(latest)
        return lives_on_the_sun(sky, newest.value, newest.ts_ms)


def _meter(sensor: Sensor, latest: Mapping[Key, Latest], now_ms: int, sky: Sky | None) -> Meter:
    """One adopted meter as it stands now."""
    metrics = POWER_METRICS[sensor.meter_role]
    readings = (latest.get((sensor.sensor_id, metric)) for metric in metrics)
    power = next((reading for reading in readings if reading), None)
    soc = latest.get((sensor.sensor_id, "soc"))
    rests = (
        power is not None
        and sky is not None
        and sky.is_dark(now_ms)
        and lives_on_the_sun(sky, power.value, power.ts_ms)
    )
    soc_usable = soc and soc.state_name(now_ms) in USABLE
    return Meter(
        sensor_id=sensor.sensor_id,
        name=sensor.name,
        role=sensor.meter_role,
        power_kw=power.value if power else None,
        ts_ms=power.ts_ms if power else None,
        state=power.state_name(now_ms) if power else "missing",
        use=sensor.use,
        room_id=sensor.room_id,
        soc_percent=soc.value if soc and soc_usable else None,
        interval_s=power.interval_s if power else None,
        rests=rests,
    )


def _sources(sensor: Sensor, present: Iterable[Key]) -> tuple[list[Key], list[Key]]:
    """The power series of a meter, and the counters that may stand in its place."""
    known = set(present)
    own = sensor.sensor_id
    power = [(own, m) for m in POWER_METRICS[sensor.meter_role] if (own, m) in known][:1]
    single = SINGLE_COUNTERS.get(sensor.meter_role)
    if single:
        return power, [(own, metric) for metric in single if (own, metric) in known][:1]
    pair = [(own, metric) for metric in COUNTER_PAIR]
    if all(key in known for key in pair):
        return power, pair
    return power, [] if power else [key for key in pair[:1] if key in known]


_Slots = Mapping[Key, Mapping[int, tuple[float, float]]]


def _from_power(slots: _Slots, keys: Sequence[Key], role: str) -> dict[int, Part]:
    """Energy of a power series; generation and submeters have no other direction, so no minus."""
    one_way = role in ("generation", "submeter")
    return {
        ts_ms: Part(max(kwh, 0.0), 0.0 if one_way else max(-kwh, 0.0), covered_s)
        for key in keys
        for ts_ms, (kwh, covered_s) in slots.get(key, {}).items()
    }


def _from_counters(slots: _Slots, keys: Sequence[Key]) -> dict[int, Part]:
    """Energy of one counter, or of a pair where both of it are known."""
    if not keys:
        return {}
    taken = slots.get(keys[0], {})
    if len(keys) == 1:
        return {ts_ms: Part(kwh, 0.0, covered_s) for ts_ms, (kwh, covered_s) in taken.items()}
    delivered = slots.get(keys[1], {})
    return {
        ts_ms: Part(kwh, delivered[ts_ms][0], min(covered_s, delivered[ts_ms][1]))
        for ts_ms, (kwh, covered_s) in taken.items()
        if ts_ms in delivered
    }


def _better(counted: Mapping[int, Part], power: Mapping[int, Part]) -> dict[int, Part]:
    """Per slot the counters, unless the power series measured clearly more of it."""
    merged = dict(power)
    for ts_ms, part in counted.items():
        other = power.get(ts_ms)
        if other is None or part.covered_s >= 0.95 * other.covered_s:
            merged[ts_ms] = part
    return merged


def level_of(period: Period) -> Level:
    """The slots that an account of a period stands on, none finer than the contract shares."""
    return "1h" if period.duration_s > _HOURLY_FROM_DAYS * 86_400 else _finest()


def _finest() -> Level:
    """The finest slots that the contract in force shares."""
    return "1h" if in_force().bucket_ms > SLOT_S["15min"] * 1000 else "15min"


def _starts_ms(period: Period, slot_s: int) -> list[int]:
    """Starts of the slots that touch the period."""
    slot_ms = slot_s * 1000
    return list(range(period.start_ms // slot_ms * slot_ms, period.end_ms, slot_ms))
