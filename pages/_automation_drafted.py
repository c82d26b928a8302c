"""The form of a rule or schedule as the browser sends it, and as the domain reads it."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

from dash import ALL, Input, State

from domain.access.policy import Actor
from domain.automation.model import Clash, Target
from domain.foundation.errors import InvalidInput, WattboardError
from domain.house import House
from pages._automation_draft import rule_fields_of, schedule_fields_of
from pages._automation_rows import field_id
from pages._automation_sheet import FieldId, Sheet, Typed, sheet_from
from pages._automation_wrong import Place, wrong_at
from pages._values import Key

UNNAMED = {"rule": "New rule", "schedule": "New schedule"}


class Edited(TypedDict):
    """What the form was opened on; key 0 is a new one."""

    kind: str
    key: Key
    version: Key


class Columns(TypedDict):
    """Every field of the form: values and ids of those that shape it, and of the others."""

    fields: list[Typed]
    field_ids: list[FieldId]
    shapes: list[Typed]
    shape_ids: list[FieldId]


class Shapes(TypedDict, total=False):
    """What each part was drawn for."""

    trigger: str
    conditions: str
    actions: str
    entries: str


class Drafted(NamedTuple):
    """The form as the domain reads it; `wrong` where it cannot be saved as it is."""

    name: str
    sentences: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    targets: tuple[Target, ...] = ()
    wrong: dict[Place, str] | None = None
    problem: str | None = None


def columns_of(of: type[Input] | type[State]) -> dict[str, Any]:
    """All of the form; ids never start anything by themselves."""
    plain, shaping = (field_id(ALL, ALL, ALL, kind) for kind in ("auto-field", "auto-shape"))  # type: ignore[arg-type]
    return {
        "fields": of(plain, "value"),
        "field_ids": State(plain, "id"),
        "shapes": of(shaping, "value"),
        "shape_ids": State(shaping, "id"),
    }


def sheet_of(columns: Columns) -> Sheet:
    """The rows of the form."""
    return sheet_from(
        [*columns["field_ids"], *columns["shape_ids"]], [*columns["fields"], *columns["shapes"]]
    )


def fields_of(sheet: Sheet, edited: Edited) -> dict[str, object]:
    """What the form says, as the use case takes it."""
    of = schedule_fields_of if edited["kind"] == "schedule" else rule_fields_of
    return of(sheet)


def drafted(
    house: House, actor: Actor, sheet: Sheet, edited: Edited, *, named: bool = False
) -> Drafted:
    """What the domain makes of it; while one types, a missing name is none of its business."""
    own, key = house.automation, edited["key"] or None
    fields = fields_of(sheet, edited)
    name = str(fields["name"])
    if not named and not name.strip():
        fields["name"] = UNNAMED.get(edited["kind"], "New")
    try:
        if edited["kind"] == "schedule":
            draft = own.draft_schedule(actor, fields, key)
            return Drafted(name, draft.sentences, draft.clashes, draft.targets)
        rule = own.draft(actor, fields, key)
        targets = tuple(action.target for action in rule.plan.actions)
        return Drafted(name, (rule.sentence,), rule.clashes, targets)
    except InvalidInput as error:
        return Drafted(name, wrong=wrong_at(error.fields, sheet), problem=error.message)
    except WattboardError as error:
        return Drafted(name, problem=error.message)
