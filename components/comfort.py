"""Comfort as the screen says it: a word with a tone, a temperature on its scale, a room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.icons import icon
from components.marks import age, classes, data, value

# Degrees drawn beyond cold and hot.
EDGE_C = 3.0
STEPS = ("cold", "cool", "in-band", "warm", "hot")


class Comfort(Protocol):
    """What a comfort state must say; tone is ok, cool, warning, stale or missing."""

    @property
    def word(self) -> str:
        """`In band`, `Warm`, `Air stuffy`, `CO₂ stale 45 min`."""

    @property
    def tone(self) -> str:
        """How it looks."""


@dataclass(frozen=True)
class ComfortWords:
    """A comfort state as plain words."""

    word: str
    tone: str


def comfort_chip(comfort: Comfort, key: str | None = None) -> html.Span:
    """The comfort word; in band has no ground. `key` (`room/<id>`) keeps word and tone live."""
    return html.Span(
        html.Span(comfort.word, **data(live_word=f"{key}/comfort/word" if key else None)),
        className="wb-chip wb-comfort-chip",
        **data(tone=comfort.tone, live_tone=f"{key}/comfort/tone" if key else None),
    )


def comfort_scale(
    value_c: float | None,
    low: float,
    high: float,
    cold_below: float,
    hot_above: float,
    *,
    live: str | None = None,
) -> html.Div:
    """The five steps as a bar with a dot at the temperature; no dot while it is unknown.

    Args:
        value_c: The temperature.
        low: Lower end of the band.
        high: Upper end of the band.
        cold_below: Below it is cold.
        hot_above: Above it is hot.
        live: Live key that moves the dot.
    """
    first, last = cold_below - EDGE_C, hot_above + EDGE_C
    span = last - first
    edges = (first, cold_below, low, high, hot_above, last)
    parts = [
        html.Span(
            style={"width": f"{(b - a) / span * 100:.1f}%", "background": f"var(--wb-{name})"}
        )
        for a, b, name in zip(edges, edges[1:], STEPS, strict=False)
    ]
    known = value_c is not None and math.isfinite(value_c)
    share = min(1.0, max(0.0, ((value_c or 0.0) - first) / span)) if known else 0.0
    words = f"{formats.text('temperature', value_c)}, band {low:g} to {high:g} °C"
    return html.Div(
        [
            html.Span(parts, className="wb-comfort-track"),
            html.Span(
                className="wb-comfort-dot",
                style={"left": f"{share * 100:.1f}%"},
                hidden=not known,
                **data(live_left=live, min=f"{first:g}", max=f"{last:g}"),
            ),
        ],
        className="wb-comfort",
        title=words,
    )


def comfort_legend(low: float, high: float, cold_below: float, hot_above: float) -> html.Div:
    """The five steps with their words and limits."""
    words = (
        f"Cold < {cold_below:g}", f"Cool < {low:g}", "In band", f"Warm > {high:g}",
        f"Hot > {hot_above:g}",
    )  # fmt: skip
    return html.Div(
        [
            html.Div([html.Span(style={"background": f"var(--wb-{name})"}), text])
            for name, text in zip(STEPS, words, strict=True)
        ],
        className="wb-comfort-legend",
    )


def room_card(
    name: str,
    *,
    temperature_c: float | None,
    band: tuple[float, float, float, float],
    word: str,
    tone: str,
    co2_ppm: float | None,
    humidity_percent: float | None,
    people: float | None,
    power_kw: float | None,
    ts_ms: int | None,
    now_ms: int,
    zone: ZoneInfo,
    power_estimate: bool = False,
    interval_s: float | None = None,
    state: str = "fresh",
    key: str | None = None,
    href: str | None = None,
    selected: bool = False,
    automatic: bool = False,
) -> Any:
    """One room: comfort in a word, temperature on its scale with its age, air, people, power.

    Args:
        name: Its name.
        temperature_c: None is a dash, as for every value.
        band: low, high, cold_below, hot_above in °C.
        word: The comfort word.
        tone: ok, cool, warning, stale or missing.
        co2_ppm: Air.
        humidity_percent: Humidity.
        people: How many.
        power_kw: Of its submeters.
        ts_ms: When the newest value was measured.
        now_ms: Building time.
        zone: The building's.
        power_estimate: Not all of its submeters report.
        interval_s: How often it should report.
        state: Freshness of its temperature.
        key: `room/<id>`, the base of its live keys.
        href: Makes the card a link.
        selected: Draws the accent ring.
        automatic: Whether its climate is controlled.
    """

    def live(metric: str) -> str | None:
        return f"{key}/{metric}" if key else None

    scale = comfort_scale(temperature_c, *band, live=live("temperature"))
    body = [
        html.Div(
            [
                html.Strong(name, className="wb-room-name"),
                _automatic_mark() if automatic else None,
                comfort_chip(ComfortWords(word, tone), key),
            ],
            className="wb-room-top",
        ),
        html.Div(
            [
                value(temperature_c, "temperature", live=live("temperature"), size="md"),
                html.Div(
                    [scale, _card_age(ts_ms, now_ms, zone, key, interval_s)],
                    className="wb-room-scale",
                ),
            ],
            className="wb-room-mid",
        ),
        html.Div(
            [
                value(co2_ppm, "co2", live=live("co2")),
                value(humidity_percent, "humidity", live=live("humidity")),
                html.Span(
                    [
                        icon("person", size=13, label="People"),
                        value(people, "people", live=live("occupancy")),
                    ],
                    className="wb-room-people",
                ),
                value(power_kw, "power", live=live("power_kw"), estimate=power_estimate),
            ],
            className="wb-room-row",
        ),
    ]
    hooks = data(fresh=live("temperature"), state=state, selected="1" if selected else None)
    inner = html.Div(body, className="wb-room-card", **hooks)
    return dcc.Link(inner, href=href, className="wb-room-link") if href else inner


def _automatic_mark() -> html.Span:
    words = "Automatic climate is on"
    return html.Span(
        icon("climate", size=13, label=words), className="wb-room-automatic", title=words
    )


def _card_age(
    ts_ms: int | None, now_ms: int, zone: ZoneInfo, key: str | None, interval_s: float | None
) -> html.Span:
    if key is None:
        return html.Span(formats.age(ts_ms, now_ms, zone), className="wb-age")
    return age(ts_ms, now_ms, zone, live=key, interval_s=interval_s)


def floor_head(name: str, facts: str) -> html.Div:
    """The line over a floor's rooms."""
    return html.Div(
        [html.H2(name), html.Span(facts, className="wb-card-fact")], className="wb-floor-head"
    )


def room_grid(*cards: Any, className: str = "") -> html.Div:
    """Room cards, as many columns as fit."""
    return html.Div(list(cards), className=classes("wb-room-grid", className))
