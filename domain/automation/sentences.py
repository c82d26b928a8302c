"""Rules and schedules read back to whoever makes them. Pure."""

from __future__ import annotations

from domain.alarms.model import KINDS, SERVICES, SEVERITY_LABELS
from domain.automation.checking import clock
from domain.automation.model import (
    Action,
    Condition,
    DayCondition,
    Days,
    DeviceCondition,
    Entry,
    EventTrigger,
    MetricCondition,
    MetricTrigger,
    Names,
    OccupancyCondition,
    OccupancyTrigger,
    Plan,
    PriceCondition,
    PriceTrigger,
    Source,
    Target,
    TimeCondition,
    TimeTrigger,
    Trigger,
)
from domain.control.model import DEVICE_TYPES, Value
from domain.foundation.units import METRICS

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
DAY_WORDS = {
    "workday": "working days",
    "saturday": "Saturdays",
    "sunday": "Sundays",
    "holiday": "public holidays",
    "closure": "days it is closed",
}
_MORE = {"hvac": "air conditioning", "sockets": "sockets", "lamp": "lamps"}


def sentence(plan: Plan, names: Names) -> str:
    """A rule in one sentence, as a facility manager would say it."""
    said = trigger_words(plan.trigger, names)
    times = [c for c in plan.conditions if isinstance(c, TimeCondition)]
    for at in times:
        days = "" if at.days.every else f" {days_words(at.days)}"
        said += f"{days} {window_words(at.from_minute, at.to_minute)}"
    others = [condition_words(c, names) for c in plan.conditions if c not in times]
    if others:
        said += f", provided {_list(others)}"
    done = [action_words(action, names) for action in plan.actions]
    if plan.notice:
        done.append(f"tell “{plan.notice}”")
    said += f", {_list(done)}" if done else ""
    trigger = plan.trigger
    if isinstance(trigger, MetricTrigger) and trigger.hysteresis:
        down = trigger.side == "above"
        back = trigger.limit - trigger.hysteresis if down else trigger.limit + trigger.hysteresis
        edge = quantity(back, trigger.source.metric)
        said += f"; again only after it was {edge} or {'less' if down else 'more'}"
    if plan.cooldown_s:
        said += f"; at most once every {duration(plan.cooldown_s)}"
    return f"{said}."


def entry_sentence(entry: Entry, targets: tuple[Target, ...], names: Names) -> str:
    """One entry of a schedule in one sentence."""
    when = f"{days_words(entry.days)} {window_words(entry.from_minute, entry.to_minute)}"
    who = _list([target_words(target, names) for target in targets])
    return f"{when[0].upper()}{when[1:]}, {act_words(entry.command, entry.value, who)}."


def trigger_words(trigger: Trigger, names: Names) -> str:
    """When it fires: `When the CO₂ of Meeting room 1 is above 1,000 ppm for 5 min`."""
    match trigger:
        case MetricTrigger():
            beyond = f"{trigger.side} {quantity(trigger.limit, trigger.source.metric)}"
            who = source_words(trigger.source, names)
            return f"When {who} is {beyond}{_for(trigger.for_s)}"
        case TimeTrigger():
            days = "" if trigger.days.every else f" {days_words(trigger.days)}"
            return f"At {clock(trigger.minute)}{days or ' every day'}"
        case PriceTrigger():
            price = money(trigger.limit_per_kwh, names)
            return f"When electricity costs {_than(trigger.side)} {price}{_for(trigger.for_s)}"
        case OccupancyTrigger():
            where = names.rooms.get(trigger.room_id, f"room {trigger.room_id}")
            return f"When {where} is {trigger.state}{_for(trigger.for_s)}"
        case EventTrigger():
            return f"When {_event(trigger, names)}"


def condition_words(condition: Condition, names: Names) -> str:
    """What must hold: `it is between 08:00 and 18:00 on working days`."""
    match condition:
        case MetricCondition():
            who = source_words(condition.source, names)
            return f"{who} is {condition.side} {quantity(condition.limit, condition.source.metric)}"
        case TimeCondition():
            days = "" if condition.days.every else f" {days_words(condition.days)}"
            return f"it is {window_words(condition.from_minute, condition.to_minute)}{days}"
        case DayCondition():
            return f"the day is one of {days_words(condition.days).removeprefix('on ')}"
        case PriceCondition():
            price = money(condition.limit_per_kwh, names)
            return f"electricity costs {_than(condition.side)} {price}"
        case OccupancyCondition():
            where = names.rooms.get(condition.room_id, f"room {condition.room_id}")
            return f"{where} is {condition.state}"
        case DeviceCondition():
            who = names.devices.get(condition.device_id, condition.device_id)
            return f"{who} is {'running' if condition.state == 'running' else 'not running'}"


