"""The callbacks that switch, copy and delete rules and schedules, of pages/automation.py."""

from __future__ import annotations

from typing import Any, TypedDict

from dash import Input, Output, State, callback, ctx, no_update

from components import formats, ids
from components.buttons import dialog_content
from domain.access.current import current_actor
from domain.access.policy import Actor, needs
from domain.automation.model import Rule, Schedule
from domain.foundation.errors import WattboardError
from domain.house import House, house
from pages import _automation_page as parts
from pages._automation_known import shown_of
from pages._automation_list import PATH
from pages._forms import tell
from pages._values import Act, Clicks, Key, key_of

CONTROL = "iot.control"
STAYS = "What it told stays in the log."


class Pending(TypedDict, total=False):
    """What an open dialog is about: `what` is off, all-off, all-on or delete."""

    what: str
    kind: str
    key: Key
    version: Key


_ANSWER = ("ask", "ask_open", "act", "delete", "delete_open", "pending", "changed", "go")


@callback(
    output={
        "ask": Output(ids.dialog_body(parts.ASK), "children"),
        "ask_open": Output(ids.dialog(parts.ASK), "is_open"),
        "act": Output(ids.dialog_confirm(parts.ASK), "children"),
        "delete": Output(ids.dialog_body(parts.DELETE), "children"),
        "delete_open": Output(ids.dialog(parts.DELETE), "is_open"),
        "pending": Output(parts.PENDING, "data"),
        "changed": Output(parts.CHANGED, "data"),
        "go": Output(parts.GO, "href"),
    },
    inputs={
        "rule_event": Input(parts.LIST, "event"),
        "schedule_event": Input(parts.SCHEDULES, "event"),
        "off": Input(parts.ALL_OFF, "n_clicks"),
        "on": Input(parts.ALL_ON, "n_clicks"),
    },
    state={"changed": State(parts.CHANGED, "data")},
    prevent_initial_call=True,
)
@needs(CONTROL)
def act(
    rule_event: Act | None, schedule_event: Act | None, off: Clicks, on: Clicks, changed: Key | None
) -> dict[str, Any]:
    """Switch at once, or ask where something is held or lost; forms have their address."""
    answer: dict[str, Any] = dict.fromkeys(_ANSWER, no_update)
    if ctx.triggered_id in (parts.ALL_OFF, parts.ALL_ON):
        turn_on = ctx.triggered_id == parts.ALL_ON
        return answer | _asked_all(house(), current_actor(), turn_on)
    event = schedule_event if ctx.triggered_id == parts.SCHEDULES else rule_event
    key = key_of(event)
    if event is None or key is None:
        return answer
    kind, _, name = event["name"].partition("-")
    match name:
        case "edit":
            return answer | {"go": f"{PATH}?{kind}={key}"}
        case "copy":
            return answer | {"go": f"{PATH}?{'copy' if kind == 'rule' else 'copy_schedule'}={key}"}
        case "delete":
            return answer | _asked_delete(house(), current_actor(), kind, key)
        case "switch":
            said = _switched(house(), current_actor(), kind, key)
            return answer | (said or {"changed": (changed or 0) + 1})
    return answer


def _found(now: House, actor: Actor, kind: str, key: int) -> Rule | Schedule:
    if kind == "schedule":
        return now.automation.schedule(actor, key)
    return now.automation.rule(actor, key)


def _holds(now: House, actor: Actor, found: Rule | Schedule) -> list[str]:
    """Names of the devices that it holds now."""
    if isinstance(found, Rule):
        return list(shown_of(now, actor, [found]).holds.get(found.rule_id, ()))
    moment = now.clock.now_ms()
    return [
        lane.name
        for lane in now.automation.lanes(actor)
        if found.enabled
        and any(
            span.schedule_id == found.schedule_id and span.from_ms <= moment < span.to_ms
            for span in lane.spans
        )
    ]


