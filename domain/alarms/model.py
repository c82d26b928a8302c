"""Rules, events and channels as plain values, without SQL and without clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SEVERITIES = ("fault", "warning", "info")
"""Most urgent first."""
SEVERITY_LABELS: Mapping[str, str] = MappingProxyType(
    {"fault": "Fault", "warning": "Warning", "info": "Information"}
)
SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "sensors": "Sensors",
        "rooms": "Rooms",
        "energy": "Energy",
        "money": "Money",
        "devices": "Devices",
        "ingest": "Data intake",
        "jobs": "Jobs",
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "limit": "Limit",
        "comfort": "Comfort band",
        "peak": "Power peak",
        "stale": "Silent sensors",
        "quality": "Data quality",
        "listener": "Data intake",
        "rejected": "Rejected messages",
        "reported": "Reported",
        "command": "Commands",
    }
)
"""What rings; `reported` is told by a part of Wattboard, every other one by a rule."""
SERVICE_OF_KIND: Mapping[str, str] = MappingProxyType(
    {
        "limit": "sensors",
        "comfort": "rooms",
        "peak": "energy",
        "stale": "sensors",
        "quality": "sensors",
        "listener": "ingest",
        "rejected": "ingest",
        "command": "devices",
    }
)
SERIES_KINDS = frozenset({"limit", "comfort", "peak", "stale"})
"""Kinds that are decided from readings alone, sample by sample."""

STATES: Mapping[str, str] = MappingProxyType(
    {
        "open": "Needs acknowledging",
        "active": "Active",
        "cleared": "Cleared",
        "acknowledged": "Acknowledged",
        "unacknowledged": "Not acknowledged",
        "silenced": "Silenced",
        "all": "All",
    }
)
"""Filters of the list; `open` is active and not acknowledged."""
SORTS: Mapping[str, str] = MappingProxyType(
    {
        "urgency": "Urgent first",
        "newest": "Newest first",
        "oldest": "Oldest first",
        "severity": "Most severe first",
        "longest": "Longest first",
    }
)
"""Orders of the list; equal ones stand newest first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What rings; `scope` all, sensor, room, type or main names its sensors with `scope_value`.

    `limit` and `hysteresis` are in the metric's unit. `builtin` rules can be switched and edited,
    not deleted.
    """

    rule_id: int
    name: str
    kind: str
    severity: str
    enabled: bool
    builtin: bool
    scope: str
    scope_value: str | None
    metric: str | None
    side: str | None
    limit: float | None
    hysteresis: float
    delay_on_s: int
    delay_off_s: int
    join_s: int
    version: int

    @property
    def service(self) -> str:
        """Which part of the building its events belong to."""
        return SERVICE_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True)
class MemberView:
    """One subject of an event with its evidence; `limit` in the metric's unit."""

    sensor_id: str
    metric: str
    side: str
    room_id: int | None
    active: bool
    rings: int
    first_ms: int
    last_ms: int
    value: float | None
    worst: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event, on building time.

    It began at `started_ms`, and first rang, after its delay, at `raised_ms`. `rings` counts every
    ring of every member, `repeats` those after the first of each.
    """

    event_id: int
    rule_id: int
    rule_name: str
    kind: str
    service: str
    severity: str
    cause: str
    room_id: int | None
    sensor_id: str | None
    started_ms: int
    raised_ms: int
    rang_ms: int
    cleared_ms: int | None
    acknowledged_ms: int | None
    acknowledged_by: str | None
    comment: str | None
    silenced_until_ms: int
    silenced_by: str | None
    rings: int
    repeats: int
    sensor_count: int

    @property
    def active(self) -> bool:
        """Whether what it tells of still holds."""
        return self.cleared_ms is None

    @property
    def acknowledged(self) -> bool:
        """Whether a person has taken note of it."""
        return self.acknowledged_ms is not None

    def silent(self, now_ms: int) -> bool:
        """Whether a person has silenced it for now."""
        return self.silenced_until_ms > now_ms


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One line of an event's history, which is only ever added to."""

    at_ms: int
    kind: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events: `since_ms` keeps those that lasted past it.

    A page begins after `cursor`, which the order `urgency` alone has, or at `offset`.
    """

    severity: str | None = None
    state: str = "all"
    service: str | None = None
    room_id: int | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    limit: int = 50
    cursor: str | None = None
    sort: str = "urgency"
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in the order asked for; `cursor` continues the usual one, None ends it."""

    events: tuple[Event, ...]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event with its members and its history, oldest step first."""

    event: Event
    members: tuple[MemberView, ...]
    steps: tuple[HistoryStep, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How often a rule would have rung between two moments; `reason` says why it cannot be said.

    It was tried on `sensors` of the `in_scope` that it watches: not on all where that is too much.
    """

    from_ms: int
    to_ms: int
    events: int
    rings: int
    longest_ms: int
    by_day: tuple[tuple[int, int], ...]
    """Local midnight and number of events, only days with some."""
    sensors: int
    in_scope: int
    reason: str | None = None

    @property
    def complete(self) -> bool:
        """Whether it was tried on everything the rule watches."""
        return self.sensors == self.in_scope


@dataclass(frozen=True, slots=True)
class EventChange:
    """An event that rang (again), or was over, at `at_ms`; `step_id` only ever grows.

    What it belongs to is as the event says it now; `room_ids` are those of its members.
    """

    step_id: int
    event_id: int
    at_ms: int
    change: str
    """`rings` or `clears`."""
    service: str
    severity: str
    kind: str
    source: str
    """The rule, or the part of Wattboard, that tells it."""
    room_ids: frozenset[int]
    words: str
