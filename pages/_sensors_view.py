"""The sensor list as the page shows it: pure functions of rows and a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.marks import age, aria, chip, data, state_chip, value
from components.sparklines import sparkline
from components.states import empty
from components.tables import Column, Row, name_cell
from domain.building.model import (
    METER_ROLES,
    SENSOR_TYPES,
    SensorPage,
    SensorQuery,
    SensorRow,
    room_id_of,
)
from domain.building.sensor_list import NO_ROOM, SORTS, STATES
from domain.foundation.units import METRICS
from domain.telemetry.model import Latest
from domain.telemetry.quality import Finding

ALL = "all"
PAGE_SIZE = 50
VALUES_SHOWN = 3
STATE_WORDS: dict[str, str] = {
    "fresh": "Fresh",
    "late": "Late",
    "stale": "Stale",
    "dead": "Silent for long",
    "missing": "No reading yet",
    "discovered": "Discovered",
    "hidden": "Hidden",
}
FRESHNESS = ("fresh", "late", "stale", "dead", "missing")
COLUMNS = (
    Column("name", "Sensor"),
    Column("type", "Type", hide_below="lg"),
    Column("room", "Room", hide_below="sm"),
    Column("spark", "24 h", sortable=False, width="92px", hide_below="md"),
    Column("value", "Value", number=True),
    Column("age", "Age", number=True, hide_below="sm"),
    Column("state", "State"),
)


def query_of(
    table: Mapping[str, Any] | None,
    chips: Mapping[str, Any] | None,
    search: str | None,
    room: str | None,
    sensor_type: str | None,
) -> SensorQuery:
    """What the controls ask for; anything forged falls back to the usual."""
    table, chips = table or {}, chips or {}
    page = table.get("page")
    state = chips.get("state")
    return SensorQuery(
        search=str(search or "")[:100],
        room_id=room_id_of(room),
        state=state if state in STATES else None,
        sensor_type=sensor_type if sensor_type in SENSOR_TYPES else None,
        sort=str(table.get("sort")) if table.get("sort") in SORTS else "name",
        descending=bool(table.get("descending")),
        page=page + 1 if isinstance(page, int) and page >= 0 else 1,
        page_size=PAGE_SIZE,
    )


def csv_search(query: SensorQuery) -> str:
    """What makes a file hold the list as shown, all of its pages."""
    asked = {
        "q": query.search,
        "room": query.room_id,
        "state": query.state,
        "type": query.sensor_type,
        "sort": query.sort,
        "descending": 1 if query.descending else None,
    }
    given = {name: item for name, item in asked.items() if item not in (None, "")}
    return f"?{urlencode(given)}"


def table_query(query: SensorQuery, page: SensorPage) -> dict[str, Any]:
    """The table's own property for a page that was answered."""
    return {"sort": query.sort, "descending": query.descending, "page": page.page - 1}


def state_chips(page: SensorPage, chosen: str | None) -> list[Any]:
    """A chip per state with its count; a click filters, another one shows all again."""
    shown = sum(count for state, count in page.counts_by_state.items() if state != "hidden")
    chips = [_filter_chip("All", shown, None, chosen is None)]
    for state in STATES:
        count = page.counts_by_state[state]
        if count or state == chosen or state in ("fresh", "late", "stale", "discovered"):
            chips.append(_filter_chip(STATE_WORDS[state], count, state, state == chosen))
    return chips


def _filter_chip(words: str, count: int, state: str | None, on: bool) -> html.Button:
    target = "null" if state is None or on else f'"{state}"'
    return html.Button(
        [words, html.Span(f"{count:,}", className="wb-filter-count")],
        className="wb-filter",
        type="button",
        **aria(pressed=str(on).lower()),
        **data(set=f'{{"state": {target}}}', filter=state or "all"),
    )


def table_rows(
    page: SensorPage,
    sparks: Mapping[tuple[str, str], Sequence[float | None]],
    findings: Mapping[str, Sequence[Finding]],
    now_ms: int,
    zone: ZoneInfo,
) -> list[Row]:
    """The rows of a page; values and ages are kept true by the socket."""
    return [_row(row, sparks, findings, now_ms, zone) for row in page.rows]


def _row(
    row: SensorRow,
    sparks: Mapping[tuple[str, str], Sequence[float | None]],
    findings: Mapping[str, Sequence[Finding]],
    now_ms: int,
    zone: ZoneInfo,
) -> Row:
    sensor = row.sensor
    first = row.latest[0] if row.latest else None
    live = f"reading/{sensor.sensor_id}/{first.metric}" if first else None
    points = sparks.get((first.sensor_id, first.metric)) if first else None
    curve = sparkline(points) if points and row.state not in ("stale", "dead") else None
    freshness = freshness_of(row, now_ms)
    return Row(
        key=sensor.sensor_id,
        cells=[
            name_cell(sensor.name, _id_beside(row), href=sensor_href(sensor.sensor_id)),
            type_words(row),
            room_words(row),
            formats.MISSING if curve is None else curve,
            live_values(row.latest[:VALUES_SHOWN]),
            age(
                row.newest_ts_ms,
                now_ms,
                zone,
                live=live,
                interval_s=first.interval_s if first else None,
            ),
            quality_chips(row, findings.get(sensor.sensor_id, ())),
        ],
        state=freshness,
        fresh=live if freshness != "missing" else None,
        label=sensor.name,
    )


