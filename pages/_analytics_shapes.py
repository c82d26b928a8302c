"""Heat map, load duration, two periods and correlation as cards: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components import charts, formats
from components.cards import card
from components.heat_map import heat_map, scale_legend
from components.states import empty
from components.xy_figures import Axis, profiles, scatter, sorted_curve
from domain.analytics.correlation import Correlation
from domain.analytics.query import WEEKDAYS
from domain.analytics.shapes import Comparison, HeatMap, LoadDuration
from domain.foundation.units import METRICS
from pages._analytics_cards import Shown, foot, measured_words

TOKENS = {
    "consumption": "consumption",
    "generation": "solar",
    "import": "import",
    "export": "export",
    "charging": "charging",
    "discharging": "discharging",
}
SLOT_WORDS = {900: "15-minute means", 3600: "hourly means"}
RESOLUTION_WORDS = {"15min": "15-minute means", "1h": "hourly means", "1d": "daily means"}
STRONG = ((0.7, "strongly"), (0.4, "clearly"), (0.2, "weakly"))


def axis_of(metric: str, unit: str) -> Axis:
    """Decimals of the metric; power and counters stand on zero."""
    known = METRICS[metric]
    return Axis(unit, known.decimals, from_zero=known.kind in ("power", "counter"))


def _nothing(title: str, what: str, shown: Shown) -> html.Section:
    words = f"{what} was not measured in {shown.spans.choice.words}."
    return card(title, empty("Nothing to draw", words, icon_name="analytics"))


def heat_card(heat: HeatMap, shown: Shown, files: Sequence[Any], of: str) -> html.Section:
    """Hours downward, days across."""
    known = [value for day in heat.cells for value in day if value is not None]
    if not known:
        return _nothing("Hour by day", heat.label, shown)
    axis, token = axis_of(heat.metric, heat.unit), TOKENS[of]
    figure = heat_map(
        heat.days, heat.cells, shown.zone, token=token, unit=axis.unit, decimals=axis.decimals
    )
    ends = [f"{formats.fixed(at, axis.decimals)} {axis.unit}" for at in (min(known), max(known))]
    words = f"{heat.label} by day and hour, from {ends[0]} to {ends[1]}"
    return card(
        "Hour by day",
        charts.chart(figure, summary=words),
        foot("Hourly means; an empty cell was not measured", measured_words(heat.coverage)),
        fact=heat.label,
        actions=[scale_legend(token, *ends), *files],
    )


def duration_card(curve: LoadDuration, shown: Shown, files: Sequence[Any], of: str) -> html.Section:
    """The means from the highest down."""
    if not curve.values:
        return _nothing("Load duration", curve.label, shown)
    axis = axis_of(curve.metric, curve.unit)
    figure = sorted_curve(curve.time_share, curve.values, axis, shown.zone, token=TOKENS[of])
    words = _duration_words(curve, axis, shown)
    return card(
        "Load duration",
        charts.chart(figure, summary=words),
        foot(words, SLOT_WORDS[curve.bucket_s], measured_words(curve.coverage)),
        fact=f"{curve.label}, {curve.unit}, highest first",
        actions=list(files),
    )


def _duration_words(curve: LoadDuration, axis: Axis, shown: Shown) -> str:
    """`Highest 73.5 kW, 13 May 16:15; a tenth of the time above 45.2 kW; never below 17.5 kW`."""
    tenth = next(
        v for s, v in zip(curve.time_share, curve.values, strict=True) if s >= 0.1 or s == 1.0
    )
    highest, above, lowest = (
        f"{formats.fixed(value, axis.decimals)} {curve.unit}"
        for value in (curve.values[0], tenth, curve.values[-1])
    )
    at_ms = curve.highest_at_ms or 0
    when = f"{formats.day(at_ms, shown.zone)} {formats.clock(at_ms, shown.zone)}"
    return f"Highest {highest}, {when}; a tenth of the time {above} or more; lowest {lowest}"


def comparison_card(
    compared: Comparison, shown: Shown, files: Sequence[Any], of: str
) -> html.Section:
    """A typical week (or day) of both periods, one over the other."""
    title = "Two periods"
    if not compared.shared_steps:
        choice = shown.spans.choice
        words = f"{choice.words} and {choice.before_words} know no hour in common."
        return card(title, empty("Nothing to compare", words, icon_name="analytics"))
    axis = axis_of(compared.metric, compared.unit)
    choice = shown.spans.choice
    labels = [_step_words(step.weekday, step.hour) for step in compared.steps]
    figure = profiles(
        labels,
        [step.value for step in compared.steps],
        [step.before for step in compared.steps],
        axis,
        shown.zone,
        names=(choice.words, choice.before_words),
        token=TOKENS[of],
    )
    entries = [(choice.words, TOKENS[of], "line"), (choice.before_words, "text-2", "dashed")]
    words = _comparison_words(compared, axis, choice.words, choice.before_words)
    share = min(compared.coverage, compared.coverage_before)
    both = "" if share >= 0.995 else f"the period before {measured_words(compared.coverage_before)}"
    return card(
        title,
        charts.chart(figure, summary=words),
        foot(words, measured_words(compared.coverage), both),
        fact=f"{compared.label}, {compared.unit}, mean by "
        + ("weekday and hour" if compared.by_weekday else "hour"),
        actions=[charts.legend(entries), *files],
    )


def _step_words(weekday: int | None, hour: int) -> str:
    clock = f"{hour:02d}:00"
    return clock if weekday is None else f"{WEEKDAYS[weekday][:3]} {clock}"


def _comparison_words(compared: Comparison, axis: Axis, here: str, before: str) -> str:
    one, other = (
        f"{formats.fixed(mean, axis.decimals)} {compared.unit}"
        for mean in (compared.mean, compared.mean_before)
    )
    change = formats.comparison(compared.mean, compared.mean_before)
    tail = f", {change}" if change else ""
    return f"On average {one} in {here} and {other} in {before}{tail}"


def correlation_body(found: Correlation, shown: Shown) -> list[Any]:
    """Pairs as points, r in words, and at which shift it is strongest."""
    if not found.pairs:
        words = f"No hour of {shown.spans.choice.words} knows both."
        return [empty("Nothing to draw", words, icon_name="analytics")]
    axes = axis_of(found.metric_a, found.unit_a), axis_of(found.metric_b, found.unit_b)
    daily = found.resolution == "1d"
    moments = [
        formats.day(ts, shown.zone) + ("" if daily else f" {formats.clock(ts, shown.zone)}")
        for ts in found.ts_ms
    ]
    figure = scatter(found.a, found.b, moments, axes, shown.zone)
    words = correlation_words(found)
    return [
        html.Div(f"{found.label_b} [{found.unit_b}] upward", className="wb-axis-words"),
        charts.chart(figure, summary=words),
        html.Div(
            f"{found.label_a} [{found.unit_a}] to the right",
            className="wb-axis-words wb-axis-words-x",
        ),
        html.P(words, className="wb-analytics-words"),
        foot(
            f"{formats.fixed(found.pairs, 0)} pairs of {RESOLUTION_WORDS[found.resolution]}",
            _lag_words(found),
            f"both {measured_words(found.coverage).lower()}",
        ),
    ]


def correlation_words(found: Correlation) -> str:
    """What r says, and never more: moving together is no cause."""
    if found.pearson is None or found.spearman is None:
        return f"No coefficient: {found.reason}."
    r = found.pearson
    how = next((words for least, words in STRONG if abs(r) >= least), None)
    told = "hardly move together" if how is None else f"move {how} {_way(r)}"
    numbers = f"r = {formats.fixed(r, 2)} (by rank {formats.fixed(found.spearman, 2)})"
    return f"The two {told}: {numbers}. That is no cause."


def _way(r: float) -> str:
    return "together" if r > 0 else "against each other"


def _lag_words(found: Correlation) -> str:
    lag = found.strongest_lag
    if lag is None or lag.pearson is None or found.pearson is None or not lag.hours:
        return ""
    if abs(lag.pearson) < abs(found.pearson) + 0.02:
        return ""
    first, then = (
        (found.label_a, found.label_b) if lag.hours > 0 else (found.label_b, found.label_a)
    )
    return f"strongest when {then} is read {abs(lag.hours)} h after {first}: r = " + formats.fixed(
        lag.pearson, 2
    )
