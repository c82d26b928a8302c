"""Rules, schedules and firings as plain values, without SQL and without clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from domain.calendar.model import DAY_TYPES, Day
from domain.control.model import Value

Side: TypeAlias = Literal["above", "below"]
Occupied: TypeAlias = Literal["occupied", "empty"]
Running: TypeAlias = Literal["running", "standing"]
Change: TypeAlias = Literal["rings", "clears"]

SIDES: Mapping[str, str] = MappingProxyType({"above": "Above", "below": "Below"})
OCCUPIED: Mapping[str, str] = MappingProxyType({"occupied": "Occupied", "empty": "Empty"})
RUNNING: Mapping[str, str] = MappingProxyType({"running": "Running", "standing": "Standing"})
CHANGES: Mapping[str, str] = MappingProxyType({"rings": "Rings", "clears": "Is over"})
TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "metric": "A measurement",
        "time": "A time of day",
        "price": "The price of electricity",
        "occupancy": "People in a room",
        "event": "An event",
    }
)
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "metric": "A measurement",
        "time": "Between two times",
        "day": "On certain days",
        "price": "The price of electricity",
        "occupancy": "People in a room",
        "device": "A device",
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "fired": "Fired",
        "condition": "A condition was not met",
        "cooldown": "Too soon after the last time",
        "off": "The rule was switched off",
        "stopped": "Automatic control was stopped",
        "missed": "Nobody was there to act in time",
    }
)
"""What came of a trigger: only `fired` told devices something."""


@dataclass(frozen=True, slots=True)
class Days:
    """Which local days of the building; nothing named is every day.

    Both must hold: day types are the calendar's, where a holiday is no working day; weekdays count
    from Monday, 0, whether or not the day is a holiday.
    """

    day_types: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()

    def hold(self, day: Day) -> bool:
        """Whether a day is one of them."""
        if self.day_types and day.day_type not in self.day_types:
            return False
        return not self.weekdays or day.date.weekday() in self.weekdays

    @property
    def every(self) -> bool:
        """Whether every day is meant."""
        types = not self.day_types or set(self.day_types) == set(DAY_TYPES)
        return types and len(set(self.weekdays)) in (0, 7)


@dataclass(frozen=True, slots=True)
class Source:
    """Whose metric is meant: of one sensor, or of a room as its page shows it."""

    metric: str
    sensor_id: str | None = None
    room_id: int | None = None


# ---- triggers ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricTrigger:
    """A measurement is beyond a limit [the metric's unit] for a while.

    It is ready again when the value has returned by `hysteresis` behind the limit.
    """

    source: Source
    side: Side
    limit: float
    for_s: int = 0
    hysteresis: float = 0.0
    kind: Literal["metric"] = "metric"


@dataclass(frozen=True, slots=True)
class TimeTrigger:
    """A minute of the local day, on certain days; a skipped one comes when the clock goes on."""

    minute: int
    days: Days = field(default_factory=Days)
    kind: Literal["time"] = "time"


@dataclass(frozen=True, slots=True)
class PriceTrigger:
    """The import price of now, with taxes, is beyond a limit [currency per kWh] for a while."""

    side: Side
    limit_per_kwh: float
    for_s: int = 0
    kind: Literal["price"] = "price"


@dataclass(frozen=True, slots=True)
class OccupancyTrigger:
    """A room is occupied or empty for a while; empty only where every counter says so."""

    room_id: int
    state: Occupied
    for_s: int = 0
    kind: Literal["occupancy"] = "occupancy"


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """An event rings or is over; None takes any. What automation itself tells never counts."""

    change: Change
    service: str | None = None
    severity: str | None = None
    event_kind: str | None = None
    room_id: int | None = None
    kind: Literal["event"] = "event"


Trigger: TypeAlias = MetricTrigger | TimeTrigger | PriceTrigger | OccupancyTrigger | EventTrigger


# ---- conditions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """A measurement is beyond a limit [the metric's unit] at the moment of firing."""

    source: Source
    side: Side
    limit: float
    kind: Literal["metric"] = "metric"


@dataclass(frozen=True, slots=True)
class TimeCondition:
    """From a minute of the local day to before another; not after `from_minute`: of the next day.

    The day it begins on decides.
    """

    from_minute: int
    to_minute: int
    days: Days = field(default_factory=Days)
    kind: Literal["time"] = "time"


@dataclass(frozen=True, slots=True)
class DayCondition:
    """The local day is one of these."""

    days: Days
    kind: Literal["day"] = "day"


@dataclass(frozen=True, slots=True)
class PriceCondition:
    """The import price, with taxes, is beyond a limit [currency per kWh]."""

    side: Side
    limit_per_kwh: float
    kind: Literal["price"] = "price"


@dataclass(frozen=True, slots=True)
class OccupancyCondition:
    """A room is occupied or empty."""

    room_id: int
    state: Occupied
    kind: Literal["occupancy"] = "occupancy"


@dataclass(frozen=True, slots=True)
class DeviceCondition:
    """A device draws power or does not, as its meter, or else it itself, measured."""

    device_id: str
    state: Running
    kind: Literal["device"] = "device"


Condition: TypeAlias = (
    MetricCondition
    | TimeCondition
    | DayCondition
    | PriceCondition
    | OccupancyCondition
    | DeviceCondition
)


# ---- rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """A device, or the devices of a room, all or of one type, as they are when it fires."""

    device_id: str | None = None
    room_id: int | None = None
    device_type: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What its devices are told, for so many minutes; then the next owner takes over."""

    target: Target
    command: str
    value: Value
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule says, apart from its name: the part that decides.

    `notice` is an informational event that each firing raises, beside or instead of actions.
    """

    trigger: Trigger
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    cooldown_s: int = 0
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is kept; its moments are building time."""

    rule_id: int
    name: str
    enabled: bool
    plan: Plan
    version: int
    created_ms: int
    changed_ms: int
    changed_by: str
    last_fired_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a schedule's devices are told from a minute of the local day to before another.

    Not after `from_minute`: of the next day. The day it begins on decides.
    """

    days: Days
    from_minute: int
    to_minute: int
    command: str
    value: Value


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it is kept."""

    schedule_id: int
    name: str
    enabled: bool
    targets: tuple[Target, ...]
    entries: tuple[Entry, ...]
    version: int
    created_ms: int
    changed_ms: int
    changed_by: str


# ---- what came of it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A trigger or condition with the value it saw; None is unknown, which never holds.

    `words` says what was asked, `said` the value in words where it is no number.
    """

    words: str
    value: float | None
    unit: str
    held: bool
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule decided at a moment, and why: `outcome` is one of OUTCOMES.

    `since_ms` is when what triggered it began; `ready_ms` when the cooldown that forbade it ends.
    """

    at_ms: int
    since_ms: int
    outcome: str
    trigger: Judged
    conditions: tuple[Judged, ...] = ()
    ready_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one device was told by a firing; `intent_id` None where it could not be told.

    `became` is the newest state of its command, None while there is none; `words` says the rest.
    """

    device_id: str
    name: str
    command: str
    value: Value
    ends_ms: int
    intent_id: int | None
    became: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Firing:
    """One line of the log; `rule_id` may be of a rule that is gone, `rule_name` as it was then."""

    firing_id: int
    rule_id: int
    rule_name: str
    decision: Decision
    told: tuple[Told, ...] = ()
    notice: str | None = None

    @property
    def fired(self) -> bool:
        """Whether it told devices something."""
        return self.decision.outcome == "fired"


@dataclass(frozen=True, slots=True)
class FiringPage:
    """Lines of the log, newest first; `before` continues it, None ends it."""

    firings: tuple[Firing, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a period one source of a rule was known [0 to 1]; `readings` it had."""

    words: str
    share: float
    readings: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have decided from `from_ms` to before `to_ms`, all of it in order.

    `to_ms` lies before the moment asked for where that would have been too much (`truncated`).
    `cannot` says why nothing can be said at all.
    """

    from_ms: int
    to_ms: int
    decisions: tuple[Decision, ...]
    coverage: tuple[Coverage, ...]
    sensors: int
    truncated: bool = False
    cannot: str | None = None

    @property
    def firings(self) -> tuple[Decision, ...]:
        """Those that would have told devices something."""
        return tuple(d for d in self.decisions if d.outcome == "fired")

    @property
    def blocked(self) -> tuple[Decision, ...]:
        """Those that a condition or the cooldown forbade."""
        return tuple(d for d in self.decisions if d.outcome != "fired")


@dataclass(frozen=True, slots=True)
class Clash:
    """Something to know before saving; none of it forbids it.

    `kind` is `contradicts` (another rule or schedule may tell the same device something else at
    the same time), `opposite` (two rules may chase each other), `often` (it may waver),
    `least_time` (a device's least times outlast what the rule asks) or `never` (it cannot fire).
    """

    kind: str
    words: str
    device_id: str | None = None
    rule_id: int | None = None
    schedule_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as it would be saved: in words, and what to know before."""

    name: str
    plan: Plan
    sentence: str
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """A schedule as it would be saved: each entry in words, and what to know before."""

    name: str
    targets: tuple[Target, ...]
    entries: tuple[Entry, ...]
    sentences: tuple[str, ...]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class LaneSpan:
    """What a schedule tells a device in [from, to); `told` in words."""

    from_ms: int
    to_ms: int
    schedule_id: int
    schedule: str
    command: str
    value: Value
    told: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A device's next hours under the schedules that are switched on."""

    device_id: str
    name: str
    spans: tuple[LaneSpan, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called, for sentences; ids nobody knows are shown as they are."""

    rooms: Mapping[int, str]
    sensors: Mapping[str, str]
    devices: Mapping[str, str]
    money: str = "€"
    """The building's currency, as a price shows it."""