def room_rows(
    rows: Sequence[SensorRow],
    findings: Mapping[str, Sequence[Finding]],
    now_ms: int,
    zone: ZoneInfo,
) -> list[Row]:
    """The sensors of one room: as in the list, without room and curve."""
    shown = [_row(row, {}, findings, now_ms, zone) for row in rows]
    keep = [place for place, column in enumerate(COLUMNS) if column.key not in ("room", "spark")]
    return [replace(row, cells=[row.cells[place] for place in keep]) for row in shown]


def sensor_href(sensor_id: str) -> str:
    """A sensor's own page."""
    return f"/sensors/{sensor_id}"


def freshness_of(row: SensorRow, now_ms: int) -> str:
    """How its values are drawn, also while it is discovered or hidden."""
    if row.state in FRESHNESS:
        return row.state
    return row.latest[0].state_name(now_ms) if row.latest else "missing"


def _id_beside(row: SensorRow) -> str | None:
    return row.sensor.sensor_id if row.sensor.name != row.sensor.sensor_id else None


def type_words(row: SensorRow) -> str:
    """Its type, and as what it counts."""
    words = SENSOR_TYPES.get(row.sensor.sensor_type, row.sensor.sensor_type)
    role = row.sensor.meter_role
    if role in ("none", "battery"):
        return words
    if row.sensor.sensor_type == "energy_meter":
        return METER_ROLES[role]
    return f"{words}, {METER_ROLES[role].lower()}"


def room_words(row: SensorRow) -> Any:
    """Its room; a guess that nobody has confirmed is marked as one."""
    if row.state == "discovered":
        guess = row.room_name or row.sensor.room_hint
        return html.Span(f"{guess}?", className="wb-muted", title="Guessed") if guess else "–"
    return row.room_name or "–"


def live_values(latest: Sequence[Latest]) -> Any:
    """Up to three values side by side, each with its unit."""
    if not latest:
        return formats.MISSING
    return html.Span(
        [
            value(
                item.value,
                formats.metric_format(item.metric),
                live=f"reading/{item.sensor_id}/{item.metric}",
            )
            for item in latest
        ],
        className="wb-values",
    )


def age_of(latest: Latest, now_ms: int, zone: ZoneInfo) -> Any:
    """The age of one value, kept true by the socket."""
    return age(
        latest.ts_ms,
        now_ms,
        zone,
        live=f"reading/{latest.sensor_id}/{latest.metric}",
        interval_s=latest.interval_s,
    )


def metric_label(metric: str) -> str:
    """`CO₂`, `Temperature`."""
    return METRICS[metric].label if metric in METRICS else metric


def quality_chips(row: SensorRow, findings: Sequence[Finding]) -> list[Any]:
    """What is wrong with it, in words; a sensor without a finding is good while it is fresh.

    The state chip must be a direct child of its cell: its look follows the row's state.
    """
    chips: list[Any] = []
    if row.state == "discovered":
        chips.append(chip("Discovered", "accent", dot=True, title="In no total until adopted"))
    elif row.state == "hidden":
        chips.append(chip("Hidden", "neutral", icon_name="hide"))
    if row.silent_metrics:
        words = formats.list_words([metric_label(metric) for metric in row.silent_metrics])
        chips.append(chip(f"{words} silent", "stale"))
    for finding in findings[:2]:
        chips.append(chip(finding_words(finding), "late", title=finding.words))
    if not chips:
        chips.append(chip("Good", "ok", dot=True, className="wb-when-fresh"))
    if not row.silent_metrics and row.state != "hidden":
        chips.append(state_chip())
    return [part for shown in chips for part in (shown, " ")]


RECENT_MS = 24 * 3_600_000


def recent(findings: Mapping[str, Sequence[Finding]], now_ms: int) -> dict[str, list[Finding]]:
    """The findings of the last day, one of each kind, the newest; older ones are history."""
    found: dict[str, list[Finding]] = {}
    for sensor_id, listed in findings.items():
        by_kind: dict[str, Finding] = {}
        for finding in sorted(listed, key=lambda item: item.until_ms):
            if finding.until_ms >= now_ms - RECENT_MS and finding.kind in FINDINGS:
                by_kind[finding.kind] = finding
        found[sensor_id] = sorted(by_kind.values(), key=lambda item: -item.until_ms)
    return found


FINDINGS: dict[str, str] = {
    "stuck": "Stuck",
    "out_of_range": "Out of range",
    "jump": "Jumps",
    "wrong_clock": "Clock is wrong",
    "negative_energy": "Counter fell",
}


def finding_words(finding: Finding) -> str:
    """A finding in two words for a chip; the sentence is its title."""
    return FINDINGS.get(finding.kind, finding.kind.replace("_", " ").capitalize())


def nothing_found(query: SensorQuery, may_register: bool) -> Any:
    """What stands in place of an empty table."""
    if query == SensorQuery(sort=query.sort, descending=query.descending, page_size=PAGE_SIZE):
        words = (
            "A sensor appears by itself with its first message, for example to "
            "wattboard/main/telemetry/TEMP_1. You can also register it before."
        )
        action = button("Register sensor", kind="primary", icon_name="plus", id="sensors-add-first")
        return empty("No sensors yet", words, action if may_register else None, icon_name="sensor")
    return empty(
        "No sensor matches", "Take a word out of the search, or another state.", icon_name="search"
    )


def room_options(rooms: Sequence[tuple[int, str]]) -> list[tuple[str, str]]:
    """Every room, and none, for the filter."""
    listed = [(str(room_id), name) for room_id, name in rooms]
    return [(ALL, "All rooms"), *listed, (str(NO_ROOM), "No room")]


def type_options() -> list[tuple[str, str]]:
    """Every type, for the filter."""
    return [(ALL, "All types"), *SENSOR_TYPES.items()]
