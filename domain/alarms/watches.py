"""Which series a rule watches, and with which trigger. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from domain.alarms.evaluate import Side, Trigger
from domain.alarms.lifecycle import Subject
from domain.alarms.model import Rule
from domain.building.comfort import Comfort
from domain.telemetry.freshness import hold_ms, late_after_s
from domain.telemetry.model import Key

COMFORT_HYSTERESIS: Mapping[str, float] = MappingProxyType(
    {"temperature": 0.3, "co2": 50.0, "humidity": 2.0}
)
"""A room counts as back inside only so far from the edge it had crossed."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A series of an adopted sensor as rules see it.

    The readings of a virtual one state themselves for how long they stand.
    """

    sensor_id: str
    metric: str
    interval_s: float | None
    sensor_type: str
    room_id: int | None
    meter_role: str
    comfort: Comfort | None
    virtual: bool = False

    @property
    def key(self) -> Key:
        """How telemetry names it."""
        return self.sensor_id, self.metric


@dataclass(frozen=True, slots=True)
class Watch:
    """One trigger on one series under one rule."""

    rule_id: int
    subject: Subject
    trigger: Trigger
    group: str
    join_ms: int


def watches(rules: Iterable[Rule], series: Sequence[Watched]) -> dict[Key, list[Watch]]:
    """Every trigger of the enabled rules, by series."""
    found: dict[Key, list[Watch]] = {}
    for rule in rules:
        if rule.enabled:
            for each in series:
                for watch in watches_of(rule, each):
                    found.setdefault(each.key, []).append(watch)
    return found


def watches_of(rule: Rule, series: Watched) -> Iterator[Watch]:
    """What one rule watches on one series, whether it is switched on or not."""
    if not in_scope(rule, series):
        return
    if rule.kind == "stale" and not series.virtual:
        allowed_s = late_after_s(series.interval_s)
        yield _watch(rule, series, "silent", allowed_s, 0.0, "")
    elif rule.kind in ("limit", "peak") and rule.limit is not None:
        side: Side = "below" if rule.side == "below" else "above"
        yield _watch(rule, series, side, rule.limit, rule.hysteresis, "")
    elif rule.kind == "comfort" and series.comfort is not None:
        for side, limit in _comfort_limits(series.metric, series.comfort):
            group = f"{series.room_id}/{series.metric}/{side}"
            yield _watch(rule, series, side, limit, COMFORT_HYSTERESIS[series.metric], group)


def in_scope(rule: Rule, series: Watched) -> bool:
    """Whether a rule speaks of this series at all."""
    if rule.metric is not None and rule.metric != series.metric:
        return False
    match rule.scope:
        case "sensor":
            return series.sensor_id == rule.scope_value
        case "room":
            return str(series.room_id) == rule.scope_value
        case "type":
            return series.sensor_type == rule.scope_value
        case "main":
            return series.meter_role == "main"
    return True


def _comfort_limits(metric: str, comfort: Comfort) -> list[tuple[Side, float]]:
    match metric:
        case "temperature":
            return [("below", comfort.temperature_low), ("above", comfort.temperature_high)]
        case "co2":
            return [("above", comfort.co2_limit_ppm)]
        case "humidity":
            return [("below", comfort.humidity_low), ("above", comfort.humidity_high)]
    return []


def _watch(
    rule: Rule, series: Watched, side: Side, limit: float, hysteresis: float, group: str
) -> Watch:
    trigger = Trigger(
        side=side,
        limit=limit,
        hysteresis=hysteresis,
        delay_on_ms=rule.delay_on_s * 1000,
        delay_off_ms=rule.delay_off_s * 1000,
        hold_ms=0 if series.virtual else hold_ms(series.interval_s),
    )
    subject = Subject(series.sensor_id, series.metric, side)
    return Watch(rule.rule_id, subject, trigger, group, rule.join_s * 1000)
