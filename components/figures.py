"""Figures as plain dicts of lists: strips on one time axis, the day's curve, bars a bucket.

Colours are token names (components.tokens.ref); assets/charts.js turns them into the theme's and
draws the hover box. Times are epoch milliseconds, values in the unit the strip names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from components import formats
from components.axes import Scale, nice_scale, time_ticks
from components.lines import Line as Line
from components.lines import area, times_of
from components.tokens import plotly_layout, ref

HEAD_PX = 36
FOOT_PX = 24
LEFT_PX = 40
RIGHT_PX = 8
MARK_ROOM = 0.12
"""The part of the axis that the words of one mark need."""
GAP_WORDS_FROM_MS = 30 * 60_000


@dataclass(frozen=True)
class Strip:
    """One metric over time: its head, its lines, band and limits."""

    label: str
    lines: Sequence[Line]
    fmt: str = "number"
    unit: str = ""
    height: int = 130
    from_zero: bool = False
    band: tuple[float, float] | None = None
    band_words: str | None = None
    limits: Sequence[tuple[float, str]] = ()
    marks: Sequence[tuple[int, str]] = ()
    """Moments [ms] at which something was done, with what."""
    head: Any = None
    key: str = ""
    range: tuple[float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def curve(line: Line, *, axis: str, strip: Strip, index: int) -> list[dict[str, Any]]:
    """The traces of one line: soft band, fill, the line itself."""
    times = times_of(line)
    traces: list[dict[str, Any]] = []
    group = line.name
    step = line.kind == "step"
    if line.low is not None and line.high is not None:
        traces.append(
            area(times, line.low, line.high, token=line.token, alpha=0.13, axis=axis, group=group)
        )
    if line.fill:
        zero: list[float | None] = [None if v is None else 0.0 for v in line.values]
        traces.append(
            area(times, zero, line.values, token=line.token, alpha=line.fill, axis=axis,
                 group=group, step=step, of=strip.key or strip.label)
        )  # fmt: skip
    style: dict[str, Any] = {"color": ref(line.token), "width": line.width}
    if line.compared:
        style |= {"color": ref("text-2"), "width": 1.2, "dash": "2px,3px"}
    if step:
        style["shape"] = "hv"
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": line.name,
            "x": times,
            "y": list(line.values),
            "yaxis": axis,
            "line": style,
            "connectgaps": False,
            "hoverinfo": "none",
            "meta": {
                "group": group,
                "label": strip.label,
                "fmt": strip.fmt,
                "unit": strip.unit or None,
                "strip": index,
                "compared": line.compared,
                "live": line.live,
                "bucket": line.bucket_s and line.bucket_s * 1000,
                "key": strip.key or strip.label,
            },
        }
    )
    return traces


def _extent(strip: Strip) -> tuple[float, float]:
    seen = [
        value
        for line in strip.lines
        for column in (line.values, line.low or (), line.high or ())
        for value in column
        if value is not None
    ]
    seen += list(strip.band or ())
    # A limit at the very edge could not be told from the frame.
    seen += [value * 1.001 for value, _ in strip.limits]
    return (min(seen), max(seen)) if seen else (0.0, 1.0)


# The least an axis spans, so that noise of a quiet day does not look like a storm.
LEAST_SPAN: dict[str, float] = {"people": 4, "temperature": 2, "humidity": 10, "co2": 200}


def strip_scale(strip: Strip) -> Scale:
    """The value axis of a strip: its own range, or round limits around lines, band and limits."""
    low, high = strip.range or _extent(strip)
    high = max(high, low + LEAST_SPAN.get(strip.fmt, 0.0))
    lines = 3 if strip.height < 120 else 4
    return nice_scale(low, high, lines=lines, from_zero=strip.from_zero)


def gap_words(line: Line, axis: str, span_ms: int) -> list[dict[str, Any]]:
    """`no data 50 min` in every gap longer than half an hour that can hold the words."""
    times = times_of(line)
    notes: list[dict[str, Any]] = []
    before: int | None = None
    missing = False
    bucket_ms = int((line.bucket_s or 0) * 1000)
    for index, value in enumerate(line.values):
        if value is None:
            missing = True
            continue
        if missing and before is not None:
            length = times[index] - times[before] - bucket_ms
            left, right = line.values[before] or 0.0, value
            if length > max(GAP_WORDS_FROM_MS, span_ms * 0.02):
                middle = (times[index] + times[before]) // 2
                words = f"no data {formats.span(length / 1000)}"
                notes.append(note(middle, min(left, right), words, axis=axis, below=True))
        before, missing = index, False
    return notes


def note(
    x: float | int | str,
    y: float,
    words: str,
    *,
    axis: str = "y",
    xref: str = "x",
    anchor: str = "center",
    below: bool = False,
    token: str = "text-3",
) -> dict[str, Any]:
    """Words inside a plot."""
    return {
        "x": x,
        "y": y,
        "xref": xref,
        "yref": axis,
        "text": words,
        "showarrow": False,
        "xanchor": anchor,
        "yanchor": "top" if below else "bottom",
        "yshift": -8 if below else 1,
        "font": {"size": 11, "color": ref(token)},
    }


def now_line(now_ms: int, axis: str) -> dict[str, Any]:
    """The line of now through one strip."""
    return {
        "type": "line", "xref": "x", "yref": f"{axis} domain", "x0": now_ms, "x1": now_ms,
        "y0": 0, "y1": 1, "line": {"color": ref("text"), "width": 1.1}, "name": "now",
    }  # fmt: skip


def now_pill(now_ms: int, words: str) -> dict[str, Any]:
    """The time of now on top of its line, in ink."""
    return {
        "x": now_ms, "y": 1, "xref": "x", "yref": "paper", "yanchor": "middle", "showarrow": False,
        "text": f"<b>{words}</b>", "bgcolor": ref("ink"), "borderpad": 3, "name": "now",
        "font": {"size": 11, "color": ref("on-ink")},
    }  # fmt: skip


def time_axis(
    start_ms: int, end_ms: int, zone: ZoneInfo
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The shared axis across and the two words at its ends, set inside the plot."""
    ticks = time_ticks(start_ms, end_ms, zone)
    edges = [
        {
            "x": place, "y": 0, "xref": "x", "yref": "paper", "xanchor": anchor, "yanchor": "top",
            "yshift": -1, "borderpad": 0, "showarrow": False, "text": words, "name": "edge",
            "font": {"size": 11.5, "color": ref("text-3")},
        }
        for place, words, anchor in ((start_ms, ticks.first, "left"), (end_ms, ticks.last, "right"))
        if words
    ]  # fmt: skip
    axis = {
        "range": [start_ms, end_ms],
        "tickmode": "array",
        "tickvals": ticks.places,
        "ticktext": ticks.words,
        "fixedrange": False,
        "anchor": "free",
        "position": 0,
    }
    return axis, edges


