"""Events as lines, their history, the bell, and how often a rule would have rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.icons import icon
from components.marks import Children, aria, chip, classes, data

NEWS = "wb-events-news"
"""A store that assets/events.js writes to when the socket tells of an event."""
BELL = "wb-bell"

TONES: Mapping[str, tuple[str, str]] = {
    "fault": ("fault", "fault"),
    "warning": ("warning", "bell"),
    "info": ("accent", "info"),
}
"""Tone and icon of each severity."""


@dataclass(frozen=True)
class EventLine:
    """One event in words; `silent` says until when and how long it is silenced."""

    key: str
    severity: str
    label: str
    cause: str
    facts: Sequence[Children]
    state: str
    state_tone: str
    note: str | None = None
    silent: str | None = None
    href: str | None = None
    place: str | None = None
    active: bool = True
    may_acknowledge: bool = False


def event_line(line: EventLine) -> html.Li:
    """Icon, cause, since when, what a person did; acts are for an Events around it."""
    tone, name = TONES[line.severity]
    if not line.active:
        tone = "stale"
    where = dcc.Link(line.place, href=line.href) if line.place and line.href else line.place
    facts: list[Any] = []
    for fact in (*line.facts, where):
        if fact:
            facts += [html.Span(fact)]
    acknowledge = _act("Acknowledge", "acknowledge", line.key, "wb-event-ack")
    return html.Li(
        [
            html.Span(icon(name), className=f"wb-soft-icon wb-soft-{tone}"),
            html.Div(
                [
                    html.Div(
                        [
                            html.Strong(line.cause),
                            chip(line.state, line.state_tone, dot=True),
                            chip(line.silent, "neutral", icon_name="bell") if line.silent else None,
                        ],
                        className="wb-event-cause",
                    ),
                    html.Div([html.Span(line.label), *facts], className="wb-event-facts"),
                    html.Div(line.note, className="wb-event-note") if line.note else None,
                ],
                className="wb-event-words",
            ),
            html.Div(
                [
                    acknowledge if line.may_acknowledge else None,
                    _act("Details", "detail", line.key),
                ],
                className="wb-event-acts",
            ),
        ],
        className=classes("wb-event", not line.active and "wb-event-over"),
        **data(key=line.key),
    )


def _act(label: str, name: str, key: str, className: str = "") -> html.Button:
    return html.Button(
        label,
        type="button",
        className=classes("btn wb-btn wb-btn-sm btn-outline-secondary", className),
        **data(act=name, value=key),
    )


def setting_line(
    head: Sequence[Children],
    facts: Sequence[Children],
    acts: Sequence[Children],
    *,
    off: bool = False,
) -> html.Li:
    """A rule or a channel: name and marks, what it does in words, what can be done with it."""
    said = [html.Span(fact) for fact in facts if fact]
    return html.Li(
        [
            html.Div(
                [
                    html.Div(list(head), className="wb-event-cause"),
                    html.Div(said, className="wb-event-facts"),
                ],
                className="wb-event-words",
            ),
            html.Div(list(acts), className="wb-event-acts"),
        ],
        className=classes("wb-event", off and "wb-event-over"),
    )


def history_list(steps: Sequence[tuple[str, str, str]]) -> html.Ol:
    """Moment, who, and what happened, oldest first."""
    return html.Ol(
        [
            html.Li([html.Span(at, className="wb-num"), html.B(who), html.Span(words)])
            for at, who, words in steps
        ],
        className="wb-event-history",
    )


def bell(counts: Mapping[str, int]) -> html.Span:
    """How much needs acknowledging, by severity; red only where a fault is among it."""
    return html.Span(
        [
            html.Span(bell_link(counts), id=BELL),
            dcc.Store(id=NEWS),
        ],
        className="wb-bell-slot",
        **data(live_watch="event"),
    )


def bell_link(counts: Mapping[str, int]) -> dcc.Link:
    """The inside of the bell, for the callback that renews it."""
    told = [(severity, counts.get(severity, 0)) for severity in TONES]
    words = ", ".join(f"{n} {_many(severity, n)}" for severity, n in told if n)
    marks = [
        html.Span(str(n) if n < 100 else "99+", className=f"wb-bell-count wb-bell-{severity}")
        for severity, n in told
        if n
    ]
    title = f"Events: {words}" if words else "Events: nothing needs acknowledging"
    return dcc.Link(
        [icon("bell", size=18, label=title), *marks],
        href="/events",
        className="wb-bell",
        title=title,
    )


def _many(severity: str, count: int) -> str:
    word = {"fault": "fault", "warning": "warning", "info": "note"}[severity]
    return word if count == 1 else f"{word}s"


def day_bars(days: Sequence[tuple[str, int]]) -> html.Div:
    """A column a day, as high as the events that began on it; each says its day and number."""
    most = max((count for _, count in days), default=0) or 1
    return html.Div(
        [
            html.Span(
                style={"height": f"{max(4, round(100 * count / most))}%"} if count else None,
                className="wb-day-bar" if count else "wb-day-bar wb-day-none",
                title=f"{day}: {count}",
            )
            for day, count in days
        ],
        className="wb-day-bars",
        role="img",
        **aria(label="Events by day"),
    )
