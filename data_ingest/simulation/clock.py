"""The building's time, shared with the application by start, anchor and speed."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class BuildingTime:
    """Building time = start + (real time − anchor) × speed; all in UTC epoch seconds."""

    start_s: float
    anchor_s: float
    speed: float

    def now_s(self) -> float:
        """Building time now."""
        return self.start_s + (time.time() - self.anchor_s) * self.speed

    def real_seconds_until(self, at_s: float) -> float:
        """Real seconds until a moment of building time, negative when past."""
        return (at_s - self.now_s()) / self.speed


def iso(at_s: float) -> str:
    """ISO 8601 UTC with milliseconds."""
    moment = datetime.fromtimestamp(at_s, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> float:
    """UTC epoch seconds of an ISO 8601 moment; one without offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
