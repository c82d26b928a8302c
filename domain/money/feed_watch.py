"""Tells people when prices should be there by now, and are not."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.money.feed import AWAITED_HOUR, Feed

SOURCE, KEY, SERVICE = "Feeds", "prices-overdue", "money"
_NAMES_TOLD = 5


class Telling(Protocol):
    """What the watch needs of alarms."""

    def raise_event(
        self, source: str, key: str, severity: str, service: str, cause: str, *, at: datetime
    ) -> object:
        """Have an event ring, or say it anew."""
        ...

    def clear_event(self, service: str, key: str, at: datetime) -> bool:
        """Have it be over."""
        ...


def tell_overdue(overdue: Sequence[Feed], alarms: Telling, now: datetime, zone: ZoneInfo) -> None:
    """One event for all feeds that are overdue; it may be told as often as one likes."""
    if not overdue:
        alarms.clear_event(SERVICE, KEY, now)
        return
    names = ", ".join(feed.name for feed in overdue[:_NAMES_TOLD])
    more = f" and {len(overdue) - _NAMES_TOLD} more" if len(overdue) > _NAMES_TOLD else ""
    today = datetime.combine(now.astimezone(zone).date(), time(AWAITED_HOUR), zone)
    cause = f"Prices are overdue: {names}{more}"
    alarms.raise_event(SOURCE, KEY, "warning", SERVICE, cause, at=min(now, today))
