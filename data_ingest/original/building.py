"""Rooms, divisions, sensors and iots of the original, as rooms and sensors of this building."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data_ingest.original.meaning import meaning_of
from data_ingest.original.names import text_of, usable_id
from data_ingest.original.report import MOST_LISTED, Place, Report, Tally
from domain.access.policy import Actor
from domain.building.guess import Guess, RoomNames, guess_sensor
from domain.building.model import METER_ROLES, SENSOR_TYPES, Sensor
from domain.building.store import name_key
from domain.building.validation import NAME_LENGTH, room_columns, sensor_columns
from domain.foundation.errors import InvalidInput, Unknown, WattboardError
from domain.house import House
from domain.inbox.guess import metric_of_value

IMPORTER = Actor(name="Import from the original", role="system", kind="system")
FLOOR_UNKNOWN = "Not stated"
"""A division of the original has no floor, and a room here has to be on one."""
TYPES = {
    "movement": "motion",
    "consumption": "energy_meter",
    "meter": "energy_meter",
    "solar": "generation",
    "pv": "generation",
}
USE_OF_DEVICE = {
    "hvac": "climate",
    "lamp": "lighting",
    "sockets": "equipment",
    "tv": "equipment",
    **dict.fromkeys(
        ("refrigerator", "dishwasher", "microwave", "kettle", "water heater"), "kitchen"
    ),
}
ROLE_OF_STORE = {"consumption": "submeter", "generation": "generation"}
ELECTRIC = frozenset({"energy_meter", "power", "energy", "generation", "generation_energy"})
IDS = ("sensor_id", "sensorId", "id", "name")
Document = Mapping[str, Any]


class Rooms:
    """Takes rooms, and remembers what the dump's other parts call them."""

    def __init__(self, house: House, report: Report) -> None:
        self._house = house
        self._report = report
        self._seen: dict[str, tuple[str, dict[str, Any], Place]] = {}
        self._by_reference: dict[str, str] = {}
        self._of_iot: dict[str, str] = {}

    def take(self, document: Document, place: Place) -> None:
        """Add a room that is not there yet; one that is stays as it is here."""
        tally = self._report.rooms
        fields = _room_fields(document)
        key = name_key(str(fields["name"]))
        self._remember(document, str(fields["name"]))
        if key in self._seen:
            self._again(key, fields, place)
            return
        try:
            columns = room_columns(fields)
        except InvalidInput as error:
            refuse_error(tally, error, place)
            return
        self._seen[key] = (str(fields["name"]), fields, place)
        try:
            present = self._house.building.room(str(fields["name"]))
        except Unknown:
            if not self._report.dry_run:
                self._house.building.create_room(IMPORTER, fields)
            tally.taken += 1
            if "floor" not in document:
                words = f"The floor of “{fields['name']}” is not in the dump."
                tally.note("no_floor", place, words, "floor")
            return
        tally.already_there += 1
        if (present.floor, present.capacity) != (columns["floor"], columns.get("capacity")):
            words = f"“{present.name}” stays on {present.floor} with {present.capacity} seats."
            tally.note("differs_here", place, words)

    def named(self, reference: object) -> str | None:
        """The room a sensor means by a name or by the original's own id."""
        text = text_of(reference)
        return self._by_reference.get(text, text) if text else None

    def of_iot(self, original: str) -> str | None:
        """The division that lists this device."""
        return self._of_iot.get(original)

    def names(self) -> dict[str, int]:
        """Every room by name with its id; one that a trial would make has none yet and is 0."""
        known = {room.name: room.room_id for room in self._house.building.rooms()}
        keys = {name_key(name) for name in known}
        return known | {name: 0 for key, (name, _, _) in self._seen.items() if key not in keys}

    def _remember(self, document: Document, name: str) -> None:
        for field in ("_id", "id", "room_id"):
            if (reference := text_of(document.get(field))) and len(self._by_reference) < 100_000:
                self._by_reference[reference] = name
        iots = document.get("iots")
        for iot in iots if type(iots) is list else ():
            said = text_of(iot.get("name") if type(iot) is dict else iot)
            if said and len(self._of_iot) < 100_000:
                self._of_iot.setdefault(said, name)

    def _again(self, key: str, fields: dict[str, Any], place: Place) -> None:
        name, before, first = self._seen[key]
        if fields == before:
            self._report.rooms.already_there += 1
            return
        words = f"“{fields['name']}” is “{name}” of {first.file}:{first.line} again."
        self._report.rooms.refuse("duplicate_name", place, words, "name")


