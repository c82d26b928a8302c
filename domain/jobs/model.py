"""Timed jobs and their runs as plain values, without SQL and without clocks.

Jobs run on real time, also where the building's clock is another one: so do all moments here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

OK = "ok"
STATES: Mapping[str, str] = MappingProxyType(
    {
        "overdue": "Overdue",
        "failed": "Failed",
        "running": "Running",
        "never": "Never run",
        "ok": "Done",
    }
)
"""What needs somebody first."""


@dataclass(frozen=True, slots=True)
class JobInfo:
    """One timed job as its code declares it."""

    name: str
    title: str
    meaning: str
    every_s: float

    @property
    def every_ms(self) -> int:
        """The time from one due moment to the next."""
        return round(self.every_s * 1000)


@dataclass(frozen=True, slots=True)
class Run:
    """One claimed run; `outcome` is ok or `failed: why`, None while it is on its way.

    `asked_by` names who asked for it; None where its time had come.
    """

    job: str
    due_ms: int
    owner: str
    started_ms: int
    finished_ms: int | None
    outcome: str | None
    asked_by: str | None = None

    @property
    def took_ms(self) -> int | None:
        """How long it took; None while it is on its way."""
        return None if self.finished_ms is None else max(0, self.finished_ms - self.started_ms)

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise than well."""
        return self.outcome is not None and self.outcome != OK


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants a job to run now; `due_ms` names the run, `run` is what became of it."""

    job: str
    due_ms: int
    asked_ms: int
    asked_by: str
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """One process that runs jobs, by its last sign of life."""

    owner: str
    since_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands: one of STATES, in words, and since when it is so."""

    state: str
    words: str
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class JobNow:
    """One job for people; durations are of the newest `counted` runs that have ended.

    `next_ms` is None while no process runs jobs. `failures` counts those of the last day. `asked`
    is what somebody asked for lately, begun or not.
    """

    info: JobInfo
    standing: Standing
    last: Run | None
    asked: Asked | None
    next_ms: int | None
    p95_ms: int | None
    counted: int
    failures: int

    @property
    def waits(self) -> bool:
        """Whether somebody asked for a run that nobody has begun yet."""
        return self.asked is not None and self.asked.run is None
