"""How numbers, ages and times are written; assets/formats.js does the same in the browser.

Values come in the metric's default unit (kW, kWh, °C, ppm, %, m³, €/kWh), times as epoch
milliseconds. Local time is made here and nowhere else in the interface. Both implementations run
against tests/formats_cases.json.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

MISSING = "–"
MINUS = "−"
NARROW = "\u202f"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
CURRENCIES = {
    "EUR": "€",
    "GBP": "£",
    "USD": "$",
    "CHF": "CHF",
    "SEK": "kr",
    "DKK": "kr",
    "PLN": "zł",
}


class Quantity(NamedTuple):
    """A written number and its unit; the page sets them apart."""

    number: str
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}" if self.unit else self.number


class Step(NamedTuple):
    """One size range of a format: used while the rounded number stays below `below`."""

    below: float
    factor: float
    decimals: int
    unit: str


def _plain(decimals: int, unit: str) -> tuple[Step, ...]:
    return (Step(math.inf, 1.0, decimals, unit),)


ENERGY = (
    Step(1000.0, 1000.0, 0, "Wh"),
    Step(10.0, 1.0, 2, "kWh"),
    Step(100.0, 1.0, 1, "kWh"),
    Step(10000.0, 1.0, 0, "kWh"),
    Step(math.inf, 0.001, 2, "MWh"),
)
FORMATS: dict[str, tuple[Step, ...]] = {
    "power": (
        Step(1000.0, 1000.0, 0, "W"),
        Step(1000.0, 1.0, 1, "kW"),
        Step(math.inf, 0.001, 2, "MW"),
    ),
    "kw": _plain(1, "kW"),
    "energy": ENERGY,
    "temperature": _plain(1, "°C"),
    "outside": _plain(0, "°C"),
    "humidity": _plain(0, "%"),
    "percent": _plain(0, "%"),
    "co2": _plain(0, "ppm"),
    "voc": _plain(0, "ppb"),
    "light": _plain(0, "lx"),
    "people": _plain(0, ""),
    "voltage": _plain(1, "V"),
    "current": _plain(1, "A"),
    "frequency": _plain(2, "Hz"),
    "power_factor": _plain(2, ""),
    "irradiance": _plain(0, "W/m²"),
    "wind": _plain(1, "m/s"),
    "volume": (Step(10.0, 1.0, 2, "m³"), Step(100.0, 1.0, 1, "m³"), Step(math.inf, 1.0, 0, "m³")),
    "money": _plain(2, "€"),
    "price": _plain(3, "€/kWh"),
    "carbon": _plain(0, "g/kWh"),
    "carbon_mass": _plain(1, "kg"),
    "number": (Step(10.0, 1.0, 2, ""), Step(100.0, 1.0, 1, ""), Step(math.inf, 1.0, 0, "")),
}
# Formats whose value is a word.
WORDS: dict[str, tuple[str, str]] = {
    "state": ("off", "on"),
    "door": ("closed", "open"),
    "motion": ("still", "motion"),
}
METRIC_FORMATS: dict[str, str] = {
    "power": "power", "generation": "power", "energy": "energy", "generation_energy": "energy",
    "temperature": "temperature", "humidity": "humidity", "co2": "co2", "voc": "voc",
    "light": "light", "occupancy": "people", "motion": "motion", "door": "door",
    "voltage": "voltage", "current": "current", "frequency": "frequency",
    "power_factor": "power_factor", "soc": "percent", "irradiance": "irradiance",
    "wind": "wind", "price": "price", "carbon_intensity": "carbon", "heat_energy": "energy",
    "gas": "volume", "water": "volume",
}  # fmt: skip


def metric_format(metric: str) -> str:
    """The format a metric of the contract is written in; unknown ones are plain numbers."""
    return METRIC_FORMATS.get(metric, "number")


def rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero on the exact binary value: what toFixed does in the browser."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def fixed(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """A grouped number with a true minus; a dash when missing; `sign` writes the plus too."""
    if value is None or not math.isfinite(value):
        return MISSING
    amount = rounded(value, decimals)
    text = f"{abs(amount):,f}"
    if amount < 0:
        return MINUS + text
    return f"+{text}" if sign and amount > 0 else text


def quantity(fmt: str, value: float | None, *, unit: str | None = None) -> Quantity:
    """Number and unit by the named format; `unit` replaces its own (currency, odd metrics)."""
    if fmt in WORDS:
        known = value is not None and math.isfinite(value)
        return Quantity(WORDS[fmt][1 if value else 0] if known else MISSING, "")
    steps = FORMATS[fmt]
    if value is None or not math.isfinite(value):
        base = next((step for step in steps if step.factor == 1.0), steps[0])
        return Quantity(MISSING, base.unit if unit is None else unit)
    for step in steps:
        scaled = value * step.factor
        if abs(rounded(scaled, step.decimals)) < Decimal(step.below):
            break
    return Quantity(fixed(scaled, step.decimals), step.unit if unit is None else unit)


def text(fmt: str, value: float | None, *, unit: str | None = None) -> str:
    """The same as one string, `52.6 kW`."""
    return str(quantity(fmt, value, unit=unit))


def add_up(
    parts: Sequence[float | None], decimals: int, *, total: float | None = None
) -> list[str]:
    """Rounds parts shown together so that they add up to their rounded total (largest remainder).

    Missing parts stay a dash and take no share; `total` defaults to the sum of the known ones.
    """
    scale = Decimal(1).scaleb(-decimals)
    known = [Decimal(repr(float(part))) for part in parts if part is not None]
    whole = sum(known, Decimal(0)) if total is None else Decimal(repr(float(total)))
    floors = [(part / scale).to_integral_value(rounding="ROUND_FLOOR") for part in known]
    spare = int((whole / scale).to_integral_value(rounding=ROUND_HALF_UP) - sum(floors, Decimal(0)))
    order = sorted(range(len(known)), key=lambda i: (-(known[i] / scale - floors[i]), i))
    for index in order[: max(0, min(spare, len(known)))]:
        floors[index] += 1
    written = iter(floors)
    return [
        MISSING if part is None else fixed(float(next(written) * scale), decimals) for part in parts
    ]


def local(ts_ms: int, zone: ZoneInfo) -> datetime:
    """The wall clock of the building at a moment."""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone)


def clock(ts_ms: int, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """`14:32`, or `14:32:07` where seconds matter (commands, readings)."""
    return local(ts_ms, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(ts_ms: int, zone: ZoneInfo, *, year: bool = False) -> str:
    """`Thu 18 Jun`, with the year where it is asked for."""
    return day_of(local(ts_ms, zone).date(), year=year)


def day_of(value: date, *, year: bool = False) -> str:
    """The same for a calendar date."""
    words = f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"
    return f"{words} {value.year}" if year else words


def moment(ts_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """When, as short as it stays plain: `13:47`, `Wed 13:47`, `9 Jun`, `9 Jun 2025`."""
    at, now = local(ts_ms, zone), local(now_ms, zone)
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    if 0 < days < 7:
        return f"{WEEKDAYS[at.weekday()]} {at:%H:%M}"
    words = f"{at.day} {MONTHS[at.month - 1]}"
    return words if at.year == now.year else f"{words} {at.year}"


def age(ts_ms: int | None, now_ms: int, zone: ZoneInfo) -> str:
    """`now`, `12 s ago`, `4 min ago`, then the moment; a dash when there is none."""
    if ts_ms is None:
        return MISSING
    seconds = (now_ms - ts_ms) // 1000
    if seconds < 1:
        return "now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    return moment(ts_ms, now_ms, zone)


def span(seconds: float) -> str:
    """A length of time in its two largest parts: `48 s`, `50 min`, `2 h 10 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def interval(seconds: float) -> str:
    """How often something reports: `10 s`, `2 min`, `1 h`."""
    return span(seconds) if seconds >= 1 else f"{fixed(seconds, 1)} s"


def period(kind: str, first: date, last: date | None = None) -> str:
    """`Thu 18 Jun 2026`, `15 to 21 Jun 2026`, `June 2026` or `2026`; `last` is inclusive."""
    if kind == "day":
        return day_of(first, year=True)
    if kind == "month":
        return f"{MONTH_NAMES[first.month - 1]} {first.year}"
    if kind == "year":
        return str(first.year)
    end = last or (first + timedelta(days=6))
    if end == first:
        return day_of(first, year=True)
    tail = f"{end.day} {MONTHS[end.month - 1]} {end.year}"
    if (first.year, first.month) == (end.year, end.month):
        return f"{first.day} to {tail}"
    head = f"{first.day} {MONTHS[first.month - 1]}"
    return f"{head} to {tail}" if first.year == end.year else f"{head} {first.year} to {tail}"


def comparison(value: float | None, before: float | None) -> str:
    """`6 % less`, `11 % more`, `as much`, `5 times as much`; empty when it would say nothing.

    From four times on, times; where the value before is below 1 % of this one, or unknown, empty.
    """
    if value is None or before is None or before <= 0 or value > 100 * before:
        return ""
    if value >= 4 * before:
        return f"{fixed(value / before, 0)} times as much"
    percent = rounded((value - before) / before * 100, 0)
    if percent == 0:
        return "as much"
    return f"{fixed(abs(float(percent)), 0)} % {'more' if percent > 0 else 'less'}"


def compared(fmt: str, value: float | None, before: float | None, name: str) -> tuple[str, str]:
    """The comparison with what it is compared to: (`6 % less`, ` than Fri`), (``, `Fri: 30 Wh`)."""
    words = comparison(value, before)
    if words:
        return words, f" {'as' if words.endswith('as much') else 'than'} {name}"
    return ("", f"{name}: {text(fmt, before)}") if before is not None and value else ("", "")


def points(value: float | None, before: float | None) -> str:
    """The difference of two percentages in words: `4 points up`, `1 point down`, `the same`."""
    if value is None or before is None:
        return ""
    change = int(rounded(value - before, 0))
    if change == 0:
        return "the same"
    unit = "point" if abs(change) == 1 else "points"
    return f"{abs(change)} {unit} {'up' if change > 0 else 'down'}"


def against(value: date, today: date) -> str:
    """What a compared day is called: `yesterday`, `last Thursday`, `9 Jun`."""
    days = (today - value).days
    if days == 1:
        return "yesterday"
    if days == 7:
        return f"last {value:%A}"
    words = f"{value.day} {MONTHS[value.month - 1]}"
    return words if value.year == today.year else f"{words} {value.year}"


def currency_unit(code: str) -> str:
    """The sign written behind money; codes without one stand for themselves."""
    return CURRENCIES.get(code.upper(), code.upper())


def list_words(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
