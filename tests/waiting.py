"""Wait for a condition instead of sleeping."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout_s: float = 10.0, every_s: float = 0.02) -> T:
    """Poll `condition` until it is truthy and return what it gave; fail after `timeout_s`."""
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{condition} did not hold within {timeout_s} s")
        pause.wait(every_s)
