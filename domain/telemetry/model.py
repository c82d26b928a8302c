"""The words of telemetry: series, readings, and what became of them."""

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from domain.foundation.units import METRICS
from domain.telemetry.freshness import Freshness, freshness_state, hold_ms, judge
from domain.telemetry.rollup import Rule

Key: TypeAlias = tuple[str, str]
Row: TypeAlias = tuple[int, int, float, int | None, int]
"""series_id, ts_ms, value, interval_ms, flags: as it goes into the table."""
RawRow: TypeAlias = tuple[int, float, int | None, int]
"""ts_ms, value, interval_ms, flags: as it is read back."""

OUT_OF_RANGE = 1
MANUAL = 2
CORRECTED = 4
REPLACED = 8
"""Never stored: set on reading where a correction overlays the stored value."""

_MOST_PER_HOUR = {"kWh": METRICS["power"].high, "m³": 10_000.0}
"""No meter in a building counts faster."""


class Reading(NamedTuple):
    """One measured value in its metric's default unit; ``interval_ms`` where the row states it."""

    sensor_id: str
    metric: str
    ts_ms: int
    value: float
    interval_ms: int | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one sensor; ``interval_s`` is the configured or else the learned one."""

    series_id: int
    sensor_id: str
    metric: str
    unit: str
    kind: str
    interval_s: float | None
    low: float
    high: float
    configured_s: float | None = None
    raw_from_ms: int = 0
    quarter_from_ms: int = 0
    virtual: bool = False

    @property
    def rule(self) -> Rule:
        """How its readings become energy and means."""
        most = _MOST_PER_HOUR.get(self.unit, math.inf)
        return Rule(self.kind, hold_ms(self.interval_s), most)

    @property
    def key(self) -> Key:
        """How the rest of the house names this series."""
        return self.sensor_id, self.metric


class Latest(NamedTuple):
    """The newest value of a series, which knows its own age."""

    sensor_id: str
    metric: str
    ts_ms: int
    value: float
    unit: str
    interval_s: float | None
    flags: int = 0

    def state(self, now_ms: int) -> Freshness:
        """Fresh, late, stale or dead at ``now_ms`` of the building's clock, with the reason."""
        return judge(now_ms - self.ts_ms, self.interval_s)

    def state_name(self, now_ms: int) -> str:
        """``state`` without its words, for lists of thousands."""
        return freshness_state(now_ms - self.ts_ms, self.interval_s)


class Newest(dict[Key, Latest]):
    """Newest values at one moment; can be told from the next one without being kept."""

    __slots__ = ("__weakref__",)


class Rejection(NamedTuple):
    """Why the reading at ``index`` of a batch was not stored."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a batch; the four numbers (rejected counted) add up to its length."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[Rejection]
    new_sensors: list[str]
