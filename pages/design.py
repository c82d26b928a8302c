"""Every component in every state, for who builds pages; its numbers are examples, not measurements."""

from __future__ import annotations

from typing import Any

import dash
from dash import html

from components import charts, formats, tokens
from components.batteries import level_bar, soc_ring
from components.buttons import (
    button,
    command_state,
    confirm_dialog,
    dialog_content,
    icon_button,
    link_button,
)
from components.cards import card, grid, needs_row, page, row, skeleton, tile
from components.comfort import comfort_legend, room_card
from components.energy_figures import bars, day_curve
from components.flow import flow_balance, flow_picture, in_out_bars, stacked_rows
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
from components.marks import age, chip, control_chip, data, key_value, value
from components.periods import period_picker
from components.sparklines import sparkline
from components.states import banner, empty, failed, no_access, toast
from components.tables import Column, Row, data_table, name_cell
from pages import _design_samples as sample

dash.register_page(
    __name__,
    path="/design",
    title="Design · Wattboard",
    name="Design",
    order=95,
    permission="design.view",
)

SWATCHES = (
    "page", "surface", "sunken", "raised", "border", "border-strong", "text", "text-2", "text-3",
    "accent", "ink", "ok", "late", "warning", "fault", "stale", "solar-fill", "import", "export",
    "charging", "discharging", "consumption", "gas", "heat", "water", "cold", "cool", "in-band",
    "warm", "hot",
)  # fmt: skip
NOW, ZONE = sample.NOW_MS, sample.ZONE


def layout(**_: object) -> Any:
    """Both themes stand below each other, so that they can be compared."""
    return page(
        "Design",
        html.P(
            "Every component in every state. All numbers here are examples.", className="wb-second"
        ),
        *_tiles(),
        *_marks(),
        *_energy(),
        *_charts(),
        *_rooms(),
        *_tables(),
        *_forms(),
        *_states(),
        *_foundations(),
        className="wb-design",
    )


def _part(title: str) -> html.H2:
    return html.H2(title, className="wb-page-title wb-design-part")


def _tiles() -> list[Any]:
    ago = html.Span("48 s ago", className="wb-age")
    return [
        _part("Value tile, by state of its data"),
        grid(
            tile("Fresh", 52.6, "power", note="1 s ago"),
            tile("Late", 52.6, "power", state="late", note=[ago, ", expected every 10 s"]),
            tile("Stale", 52.6, "power", state="stale", note=[html.B("Thu 13:47"), ", 45 min old"]),
            tile("Missing", None, "power", state="missing", note="No reading yet"),
            tile("Estimated", 51, "power", state="estimate", note="From 3 of 4 submeters"),
            tile("Fault", None, "power", state="fault",
                 note=[html.B("Sign looks reversed"), " since 11:20"]),
        ),
        grid(
            tile("Consumption today", 567, "energy", spark=sample.SPARK, spark_token="consumption",
                 spark_area=True, note=[html.B("6 % less"), " than last Thursday"]),
            tile("Solar today", 398, "energy", spark=[0, 0, 1, 6, 20, 34, 30, 52, 70, 78, 79],
                 spark_token="solar", spark_area=True, note=[html.B("11 % more"), " · 95 % used here"]),
            tile("Self-sufficiency", 66, "percent", spark=[52, 60, 55, 66, 62, 74, 66],
                 note=[html.B("4 points up"), " on last Thursday"]),
            tile("Cost today", 25.88, "money", spark=[1, 4, 7, 11, 14, 19, 22, 25, 25.8],
                 note=[html.B("5.12 € less"), " · budget 61.00 €"]),
            tile("CO₂ today", 27.4, "carbon_mass", spark=[1, 4, 8, 11, 15, 20, 25, 27.4],
                 note=[html.B("9 % less"), " · 142 g/kWh import"]),
            tile("Climate", words="Cooling 3.4 kW", note=[html.B("Schedule"), " until 18:30"]),
        ),
    ]  # fmt: skip


