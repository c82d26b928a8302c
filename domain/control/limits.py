"""How much each flexible device may draw so that the site stays inside its limit. Pure.

All powers are in one direction, import or export, in kW ≥ 0 (a device that flows the other way
counts negative). The same rules hold for both: for import it is what devices draw, for export
what batteries deliver.

Three thresholds below the limit keep it from flapping: above the first devices are narrowed, to
the second; only below the third they are let up again, in steps, and not sooner than half a
minute after the last change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

TURNS: Mapping[int, str] = MappingProxyType(
    {0: "batteries", 1: "car chargers", 2: "other devices", 3: "critical devices"}
)
"""Who is narrowed first. Within a turn all give the same share of what they can."""
NARROW_AT, NARROW_TO, CALM_BELOW = 0.02, 0.04, 0.10
"""Shares of the limit below it."""
LEAST_KW = 0.1
"""Smaller differences are not worth telling a device."""
RAMP = 0.25
"""The share of its full power by which a device is let up in one step."""
RELAX_EVERY_MS = 30_000


@dataclass(frozen=True, slots=True)
class Flexible:
    """A device whose power can be set, in the direction of the limit.

    `draw_kw` flows now; `want_kw` is what it is asked for or draws; `full_kw` what it would take
    if nothing bound it; `floor_kw` the least it can be told. `step_kw` is the grid of its values.
    """

    device_id: str
    name: str
    turn: int
    draw_kw: float
    want_kw: float
    floor_kw: float
    full_kw: float
    step_kw: float = 0.0
    asked: bool = False
    """Whether somebody names a power; else it follows its own rule."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The most a device may; `told` where it was told so, since it would draw more by itself."""

    kw: float
    told: bool


