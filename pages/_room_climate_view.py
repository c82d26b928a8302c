"""A room's climate as its page shows it: band, advice with its inputs, automatic control. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.cards import card
from components.icons import icon
from components.marks import age, chip, data, key_value, value
from components.states import empty
from domain.climate.looking import RoomClimate
from domain.climate.model import BAND_LABELS, Band, LoggedDecision, Measure, Occupancy
from domain.control import words
from domain.control.command_store import Stop
from domain.control.model import RELEASE, Device
from domain.control.owners import OWNERS
from domain.control.views import Holding

WEEK_OPEN, BUILDING_OPEN, SWITCH_OPEN = (
    "climate-week-open",
    "climate-building-open",
    "climate-switch-open",
)
STATUS_WORDS = {"on-cold": "Cool", "on-warm": "Heat", "off": "Nothing to do"}
STATUS_ICONS = {"on-cold": "cooling", "on-warm": "heat", "off": "check"}
SOURCE_WORDS = {
    "own": "this room's own week",
    "building": "the building's week",
    "none": "no hours are set",
}
SHOWN_DECISIONS = 6


@dataclass(frozen=True, slots=True)
class ClimateView:
    """Everything the card is drawn from, and which buttons are the reader's."""

    look: RoomClimate
    devices: Sequence[Device]
    holdings: Mapping[str, Holding]
    log: Sequence[LoggedDecision]
    stop: Stop | None
    now_ms: int
    zone: ZoneInfo
    may_edit: bool = False
    may_switch: bool = False
    files: Sequence[Any] = ()


def climate_card(shown: ClimateView) -> Any:
    """Two columns: what is advised and on what it stands; what is done about it."""
    acts = []
    if shown.may_edit:
        acts = [
            button("Building's week", id=BUILDING_OPEN, kind="quiet", small=True),
            button("Edit week", id=WEEK_OPEN, small=True, icon_name="edit"),
        ]
    return card(
        "Climate",
        html.Div(
            [
                html.Div(_advice_part(shown), className="wb-climate-part"),
                html.Div(_automatic_part(shown), className="wb-climate-part"),
            ],
            className="wb-climate",
        ),
        actions=acts or None,
    )


# ---- advice --------------------------------------------------------------------------------


def _advice_part(shown: ClimateView) -> list[Any]:
    look = shown.look
    return [
        html.H3("Advice", className="wb-climate-head"),
        html.Div(status_chip(look.advice.status)),
        html.P(sentence(look.advice.reason), className="wb-climate-why"),
        html.P([icon("info", size=13), " ", look.advice.hint], className="wb-climate-hint")
        if look.advice.hint
        else None,
        key_value([*_band_rows(shown), *_input_rows(shown)]),
    ]


def status_chip(status: str) -> Any:
    """`Cool`, `Heat` or `Nothing to do`, with its icon."""
    tone = "neutral" if status == "off" else "accent"
    return chip(STATUS_WORDS[status], tone, icon_name=STATUS_ICONS[status])


def sentence(text: str) -> str:
    """With a full stop, as a line of its own."""
    return text if text.endswith(".") else f"{text}."


def band_words(band: Band) -> str:
    """`21.0 to 26.0 °C`."""
    return f"{formats.fixed(band.low_c, 1)} to {formats.fixed(band.high_c, 1)} °C"


def _band_rows(shown: ClimateView) -> list[tuple[Any, Any]]:
    look, band = shown.look, shown.look.inputs.band
    source = SOURCE_WORDS[look.week.source]
    rows: list[tuple[Any, Any]] = [
        ("Band now", _two(band_words(band), f"{band.why} · {source}")),
    ]
    if look.following:
        at_ms, following = look.following
        when = _ahead(at_ms, shown.now_ms, shown.zone)
        rows.append((f"From {when}", _two(band_words(following), BAND_LABELS[following.kind])))
    elif look.week.source != "none":
        rows.append(("Next change", "none within two weeks"))
    return rows


