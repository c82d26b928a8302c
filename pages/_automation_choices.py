"""What the forms of automation offer, and a sheet made whole with it: pure but for `choices_of`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from domain.access.policy import Actor
from domain.automation.model import CONDITIONS as CONDITION_KINDS
from domain.automation.model import TRIGGERS
from domain.building.live import ROOM_METRICS
from domain.building.model import Sensor
from domain.control.model import DEVICE_TYPES, Device, Range
from domain.foundation.units import METRICS
from domain.house import House
from pages import _automation_sheet as sheets
from pages._automation_sheet import NO_PLACE, Row, Sheet, Typed, many, text

Option = tuple[str, str]
USUAL_BACK: Mapping[str, float] = {"temperature": 0.5, "co2": 50, "humidity": 3, "power": 0.1}
"""How far back behind the limit makes a rule ready again, where nobody has said it."""
COMMANDS: Mapping[str, str] = {
    "off": "Switch off",
    "on": "Switch on",
    "set_power_kw": "Set power to",
    "set_setpoint_c": "Set temperature to",
    "set_shed_percent": "Reduce by",
    "set_mode": "Set mode to",
}
UNITS: Mapping[str, str] = {"set_power_kw": "kW", "set_setpoint_c": "°C", "set_shed_percent": "%"}


@dataclass(frozen=True, slots=True)
class Told:
    """A device or a group as something to be told; `ranges` by command."""

    key: str
    label: str
    commands: tuple[str, ...]
    ranges: Mapping[str, Range]
    modes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choices:
    """Everything that selects offer; `measures` by place, value and words, as far as asked."""

    rooms: Sequence[Option]
    told: Mapping[str, Told]
    measures: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    money: str = "€"

    @property
    def places(self) -> list[Option]:
        """Where something is measured."""
        return [*self.rooms, (NO_PLACE, "In no room")]

    @property
    def targets(self) -> list[Option]:
        """Devices and groups."""
        return [(key, one.label) for key, one in self.told.items()]

    @property
    def devices(self) -> list[Option]:
        """Single devices."""
        return [(key, words) for key, words in self.targets if key.startswith("device:")]

    def of_targets(self, keys: Sequence[str]) -> Told:
        """What all of these understand."""
        return together("", "", [self.told[key] for key in keys if key in self.told])


def choices_of(house: House, actor: Actor, sheet: Sheet) -> Choices:
    """For the sheet as it stands: the series of the places that it names."""
    rooms = [(str(room.room_id), room.name) for room in house.building.rooms()]
    named = {text(row, "place") for part in sheet.values() for row in part}
    places = {place for place in named if place} | {rooms[0][0] if rooms else NO_PLACE}
    measures = {place: _measures(house, place) for place in places}
    devices = [now.device for now in house.control.devices(actor)]
    names = {int(key): name for key, name in rooms}
    money = house.automation.names().money
    return Choices(rooms, told_of(devices, names), measures, money)


def _measures(house: House, place: str) -> list[Option]:
    room_id = sheets.whole_number(place)
    entries, latest = house.building.sensors_told()
    if room_id is None:
        placed = house.building.placement()
        homeless = (e.sensor for e in entries if placed.get(e.sensor.sensor_id) is None)
        sensors: Iterable[Sensor] = (s for s in homeless if s.status != "hidden")
    else:
        sensors = house.building.sensors_in(room_id)
    heard = [(sensor, [one.metric for one in latest.get(sensor.sensor_id)]) for sensor in sensors]
    return measures_of(heard, in_room=room_id is not None)


def measures_of(heard: Sequence[tuple[Sensor, Sequence[str]]], *, in_room: bool) -> list[Option]:
    """The room's own values first, then sensor by sensor; counters only rise and are no limit."""
    usable = [
        (sensor, metric)
        for sensor, metrics in heard
        for metric in metrics
        if metric in METRICS and METRICS[metric].kind != "counter"
    ]
    adopted = {metric for sensor, metric in usable if sensor.status == "adopted"}
    whole = [metric for metric in METRICS if metric in adopted & ROOM_METRICS] if in_room else []
    listed = [(f"{metric}@room", f"{METRICS[metric].label} of the room") for metric in whole]
    single = [
        (f"{metric}@sensor:{sensor.sensor_id}", f"{METRICS[metric].label} · {sensor.name}")
        for sensor, metric in usable
    ]
    return [*listed, *sorted(single, key=lambda option: option[1].casefold())]


def told_of(devices: Sequence[Device], rooms: Mapping[int, str]) -> dict[str, Told]:
    """Devices by room and name, then the groups that have more than one device."""
    ordered = sorted(devices, key=lambda d: (rooms.get(d.room_id or 0, "~"), d.name.casefold()))
    found = [_told(device, rooms) for device in ordered if device.capabilities.commands]
    for room_id, members in groupby(ordered, key=lambda d: d.room_id):
        if room_id is not None and room_id in rooms:
            found += _groups(room_id, rooms[room_id], list(members))
    return {one.key: one for one in found}


