"""What the building has and how it is now: the questions every page asks, answered from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.building import store
from domain.building.live import StateOf, room_live
from domain.building.memory import LatestBySensor, LatestIndex, Memory
from domain.building.model import (
    BuildingChange,
    BuildingSettings,
    Floor,
    Room,
    RoomLive,
    Sensor,
    SensorPage,
    SensorQuery,
    SensorRow,
    room_id_of,
)
from domain.building.sensor_list import Entry, entries_of, sensor_page
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force
from domain.foundation.errors import Unknown
from domain.storage.engine import Database
from domain.telemetry.model import Latest, Newest
from domain.telemetry.service import Telemetry

Snapshot = Mapping[str, object]
Beside = Callable[[Connection, BuildingChange], None]


class Catalogue:
    """Rooms and sensors to read; `_change` is the door through which the edits go."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        telemetry: Telemetry,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._telemetry = telemetry
        self.zone = zone
        self._memory = Memory(database)
        self._beside: list[Beside] = []
        self._index = LatestIndex()

    def settings(self) -> BuildingSettings:
        """Name and default comfort limits."""
        return self._memory.get().settings

    def name(self) -> str:
        """What the building is called."""
        return self.settings().name

    def rooms(self) -> tuple[Room, ...]:
        """All rooms, top floor first, then by name."""
        return self._memory.get().rooms

    def floors(self) -> tuple[Floor, ...]:
        """The rooms by floor, top floor first."""
        by_floor = groupby(self.rooms(), key=lambda room: (room.floor, room.floor_order))
        return tuple(Floor(name, order, tuple(rooms)) for (name, order), rooms in by_floor)

    def room(self, key: int | str) -> Room:
        """A room by its name, in any case, or by its id. Raises Unknown."""
        memory = self._memory.get()
        found = memory.room_by_key.get(store.name_key(key)) if isinstance(key, str) else None
        room_id = room_id_of(key) if isinstance(key, str) else key
        if found is None and room_id is not None:
            found = memory.room_by_id.get(room_id)
        if found is None:
            raise Unknown("room", key)
        return found

    def sensor(self, sensor_id: str) -> Sensor:
        """A sensor by its id, hidden or not. Raises Unknown."""
        found = self._memory.get().sensors.get(sensor_id)
        if found is None:
            raise Unknown("sensor", sensor_id)
        return found

    def sensors_in(self, room_id: int) -> tuple[Sensor, ...]:
        """The sensors assigned to a room by id, adopted and discovered, without the hidden ones."""
        members = self._memory.get().in_room.get(room_id, ())
        return tuple(sensor for sensor in members if sensor.status != "hidden")

    def sensors(self, query: SensorQuery) -> SensorPage:
        """A page of the sensor list, with live values, ages and states as of now."""
        latest, unknown = self._latest(), self._unknown_state()
        return sensor_page(query, self._memory.get().entries, latest, self._state_of(), unknown)

    def sensors_told(self) -> tuple[tuple[Entry, ...], LatestBySensor]:
        """What `sensors` answers from, for who keeps what they made of it.

        All sensors by id, replaced as a whole when one changes; and newest values, as the
        contract in force shares them.
        """
        return self._memory.get().entries, self._latest()

    def sensor_row(self, sensor_id: str) -> SensorRow:
        """One sensor as the list shows it, hidden or not. Raises Unknown."""
        sensor = self.sensor(sensor_id)
        entries = entries_of([sensor], self._memory.get().placement)
        query = SensorQuery(state="hidden" if sensor.status == "hidden" else None)
        latest, unknown = self._latest(), self._unknown_state()
        return sensor_page(query, entries, latest, self._state_of(), unknown).rows[0]

    def sensor_type(self, sensor_id: str) -> str | None:
        """The type of a registered or discovered sensor; None for one never heard of."""
        found = self._memory.get().sensors.get(sensor_id)
        return found.sensor_type if found else None

    def is_hidden(self, sensor_id: str) -> bool:
        """Whether somebody has taken a sensor out of every list."""
        found = self._memory.get().sensors.get(sensor_id)
        return found is not None and found.status == "hidden"

    def meters(self) -> tuple[Sensor, ...]:
        """Every adopted sensor that counts in a total, by id."""
        return self._memory.get().meters

    def placement(self) -> Mapping[str, Room | None]:
        """Where each registered sensor is; do not change what you get."""
        return self._memory.get().placement

    def live_rooms(self) -> list[RoomLive]:
        """Every room now, in the order of `rooms()`."""
        return [self._room_live(room) for room in self.rooms()]

    def room_live(self, room_id: int) -> RoomLive:
        """One room now. Raises Unknown."""
        return self._room_live(self.room(room_id))

    def _room_live(self, room: Room) -> RoomLive:
        members = self._memory.get().in_room.get(room.room_id, ())
        adopted = [sensor for sensor in members if sensor.status == "adopted"]
        return room_live(room, adopted, self._latest(), self._state_of(), self._clock.now_ms())

    def _latest(self) -> LatestBySensor:
        latest = self._telemetry.latest()
        if not latest:  # nothing yet, or withheld: no index of it may be kept for others
            return LatestBySensor(Newest(), {})
        return self._index.view(latest)

    def _unknown_state(self) -> str:
        """What a sensor without a live value is called."""
        return "withheld" if in_force().restricts else "missing"

    def _state_of(self) -> StateOf:
        now_ms = self._clock.now_ms()

        def state_of(latest: Latest) -> str:
            return latest.state_name(now_ms)

        return state_of

    def write_beside(self, write: Beside) -> None:
        """Have `write` add what follows from a change, in the transaction of the change."""
        self._beside.append(write)

    @contextmanager
    def _change(
        self,
        actor: Actor,
        action: str,
        targets: Sequence[str],
        before: Snapshot | None = None,
        after: Snapshot | None = None,
    ) -> Iterator[Connection]:
        """One transaction with its audit row; after the commit memory is renewed and all are told.

        `targets`, as `room/3` or `sensor/TEMP_1`, may still grow inside.
        """
        with self._database.write() as c:
            yield c
            store.raise_revision(c)
            change = BuildingChange(actor, action, tuple(targets), before, after)
            record(c, actor, action, change.target, before=before, after=after)
            for write in self._beside:
                write(c, change)
        self._memory.forget()
        self._bus.publish("building", change)
