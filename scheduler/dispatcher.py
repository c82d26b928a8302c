"""The one that speaks with devices: hears what they say, and alone publishes what they shall do.

One process at a time, by a lease; it keeps nothing that is not in the database, so that another
one can go on where it ended.
"""

import logging
import queue
import threading

from domain.control.acts import WAKE
from domain.control.dispatching import StaleFence
from domain.control.service import Heard
from domain.drills.model import Fault
from domain.foundation.clock import monotonic
from domain.house import House
from scheduler.link import Configure, Link

log = logging.getLogger(__name__)
LEASE = "dispatcher"
LEASE_S, RENEW_S = 6.0, 1.5
"""Shorter than a device has to answer: who takes over sends in time what nobody has answered."""
TURN_S = 0.5
MOST_AT_ONCE = 500
UNREACHED_S = 15.0
"""So long without a connection is told to people."""


class Dispatcher:
    """The thread that holds the devices' connection; `start` and `stop` may repeat."""

    def __init__(self, house: House, url: str, configure: Configure) -> None:
        settings = house.settings
        self._house = house
        self._wake = threading.Event()
        self._link = Link(
            url,
            f"{settings.topic_prefix}/{settings.site}",
            f"wattboard-{settings.site}-dispatcher",
            configure,
            settings.mqtt_ca_file,
            house.clock,
            self._wake.set,
        )
        self._ended = threading.Event()
        self._fence = 0
        self._ready_s = monotonic()
        self._simulated: Fault | None = None
        house.bus.subscribe(WAKE, lambda _: self._wake.set())
        self._thread: threading.Thread | None = None

    def start(self, fence: int) -> None:
        """Begin where it does not run; called at each renewal of the lease."""
        self._fence = fence
        if self._thread is None or not self._thread.is_alive():
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Leave the broker; devices keep what they were told until its lease passes."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10)

    @property
    def unreached(self) -> bool:
        """Whether it runs here and has had no connection for a while."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive and not self._ended.is_set() and monotonic() - self._ready_s > UNREACHED_S

    def _run(self) -> None:
        self._ready_s = monotonic()
        while not self._ended.is_set():
            try:
                fault = self._house.drills.fault()
                if fault is not None and fault.cuts:
                    self._link.close()
                elif not self._link.connected:
                    # All connect under one name: it must not be taken from who took over.
                    self._house.control.dispatching.take_over(self._fence)
                    self._link.open()
                if fault is None or fault.kind != "dead_scheduler":
                    self._simulate(fault)
                    self._turn(fault)
            except StaleFence:
                log.warning("another process speaks with the devices; this one is silent")
                break
            except Exception:
                log.exception("a turn of the dispatcher failed; the next one follows")
            if self._link.ready:
                self._ready_s = monotonic()
            self._wake.wait(TURN_S)
            self._wake.clear()
        self._link.close()

    def _simulate(self, fault: Fault | None) -> None:
        """Tell a simulated building of a drill's fault, and of its end where that comes early."""
        wanted = fault if fault and fault.simulate else None
        told = self._simulated
        if wanted == told:
            return
        if wanted is not None and wanted.simulate:
            left_s = (wanted.until_ms - self._house.clock.now_ms()) / 1000
            if self._link.simulate(wanted.device_id, wanted.simulate, max(1.0, left_s)):
                self._simulated = wanted
        elif told is not None and self._link.simulate(told.device_id, "none", 1.0):
            self._simulated = None

    def _turn(self, fault: Fault | None) -> None:
        control, heard = self._house.control, self._heard()
        if fault is not None and fault.kind == "silent_device":
            heard = [message for message in heard if message.device_id != fault.device_id]
        control.hear(heard)
        control.answer(self._fence, heard)
        for message in control.dispatch(self._fence, ready=self._link.ready):
            # What does not leave now is sent again under its own id, or expires.
            self._link.publish(message.device_id, message.payload)

    def _heard(self) -> list[Heard]:
        found: list[Heard] = []
        while len(found) < MOST_AT_ONCE:
            try:
                found.append(self._link.heard.get_nowait())
            except queue.Empty:
                break
        return found
