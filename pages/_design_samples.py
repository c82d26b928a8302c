"""Example data of the design page: one made-up Thursday that adds up."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from components.energy_figures import BarSeries, DayCurve
from components.figures import Line, Strip

ZONE = ZoneInfo("Europe/Lisbon")
START_MS = int(datetime(2026, 6, 17, 23, tzinfo=UTC).timestamp() * 1000)
END_MS = START_MS + 86_400_000
NOW_MS = START_MS + int(14.53 * 3_600_000)
SLOT_MS = 900_000

FRAME: dict[str, object] = {
    "consumption_kw": 52.6,
    "generation_kw": 78.4,
    "battery_kw": 18.0,
    "grid_kw": -7.8,
    "charging_kw": 18.0,
    "discharging_kw": 0.0,
    "import_kw": 0.0,
    "export_kw": 7.8,
    "in_kw": 78.4,
    "out_kw": 78.4,
    "unmetered_kw": 1.6,
    "soc_percent": 65.0,
    "uses": {"climate": 22.4, "equipment": 18.6, "lighting": 5.1, "kitchen": 3.1, "other": 1.8},
    "flows": {"solar_building": 52.6, "solar_battery": 18.0, "solar_grid": 7.8},
    "has": {"main": True, "submeter": True, "generation": True, "battery": True},
    "solar_word": "generating",
    "grid_word": "exporting",
    "battery_word": "charging",
    "building_word": "consuming",
    "state": "fresh",
    "ts_ms": NOW_MS - 1000,
    "interval_s": 10,
}
EVENING: dict[str, object] = FRAME | {
    "consumption_kw": 47.5,
    "generation_kw": 11.8,
    "battery_kw": -24.0,
    "grid_kw": 11.7,
    "charging_kw": 0.0,
    "discharging_kw": 24.0,
    "import_kw": 11.7,
    "export_kw": 0.0,
    "in_kw": 47.5,
    "out_kw": 47.5,
    "unmetered_kw": 1.0,
    "soc_percent": 71.0,
    "uses": {"climate": 17.6, "equipment": 16.9, "lighting": 6.2, "kitchen": 3.8, "other": 2.0},
    "flows": {"solar_building": 11.8, "battery_building": 24.0, "grid_building": 11.7},
    "grid_word": "importing",
    "battery_word": "discharging",
}
NIGHT: dict[str, object] = FRAME | {
    "consumption_kw": 18.2,
    "generation_kw": 0.0,
    "battery_kw": 12.0,
    "grid_kw": 30.2,
    "charging_kw": 12.0,
    "discharging_kw": 0.0,
    "import_kw": 30.2,
    "export_kw": 0.0,
    "in_kw": 30.2,
    "out_kw": 30.2,
    "unmetered_kw": 0.6,
    "soc_percent": 31.0,
    "uses": {"climate": 4.2, "equipment": 12.1, "lighting": 0.9, "other": 0.4},
    "flows": {"grid_building": 18.2, "grid_battery": 12.0},
    "solar_word": "idle",
    "grid_word": "importing",
    "battery_word": "charging",
}
STALE: dict[str, object] = FRAME | {"state": "stale"}


def _hump(hour: float, peak: float, middle: float, width: float) -> float:
    return peak * math.exp(-(((hour - middle) / width) ** 2))


def _wobble(index: int, size: float) -> float:
    return size * (math.sin(index * 1.7) + math.sin(index * 0.61) * 0.7)


def consumption(hour: float, index: int) -> float:
    """A weekday of an office, kW."""
    ramp = 1 / (1 + math.exp(-(hour - 7.6) * 1.9)) - 1 / (1 + math.exp(-(hour - 18.6) * 1.4))
    return 19 + ramp * (38 + _hump(hour, 9, 10.5, 2)) + _wobble(index, 0.7)


def generation(hour: float, index: int) -> float:
    """A summer day with a cloud in the morning, kW."""
    sun = max(0.0, math.sin(math.pi * (hour - 6.2) / 14.8)) ** 1.25 if 6.2 < hour < 21 else 0.0
    return 86 * sun * (0.62 if 9.2 < hour < 10.3 else 1.0) + (
        _wobble(index, 0.5) if sun > 0.1 else 0
    )


def curve(until_ms: int = NOW_MS) -> DayCurve:
    """The day so far, split as the domain would: solar first, then the batteries, then the grid."""
    rows = []
    for index in range(int((until_ms - START_MS) / SLOT_MS) + 1):
        hour = index / 4
        used, made = consumption(hour, index), max(0.0, generation(hour, index))
        solar = min(used, made)
        discharge = min(16.0, used - solar) if 7 <= hour < 9.5 else 0.0
        charge = min(18.0, made - solar) if hour > 10.5 else 0.0
        rows.append(
            (
                START_MS + index * SLOT_MS,
                used,
                made,
                solar,
                discharge,
                used - solar - discharge,
                charge,
                made - solar - charge,
            )
        )
    ts, used_kw, made_kw, solar_kw, given, bought, stored, sold = (
        list(c) for c in zip(*rows, strict=True)
    )
    before = [consumption(i / 4, i + 3) * 1.06 for i in range(96)]
    return DayCurve(
        [int(t) for t in ts],
        900,
        used_kw,
        made_kw,
        solar_kw,
        given,
        bought,
        stored,
        sold,
        compared=("Last Thursday", before),
    )


def room_strips() -> list[Strip]:
    """Temperature, CO₂, people and power of a room that was warm, with a gap of 50 minutes."""
    ts = [START_MS + i * SLOT_MS for i in range(59)]

    def gap(i: int, value: float) -> float | None:
        return None if 40 <= i <= 42 else round(value, 2)

    warm = [
        gap(i, 22.6 + 0.9 * math.cos(i / 12) ** 2 + max(0, i - 28) * 0.11 + _wobble(i, 0.03))
        for i in range(59)
    ]
    before = [22.4 + 0.5 * math.cos(i / 13) ** 2 + _hump(i / 4, 2.7, 16.4, 4.2) for i in range(96)]
    air = [
        gap(i, 430 + _hump(i / 4, 430, 11, 1.6) + _hump(i / 4, 440, 14.6, 1) + _wobble(i, 4))
        for i in range(59)
    ]
    heads = [
        0 if i < 30 else 2 if i < 34 else 14 if i < 38 else 24 if i < 49 else 9 if i < 53 else 26
        for i in range(59)
    ]
    power = [
        gap(
            i,
            0.9 + 3.7 / (1 + math.exp(-(i / 4 - 8) * 2)) + max(0, i - 53) * 0.3 + _wobble(i, 0.06),
        )
        for i in range(59)
    ]
    yesterday = [
        0.9 + 3.9 / (1 + math.exp(-(i / 4 - 8) * 2)) - 3.8 / (1 + math.exp(-(i / 4 - 17.6) * 2))
        for i in range(96)
    ]
    day = [START_MS + i * SLOT_MS for i in range(96)]
    return [
        Strip(
            "Temperature",
            [
                Line("Wed 17 Jun", day, before, compared=True, bucket_s=900),
                Line(
                    "Today",
                    ts,
                    warm,
                    "hot",
                    bucket_s=900,
                    low=[None if v is None else v - 0.2 for v in warm],
                    high=[None if v is None else v + 0.2 for v in warm],
                ),
            ],
            fmt="temperature",
            unit="°C",
            band=(21, 26),
            band_words="comfort band 21 to 26",
            height=140,
            key="temperature",
        ),
        Strip(
            "CO₂",
            [Line("Today", ts, air, "use-lighting", bucket_s=900)],
            fmt="co2",
            unit="ppm",
            limits=[(1000, "limit 1,000")],
            height=96,
            key="co2",
        ),
        Strip(
            "People",
            [Line("Today", ts, [float(h) for h in heads], "use-lighting", "step", fill=0.16)],
            fmt="people",
            from_zero=True,
            height=76,
            key="occupancy",
        ),
        Strip(
            "Power",
            [
                Line("Wed 17 Jun", day, yesterday, compared=True, bucket_s=900),
                Line("Today", ts, power, "consumption", bucket_s=900, fill=0.12),
            ],
            fmt="kw",
            unit="kW",
            from_zero=True,
            height=104,
            key="power",
        ),
    ]


def week_bars() -> tuple[list[int], list[int], list[BarSeries]]:
    """Energy of a week by source, kWh."""
    starts = [START_MS + (i - 3) * 86_400_000 for i in range(7)]
    ends = [start + 86_400_000 for start in starts]
    series = [
        BarSeries("Solar", [288, 301, 264, 318, 290, 96, 88], "solar-fill"),
        BarSeries("Discharge", [61, 58, 64, 60, 55, 40, 38], "discharging"),
        BarSeries("Import", [240, 221, 262, 205, 236, 120, 118], "import"),
        BarSeries("Export", [44, 61, 12, 82, 70, 190, 204], "export", below=True),
    ]
    return starts, ends, series


SPARK: list[float | None] = [
    19,
    19.4,
    19,
    19.2,
    19,
    18.8,
    20,
    24,
    34,
    47,
    55,
    58,
    62,
    64,
    61,
    57,
    55,
    52.6,
]