def strips(
    panels: Sequence[Strip],
    start_ms: int,
    end_ms: int,
    zone: ZoneInfo,
    *,
    now_ms: int | None = None,
    revision: str | None = None,
) -> dict[str, Any]:
    """Several metrics on one time axis; heads are HTML (`charts.strip_chart` lays them over).

    Args:
        panels: From top to bottom.
        start_ms: First moment shown.
        end_ms: Where the axis ends.
        zone: The building's, for the words on the axis.
        now_ms: Draws the line of now when inside.
        revision: While equal, a redraw keeps the user's zoom.
    """
    plot_px = sum(HEAD_PX + panel.height for panel in panels)
    layout = plotly_layout()
    axis, marks = time_axis(start_ms, end_ms, zone)
    layout["xaxis"] |= axis
    value_axis = layout.pop("yaxis")
    shapes: list[dict[str, Any]] = []
    traces: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []  # said once, in the first strip that has them
    top = 0
    for index, panel in enumerate(panels):
        name = "y" if index == 0 else f"y{index + 1}"
        upper = 1 - (top + HEAD_PX) / plot_px
        top += HEAD_PX + panel.height
        scale = strip_scale(panel)
        layout["yaxis" if index == 0 else f"yaxis{index + 1}"] = value_axis | {
            "domain": [max(0.0, 1 - top / plot_px), upper],
            "range": [scale.low, scale.high],
            "tickvals": scale.ticks,
            "ticktext": scale.words,
        }
        shapes += _backdrop(panel, scale, name)
        late = now_ms is not None and start_ms + (end_ms - start_ms) * 0.7 < now_ms < end_ms
        marks += _mark_notes(panel, name, start_ms, end_ms)
        marks += _panel_notes(
            panel, name, start_ms if late else end_ms, "left" if late else "right"
        )
        if not gaps:
            gaps = _gap_notes(panel, name, end_ms - start_ms)
        if now_ms is not None and start_ms < now_ms < end_ms:
            shapes.append(now_line(now_ms, name))
        for line in panel.lines:
            traces += curve(line, axis=name, strip=panel, index=index)
    return _finish(layout, traces, shapes, marks + gaps, plot_px, zone, revision)


