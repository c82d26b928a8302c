"""How much a battery holds: the ring, and a straight bar for the wall."""

from __future__ import annotations

import math

from dash import html

from components import formats
from components.marks import data, value
from components.native import Svg

CENTRE_X, CENTRE_Y, RADIUS = 64.0, 59.0, 46.0
# The ring opens at the bottom: 276° clockwise from the lower left.
FIRST_DEGREE, SPAN_DEGREES = 228.0, 276.0


def soc_ring(
    percent: float | None,
    *,
    action: str = "holding",
    low: float = 10,
    reserve: float | None = None,
    high: float = 95,
    live: str | None = None,
) -> html.Div:
    """A battery's charge: marks at minimum, reserve and maximum with their numbers, % inside.

    Args:
        percent: Charge 0..100; None leaves the ring empty and a dash inside.
        action: charging, discharging or holding (slate).
        low: Mark of the minimum, %.
        reserve: Mark of the emergency reserve, %; in warning.
        high: Mark of the maximum, %.
        live: Live key of the number.
    """
    token = action if action in ("charging", "discharging") else "use-lighting"
    marks = [(low, "", ""), (high, "", "")]
    if reserve is not None:
        marks.append((reserve, "wb-ring-reserve", " wb-ring-mark-reserve"))
    fill = ""
    if percent is not None and percent > 0:
        fill = (
            f'<path class="wb-ring-fill" style="stroke:var(--wb-{token})" '
            f'd="{_arc(min(100.0, percent))}"/>'
        )
    markup = (
        '<svg viewBox="0 0 128 112" width="128" height="112" aria-hidden="true">'
        f'<path class="wb-ring-track" d="{_arc(100.0)}"/>{fill}'
        f"{''.join(_mark(*mark) for mark in marks)}</svg>"
    )
    return html.Div(
        [
            Svg(markup=markup),
            html.Span(value(percent, "percent", live=live), className="wb-ring-value"),
        ],
        className="wb-ring",
        title=f"{formats.text('percent', percent)}, {action}",
    )


def _at(percent: float, radius: float) -> tuple[float, float]:
    angle = math.radians(FIRST_DEGREE - percent / 100 * SPAN_DEGREES)
    return CENTRE_X + radius * math.cos(angle), CENTRE_Y - radius * math.sin(angle)


def _arc(percent: float) -> str:
    x1, y1 = _at(0, RADIUS)
    x2, y2 = _at(percent, RADIUS)
    large = 1 if percent / 100 * SPAN_DEGREES > 180 else 0
    return f"M{x1:.1f} {y1:.1f}A{RADIUS:g} {RADIUS:g} 0 {large} 1 {x2:.1f} {y2:.1f}"


def _mark(percent: float, text_css: str, css: str) -> str:
    x1, y1 = _at(percent, RADIUS - 6)
    x2, y2 = _at(percent, RADIUS + 6)
    x3, y3 = _at(percent, RADIUS + 14)
    return (
        f'<line class="wb-ring-mark{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        f'<text class="{text_css}" x="{x3:.1f}" y="{y3:.1f}">{percent:g}</text>'
    )


def level_bar(
    percent: float | None, *, token: str = "charging", marks: tuple[float, ...] = (),
    live: str | None = None,
) -> html.Span:  # fmt: skip
    """A charge as a straight bar with marks (%); live.js moves it when `live` names a key."""
    share = 0.0 if percent is None else min(100.0, max(0.0, percent))
    return html.Span(
        [
            html.Span(
                className="wb-level-fill",
                style={"width": f"{share:.1f}%", "background": f"var(--wb-{token})"},
                **data(live_width=live, max=100 if live else None),
            ),
            *(html.Span(className="wb-level-mark", style={"left": f"{at:g}%"}) for at in marks),
        ],
        className="wb-level",
    )
