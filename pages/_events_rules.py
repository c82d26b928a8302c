"""Rules as sentences, their form, and how often one would have rung; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button, dialog_content
from components.cards import card
from components.events import day_bars, setting_line
from components.forms import form, number_field, select_field, switch_field, text_field
from components.marks import chip
from components.native import Events
from domain.alarms.model import KINDS, SEVERITIES, SEVERITY_LABELS, Preview, Rule
from domain.alarms.rule_fields import editable
from domain.alarms.words import amount
from domain.building.model import SENSOR_TYPES
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date, local_midnight
from domain.foundation.units import METRICS

RULE, DELETE, TABLE = "event-rule", "event-rule-delete", "events-rules"
PREVIEW, MESSAGE = "event-rule-preview", "event-rule-message"
TRY = "event-rule-try"
FIELDS = (
    "name",
    "severity",
    "scope",
    "sensor",
    "metric",
    "side",
    "limit",
    "hysteresis",
    "delay_on",
    "delay_off",
    "enabled",
)
"""Delays stand in minutes on the screen."""
ERROR_FIELDS = (*FIELDS[:2], "scope_value", *FIELDS[4:8], "delay_on_s", "delay_off_s")
_TONES = {"fault": "fault", "warning": "warning", "info": "accent"}


def field_id(name: str) -> str:
    """The id of a field of the rule's form."""
    return f"event-rule-{name}"


def rules_card(rules: Sequence[Rule], rooms: Mapping[int, str], may_write: bool) -> Any:
    """Every rule as a sentence."""
    lines = [
        setting_line(
            [
                html.Strong(rule.name),
                chip(SEVERITY_LABELS[rule.severity], _TONES[rule.severity], dot=True),
                None if rule.enabled else chip("Off", "outline"),
            ],
            [sentence(rule, rooms), "built in" if rule.builtin else None],
            _acts(rule, may_write),
            off=not rule.enabled,
        )
        for rule in rules
    ]
    return card(None, Events(id=TABLE, children=[html.Ul(lines, className="wb-events-list")]))


def _acts(rule: Rule, may_write: bool) -> list[Any]:
    def act(name: str, label: str) -> Any:
        hooks = {"data-act": name, "data-value": str(rule.rule_id)}
        return button(label, small=True, attributes=hooks)

    if not may_write:
        return [act("edit", "Look and try")]
    acts = [act("edit", "Edit"), act("toggle", "Switch off" if rule.enabled else "Switch on")]
    return acts if rule.builtin else [*acts, act("delete", "Delete")]


def sentence(rule: Rule, rooms: Mapping[int, str]) -> str:
    """When a rule rings, in words."""
    lasting = f" for {formats.span(rule.delay_on_s)}" if rule.delay_on_s else ""
    match rule.kind:
        case "stale":
            return f"a sensor is silent for longer than its interval allows{_more(rule)}"
        case "comfort":
            return f"a room is outside its comfort limits{lasting}"
        case "quality":
            return "readings are stuck, impossible, or from a wrong clock"
        case "listener":
            return f"no data can be taken in{lasting}"
        case "rejected":
            return "a message cannot be read"
        case "command":
            return "a device acknowledges and its meter shows otherwise"
    metric = METRICS[rule.metric].label if rule.metric in METRICS else "value"
    limit = amount(rule.metric or "", rule.limit)
    return f"{metric} of {_where(rule, rooms)} is {rule.side} {limit}{lasting}"


def _more(rule: Rule) -> str:
    return f", and {formats.span(rule.delay_on_s)} more" if rule.delay_on_s else ""


def _where(rule: Rule, rooms: Mapping[int, str]) -> str:
    value = rule.scope_value or ""
    match rule.scope:
        case "room":
            return rooms.get(int(value), "a room that is gone")
        case "type":
            return f"any sensor of type {SENSOR_TYPES.get(value, value)}"
        case "sensor":
            return value
        case "main":
            return "the main meter"
    return "any sensor"


