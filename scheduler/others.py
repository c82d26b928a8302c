"""How the processes beside this one fare, told by the leases they keep."""

import threading

from domain.foundation.clock import monotonic, real_now_ms
from domain.storage.engine import Database
from scheduler import store

_KEEP_S = 1.0


class Holder:
    """Whoever holds a lease; the database is asked once a second, however many pages ask."""

    def __init__(self, database: Database, name: str, does: str) -> None:
        self._database, self._name, self._does = database, name, does
        self._lock = threading.Lock()
        self._asked_s = float("-inf")
        self._found: tuple[str, str] = ("down", "")

    def check(self) -> tuple[str, str]:
        """Health in a word and a sentence; a killed process counts until its lease ends."""
        with self._lock:
            if monotonic() - self._asked_s >= _KEEP_S:
                owner = store.lease_holder(self._database, self._name, real_now_ms())
                self._found = (
                    ("ok", f"{owner} {self._does}")
                    if owner
                    else ("down", f"No process {self._does}.")
                )
                self._asked_s = monotonic()
            return self._found