@dataclass(frozen=True, slots=True)
class SiteNow:
    """The limit and the main meter in its direction; `grid_kw` None where it is not known.

    `settled` says that the meter was read after the last change had its effect, `since_change_ms`
    how long ago that change was.
    """

    limit_kw: float
    grid_kw: float | None
    settled: bool = True
    since_change_ms: int = RELAX_EVERY_MS


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds from now on: `state` is free, narrowed or holding; caps by device.

    `over_kw` is by how much the limit is passed although nothing was left to narrow for half a
    minute. `words` say with which numbers.
    """

    state: str
    caps: Mapping[str, Cap]
    over_kw: float
    words: str


def distribute(room_kw: float, listed: Sequence[Flexible]) -> dict[str, float]:
    """What each may have of `room_kw`: all they want where it is enough, else less by turns.

    Nobody is given less than its floor or more than it wants; more room never means less for
    anybody.
    """
    given = {one.device_id: _wanted(one) for one in listed}
    over = sum(given.values()) - room_kw
    for turn in sorted({one.turn for one in listed}):
        if over <= 0:
            break
        members = [one for one in listed if one.turn == turn]
        spare = {one.device_id: given[one.device_id] - one.floor_kw for one in members}
        total = sum(spare.values())
        if total <= 0:
            continue
        share = min(1.0, over / total)
        for one in members:
            left = given[one.device_id] - share * spare[one.device_id]
            given[one.device_id] = max(one.floor_kw, left)
        over -= share * total
    return given


def decide(site: SiteNow, listed: Sequence[Flexible], before: Mapping[str, Cap]) -> Decision:
    """The caps from now on, from those that hold."""
    known = {one.device_id: one for one in listed}
    held = {key: cap for key, cap in before.items() if key in known}
    if site.grid_kw is None:
        return _hold(site, known, held)
    limit_kw = site.limit_kw
    others_kw = site.grid_kw - sum(one.draw_kw for one in listed)
    bound = [_bound(one, held.get(one.device_id)) for one in listed]
    coming_kw = max(site.grid_kw, others_kw + sum(_wanted(one) for one in bound))
    room_kw = limit_kw * (1 - NARROW_TO) - others_kw
    numbers = f"{site.grid_kw:.1f} of {limit_kw:.1f} kW, other loads {others_kw:.1f} kW"
    caps = held
    if coming_kw > limit_kw * (1 - NARROW_AT) and site.settled:
        caps = _narrowed(distribute(room_kw, bound), bound, held)
    elif held and coming_kw <= limit_kw * (1 - CALM_BELOW) and _rested(site):
        wishes = [_unbound(one, held.get(one.device_id)) for one in listed]
        caps = _let_up(distribute(room_kw, wishes), wishes, held)
    if caps:
        numbers += f", {max(0.0, room_kw):.1f} kW left for {len(listed)} flexible"
    stuck = caps == held and _rested(site)
    over_kw = max(0.0, site.grid_kw - limit_kw) if stuck else 0.0
    return Decision("narrowed" if caps else "free", caps, over_kw, numbers)


def _rested(site: SiteNow) -> bool:
    return site.settled and site.since_change_ms >= RELAX_EVERY_MS


def _hold(site: SiteNow, known: Mapping[str, Flexible], held: Mapping[str, Cap]) -> Decision:
    """Nobody may draw more than now while nobody knows how much the site draws."""
    caps = {}
    for device_id, one in known.items():
        now_kw = _on_grid(max(one.draw_kw, one.floor_kw, 0.0), one, up=True)
        cap = held.get(device_id)
        if cap is None:
            caps[device_id] = Cap(now_kw, told=False)
        else:
            caps[device_id] = Cap(min(cap.kw, max(now_kw, one.floor_kw)), cap.told)
    words = f"main meter unknown, limit {site.limit_kw:.1f} kW: nobody may draw more than now"
    return Decision("holding", caps, 0.0, words)


def _narrowed(
    given: Mapping[str, float], listed: Sequence[Flexible], held: Mapping[str, Cap]
) -> dict[str, Cap]:
    caps = dict(held)
    for one in listed:
        kw = _on_grid(given[one.device_id], one, up=False)
        cap = held.get(one.device_id)
        now_kw = cap.kw if cap else _wanted(one)
        if kw < now_kw - LEAST_KW:
            told = (cap is not None and cap.told) or (not one.asked and one.draw_kw > kw + LEAST_KW)
            caps[one.device_id] = Cap(kw, told)
        elif cap is not None and not cap.told and not one.asked and one.draw_kw > kw + LEAST_KW:
            # It was only a bound so far, and the device draws more by its own rule.
            caps[one.device_id] = Cap(min(cap.kw, max(kw, one.floor_kw)), told=True)
    return caps


def _let_up(
    given: Mapping[str, float], listed: Sequence[Flexible], held: Mapping[str, Cap]
) -> dict[str, Cap]:
    caps = {}
    for one in listed:
        cap = held.get(one.device_id)
        if cap is None:
            continue
        step_kw = max(RAMP * one.full_kw, one.step_kw, LEAST_KW)
        kw = _on_grid(min(given[one.device_id], cap.kw + step_kw), one, up=False)
        kw = max(kw, cap.kw)
        if kw < _wanted(one) - LEAST_KW / 2:
            caps[one.device_id] = Cap(kw, cap.told)
    return caps


def _bound(one: Flexible, cap: Cap | None) -> Flexible:
    """The device wanting no more than its cap allows."""
    if cap is None:
        return one
    return replace(one, want_kw=min(one.want_kw, cap.kw))


def _unbound(one: Flexible, cap: Cap | None) -> Flexible:
    """The device wanting what it would take without its cap."""
    return one if cap is None else replace(one, want_kw=one.full_kw)


def _wanted(one: Flexible) -> float:
    """What it wants, inside its own limits."""
    return min(max(one.want_kw, one.floor_kw), max(one.full_kw, one.floor_kw))


def _on_grid(kw: float, one: Flexible, *, up: bool) -> float:
    """The nearest value the device can be set to that is not above (or, `up`, not below)."""
    step_kw = one.step_kw or 0.001
    steps = (kw - one.floor_kw) / step_kw
    whole = math.ceil(steps - 1e-6) if up else math.floor(steps + 1e-6)
    return max(one.floor_kw, round(one.floor_kw + whole * step_kw, 6))
