"""A year's cost of 100 meters under a changed tariff: `python -m bench.money`.

Ours asks the house, as pages and API do: a year of evidence, quarter hour by quarter hour, priced
under a three-period tariff that is not the contract, shared out to 100 meters by the building's
mix of the moment. The reference does the same arithmetic in DuckDB over hours, a quarter as many
rows, in tables of its own that were loaded and sorted beforehand, local hours and holidays
included. They alternate; wall and processor time are judged by the ratio of medians. Both sides
must find the same sums. Exit 1 below a target.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from sqlalchemy.engine import Connection

from bench.timing import Verdict
from domain.access.policy import SYSTEM
from domain.calendar.model import Day
from domain.foundation.clock import FixedClock
from domain.foundation.intervals import Period, local_day, local_midnight
from domain.house import House
from domain.money import day_store
from domain.money.accounts import Floats, SiteEnergy
from domain.money.evidence import MeterDay, site_rows
from domain.money.tariff import Band, EnergyPart, Flat, Season, Terms, TimeOfUse, Window
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings

METERS = 100
FIRST, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
LIMIT = 3.0
SAMPLES, WARM = 11, 2
HOUR_MS = 3_600_000
CENT = 1_000_000
CHANGED = Terms(
    (
        EnergyPart(
            "Energy",
            "energy",
            TimeOfUse(
                (Band("Peak", 31 * CENT), Band("Full", 19 * CENT), Band("Night", 9 * CENT)),
                (
                    Window("Peak", 540, 720, frozenset({"workday"}), Season((6, 1), (10, 1))),
                    Window("Peak", 1080, 1260, frozenset({"workday"}), Season((10, 1), (6, 1))),
                    Window("Night", 1320, 480),
                    Window("Night", 0, 1440, frozenset({"sunday", "holiday"})),
                ),
                "Full",
            ),
            230_000,
        ),
        EnergyPart("Grid", "grid", Flat(4 * CENT), 230_000),
    )
)
_PRICED = """
SELECT hour, 1.23 * (CASE
    WHEN day_type = 'workday' AND month BETWEEN 6 AND 9 AND wall_hour BETWEEN 9 AND 11 THEN 0.31
    WHEN day_type = 'workday' AND NOT month BETWEEN 6 AND 9
        AND wall_hour BETWEEN 18 AND 20 THEN 0.31
    WHEN wall_hour >= 22 OR wall_hour < 8 OR day_type IN ('sunday', 'holiday') THEN 0.09
    ELSE 0.19 END + 0.04) AS price
