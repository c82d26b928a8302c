"""The last five minutes of live items, for clients that were away."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from api.live_frames import Item

KEPT_S = 300.0
MAX_ITEMS = 100_000


class Batch(NamedTuple):
    """What one flush sent of one topic; `at_s` is monotonic, `ts` building time."""

    seq: int
    topic: str
    ts: str
    at_s: float
    items: list[Item]


class Ring:
    """Keeps batches `KEPT_S` long, fewer when they are many; `started_after` is the seq before."""

    def __init__(self, started_after: int) -> None:
        self._batches: deque[Batch] = deque()
        self._items = 0
        self._gone_seq = started_after

    def append(self, batch: Batch) -> None:
        """Add the newest batch and let go of what is too old or too much."""
        self._batches.append(batch)
        self._items += len(batch.items)
        while self._batches and (
            self._items > MAX_ITEMS or self._batches[0].at_s < batch.at_s - KEPT_S
        ):
            gone = self._batches.popleft()
            self._items -= len(gone.items)
            self._gone_seq = gone.seq

    def since(self, last_seq: int, newest_seq: int) -> list[Batch] | None:
        """Every batch after `last_seq`; None when some of them are not kept or never were ours."""
        if last_seq < self._gone_seq or last_seq > newest_seq:
            return None
        return list(self._backwards_to(last_seq))[::-1]

    def _backwards_to(self, last_seq: int) -> Iterator[Batch]:
        for batch in reversed(self._batches):
            if batch.seq <= last_seq:
                return
            yield batch

    def clear(self, newest_seq: int) -> None:
        """Let go of everything up to `newest_seq`."""
        self._batches.clear()
        self._items = 0
        self._gone_seq = newest_seq