def _backdrop(panel: Strip, scale: Scale, axis: str) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = []
    if panel.band:
        low, high = panel.band
        shapes.append(
            {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": low, "y1": high,
             "fillcolor": ref("in-band", 0.16), "line": {"width": 0}, "layer": "below"}
        )  # fmt: skip
    shapes += [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": y, "y1": y,
         "line": {"color": ref("warning"), "width": 1.1, "dash": "2px,3px"}, "layer": "below"}
        for y, _ in panel.limits
    ]  # fmt: skip
    shapes += [
        {"type": "line", "xref": "x", "x0": at_ms, "x1": at_ms, "yref": f"{axis} domain", "y0": 0,
         "y1": 1, "line": {"color": ref("accent"), "width": 1.1, "dash": "2px,3px"},
         "layer": "below", "name": "mark"}
        for at_ms, _ in panel.marks
    ]  # fmt: skip
    if scale.low <= 0 <= scale.high and panel.from_zero:
        shapes.append(zero_line(axis))
    return shapes


def zero_line(axis: str) -> dict[str, Any]:
    """The line at zero, stronger than the grid."""
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": 0, "y1": 0,
        "line": {"color": ref("border-strong"), "width": 1}, "layer": "below",
    }  # fmt: skip


def _panel_notes(panel: Strip, axis: str, at_ms: int, anchor: str) -> list[dict[str, Any]]:
    notes = [
        note(at_ms, y, words, axis=axis, anchor=anchor, token="warning")
        for y, words in panel.limits
        if words
    ]
    if panel.band and panel.band_words:
        notes.append(note(at_ms, panel.band[0], panel.band_words, axis=axis, anchor=anchor))
    return notes


def _mark_notes(panel: Strip, axis: str, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    """What was done, beside its line and on the side where it has room."""
    notes: list[dict[str, Any]] = []
    room_ms, free_from_ms = (end_ms - start_ms) * MARK_ROOM, start_ms
    for at_ms, words in sorted(panel.marks):
        late = at_ms + room_ms > end_ms
        begins_ms = at_ms - room_ms if late else at_ms
        if begins_ms >= free_from_ms:
            anchor = "right" if late else "left"
            notes.append(note(at_ms, 1, words, axis=f"{axis} domain", anchor=anchor, below=True))
            free_from_ms = round(begins_ms + room_ms)
    return notes


def _gap_notes(panel: Strip, axis: str, span_ms: int) -> list[dict[str, Any]]:
    main = next((line for line in panel.lines if not line.compared), None)
    return gap_words(main, axis, span_ms) if main else []


def _finish(
    layout: dict[str, Any],
    traces: list[dict[str, Any]],
    shapes: list[dict[str, Any]],
    notes: list[dict[str, Any]],
    plot_px: float,
    zone: ZoneInfo,
    revision: str | None,
) -> dict[str, Any]:
    layout |= {
        "shapes": shapes,
        "annotations": notes,
        "height": round(plot_px + FOOT_PX),
        "margin": {"l": LEFT_PX, "r": RIGHT_PX, "t": 0, "b": FOOT_PX, "pad": 0},
        "meta": {"zone": str(zone), "range": layout["xaxis"]["range"]},
        "hovermode": False,
        "uirevision": revision or "",
    }
    return {"data": traces, "layout": layout}
