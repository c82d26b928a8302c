"""What pages, API and jobs ask of money."""

from zoneinfo import ZoneInfo

from domain.calendar.service import Calendar
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.money import day_store, feed_store  # noqa: F401 - tables
from domain.money.carbon import Carbon
from domain.money.due import Due
from domain.money.feed_source import NoFeeds
from domain.money.ledger import Ledger
from domain.money.tariffs import Tariffs
from domain.storage.engine import Database


class Money:
    """Tariffs, feeds, costs and the ledger of one building; each is a part of its own."""

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, zone: ZoneInfo, calendar: Calendar
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._zone = zone
        self._calendar = calendar
        self.due = Due()
        feeds = NoFeeds()
        self.tariffs = Tariffs(database, clock, zone, calendar, feeds, self.due)
        self.carbon = Carbon(database, clock, zone, feeds, self.due)
        self.ledger = Ledger(database, clock, zone)
