"""Totals, energy by source and rooms of a period: pure functions of what analytics says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import charts, energy_figures, formats
from components.buttons import link_button
from components.cards import card, grid, tile
from components.energy_figures import BarSeries
from components.states import empty
from domain.analytics.stack import EnergyStack
from domain.analytics.summary import Peak, Summary, comparable, percent
from pages._overview_view import USE_TOKENS, rooms_today
from pages._period import Spans
from pages._room_view import before_words, short_name

STACK_CHART = "analytics-sources"
WIDE_FROM_KWH = 10_000
WIDE_PX = 52

# name, part of the stack, colour token, hangs below the line
SOURCES: tuple[tuple[str, str, str, bool], ...] = (
    ("Solar used", "solar_used_kwh", "solar-fill", False),
    ("Discharge", "battery_used_kwh", "discharging", False),
    ("Import", "grid_used_kwh", "import", False),
    ("Charge", "charging_kwh", "charging", True),
    ("Export", "export_kwh", "export", True),
)
TILES: tuple[tuple[str, str], ...] = (
    ("Consumption", "consumption_kwh"),
    ("Solar", "generation_kwh"),
    ("Import", "import_kwh"),
    ("Export", "export_kwh"),
)
BUCKET_WORDS = {
    "15min": "a quarter of an hour",
    "1h": "an hour",
    "1d": "a day",
    "1mo": "a month",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Where and when the page stands."""

    spans: Spans
    now_ms: int
    zone: ZoneInfo

    @property
    def running(self) -> bool:
        """Whether now lies in the period."""
        return self.spans.period.start_ms <= self.now_ms < self.spans.period.end_ms


def measured_words(share: float) -> str:
    """How much of the time a view stands on."""
    return f"Measured {percent(share)} of the time"


def foot(*parts: str) -> html.Div:
    """The line under a view that says what it stands on."""
    return html.Div(" · ".join(part for part in parts if part), className="wb-chart-foot")


def totals_part(summary: Summary, shown: Shown, files: Sequence[Any]) -> list[Any]:
    """Six tiles beside the period before, and what they stand on."""
    tiles = [_energy_tile(summary, shown, label, name) for label, name in TILES]
    tiles += [_share_tile(summary, shown), _peak_tile(summary.totals.peak_import, summary, shown)]
    return [
        grid(*tiles),
        html.Div(
            [
                html.Span(_coverage_words(summary, shown), className="wb-analytics-coverage"),
                html.Span(list(files), className="wb-card-actions"),
            ],
            className="wb-row",
        ),
    ]


def _coverage_words(summary: Summary, shown: Shown) -> str:
    compared = before_words(shown.spans.choice, running=shown.running)
    return f"{summary.coverage.words} {compared}."


def _energy_tile(summary: Summary, shown: Shown, label: str, name: str) -> Any:
    amount = summary.totals.value(name)
    state = "missing" if amount is None else "fresh"
    if amount is not None and summary.totals.estimated and name != "generation_kwh":
        state = "estimate"
    return tile(label, amount, "energy", state=state, note=_change(summary, shown, name))


def _change(summary: Summary, shown: Shown, name: str) -> Any:
    """The comparison in words, or why there is none."""
    here, before = summary.totals.value(name), summary.before.value(name)
    if here is None:
        return "No meter measured it"
    if before is None or not comparable(summary.totals, summary.before, name):
        return "Nothing whole to compare with"
    bold, tail = formats.compared("energy", here, before, short_name(shown.spans.choice))
    return [html.B(bold), tail]


def _share_tile(summary: Summary, shown: Shown) -> Any:
    here, before = summary.totals.self_sufficiency, summary.before.self_sufficiency
    meaning = "Share of the consumption that was not bought"
    if here is None:
        return tile("Self-sufficiency", None, "percent", state="missing", note="Not known")
    note: Any = "Nothing whole to compare with"
    if before is not None and comparable(summary.totals, summary.before, "self_sufficiency"):
        words = formats.points(here * 100, before * 100)
        note = [html.B(words), f" on {short_name(shown.spans.choice)}"]
    return tile("Self-sufficiency", here * 100, "percent", note=note, reason=meaning)


