"""What rules look at, read from where it is kept: for the live job and for dry runs alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.access.policy import SYSTEM
from domain.alarms.evaluate import Row
from domain.alarms.model import EventChange
from domain.alarms.service import Alarms
from domain.automation.machine import Price, Seen, Standing, Wiring
from domain.automation.model import Names
from domain.automation.world import Heard, World
from domain.building.service import Building
from domain.calendar.model import Day
from domain.calendar.service import Calendar
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.foundation.intervals import Period
from domain.money.prices import SLOT_MS, PriceTrack
from domain.money.service import Money
from domain.money.tariff import MC_PER_MWH
from domain.telemetry.freshness import hold_ms
from domain.telemetry.service import Telemetry

LOOK_BACK_MS = 3_600_000
"""How far before its beginning a rule looks for readings that still stand then."""
DAY_MS = 86_400_000
_DAYS_AT_ONCE = 40


class Prices:
    """Import prices with taxes, read day by day as they are asked for."""

    def __init__(self, money: Money) -> None:
        self._money = money
        self._tracks: dict[int, PriceTrack] = {}

    def __call__(self, at_ms: int) -> Price | None:
        """What electricity costs at a moment; None where nobody knows."""
        day = at_ms // DAY_MS
        if day not in self._tracks:
            period = Period.of_ms(day * DAY_MS, (day + 1) * DAY_MS)
            self._tracks[day] = self._money.tariffs.prices("import", period)
        track, slot = self._tracks[day], at_ms % DAY_MS // SLOT_MS
        cost = float(track.gross[slot])
        if np.isnan(cost):
            return None
        return Price(cost / MC_PER_MWH, bool(track.estimated[slot]))


class Days:
    """Days of the one calendar, read some weeks at a time."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[date, Day] = {}

    def __call__(self, day: date) -> Day:
        """Which day it is."""
        if day not in self._known:
            first = day - timedelta(days=2)
            listed = self._calendar.days(first, first + timedelta(days=_DAYS_AT_ONCE))
            self._known |= {one.date: one for one in listed}
        return self._known[day]


@dataclass(frozen=True)
class Asked:
    """What a rule looks at, and after when its series are read."""

    wiring: Wiring
    standing: Standing

    def after_ms(self) -> dict[int, int]:
        """After when each series is read, by id."""
        last, begun_ms = self.standing.last, self.standing.begun_ms
        return {
            key: last[key][0] if key in last else begun_ms - max(hold, LOOK_BACK_MS)
            for key, hold in self.wiring.series_ids.items()
        }


class Gathering:
    """Reads for rules; nothing is kept from one round to the next."""

    def __init__(
        self,
        clock: Clock,
        zone: ZoneInfo,
        telemetry: Telemetry,
        building: Building,
        calendar: Calendar,
        money: Money,
        alarms: Alarms,
        control: Control,
        currency: str,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._telemetry = telemetry
        self._building = building
        self._calendar = calendar
        self._money = money
        self._alarms = alarms
        self._control = control
        self._sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency.upper(), currency.upper())

    def world(self) -> World:
        """The building as rules see it now."""
        sensors = {
            sensor.sensor_id: sensor
            for entry in self._building.sensors_told()[0]
            if (sensor := entry.sensor).status != "hidden"
        }
        series = {
            one.key: Heard(
                series_id=one.series_id,
                sensor_id=one.sensor_id,
                metric=one.metric,
                room_id=sensors[one.sensor_id].room_id,
                hold_ms=0 if one.virtual else hold_ms(one.interval_s),
                virtual=one.virtual,
                adopted=sensors[one.sensor_id].status == "adopted",
            )
            for one in self._telemetry.series()
            if one.sensor_id in sensors and one.kind != "counter"
        }
        devices = {now.device.device_id: now.device for now in self._control.devices(SYSTEM)}
        names = Names(
            rooms={room.room_id: room.name for room in self._building.rooms()},
            sensors={key: sensor.name for key, sensor in sensors.items()},
            devices={key: device.name for key, device in devices.items()},
            money=self._sign,
        )
        return World(names, series, devices)

    def round(self, asked: Sequence[Asked], until_ms: int, world: World) -> Round:
        """Read what all of these look at up to a moment, at once."""
        after: dict[int, int] = {}
        for one in asked:
            for key, at_ms in one.after_ms().items():
                after[key] = min(at_ms, after.get(key, at_ms))
        virtual = {heard.series_id for heard in world.series.values() if heard.virtual}
        sums = self._telemetry.sums_after(
            {key: at_ms for key, at_ms in after.items() if key in virtual}, until_ms
        )
        rows: dict[int, Sequence[Row]] = dict(
            self._telemetry.readings_after(
                {key: at_ms for key, at_ms in after.items() if key not in virtual}, until_ms
            )
        )
        rows |= {key: stretch.rows for key, stretch in sums.items()}
        known = {key: stretch.until_ms for key, stretch in sums.items()}
        return Round(rows, known, self._zone, Days(self._calendar), Prices(self._money))

    def changes(self, after_step: int, after_ms: int, until_ms: int) -> list[EventChange]:
        """Events that rang or were over in (after, until], of the steps beyond a number."""
        return self._alarms.changes(after_step, after_ms, until_ms)

    def newest_step(self) -> int:
        """The number of the newest change of any event."""
        return self._alarms.newest_step()


@dataclass
class Round:
    """What was read for some rules; `known` is up to when each virtual meter is known."""

    rows: Mapping[int, Sequence[Row]]
    known: Mapping[int, int]
    zone: ZoneInfo
    days: Days
    prices: Prices

    def seen(self, asked: Asked, until_ms: int, changes: Iterable[EventChange] = ()) -> Seen:
        """What one rule sees of it, up to the moment at which all of it is known."""
        after = asked.after_ms()
        until_ms = min([until_ms, *(self.known[key] for key in after if key in self.known)])
        rows = {key: _between(self.rows.get(key, ()), at_ms, until_ms)
                for key, at_ms in after.items()}  # fmt: skip
        told = tuple(change for change in changes if change.at_ms <= until_ms)
        return Seen(until_ms, self.zone, rows, self.days, self.prices, told)


def _between(rows: Sequence[Row], after_ms: int, until_ms: int) -> Sequence[Row]:
    low = bisect_right(rows, after_ms, key=lambda row: row[0])
    high = bisect_right(rows, until_ms, key=lambda row: row[0])
    return rows if (low, high) == (0, len(rows)) else rows[low:high]
