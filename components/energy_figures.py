"""The day's curve stacked by source, and bars a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from components import formats
from components.axes import nice_scale
from components.figures import (
    FOOT_PX,
    LEFT_PX,
    RIGHT_PX,
    note,
    now_line,
    now_pill,
    time_axis,
    zero_line,
)
from components.lines import area
from components.tokens import plotly_layout, ref

TOP_PX = 16


@dataclass(frozen=True)
class DayCurve:
    """Means of kW per bucket; all ≥ 0, None is unknown; sequences are equally long.

    `ts_ms` are bucket starts, `bucket_s` their length. The three `_used` are what fed the
    consumption. `compared` is (name, consumption by bucket from the day's first on), as long as it
    likes.
    """

    ts_ms: Sequence[int]
    bucket_s: float
    consumption: Sequence[float | None]
    generation: Sequence[float | None]
    solar_used: Sequence[float | None]
    discharge_used: Sequence[float | None]
    import_used: Sequence[float | None]
    charging: Sequence[float | None]
    exporting: Sequence[float | None]
    compared: tuple[str, Sequence[float | None]] | None = None


# name: colour token, alpha, side of the zero line, live key; stacked from the line outward
STACK: dict[str, tuple[str, float, int, str]] = {
    "Solar used": ("solar-fill", 0.5, 1, "energy/flows/solar_building"),
    "Discharge": ("discharging", 0.55, 1, "energy/flows/battery_building"),
    "Import": ("import", 0.42, 1, "energy/flows/grid_building"),
    "Charge": ("charging", 0.5, -1, "energy/charging_kw"),
    "Export": ("export", 0.5, -1, "energy/export_kw"),
}
# Below this a stacked area is not drawn [kW].
NOTHING_KW = 1e-6


def _stacked(curve: DayCurve, xs: list[int]) -> tuple[list[dict[str, Any]], float]:
    """The areas with what their hover reads, and how far they reach below zero [kW]."""
    amounts = dict(
        zip(
            STACK,
            (curve.solar_used, curve.discharge_used, curve.import_used, curve.charging,
             curve.exporting),
            strict=True,
        )
    )  # fmt: skip
    edge: dict[int, list[float]] = {1: [0.0] * len(xs), -1: [0.0] * len(xs)}
    traces: list[dict[str, Any]] = []
    for name, (token, alpha, side, live) in STACK.items():
        known = [used is not None for used in curve.consumption]
        parts = [
            (kw or 0.0) if there else None for kw, there in zip(amounts[name], known, strict=True)
        ]
        inner: list[float | None] = []
        outer: list[float | None] = []
        for index, part in enumerate(parts):
            base = edge[side][index]
            inner.append(None if part is None else base)
            outer.append(None if part is None else base + side * part)
            edge[side][index] = base + side * (part or 0.0)
        group = name.removesuffix(" used")
        shape = area(xs, inner, outer, token=token, alpha=alpha, group=group)
        shape["meta"] |= {"stack": side, "of": name}
        if max((part for part in parts if part is not None), default=0.0) < NOTHING_KW:
            shape |= {"x": [], "y": []}
        traces += [shape, _hover_only(name, group, xs, parts, live, curve)]
    return traces, min(edge[-1], default=0.0)


def _line(
    name: str, xs: Sequence[int], ys: Sequence[float | None], token: str, live: str | None = None,
    *, compared: bool = False, bucket_ms: float = 0,
) -> dict[str, Any]:  # fmt: skip
    style: dict[str, Any] = {"color": ref(token), "width": 2 if token == "consumption" else 1.8}
    if compared:
        style = {"color": ref("text-2"), "width": 1.2, "dash": "2px,3px"}
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": list(xs), "y": list(ys),
        "line": style, "connectgaps": False, "hoverinfo": "none",
        "meta": {"group": name, "fmt": "kw", "strip": 0, "label": name, "live": live,
                 "compared": compared, "bucket": bucket_ms},
    }  # fmt: skip


def day_curve(
    curve: DayCurve,
    start_ms: int,
    end_ms: int,
    zone: ZoneInfo,
    *,
    now_ms: int | None = None,
    height: int = 280,
    revision: str | None = None,
) -> dict[str, Any]:
    """Consumption as a line over the sources that fed it; charging and export below zero."""
    bucket_ms = curve.bucket_s * 1000
    half = int(bucket_ms / 2)
    # The running bucket's mean stands at now, not in the future.
    xs = [min(int(ts) + half, now_ms or end_ms) for ts in curve.ts_ms]
    traces, deepest = _stacked(curve, xs)
    if curve.compared:
        name, ys = curve.compared
        places = [int(start_ms + half + i * curve.bucket_s * 1000) for i in range(len(ys))]
        traces.append(_line(name, places, ys, "text-2", compared=True))
    traces.append(
        _line("Solar", xs, curve.generation, "solar", "energy/generation_kw", bucket_ms=bucket_ms)
    )
    traces.append(
        _line(
            "Consumption",
            xs,
            curve.consumption,
            "consumption",
            "energy/consumption_kw",
            bucket_ms=bucket_ms,
        )
    )
    seen = [*curve.consumption, *curve.generation, *(curve.compared[1] if curve.compared else ())]
    highest = max((kw for kw in seen if kw is not None), default=1.0)
    scale = nice_scale(deepest, highest, lines=5, from_zero=True)
    layout = plotly_layout()
    axis, marks = time_axis(start_ms, end_ms, zone)
    layout["xaxis"] |= axis
    layout["yaxis"] |= {
        "range": [scale.low, scale.high], "tickvals": scale.ticks, "ticktext": scale.words,
    }  # fmt: skip
    if deepest < -0.02 * highest:
        place = start_ms + (end_ms - start_ms) * 0.25
        words = note(place, scale.low * 0.6, "charging and export below the line", axis="y")
        marks.append(words | {"name": "hint"})
    shapes = [zero_line("y")]
    if now_ms is not None and start_ms < now_ms < end_ms:
        shapes.append(now_line(now_ms, "y"))
        marks.append(now_pill(now_ms, formats.clock(now_ms, zone)))
        traces += _now_dots(xs, curve)
    layout |= {
        "shapes": shapes, "annotations": marks, "height": height, "hovermode": False,
        "margin": {"l": LEFT_PX - 4, "r": RIGHT_PX, "t": TOP_PX, "b": FOOT_PX, "pad": 0},
        "meta": {"zone": str(zone), "range": axis["range"]},
        "uirevision": revision or "",
    }  # fmt: skip
    return {"data": traces, "layout": layout}


def _hover_only(
    name: str, group: str, xs: list[int], parts: Sequence[float | None], live: str, curve: DayCurve
) -> dict[str, Any]:
    """What the hover box reads for an area, and charts.js stacks: its own kW."""
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": list(xs), "y": list(parts),
        "line": {"width": 0, "color": ref("text", 0)}, "hoverinfo": "skip",
        "meta": {"group": group, "label": name, "fmt": "kw", "strip": 0, "hidden": True,
                 "live": live, "bucket": curve.bucket_s * 1000},
    }  # fmt: skip


def _now_dots(xs: Sequence[int], curve: DayCurve) -> list[dict[str, Any]]:
    dots = []
    looks = (
        ("Solar", curve.generation, "solar"),
        ("Consumption", curve.consumption, "consumption"),
    )
    for name, ys, token in looks:
        known = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
        if known:
            dots.append(
                {"type": "scatter", "mode": "markers", "x": [known[-1][0]], "y": [known[-1][1]],
                 "marker": {"size": 7, "color": ref(token),
                            "line": {"width": 1.5, "color": ref("surface")}},
                 "hoverinfo": "skip", "cliponaxis": False, "meta": {"group": name, "dot": name}}
            )  # fmt: skip
    return dots


@dataclass(frozen=True)
class BarSeries:
    """One stacked part of every bar; values in the unit the chart names, None is unknown."""

    name: str
    values: Sequence[float | None]
    token: str
    below: bool = False


def bars(
    starts_ms: Sequence[int],
    ends_ms: Sequence[int],
    series: Sequence[BarSeries],
    zone: ZoneInfo,
    *,
    fmt: str = "energy",
    unit: str = "kWh",
    height: int = 240,
    revision: str | None = None,
) -> dict[str, Any]:
    """Stacked bars, one a bucket, as wide as it is long; `below` parts hang under the zero line."""
    middles = [(a + b) // 2 for a, b in zip(starts_ms, ends_ms, strict=True)]
    wide = [(b - a) * 0.84 for a, b in zip(starts_ms, ends_ms, strict=True)]
    traces = [
        {
            "type": "bar", "name": part.name, "x": middles, "width": wide,
            "y": [None if v is None else -v if part.below else v for v in part.values],
            "marker": {"color": ref(part.token), "line": {"width": 0}}, "hoverinfo": "none",
            "meta": {"group": part.name, "label": part.name, "fmt": fmt, "unit": unit, "strip": 0,
                     "below": part.below},
        }
        for part in series
    ]  # fmt: skip
    up = [
        sum(part.values[i] or 0.0 for part in series if not part.below) for i in range(len(middles))
    ]
    down = [
        sum(part.values[i] or 0.0 for part in series if part.below) for i in range(len(middles))
    ]
    scale = nice_scale(-max(down, default=0.0), max(up, default=1.0), lines=5, from_zero=True)
    layout = plotly_layout()
    first, last = (starts_ms[0], ends_ms[-1]) if middles else (0, 1)
    axis, marks = time_axis(first, last, zone)
    layout["xaxis"] |= axis
    layout["yaxis"] |= {
        "range": [scale.low, scale.high], "tickvals": scale.ticks, "ticktext": scale.words,
    }  # fmt: skip
    layout |= {
        "barmode": "relative", "bargap": 0, "shapes": [zero_line("y")], "annotations": marks,
        "height": height, "hovermode": False, "uirevision": revision or "",
        "margin": {"l": LEFT_PX, "r": RIGHT_PX, "t": 8, "b": FOOT_PX, "pad": 0},
        "meta": {"zone": str(zone), "range": axis["range"], "bars": True},
    }  # fmt: skip
    return {"data": traces, "layout": layout}
