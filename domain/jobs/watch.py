"""Tells people of jobs that have not run for too long; any process may, also one without jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.foundation.clock import Clock, real_now_ms
from domain.jobs.model import JobNow

SOURCE, KEY, SERVICE = "Jobs", "jobs-overdue", "jobs"
_NAMES_TOLD = 4


class Telling(Protocol):
    """What the watch needs of alarms."""

    def raise_event(
        self, source: str, key: str, severity: str, service: str, cause: str, *, at: datetime
    ) -> object:
        """Have an event ring, or say it anew."""
        ...

    def clear_event(self, service: str, key: str, at: datetime) -> bool:
        """Have it be over."""
        ...


def tell_overdue(overdue: Sequence[JobNow], alarms: Telling, clock: Clock) -> None:
    """One event for all jobs that are overdue; it may be told as often as one likes."""
    if not overdue:
        alarms.clear_event(SERVICE, KEY, clock.now())
        return
    at = began(min(now.standing.since_ms or real_now_ms() for now in overdue), clock)
    alarms.raise_event(SOURCE, KEY, "fault", SERVICE, cause(overdue), at=at)


def cause(overdue: Sequence[JobNow]) -> str:
    """Which jobs, and whether anybody runs any."""
    names = ", ".join(now.info.title for now in overdue[:_NAMES_TOLD])
    more = f" and {len(overdue) - _NAMES_TOLD} more" if len(overdue) > _NAMES_TOLD else ""
    if all(now.next_ms is None for now in overdue):
        return f"No process runs the jobs: {names}{more} overdue"
    return f"Overdue for three intervals: {names}{more}"


def began(real_ms: int, clock: Clock) -> datetime:
    """A moment of real time as building time."""
    ago_s = max(0, real_now_ms() - real_ms) / 1000 * clock.speed
    return clock.now() - timedelta(seconds=ago_s)
