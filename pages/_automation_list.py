"""Rules and schedules as lines of the Automation page. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dash import html

from components import formats
from components.automation import RuleLine, rule_line
from components.buttons import link_button
from components.marks import chip
from components.states import empty
from domain.automation import sentences
from domain.automation.model import (
    Firing,
    Judged,
    Plan,
    Rule,
    Target,
    TimeTrigger,
)
from domain.control.model import Device
from pages._automation_words import Shown, check_words, judged_words, outcome_words

PATH = "/automation"
ALL = "all"
STATES: Mapping[str, str] = {
    ALL: "On and off",
    "on": "Switched on",
    "off": "Switched off",
    "holds": "Holding a device now",
}
EXAMPLE = (
    "A rule acts by itself when something happens. For example: when the CO₂ of a meeting room is "
    "above 1,000 ppm for 5 min, switch on its ventilation for 30 min, at most once an hour."
)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """How the list is asked for; what is forged falls back to everything."""

    text: str = ""
    room: str = ALL
    device: str = ALL
    state: str = ALL

    @classmethod
    def of(
        cls, text: str | None, room: str | None, device: str | None, state: str | None
    ) -> ListQuery:
        """From the values of the controls."""
        known = str(state) if state in STATES else ALL
        return cls(str(text or "")[:60], str(room or ALL), str(device or ALL), known)

    def keeps(self, rule: Rule, sentence: str, shown: Shown) -> bool:
        """Whether the filters let a rule through."""
        devices = told_devices([action.target for action in rule.plan.actions], shown.devices)
        rooms = {str(one.room_id) for one in devices} | {str(_room_of(rule.plan))}
        words = f"{rule.name} {sentence}".casefold()
        return (
            self.room in {ALL, *rooms}
            and self.device in {ALL, *(one.device_id for one in devices)}
            and self._keeps_state(rule, shown)
            and all(part in words for part in self.text.casefold().split())
        )

    def _keeps_state(self, rule: Rule, shown: Shown) -> bool:
        match self.state:
            case "on":
                return rule.enabled
            case "off":
                return not rule.enabled
            case "holds":
                return bool(shown.holds.get(rule.rule_id))
        return True


def told_devices(targets: Sequence[Target], devices: Mapping[str, Device]) -> list[Device]:
    """The devices that targets mean now."""
    return [
        device
        for device in devices.values()
        if any(
            target.device_id == device.device_id
            if target.device_id is not None
            else target.room_id == device.room_id
            and target.device_type in (None, device.device_type)
            for target in targets
        )
    ]


def _room_of(plan: Plan) -> int | None:
    source = getattr(plan.trigger, "source", None)
    return source.room_id if source else getattr(plan.trigger, "room_id", None)


# ---- rules ---------------------------------------------------------------------------------


def rule_list(rules: Sequence[Rule], query: ListQuery, shown: Shown) -> Any:
    """Every rule that the filters let through."""
    if not rules:
        add = link_button("New rule", f"{PATH}?rule=new", kind="primary", icon_name="plus")
        return empty("No rules yet", EXAMPLE, add if shown.may_act else None,
                     icon_name="automation")  # fmt: skip
    said = [(rule, sentences.sentence(rule.plan, shown.names)) for rule in rules]
    kept = [(rule, words) for rule, words in said if query.keeps(rule, words, shown)]
    if not kept:
        words = "Take a filter or a word of the search away."
        return empty("No rule matches", words, icon_name="search")
    lines = [rule_line(line_of(r, words, shown), may_act=shown.may_act) for r, words in kept]
    return html.Ul(lines, className="wb-events-list")


def line_of(rule: Rule, sentence: str, shown: Shown) -> RuleLine:
    """One rule in words: what it says, what it did last and why, what it would not do."""
    holds = shown.holds.get(rule.rule_id, ())
    marks = [chip(f"Holds {formats.list_words(holds)}", "accent", icon_name="automation")]
    facts = [
        fired_words(shown.fired.get(rule.rule_id), rule, shown),
        blocked_words(shown.newest.get(rule.rule_id), shown),
        next_words(rule, shown),
    ]
    return RuleLine(
        key=str(rule.rule_id),
        name=rule.name,
        sentences=[sentence],
        on=rule.enabled,
        facts=[fact for fact in facts if fact],
        marks=marks if holds else (),
        log=f"{PATH}?tab=log&of={rule.rule_id}",
    )


def fired_words(firing: Firing | None, rule: Rule, shown: Shown) -> str:
    """`Fired 14:32: 1,043 ppm, since 14:27`, or that it has not."""
    if firing is None:
        if rule.last_fired_ms is None:
            return "Has not fired yet"
        return f"Fired {formats.moment(rule.last_fired_ms, shown.now_ms, shown.zone)}"
    decision = firing.decision
    at = formats.moment(decision.at_ms, shown.now_ms, shown.zone)
    seen = judged_words(decision.trigger)
    lasted = (decision.at_ms - decision.since_ms) // 1000
    span = f" for {formats.span(lasted)}" if lasted > 0 else ""
    return f"Fired {at}: {seen}{span}" if seen else f"Fired {at}"


def blocked_words(firing: Firing | None, shown: Shown) -> str:
    """Why its newest trigger did nothing; nothing where it fired."""
    if firing is None or firing.fired:
        return ""
    decision = firing.decision
    at = formats.moment(decision.at_ms, shown.now_ms, shown.zone)
    return f"Not at {at}: {outcome_words(decision.outcome, decision.ready_ms, shown)}" + _unmet(
        decision.conditions
    )


def _unmet(conditions: Sequence[Judged]) -> str:
    unmet = [one for one in conditions if not one.held]
    if not unmet:
        return ""
    return f" ({formats.list_words([check_words(one) for one in unmet])})"


def next_words(rule: Rule, shown: Shown) -> str:
    """When a rule of the clock comes next, `Next Wed 17 Jun, 07:00`."""
    trigger = rule.plan.trigger
    if not rule.enabled or not isinstance(trigger, TimeTrigger):
        return ""
    at_ms = next_ms(trigger, shown)
    if at_ms is None:
        return "Next: on none of the days ahead"
    day = formats.day(at_ms, shown.zone)
    return f"Next {day}, {formats.clock(at_ms, shown.zone)}"


def next_ms(trigger: TimeTrigger, shown: Shown) -> int | None:
    """The next moment of a time trigger among the days ahead."""
    for day in shown.days:
        midnight = datetime(day.date.year, day.date.month, day.date.day, tzinfo=shown.zone)
        at = midnight + timedelta(minutes=trigger.minute)
        at_ms = int(at.timestamp() * 1000)
        if at_ms > shown.now_ms and trigger.days.hold(day):
            return at_ms
    return None
