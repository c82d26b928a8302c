"""An event as programs and the live socket see it. Pure."""

from domain.alarms.model import Event
from domain.foundation.clock import from_ms, iso_utc

STATE_WORDS = tuple(
    f"{first}_{second}"
    for first in ("active", "cleared")
    for second in ("acknowledged", "unacknowledged")
)


def as_dict(event: Event, room: str | None) -> dict[str, object]:
    """Times ISO UTC of the building's clock."""
    return {
        "event_id": event.event_id,
        "severity": event.severity,
        "state": state_word(event),
        "active": event.active,
        "acknowledged": event.acknowledged,
        "service": event.service,
        "kind": event.kind,
        "rule_id": event.rule_id,
        "rule": event.rule_name,
        "cause": event.cause,
        "room_id": event.room_id,
        "room": room,
        "sensor_id": event.sensor_id,
        "sensors": event.sensor_count,
        "rings": event.rings,
        "repeats": event.repeats,
        "started_at": _iso(event.started_ms),
        "raised_at": _iso(event.raised_ms),
        "last_rang_at": _iso(event.rang_ms),
        "cleared_at": _iso(event.cleared_ms),
        "acknowledged_at": _iso(event.acknowledged_ms),
        "acknowledged_by": event.acknowledged_by,
        "comment": event.comment,
        "silenced_until": _iso(event.silenced_until_ms or None),
    }


def state_word(event: Event) -> str:
    """One of the four states of ISA-18.2."""
    first = "active" if event.active else "cleared"
    return f"{first}_{'acknowledged' if event.acknowledged else 'unacknowledged'}"


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso_utc(from_ms(at_ms))


def until_words(until_ms: int) -> str:
    """The end of a silence, for the history."""
    return f"until {iso_utc(from_ms(until_ms))}"
