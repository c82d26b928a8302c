"""Which band holds at a moment, why, and when the next one follows. Pure.

Local time and kind of day come from outside: the building's zone, and the one calendar. Hours begin
and end on quarter hours, as every zone's offset does, so that looking at each quarter is exact.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.building.comfort import Comfort
from domain.calendar.model import Day
from domain.climate.model import DAY_MINUTES, Band, Hours, RoomWeek, Week
from domain.foundation.clock import from_ms

QUARTER_MS = 900_000
AHEAD_DAYS = 15
"""How far a following band is looked for."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPECIAL = {"holiday": "holiday", "closure": "closure", "saturday": "sat", "sunday": "sun"}
_FRIDAY = 4
Days = Mapping[date, Day]
"""Kinds of the days that are looked at."""


def day_key(day: Day) -> str:
    """Which of a week's days a day counts as: what the calendar says, not the weekday alone.

    A Saturday or Sunday that the calendar makes a working day counts as a Friday.
    """
    special = _SPECIAL.get(day.day_type)
    return special or _WEEKDAYS[min(day.date.weekday(), _FRIDAY)]


def band_at(found: RoomWeek, comfort: Comfort, day: Day, minute: int) -> Band:
    """The band of a minute of a local day; comfort hours take the room's own comfort limits."""
    key = day_key(day)
    held = next((hours for hours in found.week.hours if hours.holds(key, minute)), None)
    if held is None:
        return _setback(found.week, comfort, day, key)
    if held.kind == "own" and held.low_c is not None and held.high_c is not None:
        return Band("own", held.low_c, held.high_c, f"Own band: {_when(held, day)}")
    why = f"Comfort: {_when(held, day)}"
    if found.source == "none":
        why = "Comfort: no hours are set, so it holds at any time"
    return Band("comfort", comfort.temperature_low, comfort.temperature_high, why)


def band_now(found: RoomWeek, comfort: Comfort, days: Days, zone: ZoneInfo, now_ms: int) -> Band:
    """The band that holds at a moment; `days` tells its local day."""
    local = from_ms(now_ms).astimezone(zone)
    return band_at(found, comfort, days[local.date()], _minute(local))


def next_band(
    found: RoomWeek, comfort: Comfort, days: Days, zone: ZoneInfo, now_ms: int
) -> tuple[int, Band] | None:
    """When another band follows and which; None where none does in the days that are told."""
    if found.source == "none":
        return None
    present = band_now(found, comfort, days, zone, now_ms)
    at_ms = (now_ms // QUARTER_MS + 1) * QUARTER_MS
    while True:
        local = from_ms(at_ms).astimezone(zone)
        day = days.get(local.date())
        if day is None:
            return None
        band = band_at(found, comfort, day, _minute(local))
        if (band.kind, band.low_c, band.high_c) != (present.kind, present.low_c, present.high_c):
            return at_ms, band
        at_ms += QUARTER_MS


def days_needed(zone: ZoneInfo, now_ms: int) -> tuple[date, date]:
    """The first local day that the questions of a moment ask about, and the one after the last."""
    today = from_ms(now_ms).astimezone(zone).date()
    return today, today + timedelta(days=AHEAD_DAYS)


def clock(minute: int) -> str:
    """`07:00`; the end of a day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _when(hours: Hours, day: Day) -> str:
    if (hours.from_minute, hours.to_minute) == (0, DAY_MINUTES):
        return f"all {_name(day)}"
    return f"{_name(day)} {clock(hours.from_minute)} to {clock(hours.to_minute)}"


def _name(day: Day) -> str:
    """`Tuesday`, `public holiday (Liberation Day)`."""
    if day.day_type == "holiday":
        return f"public holiday ({day.label})" if day.label else "public holiday"
    if day.day_type == "closure":
        return f"closure ({day.label})" if day.label else "closure"
    return f"{day.date:%A}"


def _setback(week: Week, comfort: Comfort, day: Day, key: str) -> Band:
    """Never narrower than the comfort band: setting back asks for less, not for more."""
    low = min(week.setback_low_c, comfort.temperature_low)
    high = max(week.setback_high_c, comfort.temperature_high)
    spans = sorted(
        (hours.from_minute, hours.to_minute) for hours in week.hours if key in hours.days
    )
    if spans:
        listed = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in spans)
        why = f"Setback: outside {listed}"
    elif day.day_type in ("holiday", "closure"):
        why = f"Setback: {_name(day)}"
    else:
        why = f"Setback: closed on {_name(day)}"
    return Band("setback", low, high, why)
