"""One sensor's page: values, a period of any span, what is odd, what people corrected. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import figures, formats
from components.cards import card, grid, tile
from components.charts import legend, strip_chart
from components.marks import key_value, value
from components.states import empty
from domain.building.model import METER_ROLES, SENSOR_TYPES, USES, Sensor, SensorRow
from domain.building.room_history import days_between
from domain.foundation.intervals import moved_by_clock
from domain.foundation.units import METRICS
from domain.money.costs import SensorMoney
from domain.telemetry.corrections import Correction
from domain.telemetry.energy import Energy
from domain.telemetry.history import History
from domain.telemetry.model import Latest
from pages import _sensors_view
from pages._carried_view import money_tiles
from pages._period import Spans
from pages._room_view import (
    LEVEL_WORDS,
    WELL_MEASURED,
    before_words,
    extremes,
    short_name,
)

CHART = "sensor-chart"
HEIGHT_PX = 150
TILES = 6
COUNTERS = tuple(name for name, metric in METRICS.items() if metric.kind == "counter")
TOKENS = {
    "power": "consumption",
    "energy": "consumption",
    "generation": "solar",
    "generation_energy": "solar",
    "temperature": "hot",
    "soc": "charging",
    "irradiance": "solar",
    "gas": "gas",
    "heat_energy": "heat",
    "water": "water",
}
FROM_ZERO = {"power", "generation", "occupancy", "irradiance", "wind", "light", *COUNTERS}


@dataclass(frozen=True, slots=True)
class SensorPeriod:
    """Everything the period part is drawn from."""

    sensor: Sensor
    now: Sequence[History]
    compared: Sequence[History]
    energy: Mapping[tuple[str, str], Energy]
    energy_before: Mapping[tuple[str, str], Energy]
    corrections: Sequence[tuple[str, Correction]]
    spans: Spans
    now_ms: int
    zone: ZoneInfo
    money: SensorMoney | None = None
    """What its energy cost, carries or was worth; None where it has no such meaning."""
    unit: str = ""
    """The currency's sign."""

    @property
    def running(self) -> bool:
        """Whether now lies in the period."""
        return self.spans.period.start_ms <= self.now_ms < self.spans.period.end_ms


def facts_line(row: SensorRow) -> str:
    """`METER_1 · Energy meter, submeter · Canteen`."""
    parts = [row.sensor.sensor_id, _sensors_view.type_words(row)]
    if row.room_name:
        parts.append(row.room_name)
    return " · ".join(parts)


def value_tiles(row: SensorRow, now_ms: int, zone: ZoneInfo) -> Any:
    """A tile per metric: the latest value, its age, and how often it should come."""
    if not row.latest:
        words = f"Nothing has arrived from {row.sensor.sensor_id} yet."
        return card(None, empty("No reading yet", words, icon_name="sensor"))
    tiles = [_value_tile(latest, now_ms, zone) for latest in row.latest[:TILES]]
    return grid(*tiles, columns="tiles-4" if len(tiles) <= 4 else "tiles")


def _value_tile(latest: Latest, now_ms: int, zone: ZoneInfo) -> Any:
    live = f"reading/{latest.sensor_id}/{latest.metric}"
    freshness = latest.state(now_ms)
    return tile(
        _sensors_view.metric_label(latest.metric),
        latest.value,
        formats.metric_format(latest.metric),
        state=freshness.state,
        reason=freshness.words,
        live=live,
        note=_sensors_view.age_of(latest, now_ms, zone),
    )


def freshness_words(row: SensorRow, now_ms: int) -> Any:
    """Each metric's freshness with its reason, in words."""
    rows = [
        (_sensors_view.metric_label(latest.metric), latest.state(now_ms).words)
        for latest in row.latest
    ]
    return key_value(rows) if rows else html.P("No reading yet.", className="wb-second")


