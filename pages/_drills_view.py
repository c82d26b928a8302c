"""The drill under way and the list of reports, as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from components import formats
from components.cards import card
from components.commands import TrackStep, track
from components.marks import chip, key_value
from components.states import empty
from components.tables import Column, Row
from domain.control import words
from domain.control.observation import kw
from domain.drills.model import FAULTS, RESULTS, Drill, Summary

TONES = {"passed": "ok", "failed": "fault", "cancelled": "neutral", "aborted": "late"}
COLUMNS = (
    Column("drill", "Drill", sortable=False),
    Column("result", "Result", sortable=False),
    Column("safe", "Safe after", number=True, sortable=False),
    Column("limit", "Allowed", number=True, sortable=False, hide_below="sm"),
    Column("by", "By", sortable=False, hide_below="md"),
    Column("at", "Ended", number=True, sortable=False, hide_below="sm"),
)


def list_facts(listed: Sequence[Summary], total: int) -> str:
    """`12 · the last one passed`."""
    if not listed:
        return "none yet"
    return f"{total} · the last one {RESULTS[listed[0].result].lower()}"


def result_chip(result: str) -> Any:
    """The result in a word."""
    return chip(RESULTS[result], TONES[result])


def seconds_words(seconds: float | None) -> str:
    """`63 s`; a dash where it never was."""
    return formats.MISSING if seconds is None else f"{seconds:.0f} s"


def report_row(one: Summary, now_ms: int, zone: ZoneInfo) -> Row:
    """One report of the list."""
    name = html.Span(
        [
            dcc.Link(
                f"{FAULTS[one.fault].label}, {one.device_name}",
                href=f"/drills/{one.drill_id}",
                className="wb-name",
            ),
            html.Span(f"No. {one.drill_id}", className="wb-id"),
        ]
    )
    return Row(
        key=str(one.drill_id),
        cells=[
            name,
            result_chip(one.result),
            seconds_words(one.seconds_to_safety),
            seconds_words(one.limit_s),
            one.by_name,
            formats.moment(one.ended_ms, now_ms, zone),
        ],
    )


def no_drills() -> Any:
    """What a drill is."""
    said = (
        "A drill lets a fault come over one test device, such as a lost broker, and shows with "
        "its meter that the device is safe within seconds. The report cites what it rests on."
    )
    return empty("No drills yet", said, icon_name="shield")


def standing_card(drill: Drill, cancel: Any, now_ms: int, zone: ZoneInfo) -> Any:
    """How far it is, and what it waits for."""
    kind = FAULTS[drill.fault]
    rows: list[tuple[Any, Any]] = [
        ("Told", words.act(drill.command, drill.value)),
        ("Done", kind.done),
        ("Has to catch it", kind.protection),
        ("Allowed", f"{drill.limit.total_s:.0f} s: {drill.limit.words}"),
        ("Meter", _reading_words(drill, now_ms, zone)),
    ]
    return card(
        f"{kind.label}, {drill.device_name}",
        track(steps_of(drill, zone)),
        key_value(rows),
        fact=f"drill {drill.drill_id} by {drill.by_name}",
        actions=cancel,
        className="wb-drill-prose",
    )


def steps_of(drill: Drill, zone: ZoneInfo) -> list[TrackStep]:
    """Told, fault, safe, and what is watched afterwards."""

    def at(moment_ms: int | None) -> str:
        return (
            formats.MISSING if moment_ms is None else formats.clock(moment_ms, zone, seconds=True)
        )

    told = drill.phase != "telling"
    begun = told and drill.fault_from_ms is not None
    after = drill.phase == "after"
    until = f"until {at(drill.fault_until_ms)}"
    safe_state = "observed" if drill.safe_ms else "failed" if after else "current"
    return [
        TrackStep(
            "Told",
            at(drill.shown_ms) if told else "waits for its meter",
            "done" if told else "current",
        ),
        TrackStep(
            "Fault",
            until if begun else "ahead",
            "done" if after else "current" if begun else "ahead",
        ),
        TrackStep(
            "Safe",
            at(drill.safe_ms) if drill.safe_ms else "its meter",
            safe_state if begun else "ahead",
        ),
        TrackStep("Afterwards", "nothing sent late", "current" if after else "ahead"),
    ]


def _reading_words(drill: Drill, now_ms: int, zone: ZoneInfo) -> str:
    if not drill.readings:
        return "no reading since it began"
    at_ms, power_kw = drill.readings[-1]
    return f"{kw(power_kw)}, {formats.age(at_ms, now_ms, zone)}"


def back_link() -> Any:
    """To the list."""
    return dcc.Link("All drills", href="/drills", className="wb-back")
