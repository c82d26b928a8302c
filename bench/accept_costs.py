"""Acceptance 2 of money: `python -m bench.accept_costs --data ../shared/data`.

Real buildings are replayed from their files, settled into the ledger, and their year is priced
under a flat, a time-of-use and a dynamic tariff in the building's own zone. Each bill must equal
to the cent the sum of bench/by_hand.py, straight from the file and with nothing of ours.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import by_hand
from data_ingest import replay
from data_ingest.recording import read_recording
from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period, local_midnight
from domain.house import House
from domain.money.ledger import verify
from domain.money.tariff import (
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    Flat,
    Season,
    Terms,
    TimeOfUse,
    Window,
)
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings

CENT = 1_000_000
"""mc/MWh of one cent per kWh."""
EXPORT = Decimal("0.065")
LEDGER_LINES = 3
"""Rounded amounts of a day: energy, tax and VAT; export makes a fourth."""


@dataclass(frozen=True)
class Building:
    """A file with the year to price."""

    file: str
    zone: str
    place: tuple[str, str]
    first: date
    until: date
    holidays: frozenset[date]


BUILDINGS = (
    Building("cam_b9.csv", "Europe/London", ("GB", "ENG"), date(2019, 1, 1), date(2020, 1, 1),
             frozenset(by_hand.UK_HOLIDAYS)),
    Building("cam_b21.csv", "Europe/London", ("GB", "ENG"), date(2019, 1, 1), date(2020, 1, 1),
             frozenset(by_hand.UK_HOLIDAYS)),
    Building("cl22_b1.csv", "America/Los_Angeles", ("US", ""), date(2016, 8, 1), date(2017, 8, 1),
             frozenset(by_hand.US_HOLIDAYS)),
    Building("rsf_2011.csv", "America/Denver", ("", ""), date(2011, 1, 1), date(2012, 1, 1),
             frozenset()),
)  # fmt: skip
FLAT = Terms(
    (
        EnergyPart("Energy", "energy", Flat(23_450_000), 200_000),
        EnergyPart("Tax", "tax", Flat(1_010_000)),
    )
)
BY_TIME = Terms(
    (
        EnergyPart(
            "Energy",
            "energy",
            TimeOfUse(
                (
                    Band("Summer peak", 42 * CENT),
                    Band("Peak", 36 * CENT),
                    Band("Day", 24 * CENT),
                    Band("Night", 11 * CENT),
                ),
                (
                    Window(
                        "Summer peak", 960, 1260, frozenset({"workday"}), Season((6, 1), (10, 1))
                    ),
                    Window("Peak", 960, 1260, frozenset({"workday"})),
                    Window("Night", 0, 420),
                    Window("Night", 0, 1440, frozenset({"sunday", "holiday"})),
                ),
                "Day",
            ),
            50_000,
        ),
    )
)


def dynamic(feed_id: int) -> Terms:
    """What the file's own prices make of a tariff."""
    pricing = Dynamic(feed_id, 1_100_000, 2 * CENT, Fallback("fixed", 25 * CENT))
    return Terms((EnergyPart("Energy", "energy", pricing, 200_000),))


def loaded(building: Building, data: Path, directory: Path) -> House:
    """A house that has replayed the file, with all its sensors adopted and its holidays known."""
    settings = Settings.from_env(
        {
            "WATTBOARD_DATA_DIR": str(directory),
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_TIMEZONE": building.zone,
        }
    )
    database = Database(settings.database_url)
    migrate(database)
    rows = list(by_hand.rows_of(data / building.file, ZoneInfo(building.zone), date.min, date.max))
    clock = FixedClock(by_hand.day_after(rows))
    house = House.compose(settings, clock=clock, database=database)
    recording = read_recording(data / building.file, building.file.partition("_")[0])
    replay.load_history(house, recording, 0, lambda *_: None)
    house.building.adopt(SYSTEM, sorted(recording.hints))
    version = house.calendar.place().version
    house.calendar.set_place(SYSTEM, *building.place, version)
    return house