def rule_form(rule: Rule | None, rooms: Sequence[tuple[int, str]], may_write: bool) -> list[Any]:
    """All fields; those that a kind does not have stand hidden."""
    kind = rule.kind if rule else "limit"
    shown = {*editable(kind)}
    metrics = [(m.name, f"{m.label} ({m.unit})") for m in METRICS.values() if m.kind != "counter"]
    scopes = [
        ("all", "any sensor"),
        *((f"room:{i}", f"Room {name}") for i, name in rooms),
        *((f"type:{key}", f"Type {words}") for key, words in SENSOR_TYPES.items()),
    ]
    severities = [(s, SEVERITY_LABELS[s]) for s in SEVERITIES]
    scope = "all"
    if rule is not None and rule.scope in ("room", "type"):
        scope = f"{rule.scope}:{rule.scope_value}"
    sensor = rule.scope_value if rule is not None and rule.scope == "sensor" else None
    unit = METRICS[rule.metric].unit if rule and rule.metric in METRICS else None

    def maybe(name: str, *fields: Any) -> Any:
        return html.Div(fields, className="wb-form", hidden=name not in shown)

    title = rule.name if rule else "New rule"
    return dialog_content(
        title,
        form(
            text_field(field_id("name"), "Name", value=rule.name if rule else "", max_length=80),
            select_field(
                field_id("severity"), "Severity", severities,
                value=rule.severity if rule else "warning",
            ),
            maybe(
                "scope",
                select_field(field_id("scope"), "Watches", scopes, value=scope),
                text_field(
                    field_id("sensor"), "Or one sensor", value=sensor,
                    placeholder="its id, such as TEMP_101",
                ),
                select_field(
                    field_id("metric"), "Measured", metrics,
                    value=(rule.metric if rule else None) or "temperature",
                ),
                select_field(
                    field_id("side"), "Rings", [("above", "above the limit"),
                    ("below", "below the limit")], value=(rule.side if rule else None) or "above",
                ),
            ),
            maybe(
                "limit",
                number_field(
                    field_id("limit"), "Limit", value=rule.limit if rule else None, unit=unit
                ),
                number_field(
                    field_id("hysteresis"), "Over when so far back", unit=unit,
                    value=rule.hysteresis if rule else 0.5, low=0,
                ),
            ),
            number_field(
                field_id("delay_on"), "Rings after", unit="min", low=0,
                value=(rule.delay_on_s if rule else 300) / 60,
            ),
            number_field(
                field_id("delay_off"), "Over after", unit="min", low=0,
                value=(rule.delay_off_s if rule else 0) / 60,
            ),
            switch_field(
                field_id("enabled"), "Switched on", value=rule.enabled if rule else True
            ),
            columns=2,
            message_id=MESSAGE,
        ),
        button("Try on the last 30 days", id=TRY, icon_name="history"),
        html.Div(id=PREVIEW, role="status"),
        None if may_write else html.P(
            "Your role may try rules, not change them.", className="wb-hint wb-dialog-readonly"
        ),
    )  # fmt: skip


def fields_of(values: Mapping[str, Any], kind: str) -> dict[str, object]:
    """What the form says, as the use case takes it."""
    allowed = editable(kind)
    scope, _, value = str(values.get("scope") or "all").partition(":")
    if values.get("sensor"):
        scope, value = "sensor", str(values["sensor"]).strip()
    said: dict[str, object] = {
        "name": values.get("name"),
        "severity": values.get("severity"),
        "enabled": bool(values.get("enabled")),
        "delay_on_s": seconds(values.get("delay_on")),
        "delay_off_s": seconds(values.get("delay_off")),
        "scope": scope,
        "scope_value": value,
        "metric": values.get("metric"),
        "side": values.get("side"),
        "limit": values.get("limit"),
        "hysteresis": values.get("hysteresis"),
    }
    return {name: value for name, value in said.items() if name in allowed}


def seconds(minutes: object) -> object:
    """Minutes of a field as seconds; what is no number stays as it is."""
    usable = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    return minutes * 60 if usable else minutes  # type: ignore[operator]


def preview_words(preview: Preview, zone: ZoneInfo) -> Any:
    """How often it would have rung, by day."""
    if preview.reason is not None:
        return html.Div(preview.reason, className="wb-preview")
    rung = "have rung once" if preview.events == 1 else f"have rung {preview.events:,} times"
    if not preview.events:
        rung = "never have rung"
    judged, left_out = "", None
    if not preview.complete:
        judged = f", judged on {preview.sensors:,} of {preview.in_scope:,} sensors"
        left_out = html.Div("There are too many readings to try all sensors at once.")
    facts = "1 sensor" if preview.sensors == 1 else f"{preview.sensors:,} sensors"
    facts += " looked at"
    if preview.rings > preview.events:
        facts += f", {preview.rings:,} single rings gathered"
    if preview.events:
        facts += f", the longest {formats.span(preview.longest_ms / 1000)}"
    by_day = dict(preview.by_day)
    first, last = (local_date(from_ms(at), zone) for at in (preview.from_ms, preview.to_ms))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    bars = [(formats.day_of(day), by_day.get(to_ms(local_midnight(day, zone)), 0)) for day in days]
    return html.Div(
        [
            html.Strong(f"Would {rung} in the last 30 days{judged}"),
            html.Div(facts),
            left_out,
            day_bars(bars) if preview.events else None,
        ],
        className="wb-preview",
    )


def delete_form(rule: Rule) -> list[Any]:
    """What deleting does."""
    return dialog_content(
        "Delete rule",
        target=rule.name,
        effects=[("Its events", "stay, and count as over"), ("Kind", KINDS[rule.kind])],
    )
