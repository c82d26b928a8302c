"""Today's energy beside other days, the peaks of a month, and energy per room. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.building.energy_slots import Totals
from domain.building.model import USES, Sensor
from domain.foundation.intervals import Period

COMPARABLE_SHARE = 0.01
"""A base below this share of the value compares nothing."""
TIMES_FROM = 4
"""From so many times on, "5 times as much" says more than a percentage."""
COMPARABLE_COVERAGE = 0.97
"""Below this share measured, "6 % less" would speak of the gaps and not of the building."""


@dataclass(frozen=True, slots=True)
class Today:
    """Totals of today so far and of the same clock times yesterday and a week ago."""

    period: Period
    totals: Totals
    yesterday: Totals
    last_week: Totals
    weekday: str

    def change(self, name: str, other: Totals) -> str:
        """`6 % less`, `5 times as much`, `4 points up`; empty where they cannot be compared."""
        here, there = getattr(self.totals, name), getattr(other, name)
        covered = min(_coverage(self.totals, name), _coverage(other, name))
        if here is None or there is None or covered < COMPARABLE_COVERAGE:
            return ""
        return _points(here, there) if name.startswith("self_") else change_words(here, there)

    def sentence(self, name: str, other: Totals, when: str) -> str:
        """The change with what it is compared to; empty where it cannot be told."""
        words = self.change(name, other)
        if not words:
            return ""
        return f"{words} {'as' if words.endswith('as much') else _preposition(name)} {when}"

    def frame(self) -> dict[str, object]:
        """Today's figures as pushed to open pages; percent, kWh, words."""
        totals = self.totals
        return {
            "consumption_kwh": totals.consumption_kwh,
            "generation_kwh": totals.generation_kwh,
            "import_kwh": totals.import_kwh,
            "export_kwh": totals.export_kwh,
            "self_sufficiency_percent": _percent(totals.self_sufficiency),
            "self_consumption_percent": _percent(totals.self_consumption),
            "coverage": totals.coverage,
            **{
                f"{name}_change": self.change(name, self.last_week)
                for name in (
                    "consumption_kwh",
                    "generation_kwh",
                    "self_sufficiency",
                    "self_consumption",
                )
            },
        }


@dataclass(frozen=True, slots=True)
class DayPeak:
    """Highest 15-minute mean import of one local day [kW]; None where nothing was measured."""

    day_ms: int
    ts_ms: int
    kw: float | None


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The days of a month so far, the last one being today."""

    days: tuple[DayPeak, ...]

    @property
    def highest(self) -> DayPeak | None:
        """The day with the month's peak; None while nothing was imported or measured."""
        measured = [day for day in self.days if day.kw]
        return max(measured, key=lambda day: day.kw or 0.0, default=None)

    @property
    def today(self) -> DayPeak | None:
        """Today's peak so far."""
        return self.days[-1] if self.days else None

    def frame(self) -> dict[str, object]:
        """As pushed to open pages."""
        highest, today = self.highest, self.today
        return {
            "kw": highest.kw if highest else None,
            "ts_ms": highest.ts_ms if highest else None,
            "today_kw": today.kw if today else None,
        }


@dataclass(frozen=True, slots=True)
class RoomEnergy:
    """Energy of one room's submeters in a span [kWh]; incomplete when one measured nothing."""

    room_id: int
    name: str
    kwh: float
    by_use: Mapping[str, float]
    complete: bool


@dataclass(frozen=True, slots=True)
class RoomsEnergy:
    """Energy of a span by room and use [kWh].

    Rooms, submeters in no room and the unmetered rest sum to consumption plus `exceeds_kwh`.
    """

    rooms: tuple[RoomEnergy, ...]
    no_room: Mapping[str, float]
    """Submeters that belong to no room, by use."""
    unmetered_kwh: float | None
    exceeds_kwh: float | None
    consumption_kwh: float | None


def share_out(
    submeters: Sequence[Sensor],
    kwh: Mapping[str, float | None],
    names: Mapping[int, str],
    totals: Totals,
) -> RoomsEnergy:
    """Sum submeters by room and use; the rest is what the main meter saw beyond them."""
    by_room: dict[int | None, dict[str, float]] = {}
    silent = {sensor.room_id for sensor in submeters if kwh.get(sensor.sensor_id) is None}
    for sensor in submeters:
        use = sensor.use if sensor.use in USES else "other"
        room = by_room.setdefault(sensor.room_id, {})
        room[use] = room.get(use, 0.0) + max(0.0, kwh.get(sensor.sensor_id) or 0.0)
    rooms = [
        RoomEnergy(
            room_id,
            names.get(room_id, f"Room {room_id}"),
            sum(uses.values()),
            uses,
            room_id not in silent,
        )
        for room_id, uses in by_room.items()
        if room_id is not None
    ]
    metered = sum(sum(uses.values()) for uses in by_room.values())
    rest = None
    if totals.consumption_kwh is not None and not totals.estimated:
        rest = totals.consumption_kwh - metered
    return RoomsEnergy(
        rooms=tuple(sorted(rooms, key=lambda room: (-room.kwh, room.name))),
        no_room=by_room.get(None, {}),
        unmetered_kwh=None if rest is None else max(0.0, rest),
        exceeds_kwh=None if rest is None else max(0.0, -rest),
        consumption_kwh=totals.consumption_kwh,
    )


def change_words(here: float, there: float) -> str:
    """`6 % less`, `5 times as much`, `as much`; empty where the base compares nothing."""
    if there <= 0 or there < here * COMPARABLE_SHARE:
        return ""
    if here / there >= TIMES_FROM:
        return f"{round(here / there)} times as much"
    percent = round(abs(here / there - 1) * 100)
    if percent == 0:
        return "as much"
    return f"{percent} % {'more' if here > there else 'less'}"


def _coverage(totals: Totals, name: str) -> float:
    return totals.generation_coverage if name == "generation_kwh" else totals.coverage


def _points(here: float, there: float) -> str:
    points = round(here * 100) - round(there * 100)
    if points == 0:
        return "as much"
    return f"{abs(points)} point{'s' if abs(points) != 1 else ''} {'up' if points > 0 else 'down'}"


def _preposition(name: str) -> str:
    return "on" if name.startswith("self_") else "than"


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
