"""The parts of the overview as pure functions of what the accounts say and a moment."""

from __future__ import annotations

from collections.abc import Sequence
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
from domain.building.attention import Need
from domain.building.energy_now import EnergyNow
from domain.building.energy_slots import Slot
from domain.building.energy_today import RoomsEnergy

ROOMS_ID = "overview-rooms"
ROOMS_SPAN_ID = "overview-rooms-span"
NEEDS_SHOWN = 5

NEED_LOOKS: dict[str, tuple[str, str, str]] = {
    "no_data": ("fault", "fault", "Check"),
    "main_meter": ("fault", "fault", "Open"),
    "balance": ("late", "gauge", "Check"),
    "quality": ("late", "gauge", "Check"),
    "comfort": ("warning", "temperature", "Open"),
    "silent": ("stale", "silent", "Open"),
    "refused": ("stale", "ban", "Read"),
    "discovered": ("accent", "sensor", "Adopt"),
}
"""Tone, icon and verb of each kind of need."""


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
                estimate=now.estimated,
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
    if now.reason:
        lines.append(f"Consumption is an estimate {now.reason}")
    exceeds_kw = frame["exceeds_kw"]
    if isinstance(exceeds_kw, float) and exceeds_kw > 0:
        lines.append(f"Submeters exceed the main meter by {formats.text('kw', exceeds_kw)}")
    notes = frame["notes"]
    lines.extend(notes if isinstance(notes, list) else [])
    return html.Ul([html.Li(line) for line in lines], className="wb-flow-notes") if lines else None


def rooms_card(now: EnergyNow) -> html.Section:
    """Rooms by use, as of now or as energy of today; what no submeter explains comes last."""
    choice = segments(
        ROOMS_SPAN_ID, [("now", "Now"), ("today", "Today")], value="now", label="Span of the rooms"
    )
    used = [use for use in USE_TOKENS if any(room.by_use.get(use) for room in now.rooms)]
    entries = [(*USE_TOKENS[use], "box") for use in used]
    return card(
        "Rooms by use",
        charts.legend(entries) if entries else None,
        html.Div(rooms_now(now), id=ROOMS_ID),
        actions=choice,
        className="wb-rooms-card",
    )


def rooms_now(now: EnergyNow) -> Any:
    """Power of each room, kept true by live.js."""
    frame = now.frame()
    rooms = frame["rooms"]
    if not now.rooms or not isinstance(rooms, dict):
        return _no_submeters()
    rows: list[Any] = [
        (
            room["name"],
            [(USE_TOKENS[use][1], room[use], use) for use in USE_TOKENS],
            _room_kw(room["kw"], room["complete"]),
            f"energy/rooms/{room_id}",
        )
        for room_id, room in rooms.items()
    ]
    outside_kw = frame["outside_rooms_kw"]
    rows.append(
        (
            "Outside rooms and rest",
            [("rest", _number(outside_kw), "rest")],
            formats.fixed(outside_kw if isinstance(outside_kw, float) else None, 1),
        )
    )
    total = value(now.consumption_kw, "kw", live="energy/consumption_kw", estimate=now.estimated)
    return [html.P([total, " in all"], className="wb-ranks-total"), _ranks(rows)]


def _room_kw(kw: float | None, complete: bool) -> str:
    """The room's number; ≈ where one of its submeters is silent."""
    return formats.fixed(kw, 1) if complete or kw is None else f"≈ {formats.fixed(kw, 1)}"


def rooms_today(energy: RoomsEnergy) -> Any:
    """Energy of each room since midnight; numbers add up to the consumption."""
    if not energy.rooms:
        return _no_submeters()
    rest = energy.no_room_kwh + (energy.unmetered_kwh or 0.0)
    parts = [*(room.kwh for room in energy.rooms), rest]
    decimals = 0 if sum(parts) >= 100 else 1
    total = None
    if energy.consumption_kwh is not None:
        total = energy.consumption_kwh + (energy.exceeds_kwh or 0.0)
    numbers = formats.add_up(parts, decimals, total=total)
    rows: list[Any] = [
        (
            f"{'' if room.complete else '≈ '}{room.name}",
            [(USE_TOKENS[use][1], room.by_use.get(use, 0.0), use) for use in USE_TOKENS],
            words,
        )
        for room, words in zip(energy.rooms, numbers, strict=False)
    ]
    rows.append(("Outside rooms and rest", [("rest", rest, "rest")], numbers[-1]))
    all_of = formats.text("energy", energy.consumption_kwh)
    return [html.P(f"{all_of} in all", className="wb-ranks-total"), _ranks(rows)]


def _ranks(rows: Sequence[Any]) -> html.Div:
    return flow.stacked_rows([(n, [(t, a) for t, a, _ in parts], w) for n, parts, w, *_ in rows])


def _no_submeters() -> Any:
    return empty(
        "No submeters in rooms",
        "A submeter with a room and a use shows here what that room draws.",
        link_button("Open sensors", "/sensors?type=energy_meter"),
        icon_name="room",
    )


def need_href(need: Need) -> str:
    """Where the button of a line leads."""
    if need.kind == "comfort":
        return f"/rooms/{need.target}"
    if need.target:
        return f"/sensors/{quote(need.target, safe='')}"
    return {
        "refused": "/sensors?tab=rejected",
        "discovered": "/sensors?state=discovered",
        "balance": "/sensors?type=energy_meter",
    }.get(need.kind, "/sensors?state=stale")


def needs_card(needs: Sequence[Need], now_ms: int, zone: ZoneInfo) -> html.Section:
    """What needs a person: the most urgent first, only its button filled."""
    rows = []
    for index, need in enumerate(needs[:NEEDS_SHOWN]):
        tone, icon_name, verb = NEED_LOOKS[need.kind]
        kind = "primary" if index == 0 else "normal"
        rows.append(
            needs_row(
                need.fact,
                _evidence(need, now_ms, zone),
                link_button(verb, need_href(need), kind=kind),
                tone=tone,
                icon_name=icon_name,
            )
        )
    left = len(needs) - len(rows)
    fact = f"{len(needs)} open, by urgency" if needs else "nothing"
    body: list[Any] = rows or [
        empty(
            "Nothing needs you",
            "Every sensor reports, every room is in its band, the meters add up.",
            icon_name="check",
        )
    ]
    if left > 0:
        body.append(
            html.P(f"{left} more below these in urgency", className="wb-muted wb-needs-more")
        )
    return card("What needs me", *body, fact=fact, className="wb-needs-card", id="overview-needs")


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
