"""A year's bill summed by hand, row by row in decimals: it knows the file and nothing of ours."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

Price = Callable[[datetime, "Row"], Decimal]
"""What a kWh costs in the local hour, with everything on it."""

UK_HOLIDAYS = {
    date(2019, 1, 1), date(2019, 4, 19), date(2019, 4, 22), date(2019, 5, 6),
    date(2019, 5, 27), date(2019, 8, 26), date(2019, 12, 25), date(2019, 12, 26),
}  # fmt: skip
US_HOLIDAYS = {
    date(2016, 9, 5), date(2016, 10, 10), date(2016, 11, 11), date(2016, 11, 24),
    date(2016, 12, 25), date(2016, 12, 26), date(2017, 1, 1), date(2017, 1, 2),
    date(2017, 1, 16), date(2017, 2, 20), date(2017, 5, 29), date(2017, 7, 4),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """An hour of the file: kW are kWh; `price` and `carbon_g` are None where the cell is empty."""

    starts_at: datetime
    net_kwh: Decimal | None
    price: Decimal | None
    carbon_g: Decimal | None


def rows_of(path: Path, zone: ZoneInfo, first: date, until: date) -> Iterator[Row]:
    """The rows that begin in the local days [first, until)."""
    with path.open(newline="") as file:
        for cells in csv.DictReader(file):
            starts_at = datetime.fromisoformat(cells["timestamp_utc"])
            if first <= starts_at.astimezone(zone).date() < until:
                yield _row(starts_at, cells)


def _row(starts_at: datetime, cells: Mapping[str, str]) -> Row:
    solar = next(cells[name] for name in ("pv_kw", "pv_model_kw") if name in cells)
    known = bool(cells["load_kw"]) and bool(solar)
    price = next((value for name, value in cells.items() if name.startswith("price_")), "")
    carbon = cells.get("carbon_kg_per_kwh", "")
    return Row(
        starts_at,
        Decimal(cells["load_kw"]) - Decimal(solar) if known else None,
        Decimal(price) if price else None,
        Decimal(carbon) * 1000 if carbon else None,
    )


@dataclass
class Sum:
    """What the rows add up to."""

    cost: Decimal = Decimal(0)
    co2_g: Decimal = Decimal(0)
    changes: int = 0
    """Rows in hours around a change of the clocks, to prove that there were some."""


def summed(rows: Iterator[Row], zone: ZoneInfo, price: Price, export: Decimal) -> Sum:
    """Bought at the price of the hour, sold at `export`; an hour that is missing costs nothing."""
    found = Sum()
    for row in rows:
        here = row.starts_at.astimezone(zone)
        after = (row.starts_at + timedelta(hours=1)).astimezone(zone)
        found.changes += here.utcoffset() != after.utcoffset()
        if row.net_kwh is None:
            continue
        if row.net_kwh > 0:
            found.cost += row.net_kwh * price(here, row)
            found.co2_g += row.net_kwh * (row.carbon_g or Decimal(0))
        else:
            found.cost += row.net_kwh * export
    return found


def flat(_here: datetime, _row: Row) -> Decimal:
    """0.2345 and 20 % VAT on it, and a tax of 0.0101 without."""
    return Decimal("0.2345") * Decimal("1.2") + Decimal("0.0101")


def by_time(holidays: set[date]) -> Price:
    """Three periods with a weekend rule, holidays and a season; 5 % VAT."""

    def price(here: datetime, _row: Row) -> Decimal:
        working = here.weekday() < 5 and here.date() not in holidays
        if working and 16 <= here.hour < 21:
            net = Decimal("0.42") if 6 <= here.month <= 9 else Decimal("0.36")
        elif here.hour < 7 or here.weekday() == 6 or here.date() in holidays:
            net = Decimal("0.11")
        else:
            net = Decimal("0.24")
        return net * Decimal("1.05")

    return price


def dynamic(_here: datetime, row: Row) -> Decimal:
    """The file's own price × 1.1 + 0.02, with 20 % VAT; 0.25 where it has none."""
    if row.price is None:
        return Decimal("0.25") * Decimal("1.2")
    return (row.price * Decimal("1.1") + Decimal("0.02")) * Decimal("1.2")


def day_after(rows: list[Row]) -> datetime:
    """Noon of the second day after the last row, in UTC: everything is over by then."""
    return rows[-1].starts_at.astimezone(UTC) + timedelta(days=2)
