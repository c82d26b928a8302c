"""What can be asked for: series of adopted sensors, quantities of rooms and of the building."""

from collections.abc import Sequence

from domain.analytics.lines import BUILDING_QUANTITIES, Target
from domain.analytics.query import Source
from domain.building.model import Room, Sensor
from domain.building.service import Building
from domain.foundation.errors import Unknown
from domain.foundation.units import METRICS
from domain.telemetry.model import Key
from domain.telemetry.service import Telemetry


class Askable:
    """Finds series by what people call them; what nobody has adopted is not found."""

    def __init__(self, building: Building, telemetry: Telemetry) -> None:
        self._building = building
        self._telemetry = telemetry

    def targets(self) -> list[tuple[str, str]]:
        """Addresses and labels of every quantity that can be asked for, the building's first."""
        found = [(f"building/{name}", label) for name, label in BUILDING_QUANTITIES.items()]
        placement = self._building.placement()
        by_room: dict[tuple[int, str], str] = {}
        single: list[tuple[str, str]] = []
        for series in self._telemetry.series():
            sensor = self.adopted(series.sensor_id)
            if sensor is None or series.metric not in METRICS:
                continue
            label = METRICS[series.metric].label
            room = placement.get(sensor.sensor_id)
            if room is not None and _counts_in_room(sensor, series.metric):
                by_room[room.room_id, series.metric] = f"{room.name}: {label}"
            single.append((f"sensor/{sensor.sensor_id}/{series.metric}", f"{sensor.name}: {label}"))
        found += sorted(
            ((f"room/{room_id}/{metric}", label) for (room_id, metric), label in by_room.items()),
            key=lambda pair: pair[1],
        )
        return found + sorted(single, key=lambda pair: pair[1])

    def metrics(self) -> list[str]:
        """Metrics that adopted sensors have, in the contract's order."""
        adopted = {s.metric for s in self._telemetry.series() if self.adopted(s.sensor_id)}
        return [metric for metric in METRICS if metric in adopted]

    def sources(
        self,
        metrics: Sequence[str],
        rooms: Sequence[str | int] | None,
        sensors: Sequence[str] | None,
    ) -> list[Source]:
        """The series that are asked for, by sensor."""
        room_ids = {self._building.room(room).room_id for room in rooms} if rooms else None
        wanted = [self._building.sensor(s).sensor_id for s in sensors] if sensors else None
        placement = self._building.placement()
        found = []
        for series in self._telemetry.series(wanted):
            sensor = self.adopted(series.sensor_id)
            if sensor is None or series.metric not in metrics:
                continue
            if room_ids is not None and sensor.room_id not in room_ids:
                continue
            room: Room | None = placement.get(sensor.sensor_id)
            name = room.name if room else None
            found.append(Source(series, sensor.name, sensor.sensor_type, name))
        return found

    def keys_of(self, target: Target) -> tuple[list[Key], str]:
        """The series of a quantity and what it is called. Raises Unknown."""
        label = METRICS[target.metric].label
        if target.kind == "sensor":
            sensor = self._building.sensor(target.owner)
            return [(sensor.sensor_id, target.metric)], f"{sensor.name}: {label}"
        if not target.owner.isdecimal():
            raise Unknown("room", target.owner)
        room = self._building.room(int(target.owner))
        members = [
            sensor
            for sensor in self._building.sensors_in(room.room_id)
            if sensor.status == "adopted" and _counts_in_room(sensor, target.metric)
        ]
        known = {series.key for series in self._telemetry.series([s.sensor_id for s in members])}
        keys = [(s.sensor_id, target.metric) for s in members]
        return [key for key in keys if key in known], f"{room.name}: {label}"

    def adopted(self, sensor_id: str) -> Sensor | None:
        """The sensor, if somebody has adopted it."""
        if sensor_id not in self._building.placement():
            return None
        sensor = self._building.sensor(sensor_id)
        return sensor if sensor.status == "adopted" else None


def _counts_in_room(sensor: Sensor, metric: str) -> bool:
    """Power and counters of a room are those of its submeters, everything else of any sensor."""
    if METRICS[metric].kind in ("power", "counter"):
        return sensor.meter_role == "submeter"
    return True