def _marks() -> list[Any]:
    badges = card(
        "Badges and who is in control",
        row(
            chip("Live", "ok", dot=True), chip("Late 48 s", "late"),
            chip("Stale since 13:47", "stale"), chip("Contradicted", "fault"),
            chip("Warm", "warning", icon_name="temperature"), chip("DEMO · time × 10", "accent", dot=True),
            chip("Automatic plan on"), chip("Estimate", "outline"),
        ),
        row(
            control_chip("plan", "Plan", "18:00"), control_chip("manual", "Manual", "17:00"),
            control_chip("demand_response", "DR event", "19:00"),
            control_chip("lock_out", "Locked out by maintenance"),
        ),
        row(
            value(52.6, "power"), value(0.4, "power"), value(1240, "power"),
            value(23.6, "temperature"), value(690, "co2"), value(None, "humidity"),
            value(51, "kw", estimate=True), age(NOW - 12_000, NOW, ZONE),
            age(NOW - 300_000, NOW, ZONE), age(NOW - 90_000_000, NOW, ZONE),
        ),
    )  # fmt: skip
    buttons = card(
        "Buttons, and what a command button shows",
        row(
            button("New plan", kind="primary"), button("Charge"), button("Cancel", kind="quiet"),
            button("Lock out room", kind="danger"),
            button("Stop automatic control", kind="stop", icon_name="lock-out"),
            button("No permission", disabled=True, title="Needs batteries.control"),
        ),
        row(
            button("Small", small=True), link_button("CSV", "#", icon_name="download"),
            icon_button("left", "Back"), icon_button("right", "Forth", disabled=True),
            command_state("Waiting for device 4 s", "waiting"),
            command_state("Observed 14:21:24", "observed"),
            command_state("Not done: meter 4.1 kW", "failed"),
        ),
    )  # fmt: skip
    return [_part("Marks and buttons"), grid(badges, buttons, columns="halves")]


def _energy() -> list[Any]:
    frame = sample.FRAME
    picture = card(
        "Energy now",
        flow_picture(frame, peak_kw=83.6, facts={"grid": "0.062 €/kWh", "solar": "peak 83.6"}),
        fact="1 s ago",
        actions=[flow_balance(frame), chip("Earning 0.48 €/h"), chip("0 g CO₂/kWh")],
    )
    needs = card(
        "What needs me",
        needs_row("Heat pump North contradicted", "Accepted 2.0 kW at 14:21, meter still 4.1 kW",
                  button("Review", kind="primary"), tone="fault", icon_name="fault"),
        needs_row("Reduce 12 kW, 18:00 to 19:00", "Earns 4.80 € · answer by 15:30, 58 min left",
                  button("Answer"), tone="accent", icon_name="dr"),
        needs_row("Open office South 26.4 °C", "0.4 °C above its band for 22 min",
                  button("Cool"), tone="warning", icon_name="temperature"),
        needs_row("Library CO₂ silent since 13:47", "Reports every 60 s · battery was 8 %",
                  button("Open"), tone="stale", icon_name="silent"),
        fact="4 open, by urgency",
        className="wb-needs-card",
    )  # fmt: skip
    more = [
        card("Evening", flow_picture(sample.EVENING, peak_kw=83.6)),
        card("Night", flow_picture(sample.NIGHT, peak_kw=83.6)),
        card("Stale", flow_picture(sample.STALE, now_words="values of Thu 13:47"), state="stale"),
        card("On a phone", in_out_bars(frame), in_out_bars(sample.EVENING)),
    ]
    ranks = card("Rooms by use", stacked_rows([
        ("Server room", [("use-climate", 3.8), ("use-lighting", 0.1), ("use-equipment", 5.5)], "9.4"),
        ("Lab", [("use-climate", 2.6), ("use-lighting", 0.7), ("use-equipment", 4.5)], "7.8"),
        ("Canteen", [("use-climate", 2.2), ("use-lighting", 0.7), ("use-kitchen", 3.3)], "6.2"),
        ("Lifts, plant and rest", [("rest", 3.4)], "3.4"),
    ]), fact="kW now")  # fmt: skip
    rings = card("State of charge", row(
        soc_ring(62, action="charging", reserve=25), soc_ring(31, action="discharging", reserve=25),
        soc_ring(84, reserve=25), soc_ring(None),
    ), html.Div(level_bar(71, token="discharging", marks=(25, 95)), className="wb-design-level"))  # fmt: skip
    return [
        _part("Energy flow"),
        grid(picture, needs, columns="overview"),
        grid(*more, columns="halves"),
        grid(ranks, rings, columns="halves"),
    ]


