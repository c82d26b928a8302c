"""What happens in the domain, told to whoever listens in this process."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable

from domain.foundation.contract import EVERYTHING, under

log = logging.getLogger(__name__)
Listener = Callable[[object], None]


class Bus:
    """Synchronous notices by topic; a failing listener is logged and never harms the publisher."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, tuple[Listener, ...]] = defaultdict(tuple)
        self._lock = threading.Lock()

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each message of `topic`; the answer ends the subscription."""
        with self._lock:
            self._listeners[topic] = (*self._listeners[topic], listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners[topic] = tuple(x for x in self._listeners[topic] if x != listener)

        return unsubscribe

    def publish(self, topic: str, message: object) -> None:
        """Tell every listener of `topic`, in the caller's thread but not under its contract."""
        for listener in self._listeners[topic]:
            try:
                with under(EVERYTHING):
                    listener(message)
            except Exception:
                log.exception("a listener of %s failed", topic)
