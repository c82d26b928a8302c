"""Drills as plain values, without SQL and without clocks; moments are building time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.control.model import Value


@dataclass(frozen=True, slots=True)
class Kind:
    """One fault: its name, what is done, what has to catch it, what else stands still meanwhile."""

    label: str
    done: str
    protection: str
    meanwhile: str


FAULTS: Mapping[str, Kind] = MappingProxyType(
    {
        "lost_broker": Kind(
            "Lost broker",
            "The connection to the devices is cut and not made again.",
            "The device's own lease ends; the command expires and nothing is sent later.",
            "No other device can be told anything meanwhile; each keeps what it was told until "
            "its lease passes, then follows its own rule.",
        ),
        "stale_meter": Kind(
            "Stale meter",
            "Control takes the device's meter for silent.",
            "What no meter shows is not believed: the command expires and the device is given "
            "back to its own rule.",
            "Devices behind the same meter cannot be confirmed either; all others go on.",
        ),
        "silent_device": Kind(
            "Silent device",
            "Nothing that the device says is heard.",
            "What is not answered for a whole lease is not believed: the command expires and the "
            "device follows its own rule.",
            "All other devices go on.",
        ),
        "dead_scheduler": Kind(
            "Dead scheduler",
            "The process that speaks with the devices takes no turn and lets its lease go.",
            "The device's own lease ends without anybody's help; what was in force expires.",
            "No other device is told anything meanwhile; each keeps what it was told until its "
            "lease passes, then follows its own rule.",
        ),
    }
)
PHASES: Mapping[str, str] = MappingProxyType(
    {"telling": "Told", "faulted": "Fault", "after": "Looking for late commands"}
)
RESULTS: Mapping[str, str] = MappingProxyType(
    {"passed": "Passed", "failed": "Failed", "cancelled": "Cancelled", "aborted": "Aborted"}
)


@dataclass(frozen=True, slots=True)
class Limit:
    """Within which time a device must be safe [building s], and what it is made of."""

    parts: tuple[tuple[str, float], ...]

    @property
    def total_s(self) -> float:
        """All of it."""
        return sum(seconds for _, seconds in self.parts)

    @property
    def words(self) -> str:
        """`lease 60 s + ramp 0 s + meter interval 10 s`."""
        return " + ".join(f"{name} {seconds:g} s" for name, seconds in self.parts)


@dataclass(frozen=True, slots=True)
class Option:
    """One command that would show at the meter now; `words` say it on a button."""

    command: str
    value: Value
    words: str

    @property
    def key(self) -> str:
        """As a form sends it."""
        return self.command if self.value is None else f"{self.command}:{self.value}"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill on its way or over.

    `seen_ms` is real time, the last sign of life of the process that leads it (`owner`). The fault
    holds from `fault_from_ms` to `fault_until_ms`, which lifting it brings forward. `safe_ms` is
    the reading that first showed the device safe, `shown_ms` the one that showed it told.
    """

    drill_id: int
    device_id: str
    device_name: str
    fault: str
    command: str
    value: Value
    by_name: str
    asked_ms: int
    sensor_id: str
    metric: str
    limit: Limit
    interval_s: float
    phase: str = "telling"
    owner: str | None = None
    seen_ms: int = 0
    intent_id: int | None = None
    command_id: str | None = None
    ends_ms: int | None = None
    fault_from_ms: int | None = None
    fault_until_ms: int | None = None
    shown_ms: int | None = None
    safe_ms: int | None = None
    cancelled_by: str | None = None
    ended_ms: int | None = None
    result: str | None = None
    why: str | None = None
    readings: tuple[tuple[int, float], ...] = ()

    @property
    def seconds_to_safety(self) -> float | None:
        """From the fault to the reading that showed it safe."""
        if self.safe_ms is None or self.fault_from_ms is None:
            return None
        return (self.safe_ms - self.fault_from_ms) / 1000

    def holds_at(self, now_ms: int) -> bool:
        """Whether its fault is in force."""
        if self.ended_ms is not None or self.fault_from_ms is None or self.fault_until_ms is None:
            return False
        return self.fault_from_ms <= now_ms < self.fault_until_ms


@dataclass(frozen=True, slots=True)
class Fault:
    """What the dispatcher has to suffer now; `simulate` is told to a simulated building."""

    drill_id: int
    kind: str
    device_id: str
    meter: tuple[str, str]
    until_ms: int
    simulate: str | None

    @property
    def cuts(self) -> bool:
        """Whether there is no connection to any device."""
        return self.kind in ("lost_broker", "dead_scheduler")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was judged, and what it rests on."""

    what: str
    ok: bool
    words: str
    commands: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    readings: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """One kept report, as the list shows it."""

    drill_id: int
    device_id: str
    device_name: str
    fault: str
    by_name: str
    asked_ms: int
    ended_ms: int
    result: str
    seconds_to_safety: float | None
    limit_s: float
