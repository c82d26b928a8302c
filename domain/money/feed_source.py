"""What tariffs and carbon factors ask of feeds."""

from collections.abc import Sequence
from typing import Protocol

from domain.money.quarter_hours import FeedValues


class NamedFeed(Protocol):
    """A feed of one quantity."""

    @property
    def feed_id(self) -> int:
        """By which it is asked."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def quantity(self) -> str:
        """`import_price` or `export_price` per kWh, or `carbon` [g per kWh]."""
        ...


class FeedSource(Protocol):
    """Feeds and their values."""

    def list(self) -> Sequence[NamedFeed]:
        """Every feed there is."""
        ...

    def values(self, feed_id: int, start_ms: int, end_ms: int) -> FeedValues:
        """What a feed says of [start, end), ascending; values may lie in the future."""
        ...