def _switched(now: House, actor: Actor, kind: str, key: int) -> dict[str, Any] | None:
    """Switch it and give None, or the dialog that asks first."""
    found = _found(now, actor, kind, key)
    held = _holds(now, actor, found) if found.enabled else []
    if held:
        body = dialog_content(
            f"Switch off {found.name}?",
            target="It holds devices now.",
            effects=[
                ("Released now", formats.list_words(held)),
                ("Then", "their next owner takes over, or their own rule"),
            ],
        )
        pending: Pending = {"what": "off", "kind": kind, "key": key}
        return {"ask": body, "ask_open": True, "act": "Switch off", "pending": pending}
    _switch(now, actor, kind, key, not found.enabled)
    tell("Switched off" if found.enabled else "Switched on", found.name)
    return None


def _switch(now: House, actor: Actor, kind: str, key: int, enabled: bool) -> None:
    if kind == "schedule":
        now.automation.switch_schedule(actor, key, enabled)
    else:
        now.automation.switch(actor, key, enabled)


def _asked_delete(now: House, actor: Actor, kind: str, key: int) -> dict[str, Any]:
    found = _found(now, actor, kind, key)
    held = formats.list_words(_holds(now, actor, found)) or "no device"
    body = dialog_content(
        f"Delete {found.name}?",
        target="It cannot be brought back.",
        effects=[("Released now", held), ("Log", STAYS)],
    )
    pending: Pending = {"what": "delete", "kind": kind, "key": key, "version": found.version}
    return {"delete": body, "delete_open": True, "pending": pending}


def _asked_all(now: House, actor: Actor, turn_on: bool) -> dict[str, Any]:
    every: list[Rule | Schedule] = [
        *now.automation.rules(actor),
        *now.automation.schedules(actor),
    ]
    count = sum(one.enabled != turn_on for one in every)
    word = "on" if turn_on else "off"
    if not count:
        tell(f"All are {word} already")
        return {}
    held = sorted({name for one in every for name in _holds(now, actor, one)})
    effects: list[tuple[Any, Any]] = [("Rules and schedules", f"{count} switched {word}")]
    if not turn_on:
        effects.append(("Released now", formats.list_words(held) or "no device"))
    else:
        effects.append(("They begin anew", "what triggered while they were off is not made up for"))
    body = dialog_content(f"Switch all {word}?", effects=effects)
    pending: Pending = {"what": f"all-{word}"}
    return {"ask": body, "ask_open": True, "act": f"Switch all {word}", "pending": pending}


@callback(
    Output(ids.dialog(parts.ASK), "is_open", allow_duplicate=True),
    Output(ids.dialog(parts.DELETE), "is_open", allow_duplicate=True),
    Output(parts.CHANGED, "data", allow_duplicate=True),
    Input(ids.dialog_confirm(parts.ASK), "n_clicks"),
    Input(ids.dialog_confirm(parts.DELETE), "n_clicks"),
    State(parts.PENDING, "data"),
    State(parts.CHANGED, "data"),
    prevent_initial_call=True,
)
@needs(CONTROL)
def confirm(ask: Clicks, delete: Clicks, pending: Pending | None, changed: Key | None) -> Any:
    """Do what the open dialog asked about."""
    if not (ask or delete) or not pending:
        return (no_update,) * 3
    try:
        tell(*_done(house(), current_actor(), pending))
    except WattboardError as error:
        tell("Not done", error.message, tone="fault")
    return False, False, (changed or 0) + 1


def _done(now: House, actor: Actor, pending: Pending) -> tuple[str, str | None]:
    own, what = now.automation, pending.get("what", "")
    if what in ("all-on", "all-off"):
        count = own.switch_all(actor, what == "all-on")
        return ("Switched on" if what == "all-on" else "Switched off"), f"{count} changed"
    kind, key = pending.get("kind", "rule"), pending.get("key", 0)
    name = _found(now, actor, kind, key).name
    if what == "delete" and kind == "schedule":
        own.delete_schedule(actor, key, pending.get("version"))
    elif what == "delete":
        own.delete(actor, key, pending.get("version"))
    else:
        _switch(now, actor, kind, key, False)
        return "Switched off", name
    return "Deleted", name
