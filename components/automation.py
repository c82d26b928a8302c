"""Automation as one sees it: fields of its forms, rules as sentences, what they did, lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.buttons import button, icon_button
from components.events import day_bars
from components.icons import icon
from components.marks import Children, aria, chip, classes, data

NEWS = "wb-automation-news"
"""A store that assets/automation.js writes to when the socket tells of a firing."""


# ---- forms ---------------------------------------------------------------------------------


def form_part(number: int, title: str, hint: str, *children: Any) -> html.Section:
    """One step of the form under its heading."""
    return html.Section(
        [
            html.Div(
                [
                    html.Span(str(number), className="auto-step wb-num", **aria(hidden="true")),
                    html.H2(title),
                    html.Span(hint, className="wb-hint"),
                ],
                className="auto-part-head",
            ),
            *children,
        ],
        className="auto-part",
    )


def form_cell(
    label: str,
    control: Any,
    *,
    error: Any,
    hint: Children = None,
    className: str = "",
    group: bool = False,
) -> html.Div:
    """A control, or a `group` of them, with its label, its hint, and what is wrong with it."""
    said = [html.Span(label, className="wb-label"), control]
    named: Any = html.Div(said, role="group", **aria(label=label)) if group else html.Label(said)
    return html.Div(
        [
            named,
            html.Div(hint, className="wb-hint") if hint else None,
            html.Div("", id=error, className="wb-field-error", role="alert"),
        ],
        className=classes("wb-cell auto-cell", className),
    )


def form_row(
    fields: Sequence[Any], act: str, at: int, words: str, *, lone: bool = False
) -> html.Div:
    """A row of fields, with a button that takes it out."""
    drop = icon_button("delete", words, disabled=lone, attributes=data(act=act, value=at))
    return html.Div([html.Div(list(fields), className="auto-fields"), drop], className="auto-row")


def add_button(label: str, part: str) -> html.Div:
    """Adds a row to a part."""
    hooks = data(act=f"add-{part}", value=0)
    shown = button(label, icon_name="plus", small=True, attributes=hooks)
    return html.Div(shown, className="wb-form-add")


def read_back(sentences: Sequence[str], missing: str | None) -> Any:
    """What the form says so far, in words; or what it still needs."""
    if missing is not None:
        return html.P([html.Strong("Not complete yet. "), missing], className="auto-said-not")
    return html.Div([html.P(sentence, className="auto-said") for sentence in sentences])


def clash_list(clashes: Sequence[tuple[str, Children]]) -> Any:
    """What to know before saving: a word for its kind, and why."""
    if not clashes:
        return None
    return html.Ul(
        [
            html.Li([icon("fault", size=14), html.Span([html.Strong(f"{kind}. "), words])])
            for kind, words in clashes
        ],
        className="auto-clashes",
    )


# ---- rules and schedules -------------------------------------------------------------------


@dataclass(frozen=True)
class RuleLine:
    """A rule or schedule in words; `facts` are its last firing, the next, what holds it back."""

    key: str
    name: str
    sentences: Sequence[str]
    on: bool
    facts: Sequence[Children] = ()
    marks: Sequence[Children] = ()
    act: str = "rule"
    log: str | None = None
    """Where its part of the log is."""


def rule_line(line: RuleLine, *, may_act: bool) -> html.Li:
    """Switch, name, sentence, facts, what can be done with it; acts are for an Events around."""

    def hook(name: str) -> dict[str, Any]:
        return data(act=f"{line.act}-{name}", value=line.key)

    acts = [
        button("Edit", small=True, attributes=hook("edit")),
        icon_button("copy", f"Copy {line.name}", attributes=hook("copy")),
        icon_button("delete", f"Delete {line.name}", attributes=hook("delete")),
    ]
    said = [html.Span(fact) for fact in line.facts if fact]
    if line.log:
        said.append(html.Span(dcc.Link("Log", href=line.log, title=f"Log of {line.name}")))
    return html.Li(
        [
            switch(f"Switch {line.name} {'off' if line.on else 'on'}", line.on, hook("switch"))
            if may_act
            else None,
            html.Div(
                [
                    html.Div(
                        [
                            html.Strong(line.name),
                            None if line.on else chip("Off", "outline"),
                            *line.marks,
                        ],
                        className="wb-event-cause",
                    ),
                    *(html.P(sentence, className="auto-sentence") for sentence in line.sentences),
                    html.Div(said, className="auto-facts") if said else None,
                ],
                className="wb-event-words",
            ),
            html.Div(acts, className="wb-event-acts") if may_act else None,
        ],
        className=classes("wb-event auto-line", not line.on and "wb-event-over"),
        **data(key=line.key),
    )


def switch(label: str, on: bool, hooks: dict[str, Any]) -> html.Button:
    """On or off, asked of an Events around it."""
    return html.Button(
        html.Span(className="auto-switch-knob"),
        type="button",
        role="switch",
        className="auto-switch",
        title=label,
        **aria(checked=str(on).lower(), label=label),
        **hooks,
    )


# ---- what it did ---------------------------------------------------------------------------


@dataclass(frozen=True)
class FiringLine:
    """One decision in words; `told` are rows of device, what it was told, what became of it."""

    when: str
    rule: str
    outcome: str
    tone: str
    said: str
    checks: Sequence[tuple[bool, str]] = ()
    told: Sequence[tuple[Children, str, str]] = ()
    note: str | None = None


def firing_line(line: FiringLine) -> html.Li:
    """When, which rule, what came of it; below it conditions and commands."""
    checks = [
        html.Li([icon("check" if held else "close", size=13, label="held" if held else "not met"),
                 html.Span(words)], className="auto-held" if held else "auto-not-held")
        for held, words in line.checks
    ]  # fmt: skip
    told = [
        html.Li([html.Span(device), html.Span(words), html.Span(became, className="auto-became")])
        for device, words, became in line.told
    ]
    return html.Li(
        [
            html.Span(line.when, className="auto-when wb-num"),
            html.Div(
                [
                    html.Div(
                        [html.Strong(line.rule), chip(line.outcome, line.tone, dot=True)],
                        className="wb-event-cause",
                    ),
                    html.P(line.said, className="auto-sentence"),
                    html.Ul(checks, className="auto-checks") if checks else None,
                    html.Ul(told, className="auto-told") if told else None,
                    html.P(line.note, className="wb-event-note") if line.note else None,
                ],
                className="wb-event-words",
            ),
        ],
        className="wb-event auto-firing",
    )


def month_bars(title: str, days: Sequence[tuple[str, int]], first: str, last: str) -> html.Figure:
    """A column a day under its title, with the first and last day below."""
    return html.Figure(
        [
            html.Figcaption(title),
            day_bars(days),
            html.Div([html.Span(first), html.Span(last)], className="auto-bars-axis"),
        ],
        className="auto-bars",
    )
