"""Reads the values of a feed from CSV or JSON; what cannot be used is refused by name. Pure.

CSV is the format of recorded buildings: the first column `timestamp_utc` is the start of each
interval, a header ends in its unit and currency. JSON is
`{"values": [{"start": ISO, "end": ISO, "price_eur_per_kwh": x}]}`, `end` being optional.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from domain.foundation.clock import to_ms
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS
from domain.money.feed import METRIC_OF, FeedValue, Quantity

MOST_BYTES = 2_900_000
MOST_VALUES = 200_000
TIMESTAMP = "timestamp_utc"
LONGEST_MS = 366 * 86_400_000
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
_PRICE = re.compile(r"(price(?:_[a-z0-9]+)*)_([a-z]{3})_per_([km])wh")
_CARBON = {"kg_per_kwh": 1000.0, "g_per_kwh": 1.0, "kg_per_mwh": 1.0, "g_per_mwh": 0.001}
_CARBON_HEADER = re.compile(r"((?:carbon|co2)(?:_[a-z0-9]+?)*)_(k?g_per_[km]wh)")
_OTHER_SIDE = {"import_price": "price_export", "export_price": "price_import"}
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Read:
    """Values in time order, and what a person should know about how they were taken."""

    values: tuple[FeedValue, ...]
    notices: tuple[str, ...]


class _Unit(NamedTuple):
    factor: float
    currency: str | None


class _Row(NamedTuple):
    place: str
    starts_ms: int
    ends_ms: int | None
    value: float


def read_values(body: bytes, quantity: Quantity) -> Read:
    """CSV or JSON, told apart by the first character. Raises InvalidInput, each fault by name."""
    if len(body) > MOST_BYTES:
        raise InvalidInput(f"More than {MOST_BYTES:,} bytes.", [FieldError("file", "too large")])
    if body.lstrip()[:1] in (b"{", b"["):
        return read_json(body, quantity)
    return read_csv(body, quantity)


def read_csv(body: bytes, quantity: Quantity) -> Read:
    """Values of the one column that tells the quantity. Raises InvalidInput."""
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        headers = [header.strip() for header in next(lines, [])]
        at, unit, notices = _column(headers, quantity)
        rows = _csv_rows(lines, headers, at, unit, quantity)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput("This is no CSV file in UTF-8.") from error
    return _read(rows, notices)


def read_json(body: bytes, quantity: Quantity) -> Read:
    """The `values` of an object. Raises InvalidInput."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("This is neither CSV nor JSON that can be read.") from error
    values = found.get("values") if isinstance(found, dict) else None
    if not isinstance(values, list):
        raise InvalidInput("The JSON holds no list “values”.", [FieldError("values", "is missing")])
    if len(values) > MOST_VALUES:
        raise _too_many()
    faults = _Faults()
    rows = []
    for number, entry in enumerate(values):
        row = _json_row(entry, f"values[{number}]", quantity, faults)
        if row is not None:
            rows.append(row)
    faults.raise_if_any()
    currencies = {c for entry in values if (c := _json_currency(entry, quantity)) is not None}
    return _read(rows, [_taken(currency) for currency in sorted(currencies)])


