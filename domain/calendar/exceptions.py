"""What a person may say of an exception, checked field by field. Pure."""

from collections.abc import Mapping
from datetime import date

from domain.calendar.model import DAY_TYPES, DayException
from domain.foundation.errors import FieldError, InvalidInput

Fields = Mapping[str, object]
FIELDS = ("label", "day_type", "first_day", "last_day", "yearly")
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_DAYS = 365
LABEL_LENGTH = 80


def checked(given: Fields, base: Fields) -> dict[str, object]:
    """`base` with the given fields in place of its own, as columns.

    Without a last day it is one day long. Raises InvalidInput with one entry per field.
    """
    errors = [
        FieldError(name, "is no field of an exception", list(FIELDS))
        for name in given
        if name not in FIELDS
    ]
    wanted = {**base, **{name: value for name, value in given.items() if name in FIELDS}}
    label = str(wanted.get("label") or "").strip()
    if not 1 <= len(label) <= LABEL_LENGTH or not label.isprintable():
        words = f"Say what it is in at most {LABEL_LENGTH} characters"
        errors.append(FieldError("label", words, LABEL_LENGTH))
    day_type = wanted.get("day_type")
    if day_type not in DAY_TYPES:
        errors.append(FieldError("day_type", f"is one of {', '.join(DAY_TYPES)}", list(DAY_TYPES)))
    first = _day("first_day", wanted.get("first_day"), errors)
    last = _day("last_day", wanted.get("last_day"), errors) if wanted.get("last_day") else first
    if first and last:
        _check_span(first, last, errors)
    if errors:
        raise InvalidInput("This exception cannot be used.", errors)
    return {
        "label": label,
        "day_type": day_type,
        "first_day": first,
        "last_day": last,
        "yearly": bool(wanted.get("yearly")),
    }


def columns_of(exception: DayException) -> dict[str, object]:
    """An exception as its fields."""
    return {name: getattr(exception, name) for name in FIELDS}


def _day(name: str, raw: object, errors: list[FieldError]) -> date | None:
    try:
        day = raw if isinstance(raw, date) else date.fromisoformat(str(raw or "").strip())
    except ValueError:
        errors.append(FieldError(name, "Give a date, such as 2026-12-24"))
        return None
    if not EARLIEST <= day <= LATEST:
        limits = [EARLIEST.isoformat(), LATEST.isoformat()]
        errors.append(FieldError(name, f"is a day from {limits[0]} to {limits[1]}", limits))
        return None
    return day


def _check_span(first: date, last: date, errors: list[FieldError]) -> None:
    if last < first:
        errors.append(FieldError("last_day", "is not before the first day", first.isoformat()))
    elif (last - first).days >= LONGEST_DAYS:
        words = f"is at most {LONGEST_DAYS} days long; make several of it"
        errors.append(FieldError("last_day", words, LONGEST_DAYS))
