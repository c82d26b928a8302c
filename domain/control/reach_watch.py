"""Tells people of having no way to any device."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

SERVICE = "devices"
SOURCE, KEY = "Way to devices", "way-to-devices"


class Telling(Protocol):
    """What the watch needs of alarms."""

    def raise_event(
        self,
        source: str,
        key: str,
        severity: str,
        service: str,
        cause: str,
        *,
        at: datetime,
        room_id: int | None = None,
        sensor_id: str | None = None,
    ) -> object:
        """Have an event ring, or say it anew."""
        ...

    def clear_event(self, service: str, key: str, at: datetime) -> bool:
        """Have it be over."""
        ...


def tell_reach(trouble: str | None, since: datetime, alarms: Telling, now: datetime) -> None:
    """Whether anything can be told to any device; it may be told as often as one likes."""
    if trouble is None:
        alarms.clear_event(SERVICE, KEY, now)
    else:
        alarms.raise_event(SOURCE, KEY, "fault", SERVICE, trouble, at=min(since, now))
