"""The small curve beside a value."""

from __future__ import annotations

import math
from collections.abc import Sequence

from components.native import Svg

WIDTH, HEIGHT, MARGIN = 74, 26, 3


def spark_markup(
    points: Sequence[float | None], *, token: str = "text-2", area: bool = False
) -> str:
    """SVG source of 74 × 26 px: 1.5 px line, gaps left open, a dot on the last known point.

    Flat data run through the middle; without two known points it is empty.
    """
    known = [(i, v) for i, v in enumerate(points) if v is not None and math.isfinite(v)]
    if len(known) < 2:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    across = (WIDTH - 2 * MARGIN) / max(1, len(points) - 1)

    def place(index: int, amount: float) -> tuple[float, float]:
        share = 0.5 if high == low else (amount - low) / (high - low)
        return MARGIN + index * across, HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    runs: list[list[tuple[float, float]]] = []
    before: int | None = None
    for index, amount in known:
        if before is None or index != before + 1:
            runs.append([])
        runs[-1].append(place(index, amount))
        before = index
    line = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) for run in runs)
    fill = ""
    if area:
        shapes = "".join(
            f"M{run[0][0]:.1f} {HEIGHT}L"
            + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
            + f"L{run[-1][0]:.1f} {HEIGHT}Z"
            for run in runs
        )
        fill = f'<path class="wb-spark-area" d="{shapes}"/>'
    x, y = runs[-1][-1]
    return (
        f'<svg class="wb-spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'style="color:var(--wb-{token})" aria-hidden="true">{fill}'
        f'<path class="wb-spark-line" d="{line}"/>'
        f'<circle class="wb-spark-dot" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/></svg>'
    )


def sparkline(
    points: Sequence[float | None], *, token: str = "text-2", area: bool = False
) -> Svg | None:
    """The curve as a component; None where there is nothing to draw."""
    markup = spark_markup(points, token=token, area=area)
    return Svg(markup=markup, className="wb-spark-box") if markup else None
