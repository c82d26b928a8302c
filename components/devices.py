"""Devices as cards: what the meter shows beside what each was told, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components.icons import icon
from components.marks import Children, age, classes, data, value

NEWS = "wb-devices-news"
DEVICE_NEWS = "wb-device-news"
"""Stores, of the list and of one device, that assets/devices.js writes to when there is news."""

ICONS: Mapping[str, str] = {
    "hvac": "climate",
    "heat_pump": "heat",
    "water_heater": "water",
    "lamp": "lighting",
    "sockets": "power",
    "appliance": "kitchen",
    "ev_charger": "battery-charging",
    "blind": "sun",
    "fan": "air",
    "pump": "refresh",
    "battery": "battery",
    "other": "device",
}


@dataclass(frozen=True)
class PowerView:
    """Power of a device as its meter shows it (`measured`), or else as it reports it itself.

    `shared`: other devices hang behind the same meter.
    """

    amount_kw: float | None
    live: str | None
    ts_ms: int | None
    interval_s: float | None
    state: str
    measured: bool
    shared: bool = False


@dataclass(frozen=True)
class DeviceView:
    """One device in words; `told` is what it was last told, `control` who holds it."""

    device_id: str
    name: str
    kind: str
    kind_words: str
    href: str
    power: PowerView
    says: str
    says_state: str
    told: Children
    control: Children = None
    acts: Sequence[Any] = ()
    track: Children = None


def device_card(view: DeviceView, now_ms: int, zone: ZoneInfo) -> html.Article:
    """A device of a list: measured and commanded stand side by side and never look alike."""
    power = view.power
    return html.Article(
        [
            html.Div(
                [
                    html.Span(icon(ICONS[view.kind]), className="wb-soft-icon wb-soft-neutral"),
                    html.Div(
                        [
                            dcc.Link(view.name, href=view.href, className="wb-device-name"),
                            html.Span(f"{view.kind_words} · {view.device_id}"),
                        ],
                        className="wb-device-head-words",
                    ),
                    view.control,
                ],
                className="wb-device-head",
            ),
            html.Div(
                [
                    _column(
                        _source(power),
                        [
                            value(power.amount_kw, "power", live=power.live, size="md"),
                            age(
                                power.ts_ms,
                                now_ms,
                                zone,
                                live=power.live,
                                interval_s=power.interval_s,
                            ),
                        ],
                        power.live,
                        power.state,
                    ),
                    _column("Says", html.Span(view.says), None, view.says_state),
                    _column("Told", view.told, None, "fresh", "wb-device-told"),
                ],
                className="wb-device-columns",
            ),
            view.track,
            html.Div(list(view.acts), className="wb-device-acts") if view.acts else None,
        ],
        className="wb-card wb-device",
        id=f"device-{view.device_id.replace('.', '-')}",
    )


def _source(power: PowerView) -> str:
    if not power.measured:
        return "Reported"
    return "Shared meter" if power.shared else "Measured"


def _column(
    label: str, content: Children, fresh: str | None, state: str, className: str = ""
) -> html.Div:
    shown = content if isinstance(content, list) else [content]
    return html.Div(
        [html.Span(label, className="wb-device-label"), html.Div(shown)],
        className=classes("wb-device-column", className),
        **data(fresh=fresh, state=state),
    )


def device_grid(*cards: Any) -> html.Div:
    """Device cards, as many columns as fit."""
    return html.Div(list(cards), className="wb-device-grid")