def _charts() -> list[Any]:
    figure = day_curve(
        sample.curve(), sample.START_MS, sample.END_MS, ZONE, now_ms=NOW, revision="design"
    )
    entries = [
        ("Consumption", "consumption", "line"), ("Last Thursday", "text-2", "dashed"),
        ("Solar", "solar-fill", "box"), ("Discharge", "discharging", "box"),
        ("Import", "import", "box"), ("Charge", "charging", "box"), ("Export", "export", "box"),
    ]  # fmt: skip
    starts, ends, series = sample.week_bars()
    heads = ("26.4", "861", "26", "6.3")
    tails = (" now · min 22.6 · max 26.4", " now · limit 1,000", " of 28 seats", " now · peak 6.4 at 14:20")
    panels = [
        type(strip)(**(strip.__dict__ | {"head": [html.B(head), tail]}))
        for strip, head, tail in zip(sample.room_strips(), heads, tails, strict=True)
    ]
    return [
        _part("Charts"),
        grid(
            card(
                "Today",
                charts.chart(figure, id="design-day", summary="Consumption of a day by source"),
                fact="kW",
                actions=charts.legend(entries, "design-day"),
            ),
            card(
                "Week",
                charts.chart(
                    bars(starts, ends, series, ZONE), id="design-week", summary="Energy of a week"
                ),
                fact="kWh",
                actions=charts.legend(
                    [(s.name, s.token, "box") for s in series], "design-week"
                ),
            ),
            columns="overview",
        ),
        card(
            None,
            row(charts.legend([("Today", "hot", "line"), ("Wed 17 Jun", "text-2", "dashed"),
                               ("Comfort band", "in-band", "band")]),
                html.Span("15 min means, min and max as a band", className="wb-muted")),
            charts.strip_chart(
                panels, sample.START_MS, sample.END_MS, ZONE, id="design-room", now_ms=NOW,
                summary="Temperature, CO₂, people and power of a room over a day",
            ),
        ),
    ]  # fmt: skip


def _room(name: str, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "temperature_c": 24.8, "band": (21.0, 26.0, 19.0, 28.0), "word": "In band", "tone": "ok",
        "co2_ppm": 690, "humidity_percent": 46, "people": 9, "power_kw": 3.6, "ts_ms": NOW - 4000,
        "now_ms": NOW, "zone": ZONE, "href": "/design",
    }  # fmt: skip
    return room_card(name, **(values | changes))


def _rooms() -> list[Any]:
    return [
        _part("Rooms and comfort"),
        grid(
            _room("Studio"),
            _room("Open office South", temperature_c=26.4, word="Warm, 22 min", tone="warning",
                  co2_ppm=861, people=26, power_kw=6.3, selected=True),
            _room("Meeting 1.1", word="Air stuffy", tone="warning", co2_ppm=1214, people=8),
            _room("Boardroom", temperature_c=20.6, word="Cool", tone="cool", people=0),
            _room("Library", word="CO₂ stale 45 min", tone="stale", co2_ppm=None, state="stale",
                  ts_ms=NOW - 2_700_000),
            _room("Store", temperature_c=None, word="No sensor", tone="missing", co2_ppm=None,
                  humidity_percent=None, people=None, power_kw=None, ts_ms=None, state="missing"),
            columns="cards",
        ),
        card("Comfort scale", comfort_legend(21, 26, 19, 28)),
    ]  # fmt: skip


def _tables() -> list[Any]:
    columns = [
        Column("name", "Sensor"), Column("room", "Room"), Column("spark", "24 h", sortable=False),
        Column("value", "Value", number=True), Column("age", "Age", number=True),
        Column("quality", "Quality", sortable=False),
    ]  # fmt: skip
    wave = sparkline([3, 3, 2, 4, 6, 7, 6, 5, 4])
    rows = [
        Row("TEMP_009", [name_cell("Temperature", "TEMP_009"), "Studio", wave,
                         value(24.8, "temperature"), age(NOW - 12_000, NOW, ZONE),
                         chip("Good", "ok", dot=True)], "fresh", act="open"),
        Row("SDB_4", [name_cell("Meter", "SDB_4"), "Canteen", wave, value(6.2, "power"),
                      age(NOW - 48_000, NOW, ZONE), chip("Clock drifts", "late")], "late", act="open"),
        Row("CO2_012", [name_cell("CO₂", "CO2_012"), "Library", None, value(None, "co2"),
                        age(NOW - 2_700_000, NOW, ZONE), chip("Silent", "stale")], "stale", act="open"),
    ]  # fmt: skip
    table = data_table(
        "design-table", columns, rows, total=128, query={"sort": "name"}, page_size=3,
        selectable=True, caption="Example sensors", noun="sensors",
    )  # fmt: skip
    return [_part("Table"), html.Section(table, className="wb-card wb-card-table")]