def _peak_tile(peak: Peak | None, summary: Summary, shown: Shown) -> Any:
    if peak is None:
        return tile("Peak import", None, "power", state="missing", note="No import measured")
    when = formats.moment(peak.starts_at_ms, shown.now_ms, shown.zone)
    clock = formats.clock(peak.starts_at_ms, shown.zone)
    words = when if clock in when else f"{when} {clock}"
    before = summary.before.peak_import
    name = short_name(shown.spans.choice)
    tail = f" · {name} {_short_power(before.kw, peak.kw)}" if before else ""
    reason = f"Highest mean of {peak.slot_s // 60} minutes"
    return tile("Peak import", peak.kw, "power", note=f"{words}{tail}", reason=reason)


def _short_power(kw: float, beside_kw: float) -> str:
    """Without its unit where that is the one of the number above."""
    number, unit = formats.quantity("power", kw)
    return number if unit == formats.quantity("power", beside_kw).unit else f"{number} {unit}"


def sources_card(stack: EnergyStack, shown: Shown, files: Sequence[Any]) -> html.Section:
    """Bars by source, consumption above the line, charging and export below."""
    if stack.totals.consumption_kwh is None:
        return card("Energy by source", _nothing_measured(shown), className="wb-analytics-main")
    buckets = stack.buckets
    series = [
        BarSeries(name, [getattr(bucket.parts, part) for bucket in buckets], token, below=below)
        for name, part, token, below in SOURCES
        if getattr(stack.totals, part)
    ]
    figure = energy_figures.bars(
        [bucket.starts_at_ms for bucket in buckets],
        [bucket.ends_at_ms for bucket in buckets],
        series,
        shown.zone,
        unit="",  # the hover box finds kWh or MWh by itself
        height=310,
        revision=f"{shown.spans.period.start_ms}/{shown.spans.period.end_ms}",
    )
    if max(abs(tick) for tick in figure["layout"]["yaxis"]["tickvals"]) >= WIDE_FROM_KWH:
        figure["layout"]["margin"]["l"] = WIDE_PX
    figure["layout"]["meta"]["bars"] = stack.resolution in ("1d", "1mo")
    entries = [(part.name, part.token, "box") for part in series]
    return card(
        "Energy by source",
        charts.chart(figure, id=STACK_CHART, summary=_stack_words(stack, shown)),
        foot(_stack_words(stack, shown), measured_words(stack.coverage)),
        fact=f"kWh, {BUCKET_WORDS[stack.resolution]} each",
        actions=[charts.legend(entries, STACK_CHART), *files],
        className="wb-analytics-main",
    )


def _stack_words(stack: EnergyStack, shown: Shown) -> str:
    """`22,457 kWh used: 11,825 solar, 2,366 from batteries, 8,266 bought`; the numbers add up."""
    totals = stack.totals
    consumption = totals.consumption_kwh or 0.0
    parts = [totals.solar_used_kwh or 0.0, totals.battery_used_kwh or 0.0]
    parts.append(totals.grid_used_kwh or 0.0)
    numbers = formats.add_up(parts, 0 if consumption >= 100 else 1, total=consumption)
    used = formats.fixed(consumption, 0 if consumption >= 100 else 1)
    return f"{used} kWh used: {numbers[0]} solar, {numbers[1]} from batteries, {numbers[2]} bought"


def _nothing_measured(shown: Shown) -> Any:
    words = f"No quarter of an hour of {shown.spans.choice.words} was measured by every meter."
    return empty(
        "Nothing to add up", words, link_button("Open sensors", "/sensors"), icon_name="analytics"
    )


def rooms_card(summary: Summary, files: Sequence[Any]) -> html.Section:
    """Rooms from the highest down, by use."""
    total, rows = rooms_today(summary.rooms)
    names: dict[str, list[str]] = {}
    there = {use.use for use in summary.uses if use.kwh > 0}
    for use, (name, token) in USE_TOKENS.items():
        if use in there:
            names.setdefault("use-kitchen" if token == "use-other" else token, []).append(name)
    entries = [(", ".join(shared), token, "box") for token, shared in names.items()]
    return card(
        "Rooms ranked",
        charts.legend(entries) if entries else None,
        rows,
        foot(measured_words(summary.totals.coverage)),
        fact=total,
        actions=list(files) if summary.rooms.rooms else None,
        className="wb-analytics-rooms",
    )
