"""The log of automation: every decision with its values, and what became of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components import formats
from components.automation import FiringLine, firing_line
from components.buttons import button
from components.commands import END_LABELS
from components.states import empty
from domain.automation.model import OUTCOMES, Firing, FiringPage, Rule, Told
from domain.control import words
from pages._automation_words import Shown, check_words, judged_words, outcome_words

PAGE_SIZE = 25
TONES: Mapping[str, str] = {"fired": "accent", "missed": "late", "stopped": "late"}
EVERY, FIRED = "all", "fired"
WHAT: Mapping[str, str] = {EVERY: "Fired or not", FIRED: "Fired only"}


def rule_options(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """Rules to filter by."""
    return [(EVERY, "All rules"), *((str(rule.rule_id), rule.name) for rule in rules)]


def log_list(page: FiringPage, shown: Shown, *, continued: bool) -> list[Any]:
    """The lines of a page, and the way to older ones."""
    if not page.firings:
        said = (
            "Each time a rule fires it stands here: the values it saw, its conditions, and what "
            "became of its commands. Also when something held it back."
        )
        return [empty("Nothing in the log", said, icon_name="history")]
    lines = [firing_line(line_of(firing, shown)) for firing in page.firings]
    steps = [
        _step("Newest", None) if continued else None,
        _step("Older", page.before) if page.before is not None else None,
    ]
    return [
        html.Ul(lines, className="wb-events-list"),
        html.Div([step for step in steps if step], className="wb-pager"),
    ]


def _step(label: str, before: int | None) -> Any:
    return button(label, small=True, attributes={"data-set": json.dumps({"before": before})})


def line_of(firing: Firing, shown: Shown) -> FiringLine:
    """One decision in words."""
    decision = firing.decision
    at = formats.clock(decision.at_ms, shown.zone, seconds=True)
    day = formats.day(decision.at_ms, shown.zone)
    today = formats.day(shown.now_ms, shown.zone)
    seen = judged_words(decision.trigger)
    asked = decision.trigger.words
    outcome = OUTCOMES.get(decision.outcome, decision.outcome)
    if decision.outcome == "cooldown":
        said = outcome_words("cooldown", decision.ready_ms, shown)
        outcome = said[:1].upper() + said[1:]
    return FiringLine(
        when=at if day == today else f"{day} {at}",
        rule=firing.rule_name,
        outcome=outcome,
        tone=TONES.get(decision.outcome, "neutral"),
        said=f"{asked}: {seen}" if seen else asked,
        checks=[(one.held, check_words(one)) for one in decision.conditions],
        told=[told_row(told, shown) for told in firing.told],
        note=f"Told: “{firing.notice}”" if firing.notice else None,
    )


def told_row(told: Told, shown: Shown) -> tuple[Any, str, str]:
    """Device, what it was told, what became of it."""
    link = dcc.Link(told.name, href=f"/devices/{told.device_id}")
    until = formats.moment(told.ends_ms, shown.now_ms, shown.zone)
    became = END_LABELS.get(told.became or "", "")
    parts = [part for part in (became, told.words) if part]
    return link, f"{words.told(told.command, told.value)} until {until}", ": ".join(parts)