class _Faults:
    """The first few faults of a file, each with its place."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, place: str, words: str, limit: object = None) -> None:
        """Note one."""
        if len(self.found) < _MOST_TOLD:
            self.found.append(FieldError(place, words, limit))

    def raise_if_any(self) -> None:
        """Raise InvalidInput that tells all of them."""
        if self.found:
            told = "; ".join(f"{fault.field}: {fault.message}" for fault in self.found)
            raise InvalidInput(f"These values cannot be used. {told}.", self.found)


# ---- what a column or a key means


def known_units(quantity: Quantity) -> list[str]:
    """The endings of a header, for messages."""
    if quantity == "carbon":
        return [f"_{unit}" for unit in _CARBON]
    return ["_<currency>_per_kwh", "_<currency>_per_mwh"]


def _unit_of(name: str, quantity: Quantity) -> _Unit | None:
    if quantity == "carbon":
        found = _CARBON_HEADER.fullmatch(name)
        return _Unit(_CARBON[found[2]], None) if found else None
    price = _PRICE.fullmatch(name)
    if price is None or price[1].startswith(_OTHER_SIDE[quantity]):
        return None
    return _Unit(1.0 if price[3] == "k" else 0.001, price[2])


def _may_mean(name: str, quantity: Quantity) -> bool:
    """Whether a header says that it is the quantity, whatever its unit."""
    if quantity == "carbon":
        return name.startswith(("carbon", "co2_"))
    return name.startswith("price") and not name.startswith(_OTHER_SIDE[quantity])


def _column(headers: Sequence[str], quantity: Quantity) -> tuple[int, _Unit, list[str]]:
    """Which column tells the quantity, in which unit, and what is passed over."""
    if not headers or headers[0] != TIMESTAMP:
        first = headers[0][:40] if headers else ""
        wrong = FieldError(first or "file", f"the first column is {TIMESTAMP}")
        raise InvalidInput(f"The first column is {TIMESTAMP}, not “{first}”.", [wrong])
    meant = [at for at, name in enumerate(headers) if at and _may_mean(name, quantity)]
    units = known_units(quantity)
    wrong_units = [headers[at] for at in meant if _unit_of(headers[at], quantity) is None]
    if wrong_units:
        errors = [FieldError(name[:60], "ends in no known unit", units) for name in wrong_units]
        bad = ", ".join(f"“{error.field}”" for error in errors)
        words = f"The unit of {bad} is not known. Known endings: {', '.join(units)}."
        raise InvalidInput(words, errors)
    if len(meant) != 1:
        named = ", ".join(f"“{headers[at][:60]}”" for at in meant)
        stem = "carbon" if quantity == "carbon" else f"price_{quantity.split('_')[0]}"
        words = (
            f"More than one column could be it: {named}."
            if meant
            else f"No column tells it, such as {stem}{units[0]}."
        )
        raise InvalidInput(words, [FieldError("file", words)])
    unit = _unit_of(headers[meant[0]], quantity)
    passed = [name for at, name in enumerate(headers) if at and at != meant[0]]
    notices = [_taken(unit.currency)] if unit and unit.currency else []
    if passed:
        notices.append(f"Not read: {', '.join(name[:40] for name in passed[:8])}.")
    return meant[0], unit or _Unit(1.0, None), notices


def _taken(currency: str) -> str:
    return f"Prices in {currency.upper()} are taken one to one as the building's currency."


# ---- rows


def _csv_rows(
    lines: Iterator[list[str]], headers: Sequence[str], at: int, unit: _Unit, quantity: Quantity
) -> list[_Row]:
    faults = _Faults()
    rows: list[_Row] = []
    for number, cells in enumerate(lines, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= MOST_VALUES:
            raise _too_many()
        place = f"line {number}"
        if len(cells) != len(headers):
            faults.add(place, f"has {len(cells)} cells, not {len(headers)}")
            continue
        starts_ms = _moment(cells[0], place, faults)
        if starts_ms is None or not cells[at].strip():
            continue
        value = _amount(cells[at], unit, f"{place}, {headers[at]}", quantity, faults)
        if value is not None:
            rows.append(_Row(place, starts_ms, None, value))
    faults.raise_if_any()
    return rows


def _json_row(entry: Any, place: str, quantity: Quantity, faults: _Faults) -> _Row | None:
    if not isinstance(entry, dict):
        faults.add(place, "is no object")
        return None
    keys = [key for key in entry if key not in ("start", "end")]
    unit = _json_unit(keys[0], quantity) if len(keys) == 1 else None
    if unit is None:
        named = ", ".join(str(key)[:40] for key in keys[:4]) or "nothing"
        known = (
            ["g_per_kwh", "kg_per_kwh"] if quantity == "carbon" else ["price_<currency>_per_kwh"]
        )
        faults.add(place, f"names {named}, not {known[0]} alone", known)
        return None
    starts_ms = _moment(entry.get("start"), f"{place}.start", faults)
    ends_ms = None
    if entry.get("end") is not None:
        ends_ms = _moment(entry["end"], f"{place}.end", faults)
        if ends_ms is None:
            return None
        if starts_ms is not None and not starts_ms < ends_ms <= starts_ms + LONGEST_MS:
            faults.add(f"{place}.end", "is after the start, by a year at most")
            return None
    value = _amount(entry[keys[0]], unit, f"{place}.{keys[0]}", quantity, faults)
    return None if starts_ms is None or value is None else _Row(place, starts_ms, ends_ms, value)


def _json_unit(key: str, quantity: Quantity) -> _Unit | None:
    if quantity == "carbon" and key in _CARBON:
        return _Unit(_CARBON[key], None)
    return _unit_of(key, quantity)


def _json_currency(entry: Any, quantity: Quantity) -> str | None:
    units = [_json_unit(key, quantity) for key in entry if key not in ("start", "end")]
    return units[0].currency if units and units[0] else None


def _moment(raw: object, place: str, faults: _Faults) -> int | None:
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        shown = str(raw)[:40]
        faults.add(place, f"“{shown}” is no time such as 2026-06-18T13:00:00Z")
        return None
    if moment.tzinfo is None:
        faults.add(place, f"“{text[:40]}” does not say its zone; end it in Z or an offset")
        return None
    if not _EARLIEST <= moment < _LATEST:
        faults.add(place, "lies outside the years 2000 to 2100")
        return None
    return to_ms(moment)


def _amount(
    raw: object, unit: _Unit, place: str, quantity: Quantity, faults: _Faults
) -> float | None:
    try:
        usable = isinstance(raw, int | float | str) and not isinstance(raw, bool)
        value = float(raw) * unit.factor if usable else math.nan  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        value = math.nan
    metric = METRICS[METRIC_OF[quantity]]
    if not math.isfinite(value):
        faults.add(place, f"“{str(raw)[:20]}” is not a number")
    elif not metric.low <= value <= metric.high:
        limits = [metric.low, metric.high]
        words = f"{value:g} {metric.unit} is not from {metric.low:g} to {metric.high:g}"
        faults.add(place, words, limits)
    else:
        return value
    return None


# ---- from rows to intervals


def _read(rows: list[_Row], notices: list[str]) -> Read:
    if not rows:
        raise InvalidInput("It holds no value.", [FieldError("file", "holds no value")])
    rows.sort(key=lambda row: row.starts_ms)
    single, twice = _without_repeats(rows)
    values = _held(single)
    gaps = sum(one.ends_ms < other.starts_ms for one, other in pairwise(values))
    if twice:
        notices.append(f"{twice} repeated and taken once.")
    if gaps:
        notices.append(f"{gaps} gaps, which stay without value.")
    return Read(tuple(values), tuple(notices))


def _without_repeats(rows: Sequence[_Row]) -> tuple[list[_Row], int]:
    """Each start once; two that say different things of one start are refused."""
    faults = _Faults()
    kept: list[_Row] = []
    for row in rows:
        if kept and kept[-1].starts_ms == row.starts_ms:
            if (kept[-1].value, kept[-1].ends_ms) != (row.value, row.ends_ms):
                faults.add(row.place, f"says something else than {kept[-1].place} of one time")
            continue
        kept.append(row)
    faults.raise_if_any()
    return kept, len(rows) - len(kept)


def _held(rows: Sequence[_Row]) -> list[FeedValue]:
    """How long each holds: to its stated end, or as the shorter of the steps beside it.

    So a missing row leaves a gap, and a file may go over from hours to quarter hours.
    """
    faults = _Faults()
    values: list[FeedValue] = []
    for at, row in enumerate(rows):
        before = row.starts_ms - rows[at - 1].starts_ms if at else LONGEST_MS
        after = rows[at + 1].starts_ms - row.starts_ms if at + 1 < len(rows) else LONGEST_MS
        step_ms = min(before, after)
        if row.ends_ms is None and step_ms == LONGEST_MS:
            faults.add(row.place, "alone does not say how long it holds; give an end")
            continue
        ends_ms = row.starts_ms + step_ms if row.ends_ms is None else row.ends_ms
        if ends_ms - row.starts_ms > after:
            faults.add(row.place, f"overlaps {rows[at + 1].place}")
        values.append(FeedValue(row.starts_ms, ends_ms, row.value))
    faults.raise_if_any()
    return values


def _too_many() -> InvalidInput:
    words = f"At most {MOST_VALUES:,} values at once"
    return InvalidInput(f"{words}.", [FieldError("file", words, MOST_VALUES)])
