"""People edit rooms and the building's own settings."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError

from domain.access.policy import Actor
from domain.building import store
from domain.building.catalogue import Catalogue
from domain.building.comfort import Comfort, checked_limits
from domain.building.model import BuildingSettings, Room, Sensor
from domain.building.validation import Columns, building_columns, room_columns
from domain.foundation.errors import Conflict, FieldError, InvalidInput

Fields = Mapping[str, object]
LIMITS_MESSAGE = "These comfort limits cannot be used."


class RoomEdits(Catalogue):
    """Create, change and delete rooms; each edit may name the version it was made from."""

    def create_room(self, actor: Actor, fields: Fields) -> Room:
        """Add a room from `name`, `floor`, `capacity`, `area_m2` and `comfort`.

        Raises NotAllowed, InvalidInput per field, Conflict when the name is taken.
        """
        actor.require("rooms.create")
        columns = room_columns({"name": "", "floor": "", **fields})
        own = self._own_limits(fields.get("comfort"))
        name = str(columns["name"])
        self._refuse_taken(name, room_id=None)
        row = {**columns, "name_key": store.name_key(name), **store.limit_columns(own)}
        targets: list[str] = []
        try:
            with self._change(actor, "rooms.create", targets, after=dict(fields)) as c:
                room_id = store.insert_room(c, row, self._clock.now_ms())
                targets.append(f"room/{room_id}")
        except IntegrityError as error:
            raise _taken(name) from error
        return self.room(room_id)

    def update_room(
        self, actor: Actor, room_id: int, fields: Fields, version: int | None = None
    ) -> Room:
        """Change the given fields only; `comfort` holds the limits to set, None to follow again.

        Raises NotAllowed, Unknown, InvalidInput, and Conflict when somebody changed the room since
        `version` or the name is taken. Only comfort needs no more than `comfort.update`.
        """
        room = self.room(room_id)
        actor.require("comfort.update" if set(fields) <= {"comfort"} else "rooms.update")
        columns = room_columns(fields)
        if "name" in columns:
            self._refuse_taken(str(columns["name"]), room_id)
            columns["name_key"] = store.name_key(str(columns["name"]))
        if "comfort" in fields:
            own = self._own_limits(fields["comfort"], room.own_comfort)
            columns |= store.limit_columns(own)
        target = [f"room/{room_id}"]
        try:
            with self._change(actor, "rooms.update", target, room_fields(room), dict(fields)) as c:
                if not store.update_room(c, room_id, columns, version, self._clock.now_ms()):
                    raise _changed(f"The room “{room.name}”")
        except IntegrityError as error:
            raise _taken(str(columns.get("name", room.name))) from error
        return self.room(room_id)

    def delete_room(
        self, actor: Actor, room_id: int, version: int | None = None
    ) -> tuple[Sensor, ...]:
        """Remove a room; its sensors keep their history and are unassigned, they are returned.

        Raises NotAllowed, Unknown, and Conflict when somebody changed the room since `version`.
        """
        actor.require("rooms.delete")
        room = self.room(room_id)
        members = self._memory.get().in_room.get(room_id, ())
        before = {**room_fields(room), "sensors": [sensor.sensor_id for sensor in members]}
        with self._change(actor, "rooms.delete", [f"room/{room_id}"], before) as c:
            if not store.delete_room(c, room_id, version, self._clock.now_ms()):
                raise _changed(f"The room “{room.name}”")
        return members

    def update_settings(
        self, actor: Actor, fields: Fields, version: int | None = None
    ) -> BuildingSettings:
        """Change the building's `name` or the `comfort` limits its rooms follow.

        Each needs its own permission, `building.update` and `comfort.update`; None in a limit is
        the usual one. What is as before is not written, and not in the audit.
        Raises NotAllowed, InvalidInput per field, and Conflict when somebody changed the building
        since `version`.
        """
        for permission in _settings_permissions(fields):
            actor.require(permission)
        settings = self.settings()
        if version not in (None, settings.version):
            raise _changed("The building")
        columns = self._settings_columns(settings, fields)
        present = {"name": settings.name, **store.limit_columns(settings.own_comfort)}
        after = {name: value for name, value in columns.items() if value != present[name]}
        if not after:
            return settings
        before = {name: present[name] for name in after}
        with self._change(actor, "building.update", ["building"], before, after) as c:
            if not store.write_settings(c, after, version):
                raise _changed("The building")
        return self.settings()

    def _settings_columns(self, settings: BuildingSettings, fields: Fields) -> Columns:
        """What the fields would store; every field that is not acceptable is named at once."""
        columns: Columns = {}
        errors: list[FieldError] = []
        try:
            columns = building_columns(fields)
        except InvalidInput as error:
            errors += error.fields
        try:
            if "comfort" in fields:
                own = {**settings.own_comfort, **_mapping(fields["comfort"])}
                limits = checked_limits(Comfort(), own)
                self._refuse_disorder(limits)
                columns |= store.limit_columns(limits)
        except InvalidInput as error:
            errors += error.fields
        if errors:
            raise InvalidInput("The building cannot be saved as it is.", errors)
        return columns

    def _own_limits(
        self, raw: object, present: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """The room's own limits after the change, checked together with the building's."""
        merged = {**(present or {}), **_mapping(raw)}
        return checked_limits(self.settings().comfort, merged)

    def _refuse_disorder(self, own: Mapping[str, float]) -> None:
        """New building limits must leave every room's own limits in order."""
        base = Comfort(**own)
        for room in self.rooms():
            try:
                checked_limits(base, room.own_comfort)
            except InvalidInput as error:
                fields = [FieldError(f.field, f"{f.message} in {room.name}") for f in error.fields]
                raise InvalidInput(LIMITS_MESSAGE, fields) from error

    def _refuse_taken(self, name: str, room_id: int | None) -> None:
        holder = self._memory.get().room_by_key.get(store.name_key(name))
        if holder is not None and holder.room_id != room_id:
            raise _taken(holder.name)


def room_fields(room: Room) -> dict[str, object]:
    """A room as its form and the audit hold it."""
    return {
        "name": room.name,
        "floor": room.floor,
        "capacity": room.capacity,
        "area_m2": room.area_m2,
        "comfort": dict(room.own_comfort),
    }


def _settings_permissions(fields: Fields) -> list[str]:
    wanted = ["comfort.update"] if "comfort" in fields else []
    return wanted if set(fields) == {"comfort"} else ["building.update", *wanted]


def _mapping(raw: object) -> Mapping[str, object]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        error = FieldError("comfort", "must be an object of limits")
        raise InvalidInput(LIMITS_MESSAGE, [error])
    return raw


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a room “{name}” already.", holder=name, code="room_exists")


def _changed(what: str) -> Conflict:
    return Conflict(
        f"{what} was changed by somebody else meanwhile. Look at it again before you save.",
        code="changed_meanwhile",
    )
