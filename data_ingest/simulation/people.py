"""Where people are, day by day: arrivals, meetings, lunch, weekends, holidays."""

from dataclasses import dataclass
from datetime import date

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_ingest.simulation import layout
from data_ingest.simulation.noise import Array
from data_ingest.simulation.weather import Place

SLOT_S = 300
SLOTS = 288
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
AWAY = -1
_HOMES = (
    ("Studio", 12),
    ("Open office North", 29),
    ("Open office South", 28),
    ("Lab", 8),
    ("Reception", 4),
    ("Canteen", 3),
)
_OFFICE_ROOMS = tuple(layout.ROOM_INDEX[n] for n in ("Studio", "Open office North",
                                                     "Open office South", "Lab"))  # fmt: skip
# room, meetings wanted per working day, most people, five-minute slots a meeting may last
_MEETINGS = (
    ("Meeting 1.1", 6, 8, (6, 12, 12, 18)),
    ("Meeting 1.2", 5, 6, (6, 6, 12)),
    ("Boardroom", 2, 12, (12, 18, 24)),
    ("Library", 4, 4, (6, 12, 18)),
    ("Training room", 2, 18, (18, 24, 30)),
)
_PEOPLE = sum(count for _, count in _HOMES) + 2  # two cleaners
_CLEANERS = (_PEOPLE - 2, _PEOPLE - 1)


@dataclass(frozen=True)
class Day:
    """One local day in five-minute slots: people per room, kWh wanted by the plugged-in car."""

    people: Array
    car_kwh: Array
    cooking: Array
    open_office: bool


class Calendar:
    """Days of one seeded building, made on demand and kept."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._holidays = holidays.country_holidays("PT")
        self._days: dict[int, Day] = {}

    def day(self, ordinal: int) -> Day:
        """The local day with this proleptic ordinal; the same whoever asks, whenever."""
        if ordinal not in self._days:
            if len(self._days) > 1000:
                self._days.clear()
            self._days[ordinal] = self._make(ordinal)
        return self._days[ordinal]

    def is_workday(self, day: date) -> bool:
        """True on weekdays that are no public holiday."""
        return day.weekday() < 5 and day not in self._holidays

    def _make(self, ordinal: int) -> Day:
        day = date.fromordinal(ordinal)
        random = np.random.default_rng([self._place.seed, ordinal])
        workday = self.is_workday(day)
        where = _presence(random, day, workday)
        if workday:
            _meetings(random, where)
            _lunch(random, where)
            _cleaning(where)
        people = np.stack(
            [np.count_nonzero(where == room, axis=0) for room in range(layout.ROOM_COUNT)], axis=1
        ).astype(np.float64)
        return Day(people, _cars(random, workday), _cooking(random, people, workday), workday)


def _presence(random: np.random.Generator, day: date, workday: bool) -> NDArray[np.int8]:
    """Home room of each person in each slot, AWAY before arrival and after leaving."""
    share = 0.025
    if workday:
        share = (0.80, 0.88, 0.89, 0.87, 0.68)[day.weekday()]
        if day.month == 8:
            share *= 0.62
        elif (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 3):
            share *= 0.45
    homes = np.concatenate([np.full(n, layout.ROOM_INDEX[name]) for name, n in _HOMES])
    early = np.where(homes == layout.ROOM_INDEX["Canteen"], -18.0, 0.0)
    early = np.where(homes == layout.ROOM_INDEX["Reception"], -8.0, early)
    count = homes.size
    comes = random.random(count) < share
    arrives = random.normal(106.0, 7.0, count) + early
    leaves = random.normal(215.0, 9.0, count) + early + np.where(random.random(count) < 0.08, 18, 0)
    if not workday:  # somebody drops in for a few hours
        arrives = random.normal(128.0, 15.0, count)
        leaves = arrives + random.uniform(12.0, 48.0, count)
    slot = np.arange(SLOTS)
    inside = comes[:, None] & (slot >= arrives[:, None]) & (slot < leaves[:, None])
    where = np.full((_PEOPLE, SLOTS), AWAY, dtype=np.int8)
    where[:count] = np.where(inside, homes[:, None], AWAY)
    return where


def _meetings(random: np.random.Generator, where: NDArray[np.int8]) -> None:
    """Moves people of the offices into meeting rooms; nobody is in two places."""
    for name, wanted, most, lengths in _MEETINGS:
        room = layout.ROOM_INDEX[name]
        for begin in random.choice(np.arange(109, 204, 3), size=wanted, replace=False):
            until = int(begin) + int(random.choice(lengths))
            if until > 213 or np.any(where[:, begin:until] == room):
                continue
            free = np.all(np.isin(where[:, begin:until], _OFFICE_ROOMS), axis=1).nonzero()[0]
            size = min(int(random.integers(2, most + 1)), free.size // 3)
            if size >= 2:
                chosen = random.choice(free, size=size, replace=False)
                where[chosen, begin:until] = room


def _lunch(random: np.random.Generator, where: NDArray[np.int8]) -> None:
    """Lunch between 12:15 and 14:10, most of it in the canteen."""
    canteen = layout.ROOM_INDEX["Canteen"]
    begins = np.clip(random.normal(152.0, 5.0, _PEOPLE), 146, 164)
    lasts = random.uniform(6.0, 9.5, _PEOPLE)
    place = np.where(random.random(_PEOPLE) < 0.74, canteen, AWAY)
    slot = np.arange(SLOTS)
    eating = (slot >= begins[:, None]) & (slot < (begins + lasts)[:, None])
    eating &= np.isin(where, _OFFICE_ROOMS)
    where[:] = np.where(eating, place[:, None], where)


def _cleaning(where: NDArray[np.int8]) -> None:
    """Two cleaners go through all rooms but the server room from 19:00."""
    for which, cleaner in enumerate(_CLEANERS):
        for stop, room in enumerate(range(which, layout.ROOM_COUNT - 1, 2)):
            begin = 228 + stop * 4
            where[cleaner, begin : begin + 4] = room


def _cars(random: np.random.Generator, workday: bool) -> Array:
    """Energy that the car at the charger wants [kWh], while it is plugged in."""
    wants = np.zeros(SLOTS)
    if workday:
        for begin, until in ((106, 152), (160, 216)):
            if random.random() < 0.8:
                came = begin + int(random.integers(0, 10))
                wants[came : until - int(random.integers(4, 9))] = random.uniform(12.0, 40.0)
    return wants


def _cooking(random: np.random.Generator, people: Array, workday: bool) -> Array:
    """Share of the kitchen's hobs and ovens in use, from 10:30, after how many come to eat."""
    share = np.zeros(SLOTS)
    if workday:
        guests = people[:, layout.ROOM_INDEX["Canteen"]].max()
        slot = np.arange(SLOTS)
        share = np.exp(-(((slot - 145.0) / 11.0) ** 2)) * min(guests / 40.0, 1.3)
        share += 0.25 * np.exp(-(((slot - 112.0) / 6.0) ** 2))
        share = np.where((slot > 100) & (slot < 170), share, 0.0) * random.uniform(0.85, 1.1)
    return share


