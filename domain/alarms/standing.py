"""Conditions that stand for a while: bad data, intake down, messages refused. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.alarms.evaluate import Occurrence, State
from domain.alarms.lifecycle import Ring, Subject
from domain.alarms.model import Rule
from domain.control.lifecycle import Command
from domain.control.words import act
from domain.telemetry.quality import Finding

FOREVER_MS = 2**53
FALSIFYING = ("stuck", "wrong_clock", "out_of_range", "negative_energy")
"""Findings that make figures wrong; a gap is a silent sensor, a jump may be true."""
FINDING_STANDS_MS = 3_600_000
"""A finding that has not grown for so long is over."""
REFUSAL_STANDS_MS = 900_000
NOT_DONE_STANDS_MS = 900_000
"""So long after it a command that came to nothing is still news."""
UNHEARD_S = 60.0
"""Real seconds after which a listener that says nothing is taken for dead."""
LISTENER = Subject("listener", "", "down")


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that holds from `since_ms` to `until_ms`, in words."""

    subject: Subject
    since_ms: int
    until_ms: int
    words: str


def of_findings(findings: Mapping[str, Iterable[Finding]]) -> list[Standing]:
    """Data-quality findings by sensor; those of one kind that overlap are one."""
    found: dict[Subject, list[Standing]] = {}
    for sensor_id, listed in findings.items():
        for finding in sorted(listed, key=lambda f: f.since_ms):
            if finding.kind not in FALSIFYING:
                continue
            subject = Subject(sensor_id, finding.metric, finding.kind)
            until_ms = finding.until_ms + FINDING_STANDS_MS
            rows = found.setdefault(subject, [])
            since_ms = finding.since_ms
            if rows and rows[-1].until_ms >= since_ms:
                last = rows.pop()
                since_ms, until_ms = last.since_ms, max(until_ms, last.until_ms)
            rows.append(Standing(subject, since_ms, until_ms, finding.words))
    return [standing for rows in found.values() for standing in rows]


def of_commands(commands: Iterable[Command]) -> list[Standing]:
    """Commands not carried out, contradicted by the meter, or lapsed while they were in force."""
    return [
        Standing(
            Subject(command.device_id, "", command.command_id[:16]),
            command.ended_ms,
            command.ended_ms + NOT_DONE_STANDS_MS,
            _not_done(command)[:300],
        )
        for command in commands
        if command.ended_ms is not None
    ]


def _not_done(command: Command) -> str:
    told = act(command.command, command.value)
    if command.state == "contradicted":
        return f"{told} acknowledged, but {command.reason}"
    if command.observed_ms is not None:
        return f"{told} expired: {command.reason}"
    return f"{told} not done: {command.reason}"


def decide(
    rule: Rule, states: Mapping[Subject, State], standing: Iterable[Standing], at_ms: int
) -> tuple[dict[Subject, State], list[Ring]]:
    """What begins and what is over at `at_ms`, and the states that change with it."""
    holding = {s.subject: s for s in standing if s.since_ms <= at_ms < s.until_ms}
    over = {s.subject: s.until_ms for s in standing if s.until_ms <= at_ms}
    changed: dict[Subject, State] = {}
    rings: list[Ring] = []
    for subject, condition in holding.items():
        if subject not in states and at_ms - condition.since_ms >= rule.delay_on_s * 1000:
            began_ms = condition.since_ms
            changed[subject] = State("active", began_ms, began_ms)
            rings.append(_ring(rule, subject, Occurrence(began_ms, True, began_ms, 0.0)))
    for subject, state in states.items():
        if subject not in holding:
            ended_ms = max(state.since_ms, min(over.get(subject, at_ms), at_ms))
            changed[subject] = State()
            rings.append(_ring(rule, subject, Occurrence(ended_ms, False, state.since_ms, 0.0)))
    return changed, rings


def intervals(rule: Rule, standing: Iterable[Standing], until_ms: int) -> list[Ring]:
    """The rings of a whole past, for a preview."""
    rings: list[Ring] = []
    for s in standing:
        rings.append(_ring(rule, s.subject, Occurrence(s.since_ms, True, s.since_ms, 0.0)))
        if s.until_ms <= until_ms:
            rings.append(_ring(rule, s.subject, Occurrence(s.until_ms, False, s.since_ms, 0.0)))
    return rings


def _ring(rule: Rule, subject: Subject, occurrence: Occurrence) -> Ring:
    return Ring(occurrence, rule.rule_id, subject, "", rule.join_s * 1000)
