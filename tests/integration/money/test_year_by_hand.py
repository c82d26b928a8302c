"""A year's bill equals a sum written by hand, to the cent: flat, by time of use, and dynamic.

The year has both clock changes, missing hours, export, holidays and a feed with gaps. The sum by
hand knows the rows and the calendar of London, and nothing of ours.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import FixedClock, iso_utc, to_ms
from domain.foundation.intervals import Period
from domain.house import House
from domain.money.tariff import (
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    FixedPart,
    Flat,
    Season,
    Terms,
    TimeOfUse,
    Window,
)
from domain.storage.engine import Database
from domain.telemetry.model import Reading
from settings import Settings

LONDON = ZoneInfo("Europe/London")
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
NEXT_DAY = datetime(2026, 1, 2, 9, tzinfo=UTC)
HOURS = [BEGIN + timedelta(hours=n) for n in range(8760)]
MANAGER = Actor("maria", "manager")
CLOSED = {date(2025, 12, 25), date(2025, 12, 26), date(2025, 4, 18)}
HOUR_MS = 3_600_000
CENT = 1_000_000


def grid_w(n: int) -> int | None:
    """Net power of the n-th hour [W]; some are missing, some feed in."""
    return None if n % 571 == 7 else (n * 7919 + n * n * 31) % 6000 - 1200


def day_ahead(n: int) -> int | None:
    """The n-th hour's price [0.0001 €/kWh]; below zero now and then, unknown after a failure."""
    return None if n % 900 < 30 else (n * 104_729) % 5000 - 400


FLAT = Terms(
    (
        EnergyPart("Energy", "energy", Flat(23_4567_89), 200_000),
        EnergyPart("Levy", "tax", Flat(1_2345_67)),
        FixedPart("Standing charge", "energy", "day", 61_640, 200_000),
        FixedPart("Metering", "grid", "month", 517_333),
    )
)
BY_TIME = Terms(
    (
        EnergyPart(
            "Energy",
            "energy",
            TimeOfUse(
                (Band("Peak", 41 * CENT), Band("Day", 27 * CENT), Band("Night", 9 * CENT)),
                (
                    Window("Peak", 960, 1140, frozenset({"workday"}), Season((11, 1), (3, 1))),
                    Window("Night", 1410, 360),
                    Window("Night", 0, 1440, frozenset({"sunday", "holiday"})),
                ),
                "Day",
            ),
            50_000,
        ),
    )
)


def dynamic(feed_id: int) -> Terms:
    pricing = Dynamic(feed_id, 1_150_000, 3 * CENT, Fallback("fixed", 20 * CENT))
    return Terms((EnergyPart("Energy", "energy", pricing, 200_000),))


def flat_eur(_n: int, _half: datetime) -> Decimal:
    return Decimal("0.23456789") * Decimal("1.2") + Decimal("0.01234567")


def by_time_eur(_n: int, half: datetime) -> Decimal:
    here = half.astimezone(LONDON)
    minute, day = here.hour * 60 + here.minute, here.date()
    quiet_day = day in CLOSED or here.weekday() == 6
    winter = here.month in (11, 12, 1, 2)
    if winter and here.weekday() < 5 and day not in CLOSED and 960 <= minute < 1140:
        price = Decimal("0.41")
    elif minute >= 1410 or minute < 360 or quiet_day:
        price = Decimal("0.09")
    else:
        price = Decimal("0.27")
    return price * Decimal("1.05")


def dynamic_eur(n: int, _half: datetime) -> Decimal:
    quoted = day_ahead(n)
    if quoted is None:
        return Decimal("0.20") * Decimal("1.2")
    return (Decimal(quoted) / 10_000 * Decimal("1.15") + Decimal("0.03")) * Decimal("1.2")


def by_hand_eur(price: Callable[[int, datetime], Decimal], export: Decimal) -> Decimal:
    """What the rows cost, half hour by half hour, less what they sold."""
    total = Decimal(0)
    for n, begin in enumerate(HOURS):
        watts = grid_w(n)
        if watts is None:
            continue
        for half in (begin, begin + timedelta(minutes=30)):
            kwh = Decimal(watts) / 2000
            total += kwh * (price(n, half) if watts > 0 else export)
    return total


