"""The dry run of a rule: when it would have fired in the last month. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import html

from components import formats
from components.automation import month_bars
from components.marks import chip
from domain.automation.model import OUTCOMES, Coverage, Decision, DryRun
from pages._automation_words import Shown, check_words, judged_words, outcome_words

LISTED = 100
DAY_MS = 86_400_000
WHOLE = 0.99


def dry_part(run: DryRun, shown: Shown) -> Any:
    """How often, on which days, each time with its values; what the data do not cover."""
    if run.cannot is not None:
        return html.Div([html.Strong("This cannot be tried. "), run.cannot], className="wb-preview")
    first, last = (formats.local(at, shown.zone).date() for at in (run.from_ms, run.to_ms - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counted = Counter(formats.local(d.at_ms, shown.zone).date() for d in run.firings)
    bars = [(formats.day_of(day), counted[day]) for day in days]
    title = "Firings per day" + (f" (most: {max(counted.values())})" if counted else "")
    return html.Div(
        [
            html.Strong(_times_words(run, round((run.to_ms - run.from_ms) / DAY_MS))),
            _truncated(run, shown),
            html.Ul([html.Li(gap) for gap in gaps(run.coverage)], className="auto-gaps"),
            month_bars(title, bars, formats.day_of(first), formats.day_of(last))
            if run.firings
            else None,
            decisions_list(run.decisions, shown),
        ],
        className="wb-preview auto-dry",
        role="status",
    )


def _times_words(run: DryRun, days: int) -> str:
    fired, blocked = len(run.firings), len(run.blocked)
    rung = f"would have fired {_times(fired)}" if fired else "would never have fired"
    held = f", and been held back {_times(blocked)}" if blocked else ""
    return f"In the last {days} days it {rung}{held}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _truncated(run: DryRun, shown: Shown) -> Any:
    if not run.truncated:
        return None
    until = formats.day(run.to_ms, shown.zone)
    return html.P(f"There are too many readings to try all of it: it ends on {until}.")


def gaps(coverage: Sequence[Coverage]) -> list[str]:
    """What was known of each source, in words; what cannot be replayed said as it is."""
    said = []
    for one in coverage:
        counted = f"{one.readings:,} values, " if one.readings else ""
        if one.share >= WHOLE:
            known = "known all the time"
        elif one.share <= 0:
            known = "not known at all, so nothing could come of it"
        else:
            percent = formats.fixed(max(1.0, 100 * one.share), 0)
            known = f"known {percent} % of the time; nothing comes of the gaps"
        said.append(f"{one.words[:1].upper()}{one.words[1:]}: {counted}{known}")
    return said


def decisions_list(decisions: Sequence[Decision], shown: Shown) -> Any:
    """The newest first, each with its values and, where it was held back, why."""
    if not decisions:
        return None
    newest = list(reversed(decisions))[:LISTED]
    more = len(decisions) - len(newest)
    return html.Div(
        [
            html.Ol([_decision(one, shown) for one in newest], className="auto-decisions"),
            html.P(f"and {more:,} earlier ones", className="wb-hint") if more else None,
        ]
    )


def _decision(decision: Decision, shown: Shown) -> Any:
    at = f"{formats.day(decision.at_ms, shown.zone)} {formats.clock(decision.at_ms, shown.zone)}"
    fired = decision.outcome == "fired"
    unmet = [check_words(one) for one in decision.conditions if not one.held]
    why = "" if fired else outcome_words(decision.outcome, decision.ready_ms, shown)
    said = [
        part for part in (judged_words(decision.trigger), why, formats.list_words(unmet)) if part
    ]
    return html.Li(
        [
            html.Span(at, className="wb-num"),
            chip("Fires" if fired else "Held back", "accent" if fired else "neutral", dot=True),
            html.Span(" · ".join(said), title=OUTCOMES.get(decision.outcome)),
        ]
    )
