"""Heat map of day × hour: one hue from the ground up, dark on light and light on dark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.tokens import plotly_layout, ref
from components.xy_figures import hover_label

HOURS = 24
_MOST_GAPS = 62
_HOUR_TICKS = (0, 6, 12, 18)


def heat_map(
    days: Sequence[date],
    cells: Sequence[Sequence[float | None]],
    zone: ZoneInfo,
    *,
    token: str,
    unit: str,
    decimals: int,
    height: int = 300,
) -> dict[str, Any]:
    """Hours downward, days to the right; a cell that was not measured stays empty.

    Args:
        days: In order.
        cells: 24 values for each day.
        zone: The building's.
        token: The hue of the highest value; the lowest is the sunken ground.
        unit: Of the values.
        decimals: Of the values in the hover box.
        height: Of the figure [px].
    """
    names = [formats.day_of(day, year=True) for day in days]
    ticks = _day_ticks(days)
    hours = [f"{hour:02d}:00" for hour in range(HOURS)]
    gap = 1 if len(days) <= _MOST_GAPS else 0
    trace = {
        "type": "heatmap",
        "x": names,
        "y": hours,
        "z": [[day[hour] for day in cells] for hour in range(HOURS)],
        "colorscale": scale(token),
        "showscale": False,
        "xgap": gap,
        "ygap": gap,
        "hoverongaps": False,
        "hovertemplate": f"%{{x}} %{{y}}<br><b>%{{z:,.{decimals}f}} {unit}</b><extra></extra>",
        "meta": {},
    }
    layout = plotly_layout()
    layout["xaxis"] |= {
        "type": "category",
        "fixedrange": True,
        "tickvals": [names[at] for at, _ in ticks],
        "ticktext": [words for _, words in ticks],
        "tickangle": 0,
    }
    layout["yaxis"] |= {
        "type": "category",
        "autorange": "reversed",
        "showgrid": False,
        "tickvals": [hours[at] for at in _HOUR_TICKS],
        "ticktext": [hours[at] for at in _HOUR_TICKS],
    }
    layout |= {
        "height": height,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": hover_label(),
        "margin": {"l": 44, "r": 8, "t": 4, "b": 24, "pad": 0},
        "meta": {"zone": str(zone)},
    }
    return {"data": [trace], "layout": layout}


def scale(token: str) -> list[list[Any]]:
    """From the sunken ground to a hue, evenly: lightness alone tells high from low."""
    return [[0, ref("sunken")], [1, ref(token)]]


def scale_legend(token: str, low: str, high: str) -> html.Div:
    """The scale with its two ends in words."""
    ramp = f"linear-gradient(90deg, var(--wb-sunken), var(--wb-{token}))"
    return html.Div(
        [
            html.Span(low, className="wb-num"),
            html.Span(className="wb-ramp", style={"background": ramp}),
            html.Span(high, className="wb-num"),
        ],
        className="wb-scale",
    )


def _day_ticks(days: Sequence[date]) -> list[tuple[int, str]]:
    """Every day of a week, Mondays of some weeks, else the first of each month."""
    if len(days) <= 8:
        return [(at, f"{formats.WEEKDAYS[d.weekday()]} {d.day}") for at, d in enumerate(days)]
    if len(days) <= 70:
        return [(at, _short(d)) for at, d in enumerate(days) if d.weekday() == 0]
    firsts = [(at, d) for at, d in enumerate(days) if d.day == 1]
    step = max(1, len(firsts) // 12)
    return [(at, formats.MONTHS[d.month - 1]) for at, d in firsts[::step]]


def _short(day: date) -> str:
    return f"{day.day} {formats.MONTHS[day.month - 1]}"
