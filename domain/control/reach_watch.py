"""Tells people of commands that came to nothing, and of having no way to any device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.control.lifecycle import Command
from domain.control.model import Device
from domain.control.words import act
from domain.foundation.clock import from_ms

SERVICE = "devices"
SOURCE, KEY = "Way to devices", "way-to-devices"
EXPIRED = "Commands expired"
STANDS_MS = 900_000
"""So long after it a command that came to nothing is still news."""


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


def tell_expired(
    expired: Sequence[Command], devices: Mapping[str, Device], alarms: Telling, now_ms: int
) -> None:
    """One event for each command that came to nothing, over when it is no news any more.

    `expired` reaches back twice as far as news stands, so that what is over is cleared.
    """
    for command in expired:
        ended_ms = command.ended_ms or now_ms
        key = f"expired-{command.command_id[:40]}"
        if now_ms - ended_ms > STANDS_MS:
            alarms.clear_event(SERVICE, key, from_ms(ended_ms + STANDS_MS))
            continue
        device = devices.get(command.device_id)
        name = device.name if device else command.device_id
        cause = f"{name}: {act(command.command, command.value)} expired, {command.reason}"
        alarms.raise_event(
            EXPIRED,
            key,
            "warning",
            SERVICE,
            cause[:300],
            at=from_ms(ended_ms),
            room_id=device.room_id if device else None,
            sensor_id=command.device_id,
        )


def tell_reach(trouble: str | None, since: datetime, alarms: Telling, now: datetime) -> None:
    """Whether anything can be told to any device; it may be told as often as one likes."""
    if trouble is None:
        alarms.clear_event(SERVICE, KEY, now)
    else:
        alarms.raise_event(SOURCE, KEY, "fault", SERVICE, trouble, at=min(since, now))
