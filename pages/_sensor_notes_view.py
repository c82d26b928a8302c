"""What is odd about a sensor's readings, and what people corrected. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.cards import card
from components.marks import chip
from components.tables import Column, Row, simple_table
from domain.telemetry.corrections import Correction
from domain.telemetry.quality import Finding
from pages import _sensors_view

FINDINGS_SHOWN = 12
FINDING_COLUMNS = (
    Column("what", "What"),
    Column("words", "Seen"),
    Column("since", "From", number=True),
    Column("until", "Until", number=True),
)


def quality_card(findings: Sequence[Finding], now_ms: int, zone: ZoneInfo) -> Any:
    """What is odd about its readings; nothing was dropped for it."""
    if not findings:
        return card("Data quality", html.P("Nothing odd was found.", className="wb-second"))
    rows = [
        Row(
            key=str(place),
            cells=[
                chip(_sensors_view.finding_words(finding), "late"),
                html.Span(
                    f"{_sensors_view.metric_label(finding.metric)}: {finding.words}",
                    className="wb-wrap",
                ),
                formats.moment(finding.since_ms, now_ms, zone),
                formats.moment(finding.until_ms, now_ms, zone),
            ],
        )
        for place, finding in enumerate(findings[:FINDINGS_SHOWN])
    ]
    fact = f"{len(findings)}" if len(findings) <= FINDINGS_SHOWN else f"newest {FINDINGS_SHOWN}"
    return card("Data quality", simple_table(FINDING_COLUMNS, rows, caption="Findings"), fact=fact)


CORRECTION_COLUMNS = (
    Column("what", "What"),
    Column("span", "Span"),
    Column("reason", "Why"),
    Column("who", "Who", hide_below="sm"),
    Column("undo", ""),
)


def corrections_card(
    corrections: Sequence[tuple[str, Correction]],
    now_ms: int,
    zone: ZoneInfo,
    *,
    may_write: bool,
    may_read_in: bool,
) -> Any:
    """What people said about its readings; each can be taken back."""
    actions = []
    if may_write and may_read_in:
        actions.append(
            button("Enter reading", id="sensor-manual-open", small=True, icon_name="plus")
        )
    if may_write:
        actions.append(
            button("Correct a span", id="sensor-correct-open", small=True, icon_name="edit")
        )
    if not corrections:
        body: Any = html.P("None. What was measured counts as it came.", className="wb-second")
    else:
        rows = [_correction_row(metric, c, now_ms, zone, may_write) for metric, c in corrections]
        body = simple_table(CORRECTION_COLUMNS, rows, caption="Corrections")
    return card("Corrections", body, actions=actions or None)


def _correction_row(
    metric: str, correction: Correction, now_ms: int, zone: ZoneInfo, may_write: bool
) -> Row:
    what = correction_words(metric, correction)
    span = formats.moment(correction.from_ms, now_ms, zone)
    if correction.action != "manual":
        span += f" to {formats.moment(correction.to_ms, now_ms, zone)}"
    if correction.withdrawn_ms is not None:
        end: Any = html.Span(f"taken back by {correction.withdrawn_by}", className="wb-muted")
    elif may_write:
        end = button(
            "Undo",
            kind="quiet",
            small=True,
            icon_name="undo",
            id={"type": "sensor-undo", "metric": metric, "key": correction.correction_id},
        )
    else:
        end = None
    return Row(
        key=str(correction.correction_id),
        cells=[
            what,
            span,
            html.Span(correction.reason, className="wb-wrap"),
            correction.actor_name,
            end,
        ],
        state="stale" if correction.withdrawn_ms is not None else None,
    )


def correction_words(metric: str, correction: Correction) -> str:
    """`Temperature void`, `Power replaced by 2.0 kW`, `Gas read by eye: 812 m³`."""
    label = _sensors_view.metric_label(metric)
    amount = formats.text(formats.metric_format(metric), correction.value)
    if correction.action == "void":
        return f"{label} void"
    if correction.action == "manual":
        return f"{label} read by eye: {amount}"
    return f"{label} replaced by {amount}"
