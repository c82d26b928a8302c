"""Keeps what a process without pages remembers of telemetry up with what others wrote.

Series, plausible ranges, corrections and virtual meters are changed by the web process; the
building's configuration and the mappings are followed where they are kept.
"""

import logging
import threading

from domain.house import House

log = logging.getLogger(__name__)
EVERY_S = 2.0


class Follower:
    """A thread that reads anew; only for processes that are not alone."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _follow(self) -> None:
        while not self._ended.wait(EVERY_S):
            try:
                self._house.telemetry.refresh_latest()
            except Exception:
                log.exception("what others changed could not be read; it is tried again")
