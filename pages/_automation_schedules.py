"""Schedules as lines of the Automation page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from components import formats
from components.automation import RuleLine, rule_line
from components.buttons import link_button
from components.states import empty
from domain.automation import sentences
from domain.automation.model import Lane, Schedule
from pages._automation_list import PATH
from pages._automation_words import Shown

SCHEDULE_EXAMPLE = (
    "A schedule tells devices something at fixed times. For example: on working days between 07:00 "
    "and 19:00, set the heat pump to 21.5 °C."
)


def schedule_list(schedules: Sequence[Schedule], lanes: Sequence[Lane], shown: Shown) -> Any:
    """Every schedule, line by line as sentences."""
    if not schedules:
        add = link_button("New schedule", f"{PATH}?schedule=new", icon_name="plus")
        return empty("No schedules yet", SCHEDULE_EXAMPLE, add if shown.may_act else None,
                     icon_name="clock")  # fmt: skip
    lines = [
        rule_line(
            RuleLine(
                key=str(one.schedule_id),
                name=one.name,
                sentences=[
                    sentences.entry_sentence(entry, one.targets, shown.names)
                    for entry in one.entries
                ],
                on=one.enabled,
                facts=[_now_words(one, lanes, shown)],
                act="schedule",
            ),
            may_act=shown.may_act,
        )
        for one in schedules
    ]
    return html.Ul(lines, className="wb-events-list")


def _now_words(schedule: Schedule, lanes: Sequence[Lane], shown: Shown) -> str:
    """What it tells now, or when it does next."""
    if not schedule.enabled:
        return ""
    spans = [s for lane in lanes for s in lane.spans if s.schedule_id == schedule.schedule_id]
    now = [span for span in spans if span.from_ms <= shown.now_ms < span.to_ms]
    if now:
        until = formats.clock(max(span.to_ms for span in now), shown.zone)
        return f"Now: {now[0].told}, until {until}"
    if not spans:
        return "Tells nobody anything in the next 24 hours"
    first = min(spans, key=lambda span: span.from_ms)
    return f"Next {formats.clock(first.from_ms, shown.zone)}: {first.told}"
