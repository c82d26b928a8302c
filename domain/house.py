"""One building with all its capabilities, composed once; whoever needs one asks here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.access.service import Access
from domain.alarms.service import Alarms
from domain.analytics.service import Analytics
from domain.automation.service import Automation
from domain.building.energy import EnergyAccounts
from domain.building.finder import Finder
from domain.building.night import Sky
from domain.building.service import Building
from domain.building.watch import Watch
from domain.calendar.service import Calendar
from domain.climate.service import Climate
from domain.control.service import Control
from domain.drills.evidence import Evidence
from domain.drills.service import Drills
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.idempotency.service import Idempotency
from domain.inbox.service import Inbox
from domain.jobs.service import Jobs
from domain.money.service import Money
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

if TYPE_CHECKING:
    from settings import Settings


@dataclass(frozen=True)
class House:
    """The services of one building over one database."""

    settings: "Settings"
    clock: Clock
    zone: ZoneInfo
    bus: Bus
    database: Database
    telemetry: Telemetry
    building: Building
    energy: EnergyAccounts
    analytics: Analytics
    access: Access
    inbox: Inbox
    watch: Watch
    finder: Finder
    idempotency: Idempotency
    alarms: Alarms
    calendar: Calendar
    money: Money
    control: Control
    climate: Climate
    automation: Automation
    jobs: Jobs
    drills: Drills

    @classmethod
    def compose(cls, settings: "Settings", *, clock: Clock, database: Database) -> "House":
        """Wire the services of a migrated database together."""
        zone, bus = settings.zone, Bus()
        telemetry = Telemetry(database, clock, bus, zone)
        building = Building(database, clock, bus, telemetry, zone)
        sky = Sky(settings.latitude, settings.longitude)
        energy = EnergyAccounts(building, telemetry, clock, zone, sky)
        calendar = Calendar(database, clock, zone)
        inbox, access = Inbox(database, clock), Access(database, bus, settings)
        control = Control(database, clock, bus, telemetry, building)
        money = Money(database, clock, bus, zone, calendar, building, telemetry, energy)
        alarms = Alarms(
            database,
            clock,
            bus,
            zone,
            telemetry,
            building,
            inbox,
            access,
            settings.public_url,
            settings.secret_key,
            control,
        )
        automation = Automation(
            database,
            clock,
            zone,
            telemetry,
            building,
            calendar,
            money,
            alarms,
            control,
            settings.currency,
        )
        evidence = Evidence(control, telemetry, alarms)
        return cls(
            settings=settings,
            clock=clock,
            zone=zone,
            bus=bus,
            database=database,
            telemetry=telemetry,
            building=building,
            energy=energy,
            analytics=Analytics(building, energy, telemetry, clock, zone),
            access=access,
            inbox=inbox,
            watch=Watch(building, telemetry, energy, inbox, clock),
            finder=Finder(building),
            idempotency=Idempotency(database),
            alarms=alarms,
            calendar=calendar,
            money=money,
            control=control,
            climate=Climate(database, clock, zone, building, telemetry, calendar, control, alarms),
            automation=automation,
            jobs=Jobs(database, bus),
            drills=Drills(database, clock, bus, control, evidence, demo=settings.demo),
        )

    def close(self) -> None:
        """Release the database."""
        self.database.close()


_current: House | None = None


def set_house(composed: House) -> None:
    """Make `composed` the house of this process; called by the composition root."""
    global _current
    _current = composed


def house() -> House:
    """Return the house of this process."""
    if _current is None:
        raise RuntimeError("no house has been composed in this process")
    return _current
