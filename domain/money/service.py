"""What pages, API and jobs ask of money."""

from zoneinfo import ZoneInfo

from domain.building.energy import EnergyAccounts
from domain.building.service import Building
from domain.calendar.service import Calendar
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.money import day_store  # noqa: F401 - tables
from domain.money.budget import Budget
from domain.money.carbon import Carbon
from domain.money.costs import Costs
from domain.money.due import Due
from domain.money.feeds import Feeds
from domain.money.gathering import Gathering
from domain.money.interval_values import IntervalValues
from domain.money.keeping import Keeping
from domain.money.ledger import Ledger
from domain.money.months import Months
from domain.money.settlement import Settlement
from domain.money.statements import Statements
from domain.money.tariffs import Tariffs
from domain.money.today import MoneyToday
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
        building: Building,
        telemetry: Telemetry,
        energy: EnergyAccounts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._zone = zone
        self._calendar = calendar
        self.due = Due()
        calendar.mark_with(self.due.mark)
        self.feeds = Feeds(database, clock, zone, telemetry, self.due.mark)
        telemetry.tell_recomputed(self.feeds.note_recomputed)
        self.tariffs = Tariffs(database, clock, zone, calendar, self.feeds, self.due)
        self.carbon = Carbon(database, clock, zone, self.feeds, self.due)
        self.ledger = Ledger(database, clock, zone)
        self.keeping = Keeping(clock, zone, self.ledger)
        self.interval_values = IntervalValues(database, zone)
        self.budget = Budget(database)
        self.months = Months(database, clock, zone, self.ledger, self.budget)
        self.statements = Statements(clock, zone, self.ledger, self.months, self.tariffs)
        gathering = Gathering(database, zone, energy, building, telemetry)
        self.costs = Costs(zone, building, telemetry, gathering, self.tariffs, self.carbon)
        self.today = MoneyToday(clock, zone, energy, self.costs, self.tariffs, self.carbon)
        self.settlement = Settlement(
            database,
            clock,
            zone,
            building,
            telemetry,
            gathering,
            self.costs,
            self.ledger,
            self.due,
        )
