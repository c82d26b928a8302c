"""A command on its way: four steps, each with its time, and what the button in its place says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from components.icons import icon
from components.marks import chip, classes

STEP_LABELS = ("Requested", "Sent", "Acknowledged", "Observed")
END_TONES = {
    "completed": "ok",
    "contradicted": "fault",
    "rejected": "fault",
    "expired": "late",
    "superseded": "neutral",
    "cancelled": "neutral",
}
END_LABELS = {
    "requested": "Requested",
    "sent": "Sent",
    "acknowledged": "Acknowledged",
    "observed": "In force",
    "completed": "Completed",
    "contradicted": "Contradicted",
    "rejected": "Rejected",
    "expired": "Expired",
    "superseded": "Superseded",
    "cancelled": "Cancelled",
}


@dataclass(frozen=True)
class TrackStep:
    """One of the steps: `state` is done, current, observed, failed or ahead."""

    label: str
    words: str
    state: str


@dataclass(frozen=True)
class CommandLine:
    """One command of a history in words; `why` are sentences."""

    key: str
    when: str
    act: str
    who: str
    state: str
    evidence: str | None
    reason: str | None
    steps: Sequence[tuple[str, str, str]]
    """Time, state and words of each."""
    why: Sequence[str] = ()


def track(steps: Sequence[TrackStep]) -> html.Ol:
    """The steps in a row; shape and words say what the colour says."""
    marks = {"done": "check", "observed": "check", "failed": "close", "current": "spinner"}
    return html.Ol(
        [
            html.Li(
                [
                    html.Span(
                        icon(marks[step.state], size=11) if step.state in marks else None,
                        className="wb-track-mark",
                    ),
                    html.Span(step.label, className="wb-track-label"),
                    html.Span(step.words, className="wb-track-words"),
                ],
                className=classes("wb-track-step", f"wb-track-{step.state}"),
            )
            for step in steps
        ],
        className="wb-track",
    )


def history(lines: Sequence[CommandLine]) -> html.Ul:
    """Commands, newest first; each opens to its steps."""
    return html.Ul([_line(line) for line in lines], className="wb-command-list")


def _line(line: CommandLine) -> html.Li:
    tone = END_TONES.get(line.state, "accent")
    note = " · ".join(part for part in (line.evidence, line.reason) if part)
    summary: list[Any] = [
        html.Span(line.when, className="wb-num"),
        html.Strong(line.act),
        html.Span(line.who, className="wb-command-who"),
        chip(END_LABELS[line.state], tone),
        html.Span(note, className="wb-command-note") if note else None,
    ]
    steps = [
        html.Li([html.Span(at, className="wb-num"), html.Span(state), html.Span(words)])
        for at, state, words in line.steps
    ]
    why = [html.P(sentence) for sentence in line.why]
    return html.Li(
        html.Details(
            [
                html.Summary(summary),
                html.Div(why, className="wb-command-why") if why else None,
                html.Ol(steps, className="wb-command-steps"),
            ],
        ),
        key=line.key,
    )