@dataclass(frozen=True)
class Presence:
    """People and their doings during steps; `people` has a column per room."""

    people: Array
    coming: Array
    car_kwh: Array
    cooking: Array
    open_office: Array
    local_hour: Array


def presence(calendar: Calendar, timezone: str, begins_s: Array, step_s: float) -> Presence:
    """What the calendar says of steps from these UTC epoch seconds (1-D) on.

    Counts are means over the slots a step touches, the rest is as in its middle; `coming` is
    people moving per minute.
    """
    parts = max(1, round(step_s / SLOT_S))
    moments = begins_s[:, None] + (np.arange(parts) + 0.5) * (step_s / parts)
    local = pd.to_datetime(moments.reshape(-1), unit="s", utc=True).tz_convert(timezone)
    seconds = local.tz_localize(None).as_unit("s").asi8.reshape(moments.shape)
    ordinals, slots = seconds // 86_400 + _EPOCH_ORDINAL, (seconds % 86_400) // SLOT_S
    first = int(ordinals.min())
    days = [calendar.day(o) for o in range(first, int(ordinals.max()) + 1)]
    row = (ordinals - first) * SLOTS + slots
    people = np.concatenate([d.people for d in days])
    moves = np.abs(np.diff(people, axis=0, prepend=people[:1])).sum(axis=1) / (SLOT_S / 60.0)
    middle = parts // 2
    return Presence(
        people=people[row].mean(axis=1),
        coming=moves[row].mean(axis=1),
        car_kwh=np.concatenate([d.car_kwh for d in days])[row[:, middle]],
        cooking=np.concatenate([d.cooking for d in days])[row].mean(axis=1),
        open_office=np.array([float(d.open_office) for d in days])[ordinals[:, middle] - first],
        local_hour=(seconds[:, middle] % 86_400) / 3600.0,
    )
