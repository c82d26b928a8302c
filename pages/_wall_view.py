"""The wall page as a pure function of what the house says; assets/kiosk.js keeps it true.

Sizes are in `--u`, one 1080th of the height or 1920th of the width of a screen (assets/kiosk.css).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.flow import flow_picture, in_out_bars
from components.icons import icon
from components.marks import aria, chip, data, value
from components.shell import logo, wall_shell
from domain.building.model import RoomLive


@dataclass(frozen=True)
class WallView:
    """What the wall shows at one moment; `day_peak_kw` is the scale of the ribbons.

    `frame` is `EnergyAccounts.frame()`.
    """

    building: str
    demo: bool
    outside_c: float | None
    has_outside: bool
    frame: Mapping[str, Any]
    day_peak_kw: float
    rooms: Sequence[RoomLive]
    now_ms: int
    zone: ZoneInfo


def wall(view: WallView) -> html.Div:
    """The whole screen: head, flow and rooms, totals, and the band that says it is not live."""
    return wall_shell(
        [
            html.Div(
                [
                    _head(view),
                    html.Div([_flow(view), _rooms(view)], className="wall-middle"),
                    _totals(view),
                ],
                className="wall-body",
            ),
            _band(),
        ],
        className="wall",
    )


def _head(view: WallView) -> html.Header:
    outside = html.Span(
        [
            icon("temperature"),
            value(view.outside_c, "temperature", live="system/outside/temperature_c"),
        ],
        className="wall-outside",
        title="Outside",
        **data(fresh="system/outside"),
    )
    return html.Header(
        [
            logo(),
            html.H1(view.building, className="wall-building"),
            chip("DEMO", "accent", className="wall-demo") if view.demo else None,
            html.Span(className="wall-spring"),
            outside if view.has_outside else None,
            _clock(formats.day(view.now_ms, view.zone), "date"),
            _clock(formats.clock(view.now_ms, view.zone), "minutes"),
        ],
        className="wall-head",
    )


def _clock(text: str, part: str) -> html.Span:
    return html.Span(text, className=f"wall-{part}", **data(clock=part))


def _flow(view: WallView) -> html.Section:
    """The picture; on an upright screen its two bars instead."""
    return html.Section(
        [
            flow_picture(view.frame, layout="wall", peak_kw=view.day_peak_kw),
            in_out_bars(view.frame),
        ],
        className="wall-flow",
        **aria(label="Energy now"),
    )


def _rooms(view: WallView) -> html.Section:
    return html.Section(
        [
            html.H2(["Rooms ", html.Small(className="wall-rooms-fact")]),
            html.Div([_room(live) for live in view.rooms], className="wall-rooms-list"),
            html.P([icon("check"), html.Span()], className="wall-rooms-more", **data(tone="ok")),
        ],
        className="wall-rooms",
    )


def _room(live: RoomLive) -> html.Div:
    """One line; kiosk.js brings those out of their band to the top."""
    key = f"room/{live.room.room_id}"
    temperature = live.values.get("temperature")
    comfort = live.comfort
    return html.Div(
        [
            html.Span(
                className="wall-mark",
                **data(live_tone=f"{key}/comfort/step", tone=comfort.step or "none"),
            ),
            html.Span(live.room.name, className="wall-room-name"),
            html.Span(
                comfort.word, className="wall-room-word", **data(live_word=f"{key}/comfort/word")
            ),
            html.Span(
                className="wall-room-age",
                **data(age=f"{key}/temperature", ts=temperature.ts_ms if temperature else ""),
            ),
            value(
                temperature.value if temperature else None,
                "temperature",
                live=f"{key}/temperature",
            ),
        ],
        className="wall-room",
        **data(
            room=live.room.room_id,
            live_tone=f"{key}/comfort/tone",
            tone=comfort.tone,
            fresh=f"{key}/temperature",
        ),
    )


def _totals(view: WallView) -> html.Section:
    frame, has = view.frame, view.frame["has"]
    today = frame["today"]
    cells = []
    if has["battery"]:
        charge = html.Span(
            html.Span(
                className="wall-charge", **data(live_width="energy/soc_percent", min="0", max="100")
            ),
            className="wall-bar",
        )
        cells.append(_total("Batteries", frame["soc_percent"], "percent", "soc_percent", charge))
    cells.append(
        _total("Today", today["consumption_kwh"], "energy", "today/consumption_kwh", note="today")
    )
    if has["generation"]:
        cells += [
            _total(
                "Solar today", today["generation_kwh"], "energy", "today/generation_kwh",
                note="solar",
            ),
            _total(
                "Self-sufficiency", today["self_sufficiency_percent"], "percent",
                "today/self_sufficiency_percent", note="bought",
            ),
        ]  # fmt: skip
    if has["main"]:
        peak_kw = frame["peak_month"]["kw"]
        cells.append(_total("Peak this month", peak_kw, "power", "peak_month/kw", note="peak"))
    return html.Section(cells, className="wall-totals", **aria(label="Totals"))


def _total(
    label: str, amount: float | None, fmt: str, field: str, below: Any = None, *, note: str = ""
) -> html.Div:
    """A figure with its label; `note` names the line below that kiosk.js writes."""
    return html.Div(
        [
            html.Span(label, className="wall-total-label"),
            value(amount, fmt, live=f"energy/{field}"),
            below or html.Span(className="wall-total-note", **data(note=note)),
        ],
        className="wall-total",
    )


def _band() -> html.Div:
    return html.Div(
        [
            icon("clock"),
            html.Div(
                [html.Strong(className="wall-band-title"), html.Span(className="wall-band-words")]
            ),
        ],
        className="wall-band",
        role="status",
    )
