"""What a virtual meter would have read: its parts as they stood at each reading of one. Pure.

A part stands from its reading to the next, at most for its hold or as long as the reading states.
A reading that states an interval comes when that is over; until it has come, or is long overdue,
the sum after the last one is not known yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

FeedRow: TypeAlias = tuple[int, float, int]
"""ts_ms, value, stated interval [ms], 0 where it states none."""
_NEVER = -(2**62)


class Stretch(NamedTuple):
    """What a series said up to `until_ms`, which may lie before the moment that was asked for.

    `heard` counts the readings it was made of.
    """

    rows: Sequence[FeedRow]
    until_ms: int
    heard: int


@dataclass(frozen=True, slots=True)
class Part:
    """One addend: its last reading before a span, if any, and those in it."""

    factor: float
    hold_ms: int
    rows: Sequence[FeedRow]


def sums(parts: Sequence[Part], after_ms: int, until_ms: int) -> Stretch:
    """The sum at each reading of a part in (after, until], where every part is known.

    A row states how long all of its parts stand.
    """
    known_ms = max(after_ms, min((_decided_ms(part, until_ms) for part in parts), default=until_ms))
    heard = sum(row[0] > after_ms for part in parts for row in part.rows)
    if not heard or not all(part.rows for part in parts):
        return Stretch((), known_ms, heard)
    columns = [np.array([(row[0], row[2]) for row in part.rows], dtype=np.int64) for part in parts]
    times = np.unique(np.concatenate([found[:, 0] for found in columns]))
    times = times[(times > after_ms) & (times <= known_ms)]
    total = np.zeros(len(times))
    reach = np.full(len(times), 2**62, dtype=np.int64)
    for part, found in zip(parts, columns, strict=True):
        at = np.searchsorted(found[:, 0], times, side="right") - 1
        values = np.array([row[1] for row in part.rows])
        ends = found[:, 0] + np.maximum(found[:, 1], part.hold_ms)
        total += part.factor * values[at]
        reach = np.minimum(reach, np.where(at >= 0, ends[at], _NEVER))
    whole = reach > times
    rows = zip(
        times[whole].tolist(), total[whole].tolist(), (reach - times)[whole].tolist(), strict=True
    )
    return Stretch(list(rows), known_ms, heard)


def _decided_ms(part: Part, until_ms: int) -> int:
    """Up to when a part is known, or known not to be known."""
    if not part.rows:
        return until_ms
    ts_ms, _, stated_ms = part.rows[-1]
    overdue_ms = ts_ms + 2 * stated_ms + part.hold_ms
    if not stated_ms or until_ms >= overdue_ms:
        return until_ms
    return min(until_ms, ts_ms + stated_ms - 1)
