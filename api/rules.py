"""`/api/v1/iot/rules`: what the building does by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from flask import Blueprint
from pydantic import Field

from api.lists import ListQuery, page_of, unknown_cursor
from api.resource import Resource
from api.rule_shapes import (
    RuleFields,
    RuleList,
    RuleShown,
)
from api.schema import MOST_INTEGER, Request, Version
from api.times import iso
from domain.access.current import current_actor
from domain.automation.fields import plan_fields
from domain.automation.model import Names, Rule
from domain.automation.sentences import sentence
from domain.foundation.errors import Unknown

if TYPE_CHECKING:
    from domain.house import House

NumberInPath = Annotated[str, Field(pattern="^[0-9]{1,10}$")]
RuleId = Annotated[NumberInPath, Field(description="`rule_id`.")]


class NewRule(RuleFields):
    """A rule to add."""


class RuleChange(RuleFields):
    """What to change of a rule; what is not sent stays."""

    version: Version | None = None
    """The one that was read: 409 where somebody has changed it since."""


EXAMPLE = {
    "name": "Air the meeting room",
    "trigger": {
        "kind": "metric",
        "metric": "co2",
        "room_id": 1,
        "side": "above",
        "limit": 1000,
        "for_s": 300,
        "hysteresis": 50,
    },
    "conditions": [{"kind": "time", "from": "08:00", "to": "18:00", "day_types": ["workday"]}],
    "actions": [{"device_id": "DEVICE_004", "command": "on", "minutes": 30}],
    "cooldown_s": 3600,
}


def rules_api(house: House) -> Blueprint:
    """Build the routes of the rules resource."""
    rules = Resource(house, "iot_rules", "/api/v1/iot/rules", "What the building does by itself.")
    automation = house.automation

    @rules.get("", "iot.view")
    def list_rules(query: ListQuery) -> RuleList:
        """List the rules with how they read."""
        rows = sorted(automation.rules(current_actor()), key=lambda rule: rule.rule_id)
        shown, cursor = page_of(rows, lambda rule: str(rule.rule_id), query, whole)
        names = automation.names()
        return {"rules": [_shown(rule, names) for rule in shown], "next_cursor": cursor}

    @rules.post(
        "", "iot.control", status=201, errors=(409,), repeatable=True, example=EXAMPLE
    )  # fmt: skip
    def create(body: NewRule) -> RuleShown:
        """Add a rule; it begins at once, unless it is switched off."""
        made = automation.create(current_actor(), sent_fields(body))
        return _shown(made, automation.names())

    @rules.get("/<rule_id>", "iot.view", errors=(404,))
    def show(rule_id: RuleId) -> RuleShown:
        """Show one rule."""
        found = automation.rule(current_actor(), number("rule", rule_id))
        return _shown(found, automation.names())

    @rules.route(
        "/<rule_id>",
        "iot.control",
        ("PUT", "PATCH"),
        errors=(404, 409),
        example={"cooldown_s": 1800, "enabled": True},
    )
    def change(rule_id: RuleId, body: RuleChange) -> RuleShown:
        """Change the fields that are sent; what decides begins anew where it changed."""
        fields = sent_fields(body)
        version = cast("int | None", fields.pop("version", None))
        which = number("rule", rule_id)
        changed = automation.update(current_actor(), which, fields, version)
        return _shown(changed, automation.names())

    @rules.delete("/<rule_id>", "iot.control", errors=(404,))
    def remove(rule_id: RuleId) -> None:
        """Delete a rule; what it holds ends, its log stays."""
        automation.delete(current_actor(), number("rule", rule_id))

    return rules.blueprint


def sent_fields(body: Request) -> dict[str, object]:
    """What was sent, under the names it was sent by; null is what was not sent."""
    return body.model_dump(exclude_unset=True, exclude_none=True, by_alias=True)


def number(kind: str, text: str) -> int:
    """An id in a path. Raises Unknown."""
    known = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_INTEGER))
    if not known or int(text) > MOST_INTEGER:
        raise Unknown(kind, text[:40])
    return int(text)


def whole(text: str) -> int:
    """An id in a cursor. Raises InvalidInput."""
    if not text.isascii() or not text.isdigit() or int(text) > MOST_INTEGER:
        raise unknown_cursor()
    return int(text)


def _shown(rule: Rule, names: Names) -> RuleShown:
    said = {
        "rule_id": rule.rule_id,
        "name": rule.name,
        "enabled": rule.enabled,
        "sentence": sentence(rule.plan, names),
        **plan_fields(rule.plan),
        "last_fired_at": iso(rule.last_fired_ms),
        "created_at": iso(rule.created_ms),
        "changed_at": iso(rule.changed_ms),
        "changed_by": rule.changed_by,
        "version": rule.version,
    }
    return cast("RuleShown", said)
