"""What people say about measurements: corrected spans, readings by eye, calculated meters.

Telemetry keeps and applies them; here is who may, and the audit of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.access.audit import record
from domain.access.policy import Actor
from domain.building.model import Sensor
from domain.building.sensor_edits import Fields, SensorEdits
from domain.building.validation import sensor_id_of
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period
from domain.foundation.units import METRICS
from domain.telemetry.corrections import Correction
from domain.telemetry.model import Key

PERMISSION = "corrections.write"
Part = tuple[float, str, str]
"""factor, sensor id, metric"""


class Measuring(SensorEdits):
    """Each act needs `corrections.write`, a calculated meter `sensors.create`."""

    def correct_span(
        self,
        actor: Actor,
        key: Key,
        period: Period,
        action: str,
        value: float | None,
        reason: str,
    ) -> Correction:
        """Void or replace [from, to) of a series, with a reason; the original stays underneath.

        Raises NotAllowed, Unknown, InvalidInput per field.
        """
        actor.require(PERMISSION)
        self.sensor(key[0])
        correction = self._telemetry.correct(actor.name, key, period, action, value, reason)
        after = {
            "metric": key[1],
            "from": iso_utc(period.start),
            "to": iso_utc(period.end),
            "action": action,
            "value": value,
            "reason": reason,
        }
        self._note(actor, "corrections.create", key[0], after)
        return correction

    def withdraw_correction(self, actor: Actor, key: Key, correction_id: int) -> Correction:
        """Let the span count again as it was measured. Raises NotAllowed, Unknown."""
        actor.require(PERMISSION)
        correction = self._telemetry.withdraw(correction_id, actor.name)
        self._note(actor, "corrections.withdraw", key[0], {"correction_id": correction_id})
        return correction

    def add_reading(self, actor: Actor, key: Key, ts_ms: int, value: float) -> Correction:
        """Enter what somebody read off a meter, in the metric's unit.

        Raises NotAllowed, Unknown, InvalidInput.
        """
        actor.require(PERMISSION)
        self.sensor(key[0])
        if ts_ms > self._clock.now_ms():
            fields = [FieldError("time", "A reading cannot be from the future")]
            raise InvalidInput("This reading cannot be entered.", fields)
        correction = self._telemetry.add_manual_reading(actor.name, key, ts_ms, value)
        after = {"metric": key[1], "at": iso_utc(from_ms(ts_ms)), "value": value}
        self._note(actor, "readings.create", key[0], after)
        return correction

    def define_meter(
        self, actor: Actor, sensor_id: str, metric: str, parts: Sequence[Part], fields: Fields
    ) -> Sensor:
        """Make a meter that is Σ factor × series and register it with `fields`.

        For an id that is registered already only the parts change, and `fields` must be empty.
        Raises NotAllowed, InvalidInput per field, Conflict when a new id is in use.
        """
        actor.require("sensors.create")
        sensor_id = sensor_id_of(sensor_id)
        new = bool(fields)
        if new:
            self._refuse_used(sensor_id)
            self._columns(fields)
        if metric not in METRICS or METRICS[metric].kind == "state":
            wrong = FieldError("metric", "Choose what it measures", list(METRICS))
            raise InvalidInput("This meter cannot be calculated.", [wrong])
        if not parts:
            wrong = FieldError("parts", "A calculated meter needs at least one part")
            raise InvalidInput("This meter cannot be calculated.", [wrong])
        self._telemetry.define_virtual(sensor_id, metric, parts)
        after = {"metric": metric, "parts": [list(part) for part in parts]}
        self._note(actor, "sensors.calculate", sensor_id, after)
        return self.register_sensor(actor, sensor_id, fields) if new else self.sensor(sensor_id)

    def _note(self, actor: Actor, action: str, sensor_id: str, after: Mapping[str, object]) -> None:
        with self._database.write() as c:
            record(c, actor, action, f"sensor/{sensor_id}", after=after)
