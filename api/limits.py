"""Every limit of the API in one table, as /docs shows it; one beyond is refused, never cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.analytics import query
from domain.analytics.stack import MOST_BUCKETS
from domain.inbox.door import MOST_OBJECTS

BODY_BYTES = 4 * 1024 * 1024
INGEST_BYTES = 16 * 1024 * 1024
PAGE, USUAL_PAGE = 1000, 100
RANGE = timedelta(days=366 * 20)
USUAL_RANGE = timedelta(hours=24)
POINTS, USUAL_POINTS = 10_000, 1000
CURSOR_CHARACTERS = 400
IDEMPOTENCY_KEY_CHARACTERS = 200
SOCKETS = 200
FRAME_BYTES = 16 * 1024
SUBSCRIBED = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of `burst` calls that refills with `per_s` calls a second."""

    per_s: float
    burst: int


TOKEN_RATE = Rate(per_s=200, burst=2000)
USER_RATE = Rate(per_s=200, burst=2000)
ADDRESS_RATE = Rate(per_s=20, burst=300)
ACTING_RATE = Rate(per_s=1, burst=60)


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of the table; `status` is what one beyond gets: an answer, or a close code."""

    what: str
    value: str
    status: int


def _rate(rate: Rate) -> str:
    return f"{rate.burst} calls at once, then {rate.per_s:g} a second"


TABLE: tuple[Limit, ...] = (
    Limit("Body of a request", f"{BODY_BYTES // 1024**2} MiB", 413),
    Limit("Body of POST /api/v1/data/ingest", f"{INGEST_BYTES // 1024**2} MiB", 413),
    Limit("Readings in one POST /api/v1/data/ingest", f"{MOST_OBJECTS}", 413),
    Limit("Page of a list (limit)", f"{PAGE} (usually {USUAL_PAGE})", 422),
    Limit("Period of a question", f"{RANGE.days} days (usually the last 24 hours)", 422),
    Limit("Period of an analysis or a query", f"{query.LONGEST_DAYS} days", 422),
    Limit("Metrics of a query", f"{query.MOST_METRICS}", 422),
    Limit("Series and points of a query", f"{query.MOST_SERIES}; {query.MOST_POINTS}", 422),
    Limit("Steps of GET /api/v1/analytics/energy", f"{MOST_BUCKETS}", 422),
    Limit("Points of one series (max_points)", f"{POINTS} (usually {USUAL_POINTS})", 422),
    Limit("Idempotency-Key", f"{IDEMPOTENCY_KEY_CHARACTERS} characters", 422),
    Limit("Open sockets", f"{SOCKETS}", 1013),
    Limit("Frame a client sends on /ws", f"{FRAME_BYTES // 1024} KiB", 1009),
    Limit("Rooms and sensors a socket subscribes to by name", f"{SUBSCRIBED}", 413),
    Limit("Calls with one token", _rate(TOKEN_RATE), 429),
    Limit("Calls of one signed-in user", _rate(USER_RATE), 429),
    Limit("Calls without or with wrong credentials, per address", _rate(ADDRESS_RATE), 429),
    Limit("Calls that act, per token or user", _rate(ACTING_RATE), 429),
)
