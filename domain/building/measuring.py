"""What people say about measurements: corrected spans, readings by eye, calculated meters.

Telemetry keeps and applies them; here is who may, and the audit of it in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.access.audit import record
from domain.access.policy import Actor
from domain.building.model import Sensor
from domain.building.sensor_edits import Fields, SensorEdits, id_taken, interval_of
from domain.building.validation import Columns, sensor_id_of
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput, Unknown
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
        after = {
            "metric": key[1],
            "from": iso_utc(period.start),
            "to": iso_utc(period.end),
            "action": action,
            "value": value,
            "reason": reason,
        }
        return self._telemetry.correct(
            actor.name,
            key,
            period,
            action,
            value,
            reason,
            lambda: self._noted(actor, "corrections.create", key[0], after),
        )

    def withdraw_correction(self, actor: Actor, key: Key, correction_id: int) -> Correction:
        """Let the span count again as it was measured. Raises NotAllowed, Unknown."""
        actor.require(PERMISSION)
        if all(c.correction_id != correction_id for c in self._telemetry.corrections(key)):
            raise Unknown("correction", correction_id)
        after = {"correction_id": correction_id}
        return self._telemetry.withdraw(
            correction_id,
            actor.name,
            lambda: self._noted(actor, "corrections.withdraw", key[0], after),
        )

    def add_reading(self, actor: Actor, key: Key, ts_ms: int, value: float) -> Correction:
        """Enter what somebody read off a meter, in the metric's unit.

        Raises NotAllowed, Unknown, InvalidInput.
        """
        actor.require(PERMISSION)
        self.sensor(key[0])
        if ts_ms > self._clock.now_ms():
            fields = [FieldError("time", "A reading cannot be from the future")]
            raise InvalidInput("This reading cannot be entered.", fields)
        after = {"metric": key[1], "at": iso_utc(from_ms(ts_ms)), "value": value}
        return self._telemetry.add_manual_reading(
            actor.name,
            key,
            ts_ms,
            value,
            lambda: self._noted(actor, "readings.create", key[0], after),
        )

    def define_meter(
        self, actor: Actor, sensor_id: str, metric: str, parts: Sequence[Part], fields: Fields
    ) -> Sensor:
        """Make a meter that is Σ factor × series and register it with `fields`.

        For an id that is registered already only the parts change, and `fields` must be empty.
        Raises NotAllowed, InvalidInput per field, Conflict when a new id is in use.
        """
        actor.require("sensors.create")
        sensor_id = sensor_id_of(sensor_id)
        if metric not in METRICS or METRICS[metric].kind == "state":
            wrong = FieldError("metric", "Choose what it measures", list(METRICS))
            raise InvalidInput("This meter cannot be calculated.", [wrong])
        if not parts:
            wrong = FieldError("parts", "A calculated meter needs at least one part")
            raise InvalidInput("This meter cannot be calculated.", [wrong])
        present = self._refuse_used(sensor_id) if fields else self.sensor(sensor_id)
        columns = self._columns({"name": sensor_id, "sensor_type": "other", **fields})
        after = {"metric": metric, "parts": [list(part) for part in parts]}
        target = f"sensor/{sensor_id}"

        @contextmanager
        def registering() -> Iterator[Connection]:
            with self._change(
                actor, "sensors.calculate", [f"sensor/{sensor_id}"], after=after
            ) as c:
                yield c
                if fields:
                    self._put_new(c, sensor_id, columns, present)
                    self._put_interval(c, sensor_id, columns)
                    record(c, actor, "sensors.create", target, after=fields)

        try:
            self._telemetry.define_virtual(sensor_id, metric, parts, registering)
        except IntegrityError as error:
            raise id_taken(sensor_id, "exists already") from error
        return self.sensor(sensor_id)

    def _put_interval(self, c: Connection, sensor_id: str, columns: Columns) -> None:
        if columns.get("interval_s") is not None:
            interval_s = interval_of(columns)
            self._telemetry.set_interval(sensor_id, interval_s, lambda: nullcontext(c))

    @contextmanager
    def _noted(
        self, actor: Actor, action: str, sensor_id: str, after: Mapping[str, object]
    ) -> Iterator[Connection]:
        """The transaction of a change with its audit row."""
        with self._database.write() as c:
            yield c
            record(c, actor, action, f"sensor/{sensor_id}", after=after)
