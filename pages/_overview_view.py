"""The parts of the overview as pure functions of what the accounts say and a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dash import html

from components import charts, flow, formats
from components.buttons import link_button
from components.cards import card, needs_row
from components.forms import segments
from components.marks import age, data, value
from components.states import empty
from domain.building.attention import MOST_URGENT, Need
from domain.building.energy_now import EnergyNow
from domain.building.energy_slots import Slot
from domain.building.energy_today import RoomsEnergy

ROOMS_ID = "overview-rooms"
ROOMS_SPAN_ID = "overview-rooms-span"
ROOMS_TOTAL_ID = "overview-rooms-total"
OUTSIDE = "Outside rooms"
WHOLE_FROM_KWH = 100.0


@dataclass(frozen=True, slots=True)
class NeedLook:
    """Tone, icon and verb of a kind of need, and where its button leads."""

    tone: str
    icon: str
    verb: str
    href: str = "/sensors?state=stale"
    href_of: str = "/sensors/"
    """Before the room or sensor a line is about; `href` is for a line about none."""


NEED_LOOKS: dict[str, NeedLook] = {
    "no_data": NeedLook("fault", "fault", "Check"),
    "main_meter": NeedLook("fault", "fault", "Open"),
    "balance": NeedLook("late", "gauge", "Check", "/sensors?type=energy_meter"),
    "quality": NeedLook("late", "gauge", "Check"),
    "comfort": NeedLook("warning", "temperature", "Open", href_of="/rooms/"),
    "silent": NeedLook("stale", "silent", "Open"),
    "refused": NeedLook("stale", "ban", "Read", "/sensors?tab=rejected"),
    "discovered": NeedLook("accent", "sensor", "Adopt", "/sensors?state=discovered"),
}

USE_TOKENS: dict[str, tuple[str, str]] = {
    "climate": ("Climate", "use-climate"),
    "lighting": ("Lighting", "use-lighting"),
    "equipment": ("Equipment", "use-equipment"),
    "kitchen": ("Kitchen", "use-kitchen"),
    "other": ("Other", "use-other"),
}


def flow_card(now: EnergyNow, curve: Sequence[Slot], now_ms: int, zone: ZoneInfo) -> html.Section:
    """Where the power comes from and goes to; a picture, and on a phone a number over two bars."""
    frame = now.frame()
    solar_kw = max((slot.generation_kw or 0.0 for slot in curve), default=0.0)
    facts = {"solar": f"peak {formats.fixed(solar_kw, 1)}"} if solar_kw else {}
    picture = flow.flow_picture(
        frame,
        peak_kw=_largest_sum(curve),
        facts=facts,
        now_words="" if now.ts_ms is None else formats.moment(now.ts_ms, now_ms, zone),
    )
    hero = html.Div(
        [
            value(
                now.consumption_kw,
                "kw",
                live="energy/consumption_kw",
                size="hero",
                estimate=now.approximate,
            ),
            html.Span(
                str(frame["mix_word"]),
                className="wb-hero-words",
                **data(live_word="energy/mix_word"),
            ),
        ],
        className="wb-hero",
    )
    return card(
        "Energy now",
        html.Div([hero, flow.in_out_bars(frame)], className="wb-flow-bars"),
        html.Div(picture, className="wb-flow-picture"),
        _flow_notes(now, now_ms, zone),
        fact=age(now.ts_ms, now_ms, zone, live="energy", interval_s=now.interval_s),
        actions=flow.flow_balance(frame),
        className="wb-flow-card",
        fresh="energy",
        state=now.state,
    )


def _largest_sum(curve: Sequence[Slot]) -> float | None:
    """The day's largest sum of sources [kW], which the fullest bundle of ribbons stands for."""
    sums = [
        (slot.generation_kw or 0.0) + (slot.discharging_kw or 0.0) + (slot.import_kw or 0.0)
        for slot in curve
        if slot.complete
    ]
    return max(sums, default=None)


