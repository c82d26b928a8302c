"""Feeds that say what a test tells them."""

from dataclasses import dataclass, field

from domain.money.quarter_hours import FeedValues


@dataclass(frozen=True)
class FakeFeed:
    feed_id: int
    quantity: str
    name: str = "Day-ahead"


@dataclass
class FakeFeeds:
    said: dict[int, FeedValues] = field(default_factory=dict)
    feeds: tuple[FakeFeed, ...] = (FakeFeed(1, "import_price"), FakeFeed(2, "carbon"))

    def list(self) -> tuple[FakeFeed, ...]:
        return self.feeds

    def values(self, feed_id: int, start_ms: int, end_ms: int) -> FeedValues:
        return [v for v in self.said.get(feed_id, ()) if v[0] < end_ms and v[1] > start_ms]
