"""A room's page: its head, its period in tiles and strips, its sensors. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import figures, formats
from components.cards import card, grid, tile
from components.charts import legend, strip_chart
from components.marks import key_value, value
from components.periods import Choice
from components.states import empty
from components.tables import Column, Row, simple_table
from domain.building.comfort import TimeBeyond
from domain.building.model import Room, RoomLive
from domain.building.room_history import EnergyOfPeriod, Line, RoomHistory, Strip, laid_over
from domain.foundation.units import METRICS
from domain.money.sharing import Share
from pages._carried_view import money_tiles
from pages._period import Spans

CHART = "room-chart"
HEIGHTS = {"temperature": 140, "co2": 105, "occupancy": 70, "humidity": 70, "power": 105}
TOKENS = {"temperature": "hot", "power": "consumption"}
LEVEL_WORDS = {
    "raw": "readings",
    "15min": "15 min means",
    "1h": "hourly means",
    "1d": "daily means",
}
WELL_MEASURED = 0.98
HUNDRED_PERCENT = 100


@dataclass(frozen=True, slots=True)
class RoomPeriod:
    """Everything the period part of the page is drawn from."""

    live: RoomLive
    now: RoomHistory
    so_far: EnergyOfPeriod
    before_so_far: EnergyOfPeriod
    compared: RoomHistory | None
    spans: Spans
    now_ms: int
    zone: ZoneInfo
    share: Share | None = None
    """What the room carries of the building's cost and CO2."""
    co2_assumed: bool = False
    unit: str = ""
    """The currency's sign; nothing where money is not to be shown."""

    @property
    def running(self) -> bool:
        """Whether now lies in the period."""
        return self.spans.period.start_ms <= self.now_ms < self.spans.period.end_ms


def room_facts(room: Room, floor: str) -> str:
    """`1st floor · 28 seats · 140 m²`."""
    facts = [floor]
    if room.capacity is not None:
        facts.append(f"{room.capacity} {'seat' if room.capacity == 1 else 'seats'}")
    if room.area_m2 is not None:
        facts.append(f"{formats.fixed(room.area_m2, 0)} m²")
    return " · ".join(facts)


def period_part(shown: RoomPeriod, files: Sequence[Any]) -> list[Any]:
    """Tiles and strips of the period chosen; `files` are the links to what is drawn."""
    columns = "tiles-3" if shown.unit else "tiles-4"
    return [grid(*period_tiles(shown), columns=columns), chart_card(shown, files)]


def short_name(choice: Choice) -> str:
    """The period before in a word that fits a tile: `Wed`, `May`, `2025`, `before`."""
    if choice.kind == "day":
        return formats.WEEKDAYS[choice.before_first.weekday()]
    if choice.kind == "month":
        return formats.MONTHS[choice.before_first.month - 1]
    return str(choice.before_first.year) if choice.kind == "year" else "before"


def before_words(choice: Choice, *, running: bool) -> str:
    """What is compared with, in full, for a pointer that rests on the tile."""
    so_far = ", both up to this time" if running else ""
    return f"Compared with {choice.before_words}{so_far}"


def period_tiles(shown: RoomPeriod) -> list[Any]:
    """Energy with its cost and CO2, highest power, time outside the band, stuffy air."""
    money = []
    if shown.unit:
        money = money_tiles(shown.share, shown.unit, co2_assumed=shown.co2_assumed)
    power = [_energy_tile(shown), *money, _peak_tile(shown)]
    return [*power, _outside_tile(shown), _stuffy_tile(shown)]


def _energy_tile(shown: RoomPeriod) -> Any:
    energy, before = shown.so_far, shown.before_so_far
    state, reason = "fresh", before_words(shown.spans.choice, running=shown.running)
    if energy.kwh is None:
        state = "missing"
    elif energy.without:
        state, reason = "estimate", f"Without {formats.list_words(energy.without)}"
    elif energy.coverage < WELL_MEASURED:
        percent = formats.fixed(energy.coverage * HUNDRED_PERCENT, 0)
        state, reason = "estimate", f"Measured {percent} % of the time"
    elif energy.estimated:
        state, reason = "estimate", "A gap is filled in"
    return tile(
        "Energy",
        energy.kwh,
        "energy",
        state=state,
        reason=reason,
        note=reason if state == "estimate" else energy_note(shown, before),
    )


def energy_note(shown: RoomPeriod, before: EnergyOfPeriod) -> Any:
    """`7 % more than Wed 17 Jun`, up to the same minute while the period runs."""
    if shown.so_far.kwh is None:
        return "No meter in this room"
    if before.kwh is None or before.coverage < WELL_MEASURED or before.without:
        return "Nothing whole to compare with"
    name = short_name(shown.spans.choice)
    bold, tail = formats.compared("energy", shown.so_far.kwh, before.kwh, name)
    return [html.B(bold), tail]


def _minutes(beyond: TimeBeyond) -> str:
    return formats.span(beyond.beyond_s) if beyond.beyond_s >= 60 else "0 min"


