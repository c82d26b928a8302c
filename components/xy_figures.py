"""Figures whose axis across is no time: sorted curves, profiles, scatter, bars of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from components import formats
from components.axes import nice_scale
from components.figures import zero_line
from components.tokens import plotly_layout, ref

Values = Sequence[float | None]


@dataclass(frozen=True)
class Axis:
    """What a value axis carries: its unit and how exact its hover is."""

    unit: str
    decimals: int = 1
    from_zero: bool = True


def hover_label() -> dict[str, Any]:
    """Plotly's own hover box in our colours, for figures without a time axis."""
    return {
        "bgcolor": ref("raised"),
        "bordercolor": ref("border-strong"),
        "font": {"color": ref("text"), "size": 12},
        "align": "left",
    }


def sorted_curve(
    share: Sequence[float],
    values: Sequence[float],
    axis: Axis,
    zone: ZoneInfo,
    *,
    token: str,
    height: int = 300,
) -> dict[str, Any]:
    """Load duration: how much for which share of the time at least."""
    percent = [part * 100 for part in share]
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": percent,
        "y": list(values),
        "line": {"color": ref(token), "width": 1.8},
        "fill": "tozeroy",
        "fillcolor": ref(token, 0.12),
        "hovertemplate": f"<b>%{{y:,.{axis.decimals}f}} {axis.unit}</b> or more<br>"
        "in %{x:.1f} % of the time<extra></extra>",
        "meta": {},
    }
    ticks = [0, 25, 50, 75, 100]
    layout = _layout(axis, values, zone, height)
    layout["xaxis"] |= {
        "range": [0, 100],
        "tickvals": ticks,
        "ticktext": [f"{tick} %" for tick in ticks],
    }
    layout["margin"] |= {"r": 18}
    return {"data": [trace], "layout": layout}


def profiles(
    labels: Sequence[str],
    values: Values,
    before: Values,
    axis: Axis,
    zone: ZoneInfo,
    *,
    names: tuple[str, str],
    token: str,
    height: int = 260,
) -> dict[str, Any]:
    """Two periods hour by hour of a typical week or day, the second one dotted."""
    places = list(range(len(labels)))
    looks: tuple[dict[str, Any], ...] = (
        {"color": ref("text-2"), "width": 1.2, "dash": "2px,3px"},
        {"color": ref(token), "width": 2},
    )
    rows = ((names[1], before, looks[0]), (names[0], values, looks[1]))
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": places,
            "y": list(ys),
            "text": list(labels),
            "line": look,
            "connectgaps": False,
            "hovertemplate": f"{name}, %{{text}}<br><b>%{{y:,.{axis.decimals}f}} {axis.unit}</b>"
            "<extra></extra>",
            "meta": {"group": name},
        }
        for name, ys, look in rows
    ]
    layout = _layout(axis, [*values, *before], zone, height)
    week = len(labels) > 24
    ticks = list(range(12, len(labels), 24)) if week else list(range(0, len(labels), 3))
    layout["xaxis"] |= {
        "range": [0, max(1, len(labels) - 1)],
        "tickvals": ticks,
        "ticktext": [labels[at][:3] if week else labels[at] for at in ticks],
    }
    if week:
        layout["shapes"] += [
            {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1,
             "line": {"color": ref("grid"), "width": 1}, "layer": "below"}
            for at in range(24, len(labels), 24)
        ]  # fmt: skip
    return {"data": traces, "layout": layout}


def scatter(
    xs: Sequence[float],
    ys: Sequence[float],
    words: Sequence[str],
    axes: tuple[Axis, Axis],
    zone: ZoneInfo,
    *,
    height: int = 320,
) -> dict[str, Any]:
    """Pairs of two quantities; `words` says when each was."""
    across, up = axes
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": list(xs),
        "y": list(ys),
        "text": list(words),
        "marker": {"size": 6, "color": ref("use-bar", 0.55), "line": {"width": 0}},
        "hovertemplate": f"%{{text}}<br>across <b>%{{x:,.{across.decimals}f}} {across.unit}</b>"
        f"<br>up <b>%{{y:,.{up.decimals}f}} {up.unit}</b><extra></extra>",
        "meta": {},
    }
    layout = _layout(up, ys, zone, height)
    scale = nice_scale(min(xs, default=0.0), max(xs, default=1.0), lines=6)
    layout["xaxis"] |= {
        "range": [scale.low, scale.high],
        "tickvals": scale.ticks,
        "ticktext": [_signed(t, word) for t, word in zip(scale.ticks, scale.words, strict=True)],
        "showgrid": True,
        "gridcolor": ref("grid"),
    }
    return {"data": [trace], "layout": layout}


def group_marks(
    labels: Sequence[str], values: Values, axis: Axis, zone: ZoneInfo, *, height: int = 200
) -> dict[str, Any]:
    """One bar a group, in the order given; a point where zero is no ground to stand on."""
    look: dict[str, Any] = {
        "type": "bar",
        "marker": {"color": ref("use-bar"), "line": {"width": 0}},
    }
    if not axis.from_zero:
        look = {
            "type": "scatter",
            "mode": "lines+markers",
            "line": {"color": ref("use-bar"), "width": 1.8},
            "marker": {"color": ref("use-bar"), "size": 7},
            "connectgaps": False,
        }
    trace = look | {
        "x": list(labels),
        "y": list(values),
        "hovertemplate": f"%{{x}}<br><b>%{{y:,.{axis.decimals}f}} {axis.unit}</b><extra></extra>",
        "meta": {},
    }
    layout = _layout(axis, values, zone, height)
    every = 3 if len(labels) > 12 else 1
    layout["xaxis"] |= {
        "type": "category",
        "tickvals": list(labels[::every]),
        "ticktext": [label[:5] if every > 1 else label[:3] for label in labels[::every]],
    }
    layout["bargap"] = 0.16
    return {"data": [trace], "layout": layout}


def _layout(axis: Axis, values: Values, zone: ZoneInfo, height: int) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    scale = nice_scale(low, high, lines=5, from_zero=axis.from_zero)
    layout = plotly_layout()
    layout["xaxis"] |= {"fixedrange": True}
    layout["yaxis"] |= {
        "range": [scale.low, scale.high],
        "tickvals": scale.ticks,
        "ticktext": [_signed(t, word) for t, word in zip(scale.ticks, scale.words, strict=True)],
    }
    shapes = [zero_line("y")] if scale.low <= 0 <= scale.high else []
    return layout | {
        "height": height,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": hover_label(),
        "shapes": shapes,
        "margin": {"l": 44, "r": 10, "t": 8, "b": 24, "pad": 0},
        "meta": {"zone": str(zone)},
    }


def _signed(tick: float, words: str) -> str:
    """A value axis of temperatures needs the minus that axes of energy go without."""
    return f"{formats.MINUS}{words}" if tick < 0 else words
