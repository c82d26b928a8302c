"""Enters rings into the tables of events: cards, members, words, history."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from domain.alarms import event_store
from domain.alarms.evaluate import State
from domain.alarms.event_store import NewStep
from domain.alarms.lifecycle import Card, Ring, Step, Subject, fold
from domain.alarms.model import Rule
from domain.alarms.rule_store import StateKey
from domain.alarms.surroundings import Surroundings
from domain.alarms.words import NAMED, Evidence, cause, listed

WHO = "Wattboard"
TOLD_BY = {"joined": "raised", "member_cleared": "cleared"}
"""Who rings or falls quiet together is told in one line."""
SAID = {
    "joined": "joined",
    "rang_again": "rang again",
    "member_cleared": "back to normal",
}


class Origin(Protocol):
    """What an event is born with: a rule, or a part of Wattboard that tells of it."""

    @property
    def rule_id(self) -> int:
        """Which rule rang, 0 for none."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def kind(self) -> str:
        """One of KINDS."""

    @property
    def service(self) -> str:
        """One of SERVICES."""

    @property
    def severity(self) -> str:
        """One of SEVERITIES."""


class Entering:
    """The writing half of an evaluation; each call is part of the caller's transaction."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def enter(
        self,
        c: Connection,
        rules: Mapping[int, Rule],
        rings: Sequence[Ring],
        words: Mapping[Subject, str],
        at_ms: int,
    ) -> int:
        """Fold rings into the open events and write what changed; how many steps were added."""
        if not rings:
            return 0
        before = {card.key: card for card in event_store.read_cards(c, at_ms)}
        cards, steps = fold(before.values(), rings)
        ids: dict[int, int] = {}
        causes: dict[int, str] = {}
        for card in cards:
            if before.get(card.key) is card:
                continue
            rule = rules.get(card.rule_id)
            if rule is None:
                continue
            causes[card.key] = self._cause(rule, card, words)
            ids[card.key] = self._put(c, rule, card, causes[card.key])
            old = before[card.key].members if card.key in before else {}
            self._put_members(c, rule, ids[card.key], card, old, words)
        told = [step for step in steps if step.key in ids]
        lines = self._history(told, ids, causes)
        event_store.add_steps(c, lines)
        return len(lines)

    def note_worst(self, c: Connection, states: Mapping[StateKey, State]) -> None:
        """Keep the farthest value of what rings."""
        rows = [
            (rule_id, subject, state.worst)
            for (rule_id, subject), state in states.items()
            if state.phase in ("active", "clearing") and subject.side in ("above", "below")
        ]
        event_store.set_worst(c, rows)

    def _cause(self, rule: Rule, card: Card, words: Mapping[Subject, str]) -> str:
        ringing = [s for s, m in card.members.items() if m.active] or list(card.members)
        evidence = [
            Evidence(
                subject.sensor_id,
                self._surroundings.name(subject),
                subject.metric,
                subject.side,
                card.members[subject].value,
                self._surroundings.limit(rule, subject),
                self._surroundings.room_name(self._surroundings.room_id(subject)),
                words.get(subject),
            )
            for subject in ringing
        ]
        return cause(rule.kind, evidence)

    def _put(self, c: Connection, rule: Rule, card: Card, text: str) -> int:
        rooms = {self._surroundings.room_id(s) for s in card.members}
        sensors = {s.sensor_id for s in card.members}
        now = moving_columns(card, rooms, sensors)
        if card.active:
            now["cause"] = text
        if card.key > 0:
            event_store.update_event(c, card.key, now)
            return card.key
        return event_store.insert_event(c, now | born_columns(rule, card) | {"cause": text})

    def _put_members(
        self,
        c: Connection,
        rule: Rule,
        event_id: int,
        card: Card,
        old: Mapping[Subject, object],
        words: Mapping[Subject, str],
    ) -> None:
        rows: list[dict[str, Any]] = []
        for subject, member in card.members.items():
            if old.get(subject) == member:
                continue
            measured = subject.side in ("above", "below")
            rows.append(
                {
                    "event_id": event_id,
                    **subject._asdict(),
                    "room_id": self._surroundings.room_id(subject),
                    "active": member.active,
                    "rings": member.rings,
                    "first_ms": member.first_ms,
                    "last_ms": member.last_ms,
                    "value": member.value if measured else None,
                    "worst": member.value if measured else None,
                    "limit_value": self._surroundings.limit(rule, subject),
                    "words": words.get(subject),
                }
            )
        event_store.put_members(c, rows)

    def _history(
        self, steps: Sequence[Step], ids: Mapping[int, int], causes: Mapping[int, str]
    ) -> list[NewStep]:
        """One line for each kind of step of an event, however many sensors took it."""
        gathered: dict[tuple[int, str], list[Step]] = {}
        for step in steps:
            gathered.setdefault((step.key, step.kind), []).append(step)
        lines = []
        for (key, kind), same in gathered.items():
            if (key, TOLD_BY.get(kind)) in gathered:
                continue
            names = list(dict.fromkeys(self._surroundings.name(s.subject) for s in same))
            text = self._line(kind, names, len(same), causes[key])
            lines.append(NewStep(ids[key], same[-1].at_ms, kind, WHO, text))
        return sorted(lines, key=lambda line: (line.at_ms, line.event_id))

    def _line(self, kind: str, names: Sequence[str], times: int, text: str) -> str:
        if kind == "raised":
            return text
        if kind == "cleared":
            return "Back to normal"
        who = listed(names) if len(names) <= NAMED else f"{len(names)} sensors, {listed(names)},"
        again = f", {times} times" if kind == "rang_again" and times > len(names) else ""
        return f"{who} {SAID[kind]}{again}"


def moving_columns(
    card: Card, rooms: Collection[int | None], sensors: Collection[str]
) -> dict[str, object]:
    """What each ring may change of an event, but for its cause."""
    return {
        "joined_ms": card.joined_ms,
        "rang_ms": card.rang_ms,
        "cleared_ms": card.cleared_ms,
        "rings": card.rings,
        "repeats": card.rings - len(card.members),
        "sensor_count": len(sensors),
        "room_id": next(iter(rooms)) if len(rooms) == 1 else None,
        "sensor_id": next(iter(sensors)) if len(sensors) == 1 else None,
    }


def born_columns(origin: Origin, card: Card) -> dict[str, object]:
    """What an event keeps from its first ring on."""
    return {
        "rule_id": origin.rule_id,
        "rule_name": origin.name,
        "kind": origin.kind,
        "service": origin.service,
        "severity": origin.severity,
        "join_group": card.group,
        "started_ms": card.started_ms,
        "raised_ms": min(m.first_ms for m in card.members.values()),
    }
