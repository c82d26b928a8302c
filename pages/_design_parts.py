"""The second half of the design page: rooms, tables, forms, states, colours and icons."""

from __future__ import annotations

from typing import Any

from dash import html

from components import formats, tokens
from components.buttons import (
    button,
    confirm_dialog,
    dialog_content,
)
from components.cards import card, grid, row, skeleton
from components.comfort import comfort_legend, room_card
from components.forms import (
    checklist_field,
    form,
    number_field,
    search_field,
    segments,
    select_field,
    switch_field,
    text_area,
    text_field,
)
from components.icons import PATHS, icon
from components.marks import aria, chip, data, key_value, value
from components.periods import period_picker
from components.sparklines import sparkline
from components.states import banner, empty, failed, no_access, toast
from components.tables import Column, Row, data_table, name_cell
from pages import _design_samples as sample

NOW, ZONE = sample.NOW_MS, sample.ZONE
SWATCHES = (
    "page",
    "surface",
    "sunken",
    "raised",
    "border",
    "border-strong",
    "text",
    "text-2",
    "text-3",
    "accent",
    "ink",
    "ok",
    "late",
    "warning",
    "fault",
    "stale",
    "solar-fill",
    "import",
    "export",
    "charging",
    "discharging",
    "consumption",
    "gas",
    "heat",
    "water",
    "cold",
    "cool",
    "in-band",
    "warm",
    "hot",
)


def still_age(ts_ms: int) -> html.Span:
    """An age of the example day; a live one would say that June is long ago."""
    return html.Span(formats.age(ts_ms, NOW, ZONE), className="wb-age")


def part(title: str) -> html.H2:
    """The heading of a group."""
    return html.H2(title, className="wb-page-title wb-design-part")


def _room(name: str, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "temperature_c": 24.8,
        "band": (21.0, 26.0, 19.0, 28.0),
        "word": "In band",
        "tone": "ok",
        "co2_ppm": 690,
        "humidity_percent": 46,
        "people": 9,
        "power_kw": 3.6,
        "ts_ms": NOW - 4000,
        "now_ms": NOW,
        "zone": ZONE,
        "href": "/design",
    }
    return room_card(name, **(values | changes))


def rooms() -> list[Any]:
    return [
        part("Rooms and comfort"),
        grid(
            _room("Studio"),
            _room(
                "Open office South",
                temperature_c=26.4,
                word="Warm, 22 min",
                tone="warning",
                co2_ppm=861,
                people=26,
                power_kw=6.3,
                selected=True,
            ),
            _room("Meeting 1.1", word="Air stuffy", tone="warning", co2_ppm=1214, people=8),
            _room("Boardroom", temperature_c=20.6, word="Cool", tone="cool", people=0),
            _room(
                "Library",
                word="CO₂ stale 45 min",
                tone="stale",
                co2_ppm=None,
                state="stale",
                ts_ms=NOW - 2_700_000,
            ),
            _room(
                "Store",
                temperature_c=None,
                word="No sensor",
                tone="missing",
                co2_ppm=None,
                humidity_percent=None,
                people=None,
                power_kw=None,
                ts_ms=None,
                state="missing",
            ),
            columns="cards",
        ),
        card("Comfort scale", comfort_legend(21, 26, 19, 28)),
    ]


def tables() -> list[Any]:
    columns = [
        Column("name", "Sensor"),
        Column("room", "Room"),
        Column("spark", "24 h", sortable=False),
        Column("value", "Value", number=True),
        Column("age", "Age", number=True),
        Column("quality", "Quality", sortable=False),
    ]
    wave = sparkline([3, 3, 2, 4, 6, 7, 6, 5, 4])
    rows = [
        Row(
            "TEMP_009",
            [
                name_cell("Temperature", "TEMP_009"),
                "Studio",
                wave,
                value(24.8, "temperature"),
                still_age(NOW - 12_000),
                chip("Good", "ok", dot=True),
            ],
            "fresh",
            act="open",
        ),
        Row(
            "SDB_4",
            [
                name_cell("Meter", "SDB_4"),
                "Canteen",
                wave,
                value(6.2, "power"),
                still_age(NOW - 48_000),
                chip("Clock drifts", "late"),
            ],
            "late",
            act="open",
        ),
        Row(
            "CO2_012",
            [
                name_cell("CO₂", "CO2_012"),
                "Library",
                None,
                value(None, "co2"),
                still_age(NOW - 2_700_000),
                chip("Silent", "stale"),
            ],
            "stale",
            act="open",
        ),
    ]
    table = data_table(
        "design-table",
        columns,
        rows,
        total=128,
        query={"sort": "name"},
        page_size=3,
        selectable=True,
        caption="Example sensors",
        noun="sensors",
    )
    return [part("Table"), html.Section(table, className="wb-card wb-card-table")]


