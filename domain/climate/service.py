"""What pages, API and the scheduler ask of room climate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.alarms.service import Alarms
from domain.building.service import Building
from domain.calendar.service import Calendar
from domain.climate import store
from domain.climate.deciding import Wish, decide, may_act, wishes
from domain.climate.looking import Looking, RoomClimate
from domain.climate.loop import Loop
from domain.climate.model import (
    BUILDING,
    Automatic,
    LoggedDecision,
    RoomWeek,
    Standing,
    Status,
    Week,
)
from domain.climate.rows import inputs_used
from domain.climate.week_fields import Fields, checked_week, week_fields
from domain.control.model import Device
from domain.control.service import Control
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

READ, WRITE, CONTROL, VIEW = "rooms.read", "comfort.update", "iot.control", "iot.view"
AT_ONCE = 500
_CHANGED = "The week was changed by somebody else meanwhile. Look at it again before you save."


@dataclass(frozen=True, slots=True)
class Preview:
    """What switching automatic control on would do now, and until when without a renewal."""

    look: RoomClimate
    devices: tuple[Device, ...]
    """Those that can act for the room."""
    status: Status
    why: str
    wishes: tuple[Wish, ...]
    lease_ends_ms: int
    every_ms: int


class Climate:
    """Weeks, advice and automatic control of the rooms of one building."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        building: Building,
        telemetry: Telemetry,
        calendar: Calendar,
        control: Control,
        alarms: Alarms,
    ) -> None:
        self._database = database
        self._clock = clock
        self._building = building
        self._looking = Looking(database, clock, zone, building, telemetry, calendar)
        self._loop = Loop(database, clock, building, control, alarms, self._looking)

    # ---- looking ---------------------------------------------------------------------------

    def look(self, actor: Actor, room_id: int) -> RoomClimate:
        """Band, inputs, advice and automatic control of a room now. Raises NotAllowed, Unknown."""
        actor.require(READ)
        return self._looking.look(room_id)

    def week(self, actor: Actor, room_id: int) -> RoomWeek:
        """The week a room follows, or the building's. Raises NotAllowed, Unknown."""
        actor.require(READ)
        self._known(room_id)
        return self._looking.week(room_id)

    def weeks(self, actor: Actor) -> dict[int, Week]:
        """Every week that somebody has set, by room; `BUILDING` is the building's."""
        actor.require(READ)
        with self._database.read() as c:
            return {room_id: week for room_id, (week, _) in store.read_weeks(c).items()}

    def automatic_rooms(self, actor: Actor) -> frozenset[int]:
        """Rooms whose climate is controlled. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            return frozenset(key for key, found in store.read_automatic(c).items() if found.on)

    def decisions(self, actor: Actor, room_id: int, limit: int = 10) -> list[LoggedDecision]:
        """What was decided for a room, newest first. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return store.list_decisions(c, room_id, limit)

    def all_decisions(self, actor: Actor, room_id: int) -> tuple[int, Iterator[LoggedDecision]]:
        """How many decisions of a room are kept, and each, newest first. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            return store.count_decisions(c, room_id), self._each(room_id)

    def _each(self, room_id: int) -> Iterator[LoggedDecision]:
        before: int | None = None
        while True:
            with self._database.read() as c:
                chunk = store.list_decisions(c, room_id, AT_ONCE, before)
            yield from chunk
            if len(chunk) < AT_ONCE:
                return
            before = chunk[-1].decision_id

    # ---- weeks -----------------------------------------------------------------------------

    def set_week(self, actor: Actor, room_id: int, fields: Fields, version: int) -> RoomWeek:
        """Give a room, or with `BUILDING` all that follow the building, a week of its own.

        `version` is that of the own week it was made from, 0 for none.
        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed meanwhile.
        """
        actor.require(WRITE)
        self._known(room_id)
        week = checked_week(fields)
        with self._database.write() as c:
            before = store.read_week(c, room_id)
            if not store.write_week(c, room_id, week, version):
                raise Conflict(_CHANGED, code="changed_meanwhile")
            was = week_fields(before[0]) if before else None
            record(c, actor, "climate.week", _target(room_id), was, week_fields(week))
        return self._looking.week(room_id)

    def follow_building(self, actor: Actor, room_id: int, version: int) -> RoomWeek:
        """Take a room's own week away, so that it follows the building's.

        Raises NotAllowed, Unknown, Conflict when it was changed meanwhile.
        """
        actor.require(WRITE)
        self._known(room_id)
        with self._database.write() as c:
            before = store.read_week(c, room_id)
            if before is not None:
                if not store.delete_week(c, room_id, version):
                    raise Conflict(_CHANGED, code="changed_meanwhile")
                was = week_fields(before[0])
                record(c, actor, "climate.week", _target(room_id), was, {"follows": "building"})
        return self._looking.week(room_id)

    def configure(self, weeks: Mapping[str, Fields]) -> int:
        """Set weeks by room name, "" for the building, where nobody has set any; how many."""
        with self._database.write() as c:
            if store.read_weeks(c):
                return 0
            for name, fields in weeks.items():
                room_id = self._building.room(name).room_id if name else BUILDING
                store.write_week(c, room_id, checked_week(fields), 0)
        return len(weeks)

    # ---- automatic control -----------------------------------------------------------------

    def preview(self, actor: Actor, room_id: int) -> Preview:
        """What switching automatic control on would do. Raises NotAllowed, Unknown."""
        actor.require(CONTROL)
        look = self._looking.look(room_id)
        now_ms, lease_ms = self._clock.now_ms(), self._loop.lease_ms
        decision = decide(Standing(known_ms=now_ms), look.inputs, now_ms, lease_ms)
        devices = self.acting(room_id)
        return Preview(
            look=look,
            devices=devices,
            status=decision.status,
            why=decision.why,
            wishes=tuple(wishes(devices, decision.status, look.inputs.band)),
            lease_ends_ms=now_ms + lease_ms,
            every_ms=self._loop.every_ms,
        )

    def acting(self, room_id: int) -> tuple[Device, ...]:
        """The devices that can act for a room's climate."""
        return tuple(device for device in self._loop.devices_of(room_id) if may_act(device))

    def switch(self, actor: Actor, room_id: int, *, on: bool) -> Automatic:
        """Let a room's climate be controlled from now on, or no more; its devices are told at once.

        Raises NotAllowed, Unknown, Conflict where the room has no device that could act or
        somebody switched it at the same moment.
        """
        actor.require(CONTROL)
        room = self._building.room(room_id)
        if on and not self.acting(room_id):
            raise Conflict(f"No device in {room.name} can heat or cool.", code="no_device")
        inputs = self._looking.inputs(room_id)
        with self._database.write() as c:
            found = store.read_room(c, room_id)
            if found.on == on:
                return found
            self._switched(c, actor, found, inputs_used(inputs), on=on)
        self._loop.turn(room_id)
        with self._database.read() as c:
            return store.read_room(c, room_id)

    def run(self) -> int:
        """The loop, where it is due; how many rooms it decided about."""
        return self._loop.run()

    def _switched(
        self,
        c: Connection,
        actor: Actor,
        found: Automatic,
        inputs: Mapping[str, object],
        *,
        on: bool,
    ) -> None:
        now_ms = self._clock.now_ms()
        why = f"Automatic control was switched {'on' if on else 'off'} by {actor.name}"
        used = {**inputs, "switched": "on" if on else "off"}
        line = LoggedDecision(0, found.room_id, now_ms, "off", why, actor.name, used)
        after = replace(
            found,
            on=on,
            switched_by=actor.name,
            switched_ms=now_ms,
            standing=Standing("off", None, now_ms),
            decision_id=store.insert_decision(c, line),
            why=why,
        )
        if not store.write_room(c, after):
            raise Conflict("It was switched by somebody else at the same moment.")
        target = _target(found.room_id)
        record(c, actor, "climate.automatic", target, {"on": found.on}, {"on": on})

    def _known(self, room_id: int) -> None:
        if room_id != BUILDING:
            self._building.room(room_id)


def _target(room_id: int) -> str:
    return "building" if room_id == BUILDING else f"room/{room_id}"