@dataclass(frozen=True, slots=True)
class _Known:
    """Every room, of here and of the dump, as the sensors mean them."""

    spoken: RoomNames
    by_id: Mapping[int, str]
    by_key: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """A sensor that is to be registered."""

    fields: dict[str, Any]
    document: Document
    guess: Guess
    place: Place


class Sensors:
    """Takes sensors; what the dump does not say is guessed as for a discovered one.

    They are registered together at the end: each single one would have the building read anew.
    """

    def __init__(self, house: House, report: Report, rooms: Rooms) -> None:
        self._house = house
        self._report = report
        self._rooms = rooms
        self._seen: dict[str, tuple[Document, Place]] = {}
        self._known: _Known | None = None
        self._newcomers: dict[str, _Newcomer] = {}
        self.units: dict[str, str] = {}
        """Unit of a bare value, by sensor id, where the dump says one."""
        self.types: dict[str, str] = {}

    def take(self, document: Document, place: Place) -> None:
        """Note a sensor that is not there yet, or to adopt because its readings came before."""
        tally = self._report.sensors
        original = next((t for name in IDS if (t := text_of(document.get(name)))), None)
        if original is None:
            tally.refuse("no_sensor_id", place, "It has neither an id nor a name.", "sensor_id")
            return
        sensor_id = usable_id(original)
        self._report.map_id(original, sensor_id)
        if sensor_id in self._seen:
            self._again(sensor_id, document, place)
            return
        self._seen[sensor_id] = (document, place)
        fields, guess = self._fields(original, document)
        fields = self._settled(fields, document, place)
        try:
            sensor_columns({name: value for name, value in fields.items() if name != "room"})
        except WattboardError as error:
            refuse_error(tally, error, place)
            return
        newcomer = _Newcomer(fields, document, guess, place)
        if self._present(sensor_id) is not None:
            tally.already_there += 1
            self._is_here(sensor_id, newcomer)
        else:
            self._newcomers[sensor_id] = newcomer

    def flush(self) -> None:
        """Register what was noted, in one transaction."""
        described = {sensor_id: new.fields for sensor_id, new in self._newcomers.items()}
        refused: dict[str, WattboardError] = {}
        if described and not self._report.dry_run:
            try:
                refused = self._house.building.register_sensors(IMPORTER, described)
            except WattboardError as error:
                refused = dict.fromkeys(described, error)
        for sensor_id, newcomer in self._newcomers.items():
            if sensor_id in refused:
                refuse_error(self._report.sensors, refused[sensor_id], newcomer.place)
                continue
            self._report.sensors.taken += 1
            self._is_here(sensor_id, newcomer)
        self._newcomers.clear()

    def _is_here(self, sensor_id: str, sensor: _Newcomer) -> None:
        self.types[sensor_id] = str(sensor.fields["sensor_type"])
        self._note_guess(sensor_id, sensor)

    def _again(self, sensor_id: str, document: Document, place: Place) -> None:
        before, first = self._seen[sensor_id]
        if {**before, "_id": None} == {**document, "_id": None}:
            self._report.sensors.already_there += 1
            return
        words = f"“{sensor_id}” was described at {first.file}:{first.line} already."
        self._report.sensors.refuse("duplicate_id", place, words, "sensor_id")

    def _fields(self, original: str, document: Document) -> tuple[dict[str, Any], Guess]:
        device = str(document.get("sensor_type", document.get("type", ""))).strip().lower()
        said_type = TYPES.get(device, device)
        room = self._rooms.of_iot(original) or self._room_said(document)
        hints = {"sensor_type": said_type, "room": room, "name": document.get("name")}
        known = self._rooms_known()
        metrics = _metrics(original, said_type, document)
        guess = guess_sensor(original, metrics, hints, known.spoken, SENSOR_TYPES)
        role = _role(document, guess)
        fields: dict[str, Any] = {
            "name": guess.name,
            "sensor_type": guess.sensor_type,
            "room": room or (known.by_id.get(guess.room_id) if guess.room_id else None),
            "meter_role": role,
            "use": USE_OF_DEVICE.get(device, guess.use) if role == "submeter" else None,
            "demand_response_enabled": _takes_part(document),
        }
        for name in ("unit", "interval_s", "control_capabilities"):
            if document.get(name) not in (None, "", []):
                fields[name] = document[name]
        return fields, guess

    def _room_said(self, document: Document) -> str | None:
        for name in ("room", "room_name", "division", "room_id"):
            if document.get(name) not in (None, ""):
                return self._rooms.named(document[name])
        return None

    def _settled(self, fields: dict[str, Any], document: Document, place: Place) -> dict[str, Any]:
        """Leave out single fields that cannot be used, so that the sensor itself is not lost."""
        tally, kept = self._report.sensors, dict(fields)
        if kept["room"] is not None:
            found = self._rooms_known().by_key.get(name_key(str(kept["room"])))
            if found is None:
                words = f"There is no room “{str(kept['room'])[:80]}”; it is in none now."
                tally.note("unknown_room", place, words, "room")
            kept["room"] = found
        if len(str(kept["name"])) > NAME_LENGTH:
            tally.note("name_cut", place, f"Cut to {NAME_LENGTH} characters.", "name")
            kept["name"] = str(kept["name"])[:NAME_LENGTH]
        for name in ("unit", "interval_s", "control_capabilities"):
            if name not in kept:
                continue
            try:
                sensor_columns({name: kept[name]}, str(kept["sensor_type"]))
            except InvalidInput as error:
                tally.note(f"{name}_left_out", place, _words(error), name)
                del kept[name]
        if isinstance(document.get("unit"), str):
            original = next(t for name in IDS if (t := text_of(document.get(name))))
            self.units[usable_id(original)] = document["unit"]
        return kept

    def room_of(self, original: str) -> str | None:
        """The division that lists a device, for one that only its readings tell of."""
        return self._rooms.of_iot(original)

    def _rooms_known(self) -> _Known:
        """Looked up once: the last room is taken before the first sensor."""
        if self._known is None:
            names = self._rooms.names()
            self._known = _Known(
                RoomNames(names),
                {room_id: name for name, room_id in names.items() if room_id},
                {name_key(name): name for name in names},
            )
        return self._known

    def _present(self, sensor_id: str) -> Sensor | None:
        try:
            found = self._house.building.sensor(sensor_id)
        except Unknown:
            return None
        return None if found.status == "discovered" else found

    def _note_guess(self, sensor_id: str, sensor: _Newcomer) -> None:
        fields = sensor.fields
        said = sensor.document.get("sensor_type") == sensor.guess.sensor_type
        if (said and fields["meter_role"] == "none") or len(self._report.guessed) >= MOST_LISTED:
            return
        names = ("sensor_type", "meter_role", "use", "room")
        self._report.guessed.append({"sensor_id": sensor_id, **{n: fields[n] for n in names}})


