"""Quarter hours of a period as the building's wall clock and calendar see them. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.calendar.model import Day
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import Period, local_date, local_midnight
from domain.money.prices import SLOT_MS

DaysOf = Callable[[date, date], Sequence[Day]]
"""The calendar: every day of [first, until)."""
FeedValues = Sequence[tuple[int, int, float]]
"""What a feed says: (starts_ms, ends_ms, value), ascending."""
DAYS_BEFORE = 8
"""Local days known before a period: windows look a day back, fallbacks a week."""

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class LocalSlots:
    """Consecutive quarter hours from `start_ms` on: the local day and minute each begins in.

    `day` counts into `days`, which begin `DAYS_BEFORE` days early; `midnights_ms` has one more,
    the end of the last day.
    """

    start_ms: int
    zone: ZoneInfo
    days: tuple[Day, ...]
    midnights_ms: NDArray[np.int64]
    day: NDArray[np.int64]
    minute: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.day)

    def between(self, first: date, until: date | None) -> slice:
        """Which of the quarter hours lie in the local days [first, until)."""
        begin = self.days[0].date
        low = int(np.searchsorted(self.day, (first - begin).days))
        if until is None:
            return slice(low, len(self))
        return slice(low, max(low, int(np.searchsorted(self.day, (until - begin).days))))

    def cut(self, part: slice) -> "LocalSlots":
        """The same for some of the quarter hours."""
        return LocalSlots(
            self.start_ms + part.start * SLOT_MS,
            self.zone,
            self.days,
            self.midnights_ms,
            self.day[part],
            self.minute[part],
        )

    def week_earlier_ms(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """When the clock showed the same a week before; −1 where it skipped that minute."""
        day, minute = self.day[places] - 7, self.minute[places]
        found = self.midnights_ms[day] + minute * _MINUTE_MS
        odd = np.flatnonzero(np.diff(self.midnights_ms)[day] != _DAY_MS)
        for at in odd.tolist():
            found[at] = self._moment_ms(self.days[day[at]].date, int(minute[at]))
        return found

    def _moment_ms(self, day: date, minute: int) -> int:
        clock = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        at_ms = to_ms(clock)
        shown = from_ms(at_ms).astimezone(self.zone)
        return at_ms if (shown.hour, shown.minute) == (clock.hour, clock.minute) else -1


def local_slots(period: Period, zone: ZoneInfo, days_of: DaysOf) -> LocalSlots:
    """Lay out the quarter hours of a period; one that is not on quarter hours raises ValueError."""
    if period.start_ms % SLOT_MS or period.end_ms % SLOT_MS:
        raise ValueError("prices are made for whole quarter hours")
    first = local_date(period.start, zone) - timedelta(days=DAYS_BEFORE)
    until = local_date(from_ms(period.end_ms - 1), zone) + timedelta(days=1)
    days = tuple(days_of(first, until))
    midnights = np.array(
        [to_ms(local_midnight(day, zone)) for day in (*(day.date for day in days), until)], np.int64
    )
    starts = np.arange(period.start_ms, period.end_ms, SLOT_MS, dtype=np.int64)
    day = np.searchsorted(midnights, starts, "right") - 1
    minute = (starts - midnights[day]) // _MINUTE_MS
    for at in np.flatnonzero(np.diff(midnights)[day] != _DAY_MS).tolist():
        clock = from_ms(int(starts[at])).astimezone(zone)
        minute[at] = clock.hour * 60 + clock.minute
    return LocalSlots(period.start_ms, zone, days, midnights, day, minute)


def spread(values: FeedValues, start_ms: int, end_ms: int) -> NDArray[np.float64]:
    """A feed's value in each quarter hour of [start, end), NaN where it does not fill it.

    Finer values are weighed by their time; of two that overlap the one that begins later counts.
    """
    slots = np.arange(start_ms, end_ms, SLOT_MS, dtype=np.int64)
    laid = np.full(len(slots), np.nan)
    if not values:
        return laid
    starts = np.array([starts_ms for starts_ms, _, _ in values], np.int64)
    ends = np.array([ends_ms for _, ends_ms, _ in values], np.int64)
    ends[:-1] = np.minimum(ends[:-1], starts[1:])
    amounts = np.array([value for _, _, value in values], np.float64)
    at = np.searchsorted(starts, slots, "right") - 1
    whole = (at >= 0) & (ends[at] >= slots + SLOT_MS)
    laid[whole] = amounts[at[whole]]
    finer = _mean_of_finer(slots, starts, ends, amounts)
    return np.where(whole, laid, finer)


def _mean_of_finer(
    slots: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    amounts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Means by time where several values fill a quarter hour together."""
    edges = np.unique(np.concatenate((slots, [slots[-1] + SLOT_MS], starts, ends)))
    edges = edges[(edges >= slots[0]) & (edges <= slots[-1] + SLOT_MS)]
    piece, width = edges[:-1], np.diff(edges)
    at = np.searchsorted(starts, piece, "right") - 1
    known = (at >= 0) & (ends[at] > piece)
    slot = (piece[known] - slots[0]) // SLOT_MS
    covered = np.bincount(slot, width[known], len(slots))
    total = np.bincount(slot, width[known] * amounts[at[known]], len(slots))
    full = covered == SLOT_MS
    return np.where(full, total / np.where(full, covered, 1.0), np.nan)
