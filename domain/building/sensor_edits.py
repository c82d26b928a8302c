"""People register, adopt, place, edit and hide sensors; ingest announces those it discovers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.access.audit import record
from domain.access.policy import SYSTEM, Actor
from domain.building import store
from domain.building.catalogue import Catalogue
from domain.building.guess import Guess, RoomNames, guess_sensor
from domain.building.model import SENSOR_TYPES, BuildingChange, Room, Sensor
from domain.building.validation import Columns, sensor_columns, sensor_id_of
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown, WattboardError

Fields = Mapping[str, object]
Hints = Mapping[str, Mapping[str, object]]
_Newcomer = tuple[Columns, Sensor | None, Fields]
"""Columns, the discovered sensor of the same id, and what was given."""
UNTOUCHED = 1
"""The version of a sensor that nobody has edited since it was discovered."""


class SensorEdits(Catalogue):
    """Each edit of one sensor may name the version it was made from."""

    def register_sensor(self, actor: Actor, sensor_id: str, fields: Fields) -> Sensor:
        """Add a sensor that may not have sent anything yet, or adopt a discovered one as described.

        Raises NotAllowed, InvalidInput per field, Conflict when the id is in use or hidden.
        """
        actor.require("sensors.create")
        sensor_id = sensor_id_of(sensor_id)
        present = self._refuse_used(sensor_id)
        given = {"name": sensor_id, "sensor_type": "other", **fields}
        columns = self._columns(given)
        change = self._change(actor, "sensors.create", [f"sensor/{sensor_id}"], after=dict(fields))
        try:
            self._save(
                sensor_id,
                columns,
                change,
                lambda c: self._put_new(c, sensor_id, columns, present),
            )
        except IntegrityError as error:
            raise id_taken(sensor_id, "exists already") from error
        return self.sensor(sensor_id)

    def register_sensors(
        self, actor: Actor, described: Mapping[str, Fields]
    ) -> dict[str, WattboardError]:
        """The same for many in one transaction; those that cannot be are left out, with why.

        Raises NotAllowed, and Conflict when one was discovered meanwhile: then none is added.
        """
        actor.require("sensors.create")
        newcomers, refused = self._newcomers(described)
        if not newcomers:
            return refused

        @contextmanager
        def writing() -> Iterator[Connection]:
            with self._database.write() as c:
                for sensor_id, (columns, present, fields) in newcomers.items():
                    self._put_new(c, sensor_id, columns, present)
                    record(c, actor, "sensors.create", f"sensor/{sensor_id}", after=fields)
                yield c
                store.raise_revision(c)

        intervals_s = {
            sensor_id: interval_s
            for sensor_id, (columns, _, _) in newcomers.items()
            if "interval_s" in columns and (interval_s := interval_of(columns)) is not None
        }
        try:
            self._telemetry.set_intervals(intervals_s, writing)
        except IntegrityError as error:
            raise Conflict("Sensors were discovered meanwhile. Do it again.") from error
        finally:
            self._memory.forget()
        targets = tuple(f"sensor/{sensor_id}" for sensor_id in newcomers)
        self._bus.publish("building", BuildingChange(actor, "sensors.create", targets))
        return refused

    def update_sensor(
        self, actor: Actor, sensor_id: str, fields: Fields, version: int | None = None
    ) -> Sensor:
        """Change the given fields only; `room` is a room's name or id, None for no room.

        Raises NotAllowed, Unknown, InvalidInput, Conflict when it was changed since `version`.
        """
        actor.require("sensors.update")
        sensor = self.sensor(sensor_id)
        columns = self._columns(fields, sensor.sensor_type)
        target = [f"sensor/{sensor_id}"]

        def put(c: Connection) -> None:
            if not store.update_sensor(c, sensor_id, columns, version, self._clock.now_ms()):
                raise _changed(sensor)

        before = sensor_fields(sensor)
        change = self._change(actor, "sensors.update", target, before, dict(fields))
        self._save(sensor_id, columns, change, put)
        return self.sensor(sensor_id)

    def hide_sensors(self, actor: Actor, sensor_ids: Sequence[str]) -> int:
        """Take sensors out of every list, room and total; readings go on and history stays."""
        actor.require("sensors.delete")
        return self._set(actor, "sensors.delete", sensor_ids, {"status": "hidden"})

    def hide_sensor(self, actor: Actor, sensor_id: str) -> None:
        """Hide one. Raises NotAllowed, Unknown."""
        self.hide_sensors(actor, [sensor_id])

    def assign(self, actor: Actor, sensor_ids: Sequence[str], room_id: int | None) -> int:
        """Put sensors into a room, or none; how many there were. Raises NotAllowed, Unknown."""
        actor.require("sensors.update")
        if room_id is not None:
            self.room(room_id)
        return self._set(actor, "sensors.update", sensor_ids, {"room_id": room_id})

    def adopt(self, actor: Actor, sensor_ids: Sequence[str]) -> int:
        """Take discovered sensors, as guessed or as edited since, into lists and totals.

        A hidden sensor comes back as it was. How many; raises NotAllowed, Unknown.
        """
        actor.require("sensors.create")
        sensors = [self.sensor(sensor_id) for sensor_id in sensor_ids]
        now_ms = self._clock.now_ms()
        targets = [f"sensor/{sensor_id}" for sensor_id in sensor_ids]
        guessed = [s.sensor_id for s in sensors if _untouched(s)]
        with self._change(actor, "sensors.create", targets, after={"status": "adopted"}) as c:
            for columns, alike in self._alike(guessed, store.read_hints(c, guessed)):
                store.update_sensors(c, alike, {**columns, "status": "adopted"}, now_ms)
            others = [s.sensor_id for s in sensors if not _untouched(s)]
            store.update_sensors(c, others, {"status": "adopted"}, now_ms)
        return len(sensors)

    def note_discovered(self, sensor_ids: Sequence[str], hints: Hints) -> list[str]:
        """Keep ids that are not registered as discovered, with a guess; what it kept is returned.

        For one that is discovered already the guess is renewed when it says more than before.
        """
        known = self._memory.get().sensors
        wanted = [i for i in dict.fromkeys(sensor_ids) if i not in known or _untouched(known[i])]
        if not wanted:
            return []
        guesses = self._guesses(wanted, hints)
        new = [i for i in wanted if i not in known]
        better = [
            i for i in wanted if i in known and guesses[i].sensor_type != known[i].sensor_type
        ]
        if not new and not better:
            return []
        now_ms = self._clock.now_ms()
        with self._database.write() as c:
            store.insert_sensors(c, [self._discovered(i, guesses[i], hints) for i in new], now_ms)
            for sensor_id in better:
                columns = _guessed_columns(guesses[sensor_id])
                store.refresh_guess(c, sensor_id, columns, UNTOUCHED, now_ms)
            store.raise_revision(c)
        self._memory.forget()
        targets = tuple(f"sensor/{i}" for i in (*new, *better))
        self._bus.publish("building", BuildingChange(SYSTEM, "sensors.discover", targets))
        return new

    def _discovered(self, sensor_id: str, guess: Guess, hints: Hints) -> Columns:
        said = hints.get(sensor_id, {})
        columns = _guessed_columns(guess)
        columns |= {"status": "discovered", "hints": dict(said)}
        columns["discovered_ms"] = self._clock.now_ms()
        columns["demand_response_enabled"] = said.get("demand_response_enabled") is True
        capabilities = said.get("control_capabilities")
        if isinstance(capabilities, list | tuple):
            columns["control_capabilities"] = [str(item)[:40] for item in capabilities[:20]]
        return new_row(sensor_id, columns)

    def _guesses(self, sensor_ids: Sequence[str], hints: Hints) -> dict[str, Guess]:
        """From what each has sent so far, by telemetry's snapshot, and what came with the first."""
        rooms = RoomNames({room.name: room.room_id for room in self.rooms()})
        latest_of = self._latest()
        guesses: dict[str, Guess] = {}
        for sensor_id in sensor_ids:
            said = hints.get(sensor_id, {})
            sent = {latest.metric for latest in latest_of.get(sensor_id, ())}
            told = said.get("metrics")
            if isinstance(told, list | tuple | set | frozenset):
                sent |= {str(metric) for metric in told}
            guesses[sensor_id] = guess_sensor(sensor_id, sent, said, rooms, SENSOR_TYPES)
        return guesses

    def _alike(
        self, sensor_ids: Sequence[str], hints: Hints
    ) -> Iterator[tuple[Columns, list[str]]]:
        """Sensors with the same guess together, names left as they are: few statements for many."""
        groups: dict[Guess, list[str]] = {}
        for sensor_id, guess in self._guesses(sensor_ids, hints).items():
            groups.setdefault(replace(guess, name=""), []).append(sensor_id)
        for guess, alike in groups.items():
            columns = _guessed_columns(guess)
            del columns["name"]
            yield columns, alike

    def _set(self, actor: Actor, action: str, sensor_ids: Sequence[str], columns: Columns) -> int:
        sensors = [self.sensor(sensor_id) for sensor_id in sensor_ids]
        if not sensors:
            return 0
        targets = [f"sensor/{sensor_id}" for sensor_id in sensor_ids]
        before = {s.sensor_id: {name: getattr(s, name) for name in columns} for s in sensors}
        with self._change(actor, action, targets, before, dict(columns)) as c:
            return store.update_sensors(c, list(sensor_ids), columns, self._clock.now_ms())

    def _newcomers(
        self, described: Mapping[str, Fields]
    ) -> tuple[dict[str, _Newcomer], dict[str, WattboardError]]:
        """Those that can be registered, by their id, and why others cannot."""
        found: dict[str, _Newcomer] = {}
        refused: dict[str, WattboardError] = {}
        for given_id, fields in described.items():
            try:
                sensor_id = sensor_id_of(given_id)
                present = self._refuse_used(sensor_id)
                given = {"name": sensor_id, "sensor_type": "other", **fields}
                found[sensor_id] = self._columns(given), present, fields
            except WattboardError as error:
                refused[given_id] = error
        return found, refused

    def _refuse_used(self, sensor_id: str) -> Sensor | None:
        """The discovered sensor of this id, if there is one; Conflict when the id is in use."""
        present = self._memory.get().sensors.get(sensor_id)
        if present is not None and present.status != "discovered":
            hidden = present.status == "hidden"
            why = "is hidden; show it again instead" if hidden else "exists already"
            raise id_taken(sensor_id, why)
        return present

    def _columns(self, fields: Fields, sensor_type: str | None = None) -> Columns:
        columns = sensor_columns(fields, sensor_type)
        for name in ("room", "room_id"):
            if name in fields:
                room = self._room_of(name, fields[name])
                columns["room_id"] = room.room_id if room else None
        return columns

    def _room_of(self, field: str, raw: object) -> Room | None:
        if raw in (None, ""):
            return None
        try:
            return self.room(raw if isinstance(raw, int) else str(raw))
        except Unknown as error:
            known = [room.name for room in self.rooms()]
            fields = [FieldError(field, error.message, known)]
            raise InvalidInput("This sensor cannot be saved as it is.", fields) from error

    def _put_new(
        self, c: Connection, sensor_id: str, columns: Columns, present: Sensor | None
    ) -> None:
        """A row of its own, or the discovered one described and adopted."""
        now_ms = self._clock.now_ms()
        adopted = {**columns, "status": "adopted"}
        if present is None:
            store.insert_sensor(c, new_row(sensor_id, adopted), now_ms)
        elif not store.update_sensor(c, sensor_id, adopted, present.version, now_ms):
            raise _changed(present)

    def _save(
        self,
        sensor_id: str,
        columns: Columns,
        change: AbstractContextManager[Connection],
        put: Callable[[Connection], None],
    ) -> None:
        """Telemetry judges lateness by the interval configured here: one transaction for both."""

        @contextmanager
        def writing() -> Iterator[Connection]:
            with change as c:
                put(c)
                yield c

        if "interval_s" in columns:
            self._telemetry.set_interval(sensor_id, interval_of(columns), writing)
            return
        with writing():
            pass


