"""Where the ribbons of the flow picture run; assets/flow.js draws the same from the same numbers.

Grid left, solar on top, batteries below, building right. A ribbon is as wide as its kW; what does
not flow is not drawn. Coordinates are those of the layout's own box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components import formats

DEAD_BAND_KW = 0.05
DRIFT_FROM_PX = 7.0


@dataclass(frozen=True)
class Box:
    """A node's place."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Layout:
    """One size of the picture: its box, its nodes, the widest bundle of ribbons and the pills."""

    width: float
    height: float
    grid: Box
    solar: Box
    battery: Box
    building: Box
    bundle: float
    pill_w: float
    pill_h: float
    radius: float


LAYOUTS: dict[str, Layout] = {
    "desk": Layout(
        708, 254, Box(0, 97, 172, 60), Box(198, 0, 172, 60), Box(198, 194, 172, 60),
        Box(457, 0, 251, 254), 42, 38, 19, 30,
    ),
    "wall": Layout(
        1252, 691, Box(0, 264, 385, 163), Box(309, 0, 385, 163), Box(309, 528, 385, 163),
        Box(806, 0, 446, 691), 132, 96, 44, 70,
    ),
}  # fmt: skip

# name: (source token, sink token); in drawing order
FLOWS: dict[str, tuple[str, str]] = {
    "grid_building": ("import", "import"),
    "grid_battery": ("import", "charging"),
    "solar_building": ("solar-fill", "solar-fill"),
    "battery_building": ("discharging", "discharging"),
    "battery_grid": ("discharging", "export"),
    "solar_grid": ("solar-fill", "export"),
    "solar_battery": ("solar-fill", "charging"),
}
# The lanes of each port, in order: left to right, top to bottom.
PORTS: dict[str, tuple[str, ...]] = {
    "solar": ("solar_grid", "solar_battery", "solar_building"),
    "battery": ("battery_grid", "grid_battery", "solar_battery", "battery_building"),
    "grid": ("solar_grid", "grid_building", "grid_battery", "battery_grid"),
    "building": ("solar_building", "grid_building", "battery_building"),
}


@dataclass(frozen=True)
class Ribbon:
    """One flow as drawn: its path, width, where its number stands."""

    name: str
    kw: float
    width: float
    path: str
    ends: tuple[float, float, float, float]
    pill: tuple[float, float]
    seconds: float


def n(value: float) -> str:
    """A coordinate with one decimal."""
    return str(formats.rounded(value, 1))


def shown_flows(frame: Mapping[str, Any]) -> dict[str, float]:
    """The flows of a frame above the dead band; none while it is stale or missing."""
    if frame.get("state") not in ("fresh", "late"):
        return {}
    flows: Mapping[str, float | None] = frame.get("flows") or {}
    return {name: kw for name in FLOWS if (kw := flows.get(name) or 0.0) >= DEAD_BAND_KW}


def ribbons(
    flows: Mapping[str, float], layout: Layout, peak_kw: float | None = None
) -> list[Ribbon]:
    """The ribbons of the flows; `peak_kw` (the day's largest, kW) is the fullest bundle."""
    total = sum(flows.values())
    scale = layout.bundle / max(total, peak_kw or 0.0, 1e-9)
    widths = {name: max(2.5, kw * scale) for name, kw in flows.items()}
    lanes = {port: _lanes(port, widths) for port in PORTS}
    largest = max(flows.values(), default=1.0)
    drawn = []
    for name in FLOWS:
        if name not in flows:
            continue
        path, ends, pill = _route(name, layout, lanes, widths[name], flows)
        seconds = 3.0 - 2.2 * math.sqrt(flows[name] / largest)
        drawn.append(Ribbon(name, flows[name], widths[name], path, ends, pill, seconds))
    return drawn


def _lanes(port: str, widths: Mapping[str, float]) -> dict[str, float]:
    """Offsets of the lane centres from the middle of a port, 3 apart."""
    there = [name for name in PORTS[port] if name in widths]
    full = sum(widths[name] for name in there) + 3 * max(0, len(there) - 1)
    at = -full / 2
    places = {}
    for name in there:
        places[name] = at + widths[name] / 2
        at += widths[name] + 3
    return places


Route = tuple[str, tuple[float, float, float, float], tuple[float, float]]