def _ahead(at_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """`19:00` today, `Mon 07:00` within a week, `22 Jun 07:00` later."""
    at, now = formats.local(at_ms, zone), formats.local(now_ms, zone)
    days = (at.date() - now.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    if days < 7:
        return f"{formats.WEEKDAYS[at.weekday()]} {at:%H:%M}"
    return f"{at.day} {formats.MONTHS[at.month - 1]} {at:%H:%M}"


def _input_rows(shown: ClimateView) -> list[tuple[Any, Any]]:
    inputs, advice = shown.look.inputs, shown.look.advice
    rows = [("Temperature", _measured(inputs.temperature, "temperature", shown))]
    feels, measured = advice.feels_like_c, inputs.temperature.value
    if feels is not None and measured is not None and abs(feels - measured) >= 0.05:
        note = html.Span("by the heat index", className="wb-age")
        rows.append(("Feels like", [value(feels, "temperature"), note]))
    return [
        *rows,
        ("Humidity", _measured(inputs.humidity, "humidity", shown)),
        ("People", _people(inputs.occupancy, shown)),
        ("Outside", _measured(inputs.outdoor, "temperature", shown)),
    ]


def _measured(measure: Measure, fmt: str, shown: ClimateView) -> Any:
    """A value with its age; a dash with how it went silent."""
    aged = age(measure.ts_ms, shown.now_ms, shown.zone, interval_s=measure.interval_s)
    if measure.value is not None:
        return [value(measure.value, fmt), aged]
    if measure.ts_ms is None:
        return html.Span("not measured", className="wb-muted")
    return [html.Span([formats.MISSING, f" {measure.state}"], className="wb-muted"), aged]


def _people(occupancy: Occupancy, shown: ClimateView) -> Any:
    if occupancy.kind == "unknown":
        return html.Span("unknown: neither counted nor motion", className="wb-muted")
    aged = age(occupancy.ts_ms, shown.now_ms, shown.zone, interval_s=occupancy.interval_s)
    if occupancy.kind == "counted":
        return [html.Span([formats.text("people", occupancy.people), " counted"]), aged]
    said = "somebody, by motion" if occupancy.present else "nobody, no motion for 30 min"
    return [html.Span(said), aged]


def _two(main: str, note: str) -> Any:
    return html.Span([html.Span(main), html.Span(note, className="wb-climate-note")])


# ---- automatic control ---------------------------------------------------------------------


def _automatic_part(shown: ClimateView) -> list[Any]:
    automatic = shown.look.automatic
    state = chip("On", "ok") if automatic.on else chip("Off", "neutral", icon_name="person")
    switch = None
    if shown.may_switch and (automatic.on or shown.devices):
        words_ = "Turn off" if automatic.on else "Turn on"
        switch = button(words_, id=SWITCH_OPEN, small=True)
    return [
        html.H3("Automatic", className="wb-climate-head"),
        html.Div([state, switch], className="wb-climate-switch"),
        *_standing(shown),
        html.Div(
            [html.H3("Decisions", className="wb-climate-head"), html.Span(list(shown.files))],
            className="wb-climate-log-head",
        ),
        _log(shown),
    ]


def _standing(shown: ClimateView) -> list[Any]:
    automatic = shown.look.automatic
    if not shown.devices:
        words_ = "No device in this room can heat or cool, so there is nothing to control."
        return [html.P(words_, className="wb-climate-why")]
    if not automatic.on:
        names = formats.list_words([device.name for device in shown.devices])
        words_ = f"Nobody follows the advice by itself. {names} could."
        return [html.P(words_, className="wb-climate-why")]
    since = formats.moment(automatic.switched_ms or 0, shown.now_ms, shown.zone)
    held = STATUS_WORDS[automatic.standing.status]
    parts: list[Any] = [
        html.P(
            f"{held}: {sentence(automatic.why)} On since {since}, by {automatic.switched_by}.",
            className="wb-climate-why",
        )
    ]
    if shown.stop:
        until = formats.moment(shown.stop.ends_ms, shown.now_ms, shown.zone)
        rests = f"All automatic control is stopped until {until}: nothing is told."
        parts.append(html.P([icon("stop", size=13), " ", rests], className="wb-climate-hint"))
    parts.append(key_value([_device_row(device, shown) for device in shown.devices]))
    parts.append(
        html.P(
            "Manual commands, lock-outs and limits win while they last.",
            className="wb-climate-note",
        )
    )
    return parts


def _device_row(device: Device, shown: ClimateView) -> tuple[Any, Any]:
    holding = shown.holdings.get(device.device_id)
    intent = holding.intent if holding else None
    if holding is None or intent is None:
        return device.name, "follows its own rule"
    told = [words.told(c.command, c.value) for c in holding.told if c.command != RELEASE]
    until = formats.moment(intent.ends_ms, shown.now_ms, shown.zone)
    said = ", ".join(told) or "nothing told yet"
    if intent.owner == "climate":
        return device.name, _two(said, f"until {until}, renewed while it lasts")
    who = f"{OWNERS[intent.owner].label} ({intent.owner_name})"
    return device.name, _two(said, f"{who} until {until}")


def _log(shown: ClimateView) -> Any:
    if not shown.log:
        words_ = "What is decided will stand here, with why and the inputs as they were used."
        return empty("No decisions yet", words_, icon_name="history")
    return html.Ol([_line(one, shown) for one in shown.log], className="wb-climate-log")


def _line(one: LoggedDecision, shown: ClimateView) -> Any:
    when = formats.moment(one.at_ms, shown.now_ms, shown.zone)
    return html.Li(
        html.Details(
            [
                html.Summary(
                    [
                        html.Span(when, className="wb-num"),
                        html.Strong(decision_words(one)),
                        html.Span(one.why, className="wb-climate-note"),
                    ]
                ),
                html.P(used_words(one.inputs), className="wb-climate-note"),
            ],
        ),
        **data(decision=one.status),
    )


def decision_words(one: LoggedDecision) -> str:
    """`Cool`, `Nothing to do`; or that somebody switched it."""
    switched = one.inputs.get("switched")
    return f"Switched {switched}" if switched else STATUS_WORDS[one.status]


def used_words(inputs: Mapping[str, object]) -> str:
    """The inputs of a decision in a line: what was unknown is said to have been."""
    parts = []
    for name, label, fmt in (
        ("temperature_c", "inside", "temperature"),
        ("feels_like_c", "felt like", "temperature"),
        ("humidity_percent", "humidity", "humidity"),
        ("outdoor_c", "outside", "temperature"),
    ):
        found = inputs.get(name)
        if name == "feels_like_c" and found == inputs.get("temperature_c"):
            continue
        known = float(found) if isinstance(found, int | float) else None
        parts.append(f"{label} {formats.text(fmt, known) if known is not None else 'unknown'}")
    people = inputs.get("people")
    counted = f", {people:g} people" if isinstance(people, int | float) else ""
    low, high = inputs.get("band_low_c"), inputs.get("band_high_c")
    band = f"band {low:g} to {high:g} °C" if _numbers(low, high) else "band unknown"
    return f"{', '.join(parts)}; {inputs.get('occupancy') or 'unknown'}{counted}; {band}"


def _numbers(*found: object) -> bool:
    return all(isinstance(one, int | float) for one in found)
