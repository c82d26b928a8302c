"""The one clock: building time, which may start elsewhere and run faster, and real time beside it.

Rules, schedules, leases and pages read a `Clock`. Sessions, tokens, sockets and retries read
`real_now` and `monotonic`, which no setting can bend.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Building time."""

    @property
    def speed(self) -> float:
        """Building seconds that pass in one real second."""
        ...

    def now(self) -> datetime:
        """Return the aware UTC moment it is in the building."""
        ...

    def now_ms(self) -> int:
        """Return the same as epoch milliseconds."""
        ...


def real_now() -> datetime:
    """Return the real moment, aware, in UTC."""
    return datetime.now(UTC)


def real_now_ms() -> int:
    """Return the real moment as epoch milliseconds."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds that never jump, for timeouts and retries."""
    return time.monotonic()


def to_ms(moment: datetime) -> int:
    """Convert an aware moment to epoch milliseconds; a naive one raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no place inside Wattboard")
    return round(moment.timestamp() * 1000)


def from_ms(epoch_ms: int) -> datetime:
    """Convert epoch milliseconds to an aware UTC moment."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def iso_utc(moment: datetime) -> str:
    """Write a moment as ISO 8601 with Z, milliseconds only where there are some."""
    moment = moment.astimezone(UTC)
    timespec = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")


class SystemClock:
    """Building time is real time."""

    speed = 1.0

    def now(self) -> datetime:
        """Return the real moment."""
        return real_now()

    def now_ms(self) -> int:
        """Return the real moment as epoch milliseconds."""
        return real_now_ms()


@dataclass(frozen=True)
class BuildingClock:
    """Building time: it was `start` at the real moment `anchored_at` and runs `speed` × as fast."""

    start: datetime
    speed: float
    anchored_at: datetime

    def now(self) -> datetime:
        """Return start + (real − anchor) × speed."""
        return self.start + (real_now() - self.anchored_at) * self.speed

    def now_ms(self) -> int:
        """Return the same as epoch milliseconds."""
        return to_ms(self.now())


class FixedClock:
    """A clock that stands until it is moved; for tests and previews."""

    speed = 1.0

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self._at

    def now_ms(self) -> int:
        """Return the same as epoch milliseconds."""
        return to_ms(self._at)

    def set(self, at: datetime) -> None:
        """Move to another moment, also backwards."""
        self._at = at

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self._at += timedelta(seconds=seconds)