def _flow_notes(now: EnergyNow, now_ms: int, zone: ZoneInfo) -> html.Ul | None:
    """What a reader must know beside the figures: silent meters, estimates, contradictions."""
    frame = now.frame()
    lines = []
    if now.missing:
        since = ""
        if now.missing_since_ms is not None:
            since = f" since {formats.moment(now.missing_since_ms, now_ms, zone)}"
        lines.append(f"Consumption unknown: {formats.list_words(now.missing)} silent{since}")
    if now.assumed:
        lines.append(assumed_words(now, now_ms, zone))
    if now.reason:
        lines.append(f"Consumption is an estimate {now.reason}")
    exceeds_kw = frame["exceeds_kw"]
    if isinstance(exceeds_kw, float) and exceeds_kw > 0:
        lines.append(f"Submeters exceed the main meter by {formats.text('kw', exceeds_kw)}")
    notes = frame["notes"]
    lines.extend(notes if isinstance(notes, list) else [])
    return html.Ul([html.Li(line) for line in lines], className="wb-flow-notes") if lines else None


def assumed_words(now: EnergyNow, now_ms: int, zone: ZoneInfo) -> str:
    """`Solar is taken as 0 at night: Roof silent since 21:04`."""
    since = ""
    if now.assumed_since_ms is not None:
        since = f" since {formats.moment(now.assumed_since_ms, now_ms, zone)}"
    return f"Solar is taken as 0 at night: {formats.list_words(now.assumed)} silent{since}"


def rooms_card(now: EnergyNow) -> html.Section:
    """Rooms by use, as of now or as energy of today; what lies outside rooms comes last."""
    choice = segments(
        ROOMS_SPAN_ID, [("now", "Now"), ("today", "Today")], value="now", label="Span of the rooms"
    )
    entries = _use_entries(now)
    total, rows = rooms_now(now)
    return card(
        "Rooms by use",
        charts.legend(entries) if entries else None,
        html.Div(rows, id=ROOMS_ID),
        fact=html.Span(total, id=ROOMS_TOTAL_ID),
        actions=choice,
        className="wb-rooms-card",
    )


def _use_entries(now: EnergyNow) -> list[tuple[str, str, str]]:
    """The legend of the uses there are; those that share a step of slate share an entry."""
    names: dict[str, list[str]] = {}
    for use, (name, token) in USE_TOKENS.items():
        if now.uses.get(use):
            step = "use-kitchen" if token == "use-other" else token
            names.setdefault(step, []).append(name)
    return [(", ".join([n[0], *map(str.lower, n[1:])]), step, "box") for step, n in names.items()]


def rooms_now(now: EnergyNow) -> tuple[Any, Any]:
    """The building's power and that of each room, kept true by live.js."""
    frame = now.frame()
    rooms, outside = frame["rooms"], frame["outside"]
    if not now.rooms or not isinstance(rooms, dict) or not isinstance(outside, dict):
        return "kW", _no_submeters()
    rows = [
        (
            _room_name(room["name"], room["complete"]),
            _parts(room),
            formats.fixed(room["kw"], 1),
            f"energy/rooms/{room_id}",
        )
        for room_id, room in rooms.items()
    ]
    rows.append((OUTSIDE, _parts(outside), formats.fixed(outside["kw"], 1), "energy/outside"))
    total = value(now.consumption_kw, "kw", live="energy/consumption_kw", estimate=now.approximate)
    return [total, " in all"], flow.stacked_rows(rows)


def rooms_today(energy: RoomsEnergy) -> tuple[Any, Any]:
    """Energy since midnight, of the building and each room; numbers add up."""
    if not energy.rooms:
        return "kWh", _no_submeters()
    outside = {**energy.no_room, "unmetered": energy.unmetered_kwh or 0.0}
    amounts = [*(room.kwh for room in energy.rooms), sum(outside.values())]
    total = None
    if energy.consumption_kwh is not None:
        total = energy.consumption_kwh + (energy.exceeds_kwh or 0.0)
    numbers = formats.add_up(amounts, 0 if sum(amounts) >= WHOLE_FROM_KWH else 1, total=total)
    rows = [
        (_room_name(room.name, room.complete), _parts(room.by_use), words)
        for room, words in zip(energy.rooms, numbers, strict=False)
    ]
    rows.append((OUTSIDE, _parts(outside), numbers[-1]))
    return f"{formats.text('energy', energy.consumption_kwh)} in all", flow.stacked_rows(rows)


