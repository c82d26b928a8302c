"""Zones, calendars and the tariffs that tests of money share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar.days import days, public_holidays
from domain.calendar.model import Day, DayType
from domain.foundation.intervals import Period, local_midnight
from domain.money.quarter_hours import DaysOf, LocalSlots, local_slots
from domain.money.tariff import (
    Band,
    EnergyPart,
    PartKind,
    TariffVersion,
    Terms,
    TimeOfUse,
    Window,
)

LISBON = ZoneInfo("Europe/Lisbon")
LONDON = ZoneInfo("Europe/London")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
COUNTRIES = {LISBON: "PT", LONDON: "GB", LOS_ANGELES: "US"}

CHANGES = [
    (LISBON, date(2026, 3, 29), 92),
    (LISBON, date(2026, 10, 25), 100),
    (LONDON, date(2026, 3, 29), 92),
    (LONDON, date(2026, 10, 25), 100),
    (LOS_ANGELES, date(2026, 3, 8), 92),
    (LOS_ANGELES, date(2026, 11, 1), 100),
]
"""Days the clocks change, and the quarter hours they have."""

WORKDAY: frozenset[DayType] = frozenset({"workday"})
CENT = 1_000_000
"""mc/MWh of one cent per kWh."""


def calendar_of(zone: ZoneInfo) -> DaysOf:
    """Every day with the public holidays of the zone's country."""

    def of(first: date, until: date) -> list[Day]:
        names: dict[date, str] = {}
        for year in range(first.year, until.year + 1):
            names |= public_holidays(COUNTRIES[zone], None, year)
        return list(days(first, until, names, []))

    return of


def slots_of(zone: ZoneInfo, first: date, until: date) -> LocalSlots:
    period = Period(local_midnight(first, zone), local_midnight(until, zone))
    return local_slots(period, zone, calendar_of(zone))


def moments(slots: LocalSlots) -> list[datetime]:
    begin = datetime.fromtimestamp(slots.start_ms / 1000, UTC)
    return [begin + timedelta(minutes=15 * at) for at in range(len(slots))]


def tri_hourly(windows: Sequence[Window] = ()) -> TimeOfUse:
    """Peak 08:00–10:30 and 19:00–21:00 on working days, off-peak 22:00–08:00, full else."""
    return TimeOfUse(
        bands=(Band("Peak", 30 * CENT), Band("Full", 20 * CENT), Band("Off-peak", 10 * CENT)),
        windows=windows
        or (
            Window("Peak", 8 * 60, 10 * 60 + 30, WORKDAY),
            Window("Peak", 19 * 60, 21 * 60, WORKDAY),
            Window("Off-peak", 22 * 60, 8 * 60),
        ),
        otherwise="Full",
    )


def energy(pricing, label: str = "Energy", kind: PartKind = "energy", vat_ppm: int = 0):
    return EnergyPart(label, kind, pricing, vat_ppm)


def version(*parts, valid_from: date = date(2020, 1, 1), version_id: int = 1) -> TariffVersion:
    return TariffVersion(version_id, 1, "Test", "import", valid_from, Terms(tuple(parts)))
