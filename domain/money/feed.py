"""What a feed of prices or carbon factors is, and how it fares. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date, local_midnight

Quantity = Literal["import_price", "export_price", "carbon"]
Origin = Literal["file", "url", "mqtt", "sensor"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
ORIGINS: tuple[Origin, ...] = get_args(Origin)
QUANTITY_LABELS: Mapping[Quantity, str] = {
    "import_price": "Import price",
    "export_price": "Export price",
    "carbon": "Carbon intensity",
}
METRIC_OF: Mapping[Quantity, str] = {
    "import_price": "price",
    "export_price": "price",
    "carbon": "carbon_intensity",
}
"""What a sensor measures that stands for a quantity, in the same unit."""
AWAITED_HOUR = 16
"""From then on (building time) a day-ahead feed without values for tomorrow is overdue."""
MARKET_MARGIN = timedelta(hours=3)
"""A market's tomorrow may end before the building's: it may live in another zone."""
SOON_AGAIN_S = 300
"""A fetch that failed is tried again after this time, or sooner where the feed says so."""


class FeedValue(NamedTuple):
    """A price [currency/kWh] or factor [g/kWh] that holds for [starts, ends)."""

    starts_ms: int
    ends_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Feed:
    """Where values of one quantity come from; `tried_ms` and `fetched_ms` are real time.

    `fetched_ms` is when values last came, by whatever way; `error` why the last try failed.
    """

    feed_id: int
    name: str
    quantity: Quantity
    origin: Origin
    url: str | None
    sensor_id: str | None
    refresh_s: int | None
    tried_ms: int | None
    fetched_ms: int | None
    error: str | None
    version: int

    @property
    def is_price(self) -> bool:
        """Whether it tells prices, not carbon."""
        return self.quantity != "carbon"

    def due_ms(self) -> int:
        """When it is to be fetched next, in real time."""
        if self.tried_ms is None or self.refresh_s is None:
            return 0
        pause_s = min(self.refresh_s, SOON_AGAIN_S) if self.error else self.refresh_s
        return self.tried_ms + pause_s * 1000


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed fares: `word` is ok, missing, ended, overdue or failing.

    `overdue` tells of prices that should be there by now, whatever else is the matter.
    Known from `first_ms` to `until_ms` (building time); `arrived_ms` is real time, and building
    time where the values are a sensor's.
    """

    word: str
    first_ms: int | None
    until_ms: int | None
    arrived_ms: int | None
    error: str | None
    overdue: bool = False


def state_of(
    feed: Feed, reach: tuple[int, int] | None, arrived_ms: int | None, now_ms: int, zone: ZoneInfo
) -> FeedState:
    """Judge a feed by how far its values reach and what became of the last try."""
    first_ms, until_ms = reach or (None, None)
    overdue = until_ms is not None and _is_overdue(feed, until_ms, now_ms, zone)
    word = "overdue" if overdue else "ok"
    if until_ms is None:
        word = "failing" if feed.error else "missing"
    elif until_ms <= now_ms:
        word = "ended"
    elif feed.error:
        word = "failing"
    return FeedState(word, first_ms, until_ms, arrived_ms, feed.error, overdue)


def _is_overdue(feed: Feed, until_ms: int, now_ms: int, zone: ZoneInfo) -> bool:
    """Whether prices of now, or in the afternoon those of tomorrow, should be there and are not."""
    now = from_ms(now_ms)
    if not feed.is_price or feed.origin not in ("url", "mqtt"):
        return False
    if until_ms <= now_ms:
        return True
    if now.astimezone(zone).hour < AWAITED_HOUR:
        return False
    after_tomorrow = local_midnight(local_date(now, zone) + timedelta(days=2), zone)
    return until_ms < to_ms(after_tomorrow - MARKET_MARGIN)
