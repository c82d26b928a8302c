"""A week as people write it, checked field by field, and as the database keeps it. Pure."""

import json
import math
from collections.abc import Mapping, Sequence

from domain.building.comfort import COMFORT_FIELDS
from domain.climate.model import BAND_KINDS, DAY_LABELS, DAY_MINUTES, DAYS, Hours, Week
from domain.climate.week import clock
from domain.foundation.errors import FieldError, InvalidInput

Fields = Mapping[str, object]
FIELDS = ("setback_low", "setback_high", "hours")
MOST_HOURS = 12
LIMITS_C = COMFORT_FIELDS["temperature_low"][1:]
"""From where to where a band may lie [°C]."""
_QUARTER = 15
OFFERED = tuple(kind for kind in BAND_KINDS if kind != "setback")
"""What hours may be; the setback band holds at all other times."""


def checked_week(fields: Fields) -> Week:
    """The week that fields say. Raises InvalidInput with one entry per field.

    `setback_low` and `setback_high` are °C; each of `hours` has `days`, `from_minute`, `to_minute`,
    `kind` and, where that is own, `low_c` and `high_c`.
    """
    errors = [
        FieldError(name, "is no field of a week", list(FIELDS))
        for name in fields
        if name not in FIELDS
    ]
    low = _celsius(fields.get("setback_low"), "setback_low", "Setback from", errors)
    high = _celsius(fields.get("setback_high"), "setback_high", "Setback to", errors)
    if low is not None and high is not None and low >= high:
        errors.append(FieldError("setback_high", "Setback to must be above setback from"))
    raw = fields.get("hours")
    rows = raw if isinstance(raw, list | tuple) else []
    if raw is not None and not isinstance(raw, list | tuple):
        errors.append(FieldError("hours", "is a list"))
    if len(rows) > MOST_HOURS:
        errors.append(FieldError("hours", f"At most {MOST_HOURS} lines", MOST_HOURS))
        rows = []
    hours = [_hours(row, at, errors) for at, row in enumerate(rows, 1)]
    kept = [one for one in hours if one is not None]
    if len(kept) == len(rows):
        errors += _overlaps(kept)
    if errors or low is None or high is None:
        raise InvalidInput("This week cannot be used.", errors)
    return Week(tuple(kept), low, high)


def week_fields(week: Week) -> dict[str, object]:
    """A week as the fields it is made from."""
    return {
        "setback_low": week.setback_low_c,
        "setback_high": week.setback_high_c,
        "hours": [
            {
                "days": list(one.days),
                "from_minute": one.from_minute,
                "to_minute": one.to_minute,
                "kind": one.kind,
                "low_c": one.low_c,
                "high_c": one.high_c,
            }
            for one in week.hours
        ],
    }


def to_json(week: Week) -> str:
    """As the database keeps it."""
    return json.dumps(week_fields(week), sort_keys=True)


def from_json(text: str) -> Week:
    """A week that `to_json` wrote."""
    return checked_week(json.loads(text))


def _hours(raw: object, at: int, errors: list[FieldError]) -> Hours | None:
    row = raw if isinstance(raw, Mapping) else {}
    wrong: list[str] = []
    raw_days = row.get("days")
    given = [day for day in raw_days if day in DAYS] if isinstance(raw_days, list | tuple) else []
    days = tuple(day for day in DAYS if day in given)
    if not days:
        wrong.append("choose at least one day")
    start, end = _minute(row.get("from_minute"), wrong), _minute(row.get("to_minute"), wrong)
    if start is not None and end is not None and start >= end:
        wrong.append("it ends after it begins; make two lines of hours past midnight")
    kind = row.get("kind")
    if kind not in OFFERED:
        wrong.append(f"the band is one of {', '.join(OFFERED)}")
    low = high = None
    if kind == "own":
        low, high = _own(row, wrong)
    errors += [FieldError("hours", f"Line {at}: {words}") for words in dict.fromkeys(wrong)]
    if wrong or start is None or end is None:
        return None
    return Hours(days, start, end, "own" if kind == "own" else "comfort", low, high)


def _own(row: Fields, wrong: list[str]) -> tuple[float | None, float | None]:
    found: list[float | None] = []
    for name in ("low_c", "high_c"):
        errors: list[FieldError] = []
        found.append(_celsius(row.get(name), name, "its own band", errors))
        wrong += [error.message for error in errors]
    low, high = found
    if low is not None and high is not None and low >= high:
        wrong.append("its own band ends above where it begins")
    return low, high


def _minute(raw: object, wrong: list[str]) -> int | None:
    whole = isinstance(raw, int | float) and not isinstance(raw, bool)
    if not whole or not 0 <= raw <= DAY_MINUTES or raw % _QUARTER:  # type: ignore[operator]
        wrong.append("times are quarter hours from 00:00 to 24:00")
        return None
    return int(raw)  # type: ignore[call-overload,no-any-return]


def _celsius(raw: object, name: str, label: str, errors: list[FieldError]) -> float | None:
    low, high = LIMITS_C
    number = raw if isinstance(raw, int | float) and not isinstance(raw, bool) else math.nan
    if not low <= number <= high:
        words = f"{label} must be a number from {low:g} to {high:g}"
        errors.append(FieldError(name, words, [low, high]))
        return None
    return float(number)


def _overlaps(rows: Sequence[Hours]) -> list[FieldError]:
    """Two lines that claim the same time of the same day."""
    found = []
    for at, one in enumerate(rows):
        for before, other in enumerate(rows[:at]):
            shared = [day for day in one.days if day in other.days]
            start = max(one.from_minute, other.from_minute)
            if shared and start < min(one.to_minute, other.to_minute):
                words = (
                    f"Line {at + 1} and line {before + 1} both hold on {DAY_LABELS[shared[0]]} "
                    f"at {clock(start)}"
                )
                found.append(FieldError("hours", words))
    return found
