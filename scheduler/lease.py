"""A lease on a role that only one process may hold, such as the MQTT listener."""

import logging
import threading
from collections.abc import Callable

from domain.foundation.clock import real_now_ms
from domain.storage.engine import Database
from scheduler import store

log = logging.getLogger(__name__)
LEASE_S = 15.0
RENEW_S = 3.0


class Singleton:
    """Keeps something running while this process holds the lease, and stops it when it is lost.

    `start` is called with the fencing token at each renewal and does nothing while that runs
    already; so what has died is running again within seconds.
    Leases are kept in real time. A process that was frozen past the end of its lease finds a
    higher fencing token when it renews, and stops before it does anything else. While `may` says
    no the lease is neither renewed nor taken, and what runs under it stops: a drill.
    `lease_s` and `renew_s` are for what must change hands sooner than usual.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        owner: str,
        *,
        start: Callable[[int], None],
        stop: Callable[[], None],
        may: Callable[[], bool] = lambda: True,
        lease_s: float | None = None,
        renew_s: float | None = None,
    ) -> None:
        self._database, self._name, self._owner = database, name, owner
        self._start, self._stop, self._may = start, stop, may
        self._lease_s, self._renew_s = lease_s, renew_s
        self._fence: int | None = None
        self._until_ms = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{name}", daemon=True)

    @property
    def held(self) -> bool:
        """Whether this process holds the lease, as far as it knows."""
        return self._fence is not None

    def begin(self) -> None:
        """Start trying to hold the lease."""
        self._thread.start()

    def end(self) -> None:
        """Stop what runs under the lease and give it back."""
        self._ended.set()
        self._thread.join(15)
        if self._fence is not None:
            self._fence = None
            self._stop()
            store.release_lease(self._database, self._name, self._owner)

    def _keep(self) -> None:
        while not self._ended.is_set():
            try:
                self._renew()
            except Exception:
                log.exception("lease %s could not be renewed", self._name)
                if self._fence is not None and real_now_ms() >= self._until_ms:
                    log.warning("lease %s ended without renewal", self._name)
                    self._lose()
            self._ended.wait(self._renew_s or RENEW_S)

    def _renew(self) -> None:
        if not self._may():
            if self._fence is not None:
                log.warning("lease %s is let go for a drill", self._name)
                self._lose()
            return
        lease_ms = round((self._lease_s or LEASE_S) * 1000)
        taken = store.take_lease(self._database, self._name, self._owner, real_now_ms, lease_ms)
        if self._fence is not None and (taken is None or taken[0] != self._fence):
            log.warning("lease %s was lost", self._name)
            self._lose()
        if taken is not None:
            self._fence, self._until_ms = taken
            self._start(self._fence)

    def _lose(self) -> None:
        self._fence = None
        self._stop()
