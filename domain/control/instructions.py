"""Which hours demand response may touch a device: words, letters and local hours. Pure.

A day is 24 letters, one per hour of the building's clock. An hour that the clock skips is never
met; one that it shows twice has the same word both times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

from domain.foundation.clock import from_ms
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.intervals import Period

HOURS = 24
PARTICIPATION, SHIFTING, NO_PARTICIPATION, DEFAULT = (
    "participation",
    "shifting",
    "no-participation",
    "",
)
LETTERS: Mapping[str, str] = MappingProxyType(
    {PARTICIPATION: "P", SHIFTING: "S", NO_PARTICIPATION: "N", DEFAULT: "-"}
)
WORDS: Mapping[str, str] = MappingProxyType({letter: word for word, letter in LETTERS.items()})
LABELS: Mapping[str, str] = MappingProxyType(
    {
        PARTICIPATION: "Participation",
        SHIFTING: "Shifting",
        NO_PARTICIPATION: "No participation",
        DEFAULT: "Default",
    }
)
UNSET = LETTERS[DEFAULT] * HOURS
"""A day on which every hour follows the device's own switch for demand response."""
_STEP_MS = 900_000
"""Every zone's hours begin on a quarter hour of UTC."""


@dataclass(frozen=True, slots=True)
class HourSpan:
    """One local hour of a period, or the part of it inside."""

    start_ms: int
    end_ms: int
    day: date
    hour: int


@dataclass(frozen=True, slots=True)
class Participation:
    """What demand response may do with a device in one local hour: never the default's ""."""

    start_ms: int
    end_ms: int
    word: str


def with_hours(before: str, raw: Mapping[str, object]) -> str:
    """A day with the given hours changed; what is not named stays as it is.

    Raises InvalidInput with one entry per wrong hour or word.
    """
    letters = list(before)
    errors: list[FieldError] = []
    for hour, word in raw.items():
        field = f"instructions.{str(hour)[:20]}"
        place = _place(hour)
        if place is None:
            errors.append(FieldError(field, "an hour from 0 to 23", [0, HOURS - 1]))
        elif not isinstance(word, str) or word not in LETTERS:
            known = list(LETTERS)
            said = f"one of {', '.join(filter(None, known))} or empty"
            errors.append(FieldError(field, said, known))
        else:
            letters[place] = LETTERS[word]
    if not raw:
        errors.append(FieldError("instructions", "name at least one hour"))
    if errors:
        raise InvalidInput("These hours cannot be saved.", errors)
    return "".join(letters)


def checked_letters(raw: str) -> str:
    """A whole day as 24 letters. Raises InvalidInput."""
    if len(raw) != HOURS or not set(raw) <= set(WORDS):
        known = "".join(WORDS)
        message = f"{HOURS} letters of {known}"
        raise InvalidInput("These hours cannot be saved.", [FieldError("hours", message, known)])
    return raw


def by_hour(letters: str) -> dict[str, str]:
    """A day as the original writes it: hours "0" to "23" with their word."""
    return {str(hour): WORDS[letter] for hour, letter in enumerate(letters)}


def spoken(letters: str) -> str:
    """A day in words: `00–06 no participation, 17–20 shifting`; the rest is the default."""
    parts = []
    start = 0
    for letter, run in groupby(letters):
        end = start + len(list(run))
        if WORDS[letter] != DEFAULT:
            parts.append(f"{start:02d}–{end:02d} {LABELS[WORDS[letter]].lower()}")
        start = end
    return ", ".join(parts) or "every hour default"


def effective(word: str, *, dr_enabled: bool) -> str:
    """What a word means for a device: the default follows its switch for demand response."""
    if word != DEFAULT:
        return word
    return PARTICIPATION if dr_enabled else NO_PARTICIPATION


def barred_words(word: str, *, dr_enabled: bool) -> str | None:
    """Why demand response may not touch a device now; None where it may."""
    if effective(word, dr_enabled=dr_enabled) != NO_PARTICIPATION:
        return None
    if word == NO_PARTICIPATION:
        return "this hour is set to no participation"
    return "the device takes no part in demand response"


def local_hours(period: Period, zone: ZoneInfo) -> list[HourSpan]:
    """The hours of the building's clock that a period touches, cut to it, in order."""
    spans = []
    for (day, hour, _), run in groupby(_quarters(period, zone), key=lambda q: q[1]):
        starts = [start_ms for start_ms, _ in run]
        begin_ms = max(starts[0], period.start_ms)
        end_ms = min(starts[-1] + _STEP_MS, period.end_ms)
        spans.append(HourSpan(begin_ms, end_ms, day, hour))
    return spans


def _quarters(period: Period, zone: ZoneInfo) -> Iterator[tuple[int, tuple[date, int, int]]]:
    first_ms = period.start_ms - period.start_ms % _STEP_MS
    for start_ms in range(first_ms, period.end_ms, _STEP_MS):
        local: datetime = from_ms(start_ms).astimezone(zone)
        yield start_ms, (local.date(), local.hour, local.fold)


def _place(hour: object) -> int | None:
    text = str(hour)
    if not text.isascii() or not text.isdecimal() or len(text) > 2 or text != str(int(text)):
        return None
    return int(text) if int(text) < HOURS else None