def _route(
    name: str,
    layout: Layout,
    lanes: Mapping[str, Mapping[str, float]],
    width: float,
    flows: Mapping[str, float],
) -> Route:
    middle = layout.solar.x + layout.solar.w / 2
    level = layout.grid.y + layout.grid.h / 2
    top, bottom = layout.solar.y + layout.solar.h, layout.battery.y
    left, right = layout.grid.x + layout.grid.w, layout.building.x
    r = layout.radius + width / 2
    near_grid = left + layout.pill_w
    near_battery = bottom - layout.pill_h * 1.3
    near_building = right - layout.pill_w * 1.5
    if name == "solar_battery":
        x1 = middle + lanes["solar"][name]
        # Straight down where nothing else meets the batteries.
        x2 = middle + lanes["battery"][name] if len(lanes["battery"]) > 1 else x1
        path = f"M{n(x1)} {n(top)}C{n(x1)} {n(level)} {n(x2)} {n(level)} {n(x2)} {n(bottom)}"
        crowded = "grid_battery" in flows
        pill = (x1, top + layout.pill_h * 1.3) if crowded else (x2, near_battery)
        return path, (x1, top, x2, bottom), pill
    if name == "grid_building":
        y1, y2 = level + lanes["grid"][name], level + lanes["building"][name]
        path = f"M{n(left)} {n(y1)}C{n(middle)} {n(y1)} {n(middle)} {n(y2)} {n(right)} {n(y2)}"
        return path, (left, y1, right, y2), (near_grid, y1)
    upright, sideways = ("solar", top) if name.startswith("solar") else ("battery", bottom)
    x = middle + lanes[upright][name]
    down = 1 if upright == "solar" else -1
    if name.endswith("building"):
        y = level + lanes["building"][name]
        path = _bend(x, sideways, y, right, r, down, 1)
        pill = (near_building, y) if upright == "solar" else (x, near_battery)
        return path, (x, sideways, right, y), pill
    y = level + lanes["grid"][name]
    if name == "grid_battery":
        r = min(r, bottom - y - 2)
        path = f"M{n(left)} {n(y)}H{n(x - r)}Q{n(x)} {n(y)} {n(x)} {n(y + r)}V{n(bottom)}"
        return path, (left, y, x, bottom), (x, near_battery)
    return _bend(x, sideways, y, left, r, down, -1), (x, sideways, left, y), (near_grid, y)


def _bend(x: float, from_y: float, y: float, to_x: float, r: float, down: int, right: int) -> str:
    """From a node up or down, round one corner, then sideways."""
    r = min(r, abs(y - from_y) - 2)
    return (
        f"M{n(x)} {n(from_y)}V{n(y - down * r)}Q{n(x)} {n(y)} {n(x + right * r)} {n(y)}H{n(to_x)}"
    )


def _ribbon_markup(r: Ribbon, layout_name: str) -> str:
    css = "wb-ribbon" if r.width >= DRIFT_FROM_PX else "wb-ribbon wb-ribbon-thin"
    line = (
        f'<path class="{css}" d="{r.path}" stroke="url(#wb-{layout_name}-{r.name})" '
        f'stroke-width="{n(r.width)}"/>'
    )
    if r.width < DRIFT_FROM_PX:
        return line
    token = FLOWS[r.name][0].replace("-fill", "")
    return line + (
        f'<path class="wb-drift" d="{r.path}" style="stroke:var(--wb-{token});'
        f'stroke-width:{n(min(6.0, max(2.0, r.width / 9)))};animation-duration:{n(r.seconds)}s"/>'
    )


def ribbons_markup(frame: Mapping[str, Any], layout_name: str, peak_kw: float | None) -> str:
    """The SVG inside the flow picture, numbers included; ids carry the layout's name."""
    layout = LAYOUTS[layout_name]
    drawn = ribbons(shown_flows(frame), layout, peak_kw)
    stops = "".join(
        f'<linearGradient id="wb-{layout_name}-{r.name}" gradientUnits="userSpaceOnUse" '
        f'x1="{n(r.ends[0])}" y1="{n(r.ends[1])}" x2="{n(r.ends[2])}" y2="{n(r.ends[3])}">'
        f'<stop offset=".15" style="stop-color:var(--wb-{FLOWS[r.name][0]})"/>'
        f'<stop offset=".85" style="stop-color:var(--wb-{FLOWS[r.name][1]})"/></linearGradient>'
        for r in drawn
    )
    lines = "".join(_ribbon_markup(r, layout_name) for r in drawn)
    pills = "".join(
        f'<g class="wb-pill"><rect x="{n(r.pill[0] - layout.pill_w / 2)}" '
        f'y="{n(r.pill[1] - layout.pill_h / 2)}" width="{n(layout.pill_w)}" '
        f'height="{n(layout.pill_h)}" rx="{n(layout.pill_h / 2)}"/>'
        f'<text x="{n(r.pill[0])}" y="{n(r.pill[1])}">{formats.fixed(r.kw, 1)}</text></g>'
        for r in drawn
    )
    return (
        f'<svg class="wb-ribbons" viewBox="0 0 {n(layout.width)} {n(layout.height)}" '
        f'aria-hidden="true"><defs>{stops}</defs>{lines}{pills}</svg>'
    )
