"""What is configured, kept in memory between changes, and the latest readings by sensor.

A page asks for rooms and sensors many times a second; the database is asked for one number a
second (has another process changed something?), and for everything only after a change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from domain.building import store
from domain.building.model import BuildingSettings, Room, Sensor
from domain.building.sensor_list import Entry, entries_of, in_primary_order
from domain.foundation.clock import monotonic
from domain.storage.engine import Database
from domain.telemetry.model import Key, Latest, Newest

CHECK_EVERY_S = 1.0
REMADE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """Rooms and sensors as of one revision; never changed after it is made."""

    revision: int
    settings: BuildingSettings
    rooms: tuple[Room, ...]
    room_by_id: Mapping[int, Room]
    room_by_key: Mapping[str, Room]
    sensors: Mapping[str, Sensor]
    in_room: Mapping[int, tuple[Sensor, ...]]
    """Every sensor of a room, hidden and discovered ones too, by id."""
    meters: tuple[Sensor, ...]
    placement: Mapping[str, Room | None]
    entries: tuple[Entry, ...]


class Memory:
    """The configuration of this process, read again when it is older than the database's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: Configuration | None = None
        self._checked_at = 0.0

    def get(self) -> Configuration:
        """At most a second behind what another process has committed; never behind our own."""
        kept = self._kept
        if kept is not None and monotonic() - self._checked_at < CHECK_EVERY_S:
            return kept
        with self._lock, self._database.read() as c:
            checked_at = monotonic()
            revision = store.read_revision(c)
            if self._kept is None or self._kept.revision != revision:
                self._kept = _read(c, revision)
            self._checked_at = checked_at
            return self._kept

    def forget(self) -> None:
        """Read everything again on the next question; called after each own commit."""
        with self._lock:
            self._kept = None


def _read(c: Connection, revision: int) -> Configuration:
    settings = store.read_settings(c)
    rooms = tuple(store.read_rooms(c, settings.comfort))
    room_by_id = {room.room_id: room for room in rooms}
    sensors = {s.sensor_id: s for s in sorted(store.read_sensors(c), key=lambda s: s.sensor_id)}
    in_room: dict[int, list[Sensor]] = {}
    placement: dict[str, Room | None] = {}
    for sensor in sensors.values():
        room = room_by_id.get(sensor.room_id) if sensor.room_id is not None else None
        placement[sensor.sensor_id] = room
        if room is not None:
            in_room.setdefault(room.room_id, []).append(sensor)
    return Configuration(
        revision=revision,
        settings=settings,
        rooms=rooms,
        room_by_id=room_by_id,
        room_by_key={store.name_key(room.name): room for room in rooms},
        sensors=sensors,
        in_room={room_id: tuple(members) for room_id, members in in_room.items()},
        meters=tuple(
            s for s in sensors.values() if s.status == "adopted" and s.meter_role != "none"
        ),
        placement=placement,
        entries=entries_of(sensors.values(), placement),
    )


class LatestBySensor(Mapping[str, Sequence[Latest]]):
    """The telemetry snapshot seen by sensor, each sensor's primary metric first."""

    def __init__(self, snapshot: Newest, keys: Mapping[str, tuple[Key, ...]]) -> None:
        self.snapshot = snapshot
        self.keys_of = keys

    def __getitem__(self, sensor_id: str) -> Sequence[Latest]:
        snapshot = self.snapshot
        return [snapshot[key] for key in self.keys_of[sensor_id] if key in snapshot]

    def get(self, sensor_id: str, default: Any = ()) -> Any:
        """The same for one that may have none; written out because lists of thousands ask it."""
        keys = self.keys_of.get(sensor_id)
        if keys is None:
            return default
        snapshot = self.snapshot
        return [snapshot[key] for key in keys if key in snapshot]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_of)

    def __len__(self) -> int:
        return len(self.keys_of)


class LatestIndex:
    """Which metrics each sensor has; made again when a series has appeared or gone."""

    def __init__(self) -> None:
        self._series_count = -1
        self._made_at = 0.0
        self._keys: Mapping[str, tuple[Key, ...]] = {}

    def view(self, snapshot: Newest) -> LatestBySensor:
        """The snapshot by sensor; its size tells of news at once, one for another in seconds."""
        count, now = len(snapshot), monotonic()
        if count != self._series_count or now - self._made_at > REMADE_EVERY_S:
            by_sensor: dict[str, list[Latest]] = {}
            for latest in list(snapshot.values()):
                by_sensor.setdefault(latest.sensor_id, []).append(latest)
            keys = {
                sensor_id: tuple((sensor_id, item.metric) for item in in_primary_order(items))
                for sensor_id, items in by_sensor.items()
            }
            if keys != self._keys:  # who keeps what they made of the old ones may go on
                self._keys = keys
            self._series_count, self._made_at = count, now
        return LatestBySensor(snapshot, self._keys)