def period_part(shown: SensorPeriod, files: Sequence[Any]) -> list[Any]:
    """Amounts of the period, then every metric on one time axis; `files` hold what is drawn."""
    amounts = [*_amount_tiles(shown), *_money_tiles(shown)]
    parts = [grid(*amounts, columns="tiles-4")] if amounts else []
    return [*parts, _chart_card(shown, files)]


def _amount_tiles(shown: SensorPeriod) -> list[Any]:
    tiles = []
    for (sensor_id, metric), energy in shown.energy.items():
        before = shown.energy_before.get((sensor_id, metric))
        metered = METRICS[metric]
        label = "Energy from power" if metered.kind == "power" else metered.label
        fmt = "energy" if metered.energy_unit == "kWh" else "volume"
        note: Any = "Nothing whole to compare with"
        if before and before.kwh is not None and before.coverage >= WELL_MEASURED:
            name = short_name(shown.spans.choice)
            bold, tail = formats.compared(fmt, energy.kwh, before.kwh, name)
            note = [html.B(bold), tail]
        state = "missing" if energy.kwh is None else "estimate" if energy.estimated else "fresh"
        tiles.append(
            tile(
                f"{label} in this time",
                energy.kwh,
                fmt,
                state=state,
                reason=before_words(shown.spans.choice, running=shown.running),
                note=note if energy.kwh is not None else "Not measured in this time",
            )
        )
    return tiles


def _money_tiles(shown: SensorPeriod) -> list[Any]:
    found = shown.money
    if found is None:
        return []
    return money_tiles(found.share, shown.unit, kind=found.kind, co2_assumed=found.co2_assumed)


def _chart_card(shown: SensorPeriod, files: Sequence[Any]) -> Any:
    drawn = [history for history in shown.now if any(v is not None for v in _column(history))]
    if not drawn:
        words = f"No reading of {shown.sensor.name} in {shown.spans.choice.words}."
        return card("Over time", empty("Nothing to draw", words, icon_name="activity"))
    choice, period = shown.spans.choice, shown.spans.period
    entries = [(choice.words, "consumption", "line")]
    if shown.compared:
        entries.append((choice.before_words, "text-2", "dashed"))
    if shown.corrections:
        entries.append(("Corrected", "warning", "line"))
    return html.Section(
        [
            html.Div(
                [legend(entries), html.Div(files, className="wb-card-actions")],
                className="wb-card-head wb-card-head-legend",
            ),
            strip_chart(
                [_panel(history, shown) for history in drawn],
                period.start_ms,
                period.end_ms,
                shown.zone,
                id=CHART,
                now_ms=shown.now_ms if shown.running else None,
                summary=f"{shown.sensor.name}, {choice.words}",
                revision=f"{shown.sensor.sensor_id}/{choice.kind}/{choice.first}",
            ),
            html.Div(_level_words(drawn[0]), className="wb-chart-foot"),
        ],
        className="wb-card",
    )


def _level_words(history: History) -> str:
    return LEVEL_WORDS.get(history.level, history.level).capitalize()


def _column(history: History) -> Sequence[float | None]:
    """What is drawn: a counter's buckets as amounts, everything else as means."""
    return history.energy if history.kind == "counter" and history.level != "raw" else history.mean


def _panel(history: History, shown: SensorPeriod) -> figures.Strip:
    metric = METRICS[history.metric]
    fmt = formats.metric_format(history.metric)
    unit = f"{metric.unit} per {_bucket_words(history)}" if _is_amount(history) else metric.unit
    return figures.Strip(
        label=metric.label,
        lines=[*_compared(history, shown), *_corrected(history, shown), _line(history, shown)],
        fmt=fmt,
        unit="" if history.metric == "occupancy" else unit,
        height=HEIGHT_PX,
        from_zero=history.metric in FROM_ZERO,
        head=_head(history, shown, fmt),
        key=history.metric,
    )


def _is_amount(history: History) -> bool:
    return history.kind == "counter" and history.level != "raw"


