"""The building's use cases: everything that pages, API and other capabilities ask of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from domain.access.policy import SYSTEM, Actor
from domain.building import store
from domain.building.measuring import Measuring
from domain.building.room_edits import RoomEdits
from domain.foundation.errors import FieldError, InvalidInput

PLAN_PARTS = ("building", "rooms", "sensors")


class Building(RoomEdits, Measuring):
    """Rooms, sensors and comfort of one building."""

    def configure(self, plan: Mapping[str, object], actor: Actor = SYSTEM) -> bool:
        """Import `{building: {name, comfort}, rooms: […], sensors: […]}`; whether it was news.

        The same plan again changes nothing, so what people edited since stays; another plan
        changes what it names, by room name and sensor id, and deletes nothing.
        Raises NotAllowed, and InvalidInput for the first part that is not acceptable.
        """
        canonical = json.dumps(plan, sort_keys=True, ensure_ascii=False, default=list)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        with self._database.read() as c:
            if store.read_plan_digest(c) == digest:
                return False
        unknown = [
            FieldError(name, "is no part of a plan") for name in plan if name not in PLAN_PARTS
        ]
        if unknown:
            raise InvalidInput("Some parts of the plan are not known.", unknown)
        if settings := plan.get("building"):
            self.update_settings(actor, _fields(settings))
        for room in _list(plan, "rooms"):
            self._import_room(actor, room)
        for sensor in _list(plan, "sensors"):
            self._import_sensor(actor, sensor)
        with self._database.write() as c:
            store.write_plan_digest(c, digest)
        return True

    def _import_room(self, actor: Actor, fields: Mapping[str, object]) -> None:
        present = self._memory.get().room_by_key.get(store.name_key(str(fields.get("name", ""))))
        if present is None:
            self.create_room(actor, fields)
        else:
            self.update_room(actor, present.room_id, fields)

    def _import_sensor(self, actor: Actor, fields: Mapping[str, object]) -> None:
        sensor_id = str(fields.get("sensor_id", ""))
        rest = {name: value for name, value in fields.items() if name != "sensor_id"}
        present = self._memory.get().sensors.get(sensor_id)
        if present is None or present.status == "discovered":
            self.register_sensor(actor, sensor_id, rest)
        else:
            self.update_sensor(actor, sensor_id, rest)


def _fields(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise InvalidInput("A part of the plan is not an object.")
    return raw


def _list(plan: Mapping[str, object], part: str) -> Sequence[Mapping[str, object]]:
    raw = plan.get(part, [])
    if not isinstance(raw, list | tuple):
        raise InvalidInput(f"“{part}” in the plan is not a list.")
    return [_fields(item) for item in raw]
