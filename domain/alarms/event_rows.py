"""Events as the rows of a file, a line each. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.alarms.model import SERVICES, Event
from domain.alarms.wire import state_word
from domain.foundation.clock import from_ms, iso_utc

COLUMNS = (
    "event_id",
    "severity",
    "state",
    "cause",
    "rule",
    "service",
    "room",
    "sensor_id",
    "sensors",
    "started_at_utc",
    "rang_first_at_utc",
    "cleared_at_utc",
    "lasted_s",
    "acknowledged_at_utc",
    "acknowledged_by",
    "comment",
    "silenced_until_utc",
)
Cell = str | int | None


def event_rows(
    events: Iterable[Event], rooms: Mapping[int, str], now_ms: int
) -> Iterator[Sequence[Cell]]:
    """One line per event under `COLUMNS`; an active one has lasted until now."""
    for event in events:
        end_ms = now_ms if event.cleared_ms is None else event.cleared_ms
        yield (
            event.event_id,
            event.severity,
            state_word(event),
            event.cause,
            event.rule_name,
            SERVICES.get(event.service, event.service),
            rooms.get(event.room_id) if event.room_id is not None else None,
            event.sensor_id,
            event.sensor_count,
            _utc(event.started_ms),
            _utc(event.raised_ms),
            _utc(event.cleared_ms),
            max(0, end_ms - event.started_ms) // 1000,
            _utc(event.acknowledged_ms),
            event.acknowledged_by,
            event.comment,
            _utc(event.silenced_until_ms or None),
        )


def _utc(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso_utc(from_ms(at_ms))
