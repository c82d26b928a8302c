"""Rules and schedules as raw fields and back, checked field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from domain.alarms.model import KINDS, SERVICES, SEVERITIES
from domain.automation.checking import Form, clock
from domain.automation.model import (
    CHANGES,
    CONDITIONS,
    OCCUPIED,
    RUNNING,
    SIDES,
    TRIGGERS,
    Action,
    Condition,
    DayCondition,
    Days,
    DeviceCondition,
    Entry,
    EventTrigger,
    MetricCondition,
    MetricTrigger,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    PriceCondition,
    PriceTrigger,
    Rule,
    Schedule,
    Side,
    Source,
    Target,
    TimeCondition,
    TimeTrigger,
    Trigger,
)
from domain.control.model import ASPECT_OF_COMMAND, DEVICE_TYPES, Value
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS

NAME_LENGTH, NOTICE_LENGTH = 60, 200
LONGEST_FOR_S = 86_400
LONGEST_COOLDOWN_S = 7 * 86_400
MOST_CONDITIONS, MOST_ACTIONS, MOST_ENTRIES, MOST_TARGETS = 10, 20, 50, 50
MINUTES = (1, 1440)
PRICE_LIMITS = (-10.0, 10.0)
RULE_FIELDS = ("name", "enabled", "trigger", "conditions", "actions", "cooldown_s", "notice")
SCHEDULE_FIELDS = ("name", "enabled", "targets", "entries")
_MOST_ID = 2**31 - 1
_WHERE = ("device_id", "room_id", "device_type")
Fields = Mapping[str, object]


# ---- in ------------------------------------------------------------------------------------


def read_rule(fields: Fields, errors: list[FieldError]) -> tuple[str, bool, Plan]:
    """Name, whether it is switched on, and plan; what is wrong goes into `errors`."""
    form = Form(fields, errors)
    form.only(*RULE_FIELDS)
    plan = Plan(
        trigger=_trigger(form.part("trigger")),
        conditions=tuple(_condition(f) for f in form.parts("conditions", 0, MOST_CONDITIONS)),
        actions=tuple(_action(f) for f in form.parts("actions", 0, MOST_ACTIONS)),
        cooldown_s=form.whole("cooldown_s", 0, LONGEST_COOLDOWN_S, "s", usual=0),
        notice=form.text("notice", NOTICE_LENGTH) if form.has("notice") else None,
    )
    if not plan.actions and plan.notice is None and not form.raw("actions"):
        form.wrong("actions", "say what is done, or what is told (notice)")
    return form.text("name", NAME_LENGTH), form.flag("enabled", usual=True), plan


def read_schedule(
    fields: Fields, errors: list[FieldError]
) -> tuple[str, bool, tuple[Target, ...], tuple[Entry, ...]]:
    """Name, whether it is switched on, targets and entries; wrongs go into `errors`."""
    form = Form(fields, errors)
    form.only(*SCHEDULE_FIELDS)
    targets = tuple(_target(f, _WHERE) for f in form.parts("targets", 1, MOST_TARGETS))
    entries = tuple(_entry(f) for f in form.parts("entries", 1, MOST_ENTRIES))
    return form.text("name", NAME_LENGTH), form.flag("enabled", usual=True), targets, entries


def stored_plan(fields: Fields) -> Plan:
    """A plan as the database keeps it. Raises InvalidInput for what is none."""
    errors: list[FieldError] = []
    _, _, plan = read_rule({"name": "kept", **fields}, errors)
    _refuse(errors)
    return plan


def stored_schedule(fields: Fields) -> tuple[tuple[Target, ...], tuple[Entry, ...]]:
    """Targets and entries as the database keeps them. Raises InvalidInput for what is none."""
    errors: list[FieldError] = []
    _, _, targets, entries = read_schedule({"name": "kept", **fields}, errors)
    _refuse(errors)
    return targets, entries


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidInput("What is kept is no rule.", errors)


def _trigger(form: Form) -> Trigger:
    match form.choice("kind", tuple(TRIGGERS)):
        case "time":
            form.only("kind", "at", "day_types", "weekdays")
            return TimeTrigger(form.minute("at"), form.days())
        case "price":
            form.only("kind", "side", "limit_per_kwh", "for_s")
            side, limit = _price(form)
            return PriceTrigger(side, limit, _for_s(form))
        case "occupancy":
            form.only("kind", "room_id", "state", "for_s")
            state = form.choice("state", tuple(OCCUPIED))
            return OccupancyTrigger(_room(form), state, _for_s(form))  # type: ignore[arg-type]
        case "event":
            form.only("kind", "change", "service", "severity", "event_kind", "room_id")
            return EventTrigger(
                form.choice("change", tuple(CHANGES)),  # type: ignore[arg-type]
                form.maybe("service", tuple(SERVICES)),
                form.maybe("severity", SEVERITIES),
                form.maybe("event_kind", tuple(KINDS)),
                _room(form) if form.has("room_id") else None,
            )
    if form.raw("kind") != "metric":
        return TimeTrigger(0)
    form.only(
        "kind", "metric", "sensor_id", "room_id", "side", "limit", "for_s", "hysteresis"
    )  # fmt: skip
    source, side, limit = _metric(form)
    known = METRICS[source.metric]
    back = form.number("hysteresis", 0, known.high - known.low, known.unit, usual=0.0)
    return MetricTrigger(source, side, limit, _for_s(form), back)


def _condition(form: Form) -> Condition:
    match form.choice("kind", tuple(CONDITIONS)):
        case "time":
            form.only("kind", "from", "to", "day_types", "weekdays")
            begin, end = _span(form)
            return TimeCondition(begin, end, form.days())
        case "day":
            form.only("kind", "day_types", "weekdays")
            days = form.days()
            if not days.day_types and not days.weekdays:
                form.wrong("day_types", "choose some days")
            return DayCondition(days)
        case "price":
            form.only("kind", "side", "limit_per_kwh")
            return PriceCondition(*_price(form))
        case "occupancy":
            form.only("kind", "room_id", "state")
            return OccupancyCondition(_room(form), form.choice("state", tuple(OCCUPIED)))  # type: ignore[arg-type]
        case "device":
            form.only("kind", "device_id", "state")
            return DeviceCondition(form.text("device_id", 64), form.choice("state", tuple(RUNNING)))  # type: ignore[arg-type]
    if form.raw("kind") != "metric":
        return DayCondition(Days())
    form.only("kind", "metric", "sensor_id", "room_id", "side", "limit")
    return MetricCondition(*_metric(form))


def _action(form: Form) -> Action:
    form.only(*_WHERE, "command", "value", "minutes")
    return Action(
        _target(form),
        form.choice("command", tuple(ASPECT_OF_COMMAND)),
        _value(form),
        form.whole("minutes", *MINUTES, "minutes"),
    )


def _entry(form: Form) -> Entry:
    form.only("day_types", "weekdays", "from", "to", "command", "value")
    begin, end = _span(form)
    command = form.choice("command", tuple(ASPECT_OF_COMMAND))
    return Entry(form.days(), begin, end, command, _value(form))


def _target(form: Form, only: tuple[str, ...] = ()) -> Target:
    if only:
        form.only(*only)
    if form.has("device_id") == form.has("room_id"):
        form.wrong("device_id", "say one device, or a room")
        return Target()
    if form.has("device_id"):
        return Target(device_id=form.text("device_id", 64))
    return Target(room_id=_room(form), device_type=form.maybe("device_type", tuple(DEVICE_TYPES)))


def _value(form: Form) -> Value:
    raw = form.raw("value")
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | None):
        form.wrong("value", "is a number, a mode or nothing")
        return None
    return float(raw) if isinstance(raw, int) else raw


def _metric(form: Form) -> tuple[Source, Side, float]:
    usable = tuple(name for name, metric in METRICS.items() if metric.kind != "counter")
    metric = METRICS[form.choice("metric", usable)]
    source = Source(metric.name)
    if form.has("sensor_id") == form.has("room_id"):
        form.wrong("sensor_id", "say one sensor, or a room")
    elif form.has("sensor_id"):
        source = Source(metric.name, sensor_id=form.text("sensor_id", 64))
    else:
        source = Source(metric.name, room_id=_room(form))
    side = _side(form)
    return source, side, form.number("limit", metric.low, metric.high, metric.unit)


def _price(form: Form) -> tuple[Side, float]:
    return _side(form), form.number("limit_per_kwh", *PRICE_LIMITS)


def _side(form: Form) -> Side:
    return "below" if form.choice("side", tuple(SIDES)) == "below" else "above"


def _room(form: Form) -> int:
    return form.whole("room_id", 1, _MOST_ID)


def _for_s(form: Form) -> int:
    return form.whole("for_s", 0, LONGEST_FOR_S, "s", usual=0)


def _span(form: Form) -> tuple[int, int]:
    begin, end = form.minute("from"), form.minute("to", end=True)
    if begin == end and form.has("to"):
        form.wrong("to", "is another time than it begins at; 24:00 is the end of the day")
    return begin, end


# ---- out -----------------------------------------------------------------------------------


def rule_fields(rule: Rule) -> dict[str, object]:
    """A rule as its fields."""
    return {"name": rule.name, "enabled": rule.enabled, **plan_fields(rule.plan)}


def plan_fields(plan: Plan) -> dict[str, object]:
    """A plan as its fields."""
    return {
        "trigger": trigger_fields(plan.trigger),
        "conditions": [condition_fields(condition) for condition in plan.conditions],
        "actions": [
            {
                **target_fields(action.target),
                "command": action.command,
                "value": action.value,
                "minutes": action.minutes,
            }
            for action in plan.actions
        ],
        "cooldown_s": plan.cooldown_s,
        "notice": plan.notice,
    }


def schedule_fields(schedule: Schedule) -> dict[str, object]:
    """A schedule as its fields."""
    parts = parts_fields(schedule.targets, schedule.entries)
    return {"name": schedule.name, "enabled": schedule.enabled, **parts}


def parts_fields(targets: tuple[Target, ...], entries: tuple[Entry, ...]) -> dict[str, object]:
    """Targets and entries of a schedule as its fields."""
    return {
        "targets": [target_fields(target) for target in targets],
        "entries": [
            {
                **_days(entry.days),
                "from": clock(entry.from_minute),
                "to": clock(entry.to_minute),
                "command": entry.command,
                "value": entry.value,
            }
            for entry in entries
        ],
    }


def trigger_fields(trigger: Trigger) -> dict[str, object]:
    """A trigger as its fields."""
    match trigger:
        case MetricTrigger():
            fields = {**_source(trigger.source), "side": trigger.side, "limit": trigger.limit}
            fields |= {"for_s": trigger.for_s, "hysteresis": trigger.hysteresis}
        case TimeTrigger():
            fields = {"at": clock(trigger.minute), **_days(trigger.days)}
        case PriceTrigger():
            fields = {"side": trigger.side, "limit_per_kwh": trigger.limit_per_kwh}
            fields |= {"for_s": trigger.for_s}
        case OccupancyTrigger():
            fields = {"room_id": trigger.room_id, "state": trigger.state, "for_s": trigger.for_s}
        case EventTrigger():
            names = ("change", "service", "severity", "event_kind", "room_id")
            fields = {name: getattr(trigger, name) for name in names}
    return {"kind": trigger.kind, **fields}


def condition_fields(condition: Condition) -> dict[str, object]:
    """A condition as its fields."""
    match condition:
        case MetricCondition():
            fields = {**_source(condition.source), "side": condition.side}
            fields |= {"limit": condition.limit}
        case TimeCondition():
            fields = {"from": clock(condition.from_minute), "to": clock(condition.to_minute)}
            fields |= _days(condition.days)
        case DayCondition():
            fields = _days(condition.days)
        case PriceCondition():
            fields = {"side": condition.side, "limit_per_kwh": condition.limit_per_kwh}
        case OccupancyCondition():
            fields = {"room_id": condition.room_id, "state": condition.state}
        case DeviceCondition():
            fields = {"device_id": condition.device_id, "state": condition.state}
    return {"kind": condition.kind, **fields}


def target_fields(target: Target) -> dict[str, object]:
    """A target as its fields, only what there is."""
    said = {name: getattr(target, name) for name in _WHERE}
    return {name: value for name, value in said.items() if value is not None}


def _days(days: Days) -> dict[str, object]:
    return {"day_types": list(days.day_types), "weekdays": list(days.weekdays)}


def _source(source: Source) -> dict[str, object]:
    if source.sensor_id is not None:
        return {"metric": source.metric, "sensor_id": source.sensor_id}
    return {"metric": source.metric, "room_id": source.room_id}
