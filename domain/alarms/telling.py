"""Tells the pages and programs of one process what changed of events, whoever changed it."""

import threading

from sqlalchemy.engine import Connection

from domain.alarms import event_store, wire
from domain.alarms.model import Event
from domain.alarms.surroundings import Surroundings
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.storage.engine import Database

TOLD_AGAIN = 100
"""Steps looked at once more: one that was committed later may have a lower number."""


class Telling:
    """What this process has told so far; it begins with what is there when it first listens."""

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, surroundings: Surroundings
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._surroundings = surroundings
        self._lock = threading.Lock()
        self._told: set[int] = set()
        self._told_to: int | None = None
        self._silences: dict[int, int] = {}
        """Until when events are silent that are silent now."""

    def listen(self) -> None:
        """Begin with what is there now, unless it has begun."""
        with self._lock, self._database.read() as c:
            if self._told_to is None:
                self._told_to = event_store.newest_step(c)
                self._silences = event_store.silences(c, self._clock.now_ms())

    def tell(self) -> None:
        """Publish on bus topic `event` what changed since the last time; first it only listens.

        That a silence has run out is such a change, though nobody enters it.
        """
        if self._told_to is None:
            self.listen()
            return
        with self._lock, self._database.read() as c:
            found = self._changed(c, self._told_to)
        for event in found:
            room = self._surroundings.room_name(event.room_id)
            self._bus.publish("event", wire.as_dict(event, room))

    def _changed(self, c: Connection, told_to: int) -> list[Event]:
        newest = event_store.newest_step(c)
        steps = event_store.steps_after(c, max(0, told_to - TOLD_AGAIN))
        fresh = {e for step, e in steps if step > told_to or self._missed(step)}
        now_ms = self._clock.now_ms()
        fresh |= {e for e, until_ms in self._silences.items() if until_ms <= now_ms}
        found = event_store.read_events(c, sorted(fresh)) if fresh else []
        silences = self._silences | {event.event_id: event.silenced_until_ms for event in found}
        self._silences = {e: until_ms for e, until_ms in silences.items() if until_ms > now_ms}
        self._told = {step for step, _ in steps}
        self._told_to = newest
        return found

    def _missed(self, step: int) -> bool:
        return bool(self._told) and step > min(self._told) and step not in self._told
