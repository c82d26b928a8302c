"""How rules, schedules and firings are written: what comes in, what goes out."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schema import MOST_INTEGER, PRINTABLE, IsoTime, MetricName, OneOf, Request, closed
from domain.alarms.model import KINDS, SERVICES, SEVERITIES
from domain.automation import fields as limits
from domain.automation.model import CHANGES, CONDITIONS, OUTCOMES, SIDES, TRIGGERS
from domain.building.model import ID_PATTERN
from domain.calendar.model import DAY_TYPES
from domain.control.lifecycle import STATES
from domain.control.model import ASPECT_OF_COMMAND, DEVICE_TYPES

Name = Annotated[str, Field(min_length=1, max_length=limits.NAME_LENGTH, pattern=PRINTABLE)]
Id = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
RoomNumber = Annotated[int, Field(ge=1, le=MOST_INTEGER)]
Side = Annotated[str, OneOf(SIDES)]
ForS = Annotated[int, Field(ge=0, le=limits.LONGEST_FOR_S)]
LocalTime = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$",
        description="As 07:30, in the building's zone; 24:00 ends a day.",
    ),
]
DayTypes = Annotated[list[Annotated[str, OneOf(DAY_TYPES)]], Field(max_length=len(DAY_TYPES))]
Weekdays = Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)]
State = Annotated[str, OneOf(("occupied", "empty", "running", "standing"))]
Price = Annotated[float, Field(ge=limits.PRICE_LIMITS[0], le=limits.PRICE_LIMITS[1])]
Command = Annotated[str, OneOf(ASPECT_OF_COMMAND)]
Limit = Annotated[float, Field(ge=-1e12, le=1e12)]
CLASHES = ("contradicts", "opposite", "often", "least_time", "never")


class Asked(Request):
    """What triggers and conditions have in common; which fields there are depends on `kind`."""

    metric: MetricName | None = None
    sensor_id: Id | None = None
    room_id: RoomNumber | None = None
    """Of a metric instead of `sensor_id`: what the room's page shows."""
    side: Side | None = None
    limit: Limit | None = None
    """In the metric's unit."""
    limit_per_kwh: Price | None = None
    """In the building's currency, of the import price with taxes."""
    state: State | None = None
    """Of `occupancy` occupied or empty, of `device` running or standing."""
    day_types: DayTypes | None = None
    """By the building's calendar; none is every day."""
    weekdays: Weekdays | None = None
    """0 is Monday; a holiday is a weekday too."""


class TriggerIn(Asked):
    """What fires a rule."""

    kind: Annotated[str, OneOf(TRIGGERS)]
    for_s: ForS | None = None
    """How long it must hold."""
    hysteresis: Annotated[float, Field(ge=0, le=1e12)] | None = None
    """How far behind the limit the value must return before it can fire again."""
    at: LocalTime | None = None
    change: Annotated[str, OneOf(CHANGES)] | None = None
    service: Annotated[str, OneOf(SERVICES)] | None = None
    severity: Annotated[str, OneOf(SEVERITIES)] | None = None
    event_kind: Annotated[str, OneOf(KINDS)] | None = None


class ConditionIn(Asked):
    """What must hold at the moment of firing."""

    kind: Annotated[str, OneOf(CONDITIONS)]
    from_: Annotated[LocalTime | None, Field(alias="from")] = None
    to: LocalTime | None = None
    device_id: Id | None = None


class TargetIn(Request):
    """A device, or the devices of a room, all or of one type."""

    device_id: Id | None = None
    room_id: RoomNumber | None = None
    device_type: Annotated[str, OneOf(DEVICE_TYPES)] | None = None


class ActionIn(TargetIn):
    """What devices are told, and for how long."""

    command: Command
    value: float | str | None = None
    minutes: Annotated[int, Field(ge=limits.MINUTES[0], le=limits.MINUTES[1])]


class RuleFields(Request):
    """What a rule says."""

    name: Name | None = None
    enabled: bool | None = None
    trigger: TriggerIn | None = None
    conditions: Annotated[list[ConditionIn], Field(max_length=limits.MOST_CONDITIONS)] | None = None
    """All must hold."""
    actions: Annotated[list[ActionIn], Field(max_length=limits.MOST_ACTIONS)] | None = None
    cooldown_s: Annotated[int, Field(ge=0, le=limits.LONGEST_COOLDOWN_S)] | None = None
    notice: Annotated[str, Field(max_length=limits.NOTICE_LENGTH)] | None = None
    """An informational event that each firing raises; empty for none."""


class EntryIn(Request):
    """What a schedule's devices are told in a part of the day; it may end on the next day."""

    day_types: DayTypes | None = None
    weekdays: Weekdays | None = None
    from_: Annotated[LocalTime, Field(alias="from")]
    to: LocalTime
    command: Command
    value: float | str | None = None


class ScheduleFields(Request):
    """What a schedule says."""

    name: Name | None = None
    enabled: bool | None = None
    targets: (
        Annotated[list[TargetIn], Field(min_length=1, max_length=limits.MOST_TARGETS)] | None
    ) = None
    entries: (
        Annotated[list[EntryIn], Field(min_length=1, max_length=limits.MOST_ENTRIES)] | None
    ) = None


class SwitchIn(Request):
    """On or off."""

    enabled: bool