def refuse_error(tally: Tally, error: WattboardError, place: Place) -> None:
    """Refuse with what a use case says, by its first field."""
    first = error.fields[0].field if isinstance(error, InvalidInput) and error.fields else None
    tally.refuse(error.code, place, _words(error), first)


def _words(error: WattboardError) -> str:
    if isinstance(error, InvalidInput) and len(error.fields) == 1:
        return error.fields[0].message + "."
    if isinstance(error, InvalidInput) and error.fields:
        return "; ".join(f"{field.field}: {field.message}" for field in error.fields)
    return error.message


def _room_fields(document: Document) -> dict[str, Any]:
    name = document.get("name", document.get("room_name", document.get("room", "")))
    floor = document.get("floor")
    storey = isinstance(floor, int | float) and not isinstance(floor, bool) and abs(floor) < 1e6
    fields: dict[str, Any] = {
        "name": text_of(name) if isinstance(name, int) else name,
        "floor": f"{floor:g}" if storey else floor,
    }
    if floor in (None, ""):
        fields["floor"] = FLOOR_UNKNOWN
    for name in ("capacity", "area_m2"):
        if document.get(name) is not None:
            fields[name] = document[name]
    return fields


def _metrics(original: str, said_type: str, document: Document) -> set[str]:
    """What it measures: its listed values, else its unit."""
    values = document.get("values")
    found = {
        meaning.metric
        for value in (values if type(values) is list else ())
        if (meaning := meaning_of(value)) is not None and not meaning.part
    }
    if found or said_type in SENSOR_TYPES:
        return found
    unit = document.get("unit")
    metric = metric_of_value(original, None, unit) if isinstance(unit, str) else None
    return {metric} if metric else set()


def _role(document: Document, guess: Guess) -> str:
    """`store.type` said in the original what counts in a total."""
    said = document.get("meter_role")
    if isinstance(said, str) and said in METER_ROLES:
        return said
    store = document.get("store")
    kept = store.get("type") if type(store) is dict else None
    if guess.sensor_type in ELECTRIC and isinstance(kept, str) and kept in ROLE_OF_STORE:
        return ROLE_OF_STORE[kept]
    return guess.meter_role


def _takes_part(document: Document) -> bool:
    control = document.get("control")
    said = control.get("demandresponse") if type(control) is dict else None
    if said is None:
        return document.get("demand_response_enabled") is True
    return said is True or said in ("shifting", "reducing")
