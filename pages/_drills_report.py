"""A drill's report on the page, for the screen and for paper: pure functions of what was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import figures, formats
from components.buttons import button, link_button
from components.cards import card, grid, page_head
from components.charts import strip_chart
from components.commands import CommandLine, history
from components.icons import icon
from components.marks import chip, key_value
from components.states import empty
from components.tables import Column, Row, simple_table
from domain.control.observation import band_words, kw
from domain.control.owners import OWNERS
from domain.drills.model import RESULTS, Summary
from pages import _drills_view as view

AROUND_MS = 10_000


@dataclass(frozen=True)
class Sight:
    """What a report is written with."""

    now_ms: int
    zone: ZoneInfo
    building: str
    demo: bool
    may_export: bool

    def clock(self, at_ms: int | None) -> str:
        """A moment to the second."""
        if at_ms is None:
            return formats.MISSING
        return formats.clock(at_ms, self.zone, seconds=True)


def report_body(found: Summary, report: Mapping[str, Any], sight: Sight) -> Any:
    """The whole page."""
    dated = (
        f"{sight.building}, {formats.day(found.ended_ms, sight.zone, year=True)} "
        f"{formats.clock(found.ended_ms, sight.zone)}"
    )
    return html.Div(
        [
            view.back_link(),
            page_head(
                f"Drill {found.drill_id}: {report['fault']['label']}",
                facts=f"{found.device_name} · {dated}",
                actions=_files(found, sight),
            ),
            grid(
                html.Div(
                    [verdict_card(found, report, sight), power_card(report, sight)],
                    className="wb-stack",
                ),
                facts_card(found, report, sight),
                columns="main-side",
            ),
            commands_card(report, sight),
            grid(
                events_card(report, sight),
                readings_card(report, sight),
                columns="halves",
            ),
        ],
        className="wb-page wb-drill-report",
    )


def _files(found: Summary, sight: Sight) -> list[Any]:
    printing = button("Print", icon_name="wall", attributes={"data-print": "1"})
    if not sight.may_export:
        return [printing]
    address = f"/download/drills/{found.drill_id}"
    return [
        link_button("PDF", f"{address}.pdf", icon_name="download", download="PDF of the report"),
        link_button("CSV", f"{address}.csv", download="CSV of what it rests on"),
        printing,
    ]


def verdict_card(found: Summary, report: Mapping[str, Any], sight: Sight) -> Any:
    """The result, the seconds, and each line with what it cites."""
    judged: Sequence[Mapping[str, Any]] = report["lines"]
    lines = html.Ul([_line(one, sight) for one in judged], className="wb-drill-judged")
    number = view.seconds_words(found.seconds_to_safety)
    return card(
        "Verdict",
        html.Div(
            [
                chip(RESULTS[found.result].upper(), view.TONES[found.result]),
                html.Span([html.B(number), " to safety"]),
                html.Span(f"{found.limit_s:.0f} s allowed", className="wb-second"),
            ],
            className="wb-drill-verdict",
        ),
        # Of a drill that passed the seconds above say the same.
        html.P(report["why"], className="wb-drill-words") if found.result != "passed" else None,
        lines if judged else None,
    )


def _line(line: Mapping[str, Any], sight: Sight) -> Any:
    ok = bool(line["ok"])
    mark = icon("check" if ok else "close", size=16, label="holds" if ok else "does not hold")
    cites: list[Any] = [
        html.Span(["command ", html.Code(str(command))]) for command in line["commands"]
    ]
    cites += [dcc.Link(f"event {event}", href="/events?state=all") for event in line["events"]]
    cites += [html.Span(f"{sight.clock(at_ms)}  {kw(power)}") for at_ms, power in line["readings"]]
    return html.Li(
        [
            html.Span(mark, className="wb-drill-ok" if ok else "wb-drill-not-ok"),
            html.Div(
                [
                    html.Strong(str(line["what"])),
                    html.Span(str(line["words"])),
                    html.Div(cites, className="wb-drill-cites") if cites else None,
                ]
            ),
        ]
    )


def power_card(report: Mapping[str, Any], sight: Sight) -> Any:
    """What the meter showed from the command to the end."""
    readings: Sequence[tuple[int, float]] = report["readings"]
    if len(readings) < 2:
        words = "Fewer than two readings came while it lasted."
        return card("Power", empty("Nothing to draw", words, icon_name="silent"))
    times = [at_ms for at_ms, _ in readings]
    line = figures.Line("Meter", times, [power for _, power in readings], kind="step")
    high = report["told"]["high_kw"]
    limits = [(float(high), "told: at most")] if high is not None else []
    strip = figures.Strip("Power", [line], fmt="kw", unit="kW", height=150, limits=limits)
    drawn = strip_chart(
        [strip], times[0] - AROUND_MS, times[-1] + AROUND_MS, sight.zone, id="drill-chart"
    )
    return card("Power", drawn, fact=f"{report['series']['sensor_id']}")


def facts_card(found: Summary, report: Mapping[str, Any], sight: Sight) -> Any:
    """What was done to which device, and what was allowed."""
    fault, told = report["fault"], report["told"]
    allowed = " + ".join(f"{part['name']} {part['seconds']:g} s" for part in report["limit"])
    speed = float(report["speed"])
    rows: list[tuple[Any, Any]] = [
        ("Device", dcc.Link(found.device_name, href=f"/devices/{found.device_id}")),
        ("Meter", report["series"]["sensor_id"]),
        ("Started by", found.by_name),
        ("Asked for", sight.clock(found.asked_ms)),
        ("Told", f"{told['words']}: {band_words(told['low_kw'], told['high_kw'])}"),
        ("Its meter showed it", sight.clock(report["shown_ms"])),
        ("Fault from", sight.clock(fault["from_ms"])),
        ("Safe at", sight.clock(report["safe_ms"])),
        ("Fault until", sight.clock(fault["until_ms"])),
        ("Ended", sight.clock(found.ended_ms)),
        ("Fault", fault["done"]),
        ("Has to catch it", fault["protection"]),
        ("Allowed", allowed),
    ]
    if speed != 1:
        rows.append(("Time", f"building time × {speed:g}"))
    if sight.demo:
        rows.append(("Building", "simulated (demo)"))
    return card("What was done", key_value(rows), className="wb-drill-prose")


def commands_card(report: Mapping[str, Any], sight: Sight) -> Any:
    """Everything the device was told for it, with each step."""
    listed: Sequence[Mapping[str, Any]] = report["commands"]
    if not listed:
        return card("Commands", empty("No commands", "It was told nothing."))
    lines = [
        CommandLine(
            key=command["command_id"],
            when=sight.clock(command["steps"][0]["at_ms"] if command["steps"] else None),
            act=f"{command['words']}  {command['command_id'][:12]}",
            who=f"{OWNERS[command['owner']].label} · {command['owner_name']}",
            state=command["state"],
            evidence=_EVIDENCE.get(command["evidence"] or ""),
            reason=command["reason"],
            steps=[
                (sight.clock(step["at_ms"]), step["state"], step["words"])
                for step in command["steps"]
            ],
        )
        for command in listed
    ]
    return card("Commands", history(lines), fact="each opens to its steps")


def events_card(report: Mapping[str, Any], sight: Sight) -> Any:
    """What rang."""
    listed: Sequence[Mapping[str, Any]] = report["events"]
    if not listed:
        return card("Events", empty("No event rang", "", icon_name="bell"))
    columns = (
        Column("no", "No.", number=True, sortable=False),
        Column("what", "What", sortable=False),
        Column("rang", "Rang", number=True, sortable=False),
    )
    rows = [
        Row(
            key=str(event["event_id"]),
            cells=[str(event["event_id"]), event["cause"], sight.clock(event["rang_ms"])],
        )
        for event in listed
    ]
    return card("Events", simple_table(columns, rows, caption="Events"))


def readings_card(report: Mapping[str, Any], sight: Sight) -> Any:
    """Each reading that was looked at, to the second."""
    readings: Sequence[tuple[int, float]] = report["readings"]
    if not readings:
        return card("Readings", empty("No readings", "Its meter said nothing.", icon_name="silent"))
    from_ms = report["fault"]["from_ms"]
    columns = (
        Column("at", "Measured", sortable=False),
        Column("after", "After the fault", number=True, sortable=False),
        Column("power", "Power", number=True, sortable=False),
    )
    rows = []
    for at_ms, power in readings:
        after = formats.MISSING if from_ms is None else f"{(at_ms - from_ms) / 1000:.0f} s"
        shown: Any = [html.B(kw(power)), " safe"] if at_ms == report["safe_ms"] else kw(power)
        rows.append(Row(key=str(at_ms), cells=[sight.clock(at_ms), after, html.Span(shown)]))
    return card("Readings", simple_table(columns, rows, caption="Readings"))


_EVIDENCE = {"meter": "seen by its meter", "reported": "reported, not metered"}