def _bucket_words(history: History) -> str:
    return {"15min": "15 min", "1h": "hour", "1d": "day"}.get(history.level, history.level)


def _line(history: History, shown: SensorPeriod) -> figures.Line:
    live = shown.running and shown.spans.choice.kind == "day" and not _is_amount(history)
    stepped = history.kind in ("state", "counter") or history.metric == "occupancy"
    banded = history.kind in ("gauge", "power") and history.level != "raw" and not stepped
    return figures.Line(
        METRICS[history.metric].label,
        history.ts_ms,
        _column(history),
        token=TOKENS.get(history.metric, "text-2"),
        kind="step" if stepped else "line",
        fill=0.12 if history.metric in FROM_ZERO else 0.0,
        bucket_s=history.bucket_s or None,
        low=history.low if banded else None,
        high=history.high if banded else None,
        live=f"reading/{history.sensor_id}/{history.metric}" if live else None,
    )


def _compared(history: History, shown: SensorPeriod) -> list[figures.Line]:
    before = next((h for h in shown.compared if h.metric == history.metric), None)
    if before is None:
        return []
    days = days_between(shown.spans.before, shown.spans.period, shown.zone)
    ts_ms, values = moved_by_clock(before.ts_ms, _column(before), days, shown.zone)
    name, bucket_s = short_name(shown.spans.choice), before.bucket_s or None
    return [figures.Line(name, ts_ms, values, compared=True, bucket_s=bucket_s)]


def _corrected(history: History, shown: SensorPeriod) -> list[figures.Line]:
    """A line along the corrected spans of this metric, so that they can be seen in the chart."""
    known = [v for v in _column(history) if v is not None]
    floor = min(known, default=0.0)
    lines = []
    for metric, correction in shown.corrections:
        if metric == history.metric and correction.overlays:
            ends = [correction.from_ms, correction.to_ms]
            lines.append(
                figures.Line("Corrected", ends, [floor, floor], token="warning", width=4.0)
            )
    return lines


def _head(history: History, shown: SensorPeriod, fmt: str) -> list[Any]:
    known = [v for v in _column(history) if v is not None]
    if _is_amount(history):
        return [f"highest {formats.text(fmt, max(known))} per {_bucket_words(history)}"]
    lows = [v for v in history.low if v is not None] or known
    highs = [v for v in history.high if v is not None] or known
    facts = extremes(fmt, min(lows), max(highs))
    if not shown.running:
        return [facts]
    live = f"reading/{history.sensor_id}/{history.metric}"
    return [value(known[-1], fmt, live=live), " now · ", facts]


def about_card(row: SensorRow, parts: Sequence[str], now_ms: int) -> Any:
    """What is configured, and how fresh each metric is."""
    sensor = row.sensor
    interval = f"{sensor.interval_s:g} s, configured" if sensor.interval_s else "learned"
    rows: list[tuple[Any, Any]] = [
        ("Type", SENSOR_TYPES.get(sensor.sensor_type, sensor.sensor_type)),
        ("Room", row.room_name or "none"),
        ("Counts as", METER_ROLES[sensor.meter_role]),
        ("Used for", USES.get(sensor.use or "", "not said")),
        ("Reports every", interval),
        ("Demand response", "may take part" if sensor.demand_response_enabled else "no"),
    ]
    if sensor.control_capabilities:
        rows.append(("Can be told", formats.list_words(sensor.control_capabilities)))
    if parts:
        rows.append(("Calculated from", html.Span([html.Div(part) for part in parts])))
    return card(
        "About",
        key_value(rows),
        html.H3("Freshness", className="wb-form-part"),
        freshness_words(row, now_ms),
    )


def part_words(factor: float, name: str, metric: str) -> str:
    """`+ Main meter power`, `− 0.5 × Canteen power`."""
    sign = "−" if factor < 0 else "+"
    amount = "" if abs(factor) == 1 else f"{abs(factor):g} × "
    return f"{sign} {amount}{name} {_sensors_view.metric_label(metric).lower()}"