def interval_of(columns: Columns) -> float | None:
    """The interval stated for a sensor [s]; None leaves it to be learned."""
    interval_s = columns["interval_s"]
    return float(str(interval_s)) if interval_s is not None else None


def new_row(sensor_id: str, columns: Columns) -> Columns:
    """Every column of a new sensor, the given ones over the usual."""
    return {
        "name": sensor_id,
        "sensor_type": "other",
        "room_id": None,
        "unit": None,
        "meter_role": "none",
        "use": None,
        "interval_s": None,
        "demand_response_enabled": False,
        "control_capabilities": [],
        "hints": {},
        "discovered_ms": None,
        **columns,
        "sensor_id": sensor_id,
    }


def sensor_fields(sensor: Sensor) -> dict[str, object]:
    """A sensor as its form and the audit hold it."""
    return {
        "name": sensor.name,
        "sensor_type": sensor.sensor_type,
        "room_id": sensor.room_id,
        "unit": sensor.unit,
        "meter_role": sensor.meter_role,
        "use": sensor.use,
        "interval_s": sensor.interval_s,
        "demand_response_enabled": sensor.demand_response_enabled,
        "control_capabilities": list(sensor.control_capabilities),
    }


def _guessed_columns(guess: Guess) -> Columns:
    return {
        "name": guess.name[:60],
        "sensor_type": guess.sensor_type,
        "meter_role": guess.meter_role,
        "use": guess.use,
        "room_id": guess.room_id,
    }


def _untouched(sensor: Sensor) -> bool:
    return sensor.status == "discovered" and sensor.version == UNTOUCHED


def id_taken(sensor_id: str, why: str) -> Conflict:
    """The refusal of an id that another sensor has."""
    return Conflict(f"The sensor “{sensor_id}” {why}.", holder=sensor_id, code="sensor_exists")


def _changed(sensor: Sensor) -> Conflict:
    return Conflict(
        f"The sensor “{sensor.name}” was changed by somebody else meanwhile. "
        "Look at it again before you save.",
        code="changed_meanwhile",
    )
