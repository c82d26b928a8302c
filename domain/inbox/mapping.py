"""Foreign payloads, read by topic filter, JSON paths and units; what none names is passed over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS, to_default_unit
from domain.inbox.decode import MAX_MESSAGE_BYTES, SENSOR_ID, Batch, decode_object, parse
from domain.inbox.refusal import Refused

MOST_FIELDS = 100
DEEPEST_PATH = 12
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OUTSIDE_ID = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class MappedField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of the payload: where it stands, what it is, and in which unit.

    `path` is keys and list positions joined by dots; one `*` stands for every key there and is
    {key} in `sensor_id`. `when` names a path that must exist too. `booleans` are the values of
    false and true for a field that is one.
    """

    path: str
    metric: str
    unit: str | None = None
    unit_path: str | None = None
    sensor_id: str | None = None
    when: str | None = None
    booleans: tuple[float, float] | None = None


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of foreign message becomes readings.

    `sensor_id` may hold {1}, {2}, …: what the first, second, … `+` of the filter stood for.
    Without `timestamp_path` a message is stamped on arrival.
    """

    name: str
    topic_filter: str
    sensor_id: str
    fields: tuple[MappedField, ...]
    timestamp_path: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class TopicMatch:
    """What the wildcards of a filter stood for."""

    parts: dict[str, str]


def match_topic(topic_filter: str, topic: str) -> TopicMatch | None:
    """Match by the rules of MQTT; `+` is {1}, {2}, …, the rest under `#` is {rest}."""
    parts: dict[str, str] = {}
    levels = topic.split("/")
    wanted = topic_filter.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return None
    for position, level in enumerate(wanted):
        if level == "#":
            parts["rest"] = "/".join(levels[position:])
            return TopicMatch(parts)
        if position >= len(levels):
            return None
        if level == "+":
            parts[str(len(parts) + 1)] = levels[position]
        elif level != levels[position]:
            return None
    return TopicMatch(parts) if len(levels) == len(wanted) else None


def apply_mapping(
    mapping: Mapping,
    match: TopicMatch,
    payload: bytes,
    batch: Batch,
    index: int,
    arrived_ms: int | None,
) -> None:
    """Add the readings of one foreign message; what cannot be read at all is refused."""
    try:
        if len(payload) > MAX_MESSAGE_BYTES:
            raise Refused("too_large", f"More than {MAX_MESSAGE_BYTES} bytes in one message.")
        found = parse(payload)
    except Refused as refused:
        batch.refuse(index, refused)
        return
    timestamp = _one(found, mapping.timestamp_path) if mapping.timestamp_path else None
    if timestamp is None and arrived_ms is None:
        return  # a retained message without time tells nothing about when
    sensors: dict[str, dict[str, Any]] = {}
    for field in mapping.fields:
        for key, value in _values(found, field):
            sensor_id = _fill(field.sensor_id or mapping.sensor_id, {**match.parts, "key": key})
            sensors.setdefault(sensor_id, {})[field.metric] = value
    for sensor_id, metrics in sensors.items():
        item = {**metrics, "timestamp": timestamp} if timestamp is not None else metrics
        if SENSOR_ID.fullmatch(sensor_id):
            decode_object(item, sensor_id, batch, index, arrived_ms)
        else:
            batch.refuse(index, Refused("bad_sensor_id", f"{mapping.name} gives no sensor_id."))


def check_mapping(mapping: Mapping) -> None:
    """Refuse what could never work.

    Raises:
        InvalidInput: one entry per field.
    """
    errors = list(_problems(mapping))
    if errors:
        raise InvalidInput("This mapping cannot be used.", errors, code="bad_mapping")


def _problems(mapping: Mapping) -> Iterator[FieldError]:
    if not _NAME.fullmatch(mapping.name):
        yield FieldError("name", "1 to 64 of A-Z, a-z, 0-9, “_”, “.”, “-”")
    if not is_filter(mapping.topic_filter):
        yield FieldError("topic_filter", "is no MQTT topic filter")
    if not 1 <= len(mapping.fields) <= MOST_FIELDS:
        yield FieldError("fields", f"1 to {MOST_FIELDS} fields", MOST_FIELDS)
    wildcards = {str(n + 1) for n in range(mapping.topic_filter.split("/").count("+"))} | {"rest"}
    for at, field in enumerate(mapping.fields):
        name = f"fields.{at}"
        template = field.sensor_id or mapping.sensor_id
        allowed = wildcards | ({"key"} if "*" in field.path.split(".") else set())
        unknown = set(_PLACEHOLDER.findall(template)) - allowed
        if unknown or not template.strip():
            yield FieldError(f"{name}.sensor_id", f"may hold {', '.join(sorted(allowed))}")
        if field.path.split(".").count("*") > 1 or field.path.count(".") > DEEPEST_PATH:
            yield FieldError(f"{name}.path", f"one *, at most {DEEPEST_PATH} steps")
        if field.metric not in METRICS:
            yield FieldError(f"{name}.metric", "is no metric", list(METRICS))
        else:
            try:
                to_default_unit(field.metric, 0.0, field.unit)
            except InvalidInput as error:
                yield FieldError(f"{name}.unit", error.message)


def is_filter(text: str) -> bool:
    """Tell whether `text` is a topic filter that a broker accepts."""
    levels = text.split("/")
    return (
        0 < len(text) <= 256
        and "\x00" not in text
        and not text.startswith("$")
        and all(level in ("+", "#") or not set("+#") & set(level) for level in levels)
        and "#" not in levels[:-1]
    )


def _values(found: Any, field: MappedField) -> Iterator[tuple[str, dict[str, Any]]]:
    if field.when is not None and _one(found, field.when) is None:
        return
    unit = field.unit
    if field.unit_path is not None and isinstance(said := _one(found, field.unit_path), str):
        unit = said
    for key, value in _follow(found, field.path.split("."), ""):
        if isinstance(value, bool):
            if field.booleans is None:
                continue
            value = field.booleans[value]
        if isinstance(value, int | float):
            yield key, {"value": value, "unit": unit}


def _one(found: Any, path: str) -> Any:
    return next((value for _key, value in _follow(found, path.split("."), "")), None)


def _follow(found: Any, steps: list[str], key: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        if found is not None:
            yield key, found
        return
    step, rest = steps[0], steps[1:]
    if step == "*":
        pairs = found.items() if isinstance(found, dict) else ()
        for name, inner in pairs:
            yield from _follow(inner, rest, str(name))
    elif isinstance(found, dict) and step in found:
        yield from _follow(found[step], rest, key)
    elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
        yield from _follow(found[int(step)], rest, key)


def _fill(template: str, parts: dict[str, str]) -> str:
    filled = _PLACEHOLDER.sub(lambda found: parts.get(found[1], ""), template)
    return _OUTSIDE_ID.sub("_", filled).strip("_")[:64]
