"""What costs queries and is shown to many, kept for a few seconds."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from domain.foundation.clock import monotonic
from domain.foundation.contract import in_force

T = TypeVar("T")


class Kept(Generic[T]):
    """Something that costs queries: made anew when it is older than so many real seconds.

    Under a contract that withholds something it is made for that contract alone.
    """

    def __init__(self, make: Callable[[], T], for_s: float) -> None:
        self._make = make
        self._for_s = for_s
        self._lock = threading.Lock()
        self._held: tuple[float, T] | None = None

    def get(self) -> T:
        """As it was made last, or anew."""
        if in_force().restricts:
            return self._make()
        with self._lock:
            if self._held is None or monotonic() >= self._held[0]:
                made = self._make()
                self._held = monotonic() + self._for_s, made
            return self._held[1]