def forms() -> list[Any]:
    today = formats.local(NOW, ZONE).date()
    fields = form(
        text_field("design-name", "Name", value="Open office South"),
        select_field(
            "design-floor", "Floor", [("1st", "1st floor"), ("2nd", "2nd floor")], value="1st"
        ),
        number_field(
            "design-seats", "Seats", value=28, low=0, hint="For the share of seats in use"
        ),
        number_field("design-area", "Area", value=-4, unit="m²", error="Must be above 0"),
        text_field("design-password", "Password", kind="password", value="secret"),
        text_field("design-off", "Topic", value="wattboard/main", disabled=True),
        text_area("design-note", "Reason", placeholder="Why this span is void"),
        checklist_field(
            "design-metrics", "Metrics", [("t", "Temperature"), ("c", "CO₂")], value=["t"]
        ),
        switch_field("design-switch", "Takes part in demand response", value=True),
        columns=2,
    )
    dialog = html.Div(
        [
            *dialog_content(
                "Heat pump North",
                target=["Open office North, 1st floor · meter ", html.B("4.1 kW"), ", 2 s ago"],
                change=("4.1 kW", "2.0 kW"),
                until="14:51",
                effects=[
                    ("Will be accepted", "2.0 kW in full"),
                    ("Expected at the meter", "1.7 to 2.3 kW within 20 s"),
                    ("Afterwards", "Schedule resumes"),
                ],
            ),
            html.Div(
                [
                    html.Span("Recorded under your name", className="wb-dialog-note"),
                    button("Cancel", className="wb-btn-lg"),
                    button("Reduce to 2.0 kW", kind="primary", className="wb-btn-lg"),
                ],
                className="wb-dialog-foot",
            ),
        ],
        className="wb-dialog wb-design-dialog",
    )
    picker = card(
        "Period picker, segments, search",
        period_picker("design-period", today),
        period_picker(
            "design-week-picker",
            today,
            value={"kind": "week", "date": "2026-06-08", "compare": True},
        ),
        row(
            segments(
                "design-for",
                [("15", "15 min"), ("30", "30 min"), ("60", "1 h")],
                value="30",
                label="For how long",
            ),
            search_field("design-search", placeholder="Sensors, rooms"),
            html.Button(
                ["Late ", html.Span("12", className="wb-filter-count")],
                className="wb-filter",
                **aria(pressed="true"),
            ),
        ),
        className="wb-list",
    )
    confirm = confirm_dialog(
        "design",
        "Delete Studio?",
        target="2nd floor · 4 sensors",
        effects=[("Its sensors", "stay, without a room"), ("Its history", "stays")],
        act="Delete Studio",
        danger=True,
    )
    return [
        part("Forms and dialogs"),
        grid(
            card("Fields", fields),
            html.Div([picker, dialog], className="wb-stack"),
            columns="halves",
        ),
        confirm,
    ]


def states() -> list[Any]:
    return [
        part("Banners, toasts, states"),
        banner(
            "Automatic control stopped",
            "until 18:00 by manager. Manual commands and safety go on",
            tone="fault",
            action=button("Resume", kind="quiet"),
        ),
        banner(
            "Connection lost at 14:29.",
            "Showing values of 14:29, trying again in 4 s",
            tone="late",
            action=button("Retry", kind="quiet"),
        ),
        banner(
            "Grid limit active:",
            "import at most 40 kW until 20:00",
            tone="warning",
            action=button("Details", kind="quiet"),
        ),
        banner("Building time × 10", "Hours pass faster here than on your watch."),
        grid(
            toast(
                "Heat pump North at 2.0 kW",
                "Seen at the meter 14:21:24. Schedule resumes 14:51.",
                stays=True,
            ),
            toast("Not saved", "Another room is called Studio.", tone="fault"),
            columns="halves",
        ),
        grid(
            empty(
                "No rules yet",
                "A rule acts when something happens, such as “above 26 °C for 10 min, cool to 24”.",
                button("Rule", kind="primary", icon_name="plus"),
                icon_name="automation",
            ),
            failed(
                "Prices could not be read",
                "Feed silent since 11:04. Plans use yesterday’s "
                "prices until then. The rest of the page is live.",
                button("Try again"),
                button("See log", kind="quiet"),
            ),
            html.Div([skeleton("tile"), no_access("users.manage")], className="wb-stack"),
            columns="thirds",
        ),
        card(
            "Facts",
            key_value([("Accepted", "2.0 kW in full"), ("Saves", "1.05 kWh, 0.15 €")], sunken=True),
        ),
    ]


def foundations() -> list[Any]:
    swatches = [
        html.Div(
            [html.Span(style={"background": f"var(--wb-{name})"}), html.Small(name)],
            className="wb-swatch",
            title=" / ".join(tokens.COLOURS[name]),
        )
        for name in SWATCHES
    ]
    icons = [
        html.Div([icon(name, size=20), html.Small(name)], className="wb-swatch wb-swatch-icon")
        for name in PATHS
    ]
    return [
        part("Colours and icons"),
        html.Div(swatches, className="wb-swatches"),
        html.Div(swatches, className="wb-swatches wb-swatches-dark", **data(bs_theme="dark")),
        html.Div(icons, className="wb-swatches"),
    ]
