"""What a person says about a span of readings, laid over what is stored.

The stored rows stay as they came. ``void`` means there is no measurement in the span; ``replace``
means it was ``value`` throughout (for a counter: it stood at ``value``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.foundation.errors import FieldError, InvalidInput
from domain.telemetry.model import REPLACED, RawRow
from domain.telemetry.rollup import QUARTER_MS, Rows

ACTIONS = ("void", "replace")


@dataclass(frozen=True, slots=True)
class Correction:
    """Who said what about [from, to), when and why; in force until withdrawn.

    ``action`` is ``void``, ``replace`` or, for a reading taken by eye, ``manual``.
    """

    correction_id: int
    series_id: int
    from_ms: int
    to_ms: int
    action: str
    value: float | None
    reason: str
    actor_name: str
    created_ms: int
    withdrawn_ms: int | None = None
    withdrawn_by: str | None = None

    @property
    def overlays(self) -> bool:
        """Whether it changes how stored readings are read now."""
        return self.withdrawn_ms is None and self.action in ACTIONS

    def covers(self, ts_ms: int) -> bool:
        """Whether a moment lies in its span."""
        return self.from_ms <= ts_ms < self.to_ms


def check_correction(action: str, value: float | None, reason: str) -> None:
    """Refuse what would not be understood later.

    Raises:
        InvalidInput: unknown action, replacement without a finite value, no reason.
    """
    wrong = []
    if action not in ACTIONS:
        wrong.append(FieldError("action", "must be void or replace", ACTIONS))
    if action == "replace" and (value is None or not np.isfinite(value)):
        wrong.append(FieldError("value", "a replacement needs a finite value"))
    if not reason.strip():
        wrong.append(FieldError("reason", "say why, for whoever reads this next year"))
    if len(reason) > 500:
        wrong.append(FieldError("reason", "at most 500 characters", 500))
    if wrong:
        raise InvalidInput("This correction cannot be kept.", wrong)


def overlaid(rows: Rows, corrections: Sequence[Correction], kind: str) -> Rows:
    """The readings that count: corrections laid over the stored ones, the later made on top."""
    for correction in sorted(corrections, key=lambda c: (c.created_ms, c.correction_id)):
        rows = _without(rows, correction)
        if correction.action == "replace":
            rows = _with(rows, _replacement(correction, kind))
    return rows


def shown(rows: Sequence[RawRow], corrections: Sequence[Correction]) -> Sequence[RawRow]:
    """Stored readings as a person reads them: void ones gone, replaced ones marked."""
    for correction in sorted(corrections, key=lambda c: (c.created_ms, c.correction_id)):
        if correction.action == "void":
            rows = [row for row in rows if not correction.covers(row[0])]
        elif correction.value is not None:
            value = correction.value
            rows = [
                (row[0], value, row[2], REPLACED) if correction.covers(row[0]) else row
                for row in rows
            ]
    return rows


def clipped(rows: Rows, corrections: Sequence[Correction], hold_ms: int) -> Rows:
    """Readings before a corrected span hold no further than its start."""
    if not corrections or not len(rows):
        return rows
    hold = np.where(rows.stated_ms > 0, rows.stated_ms, hold_ms)
    for correction in corrections:
        before = rows.ts_ms < correction.from_ms
        reach = np.where(before, correction.from_ms - rows.ts_ms, hold)
        hold = np.minimum(hold, reach)
    return Rows(rows.ts_ms, rows.values, hold)


def _without(rows: Rows, correction: Correction) -> Rows:
    kept = (rows.ts_ms < correction.from_ms) | (rows.ts_ms >= correction.to_ms)
    return Rows(rows.ts_ms[kept], rows.values[kept], rows.stated_ms[kept])


def _replacement(correction: Correction, kind: str) -> Rows:
    """One row a quarter hour, so that every bucket has its value; a counter needs one."""
    start, end = correction.from_ms, correction.to_ms
    first_edge = (start // QUARTER_MS + 1) * QUARTER_MS
    edges = np.arange(first_edge, end, QUARTER_MS, dtype=np.int64)
    times = np.array([start], np.int64) if kind == "counter" else np.append(start, edges)
    stated = np.diff(times, append=end)
    return Rows(times, np.full(len(times), correction.value, np.float64), stated)


def _with(rows: Rows, more: Rows) -> Rows:
    times = np.concatenate((rows.ts_ms, more.ts_ms))
    order = np.argsort(times, kind="stable")
    values = np.concatenate((rows.values, more.values))
    stated = np.concatenate((rows.stated_ms, more.stated_ms))
    return Rows(times[order], values[order], stated[order])
