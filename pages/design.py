"""Every component in every state, for who builds pages; its numbers are examples."""

from __future__ import annotations

from typing import Any

import dash
from dash import html

from components import charts
from components.batteries import level_bar, soc_ring
from components.buttons import (
    button,
    command_state,
    icon_button,
    link_button,
)
from components.cards import card, grid, needs_row, page, row, tile
from components.energy_figures import bars, day_curve
from components.flow import flow_balance, flow_picture, in_out_bars, stacked_rows
from components.marks import chip, control_chip, value
from pages import _design_parts as parts
from pages import _design_samples as sample
from pages._design_parts import part, still_age

dash.register_page(
    __name__,
    path="/design",
    title="Design · Wattboard",
    name="Design",
    order=95,
    permission="design.view",
)

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
        *parts.rooms(),
        *parts.tables(),
        *parts.forms(),
        *parts.states(),
        *parts.foundations(),
        className="wb-design",
    )


def _tiles() -> list[Any]:
    ago = html.Span("48 s ago", className="wb-age")
    return [
        part("Value tile, by state of its data"),
        grid(
            tile("Fresh", 52.6, "power", note="1 s ago"),
            tile("Late", 52.6, "power", state="late", note=[ago, ", expected every 10 s"]),
            tile("Stale", 52.6, "power", state="stale", note=[html.B("Thu 13:47"), ", 45 min old"]),
            tile("Missing", None, "power", state="missing", note="No reading yet"),
            tile("Estimated", 51, "power", state="estimate", note="From 3 of 4 submeters"),
            tile(
                "Fault",
                None,
                "power",
                state="fault",
                note=[html.B("Sign looks reversed"), " since 11:20"],
            ),
        ),
        grid(
            tile(
                "Consumption today",
                567,
                "energy",
                spark=sample.SPARK,
                spark_token="consumption",
                spark_area=True,
                note=[html.B("6 % less"), " than last Thursday"],
            ),
            tile(
                "Solar today",
                398,
                "energy",
                spark=[0, 0, 1, 6, 20, 34, 30, 52, 70, 78, 79],
                spark_token="solar",
                spark_area=True,
                note=[html.B("11 % more"), " · 95 % used here"],
            ),
            tile(
                "Self-sufficiency",
                66,
                "percent",
                spark=[52, 60, 55, 66, 62, 74, 66],
                note=[html.B("4 points up"), " on last Thursday"],
            ),
            tile(
                "Cost today",
                25.88,
                "money",
                spark=[1, 4, 7, 11, 14, 19, 22, 25, 25.8],
                note=[html.B("5.12 € less"), " · budget 61.00 €"],
            ),
            tile(
                "CO₂ today",
                27.4,
                "carbon_mass",
                spark=[1, 4, 8, 11, 15, 20, 25, 27.4],
                note=[html.B("9 % less"), " · 142 g/kWh import"],
            ),
            tile("Climate", words="Cooling 3.4 kW", note=[html.B("Schedule"), " until 18:30"]),
        ),
    ]


def _marks() -> list[Any]:
    badges = card(
        "Badges and who is in control",
        row(
            chip("Live", "ok", dot=True),
            chip("Late 48 s", "late"),
            chip("Stale since 13:47", "stale"),
            chip("Contradicted", "fault"),
            chip("Warm", "warning", icon_name="temperature"),
            chip("DEMO · time × 10", "accent", dot=True),
            chip("Automatic plan on"),
            chip("Estimate", "outline"),
        ),
        row(
            control_chip("plan", "Plan", "18:00"),
            control_chip("manual", "Manual", "17:00"),
            control_chip("demand_response", "DR event", "19:00"),
            control_chip("lock_out", "Locked out by maintenance"),
        ),
        row(
            value(52.6, "power"),
            value(0.4, "power"),
            value(1240, "power"),
            value(23.6, "temperature"),
            value(690, "co2"),
            value(None, "humidity"),
            value(51, "kw", estimate=True),
            still_age(NOW - 12_000),
            still_age(NOW - 300_000),
            still_age(NOW - 90_000_000),
        ),
    )
    buttons = card(
        "Buttons, and what a command button shows",
        row(
            button("New plan", kind="primary"),
            button("Charge"),
            button("Cancel", kind="quiet"),
            button("Lock out room", kind="danger"),
            button("Stop automatic control", kind="stop", icon_name="lock-out"),
            button("No permission", disabled=True, title="Needs batteries.control"),
        ),
        row(
            button("Small", small=True),
            link_button("CSV", "#", icon_name="download"),
            icon_button("left", "Back"),
            icon_button("right", "Forth", disabled=True),
            command_state("Waiting for device 4 s", "waiting"),
            command_state("Observed 14:21:24", "observed"),
            command_state("Not done: meter 4.1 kW", "failed"),
        ),
    )
    return [part("Marks and buttons"), grid(badges, buttons, columns="halves")]


