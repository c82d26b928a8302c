"""Answers that cost much and change little, made once for all who ask within a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.foundation.clock import monotonic
from domain.foundation.contract import in_force

T = TypeVar("T")
MOST_KEPT = 64


@dataclass
class _Kept(Generic[T]):
    making: threading.Lock = field(default_factory=threading.Lock)
    until_s: float = float("-inf")
    value: T | None = None


class Snapshots(Generic[T]):
    """Keeps each answer for `for_s` real seconds; who comes while it is made waits for that one.

    Under a contract that withholds something nothing is kept and nothing kept is given.
    """

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept[T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under a key; an error is nobody's but the caller's."""
        if in_force().restricts:
            return make()
        with self._lock:
            if key not in self._kept and len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            kept = self._kept.setdefault(key, _Kept())
        with kept.making:
            if kept.value is None or monotonic() >= kept.until_s:
                kept.value = make()
                kept.until_s = monotonic() + self._for_s
            return kept.value
