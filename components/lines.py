"""Curves and areas of a figure: what a series of values looks like before it has an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.tokens import ref


@dataclass(frozen=True)
class Line:
    """One curve of a strip; None in `values` is a gap, and a gap stays open.

    `bucket_s` moves means to the middle of their bucket; `low` and `high` draw a soft band;
    `live` is the key whose readings charts.js appends.
    """

    name: str
    ts_ms: Sequence[int]
    values: Sequence[float | None]
    token: str = "consumption"
    kind: str = "line"  # line, step
    fill: float = 0.0
    compared: bool = False
    bucket_s: float | None = None
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None
    live: str | None = None
    width: float = 1.8


def times_of(line: Line) -> list[int]:
    """Where its points stand: means in the middle of their bucket."""
    move = int(line.bucket_s * 500) if line.bucket_s and line.kind == "line" else 0
    return [int(ts) + move for ts in line.ts_ms]


def runs(
    ts_ms: Sequence[int], *columns: Sequence[float | None]
) -> list[tuple[list[int], list[list[float]]]]:
    """The stretches without a gap in any column."""
    found: list[tuple[list[int], list[list[float]]]] = []
    open_run = False
    for index, ts in enumerate(ts_ms):
        point = [column[index] for column in columns]
        known = [value for value in point if value is not None]
        if len(known) < len(point):
            open_run = False
            continue
        if not open_run:
            found.append(([], [[] for _ in columns]))
            open_run = True
        found[-1][0].append(ts)
        for store, value in zip(found[-1][1], known, strict=True):
            store.append(value)
    return found


def area(
    ts_ms: Sequence[int],
    low: Sequence[float | None],
    high: Sequence[float | None],
    *,
    token: str,
    alpha: float,
    axis: str = "y",
    group: str = "",
    step: bool = False,
    of: str | None = None,
) -> dict[str, Any]:
    """A filled stretch between two curves that leaves gaps open (closed polygons, no hover)."""
    xs: list[int | None] = []
    ys: list[float | None] = []
    for times, (below, above) in runs(ts_ms, low, high):
        if xs:
            xs.append(None)
            ys.append(None)
        path = _corners(times, above) if step else list(zip(times, above, strict=True))
        back = _corners(times, below) if step else list(zip(times, below, strict=True))
        for x, y in [*path, *reversed(back), path[0]]:
            xs.append(x)
            ys.append(y)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "yaxis": axis,
        "fill": "toself",
        "fillcolor": ref(token, alpha),
        "line": {"width": 0, "color": ref(token, 0)},
        "hoverinfo": "skip",
        "meta": {"group": group, "of": of, "step": step},
    }


def _corners(times: Sequence[int], values: Sequence[float]) -> list[tuple[int, float]]:
    points: list[tuple[int, float]] = []
    for index, (ts, value) in enumerate(zip(times, values, strict=True)):
        if index:
            points.append((ts, values[index - 1]))
        points.append((ts, value))
    return points
