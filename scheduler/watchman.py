"""Watches, in every process, what no dead process can tell of itself, and tells it.

A scheduler that has died cannot ring; the web process beside it can. Events are raised by their
key, so that several processes that see the same ring it once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from domain.control.reach_watch import tell_reach
from domain.foundation.clock import monotonic, real_now_ms
from domain.house import House
from domain.jobs.watch import tell_overdue
from scheduler import store
from scheduler.dispatcher import LEASE, UNREACHED_S
from scheduler.runner import process_name

log = logging.getLogger(__name__)
EVERY_S = 1.0
ALARMS_EVERY_S = 5.0


class Watchman:
    """A thread that looks each second.

    `unreached` says whether the dispatcher of this process has no connection.
    """

    def __init__(self, house: House, unreached: Callable[[], bool] = lambda: False) -> None:
        self._house, self._unreached = house, unreached
        self._ended = threading.Event()
        self._told_s = self._spoken_s = monotonic()
        self._thread = threading.Thread(target=self._watch, name="watchman", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def look(self) -> None:
        """One look: what changed for open pages, and from time to time what rings."""
        house = self._house
        house.jobs.tell_news()
        house.drills.tell_news()
        if monotonic() - self._told_s < ALARMS_EVERY_S:
            return
        self._told_s = monotonic()
        house.drills.abort_lost()
        tell_overdue(house.jobs.overdue(), house.alarms, house.clock)
        self._reach()

    def _reach(self) -> None:
        """Whether anybody speaks with the devices, and whether it can."""
        house = self._house
        holder = store.lease_holder(house.database, LEASE, real_now_ms())
        if holder is not None:
            self._spoken_s = monotonic()
        silent_s = monotonic() - self._spoken_s
        trouble = None
        if silent_s > UNREACHED_S:
            trouble = "No process speaks with the devices: they follow their own rules"
        elif self._unreached():
            trouble = "No connection to the broker: devices follow their own rules"
        elif holder != process_name():
            return  # that process tells how it fares, or it is too early to say
        now = house.clock.now()
        since = now - timedelta(seconds=UNREACHED_S * house.clock.speed)
        tell_reach(trouble, since, house.alarms, now)

    def _watch(self) -> None:
        while not self._ended.wait(EVERY_S):
            try:
                self.look()
            except Exception:
                log.exception("a look at the other processes failed; the next one follows")