def tariffs_of(house: House, building: Building) -> dict[str, tuple[int, by_hand.Price]]:
    """The tariffs to price the year under; the time-of-use one is the contract."""
    tariffs, first = house.money.tariffs, building.first
    sold = Terms((EnergyPart("Fed in", "energy", Flat(6_500_000)),))
    tariffs.create(SYSTEM, "Fed in", "export", first, sold, use_from=first)
    made = {
        "time of use": (
            tariffs.create(SYSTEM, "By time", "import", first, BY_TIME, use_from=first).tariff_id,
            by_hand.by_time(set(building.holidays)),
        ),
        "flat": (
            tariffs.create(SYSTEM, "Flat", "import", first, FLAT).tariff_id,
            by_hand.flat,
        ),
    }
    sensors = [s for s in house.telemetry.series() if s.metric == "price"]
    if sensors:
        fields = {"name": "Price", "quantity": "import_price", "origin": "sensor"}
        feed = house.money.feeds.create(SYSTEM, fields | {"sensor_id": sensors[0].sensor_id})
        terms = dynamic(feed.feed_id)
        tariff = tariffs.create(SYSTEM, "Dynamic", "import", first, terms)
        made["dynamic"] = tariff.tariff_id, by_hand.dynamic
    return made


def check(building: Building, data: Path, directory: Path) -> list[str]:
    """Price a building's year every way, print it beside the sum by hand; what was missed."""
    zone = ZoneInfo(building.zone)
    began = time.perf_counter()
    house = loaded(building, data, directory)
    read_s = time.perf_counter() - began
    made = tariffs_of(house, building)
    began = time.perf_counter()
    days = house.money.settlement.run(budget_s=3600, breath_s=0)
    settled_s = time.perf_counter() - began
    period = Period(local_midnight(building.first, zone), local_midnight(building.until, zone))
    print(f"{building.file}: read in {read_s:.1f} s, {days} days settled in {settled_s:.1f} s")
    missed = []
    for name, (tariff_id, price) in made.items():
        rows = by_hand.rows_of(data / building.file, zone, building.first, building.until)
        wanted = by_hand.summed(rows, zone, price, EXPORT)
        found_mc = house.money.costs.of(period, tariff_id).totals.net_mc
        found = Decimal(found_mc or 0) / 100_000
        same = round(found, 2) == round(wanted.cost, 2)
        print(
            f"  {name:<12} {found:>14.5f}  by hand {wanted.cost:>14.5f}"
            f"  {'the same cent' if same else 'DIFFERS'}, {wanted.changes} clock changes"
        )
        if not same or wanted.changes != 2:
            missed.append(f"{building.file}, {name}")
    missed += _ledger(house, building, period, made["time of use"][0])
    house.close()
    return missed


def _ledger(house: House, building: Building, period: Period, tariff_id: int) -> list[str]:
    """What was posted is what the year costs, but for one rounding a line and day."""
    totals = house.money.ledger.totals(building.first, building.until, ("account",))
    posted = sum(-total.debit_mc for total in totals if total.account == "retailer")
    cost = house.money.costs.of(period, tariff_id).totals.net_mc or 0.0
    days = (building.until - building.first).days
    whole = verify(house.database) is None
    near = abs(posted - cost) <= days * (LEDGER_LINES + 1) / 2
    print(f"  the ledger   {posted / 100_000:>14.5f}, its chain {'whole' if whole else 'BROKEN'}")
    return [] if whole and near else [f"{building.file}, the ledger"]


def main() -> int:
    """Check every building; 1 when a cent is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the real buildings")
    parser.add_argument("--only", default="", help="files, separated by commas")
    options = parser.parse_args()
    wanted = {name for name in options.only.split(",") if name}
    missed: list[str] = []
    for building in BUILDINGS:
        if not wanted or building.file in wanted:
            with tempfile.TemporaryDirectory() as directory:
                missed += check(building, options.data, Path(directory))
    for words in missed:
        print(f"FAIL  {words}")
    print(f"{'PASS  every' if not missed else 'FAIL  not every'} bill is the sum by hand")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