def _beyond_tile(shown: RoomPeriod, label: str, now: TimeBeyond, before: TimeBeyond | None) -> Any:
    if not now.measured_s:
        return tile(label, None, "number", unit="", state="missing", note="No reading")
    notes = []
    if now.since_ms is not None and shown.running:
        notes.append(f"since {formats.moment(now.since_ms, shown.now_ms, shown.zone)}")
    if before is not None and before.measured_s:
        notes.append(f"{short_name(shown.spans.choice)} {_minutes(before)}")
    if not notes:
        notes.append(f"in {formats.span(now.measured_s)}")
    reason = f"In {formats.span(now.measured_s)} with readings"
    return tile(label, words=_minutes(now), note=" · ".join(notes), reason=reason)


def _outside_tile(shown: RoomPeriod) -> Any:
    before = shown.compared.outside_band if shown.compared else None
    return _beyond_tile(shown, "Outside band", shown.now.outside_band, before)


def _stuffy_tile(shown: RoomPeriod) -> Any:
    limit = formats.fixed(shown.live.room.comfort.co2_limit_ppm, 0)
    before = shown.compared.stuffy if shown.compared else None
    return _beyond_tile(shown, f"Air above {limit} ppm", shown.now.stuffy, before)


def peak_of(line: Line) -> tuple[int, float] | None:
    """When the highest mean was, and how much."""
    known = [(v, ts) for ts, v in zip(line.ts_ms, line.mean, strict=True) if v is not None]
    if not known:
        return None
    highest, ts_ms = max(known, key=lambda pair: (pair[0], -pair[1]))
    return ts_ms, highest


def _peak_tile(shown: RoomPeriod) -> Any:
    strip = shown.now.strip("power")
    peak = peak_of(strip.lines[0]) if strip else None
    if peak is None:
        return tile("Highest power", None, "power", state="missing", note="No meter reading")
    when = formats.moment(peak[0], shown.now_ms, shown.zone)
    if shown.now.level == "1d":
        when = formats.day(peak[0], shown.zone)
    reason = f"Highest of the {LEVEL_WORDS[shown.now.level]}"
    return tile("Highest power", peak[1], "power", note=when, reason=reason)


def chart_card(shown: RoomPeriod, files: Sequence[Any]) -> Any:
    """All strips on one time axis, or that there is nothing to draw."""
    if not shown.now.strips:
        words = f"No sensor of this room has a reading in {shown.spans.choice.words}."
        return card("Over time", empty("Nothing to draw", words, icon_name="activity"))
    choice, period = shown.spans.choice, shown.spans.period
    name = "Today" if choice.kind == "day" and shown.running else choice.words
    entries = [(name, "consumption", "line")]
    if shown.compared is not None:
        entries.append((choice.before_words, "text-2", "dashed"))
    entries.append(("Comfort band", "in-band", "band"))
    return html.Section(
        [
            html.Div(
                [legend(entries), html.Div(files, className="wb-card-actions")],
                className="wb-card-head wb-card-head-legend",
            ),
            strip_chart(
                [_panel(strip, shown) for strip in shown.now.strips],
                period.start_ms,
                period.end_ms,
                shown.zone,
                id=CHART,
                now_ms=shown.now_ms if shown.running else None,
                summary=f"{shown.live.room.name}, {choice.words}: temperature, air, people, power",
                revision=f"{shown.live.room.room_id}/{choice.kind}/{choice.first}",
            ),
            html.Div(_level_words(shown), className="wb-chart-foot"),
        ],
        className="wb-card",
    )


def _level_words(shown: RoomPeriod) -> str:
    words = LEVEL_WORDS.get(shown.now.level, shown.now.level)
    return words.capitalize()


def _panel(strip: Strip, shown: RoomPeriod) -> figures.Strip:
    comfort = shown.live.room.comfort
    metric = METRICS[strip.metric]
    temperature = strip.metric == "temperature"
    band = (comfort.temperature_low, comfort.temperature_high) if temperature else None
    words = f"comfort band {band[0]:g} to {band[1]:g}" if band else None
    limit = (comfort.co2_limit_ppm, "") if strip.metric == "co2" else None
    return figures.Strip(
        label=metric.label,
        lines=[*_compared_lines(strip, shown), *_lines(strip, shown)],
        fmt=formats.metric_format(strip.metric),
        unit="" if strip.metric == "occupancy" else strip.unit,
        height=HEIGHTS[strip.metric],
        from_zero=strip.metric in ("power", "occupancy"),
        band=band,
        band_words=words,
        limits=[limit] if limit else [],
        head=_head(strip, shown),
        key=strip.metric,
    )


