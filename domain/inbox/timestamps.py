"""When a reading was taken, from what its sender wrote (API.md §1), as epoch milliseconds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.foundation.clock import to_ms
from domain.inbox.refusal import Refused

MILLISECONDS_FROM = 1e11
"""A larger number is milliseconds: as seconds it would lie after the year 5000."""
LAST_MS = 253_402_300_799_000  # 9999-12-31T23:59:59Z
FUTURE_ALLOWED = timedelta(minutes=5)
_LONGEST = 64


def parse_timestamp(value: object, zone: ZoneInfo, now_ms: int) -> int:
    """Read epoch seconds, epoch milliseconds, ISO 8601, or a local time of `zone`.

    Raises:
        Refused: `bad_timestamp`.
    """
    if isinstance(value, bool):
        raise Refused("bad_timestamp", "The timestamp is true or false.")
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, str):
        return _from_text(value.strip(), zone, now_ms)
    raise Refused("bad_timestamp", "The timestamp is neither a number nor a text.")


def _from_number(value: float) -> int:
    in_ms = value if value >= MILLISECONDS_FROM else value * 1000
    if not 0 <= in_ms <= LAST_MS:  # also false for NaN
        raise Refused("bad_timestamp", "The timestamp lies outside the years 1970 to 9999.")
    return round(in_ms)


def _from_text(text: str, zone: ZoneInfo, now_ms: int) -> int:
    if len(text) <= _LONGEST:
        if text.isascii() and text.replace(".", "", 1).isdigit():
            return _from_number(float(text))
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = _local(moment, zone, now_ms)
            return _from_number(float(to_ms(moment)))
        except (ValueError, OverflowError):
            pass
    raise Refused("bad_timestamp", f"“{text[:40]}” is not a time that can be read.")


def _local(moment: datetime, zone: ZoneInfo, now_ms: int) -> datetime:
    """A local time that happened twice is the later one, unless that is still to come.

    So a live sender without offset stays right on both sides of the autumn change.
    """
    later = moment.replace(tzinfo=zone, fold=1).astimezone(UTC)
    earlier = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    in_future = to_ms(later) > now_ms + FUTURE_ALLOWED.total_seconds() * 1000
    # In the spring gap fold=1 would be the earlier of two readings of a time that never was.
    return earlier if in_future or later < earlier else later
