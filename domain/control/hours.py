"""The hourly instructions of devices: who reads and changes them, and what they allow now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.control import device_store, instruction_store
from domain.control.instruction_store import EVERY_DAY, StoredHours
from domain.control.instructions import (
    HOURS,
    UNSET,
    WORDS,
    Participation,
    barred_words,
    checked_letters,
    effective,
    local_hours,
    spoken,
    with_hours,
)
from domain.control.model import Device
from domain.control.registry import CONTROL, VIEW
from domain.foundation.clock import Clock, from_ms
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.foundation.intervals import Period, local_date
from domain.storage.engine import Database

MOST_ROWS = 20_000
"""Days of devices in one saving."""
DAYS_BACK, DAYS_AHEAD = 31, 731
"""How far from today a date may lie."""
LONGEST_DAYS = 31
_NOTHING = StoredHours("", 0)


@dataclass(frozen=True, slots=True)
class DayHours:
    """A device's 24 letters of a day; `own` where the date has hours of its own."""

    hours: str
    own: bool
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One device's day as somebody wants it: `day` None is every day.

    `hours` None lets a date follow every day again; `version` None writes over what is there.
    """

    device_id: str
    day: date | None
    hours: str | None
    version: int | None = None


class Hours:
    """Standing hours per device, and the dates that differ."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    # ---- looking ---------------------------------------------------------------------------

    def today(self) -> date:
        """The building's day."""
        return local_date(self._clock.now(), self._zone)

    def of_days(
        self, actor: Actor, days: Sequence[date | None], device_ids: Iterable[str]
    ) -> dict[tuple[str, date | None], DayHours]:
        """Hours of dates, None for every day, of some devices. Raises NotAllowed, InvalidInput."""
        actor.require(VIEW)
        for day in days:
            self._check_day(day)
        named = list(device_ids)
        with self._database.read() as c:
            keys = {EVERY_DAY, *map(_key, days)}
            stored = instruction_store.read_hours(c, keys, named)
        return {(one, day): _day_hours(stored, one, day) for one in named for day in days}

    def of(self, actor: Actor, device_id: str, day: date | None) -> DayHours:
        """One device's hours. Raises NotAllowed, Unknown, InvalidInput."""
        actor.require(VIEW)
        self._check_day(day)
        with self._database.read() as c:
            _devices(c, [device_id])
            stored = instruction_store.read_hours(c, {EVERY_DAY, _key(day)}, [device_id])
        return _day_hours(stored, device_id, day)

    # ---- changing --------------------------------------------------------------------------

    def instruct(
        self, actor: Actor, device_id: str, day: date | None, hours: Mapping[str, object]
    ) -> DayHours:
        """Change the named hours of one device, as the original's grid says them.

        Raises NotAllowed, Unknown, InvalidInput with one entry per wrong hour or word.
        """
        before = self.of(actor, device_id, day)
        wanted = with_hours(before.hours, hours)
        self.save(actor, [Change(device_id, day, wanted, before.version)])
        return self.of(actor, device_id, day)

    def save(self, actor: Actor, changes: Sequence[Change]) -> int:
        """Write days of devices, all or none, with an audit row per device; how many changed.

        Raises NotAllowed, Unknown, InvalidInput, and Conflict `hours_changed` naming the devices
        whose hours somebody else has changed since `version`.
        """
        actor.require(CONTROL)
        if len(changes) > MOST_ROWS:
            raise InvalidInput(f"At most {MOST_ROWS} days of devices at once.")
        for change in changes:
            self._check_day(change.day)
            if change.hours is not None:
                checked_letters(change.hours)
        with self._database.write() as c:
            devices = _devices(c, {change.device_id for change in changes})
            if any(device.device_type == "battery" for device in devices.values()):
                actor.require("batteries.control")
            return self._write(c, actor, changes, devices)

    def _write(
        self,
        c: Connection,
        actor: Actor,
        changes: Sequence[Change],
        devices: Mapping[str, Device],
    ) -> int:
        days = {EVERY_DAY, *(_key(change.day) for change in changes)}
        stored = instruction_store.read_hours(c, days, devices)
        overtaken: dict[str, None] = {}
        told: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        changed = 0
        for change in changes:
            key = change.device_id, _key(change.day)
            before = stored.get(key, _NOTHING)
            expected = before.version if change.version is None else change.version
            if expected != before.version:
                overtaken[devices[change.device_id].name] = None
                continue
            hours = _stored(change)
            if hours == (before.hours or _unwritten(change)):
                continue
            if not instruction_store.put_hours(c, *key, hours, expected):
                overtaken[devices[change.device_id].name] = None
                continue
            was, now = told.setdefault(change.device_id, ({}, {}))
            day = key[1] or "every day"
            was[day], now[day] = _audited(before.hours, change.day), _audited(hours, change.day)
            changed += 1
        if overtaken:
            names = ", ".join(list(overtaken)[:5])
            more = f" and {len(overtaken) - 5} more" if len(overtaken) > 5 else ""
            message = f"Somebody else has changed the hours of {names}{more} meanwhile."
            raise Conflict(message, code="hours_changed")
        for device_id, (was, now) in told.items():
            record(c, actor, "control.hours", f"device/{device_id}", dict(was), dict(now))
        return changed

    # ---- for those beside ------------------------------------------------------------------

    def barred(self, c: Connection, devices: Mapping[str, Device], now_ms: int) -> dict[str, str]:
        """Devices that demand response may not touch now, each with why."""
        local = from_ms(now_ms).astimezone(self._zone)
        day = local.date()
        stored = instruction_store.read_hours(c, {EVERY_DAY, _key(day)}, devices)
        found = {}
        for device_id, device in devices.items():
            word = WORDS[_day_hours(stored, device_id, day).hours[local.hour]]
            why = barred_words(word, dr_enabled=device.dr_enabled)
            if why is not None:
                found[device_id] = why
        return found

    def participation(self, device_id: str, period: Period) -> list[Participation]:
        """What demand response may do with a device, hour by hour of the building's clock.

        Raises Unknown, and InvalidInput for more than 31 days.
        """
        if period.duration_s > LONGEST_DAYS * 86_400:
            words = f"at most {LONGEST_DAYS} days"
            raise InvalidInput(f"period: {words}.", [FieldError("period", words, LONGEST_DAYS)])
        spans = local_hours(period, self._zone)
        with self._database.read() as c:
            device = _devices(c, [device_id])[device_id]
            days = {EVERY_DAY, *(_key(span.day) for span in spans)}
            stored = instruction_store.read_hours(c, days, [device_id])
        found = []
        for span in spans:
            word = WORDS[_day_hours(stored, device_id, span.day).hours[span.hour]]
            meant = effective(word, dr_enabled=device.dr_enabled)
            found.append(Participation(span.start_ms, span.end_ms, meant))
        return found

    def _check_day(self, day: date | None) -> None:
        if day is None:
            return
        today = self.today()
        first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
        if not first <= day <= last:
            words = f"{first.isoformat()} to {last.isoformat()}"
            limit = [first.isoformat(), last.isoformat()]
            raise InvalidInput(f"date: {words}.", [FieldError("date", words, limit)])


