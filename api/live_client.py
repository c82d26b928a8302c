"""One connected client: what it subscribes to and what still has to be sent to it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from api.live_frames import LISTED, Item, answer, frame, wire
from api.live_ring import Batch
from api.live_subscription import NOTHING, Subscription

if TYPE_CHECKING:
    from domain.access.policy import Actor

MAX_BACKLOG = 32
"""Frames that may wait; beyond it a client is slow and gets the newest values only."""
MAX_KEPT = 1_000
"""Frames that must not be lost, such as events; beyond it the client is let go and may resume."""
REPLACEABLE = frozenset(
    {"reading", "room", "energy", "needs", "system", "battery", "device", "forecast"}
)
"""Topics whose newest item makes the older one worthless; the others are never dropped."""


class Client:
    """The outbox of one socket: filled by the hub, emptied by the socket's own thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.actor: Actor | None = None
        self.subscription: Subscription = NOTHING
        self.closing: tuple[int, str] | None = None
        self.dropped = 0
        self._wake = wake
        self._lock = threading.Lock()
        self._frames: deque[bytes] = deque()
        self._held: dict[tuple[str, tuple[str, str]], Item] = {}
        self._held_last: Batch | None = None
        self._lost = 0

    def offer(self, batch: Batch, items: list[Item], wired: bytes) -> None:
        """Queue a frame, or keep only its newest items while the client does not keep up."""
        with self._lock:
            if batch.topic not in REPLACEABLE:
                self._frames.append(wired)
                if len(self._frames) > MAX_KEPT:
                    self.closing = (1013, "too slow; connect again and resume")
            elif len(self._frames) < MAX_BACKLOG and not self._held:
                self._frames.append(wired)
            else:
                self._hold(batch, items)
        self._wake()

    def _hold(self, batch: Batch, items: list[Item]) -> None:
        for item in items:
            place = (batch.topic, item.key)
            if self._held.pop(place, None) is not None:
                self._lost += 1
                self.dropped += 1
            self._held[place] = item
        self._held_last = batch

    def put(self, payload: bytes) -> None:
        """Queue a frame that is for this client alone."""
        with self._lock:
            self._frames.append(wire(payload))
        self._wake()

    def close(self, code: int, reason: str) -> None:
        """Ask the socket's thread to say goodbye."""
        if self.closing is None:
            self.closing = (code, reason)
        self._wake()

    def take(self) -> bytes | None:
        """Remove the next frame, framed for the wire; None when nothing waits."""
        with self._lock:
            if not self._frames and self._held:
                self._release_held()
            return self._frames.popleft() if self._frames else None

    def _release_held(self) -> None:
        """Turn the newest values a slow client missed into frames, told by a gap."""
        last = self._held_last
        if last is None:
            return
        if self._lost:
            gap = answer("gap", last.ts, last.seq, {"dropped": self._lost, "reason": "slow"})
            self._frames.append(wire(gap))
        by_topic: dict[str, list[bytes]] = {}
        for (topic, _key), item in self._held.items():
            by_topic.setdefault(topic, []).append(item.body)
        for topic, bodies in by_topic.items():
            for part in [bodies] if topic in LISTED else [[body] for body in bodies]:
                self._frames.append(wire(frame("update", topic, last.ts, last.seq, part)))
        self._held.clear()
        self._held_last, self._lost = None, 0
