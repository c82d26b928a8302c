"""What rules may speak of: rooms, series and devices, as the building is now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.automation.model import Names, Source, Target
from domain.building.live import ROOM_METRICS
from domain.control.model import Device
from domain.telemetry.model import Key

PRESENCE = ("occupancy", "motion")
"""Metrics that tell whether somebody is in a room."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A series of a sensor that nobody has hidden; `hold_ms` is how long a reading stands."""

    series_id: int
    sensor_id: str
    metric: str
    room_id: int | None
    hold_ms: int
    virtual: bool = False
    adopted: bool = True

    @property
    def key(self) -> Key:
        """How telemetry names it."""
        return self.sensor_id, self.metric


@dataclass(frozen=True)
class World:
    """The building as rules see it; a room is measured by its adopted sensors alone."""

    names: Names
    series: Mapping[Key, Heard]
    devices: Mapping[str, Device]

    def source(self, source: Source) -> tuple[Heard, ...]:
        """The series that a source is made of; none where there is nothing like it any more."""
        if source.sensor_id is not None:
            found = self.series.get((source.sensor_id, source.metric))
            return () if found is None else (found,)
        return self._in_room(source.room_id, (source.metric,))

    def presence(self, room_id: int) -> tuple[Heard, ...]:
        """The series that tell whether somebody is in a room."""
        return self._in_room(room_id, PRESENCE)

    def drawing(self, device_id: str) -> tuple[Heard, ...]:
        """The series that measures what a device draws: a meter of its own, or its own word."""
        device = self.devices.get(device_id)
        own = self.series.get((device_id, "power"))
        if device is None or device.meter is None:
            return () if own is None else (own,)
        alone = sum(other.meter == device.meter for other in self.devices.values()) == 1
        metered = self.series.get(device.meter) if alone else None
        found = metered or own
        return () if found is None else (found,)

    def told(self, target: Target) -> list[Device]:
        """The devices that a target means now, by id."""
        if target.device_id is not None:
            found = self.devices.get(target.device_id)
            return [] if found is None else [found]
        return [
            device
            for _, device in sorted(self.devices.items())
            if device.room_id == target.room_id and target.device_type in (None, device.device_type)
        ]

    def room_metrics(self, room_id: int) -> set[str]:
        """What is measured in a room."""
        inside = (h for h in self.series.values() if h.room_id == room_id and h.adopted)
        return {heard.metric for heard in inside} & ROOM_METRICS

    def _in_room(self, room_id: int | None, metrics: Iterable[str]) -> tuple[Heard, ...]:
        wanted = set(metrics)
        return tuple(
            heard
            for _, heard in sorted(self.series.items())
            if heard.room_id == room_id and heard.adopted and heard.metric in wanted
        )
