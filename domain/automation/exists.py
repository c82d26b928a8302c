"""Whether what a rule or schedule speaks of is there, and can do what it is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.automation.model import (
    Condition,
    DeviceCondition,
    Entry,
    EventTrigger,
    MetricCondition,
    MetricTrigger,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    Source,
    Target,
    Trigger,
)
from domain.automation.world import World
from domain.control.capabilities import command_value
from domain.control.model import ASPECT_OF_COMMAND, Device, Value
from domain.foundation.errors import FieldError, InvalidInput


def plan_errors(plan: Plan, world: World) -> list[FieldError]:
    """One entry for each field that names nothing there is, or more than a device can do."""
    errors = _trigger_errors(plan.trigger, world)
    for place, condition in enumerate(plan.conditions):
        errors += _condition_errors(condition, f"conditions[{place}]", world)
    told: dict[tuple[str, str], int] = {}
    for place, action in enumerate(plan.actions):
        path = f"actions[{place}]"
        errors += told_errors([action.target], action.command, action.value, path, world)
        for device in world.told(action.target):
            before = told.setdefault((device.device_id, ASPECT_OF_COMMAND[action.command]), place)
            if before != place:
                words = f"{device.name} is told by action {before + 1} already"
                errors.append(FieldError(f"{path}.command", words))
    return errors


def _trigger_errors(trigger: Trigger, world: World) -> list[FieldError]:
    match trigger:
        case MetricTrigger(source=source):
            return _source_errors(source, "trigger", world)
        case OccupancyTrigger(room_id=room_id):
            return _presence_errors(room_id, "trigger", world)
        case EventTrigger(room_id=int(room_id)):
            return _room_errors(room_id, "trigger", world)
    return []


def _condition_errors(condition: Condition, path: str, world: World) -> list[FieldError]:
    match condition:
        case MetricCondition(source=source):
            return _source_errors(source, path, world)
        case OccupancyCondition(room_id=room_id):
            return _presence_errors(room_id, path, world)
        case DeviceCondition(device_id=device_id) if device_id not in world.devices:
            return [FieldError(f"{path}.device_id", "there is no such device")]
    return []


def schedule_errors(
    targets: Sequence[Target], entries: Sequence[Entry], world: World
) -> list[FieldError]:
    """One entry for each target that is not there, and each entry no device can follow."""
    errors: list[FieldError] = []
    for place, target in enumerate(targets):
        errors += _target_errors(target, f"targets[{place}]", world)
    if not errors:
        for place, entry in enumerate(entries):
            path = f"entries[{place}]"
            errors += told_errors(targets, entry.command, entry.value, path, world)
    return errors


def told_errors(
    targets: Sequence[Target], command: str, value: Value, path: str, world: World
) -> list[FieldError]:
    """Why devices cannot be told this: a named one must be able to, of a room at least one."""
    for target in targets:
        if errors := _target_errors(target, path, world):
            return errors
    named = [d for t in targets if t.device_id is not None for d in world.told(t)]
    others = [d for t in targets if t.device_id is None for d in world.told(t)]
    able = [device for device in others if command in device.capabilities.commands]
    if not named and not able:
        known = sorted({c for device in others for c in device.capabilities.commands})
        words = f"no device here understands “{command}”"
        return [FieldError(f"{path}.command", words, known)]
    errors = []
    for device in (*named, *able):
        errors += _device_errors(device, command, value, path)
    return errors[:1]


def batteries(targets: Iterable[Target], world: World) -> bool:
    """Whether a battery is among those that are told."""
    return any(d.device_type == "battery" for target in targets for d in world.told(target))


def _device_errors(device: Device, command: str, value: Value, path: str) -> list[FieldError]:
    try:
        command_value(device.capabilities, command, value)
    except InvalidInput as error:
        return [
            FieldError(f"{path}.{wrong.field}", f"{device.name}: {wrong.message}", wrong.limit)
            for wrong in error.fields
        ]
    return []


def _target_errors(target: Target, path: str, world: World) -> list[FieldError]:
    if target.device_id is not None:
        if target.device_id in world.devices:
            return []
        return [FieldError(f"{path}.device_id", "there is no such device")]
    if target.room_id is None:
        return []
    if errors := _room_errors(target.room_id, path, world):
        return errors
    if world.told(target):
        return []
    return [FieldError(f"{path}.room_id", "this room has no such device")]


def _source_errors(source: Source, path: str, world: World) -> list[FieldError]:
    if source.sensor_id is not None:
        if world.source(source):
            return []
        if source.sensor_id not in world.names.sensors:
            return [FieldError(f"{path}.sensor_id", "there is no such sensor")]
        known = sorted(metric for key, metric in world.series if key == source.sensor_id)
        return [FieldError(f"{path}.metric", "this sensor does not measure it", known)]
    if source.room_id is None:
        return []
    if errors := _room_errors(source.room_id, path, world):
        return errors
    known = sorted(world.room_metrics(source.room_id))
    if source.metric in known:
        return []
    return [FieldError(f"{path}.metric", "nothing in this room measures it", known)]


def _presence_errors(room_id: int, path: str, world: World) -> list[FieldError]:
    if errors := _room_errors(room_id, path, world):
        return errors
    if world.presence(room_id):
        return []
    words = "nothing in this room counts people or sees them move"
    return [FieldError(f"{path}.room_id", words)]


def _room_errors(room_id: int, path: str, world: World) -> list[FieldError]:
    known = room_id in world.names.rooms
    return [] if known else [FieldError(f"{path}.room_id", "there is no such room")]
