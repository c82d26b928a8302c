"""Parts of live frames that cost queries, kept for a few seconds."""

import threading
from collections.abc import Callable, Mapping

from domain.foundation.clock import monotonic
from domain.foundation.contract import in_force

Frame = Mapping[str, object]


class Kept:
    """Part of a frame that costs queries: made anew when it is older than so many real seconds.

    Under a contract that withholds something it is made for that contract alone.
    """

    def __init__(self, make: Callable[[], Frame], for_s: float) -> None:
        self._make = make
        self._for_s = for_s
        self._lock = threading.Lock()
        self._until = 0.0
        self._frame: Frame = {}

    def get(self) -> Frame:
        """The frame as it was made last, or anew."""
        if in_force().restricts:
            return self._make()
        with self._lock:
            if monotonic() >= self._until:
                self._frame = self._make()
                self._until = monotonic() + self._for_s
            return self._frame
