"""What tariffs make of the building's time, read from where they are kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.calendar.service import Calendar
from domain.foundation.clock import Clock, from_ms
from domain.foundation.errors import InvalidInput, Unknown
from domain.foundation.intervals import Period, local_date
from domain.money import pricing, tariff_store
from domain.money.contracts import as_if, plan
from domain.money.feed_source import FeedSource
from domain.money.prices import Contracted, DayCharge, PeakTrack, PriceTrack
from domain.money.pricing import FEED_BEFORE_MS, InForce
from domain.money.quarter_hours import FeedValues, LocalSlots, local_slots
from domain.money.tariff import Direction, Dynamic, EnergyPart, Tariff, TariffVersion, Terms
from domain.storage.engine import Database


class TariffPrices:
    """Reads the contracts and scenarios of one building and prices time by them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        calendar: Calendar,
        feeds: FeedSource,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._calendar = calendar
        self._feeds = feeds

    def today(self) -> date:
        """The building's day."""
        return local_date(self._clock.now(), self._zone)

    def all(self) -> list[Tariff]:
        """Every tariff, the first made first."""
        with self._database.read() as c:
            return tariff_store.read_tariffs(c)

    def get(self, tariff_id: int) -> Tariff:
        """One tariff. Raises Unknown."""
        with self._database.read() as c:
            return found(c, tariff_id)

    def in_use(self, direction: Direction) -> Tariff | None:
        """The contract that prices the building today."""
        today = self.today()
        ways = (t for t in self.all() if t.direction == direction and t.in_use(today))
        return next(ways, None)

    def versions(self, tariff_id: int, *, replaced: bool = False) -> list[TariffVersion]:
        """Versions by the day they begin; those that an edit replaced only if asked for."""
        with self._database.read() as c:
            return tariff_store.read_versions(c, tariff_id, replaced=replaced)

    def held(self, direction: Direction, tariff_id: int | None = None) -> tuple[InForce, ...]:
        """What prices energy when: the contracts in use, or one tariff as if it always had been.

        A tariff asked for by name holds before its first version as that says, so that any past
        can be compared. Raises Unknown, InvalidInput for one of the other direction.
        """
        with self._database.read() as c:
            if tariff_id is None:
                contracts = tariff_store.read_contracts(c, direction)
                return plan(contracts, tariff_store.read_versions(c))
            tariff = found(c, tariff_id)
            if tariff.direction != direction:
                raise InvalidInput(f"“{tariff.name}” is a tariff for {tariff.direction}.")
            return as_if(tariff_id, tariff_store.read_versions(c, tariff_id))

    def prices(
        self, direction: Direction, period: Period, tariff_id: int | None = None
    ) -> PriceTrack:
        """Prices of a period on quarter hours. Raises Unknown, InvalidInput."""
        held = self.held(direction, tariff_id)
        return pricing.prices(self.slots(period), held, self._feed_values(held, period))

    def charges(
        self, direction: Direction, first: date, until: date, tariff_id: int | None = None
    ) -> list[DayCharge]:
        """Fixed charges of each local day of [first, until). Raises Unknown, InvalidInput."""
        return pricing.charges(first, until, self.held(direction, tariff_id))

    def peak_parts(
        self, direction: Direction, period: Period, tariff_id: int | None = None
    ) -> tuple[PeakTrack, ...]:
        """What peaks cost and where they count. Raises Unknown, InvalidInput."""
        return pricing.peak_parts(self.slots(period), self.held(direction, tariff_id))

    def price_feeds(self) -> dict[int, str]:
        """The feeds that a market price can follow, by name."""
        return {feed.feed_id: feed.name for feed in self._feeds.list() if feed.quantity != "carbon"}

    def contracted(
        self, direction: Direction, period: Period, tariff_id: int | None = None
    ) -> Contracted:
        """Prices, fixed charges and peaks of a period at once. Raises Unknown, InvalidInput."""
        held = self.held(direction, tariff_id)
        if not held:
            return Contracted(pricing.no_prices(period), (), ())
        slots = self.slots(period)
        first = local_date(period.start, self._zone)
        until = local_date(from_ms(period.end_ms - 1), self._zone) + timedelta(days=1)
        return Contracted(
            pricing.prices(slots, held, self._feed_values(held, period)),
            tuple(pricing.charges(first, until, held)),
            pricing.peak_parts(slots, held),
        )

    def preview(self, terms: Terms, direction: Direction, period: Period) -> PriceTrack:
        """Prices of terms nobody has saved yet, as the calendar and the feeds are now."""
        version = TariffVersion(-1, 0, "", direction, date.min, terms)
        held = (InForce(date.min, None, version),)
        return pricing.prices(self.slots(period), held, self._feed_values(held, period))

    def slots(self, period: Period) -> LocalSlots:
        """The quarter hours of a period. Raises InvalidInput for one that is not on them."""
        try:
            return local_slots(period, self._zone, self._calendar.days)
        except ValueError as error:
            raise InvalidInput("A period of prices begins and ends on a quarter hour.") from error

    def _feed_values(self, held: Sequence[InForce], period: Period) -> dict[int, FeedValues]:
        first = local_date(period.start, self._zone)
        until = local_date(period.end, self._zone)
        asked = {
            part.pricing.feed_id
            for here in held
            if here.first <= until and (here.until is None or here.until > first)
            for part in here.version.terms.parts
            if isinstance(part, EnergyPart) and isinstance(part.pricing, Dynamic)
        }
        begin_ms = period.start_ms - FEED_BEFORE_MS
        return {key: self._feeds.values(key, begin_ms, period.end_ms) for key in asked}


def found(c: Connection, tariff_id: int) -> Tariff:
    """One tariff. Raises Unknown."""
    for tariff in tariff_store.read_tariffs(c):
        if tariff.tariff_id == tariff_id:
            return tariff
    raise Unknown("tariff", tariff_id)
