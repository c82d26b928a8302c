"""How old a value may be before it stops describing the building.

A sensor is judged by its own interval. ``fresh``: it spoke within 2.5 intervals; ``late``: within
six (never less than a minute); ``stale``: within a day, or a hundred intervals where that is
longer; then ``dead``. ``missing``: it never spoke.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEFAULT_INTERVAL_S = 60.0
HOLD_INTERVALS = 2.5
_TRANSPORT_SLACK_S = 2.0
_LATE_INTERVALS = 6.0
_LATE_AT_LEAST_S = 60.0
_DEAD_AFTER_S = 86_400.0
_DEAD_INTERVALS = 100.0
_FOR_EVER_MS = 2**53

STATES = ("fresh", "late", "stale", "dead")
"""By age, of what has spoken."""
_STEPS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


@dataclass(frozen=True, slots=True)
class Freshness:
    """A state with its reason; ``age_s`` is None where there is no reading at all."""

    state: str
    age_s: float | None
    words: str


MISSING = Freshness("missing", None, "no reading yet")


def hold_ms(interval_s: float | None) -> int:
    """How long a reading stands for when no other follows [ms]."""
    return round((interval_s or DEFAULT_INTERVAL_S) * HOLD_INTERVALS * 1000)


def late_after_s(interval_s: float | None) -> float:
    """Age at which a silent sensor becomes stale, so that its values are not used any more [s]."""
    return max((interval_s or DEFAULT_INTERVAL_S) * _LATE_INTERVALS, _LATE_AT_LEAST_S)


@lru_cache(maxsize=4096)
def _ends_s(interval_s: float | None) -> tuple[tuple[str, float], ...]:
    """Up to which age each state but the last one holds [s]."""
    interval = interval_s or DEFAULT_INTERVAL_S
    return (
        ("fresh", interval * HOLD_INTERVALS + _TRANSPORT_SLACK_S),
        ("late", late_after_s(interval_s)),
        ("stale", max(_DEAD_AFTER_S, interval * _DEAD_INTERVALS)),
    )


class Judged(NamedTuple):
    """Of each of many series the place of its state in `STATES`, and at which ages it has it."""

    states: NDArray[np.intp]
    from_ms: NDArray[np.int64]
    until_ms: NDArray[np.int64]

    def lasts_ms(self, ages_ms: NDArray[np.int64]) -> int:
        """For how long these states surely hold at these ages; below zero where they may not."""
        if (ages_ms < self.from_ms).any():
            return -1
        return int((self.until_ms - ages_ms).min(initial=_FOR_EVER_MS))


class Ends:
    """The ages at which each of many series changes its state, for who judges them all at once."""

    def __init__(self, intervals_s: Iterable[float | None]) -> None:
        ends_s = [[end_s for _, end_s in _ends_s(interval_s)] for interval_s in intervals_s]
        self._ends_s = np.array(ends_s, float).reshape(-1, len(STATES) - 1).T
        # A millisecond early rather than late, whichever way the clock goes.
        ends_ms = (self._ends_s * 1000).astype(np.int64)
        for_ever = np.full((1, len(ends_s)), _FOR_EVER_MS)
        self._from_ms = np.concatenate([-for_ever, ends_ms + 2])
        self._until_ms = np.concatenate([ends_ms - 1, for_ever])

    def judge(self, ages_ms: NDArray[np.int64]) -> Judged:
        """The states at these ages."""
        states = (ages_ms / 1000 > self._ends_s).sum(axis=0)
        own = states, np.arange(len(states))
        return Judged(states, self._from_ms[own], self._until_ms[own])


def freshness_state(age_ms: float, interval_s: float | None) -> str:
    """The state alone, for lists of thousands of sensors."""
    age_s = age_ms / 1000
    for state, end_s in _ends_s(interval_s):
        if age_s <= end_s:
            return state
    return "dead"


def judge(age_ms: float, interval_s: float | None) -> Freshness:
    """State and the sentence a person reads beside it."""
    expected = duration_words(interval_s or DEFAULT_INTERVAL_S)
    assumed = "" if interval_s else " (assumed)"
    age_s = max(age_ms / 1000, 0.0)
    words = f"{duration_words(age_s)} ago, expected every {expected}{assumed}"
    return Freshness(freshness_state(age_ms, interval_s), age_s, words)


def duration_words(seconds: float) -> str:
    """A length of time in its largest whole unit: ``42 s``, ``4 min``, ``3 h``, ``12 d``."""
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
