"""Feeds of prices and carbon: the list, the form, what a file or an address holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.buttons import button, dialog_content
from components.events import setting_line
from components.forms import form, select_field, text_field
from components.marks import chip, key_value
from components.states import empty
from domain.money.feed import QUANTITY_LABELS, Feed, FeedState, FeedValue
from domain.money.feed_fields import plain_address
from domain.money.feed_reading import MOST_BYTES, Read

LIST, CHANGED, PENDING = "feeds-list", "feeds-changed", "feeds-pending"
FORM, DELETE, UPLOAD = "feed", "feed-delete", "feed-upload"
MESSAGE, TRIED, TRY = "feed-message", "feed-tried", "feed-try"
FILE, FILE_SAYS = "feed-file", "feed-file-says"
FIELDS = ("name", "quantity", "origin", "url", "refresh_s", "sensor_id")
ORIGIN_LABELS = {
    "file": "Files that I upload",
    "url": "A web address",
    "mqtt": "MQTT messages",
    "sensor": "A sensor",
}
EXAMPLES = {
    "import_price": "price_import_eur_per_kwh",
    "export_price": "price_export_eur_per_kwh",
    "carbon": "carbon_g_per_kwh",
}
REFRESHES = {"900": "15 minutes", "3600": "hour", "21600": "6 hours", "86400": "day"}
_STATES: Mapping[str, tuple[str, str]] = {
    "ok": ("ok", "Up to date"),
    "missing": ("outline", "No values yet"),
    "ended": ("stale", "Ended"),
    "overdue": ("late", "Tomorrow awaited"),
    "failing": ("late", "Last try failed"),
}


@dataclass(frozen=True)
class Shown:
    """What the list knows besides the feeds; `now_ms` is real time, `building_ms` the building's.

    `topic` is where messages of a feed arrive, its name left out.
    """

    now_ms: int
    building_ms: int
    zone: ZoneInfo
    unit: str
    topic: str
    may_write: bool


def field_id(name: str) -> str:
    """The id of a field of the feed's form."""
    return f"feed-{name}"


def feed_list(feeds: Sequence[tuple[Feed, FeedState]], shown: Shown) -> Any:
    """Every feed with its state, its reach, its age, and what can be done with it."""
    if not feeds:
        words = (
            "A feed brings prices or carbon factors that change from hour to hour, such as "
            "day-ahead prices from a file, a web address, MQTT or a sensor."
        )
        return empty("No feed yet", words, icon_name="money")
    lines = [_line(feed, state, shown) for feed, state in feeds]
    return html.Ul(lines, className="wb-events-list")


def _line(feed: Feed, state: FeedState, shown: Shown) -> html.Li:
    tone, words = _STATES[state.word]
    return setting_line(
        [
            html.Strong(feed.name),
            chip(QUANTITY_LABELS[feed.quantity], "outline"),
            chip(words, tone),
        ],
        [
            origin_words(feed, shown),
            reach_words(state, shown.zone),
            arrived_words(feed, state, shown),
            state.error,
        ],
        _acts(feed) if shown.may_write else [],
    )


def origin_words(feed: Feed, shown: Shown) -> str:
    """Where its values come from; a key in an address is for who may edit feeds."""
    if feed.origin == "url" and feed.url:
        address = feed.url if shown.may_write else plain_address(feed.url)
        return f"{address} every {_every(feed.refresh_s)}"
    if feed.origin == "mqtt":
        return f"MQTT {shown.topic}/{feed.name}"
    return f"sensor {feed.sensor_id}" if feed.origin == "sensor" else "from files"


def _every(refresh_s: int | None) -> str:
    seconds = refresh_s or 0
    return REFRESHES.get(str(seconds), formats.span(seconds))


def reach_words(state: FeedState, zone: ZoneInfo) -> str | None:
    """From when to when it has values."""
    if state.first_ms is None or state.until_ms is None:
        return None
    return f"{_moment(state.first_ms, zone)} to {_moment(state.until_ms, zone)}"


def arrived_words(feed: Feed, state: FeedState, shown: Shown) -> str | None:
    """How long ago values came."""
    if state.arrived_ms is None:
        return None
    now_ms = shown.building_ms if feed.origin == "sensor" else shown.now_ms
    return f"came {formats.age(state.arrived_ms, now_ms, shown.zone)}"


def _moment(at_ms: int, zone: ZoneInfo) -> str:
    return f"{formats.day(at_ms, zone, year=True)} {formats.clock(at_ms, zone)}"


def _acts(feed: Feed) -> list[Any]:
    acts = [("edit", "Edit"), ("delete", "Delete")]
    if feed.origin == "url":
        acts.insert(0, ("fetch", "Fetch now"))
    if feed.origin != "sensor":
        acts.insert(0, ("upload", "Upload file"))
    key = str(feed.feed_id)
    return [
        button(
            label,
            small=True,
            attributes={
                "data-act": name,
                "data-value": key,
                "aria-label": f"{label}: {feed.name}",
            },
        )
        for name, label in acts
    ]


