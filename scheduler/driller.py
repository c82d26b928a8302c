"""Leads the drill under way, in a thread of its own: the dispatcher may be what it lets fail."""

import logging
import threading

from domain.house import House

log = logging.getLogger(__name__)
EVERY_S = 0.5


class Driller:
    """Looks for a drill twice a second; of several processes the first one leads it."""

    def __init__(self, house: House, owner: str) -> None:
        self._house, self._owner = house, owner
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._lead, name="driller", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Lead no more; a drill that is not over is aborted by whoever notices."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _lead(self) -> None:
        while not self._ended.wait(EVERY_S):
            try:
                self._house.drills.advance(self._owner)
            except Exception:
                log.exception("a look at the drill failed; the next one follows")
