"""Other parts of Wattboard raise and clear events of their own; the last word on a key counts.

A report is a member of an event like a series that a rule watches, and lives by the same rules:
counted again within an hour, silenced, acknowledged. What another severity is told of with goes on
as another event, which nobody has taken note of yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.engine import Connection

from domain.alarms import event_store, rule_store
from domain.alarms.entering import WHO, born_columns, moving_columns
from domain.alarms.evaluate import Occurrence
from domain.alarms.event_store import NewStep, Told
from domain.alarms.lifecycle import Card, Ring, Subject, fold
from domain.alarms.model import SERVICES, SEVERITIES, SEVERITY_LABELS
from domain.alarms.surroundings import Surroundings
from domain.alarms.words import LONGEST_CAUSE, reported
from domain.foundation.clock import Clock, to_ms
from domain.foundation.errors import FieldError, InvalidInput
from domain.storage.engine import Database

NO_RULE = 0
"""The rule id of events that no rule rang."""
KIND = "reported"
LONGEST_KEY = 64
LONGEST_SOURCE = 80
TOGETHER_MS = 600_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a part of Wattboard tells; `service` and `key` are its identity.

    `name` is who tells, in words for people. Reports of one service and severity that say the same
    `together` and come within ten minutes are one event; without it each is its own.
    """

    name: str
    key: str
    severity: str
    service: str
    cause: str
    began_at: datetime
    room_id: int | None = None
    sensor_id: str | None = None
    together: str | None = None
    rule_id: int = NO_RULE
    kind: str = KIND

    @property
    def subject(self) -> Subject:
        """How it stands among the members of an event."""
        return Subject(self.sensor_id or "", self.key, self.service)

    @property
    def group(self) -> str:
        """What may be one event with it."""
        return f"{self.service}/{self.together or self.key}/{self.severity}"


class Reports:
    """The writing half of events that no rule rings."""

    def __init__(self, database: Database, clock: Clock, surroundings: Surroundings) -> None:
        self._database = database
        self._clock = clock
        self._surroundings = surroundings

    def put(self, report: Report) -> int:
        """Have it ring, or say it anew where it rings already; gives the event's id.

        Raises InvalidInput per field.
        """
        _check(report)
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            standing = _standing(event_store.read_cards(c, now_ms, NO_RULE), report)
            if standing is not None and _words(c, standing) == report.cause:
                return standing[0].key
        with self._database.write() as c:
            rule_store.hold_generation(c)
            cards = event_store.read_cards(c, now_ms, NO_RULE)
            standing = _standing(cards, report)
            if standing is not None:
                _reword(c, standing, report.cause, now_ms)
                return standing[0].key
            return self._ring(c, report, cards, now_ms)

    def end(self, service: str, key: str, at: datetime) -> list[int]:
        """Have it ring no more; gives the events it was part of, none where it did not ring.

        Raises InvalidInput per field.
        """
        _refuse(_identity_errors(service, key) + _time_errors(at))
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            if not _places(event_store.read_cards(c, now_ms, NO_RULE), service, key):
                return []
        with self._database.write() as c:
            rule_store.hold_generation(c)
            cards = event_store.read_cards(c, now_ms, NO_RULE)
            places = _places(cards, service, key)
            _end(c, cards, [_over(place, to_ms(at), now_ms) for place in places], "Back to normal")
            return [card.key for card, _ in places]

    def _ring(self, c: Connection, report: Report, cards: list[Card], now_ms: int) -> int:
        """Enter one that does not ring yet, or rings in another severity."""
        others = _places(cards, report.service, report.key)
        goes_on = f"Goes on as {SEVERITY_LABELS[report.severity].lower()}"
        cards = _end(c, cards, [_over(place, now_ms, now_ms) for place in others], goes_on)
        began_ms = min(to_ms(report.began_at), now_ms)
        rang = Occurrence(now_ms, True, began_ms, 0.0)
        ring = Ring(rang, NO_RULE, report.subject, report.group, TOGETHER_MS)
        after, (step,) = fold(cards, [ring])
        card = next(card for card in after if card.key == step.key)
        told = event_store.read_told(c, card.key)
        room_id = report.room_id
        if room_id is None:
            room_id = self._surroundings.room_id(report.subject)
        told[report.subject] = Told(room_id, report.cause)
        event_id = _put(c, card, told, report)
        again = "Again: " if step.kind == "rang_again" else ""
        line = NewStep(event_id, now_ms, step.kind, WHO, f"{again}{report.cause}")
        event_store.add_steps(c, [line])
        return event_id


