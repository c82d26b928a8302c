"""What a tariff should cost, worked out the slow and obvious way: minute by minute, rule by rule.

It shares nothing with `domain.money.pricing` but the terms themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from domain.calendar.model import Day
from domain.money.tariff import Dynamic, EnergyPart, Flat, TimeOfUse, Window

FeedValues = Sequence[tuple[int, int, float]]


class MinuteOracle:
    """Asks of one minute at a time what it costs."""

    def __init__(
        self,
        zone: ZoneInfo,
        day_of: Callable[[date], Day],
        feeds: Mapping[int, FeedValues] | None = None,
    ) -> None:
        self._zone = zone
        self._day_of = day_of
        self._feeds = feeds or {}

    def band(self, pricing: TimeOfUse, moment: datetime) -> str:
        for window in pricing.windows:
            if self.within(window, moment):
                return window.band
        return pricing.otherwise

    def within(self, window: Window, moment: datetime) -> bool:
        local = moment.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        if window.from_minute < window.to_minute:
            return self._begins(window, today) and window.from_minute <= minute < window.to_minute
        if self._begins(window, today) and minute >= window.from_minute:
            return True
        return self._begins(window, yesterday) and minute < window.to_minute

    def _begins(self, window: Window, day: date) -> bool:
        if self._day_of(day).day_type not in window.day_types:
            return False
        if window.season is None:
            return True
        first, until = window.season.first, window.season.until
        at = (day.month, day.day)
        wraps = first >= until
        return (at >= first or at < until) if wraps else (first <= at and at < until)

    def price(self, part: EnergyPart, moment: datetime) -> tuple[float, bool]:
        """mc/MWh without VAT in the minute, and whether it is estimated."""
        match part.pricing:
            case Flat(mc):
                return float(mc), False
            case TimeOfUse() as tou:
                name = self.band(tou, moment)
                return float(next(b.mc_per_mwh for b in tou.bands if b.name == name)), False
            case Dynamic() as dynamic:
                return self._dynamic(dynamic, moment)

    def _dynamic(self, dynamic: Dynamic, moment: datetime) -> tuple[float, bool]:
        found = self._slot_value(dynamic.feed_id, moment)
        estimated = found is None
        if found is None and dynamic.fallback.kind == "same_hour_last_week":
            local = moment.astimezone(self._zone).replace(tzinfo=None, fold=0) - timedelta(days=7)
            earlier = local.replace(tzinfo=self._zone).astimezone(UTC)
            if earlier.astimezone(self._zone).replace(tzinfo=None) == local:
                found = self._slot_value(dynamic.feed_id, earlier)
        if found is None:
            return float(dynamic.fallback.mc_per_mwh), True
        exact = Fraction(found) * 100_000_000 * dynamic.factor_ppm / 1_000_000
        return float(exact + dynamic.adder_mc_per_mwh), estimated

    def _slot_value(self, feed_id: int, moment: datetime) -> float | None:
        """Mean of the minutes of the quarter hour, None where one of them has no value."""
        begin = int(moment.timestamp()) // 900 * 900
        minutes = [self._at(feed_id, (begin + 60 * step) * 1000) for step in range(15)]
        known = [Fraction(value) for value in minutes if value is not None]
        return float(sum(known) / 15) if len(known) == 15 else None

    def _at(self, feed_id: int, at_ms: int) -> float | None:
        found = None
        for starts_ms, ends_ms, value in self._feeds[feed_id]:
            if starts_ms <= at_ms:
                found = value if at_ms < ends_ms else None
        return found
