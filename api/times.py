"""Times as callers write them, and the period of a question (API.md §1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from api import limits
from api.schema import Query
from domain.foundation.clock import from_ms, iso_utc, to_ms
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period, local_date, local_day
from domain.inbox.refusal import Refused
from domain.inbox.timestamps import parse_timestamp

_LOST_PLUS = re.compile(r"(T\d\d:\d\d\S*) (\d\d:?\d\d)$")
"""An offset whose + was not encoded in an address arrives as a space."""


def _moment_ms(value: object, info: ValidationInfo) -> object:
    if value is None:
        return None
    context: dict[str, Any] = info.context or {}
    text = _LOST_PLUS.sub(r"\1+\2", value) if isinstance(value, str) else value
    try:
        return parse_timestamp(text, context["zone"], context["now_ms"])
    except Refused as refused:
        raise ValueError(refused.message.rstrip(".")) from None


Moment = Annotated[
    int,
    BeforeValidator(_moment_ms),
    Field(
        description="Epoch seconds, epoch milliseconds, ISO 8601 with offset, or "
        "`YYYY-MM-DD HH:MM:SS` in the building's zone."
    ),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 253_402_300_799_000},
                {"type": "string", "minLength": 1, "maxLength": 64},
            ],
            "examples": [1704067200, "2024-01-01T00:00:00Z"],
        }
    ),
]
"""A point in time, read into epoch milliseconds."""


class PeriodQuery(Query):
    """A half-open period; the last 24 hours where nothing is said."""

    start_time: Moment | None = None
    """First moment of the period; 24 hours before its end where it is left out."""
    end_time: Moment | None = None
    """First moment after the period; now where it is left out."""

    def period(self, now_ms: int) -> Period:
        """The period asked for.

        Raises:
            InvalidInput: it does not end after it starts, or is longer than the limit.
        """
        return period_of(self.start_time, self.end_time, now_ms)


class DayQuery(PeriodQuery):
    """A half-open period; yesterday, by the building's clock, where nothing is said."""

    start_time: Moment | None = None
    """First moment of the period; 24 hours before its end where only that is given."""
    end_time: Moment | None = None
    """First moment after the period; now where only the start is given."""

    def day_period(self, now: datetime, zone: ZoneInfo) -> Period:
        """The period asked for. Raises InvalidInput as `period` does."""
        if self.start_time is None and self.end_time is None:
            return local_day(local_date(now, zone) - timedelta(days=1), zone)
        return self.period(to_ms(now))


def period_of(start_ms: int | None, end_ms: int | None, now_ms: int) -> Period:
    """The period between two moments; None ends now and begins 24 hours before the end.

    Raises:
        InvalidInput: it does not end after it starts, or is longer than the limit.
    """
    end_ms = now_ms if end_ms is None else end_ms
    usual_ms = limits.USUAL_RANGE // timedelta(milliseconds=1)
    start_ms = max(0, end_ms - usual_ms) if start_ms is None else start_ms
    if start_ms >= end_ms:
        limit = iso_utc(from_ms(end_ms))
        raise _refused("start_time", f"must lie before the end, {limit}", limit)
    longest_ms = limits.RANGE // timedelta(milliseconds=1)
    if end_ms - start_ms > longest_ms:
        days = limits.RANGE.days
        raise _refused("start_time", f"the period is longer than {days} days", days)
    return Period.of_ms(start_ms, end_ms)


def _refused(field: str, message: str, limit: object) -> InvalidInput:
    return InvalidInput(
        f"This period cannot be used: {message}.", [FieldError(field, message, limit)]
    )


def iso(epoch_ms: int | None) -> str | None:
    """A moment as answers write it."""
    return None if epoch_ms is None else iso_utc(from_ms(epoch_ms))


def epoch_s(epoch_ms: int) -> float:
    """Epoch seconds, whole where they are: how a reading and a point are dated."""
    whole, rest = divmod(epoch_ms, 1000)
    return epoch_ms / 1000 if rest else whole
