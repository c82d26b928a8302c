"""The log as the rows of a file, a line a decision. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.automation.model import Firing, Judged, Told
from domain.control import words
from domain.foundation.clock import from_ms, iso_utc

COLUMNS = (
    "firing_id",
    "decided_at_utc",
    "rule_id",
    "rule",
    "outcome",
    "trigger",
    "value",
    "unit",
    "since_utc",
    "ready_again_at_utc",
    "conditions",
    "devices",
    "notice",
)
Cell = str | int | float | None


def log_rows(firings: Iterable[Firing]) -> Iterator[Sequence[Cell]]:
    """One line per decision under `COLUMNS`; several conditions or devices share a cell."""
    for firing in firings:
        decision = firing.decision
        ready_ms, trigger = decision.ready_ms, decision.trigger
        yield (
            firing.firing_id,
            iso_utc(from_ms(decision.at_ms)),
            firing.rule_id,
            firing.rule_name,
            decision.outcome,
            trigger.words,
            trigger.value if trigger.said is None else trigger.said,
            trigger.unit,
            iso_utc(from_ms(decision.since_ms)),
            None if ready_ms is None else iso_utc(from_ms(ready_ms)),
            "; ".join(map(_condition, decision.conditions)),
            "; ".join(map(_told, firing.told)),
            firing.notice,
        )


def _condition(judged: Judged) -> str:
    seen = judged.said or ("unknown" if judged.value is None else f"{judged.value:g}")
    return (
        f"{'held' if judged.held else 'not'}: {judged.words} ({seen} {judged.unit}".rstrip() + ")"
    )


def _told(told: Told) -> str:
    until = iso_utc(from_ms(told.ends_ms))
    became = ", ".join(part for part in (told.became, told.words) if part)
    return (
        f"{told.name}: {words.told(told.command, told.value)} until {until} ({became or 'not yet'})"
    )