def _parts(by_use: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Token, amount and name of each part of a row's bar; the unmetered rest is hatched."""
    parts = [(token, _number(by_use.get(use)), use) for use, (_, token) in USE_TOKENS.items()]
    if "unmetered" in by_use:
        parts.append(("rest", _number(by_use["unmetered"]), "unmetered"))
    return parts


def _room_name(name: str, complete: bool) -> Any:
    """The name, with ≈ where a silent submeter makes the room's figure too low."""
    if complete:
        return name
    return html.Span([name, " ≈"], title="A submeter of this room is silent: at least this much")


def _no_submeters() -> Any:
    return empty(
        "No submeters in rooms",
        "A submeter with a room and a use shows here what that room draws.",
        link_button("Open sensors", "/sensors?type=energy_meter"),
        icon_name="room",
    )


def need_href(need: Need) -> str:
    """Where the button of a line leads."""
    look = NEED_LOOKS[need.kind]
    return look.href_of + quote(need.target, safe="") if need.target else look.href


def needs_card(needs: Sequence[Need], now_ms: int, zone: ZoneInfo) -> html.Section:
    """What needs a person, the most urgent first and only its button filled.

    All slots are there from the start: assets/live-needs.js writes into them what is pushed.
    """
    slots = [
        _need_slot(needs[index] if index < len(needs) else None, now_ms, zone, first=index == 0)
        for index in range(MOST_URGENT)
    ]
    nothing = empty(
        "Nothing needs you",
        "Every sensor reports, every room is in its band, the meters add up.",
        icon_name="check",
    )
    left = max(0, len(needs) - MOST_URGENT)
    more = html.P(
        f"{left} more below these in urgency",
        className="wb-muted wb-needs-more",
        hidden=not left,
        **data(part="more"),
    )
    count = html.Span(
        f"{len(needs)} open, by urgency" if needs else "", role="status", **data(part="count")
    )
    looks = json.dumps({kind: asdict(look) for kind, look in NEED_LOOKS.items()})
    return card(
        "What needs me",
        html.Div(
            [*slots, html.Div(nothing, hidden=bool(needs), **data(part="nothing")), more],
            className="wb-needs-slots",
            **data(live_watch="needs", looks=looks),
        ),
        fact=count,
        className="wb-needs-card",
        id="overview-needs",
    )


def _need_slot(need: Need | None, now_ms: int, zone: ZoneInfo, *, first: bool) -> html.Div:
    """The place of one line, hidden while nothing stands in it."""
    kind = "primary" if first else "normal"
    look = NEED_LOOKS[need.kind if need else "silent"]
    href = need_href(need) if need else look.href
    line = needs_row(
        need.fact if need else "–",
        _evidence(need, now_ms, zone) if need else "–",
        link_button(look.verb, href, kind=kind),
        tone=look.tone,
        icon_name=look.icon,
    )
    return html.Div(line, hidden=need is None, **data(part="need"))


def _evidence(need: Need, now_ms: int, zone: ZoneInfo) -> str:
    if need.since_ms is None:
        return need.evidence
    when = formats.moment(need.since_ms, now_ms, zone)
    word = "last" if need.kind == "refused" else "since"
    return f"{need.evidence} · {word} {when}" if need.evidence else f"{word} {when}"


def no_meters(needs: Sequence[Need]) -> html.Section:
    """The overview of a building without meters: what to do."""
    heard = next((need.fact for need in needs if need.kind == "discovered"), None)
    action = (
        link_button("Adopt sensors", "/sensors?state=discovered", kind="primary")
        if heard
        else link_button("Register a sensor", "/sensors", kind="primary")
    )
    return card(
        None,
        empty(
            "No meter counts yet",
            f"{f'{heard} heard. ' if heard else ''}Give the meter at your grid connection the role "
            "“Main meter”; its power is + for import and − for export. Generation, batteries and "
            "submeters have roles of their own, so that nothing counts twice.",
            action,
            icon_name="overview",
        ),
    )


def _number(amount: object) -> float:
    return float(amount) if isinstance(amount, int | float) else 0.0