def _devices(c: Connection, device_ids: Iterable[str]) -> dict[str, Device]:
    """These devices by id. Raises Unknown."""
    wanted = set(device_ids)
    found = {d.device_id: d for d in device_store.read_devices(c) if d.device_id in wanted}
    for missing in sorted(wanted - set(found)):
        raise Unknown("device", missing[:64])
    return found


def _key(day: date | None) -> str:
    return EVERY_DAY if day is None else day.isoformat()


def _day_hours(
    stored: Mapping[tuple[str, str], StoredHours], device_id: str, day: date | None
) -> DayHours:
    standing = stored.get((device_id, EVERY_DAY), _NOTHING)
    if day is None:
        return DayHours(standing.hours or UNSET, True, standing.version)
    own = stored.get((device_id, _key(day)), _NOTHING)
    return DayHours(own.hours or standing.hours or UNSET, bool(own.hours), own.version)


def _stored(change: Change) -> str:
    if change.hours is not None:
        return change.hours
    return UNSET if change.day is None else ""


def _unwritten(change: Change) -> str:
    """What a day that nobody has written yet holds; a date of all defaults is still its own."""
    return UNSET if change.day is None else ""


def _audited(hours: str, day: date | None) -> str:
    if hours:
        return spoken(hours)
    return "every hour default" if day is None else "as every day"


def hours_changed(before: str, after: str) -> int:
    """In how many hours two days differ."""
    return sum(before[hour] != after[hour] for hour in range(HOURS))