def action_words(action: Action, names: Names) -> str:
    """What is done: `switch on Ventilation 1 for 30 min`."""
    who = target_words(action.target, names)
    return f"{act_words(action.command, action.value, who)} for {duration(action.minutes * 60)}"


def act_words(command: str, value: Value, who: str) -> str:
    """What somebody is told: `set Heat pump to 21.5 °C`."""
    match command:
        case "on" | "off":
            return f"switch {command} {who}"
        case "set_power_kw" if isinstance(value, float):
            return f"set {who} to {value:,.1f} kW"
        case "set_setpoint_c" if isinstance(value, float):
            return f"set {who} to {value:.1f} °C"
        case "set_shed_percent" if isinstance(value, float):
            return f"reduce {who} by {value:.0f} %"
    return f"set {who} to “{value}”"


def target_words(target: Target, names: Names) -> str:
    """Who is told."""
    if target.device_id is not None:
        return names.devices.get(target.device_id, target.device_id)
    where = names.rooms.get(target.room_id or 0, f"room {target.room_id}")
    if target.device_type is None:
        return f"every device of {where}"
    kind = DEVICE_TYPES.get(target.device_type, target.device_type).lower()
    return f"the {_MORE.get(target.device_type, kind)} of {where}"


def source_words(source: Source, names: Names) -> str:
    """Whose metric: `the CO₂ of Meeting room 1`."""
    label = METRICS[source.metric].label
    shown = label if label.startswith("CO") or label[:2].isupper() else label.lower()
    if source.sensor_id is not None:
        return f"the {shown} of {names.sensors.get(source.sensor_id, source.sensor_id)}"
    return f"the {shown} of {names.rooms.get(source.room_id or 0, f'room {source.room_id}')}"


def days_words(days: Days) -> str:
    """Which days: `on working days`, `on Mondays and Fridays, holidays or not`."""
    if days.every:
        return "every day"
    types = [DAY_WORDS[day] for day in days.day_types]
    weekdays = [WEEKDAYS[day] for day in days.weekdays]
    if not types:
        return f"on {_list(weekdays)}, holidays or not"
    if not weekdays:
        return f"on {_list(types)}"
    return f"on {_list(weekdays)} that are {_list(types, 'or')}"


def window_words(from_minute: int, to_minute: int) -> str:
    """A part of the day: `between 22:00 and 06:00 of the next day`."""
    over = " of the next day" if to_minute <= from_minute else ""
    return f"between {clock(from_minute)} and {clock(to_minute)}{over}"


def quantity(value: float, metric: str) -> str:
    """A value with its unit: `1,000 ppm`."""
    known = METRICS[metric]
    decimals = known.decimals if value != round(value) else 0
    return f"{value:,.{decimals}f} {known.unit}".rstrip()


def money(per_kwh: float, names: Names) -> str:
    """A price: `0.250 €/kWh`."""
    return f"{per_kwh:.3f} {names.money}/kWh"


def duration(seconds: int) -> str:
    """A length of time without loss: `5 min`, `1 h`, `1 h 30 min`, `45 s`."""
    parts = ((seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{size} {unit}" for size, unit in parts if size) or "0 s"


def _event(trigger: EventTrigger, names: Names) -> str:
    what = "an event"
    if trigger.severity is not None:
        label = SEVERITY_LABELS[trigger.severity].lower()
        what = {"information": "an information"}.get(label, f"a {label}")
    about = []
    if trigger.event_kind is not None:
        about.append(f"“{KINDS[trigger.event_kind]}”")
    if trigger.service is not None:
        about.append(SERVICES[trigger.service])
    said = f"{what} of {_list(about)}" if about else what
    if trigger.room_id is not None:
        said += f" in {names.rooms.get(trigger.room_id, f'room {trigger.room_id}')}"
    return f"{said} {'rings' if trigger.change == 'rings' else 'is over'}"


def _for(for_s: int) -> str:
    return f" for {duration(for_s)}" if for_s else ""


def _than(side: str) -> str:
    return "more than" if side == "above" else "less than"


def _list(items: list[str], word: str = "and") -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
