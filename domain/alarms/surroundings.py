"""What rules need to know of the building: which series there are, where, and what they are called.

Kept for a while: a change of the building in this process is seen at once, that of another one
within a minute.
"""

from collections.abc import Iterable, Mapping

from domain.alarms.lifecycle import Subject
from domain.alarms.model import Rule
from domain.alarms.watches import Watch, Watched, watches
from domain.building.model import Sensor
from domain.building.service import Building
from domain.foundation.bus import Bus
from domain.foundation.clock import monotonic
from domain.foundation.errors import Unknown
from domain.telemetry.service import Telemetry

KEPT_S = 60.0


class Surroundings:
    """Rooms, sensors and series as rules see them."""

    def __init__(self, building: Building, telemetry: Telemetry, bus: Bus) -> None:
        self._building = building
        self._telemetry = telemetry
        self._kept: dict[int, list[Watch]] = {}
        self._kept_for: tuple[object, ...] | None = None
        self._kept_at = 0.0
        bus.subscribe("building", lambda _: self.forget())

    def forget(self) -> None:
        """Look at the building anew at the next question."""
        self._kept_for = None

    def watches(self, rules: Iterable[Rule]) -> Mapping[int, list[Watch]]:
        """Every trigger of the enabled rules, by series id."""
        listed = list(rules)
        versions = tuple((rule.rule_id, rule.version) for rule in listed)
        kept_for = (versions, len(self._telemetry.latest()))
        if kept_for != self._kept_for or monotonic() - self._kept_at > KEPT_S:
            ids = self.series_ids()
            by_key = watches(listed, self.watched())
            self._kept = {ids[key]: found for key, found in by_key.items()}
            self._kept_for, self._kept_at = kept_for, monotonic()
        return self._kept

    def watched(self) -> list[Watched]:
        """The series of every adopted sensor."""
        placement = self._building.placement()
        found = []
        for series in self._telemetry.series():
            sensor = self._sensor(series.sensor_id) if series.sensor_id in placement else None
            if sensor is None or sensor.status != "adopted":
                continue
            room = placement[series.sensor_id]
            found.append(
                Watched(
                    series.sensor_id,
                    series.metric,
                    series.interval_s,
                    sensor.sensor_type,
                    sensor.room_id,
                    sensor.meter_role,
                    room.comfort if room else None,
                    series.virtual,
                )
            )
        return found

    def series_ids(self) -> dict[tuple[str, str], int]:
        """Ids of all series by sensor and metric."""
        return {series.key: series.series_id for series in self._telemetry.series()}

    def adopted(self) -> set[str]:
        """Sensors that count."""
        placement = self._building.placement()
        found = (self._sensor(sensor_id) for sensor_id in placement)
        return {s.sensor_id for s in found if s is not None and s.status == "adopted"}

    def building_name(self) -> str:
        """What the building is called."""
        return self._building.name()

    def has_sensor(self, sensor_id: str) -> bool:
        """Whether there is such a sensor."""
        return self._sensor(sensor_id) is not None

    def name(self, subject: Subject) -> str:
        """What a person calls it."""
        sensor = self._sensor(subject.sensor_id)
        return sensor.name if sensor else subject.sensor_id

    def room_id(self, subject: Subject) -> int | None:
        """The room it is in."""
        sensor = self._sensor(subject.sensor_id)
        return sensor.room_id if sensor else None

    def room_name(self, room_id: int | None) -> str | None:
        """What the room is called, if there still is one."""
        if room_id is None:
            return None
        try:
            return self._building.room(room_id).name
        except Unknown:
            return None

    def limit(self, rule: Rule | None, subject: Subject) -> float | None:
        """The limit that held for a subject."""
        if rule is None or rule.kind not in ("limit", "peak", "comfort"):
            return None
        if rule.kind != "comfort":
            return rule.limit
        room = self._building.placement().get(subject.sensor_id)
        if room is None:
            return None
        comfort = room.comfort
        limits = {
            ("temperature", "below"): comfort.temperature_low,
            ("temperature", "above"): comfort.temperature_high,
            ("co2", "above"): comfort.co2_limit_ppm,
            ("humidity", "below"): comfort.humidity_low,
            ("humidity", "above"): comfort.humidity_high,
        }
        return limits.get((subject.metric, subject.side))

    def _sensor(self, sensor_id: str) -> Sensor | None:
        try:
            return self._building.sensor(sensor_id)
        except Unknown:
            return None