def _lines(strip: Strip, shown: RoomPeriod) -> list[figures.Line]:
    many = len(strip.lines) > 1
    return [
        figures.Line(
            line.label if many else METRICS[strip.metric].label,
            line.ts_ms,
            line.mean,
            token=TOKENS.get(strip.metric, "text-2") if place == 0 else "text-3",
            kind="step" if strip.metric == "occupancy" else "line",
            fill=_fill(strip.metric, place),
            bucket_s=shown.now.bucket_s,
            live=_live_key(line, strip, shown),
        )
        for place, line in enumerate(strip.lines)
    ]


def _fill(metric: str, place: int) -> float:
    return 0.14 if place == 0 and metric in ("occupancy", "power") else 0.0


def _live_key(line: Line, strip: Strip, shown: RoomPeriod) -> str | None:
    """Only a period that holds now moves, and only where a point is about as long as a reading."""
    if not shown.running or shown.spans.choice.kind != "day":
        return None
    if line.sensor_id is None:
        return f"room/{shown.live.room.room_id}/power_kw"
    return f"reading/{line.sensor_id}/{strip.metric}"


def _compared_lines(strip: Strip, shown: RoomPeriod) -> list[figures.Line]:
    before = shown.compared.strip(strip.metric) if shown.compared else None
    if before is None or shown.compared is None:
        return []
    line = laid_over(before.lines[0], shown.compared, shown.spans.period, shown.zone)
    return [
        figures.Line(
            short_name(shown.spans.choice),
            line.ts_ms,
            line.mean,
            kind="step" if strip.metric == "occupancy" else "line",
            compared=True,
            bucket_s=shown.compared.bucket_s,
        )
    ]


def _head(strip: Strip, shown: RoomPeriod) -> list[Any]:
    """The value now where the period holds now, then what the strip is about."""
    fmt = formats.metric_format(strip.metric)
    parts: list[Any] = []
    if shown.running:
        parts = [_now_value(strip, shown, fmt), " now"]
    facts = _strip_facts(strip, shown, fmt)
    return [*parts, " · " if parts and facts else "", facts]


def _now_value(strip: Strip, shown: RoomPeriod, fmt: str) -> Any:
    key = f"room/{shown.live.room.room_id}"
    if strip.metric == "power":
        return value(shown.live.power_kw, fmt, live=f"{key}/power_kw")
    found = shown.live.values.get(strip.metric)
    return value(found.value if found else None, fmt, live=f"{key}/{strip.metric}")


def _strip_facts(strip: Strip, shown: RoomPeriod, fmt: str) -> str:
    line = strip.lines[0]
    if strip.metric == "power":
        peak = peak_of(line)
        if peak is None:
            return ""
        when = formats.moment(peak[0], shown.now_ms, shown.zone)
        return f"highest {formats.text(fmt, peak[1])}, {when}"
    if strip.metric == "co2":
        return f"limit {formats.fixed(shown.live.room.comfort.co2_limit_ppm, 0)}"
    if strip.metric == "occupancy":
        seats = shown.live.room.capacity
        return f"of {seats} seats" if seats else ""
    lows = [v for v in line.low if v is not None]
    highs = [v for v in line.high if v is not None]
    if not lows or not highs:
        return ""
    return extremes(fmt, min(lows), max(highs))


def extremes(fmt: str, low: float, high: float) -> str:
    """`min 22.4 · max 24.6`; with units where they could differ (W and kW)."""
    scaled = len(formats.FORMATS.get(fmt, ())) > 1
    write = formats.text if scaled else _number
    return f"min {write(fmt, low)} · max {write(fmt, high)}"


def _number(fmt: str, amount: float) -> str:
    return formats.quantity(fmt, amount).number


SENSOR_COLUMNS = (
    Column("name", "Sensor"),
    Column("type", "Type", hide_below="md"),
    Column("value", "Value", number=True),
    Column("age", "Age", number=True),
    Column("state", "State", hide_below="sm"),
)


def sensors_card(rows: Sequence[Row]) -> Any:
    """The sensors assigned to the room."""
    if not rows:
        words = "Assign some on the Sensors page: choose them, then Assign to room."
        return card("Sensors", empty("No sensor here", words, icon_name="sensor"))
    many = f"{len(rows)} {'sensor' if len(rows) == 1 else 'sensors'}"
    return card("Sensors", simple_table(SENSOR_COLUMNS, rows, caption="Sensors"), fact=many)


def no_room(key: object) -> Any:
    """An address of a room that is not there."""
    return empty(
        "There is no such room",
        ["It may have been deleted: ", html.Code(str(key)[:60])],
        html.A("All rooms", href="/rooms", className="btn btn-outline-secondary wb-btn"),
        icon_name="room",
    )


def air_facts(live: RoomLive) -> Any:
    """Further metrics of the room that have no strip."""
    rows = [
        (METRICS[metric].label, value(latest.value, formats.metric_format(metric),
                                      live=f"room/{live.room.room_id}/{metric}"))
        for metric, latest in sorted(live.values.items())
        if metric not in ("temperature", "co2", "occupancy", "humidity") and metric in METRICS
    ]  # fmt: skip
    return key_value(rows) if rows else None