FIXED_EUR = 365 * Decimal("0.6164") * Decimal("1.2") + 12 * Decimal("5.17333")


@pytest.fixture
def year(sqlite_database: Database, tmp_path: Path) -> Iterator[House]:
    env = {"WATTBOARD_DATA_DIR": str(tmp_path), "WATTBOARD_DEMO": "0"}
    settings = Settings.from_env(env | {"WATTBOARD_TIMEZONE": "Europe/London"})
    house = House.compose(settings, clock=FixedClock(NEXT_DAY), database=sqlite_database)
    fields = {"name": "Grid", "sensor_type": "energy_meter", "meter_role": "main"}
    house.building.register_sensor(SYSTEM, "GRID", fields)
    rows = [
        Reading("GRID", "power", to_ms(at), watts / 1000, HOUR_MS)
        for n, at in enumerate(HOURS)
        if (watts := grid_w(n)) is not None
    ]
    house.telemetry.ingest(rows)
    while house.telemetry.settle():
        pass
    house.calendar.set_place(MANAGER, "", "", house.calendar.place().version)
    for day in CLOSED:
        holiday = {"label": "Holiday", "day_type": "holiday", "first_day": day, "last_day": day}
        house.calendar.add_exception(MANAGER, holiday | {"yearly": False})
    yield house
    house.close()


def priced_feed(house: House) -> int:
    feed = house.money.feeds.create(
        MANAGER, {"name": "Day ahead", "quantity": "import_price", "origin": "file"}
    )
    lines = ["timestamp_utc,price_import_eur_per_kwh"]
    for n, at in enumerate(HOURS):
        quoted = day_ahead(n)
        lines.append(f"{iso_utc(at)},{'' if quoted is None else quoted / 10_000}")
    house.money.feeds.upload(MANAGER, feed.feed_id, "\n".join(lines).encode())
    return feed.feed_id


def test_the_years_bill_is_the_sum_by_hand_to_the_cent(year: House):
    money, first = year.money, date(2025, 1, 1)
    sold = Terms((EnergyPart("Fed in", "energy", Flat(7 * CENT)),))
    money.tariffs.create(MANAGER, "Fed in", "export", first, sold, use_from=first)
    contract = money.tariffs.create(MANAGER, "Contract", "import", first, BY_TIME, use_from=first)
    made = {
        name: money.tariffs.create(MANAGER, name, "import", first, terms).tariff_id
        for name, terms in (("flat", FLAT), ("dynamic", dynamic(priced_feed(year))))
    }
    period = Period(BEGIN, END)
    export = Decimal("0.07")
    wanted = {
        contract.tariff_id: by_hand_eur(by_time_eur, export),
        made["flat"]: by_hand_eur(flat_eur, export) + FIXED_EUR,
        made["dynamic"]: by_hand_eur(dynamic_eur, export),
    }
    unsettled = {key: money.costs.of(period, key).totals.net_mc for key in wanted}
    assert money.settlement.run(budget_s=600, breath_s=0) == 366
    settled = {key: money.costs.of(period, key).totals.net_mc for key in wanted}
    for key, eur in wanted.items():
        cents = round(eur, 2)
        for found in (unsettled[key], settled[key]):
            assert found is not None
            assert round(Decimal(found) / 100_000, 2) == cents
    assert money.costs.of(period).totals.net_mc == settled[contract.tariff_id]
    posted = -money.ledger.balances()["retailer"] - _new_year_day(year)
    assert abs(posted - settled[contract.tariff_id]) < 366 * 3 / 2


def _new_year_day(house: House) -> int:
    """The day after the year is settled too; it has no readings and no fixed charge."""
    totals = house.money.ledger.totals(date(2026, 1, 1), None, ("account",))
    return sum(-total.debit_mc for total in totals if total.account == "retailer")