@closed
class AskedShown(TypedDict):
    """A trigger or a condition; which fields there are depends on `kind`."""

    kind: Annotated[str, OneOf({**TRIGGERS, **CONDITIONS})]
    metric: NotRequired[MetricName]
    sensor_id: NotRequired[str]
    room_id: NotRequired[int | None]
    side: NotRequired[Side]
    limit: NotRequired[float]
    limit_per_kwh: NotRequired[float]
    state: NotRequired[State]
    day_types: NotRequired[DayTypes]
    weekdays: NotRequired[Weekdays]
    for_s: NotRequired[int]
    hysteresis: NotRequired[float]
    at: NotRequired[LocalTime]
    to: NotRequired[LocalTime]
    device_id: NotRequired[str]
    change: NotRequired[Annotated[str, OneOf(CHANGES)]]
    service: NotRequired[str | None]
    severity: NotRequired[str | None]
    event_kind: NotRequired[str | None]


_From = TypedDict("_From", {"from": NotRequired[LocalTime]})


@closed
class ConditionShown(AskedShown, _From):
    """A condition."""


@closed
class TargetShown(TypedDict):
    """Who is told."""

    device_id: NotRequired[str]
    room_id: NotRequired[int]
    device_type: NotRequired[str]


@closed
class ActionShown(TargetShown):
    """What devices are told, and for how long."""

    command: Command
    value: float | str | None
    minutes: int


@closed
class RuleShown(TypedDict):
    """A rule, and how it reads."""

    rule_id: int
    name: str
    enabled: bool
    sentence: str
    trigger: AskedShown
    conditions: list[ConditionShown]
    actions: list[ActionShown]
    cooldown_s: int
    notice: str | None
    last_fired_at: IsoTime | None
    created_at: IsoTime
    changed_at: IsoTime
    changed_by: str
    version: int


@closed
class RuleList(TypedDict):
    """A page of rules, by id."""

    rules: list[RuleShown]
    next_cursor: str | None


@closed
class ClashShown(TypedDict):
    """Something to know before saving; it forbids nothing."""

    kind: Annotated[str, OneOf(CLASHES)]
    words: str
    device_id: str | None
    rule_id: int | None
    schedule_id: int | None


@closed
class JudgedShown(TypedDict):
    """A trigger or condition with the value it saw; null is unknown, which never holds."""

    words: str
    value: float | None
    unit: str
    held: bool
    said: str | None


@closed
class DecisionShown(TypedDict):
    """What a rule decided at a moment, and from what."""

    at: IsoTime
    since: IsoTime
    """When what triggered it began."""
    outcome: Annotated[str, OneOf(OUTCOMES)]
    """Only `fired` told devices something."""
    trigger: JudgedShown
    conditions: list[JudgedShown]
    ready_at: IsoTime | None
    """When the cooldown that forbade it ends."""


@closed
class CoverageShown(TypedDict):
    """How much of the period something was known."""

    words: str
    share: Annotated[float, Field(ge=0, le=1)]
    readings: int


@closed
class RunShown(TypedDict):
    """What a rule would have decided, by the evaluator itself."""

    sentence: str
    clashes: list[ClashShown]
    start_time: IsoTime
    end_time: IsoTime
    """Before the moment that was asked for where that would have been too much."""
    truncated: bool
    cannot: str | None
    """Why nothing can be said at all."""
    fired: int
    blocked: int
    sensors: int
    decisions: list[DecisionShown]
    """The first thousand."""
    coverage: list[CoverageShown]


@closed
class ToldShown(TypedDict):
    """What one device was told, and what became of it."""

    device_id: str
    name: str
    command: Command
    value: float | str | None
    ends_at: IsoTime
    state: Annotated[str, OneOf(STATES)] | None
    """Of its command; null while there is none."""
    words: str


@closed
class FiringShown(DecisionShown):
    """A line of the log."""

    firing_id: int
    rule_id: int
    rule_name: str
    told: list[ToldShown]
    notice: str | None


@closed
class FiringList(TypedDict):
    """A page of the log, newest first."""

    firings: list[FiringShown]
    next_cursor: str | None


@closed
class Switched(TypedDict):
    """How many rules and schedules were switched."""

    enabled: bool
    changed: int


_Span = TypedDict("_Span", {"from": LocalTime})


@closed
class EntryShown(_Span):
    """What devices are told in a part of the day."""

    day_types: DayTypes
    weekdays: Weekdays
    to: LocalTime
    command: Command
    value: float | str | None
    sentence: str


@closed
class ScheduleShown(TypedDict):
    """A schedule, and how its entries read."""

    schedule_id: int
    name: str
    enabled: bool
    targets: list[TargetShown]
    entries: list[EntryShown]
    created_at: IsoTime
    changed_at: IsoTime
    changed_by: str
    version: int


@closed
class ScheduleList(TypedDict):
    """A page of schedules, by id."""

    schedules: list[ScheduleShown]
    next_cursor: str | None


@closed
class LaneSpanShown(TypedDict):
    """What a schedule tells a device from a moment to another."""

    starts_at: IsoTime
    ends_at: IsoTime
    schedule_id: int
    schedule: str
    command: Command
    value: float | str | None


@closed
class LaneShown(TypedDict):
    """A device's next 24 hours."""

    device_id: str
    name: str
    spans: list[LaneSpanShown]


@closed
class Lanes(TypedDict):
    """The next 24 hours of every device that a schedule speaks of."""

    lanes: list[LaneShown]