Place: TypeAlias = tuple[Card, Subject]
"""An event and the one of its members that is meant."""


def _places(cards: Iterable[Card], service: str, key: str) -> list[Place]:
    """Where a key rings now."""
    return [
        (card, subject)
        for card in cards
        for subject, member in card.members.items()
        if member.active and (subject.side, subject.metric) == (service, key)
    ]


def _standing(cards: Iterable[Card], report: Report) -> Place | None:
    """Where a report rings already, in its severity."""
    places = _places(cards, report.service, report.key)
    return next((place for place in places if place[0].group == report.group), None)


def _words(c: Connection, place: Place) -> str:
    card, subject = place
    return event_store.read_told(c, card.key)[subject].words


def _over(place: Place, at_ms: int, now_ms: int) -> Ring:
    """The end of what rings, not before it rang and not ahead."""
    card, subject = place
    member = card.members[subject]
    ended_ms = max(member.last_ms, min(at_ms, now_ms))
    ended = Occurrence(ended_ms, False, member.first_ms, 0.0)
    return Ring(ended, NO_RULE, subject, card.group, TOGETHER_MS)


def _end(c: Connection, cards: list[Card], rings: Sequence[Ring], words: str) -> list[Card]:
    """Enter what is over; gives the events as they are then."""
    after, steps = fold(cards, rings)
    cards_by_key = {card.key: card for card in after}
    for step in steps:
        told = event_store.read_told(c, step.key)
        _put(c, cards_by_key[step.key], told)
        one = words if step.kind == "cleared" else f"{told[step.subject].words}: {words.lower()}"
        event_store.add_steps(c, [NewStep(step.key, step.at_ms, step.kind, WHO, one)])
    return after


def _reword(c: Connection, place: Place, words: str, now_ms: int) -> None:
    """Say of what rings what is known of it now."""
    card, subject = place
    told = event_store.read_told(c, card.key)
    if told[subject].words == words:
        return
    told[subject] = told[subject]._replace(words=words)
    _put(c, card, told)
    event_store.add_steps(c, [NewStep(card.key, now_ms, "changed", WHO, words)])


def _put(
    c: Connection, card: Card, told: Mapping[Subject, Told], report: Report | None = None
) -> int:
    """Write an event with its members; `report` is what a new one is born with."""
    members = sorted(card.members.items(), key=lambda item: (item[1].first_ms, item[0]))
    sensors = {subject.sensor_id for subject, _ in members if subject.sensor_id}
    columns = moving_columns(card, {told[subject].room_id for subject, _ in members}, sensors)
    if card.active:
        columns["cause"] = reported([told[s].words for s, member in members if member.active])
    event_id = card.key
    if event_id < 0 and report is not None:
        event_id = event_store.insert_event(c, columns | born_columns(report, card))
    else:
        event_store.update_event(c, event_id, columns)
    rows = [
        {
            "event_id": event_id,
            **subject._asdict(),
            "room_id": told[subject].room_id,
            "active": member.active,
            "rings": member.rings,
            "first_ms": member.first_ms,
            "last_ms": member.last_ms,
            "value": None,
            "worst": None,
            "limit_value": None,
            "words": told[subject].words,
        }
        for subject, member in members
    ]
    event_store.put_members(c, rows)
    return event_id


def _check(report: Report) -> None:
    errors = _identity_errors(report.service, report.key) + _time_errors(report.began_at)
    if report.severity not in SEVERITIES:
        known = list(SEVERITIES)
        errors.append(FieldError("severity", f"is one of {', '.join(known)}", known))
    errors += _text_errors("source", report.name, LONGEST_SOURCE)
    errors += _text_errors("cause", report.cause, LONGEST_CAUSE)
    if report.together is not None:
        errors += _text_errors("together", report.together, LONGEST_KEY)
    _refuse(errors)


def _identity_errors(service: str, key: str) -> list[FieldError]:
    errors = _text_errors("key", key, LONGEST_KEY)
    if service not in SERVICES:
        known = list(SERVICES)
        errors.append(FieldError("service", f"is one of {', '.join(known)}", known))
    return errors


def _time_errors(at: datetime) -> list[FieldError]:
    return [] if at.tzinfo else [FieldError("at", "needs a zone")]


def _text_errors(field: str, text: str, longest: int) -> list[FieldError]:
    if 1 <= len(text) <= longest and text.isprintable():
        return []
    return [FieldError(field, f"is a line of at most {longest} characters", longest)]


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidInput("This event cannot be entered.", errors)
