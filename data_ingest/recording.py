"""A recorded building in a CSV file: what each column is, and its rows in default units.

The first column is `timestamp_utc`, the start of the interval; each header ends in its unit, such
as `load_kw`, `temp_out_degc`, `price_import_usd_per_kwh`. An empty cell is missing.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from domain.foundation.clock import to_ms
from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import to_default_unit
from domain.telemetry.model import Reading

TIMESTAMP = "timestamp_utc"
SUFFIXES: dict[str, tuple[str, str]] = {
    "kw": ("power", "kW"),
    "w": ("power", "W"),
    "mw": ("power", "MW"),
    "kwh": ("power", "kWh"),  # the energy of the interval, taken as its mean power
    "wh": ("power", "Wh"),
    "degc": ("temperature", "°C"),
    "degf": ("temperature", "°F"),
    "w_per_m2": ("irradiance", "W/m²"),
    "m_per_s": ("wind", "m/s"),
    "ppm": ("co2", "ppm"),
    "ppb": ("voc", "ppb"),
    "lx": ("light", "lx"),
    "persons": ("occupancy", "persons"),
    "v": ("voltage", "V"),
    "a": ("current", "A"),
    "hz": ("frequency", "Hz"),
    "kg_per_kwh": ("carbon_intensity", "kg/kWh"),
    "g_per_kwh": ("carbon_intensity", "g/kWh"),
}
PER_ENERGY = {"per_kwh": "€/kWh", "per_mwh": "€/MWh"}
"""Suffix of a price after its currency, which is taken one to one."""
PERCENT = {"rh": "humidity", "humidity": "humidity", "soc": "soc"}
GENERATION = frozenset({"pv", "solar", "generation", "chp"})
GRID = frozenset({"main", "grid"})
WHOLE_LOAD = frozenset({"load", "demand", "consumption", "total"})
USES = {
    "climate": {"cooling", "heating", "mechanical", "hvac", "fan", "fans", "climate", "ac"},
    "lighting": {"lighting", "lights", "light"},
    "kitchen": {"kitchen", "cooking"},
    "equipment": {"plug", "plugs", "datacenter", "equipment", "server", "it", "elevator"},
}
_ENERGY_PER_HOUR = {"kWh": "kW", "Wh": "W"}


@dataclass(frozen=True)
class Column:
    """One column: the series it becomes, and what its sensor probably is."""

    header: str
    sensor_id: str
    metric: str
    unit: str
    currency: str | None = None
    hints: dict[str, object] = field(default_factory=dict)

    def value(self, cell: str, interval_s: float, line: int) -> float | None:
        """Read a cell in the metric's default unit; None where nothing was measured."""
        if not cell.strip():
            return None
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InvalidInput(f"Line {line}, {self.header}: “{cell[:20]}” is not a number.")
        if self.unit in _ENERGY_PER_HOUR:
            per_hour = value * 3600 / interval_s
            return to_default_unit(self.metric, per_hour, _ENERGY_PER_HOUR[self.unit])
        return to_default_unit(self.metric, value, self.unit)


@dataclass(frozen=True)
class Recording:
    """Columns and rows of a file; a row is its start and one value a column."""

    columns: list[Column]
    starts_ms: list[int]
    values: list[list[float | None]]
    interval_ms: int

    @property
    def notices(self) -> list[str]:
        """What a person should know about how the file was taken."""
        return [
            f"{c.header}: {c.currency.upper()} taken one to one as the building's currency."
            for c in self.columns
            if c.currency
        ]

    @property
    def hints(self) -> dict[str, dict[str, object]]:
        """What the sensors probably are, for the building to propose."""
        return {column.sensor_id: dict(column.hints) for column in self.columns}

    def readings(self, shift_ms: int = 0) -> Iterator[list[Reading]]:
        """Give each row's readings, moved by `shift_ms`; each holds for exactly its interval."""
        for start_ms, row in zip(self.starts_ms, self.values, strict=True):
            yield [
                Reading(
                    column.sensor_id, column.metric, start_ms + shift_ms, value, self.interval_ms
                )
                for column, value in zip(self.columns, row, strict=True)
                if value is not None
            ]