def _forms() -> list[Any]:
    today = formats.local(NOW, ZONE).date()
    fields = form(
        text_field("design-name", "Name", value="Open office South"),
        select_field("design-floor", "Floor", [("1st", "1st floor"), ("2nd", "2nd floor")], value="1st"),
        number_field("design-seats", "Seats", value=28, low=0, hint="For the share of seats in use"),
        number_field("design-area", "Area", value=-4, unit="m²", error="Must be above 0"),
        text_field("design-password", "Password", kind="password", value="secret"),
        text_field("design-off", "Topic", value="wattboard/main", disabled=True),
        text_area("design-note", "Reason", placeholder="Why this span is void"),
        checklist_field("design-metrics", "Metrics", [("t", "Temperature"), ("c", "CO₂")], value=["t"]),
        switch_field("design-switch", "Takes part in demand response", value=True),
        columns=2,
    )  # fmt: skip
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
        period_picker("design-week-picker", today, value={"kind": "week", "date": "2026-06-08",
                                                          "compare": True}),
        row(
            segments("design-for", [("15", "15 min"), ("30", "30 min"), ("60", "1 h")], value="30",
                     label="For how long"),
            search_field("design-search", placeholder="Sensors, rooms"),
            html.Button(["Late ", html.Span("12", className="wb-filter-count")],
                        className="wb-filter", **{"aria-pressed": "true"}),  # type: ignore[arg-type]
        ),
        className="wb-list",
    )  # fmt: skip
    confirm = confirm_dialog(
        "design", "Delete Studio?", target="2nd floor · 4 sensors",
        effects=[("Its sensors", "stay, without a room"), ("Its history", "stays")],
        act="Delete Studio", danger=True,
    )  # fmt: skip
    return [
        _part("Forms and dialogs"),
        grid(card("Fields", fields), html.Div([picker, dialog], className="wb-stack"),
             columns="halves"),
        confirm,
    ]  # fmt: skip


def _states() -> list[Any]:
    return [
        _part("Banners, toasts, states"),
        banner("Automatic control stopped", "until 18:00 by manager. Manual commands and safety go on",
               tone="fault", action=button("Resume", kind="quiet")),
        banner("Connection lost at 14:29.", "Showing values of 14:29, trying again in 4 s",
               tone="late", action=button("Retry", kind="quiet")),
        banner("Grid limit active:", "import at most 40 kW until 20:00", tone="warning",
               action=button("Details", kind="quiet")),
        banner("Building time × 10", "Hours pass faster here than on your watch."),
        grid(
            toast("Heat pump North at 2.0 kW", "Seen at the meter 14:21:24. Schedule resumes 14:51.",
                  stays=True),
            toast("Not saved", "Another room is called Studio.", tone="fault"),
            columns="halves",
        ),
        grid(
            empty("No rules yet", "A rule acts when something happens, such as “above 26 °C for "
                  "10 min, cool to 24”.", button("Rule", kind="primary", icon_name="plus"),
                  icon_name="automation"),
            failed("Prices could not be read", "Feed silent since 11:04. Plans use yesterday’s "
                   "prices until then. The rest of the page is live.", button("Try again"),
                   button("See log", kind="quiet")),
            html.Div([skeleton("tile"), no_access("users.manage")], className="wb-stack"),
            columns="thirds",
        ),
        card("Facts", key_value([("Accepted", "2.0 kW in full"), ("Saves", "1.05 kWh, 0.15 €")],
                                sunken=True)),
    ]  # fmt: skip


def _foundations() -> list[Any]:
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
        _part("Colours and icons"),
        html.Div(swatches, className="wb-swatches"),
        html.Div(swatches, className="wb-swatches wb-swatches-dark", **data(bs_theme="dark")),
        html.Div(icons, className="wb-swatches"),
    ]
