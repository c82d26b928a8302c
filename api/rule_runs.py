"""`/api/v1/iot/rules`: rules tried on the past, the log of what they did, all of them switched."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from pydantic import Field

from api.lists import ListQuery, make_cursor, read_cursor
from api.resource import Resource
from api.rule_shapes import (
    DecisionShown,
    FiringList,
    FiringShown,
    RuleFields,
    RunShown,
    Switched,
    SwitchIn,
    ToldShown,
)
from api.rules import EXAMPLE, RuleId, number, sent_fields, whole
from api.schema import MOST_INTEGER, OneOf
from api.times import Moment, iso
from domain.access.current import current_actor
from domain.automation.model import Decision, Firing, Told

if TYPE_CHECKING:
    from domain.house import House

MOST_SHOWN = 1000


class Trial(RuleFields):
    """A rule to try on the past, and on which; the last 30 days where nothing is said."""

    start_time: Moment | None = None
    end_time: Moment | None = None


class LogQuery(ListQuery):
    """Which lines of the log."""

    rule_id: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None
    show: Annotated[str, OneOf(("all", "fired"))] = "all"
    """`fired` leaves out what was decided and not done."""


def rule_runs_api(house: House) -> Blueprint:
    """Build the routes of what rules did and would have done."""
    rules = Resource(
        house,
        "iot_rule_runs",
        "/api/v1/iot/rules",
        "What rules did, and what they would have done.",
    )
    automation = house.automation

    @rules.get("/log", "iot.view")
    def log(query: LogQuery) -> FiringList:
        """List what rules decided, newest first, with the values they used and what became of it.

        A contract that withholds anything shares no log.
        """
        before = whole(read_cursor(query.cursor)) if query.cursor else None
        page = automation.log(
            current_actor(),
            query.rule_id,
            fired_only=query.show == "fired",
            limit=query.limit,
            before=before,
        )
        cursor = make_cursor(str(page.before)) if page.before is not None else None
        return {"firings": [_firing(one) for one in page.firings], "next_cursor": cursor}

    @rules.post("/dry-run", "iot.view", errors=(404,), example=EXAMPLE)
    def try_new(body: Trial) -> RunShown:
        """Try a rule on the past before it is saved, by the evaluator itself.

        A contract that withholds anything shares no dry run.
        """
        return run(body, None)

    @rules.post("/switch", "iot.control", acting=True, example={"enabled": False})
    def switch_all(body: SwitchIn) -> Switched:
        """Switch every rule and schedule on or off."""
        changed = automation.switch_all(current_actor(), body.enabled)
        return {"enabled": body.enabled, "changed": changed}

    @rules.post("/<rule_id>/dry-run", "iot.view", errors=(404,), example={"cooldown_s": 1800})
    def try_this(rule_id: RuleId, body: Trial | None) -> RunShown:
        """Try a rule on the past, as it is or with other fields, by the evaluator itself."""
        return run(body, number("rule", rule_id))

    def run(body: Trial | None, rule_id: int | None) -> RunShown:
        fields = sent_fields(body) if body else {}
        begin, end = (cast("int | None", fields.pop(k, None)) for k in ("start_time", "end_time"))
        draft = automation.draft(current_actor(), fields, rule_id)
        found = automation.dry_run(current_actor(), fields, rule_id, begin, end)
        return cast(
            "RunShown",
            {
                "sentence": draft.sentence,
                "clashes": [asdict(clash) for clash in draft.clashes],
                "start_time": iso(found.from_ms),
                "end_time": iso(found.to_ms),
                "truncated": found.truncated,
                "cannot": found.cannot,
                "fired": len(found.firings),
                "blocked": len(found.blocked),
                "sensors": found.sensors,
                "decisions": [_decision(one) for one in found.decisions[:MOST_SHOWN]],
                "coverage": [asdict(one) for one in found.coverage],
            },
        )

    return rules.blueprint


def _decision(decision: Decision) -> DecisionShown:
    said = {
        "at": iso(decision.at_ms),
        "since": iso(decision.since_ms),
        "outcome": decision.outcome,
        "trigger": asdict(decision.trigger),
        "conditions": [asdict(one) for one in decision.conditions],
        "ready_at": iso(decision.ready_ms),
    }
    return cast("DecisionShown", said)


def _firing(firing: Firing) -> FiringShown:
    said = _decision(firing.decision) | {
        "firing_id": firing.firing_id,
        "rule_id": firing.rule_id,
        "rule_name": firing.rule_name,
        "told": [_told(one) for one in firing.told],
        "notice": firing.notice,
    }
    return cast("FiringShown", said)


def _told(told: Told) -> ToldShown:
    said = {
        "device_id": told.device_id,
        "name": told.name,
        "command": told.command,
        "value": told.value,
        "ends_at": iso(told.ends_ms),
        "state": told.became,
        "words": told.words,
    }
    return cast("ToldShown", said)
