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
from domain.house import House
from scheduler.link import Configure, Link

log = logging.getLogger(__name__)
LEASE = "dispatcher"
LEASE_S, RENEW_S = 6.0, 1.5
"""Shorter than a device has to answer: who takes over sends in time what nobody has answered."""
TURN_S = 0.5
MOST_AT_ONCE = 500


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

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if not self._link.connected:
                    # All connect under one name: it must not be taken from who took over.
                    self._house.control.dispatching.take_over(self._fence)
                    self._link.open()
                self._turn()
            except StaleFence:
                log.warning("another process speaks with the devices; this one is silent")
                break
            except Exception:
                log.exception("a turn of the dispatcher failed; the next one follows")
            self._wake.wait(TURN_S)
            self._wake.clear()
        self._link.close()

    def _turn(self) -> None:
        control, heard = self._house.control, self._heard()
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