FROM clock
"""
QUERY = f"""
WITH priced AS ({_PRICED}),
mix AS (
    SELECT hour, imported / consumption * price AS eur, imported / consumption * 150 AS g
    FROM site JOIN priced USING (hour)
)
SELECT meter, sum(kwh), sum(kwh * eur), sum(kwh * g)
FROM metered JOIN mix USING (hour) GROUP BY meter ORDER BY meter
"""


@dataclass
class Year:
    """Hours of a building: what it used and made, and what each meter took [kWh]."""

    used: Floats
    made: Floats
    meters: Floats

    @classmethod
    def made_up(cls, hours: int) -> "Year":
        """Two hundred kW at noon, meters that explain most of it, and a roof."""
        chance = np.random.default_rng(4)
        at = np.arange(hours) % 24
        shape = 60 + 140 * np.exp(-(((at - 13) / 4.5) ** 2))
        used = shape * chance.uniform(0.8, 1.2, hours)
        share = chance.dirichlet(np.ones(METERS + 8))[:METERS, None]
        meters = used * share * chance.uniform(0.7, 1.0, (METERS, hours))
        made = np.maximum(0.0, np.sin((at - 6) / 12 * np.pi)) * chance.uniform(0, 80, hours)
        return cls(used, np.minimum(made, used), meters)


def filled(directory: Path) -> tuple[House, Year]:
    """A house whose year is settled: 100 meters in evidence, a contract, another tariff."""
    settings = Settings.from_env(
        {"WATTBOARD_DATA_DIR": str(directory), "WATTBOARD_DEMO": "0", "WATTBOARD_PORT": "0"}
    )
    database = Database(settings.database_url)
    migrate(database)
    clock = FixedClock(datetime(2026, 1, 2, 12, tzinfo=UTC))
    house = House.compose(settings, clock=clock, database=database)
    house.calendar.set_place(SYSTEM, "PT", "", house.calendar.place().version)
    ids = [f"M{n:03d}" for n in range(METERS)]
    for sensor_id, role in (
        ("GRID", "main"),
        ("SUN", "generation"),
        *((i, "submeter") for i in ids),
    ):
        fields = {"name": sensor_id, "sensor_type": "energy_meter", "meter_role": role}
        house.building.register_sensor(SYSTEM, sensor_id, fields)
    begin_ms = local_midnight(FIRST, house.zone).timestamp() * 1000
    end_ms = local_midnight(UNTIL, house.zone).timestamp() * 1000
    year = Year.made_up(round((end_ms - begin_ms) / HOUR_MS))
    with database.write() as c:
        for n in range((UNTIL - FIRST).days):
            _keep(c, house, year, FIRST + timedelta(days=n), round(begin_ms), ids)
    contract = Terms((EnergyPart("Energy", "energy", Flat(20 * CENT)),))
    house.money.tariffs.create(SYSTEM, "Contract", "import", FIRST, contract, use_from=FIRST)
    return house, year


def _keep(
    c: Connection, house: House, year: Year, day: date, begin_ms: int, ids: list[str]
) -> None:
    span = local_day(day, house.zone)
    hours = slice((span.start_ms - begin_ms) // HOUR_MS, (span.end_ms - begin_ms) // HOUR_MS)

    def quarters(kwh: Floats) -> Floats:
        spread: Floats = np.repeat(kwh[..., hours] / 4, 4, axis=-1)
        return spread

    used, made = quarters(year.used), quarters(year.made)
    none = np.zeros(len(used))
    energy = SiteEnergy(
        span.start_ms, used - made, none, used, made, none, none, np.zeros(len(used), np.bool_)
    )
    day_store.insert(c, site_rows(energy, day), 0)
    day_store.put_meter_day(c, MeterDay.of(day, ids, quarters(year.meters)))
    day_store.raise_version(c, day)


def loaded(house: House, year: Year, path: Path) -> duckdb.DuckDBPyConnection:
    """The same hours in DuckDB, with the local clock and the kind of each day worked out."""
    begin = local_midnight(FIRST, house.zone)
    days: dict[date, Day] = {d.date: d for d in house.calendar.days(FIRST, UNTIL)}
    hours = [begin + timedelta(hours=n) for n in range(len(year.used))]
    local = [hour.astimezone(house.zone) for hour in hours]
    numbers = np.arange(len(hours), dtype=np.int32)
    tables = {
        "clock": {
            "hour": numbers,
            "wall_hour": np.array([at.hour for at in local], np.int8),
            "month": np.array([at.month for at in local], np.int8),
            "day_type": [days[at.date()].day_type for at in local],
        },
        "site": {"hour": numbers, "imported": year.used - year.made, "consumption": year.used},
        "metered": {
            "meter": np.repeat(np.arange(METERS, dtype=np.int32), len(hours)),
            "hour": np.tile(numbers, METERS),
            "kwh": year.meters.ravel(),
        },
    }
    with duckdb.connect(str(path)) as database:
        for name, columns in tables.items():
            rows = pa.table(columns)  # noqa: F841 - DuckDB finds it by its name
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
    return duckdb.connect(str(path), read_only=True)


def ours_of(house: House) -> Callable[[], list[tuple[float, float, float]]]:
    """Ask the house what each meter cost in the year under the changed tariff."""
    made = house.money.tariffs.create(SYSTEM, "Changed", "import", FIRST, CHANGED)
    period = Period(local_midnight(FIRST, house.zone), local_midnight(UNTIL, house.zone))

    def ours() -> list[tuple[float, float, float]]:
        costs = house.money.costs.of(period, made.tariff_id)
        parts = house.money.costs.devices(costs).parts
        return [(s.kwh or 0.0, (s.mc or 0.0) / 1e5, s.co2_g or 0.0) for s in parts.values()]

    return ours


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def judged(ours: Callable[[], object], reference: Callable[[], object]) -> list[Verdict]:
    """Alternate, print every sample, judge the medians."""
    for _ in range(WARM):
        ours()
        reference()
    samples = [(timed(ours), timed(reference)) for _ in range(SAMPLES)]
    verdicts = []
    for place, what in enumerate(("wall", "processor")):
        columns = [[pair[side][place] for pair in samples] for side in (0, 1)]
        print(f"\na year of {METERS} meters, {what} time")
        for name, column in zip(("ours", "reference"), columns, strict=True):
            listed = "  ".join(f"{value * 1000:.1f}" for value in column)
            print(f"  {name:<9} median {statistics.median(column) * 1000:8.1f} ms  of  {listed}")
        ratio = statistics.median(columns[0]) / statistics.median(columns[1])
        verdicts.append(Verdict(f"a year's cost of {METERS} meters, {what} time", ratio, LIMIT))
    return verdicts


def main() -> int:
    """Fill both, compare their answers, then their times."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        house, year = filled(Path(folder))
        database = loaded(house, year, Path(folder) / "reference.duckdb")
        ours = ours_of(house)

        def reference() -> list[tuple[float, ...]]:
            return [row[1:] for row in database.execute(QUERY).fetchall()]

        first, _ = timed(ours)
        same = bool(np.allclose(ours(), reference(), rtol=1e-9))
        print(f"both sides find {'the same sums' if same else 'DIFFERENT sums'};")
        print(f"the first question of a process, nothing in memory: {first * 1000:.0f} ms")
        verdicts = judged(ours, reference)
        for verdict in verdicts:
            print(verdict.line())
        database.close()
        house.close()
    return 0 if same and all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