def read_recording(path: Path, prefix: str) -> Recording:
    """Read a file, adding the grid meter that load and generation make together.

    Raises:
        InvalidInput: an unknown suffix, a bad cell or time, each by its name or line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        headers = next(lines, [])
        columns = read_header(headers, prefix)
        rows = _read_lines(lines, len(headers))
    starts_ms = [start_ms for start_ms, _line, _cells in rows]
    interval_ms = _interval_ms(starts_ms)
    values = [
        [
            column.value(cell, interval_ms / 1000, line)
            for column, cell in zip(columns, cells, strict=True)
        ]
        for _start, line, cells in rows
    ]
    _add_grid_meter(columns, values, prefix)
    return Recording(columns, starts_ms, values, interval_ms)


def read_header(headers: list[str], prefix: str) -> list[Column]:
    """Tell what each column is, by the suffix of its header.

    Raises:
        InvalidInput: names every column that cannot be used.
    """
    names = [header.strip() for header in headers]
    if not names or names[0] != TIMESTAMP:
        raise InvalidInput(f"The first column is {TIMESTAMP}, not “{(names or [''])[0][:40]}”.")
    columns: list[Column] = []
    errors: list[FieldError] = []
    for name in names[1:]:
        column = _column(name, prefix)
        if column is None:
            errors.append(FieldError(name, "ends in no known unit", known_suffixes()))
        elif column.sensor_id in {other.sensor_id for other in columns}:
            errors.append(FieldError(name, "stands twice in the file"))
        else:
            columns.append(column)
    if errors or not columns:
        bad = ", ".join(f"“{error.field}” {error.message}" for error in errors) or "no column"
        raise InvalidInput(f"Unknown columns: {bad}. Known: {', '.join(known_suffixes())}.", errors)
    return columns


def known_suffixes() -> list[str]:
    """List the suffixes, for messages."""
    prices = [f"<currency>_{per}" for per in PER_ENERGY]
    return [f"_{suffix}" for suffix in (*SUFFIXES, *prices, "pct")]


def _column(header: str, prefix: str) -> Column | None:
    price = re.fullmatch(r"(price\w*?)_([a-z]{3})_(per_[km]wh)", header)
    if price:
        name, currency, per = price.groups()
        return _of_sensor(header, name, prefix, "price", PER_ENERGY[per], currency)
    if header.endswith("_pct"):
        name = header.removesuffix("_pct")
        metric = next((PERCENT[word] for word in name.split("_") if word in PERCENT), "")
        return _of_sensor(header, name, prefix, metric, "%") if metric else None
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        name = header.removesuffix(f"_{suffix}")
        if name != header and not name.endswith("_per"):
            metric, unit = SUFFIXES[suffix]
            return _of_sensor(header, name, prefix, metric, unit)
    return None


def _of_sensor(
    header: str, name: str, prefix: str, metric: str, unit: str, currency: str | None = None
) -> Column | None:
    sensor_id = f"{prefix}_{name}".upper()
    if not re.fullmatch(r"[A-Z0-9_.-]{1,64}", sensor_id):
        return None
    words = set(name.lower().split("_"))
    hints: dict[str, object] = {"name": f"{prefix} {name.replace('_', ' ')}"}
    if metric == "power":
        metric = "generation" if words & GENERATION else "power"
        hints |= _meter_hints(words)
    else:
        hints["sensor_type"] = metric
    return Column(header, sensor_id, metric, unit, currency, hints)


def _meter_hints(words: set[str]) -> dict[str, object]:
    """Heat is no electricity, so it counts in no total; the whole load is the main meter."""
    if words & GENERATION:
        return {"sensor_type": "generation", "meter_role": "generation"}
    hints: dict[str, object] = {"sensor_type": "energy_meter"}
    use = next((use for use, names in USES.items() if words & names), None)
    if "thermal" in words:
        hints["meter_role"] = "none"
    elif words & (WHOLE_LOAD | GRID):
        hints["meter_role"] = "main"
    elif use:
        hints |= {"meter_role": "submeter", "use": use}
    else:
        hints["meter_role"] = "none"
    return hints


def _add_grid_meter(columns: list[Column], values: list[list[float | None]], prefix: str) -> None:
    """Beside generation the load is behind the meter: the grid sees load minus generation."""
    loads = [at for at, c in enumerate(columns) if c.hints.get("meter_role") == "main"]
    sources = [at for at, c in enumerate(columns) if c.metric == "generation"]
    if len(loads) != 1 or not sources or GRID & set(columns[loads[0]].header.split("_")):
        return
    load = columns[loads[0]]
    columns[loads[0]] = Column(
        load.header,
        load.sensor_id,
        load.metric,
        load.unit,
        hints={**load.hints, "meter_role": "none"},
    )
    hints: dict[str, object] = {
        "name": f"{prefix} grid (load less generation, computed)",
        "sensor_type": "energy_meter",
        "meter_role": "main",
    }
    columns.append(Column("", f"{prefix}_MAIN".upper(), "power", "kW", hints=hints))
    for row in values:
        parts = [row[at] for at in (*loads, *sources)]
        known = [part for part in parts if part is not None]
        row.append(known[0] - sum(known[1:]) if len(known) == len(parts) else None)


def _read_lines(lines: Iterable[list[str]], width: int) -> list[tuple[int, int, list[str]]]:
    """Give (start, line number, cells) in the order of time."""
    rows: list[tuple[int, int, list[str]]] = []
    for line, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            raise InvalidInput(f"Line {line} has {len(cells)} cells, the header {width}.")
        rows.append((_start_ms(cells[0], line), line, cells[1:]))
    return sorted(rows, key=lambda row: row[0])


def _start_ms(text: str, line: int) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"Line {line}: “{text[:40]}” is no ISO 8601 time.") from None
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _interval_ms(starts_ms: list[int]) -> int:
    steps = Counter(
        later - start for start, later in pairwise(starts_ms) if later > start
    ).most_common(1)
    if not steps:
        raise InvalidInput("A recording has at least two rows of different times.")
    return steps[0][0]
