"""What room climate is made of: plain values, without SQL and without clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Status = Literal["on-cold", "on-warm", "off"]
STATUSES: tuple[Status, ...] = get_args(Status)
BandKind = Literal["comfort", "setback", "own"]
BAND_KINDS: tuple[BandKind, ...] = get_args(BandKind)
BAND_LABELS: Mapping[str, str] = {"comfort": "Comfort", "setback": "Setback", "own": "Own band"}

DAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday", "closure")
DAY_LABELS: Mapping[str, str] = {
    "mon": "Mon",
    "tue": "Tue",
    "wed": "Wed",
    "thu": "Thu",
    "fri": "Fri",
    "sat": "Sat",
    "sun": "Sun",
    "holiday": "Holidays",
    "closure": "Closures",
}
DAY_MINUTES = 1440
BUILDING = 0
"""Stands for a room's id where the whole building is meant."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some days: local minutes of the day, and the band that holds in them.

    `kind` is comfort, the room's own comfort limits, or own with `low_c` and `high_c`.
    """

    days: tuple[str, ...]
    from_minute: int
    to_minute: int
    kind: BandKind = "comfort"
    low_c: float | None = None
    high_c: float | None = None

    def holds(self, day: str, minute: int) -> bool:
        """Whether a minute of a day lies in them; the end does not."""
        return day in self.days and self.from_minute <= minute < self.to_minute


@dataclass(frozen=True, slots=True)
class Week:
    """Hours that do not overlap; the setback band [°C] holds at all other times."""

    hours: tuple[Hours, ...]
    setback_low_c: float = 16.0
    setback_high_c: float = 30.0


ALWAYS = Week((Hours(DAYS, 0, DAY_MINUTES),))
"""While nobody has set hours, the comfort band holds at any time."""


@dataclass(frozen=True, slots=True)
class RoomWeek:
    """The week that a room follows: its `own`, the `building`'s, or `none` that anybody set.

    `version` is that of the room's own week, 0 where it has none.
    """

    week: Week
    source: Literal["own", "building", "none"]
    version: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """From where to where [°C] nothing is to be done, and why this band."""

    kind: BandKind
    low_c: float
    high_c: float
    why: str

    @property
    def words(self) -> str:
        """`21 to 26 °C`."""
        return f"{self.low_c:g} to {self.high_c:g} °C"


@dataclass(frozen=True, slots=True)
class Measure:
    """A value as advice sees it: `value` None where it is not live; `ts_ms` its reading's time."""

    value: float | None = None
    ts_ms: int | None = None
    state: str = "missing"
    interval_s: float | None = None


MISSING = Measure()


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Whether people are there: `counted`, by `motion`, or `unknown`; `people` only if counted."""

    kind: Literal["counted", "motion", "unknown"] = "unknown"
    people: float | None = None
    present: bool | None = None
    ts_ms: int | None = None
    interval_s: float | None = None


UNKNOWN = Occupancy()


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that advice stands on; `cold_below_c` and `hot_above_c` count while nobody is there."""

    band: Band
    cold_below_c: float
    hot_above_c: float
    temperature: Measure = MISSING
    humidity: Measure = MISSING
    occupancy: Occupancy = UNKNOWN
    outdoor: Measure = MISSING


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, why, and a hint that may save doing it; `feels_like_c` None if unknown."""

    status: Status
    reason: str
    hint: str | None = None
    feels_like_c: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What was decided for a room last: since when, and when its temperature was known last."""

    status: Status = "off"
    since_ms: int | None = None
    known_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for a room from now on; `blind`: its temperature is unknown for too long."""

    status: Status
    why: str
    changed: bool
    known: bool
    blind: bool


@dataclass(frozen=True, slots=True)
class Automatic:
    """Whether a room's climate is controlled, by whom switched, and what stands."""

    room_id: int
    on: bool = False
    switched_by: str = ""
    switched_ms: int | None = None
    standing: Standing = field(default_factory=Standing)
    decision_id: int | None = None
    why: str = ""
    blind: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a device is asked for a decision; `intent_id` None until control has taken it.

    The intent lasts until `lease_ms`; `attempt` counts how often it had to be entered anew.
    """

    room_id: int
    room: str
    decision_id: int
    device_id: str
    aspect: str
    command: str
    value: float | str | None
    attempt: int = 0
    intent_id: int | None = None
    entered_ms: int | None = None
    lease_ms: int | None = None

    @property
    def key(self) -> str:
        """Under which control enters it once."""
        return f"{self.room_id}/{self.decision_id}/{self.device_id}/{self.aspect}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A line of the log: what was decided when and why, and the inputs as they were used."""

    decision_id: int
    room_id: int
    at_ms: int
    status: Status
    why: str
    who: str
    inputs: Mapping[str, object]
