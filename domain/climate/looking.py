"""A room's climate as it is now: band, inputs, advice, and how automatic control stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.building.live import LIVE_STATES, combined
from domain.building.model import Room, RoomLive
from domain.building.service import Building
from domain.calendar.service import Calendar
from domain.climate import store
from domain.climate.advice import advise
from domain.climate.model import (
    ALWAYS,
    BUILDING,
    MISSING,
    UNKNOWN,
    Advice,
    Automatic,
    Band,
    Inputs,
    Measure,
    Occupancy,
    RoomWeek,
)
from domain.climate.week import Days, band_now, days_needed, next_band
from domain.foundation.clock import Clock, from_ms
from domain.foundation.intervals import Period
from domain.storage.engine import Database
from domain.telemetry.model import Latest
from domain.telemetry.service import Telemetry

MOTION_FOR = timedelta(minutes=30)
"""People sit still: a room is empty when nothing has moved for so long."""


@dataclass(frozen=True, slots=True)
class RoomClimate:
    """Everything there is to say of a room's climate now; `following` is the next band and when."""

    room: Room
    week: RoomWeek
    inputs: Inputs
    advice: Advice
    following: tuple[int, Band] | None
    automatic: Automatic


class Looking:
    """Reads rooms, sensors and calendar; changes nothing."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        building: Building,
        telemetry: Telemetry,
        calendar: Calendar,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._building = building
        self._telemetry = telemetry
        self._calendar = calendar

    def week(self, room_id: int) -> RoomWeek:
        """The week that a room follows; that of `BUILDING` is its own where somebody has set it."""
        with self._database.read() as c:
            own, usual = store.read_week(c, room_id), store.read_week(c, BUILDING)
        if own is not None:
            return RoomWeek(own[0], "own", own[1])
        if usual is not None:
            return RoomWeek(usual[0], "building")
        return RoomWeek(ALWAYS, "none")

    def look(self, room_id: int) -> RoomClimate:
        """A room now. Raises Unknown."""
        live = self._building.room_live(room_id)
        week, days = self.week(room_id), self._days()
        with self._database.read() as c:
            automatic = store.read_room(c, room_id)
        inputs = self._inputs(live, week, days)
        now_ms, comfort = self._clock.now_ms(), live.room.comfort
        return RoomClimate(
            room=live.room,
            week=week,
            inputs=inputs,
            advice=advise(inputs, automatic.standing.status if automatic.on else "off"),
            following=next_band(week, comfort, days, self._zone, now_ms),
            automatic=automatic,
        )

    def inputs(self, room_id: int) -> Inputs:
        """What advice on a room stands on now. Raises Unknown."""
        live = self._building.room_live(room_id)
        return self._inputs(live, self.week(room_id), self._days())

    def _days(self) -> Days:
        first, until = days_needed(self._zone, self._clock.now_ms())
        return {day.date: day for day in self._calendar.days(first, until)}

    def _inputs(self, live: RoomLive, week: RoomWeek, days: Days) -> Inputs:
        now_ms, comfort = self._clock.now_ms(), live.room.comfort
        return Inputs(
            band=band_now(week, comfort, days, self._zone, now_ms),
            cold_below_c=comfort.cold_below,
            hot_above_c=comfort.hot_above,
            temperature=self._measure(live.values.get("temperature")),
            humidity=self._measure(live.values.get("humidity")),
            occupancy=self._occupancy(live),
            outdoor=self._outdoor(),
        )

    def _measure(self, latest: Latest | None) -> Measure:
        if latest is None:
            return MISSING
        state = latest.state_name(self._clock.now_ms())
        value = latest.value if state in LIVE_STATES else None
        return Measure(value, latest.ts_ms, state, latest.interval_s)

    def _outdoor(self) -> Measure:
        """The temperature of the weather stations."""
        latest = self._telemetry.latest()
        found = [
            latest[sensor_id, "temperature"]
            for sensor_id in self._building.placement()
            if (sensor_id, "temperature") in latest and self._is_weather(sensor_id)
        ]
        if not found:
            return MISSING
        now_ms = self._clock.now_ms()
        one, _ = combined(found, lambda reading: reading.state_name(now_ms))
        return self._measure(one)

    def _is_weather(self, sensor_id: str) -> bool:
        sensor = self._building.sensor(sensor_id)
        return sensor.sensor_type == "weather" and sensor.status == "adopted"

    def _occupancy(self, live: RoomLive) -> Occupancy:
        counted = self._measure(live.values.get("occupancy"))
        if counted.value is not None:
            present = counted.value >= 1
            return Occupancy("counted", counted.value, present, counted.ts_ms, counted.interval_s)
        motion = self._measure(live.values.get("motion"))
        if motion.value is None:
            return UNKNOWN
        present = motion.value > 0 or self._moved(live.room.room_id)
        return Occupancy("motion", None, present, motion.ts_ms, motion.interval_s)

    def _moved(self, room_id: int) -> bool:
        """Whether anything moved lately."""
        keys = [(s.sensor_id, "motion") for s in self._building.sensors_in(room_id)]
        end = from_ms(self._clock.now_ms() + 1)
        found = self._telemetry.history(keys, Period(end - MOTION_FOR, end), level="raw")
        return any(_any_above_zero(history.high) for history in found)


def _any_above_zero(values: Sequence[float | None]) -> bool:
    return any(value is not None and value > 0 for value in values)