def feed_form(feed: Feed | None, sensors: Sequence[str], topic: str) -> list[Any]:
    """The form of a feed; what it tells and where from stay what they are."""
    head = "New feed" if feed is None else "Change feed"
    fields = form(
        text_field(
            field_id("name"),
            "Name",
            value="" if feed is None else feed.name,
            placeholder="Day-ahead prices",
            max_length=80,
        ),
        select_field(
            field_id("quantity"),
            "What it tells",
            list(QUANTITY_LABELS.items()),
            value="import_price" if feed is None else feed.quantity,
            disabled=feed is not None,
        ),
        select_field(
            field_id("origin"),
            "Values come from",
            list(ORIGIN_LABELS.items()),
            value="file" if feed is None else feed.origin,
            disabled=feed is not None,
        ),
        _address_fields(feed),
        _sensor_field(feed, sensors),
        html.P(
            ["Messages arrive on ", html.Code(f"{topic}/name of the feed"), "."],
            className="wb-hint wb-feed-of-mqtt",
        ),
        message_id=MESSAGE,
    )
    hint = html.P(format_words(), className="wb-hint wb-feed-of-values")
    return dialog_content(head, html.Div([fields, hint], className="wb-feed-form"))


def _address_fields(feed: Feed | None) -> html.Div:
    refresh = str(feed.refresh_s) if feed and feed.refresh_s else "3600"
    every = REFRESHES | ({} if refresh in REFRESHES else {refresh: _every(int(refresh))})
    address = text_field(
        field_id("url"),
        "Address",
        value=None if feed is None else feed.url,
        placeholder="https://…",
        max_length=500,
        hint="It gives JSON or CSV as below.",
    )
    ask = select_field(
        field_id("refresh_s"),
        "Ask every",
        sorted(every.items(), key=lambda item: int(item[0])),
        value=refresh,
    )
    tried = html.Div(
        [button("Try address", id=TRY, small=True), html.Div(id=TRIED, role="status")],
        className="wb-row",
    )
    return html.Div([address, ask, tried], className="wb-feed-of-url wb-form")


def _sensor_field(feed: Feed | None, sensors: Sequence[str]) -> html.Div:
    present = feed.sensor_id if feed else None
    offered = sorted({*sensors, *([present] if present else [])})
    chosen = select_field(
        field_id("sensor_id"),
        "Sensor",
        [(sensor_id, sensor_id) for sensor_id in offered],
        value=present,
        placeholder="Choose a sensor" if offered else "No sensor measures it",
    )
    return html.Div(chosen, className="wb-feed-of-sensor")


def format_words() -> Any:
    """What files and messages look like."""
    return [
        "CSV: ",
        html.Code("timestamp_utc,price_import_eur_per_kwh"),
        ", times with Z or an offset. JSON: ",
        html.Code('{"values": [{"start": …, "end": …, "price_eur_per_kwh": 0.118}]}'),
        ". Carbon: ",
        html.Code("carbon_g_per_kwh"),
        " and ",
        html.Code("g_per_kwh"),
        ".",
    ]


def delete_form(feed: Feed) -> list[Any]:
    """What deleting means."""
    words = "Its values go with it. A feed that a tariff or the carbon factor uses stays."
    return dialog_content(f"Delete “{feed.name}”?", html.P(words))


def upload_form(feed: Feed) -> list[Any]:
    """Where a file is dropped or chosen, and what it holds."""
    column = EXAMPLES[feed.quantity]
    return dialog_content(
        f"Upload values of {feed.name}",
        dcc.Upload(
            id=FILE,
            children=html.Div(
                ["Drop a file here or ", html.Span("choose one", className="wb-link")]
            ),
            className="wb-drop",
            className_active="wb-drop-active",
            accept=".csv,.json,text/csv,application/json",
        ),
        html.P(
            [
                "CSV with ",
                html.Code("timestamp_utc"),
                " first and a column such as ",
                html.Code(column),
                f", or JSON; at most {MOST_BYTES / 1e6:.1f} MB. New values replace those of the ",
                "same time.",
            ],
            className="wb-hint",
        ),
        html.Div(id=FILE_SAYS, role="status"),
    )


def read_facts(read: Read, unit: str, zone: ZoneInfo, name: str | None = None) -> Any:
    """How many values, from when to when, from how much to how much."""
    values: Sequence[FeedValue] = read.values
    amounts = [value.value for value in values]
    span = f"{_moment(values[0].starts_ms, zone)} to {_moment(values[-1].ends_ms, zone)}"
    decimals = 0 if unit.startswith("g/") else 3
    low, high = (formats.fixed(amount, decimals) for amount in (min(amounts), max(amounts)))
    facts = [
        ("File", name) if name else None,
        ("Values", f"{len(values):,}"),
        ("Time", span),
        ("Between", f"{low} and {high} {unit}"),
        *(("Note", notice) for notice in read.notices),
    ]
    return key_value([fact for fact in facts if fact is not None], sunken=True)


def refused_words(words: str) -> Any:
    """Why a file or an answer cannot be used."""
    return html.P(words, className="wb-form-error")