def _told(device: Device, rooms: Mapping[int, str]) -> Told:
    known = device.capabilities
    ranges = {
        "set_power_kw": known.power_kw,
        "set_setpoint_c": known.setpoint_c,
        "set_shed_percent": known.shed_percent,
    }
    room = rooms.get(device.room_id or 0)
    return Told(
        f"device:{device.device_id}",
        f"{device.name} · {room}" if room and room not in device.name else device.name,
        known.commands,
        {name: limits for name, limits in ranges.items() if limits is not None},
        known.mode,
    )


def _groups(room_id: int, room: str, members: Sequence[Device]) -> list[Told]:
    by_type: dict[str, list[Told]] = {}
    for device in members:
        by_type.setdefault(device.device_type, []).append(_told(device, {}))
    listed = {"": [one for some in by_type.values() for one in some], **by_type}
    found = []
    for kind, some in listed.items():
        if len(some) < 2 or (kind and len(by_type) == 1):
            continue
        words = DEVICE_TYPES[kind].lower() if kind else "devices"
        key = f"room:{room_id}:{kind}" if kind else f"room:{room_id}"
        one = together(key, f"All {words} of {room}", some)
        if one.commands:
            found.append(one)
    return found


def together(key: str, label: str, some: Sequence[Told]) -> Told:
    """What all of some devices understand, in the ranges that all of them have."""
    if not some:
        return Told(key, label, (), {})
    commands = tuple(c for c in some[0].commands if all(c in one.commands for one in some))
    ranges = {}
    for command in commands:
        limits = [one.ranges[command] for one in some if command in one.ranges]
        if limits:
            steps = max(one.step for one in limits)
            ranges[command] = Range(
                max(one.low for one in limits), min(one.high for one in limits), steps
            )
    modes = tuple(m for m in some[0].modes if all(m in one.modes for one in some))
    return Told(key, label, commands, ranges, modes)


# ---- a sheet made whole --------------------------------------------------------------------


def settled(sheet: Sheet, choices: Choices) -> Sheet:
    """The sheet with every select standing on something that it offers, as a browser shows it."""
    made = dict(sheet)
    for part, kinds in ((sheets.TRIGGER, TRIGGERS), (sheets.CONDITIONS, CONDITION_KINDS)):
        if part in made:
            made[part] = tuple(_watched(row, kinds, choices) for row in made[part])
    for part in (sheets.ACTIONS, sheets.ENTRIES):
        if part in made:
            shared = many(sheets.main_of(sheet), "targets") if part == sheets.ENTRIES else None
            made[part] = tuple(_telling(row, choices, shared) for row in made[part])
    return made


def _watched(row: Row, kinds: Mapping[str, str], choices: Choices) -> dict[str, Typed]:
    kind = one_of(text(row, "kind"), list(kinds.items()), keep=False)
    asked = {"metric": {"place", "measure"}, "time": {"days_by"}, "day": {"days_by"}}.get(
        kind, set()
    )
    unasked = sheets.SHAPING - asked
    made: dict[str, Typed] = {k: v for k, v in row.items() if k not in unasked} | {"kind": kind}
    if kind == "metric":
        place = one_of(text(row, "place"), choices.places)
        made["place"] = place
        # A sensor that is gone is kept to be seen.
        made["measure"] = one_of(text(row, "measure"), choices.measures.get(place, ()))
        made.setdefault("hysteresis", USUAL_BACK.get(str(made["measure"]).partition("@")[0], 0))
    if kind in ("time", "day"):
        usual = "every" if kind == "time" else "work"
        made["days_by"] = one_of(text(row, "days_by") or usual, list(sheets.DAYS_BY.items()))
    return made


def _telling(row: Row, choices: Choices, shared: Sequence[str] | None) -> dict[str, Typed]:
    made = dict(row)
    if shared is None:
        made["target"] = one_of(text(row, "target"), choices.targets)
        told = choices.of_targets([str(made["target"])])
    else:
        told = choices.of_targets(shared)
        made["days_by"] = one_of(text(row, "days_by") or "work", list(sheets.DAYS_BY.items()))
    offered = [(command, COMMANDS[command]) for command in COMMANDS if command in told.commands]
    made["command"] = one_of(text(row, "command"), offered, keep=not offered)
    return made


def one_of(value: str, options: Sequence[Option], *, keep: bool = True) -> str:
    """The value, or the first that is offered; an unknown one stays where it is to be kept."""
    known = [key for key, _ in options]
    if value in known or (keep and value):
        return value
    return known[0] if known else ""
