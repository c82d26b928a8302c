"""The callbacks of the Rules tab of pages/events.py."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, callback, no_update

from components import ids
from domain.access.current import current_actor
from domain.access.policy import needs
from domain.foundation.errors import WattboardError
from domain.house import house
from pages import _events_page as parts
from pages import _events_rules as rules
from pages._forms import FORM, form_answer, refusals, tell
from pages._values import Act, Clicks, ListValues, PendingRule, key_of

READ, WRITE = "analytics.view", "analytics.full"
_VALUES = {name: State(rules.field_id(name), "value") for name in rules.FIELDS}
_COLUMN_OF = {"sensor": "scope_value", "delay_on": "delay_on_s", "delay_off": "delay_off_s"}
_SHOWN = tuple(name for name in rules.FIELDS if name not in ("scope", "enabled"))


@callback(
    Output(ids.dialog_body(rules.RULE), "children"),
    Output(ids.dialog(rules.RULE), "is_open"),
    Output("events-pending", "data", allow_duplicate=True),
    Input("events-rule-new", "n_clicks"),
    prevent_initial_call=True,
)
@needs(WRITE)
def open_new(clicks: Clicks) -> Any:
    """An empty form."""
    if not clicks:
        return (no_update,) * 3
    return rules.rule_form(None, parts.rooms(house()), may_write=True), True, {}


@callback(
    Output(ids.dialog_body(rules.RULE), "children", allow_duplicate=True),
    Output(ids.dialog(rules.RULE), "is_open", allow_duplicate=True),
    Output("events-pending", "data", allow_duplicate=True),
    Output(ids.dialog_body(rules.DELETE), "children"),
    Output(ids.dialog(rules.DELETE), "is_open"),
    Output("events-other", "children", allow_duplicate=True),
    Input(rules.TABLE, "event"),
    prevent_initial_call=True,
)
@needs(READ)
def act_on_rule(event: Act | None) -> Any:
    """Edit, switch, or ask before deleting."""
    nothing = [no_update] * 6
    rule_id = key_of(event)
    if event is None or rule_id is None:
        return nothing
    actor, own = current_actor(), house().alarms.rules
    rule = own.get(actor, rule_id)
    pending = {"rule": rule.rule_id, "version": rule.version}
    name = event["name"]
    if name == "toggle":
        own.switch(actor, rule.rule_id, not rule.enabled)
        tell("Switched on" if not rule.enabled else "Switched off", rule.name)
        return [*nothing[:5], parts.other_part(house(), actor, "rules")]
    if name == "delete":
        return [*nothing[:2], pending, rules.delete_form(rule), True, no_update]
    form = rules.rule_form(rule, parts.rooms(house()), actor.may(WRITE))
    return [form, True, pending, *nothing[3:]]


@callback(
    output=Output(rules.PREVIEW, "children"),
    inputs={"clicks": Input(rules.TRY, "n_clicks")},
    state={"values": _VALUES, "pending": State("events-pending", "data")},
    prevent_initial_call=True,
)
@needs(READ)
def try_rule(clicks: Clicks, values: ListValues, pending: PendingRule | None) -> Any:
    """How often the rule as it stands in the form would have rung."""
    if not clicks:
        return no_update
    actor, own = current_actor(), house().alarms.rules
    rule_id = (pending or {}).get("rule")
    try:
        kind = own.get(actor, rule_id).kind if rule_id else "limit"
        fields = rules.fields_of({**values, "name": values.get("name") or "New rule"}, kind)
        return rules.preview_words(own.preview(actor, fields, rule_id), house().zone)
    except WattboardError as error:
        said = refusals(error, ())
        return said.get(FORM, error.message)


@callback(
    output={
        "errors": [Output(ids.field_error(rules.field_id(name)), "children") for name in _SHOWN],
        "message": Output(rules.MESSAGE, "children"),
        "is_open": Output(ids.dialog(rules.RULE), "is_open", allow_duplicate=True),
        "table": Output("events-other", "children", allow_duplicate=True),
    },
    inputs={"clicks": Input(ids.dialog_confirm(rules.RULE), "n_clicks")},
    state={"values": _VALUES, "pending": State("events-pending", "data")},
    prevent_initial_call=True,
)
@needs(WRITE)
def save_rule(clicks: Clicks, values: ListValues, pending: PendingRule | None) -> dict[str, Any]:
    """Keep the rule; what is refused stands beside its field."""
    if not clicks:
        return _saved({})
    actor, own = current_actor(), house().alarms.rules
    rule_id = (pending or {}).get("rule")
    version = (pending or {}).get("version", 0)
    try:
        if rule_id:
            kind = own.get(actor, rule_id).kind
            own.update(actor, rule_id, rules.fields_of(values, kind), version)
        else:
            own.create(actor, rules.fields_of(values, "limit"))
    except WattboardError as error:
        columns = [_COLUMN_OF.get(name, name) for name in _SHOWN]
        return _saved(refusals(error, columns))
    tell("Rule saved", str(values.get("name")))
    return _saved({}, False, parts.other_part(house(), actor, "rules"))


def _saved(
    words: dict[str, str], is_open: Any = no_update, table: Any = no_update
) -> dict[str, Any]:
    columns = [_COLUMN_OF.get(name, name) for name in _SHOWN]
    return form_answer(words, columns, is_open=is_open, table=table)


@callback(
    Output(ids.dialog(rules.DELETE), "is_open", allow_duplicate=True),
    Output("events-other", "children", allow_duplicate=True),
    Input(ids.dialog_confirm(rules.DELETE), "n_clicks"),
    State("events-pending", "data"),
    prevent_initial_call=True,
)
@needs(WRITE)
def delete_rule(clicks: Clicks, pending: PendingRule | None) -> Any:
    """Delete it."""
    if not clicks or not pending or "rule" not in pending:
        return no_update, no_update
    actor = current_actor()
    house().alarms.rules.delete(actor, pending["rule"])
    return False, parts.other_part(house(), actor, "rules")
