"""Which readings go out now: each series at most once in `WINDOW_S`, the newest value wins.

A series that was quiet goes out with the next flush, so a second sensor never waits for the
first; a busy one waits until its window has passed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.telemetry.model import Reading

WINDOW_S = 0.1
Key = tuple[str, str]


class Coalescer:
    """Holds readings between flushes; times are monotonic seconds given by the caller."""

    def __init__(self, newest_ms: dict[Key, int]) -> None:
        """Begin after the given newest times [epoch ms] of each series."""
        self._newest_ms = newest_ms
        self._fresh: dict[Key, Reading] = {}
        self._held: dict[Key, Reading] = {}
        self._due: list[tuple[float, Key]] = []
        self._sent_at: dict[Key, float] = {}

    def add(self, readings: Iterable[Reading], not_before_ms: int) -> bool:
        """Take what is the newest of its series and not history; tell whether anything waits."""
        newest = self._newest_ms
        for reading in readings:
            if reading.ts_ms < not_before_ms:
                continue
            key = (reading.sensor_id, reading.metric)
            if reading.ts_ms >= newest.get(key, 0):
                newest[key] = reading.ts_ms
                self._fresh[key] = reading
        return bool(self._fresh)

    def take(self, now_s: float) -> list[Reading]:
        """Remove and return what may go out at `now_s`."""
        ready = []
        for key, reading in self._fresh.items():
            if key in self._held:
                self._held[key] = reading
            elif (due_s := self._sent_at.get(key, -WINDOW_S) + WINDOW_S) > now_s:
                self._held[key] = reading
                heapq.heappush(self._due, (due_s, key))
            else:
                ready.append(reading)
        self._fresh = {}
        while self._due and self._due[0][0] <= now_s:
            ready.append(self._held.pop(heapq.heappop(self._due)[1]))
        for reading in ready:
            self._sent_at[(reading.sensor_id, reading.metric)] = now_s
        return ready

    def next_due_s(self) -> float | None:
        """When the first held series may go out; None when none is held."""
        return self._due[0][0] if self._due else None

    @property
    def waiting(self) -> bool:
        """Whether something could go out with the next flush."""
        return bool(self._fresh)
