"""What pages, API and jobs ask of money."""

from zoneinfo import ZoneInfo

from domain.calendar.service import Calendar
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.money import day_store  # noqa: F401 - tables
from domain.money.carbon import Carbon
from domain.money.due import Due
from domain.money.feeds import Feeds
from domain.money.ledger import Ledger
from domain.money.tariffs import Tariffs
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry


class Money:
    """Tariffs, feeds, costs and the ledger of one building; each is a part of its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        zone: ZoneInfo,
        calendar: Calendar,
        telemetry: Telemetry,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._zone = zone
        self._calendar = calendar
        self.due = Due()
        self.feeds = Feeds(database, clock, zone, telemetry, self.due.mark)
        self.tariffs = Tariffs(database, clock, zone, calendar, self.feeds, self.due)
        self.carbon = Carbon(database, clock, zone, self.feeds, self.due)
        self.ledger = Ledger(database, clock, zone)
        calendar.mark_with(self.due.mark)
