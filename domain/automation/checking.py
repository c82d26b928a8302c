"""Reads objects of raw fields one by one, and notes what is wrong under each one's path. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from domain.automation.model import Days
from domain.calendar.model import DAY_TYPES
from domain.foundation.errors import FieldError

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
DAY_MINUTES = 1440


class Form:
    """One object of raw fields at a path, such as `trigger` or `actions[1]`.

    What is wrong goes into `errors`, and a stand-in comes back: look at `errors` before use.
    """

    def __init__(self, raw: object, errors: list[FieldError], path: str = "") -> None:
        self._path = path
        self._raw: Mapping[object, object] = raw if isinstance(raw, Mapping) else {}
        if not isinstance(raw, Mapping):
            errors.append(FieldError(path or "body", "is an object"))
            errors = []  # of nothing nothing more can be said
        self.errors = errors

    def wrong(self, name: str, words: str, limit: object = None) -> None:
        """Note what is wrong with a field."""
        where = f"{self._path}.{name}" if self._path and name else self._path or name
        self.errors.append(FieldError(where, words, limit))

    def only(self, *names: str) -> None:
        """Refuse every other field."""
        for name in self._raw:
            if name not in names:
                self.wrong(str(name)[:40], "is no field here", list(names))

    def has(self, name: str) -> bool:
        """Whether something is said under a name."""
        return self._raw.get(name) not in (None, "")

    def raw(self, name: str) -> object:
        """What is said, as it is."""
        return self._raw.get(name)

    def text(self, name: str, longest: int) -> str:
        """A line of words."""
        raw = self._raw.get(name)
        words = " ".join(raw.split()) if isinstance(raw, str) else ""
        if not 1 <= len(words) <= longest or not words.isprintable():
            self.wrong(name, f"is a line of 1 to {longest} characters", longest)
        return words

    def choice(self, name: str, known: Sequence[str]) -> str:
        """One of some words."""
        raw = self._raw.get(name)
        if not isinstance(raw, str) or raw not in known:
            self.wrong(name, f"is one of {', '.join(known)}", list(known))
            return known[0]
        return raw

    def maybe(self, name: str, known: Sequence[str]) -> str | None:
        """One of some words, or nothing."""
        return self.choice(name, known) if self.has(name) else None

    def flag(self, name: str, usual: bool) -> bool:
        """True or false."""
        raw = self._raw.get(name, usual)
        if not isinstance(raw, bool):
            self.wrong(name, "is true or false", [True, False])
            return usual
        return raw

    def number(
        self, name: str, low: float, high: float, unit: str = "", usual: float | None = None
    ) -> float:
        """A number inside its limits; `usual` where nothing is said."""
        raw = self._raw.get(name)
        if raw is None and usual is not None:
            return usual
        fits = isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
        if not fits or not low <= float(raw) <= high:  # type: ignore[arg-type]
            self.wrong(name, f"is {low:g} to {high:g}{unit and ' '}{unit}", [low, high])
            return low
        return float(raw)  # type: ignore[arg-type]

    def whole(
        self, name: str, low: int, high: int, unit: str = "", usual: int | None = None
    ) -> int:
        """A whole number inside its limits; `usual` where nothing is said."""
        found = self.number(name, low, high, unit, usual)
        if found != int(found):
            self.wrong(name, f"is a whole number of {low:g} to {high:g}", [low, high])
        return int(found)

    def minute(self, name: str, *, end: bool = False) -> int:
        """A minute of the local day, said as 07:30; 24:00 only as an `end`."""
        raw = self._raw.get(name)
        found = _CLOCK.fullmatch(raw) if isinstance(raw, str) else None
        minute = int(found[1]) * 60 + int(found[2]) if found else DAY_MINUTES + 1
        if minute > (DAY_MINUTES if end else DAY_MINUTES - 1):
            self.wrong(name, "is a time of day, as 07:30")
            return 0
        return minute

    def days(self) -> Days:
        """`day_types` and `weekdays`; neither is every day."""
        types = self._some("day_types", DAY_TYPES)
        numbers = self._some("weekdays", range(7))
        return Days(
            tuple(day for day in DAY_TYPES if day in types),
            tuple(day for day in range(7) if day in numbers),
        )

    def part(self, name: str) -> Form:
        """An object inside this one."""
        return Form(self._raw.get(name), self.errors, f"{self._path}.{name}".lstrip("."))

    def parts(self, name: str, least: int, most: int) -> list[Form]:
        """Objects inside this one."""
        raw = self._raw.get(name) or []
        if not isinstance(raw, list | tuple) or not least <= len(raw) <= most:
            self.wrong(name, f"is a list of {least} to {most}", [least, most])
            return []
        path = f"{self._path}.{name}".lstrip(".")
        return [Form(one, self.errors, f"{path}[{at}]") for at, one in enumerate(raw)]

    def _some(self, name: str, known: Sequence[object]) -> list[object]:
        raw = self._raw.get(name) or []
        fits = isinstance(raw, list | tuple) and len(raw) <= len(known)
        # True is 1 to Python, and no day of the week.
        if not fits or any(isinstance(x, bool) or x not in known for x in raw):  # type: ignore[attr-defined]
            self.wrong(name, f"is a list of some of {', '.join(map(str, known))}", list(known))
            return []
        return list(raw)  # type: ignore[call-overload,no-any-return]


def clock(minute: int) -> str:
    """A minute of the day as 07:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