def _energy() -> list[Any]:
    frame = sample.FRAME
    picture = card(
        "Energy now",
        flow_picture(
            frame, live=False, peak_kw=83.6, facts={"grid": "0.062 €/kWh", "solar": "peak 83.6"}
        ),
        fact="1 s ago",
        actions=[flow_balance(frame, live=False), chip("Earning 0.48 €/h"), chip("0 g CO₂/kWh")],
    )
    needs = card(
        "What needs me",
        needs_row(
            "Heat pump North contradicted",
            "Accepted 2.0 kW at 14:21, meter still 4.1 kW",
            button("Review", kind="primary"),
            tone="fault",
            icon_name="fault",
        ),
        needs_row(
            "Reduce 12 kW, 18:00 to 19:00",
            "Earns 4.80 € · answer by 15:30, 58 min left",
            button("Answer"),
            tone="accent",
            icon_name="dr",
        ),
        needs_row(
            "Open office South 26.4 °C",
            "0.4 °C above its band for 22 min",
            button("Cool"),
            tone="warning",
            icon_name="temperature",
        ),
        needs_row(
            "Library CO₂ silent since 13:47",
            "Reports every 60 s · battery was 8 %",
            button("Open"),
            tone="stale",
            icon_name="silent",
        ),
        fact="4 open, by urgency",
        className="wb-needs-card",
    )
    more = [
        card("Evening", flow_picture(sample.EVENING, live=False, peak_kw=83.6)),
        card("Night", flow_picture(sample.NIGHT, live=False, peak_kw=83.6)),
        card(
            "Stale",
            flow_picture(sample.STALE, live=False, now_words="values of Thu 13:47"),
            state="stale",
        ),
        card("On a phone", in_out_bars(frame, live=False), in_out_bars(sample.EVENING, live=False)),
    ]
    ranks = card(
        "Rooms by use",
        stacked_rows(
            [
                (
                    "Server room",
                    [("use-climate", 3.8), ("use-lighting", 0.1), ("use-equipment", 5.5)],
                    "9.4",
                ),
                (
                    "Lab",
                    [("use-climate", 2.6), ("use-lighting", 0.7), ("use-equipment", 4.5)],
                    "7.8",
                ),
                (
                    "Canteen",
                    [("use-climate", 2.2), ("use-lighting", 0.7), ("use-kitchen", 3.3)],
                    "6.2",
                ),
                ("Lifts, plant and rest", [("rest", 3.4)], "3.4"),
            ]
        ),
        fact="kW now",
    )
    rings = card(
        "State of charge",
        row(
            soc_ring(62, action="charging", reserve=25),
            soc_ring(31, action="discharging", reserve=25),
            soc_ring(84, reserve=25),
            soc_ring(None),
        ),
        html.Div(level_bar(71, token="discharging", marks=(25, 95)), className="wb-design-level"),
    )
    return [
        part("Energy flow"),
        grid(picture, needs, columns="overview"),
        grid(*more, columns="halves"),
        grid(ranks, rings, columns="halves"),
    ]


def _charts() -> list[Any]:
    figure = day_curve(
        sample.curve(), sample.START_MS, sample.END_MS, ZONE, now_ms=NOW, revision="design"
    )
    entries = [
        ("Consumption", "consumption", "line"),
        ("Last Thursday", "text-2", "dashed"),
        ("Solar", "solar-fill", "box"),
        ("Discharge", "discharging", "box"),
        ("Import", "import", "box"),
        ("Charge", "charging", "box"),
        ("Export", "export", "box"),
    ]
    starts, ends, series = sample.week_bars()
    heads = ("26.4", "861", "26", "6.3")
    tails = (
        " now · min 22.6 · max 26.4",
        " now · limit 1,000",
        " of 28 seats",
        " now · peak 6.4 at 14:20",
    )
    panels = [
        type(strip)(**(strip.__dict__ | {"head": [html.B(head), tail]}))
        for strip, head, tail in zip(sample.room_strips(), heads, tails, strict=True)
    ]
    return [
        part("Charts"),
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
                actions=charts.legend([(s.name, s.token, "box") for s in series], "design-week"),
            ),
            columns="overview",
        ),
        card(
            None,
            row(
                charts.legend(
                    [
                        ("Today", "hot", "line"),
                        ("Wed 17 Jun", "text-2", "dashed"),
                        ("Comfort band", "in-band", "band"),
                    ]
                ),
                html.Span("15 min means, min and max as a band", className="wb-muted"),
            ),
            charts.strip_chart(
                panels,
                sample.START_MS,
                sample.END_MS,
                ZONE,
                id="design-room",
                now_ms=NOW,
                summary="Temperature, CO₂, people and power of a room over a day",
            ),
        ),
    ]
