"""The free question of the Analytics page: its controls and its answer, pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components import charts, formats
from components.cards import card
from components.figures import Line, Strip
from components.forms import field, multi_field, select, select_field
from components.states import empty, failed
from components.tables import Column, Row, simple_table
from components.xy_figures import group_marks
from domain.analytics.query import CLOCK_GROUPS, Answer, Group
from domain.building.model import SENSOR_TYPES
from domain.foundation.errors import InvalidInput, WattboardError
from domain.foundation.units import METRICS
from domain.telemetry.history import LEVELS
from pages._analytics_cards import Shown, foot, measured_words
from pages._analytics_shapes import axis_of
from pages._analytics_state import Choices, View

METRIC, ROOMS, GROUP, AGGREGATE, OVER = (
    f"analytics-{name}" for name in ("metric", "rooms", "group", "aggregate", "over")
)
MOST_CURVES = 24
GROUP_WORDS = (
    ("none", "All together"),
    ("room", "By room"),
    ("sensor", "By sensor"),
    ("sensor_type", "By sensor type"),
    ("hour_of_day", "By hour of the day"),
    ("weekday", "By weekday"),
)
AGGREGATE_WORDS = (
    ("mean", "Mean"),
    ("sum", "Sum"),
    ("min", "Lowest"),
    ("max", "Highest"),
    ("last", "Last"),
    ("count", "Readings"),
)
OVER_WORDS = (("whole", "One figure each"), ("time", "Over time"))


def question_card(view: View, choices: Choices, answer: Any) -> html.Section:
    """Controls above, the answer below."""
    controls = html.Div(
        [
            multi_field(METRIC, "Metrics", choices.metrics, value=view.metrics),
            multi_field(
                ROOMS, "Rooms", choices.rooms, value=view.rooms, placeholder="All, and no room"
            ),
            select_field(GROUP, "Grouped", GROUP_WORDS, value=view.group),
            select_field(AGGREGATE, "Figure", AGGREGATE_WORDS, value=view.aggregate),
            select_field(OVER, "Shown", OVER_WORDS, value=view.over),
        ],
        className="wb-analytics-controls",
    )
    return card(
        "Ask", controls, html.Div(answer, id="analytics-answer"), className="wb-analytics-ask"
    )


def quantity_pick(id: str, label: str, choices: Choices, value: str) -> html.Div:
    """One of all quantities there are."""
    return field(id, label, select(id, choices.quantities, value=value, label=label))


def answer_body(answer: Answer, shown: Shown, files: Sequence[Any]) -> list[Any]:
    """A table, marks along the wall clock, or curves, with the files of the same."""
    groups = [group for group in answer.groups if any(p.value is not None for p in group.points)]
    if not groups:
        words = f"No sensor measured this in {shown.spans.choice.words}."
        return [empty("No answer", words, icon_name="analytics")]
    if answer.resolution is not None:
        return _curves(answer, groups, shown, files)
    drawn = _marks if answer.question.group_by in CLOCK_GROUPS else _table
    return [*drawn(answer, groups, shown), _files(files), foot(_stands_on(groups))]


def refused(error: WattboardError) -> list[Any]:
    """Why a question has no answer, with its limit."""
    fields = error.fields if isinstance(error, InvalidInput) else ()
    words = "; ".join(f"{wrong.field}: {wrong.message}" for wrong in fields)
    return [failed(error.message, words or None)]


def _files(files: Sequence[Any]) -> html.Div:
    return html.Div(html.Span(list(files), className="wb-card-actions"), className="wb-row")


def _stands_on(groups: Sequence[Group]) -> str:
    points = [point for group in groups for point in group.points]
    shares = [point.coverage for point in points]
    lowest, mean = min(shares), sum(shares) / len(shares)
    words = measured_words(mean)
    return words if mean - lowest < 0.005 else f"{words}, the least measured group {lowest:.0%}"


def _name(group: Group) -> str:
    return SENSOR_TYPES.get(group.label, group.label)


def _value_words(group: Group, value: float | None) -> str:
    decimals = 0 if group.unit == "readings" else METRICS[group.metric].decimals
    unit = f" {group.unit}" if group.unit else ""
    return f"{formats.fixed(value, decimals)}{unit if value is not None else ''}"


def _table(answer: Answer, groups: Sequence[Group], shown: Shown) -> list[Any]:
    columns = (
        Column("group", "Group"),
        Column("metric", "Metric", hide_below="sm"),
        Column("value", "Value", number=True),
        Column("sensors", "Sensors", number=True, hide_below="md"),
        Column("measured", "Measured", number=True),
    )
    ranked = sorted(
        groups, key=lambda group: (group.metric, -(group.points[0].value or 0.0), group.label)
    )
    rows = [
        Row(
            f"{group.metric}/{group.key}",
            (
                html.B(_name(group)),
                METRICS[group.metric].label,
                _value_words(group, group.points[0].value),
                str(group.series_count),
                measured_words(group.points[0].coverage)
                .removeprefix("Measured ")
                .removesuffix(" of the time"),
            ),
        )
        for group in ranked
    ]
    return [simple_table(columns, rows, caption="Answer")]


def _marks(answer: Answer, groups: Sequence[Group], shown: Shown) -> list[Any]:
    """One chart a metric; an hour without a value stays empty."""
    drawn: list[Any] = []
    for metric in dict.fromkeys(group.metric for group in groups):
        mine = [group for group in answer.groups if group.metric == metric]
        values = [group.points[0].value for group in mine]
        axis = axis_of(metric, mine[0].unit)
        figure = group_marks([group.label for group in mine], values, axis, shown.zone)
        label = METRICS[metric].label
        drawn += [
            html.Div([html.B(label), f" {mine[0].unit}"], className="wb-axis-words"),
            charts.chart(figure, summary=f"{label} by {answer.question.group_by}"),
        ]
    return drawn


def _curves(
    answer: Answer, groups: Sequence[Group], shown: Shown, files: Sequence[Any]
) -> list[Any]:
    if len(groups) > MOST_CURVES:
        words = (
            f"{len(groups)} curves are more than a page can tell apart; {MOST_CURVES} are drawn. "
            "Choose fewer metrics or rooms, or another grouping."
        )
        return [empty("Too many curves", words, icon_name="analytics")]
    width_s = LEVELS[answer.resolution or "1d"] / 1000
    panels = []
    for group in groups:
        known = [point for point in group.points if point.value is not None]
        ts_ms, values = _with_gaps(known, round(width_s * 1000))
        name = METRICS[group.metric].label
        panels.append(
            Strip(
                label=f"{_name(group)}: {name}" if answer.question.group_by != "none" else name,
                lines=[Line(name, ts_ms, values, token="text-2", bucket_s=width_s)],
                fmt="number",
                unit=group.unit,
                height=84,
                from_zero=METRICS[group.metric].kind in ("power", "counter"),
                key=f"{group.metric}/{group.key}",
            )
        )
    period = shown.spans.period
    chart = charts.strip_chart(
        panels, period.start_ms, period.end_ms, shown.zone, summary="The answer over time"
    )
    level = {"15min": "15 minutes", "1h": "hours", "1d": "days"}[answer.resolution or "1d"]
    return [chart, _files(files), foot(f"In steps of {level}", _stands_on(groups))]


def _with_gaps(points: Sequence[Any], width_ms: int) -> tuple[list[int], list[float | None]]:
    """Times and values with one empty point where buckets are missing."""
    ts_ms: list[int] = []
    values: list[float | None] = []
    for point in points:
        if ts_ms and point.starts_at_ms - ts_ms[-1] > width_ms * 1.5:
            ts_ms.append(ts_ms[-1] + width_ms)
            values.append(None)
        ts_ms.append(point.starts_at_ms)
        values.append(point.value)
    return ts_ms, values
