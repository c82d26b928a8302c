"""How occurrences of many series become few events: grouped, counted, cleared. Pure.

An event is active while one of its members is. Whether a person has acknowledged it is another
question, which nothing here answers or forgets (ISA-18.2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from domain.alarms.evaluate import Occurrence

CHATTER_MS = 3_600_000
"""What rings again within an hour of falling quiet is the same event, counted once more."""

StepKind: TypeAlias = Literal["raised", "joined", "rang_again", "member_cleared", "cleared"]


class Subject(NamedTuple):
    """What rings: one series against one side of its limit, or a condition of its own name."""

    sensor_id: str
    metric: str
    side: str


class Ring(NamedTuple):
    """An occurrence of one subject under one rule; `group` keeps apart what is never one event."""

    occurrence: Occurrence
    rule_id: int
    subject: Subject
    group: str = ""
    join_ms: int = 600_000


@dataclass(frozen=True, slots=True)
class Member:
    """One subject in an event; `value` at its last ring."""

    active: bool
    rings: int
    first_ms: int
    last_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Card:
    """An event as far as its rules are concerned; `key` is its id, negative while it has none."""

    key: int
    rule_id: int
    group: str
    started_ms: int
    joined_ms: int
    rang_ms: int
    cleared_ms: int | None
    rings: int
    members: Mapping[Subject, Member] = field(default_factory=dict)
    silenced_until_ms: int = 0

    @property
    def active(self) -> bool:
        """Whether any member still rings."""
        return self.cleared_ms is None

    def keeps(self, subject: Subject, at_ms: int) -> bool:
        """Whether a new ring of a member belongs here and not to a new event."""
        if subject not in self.members:
            return False
        if self.cleared_ms is None or self.silenced_until_ms > at_ms:
            return True
        return at_ms - self.cleared_ms <= CHATTER_MS


class Step(NamedTuple):
    """One line of an event's history."""

    key: int
    at_ms: int
    kind: StepKind
    subject: Subject


def fold(cards: Iterable[Card], rings: Iterable[Ring]) -> tuple[list[Card], list[Step]]:
    """All events after these rings, changed or not, and what happened to them in order."""
    book = _Book(cards)
    for ring in sorted(rings, key=lambda r: (r.occurrence.at_ms, r.rule_id, r.subject)):
        if ring.occurrence.rang:
            book.rang(ring)
        else:
            book.cleared(ring)
    return list(book.cards.values()), book.steps


class _Book:
    """The events of each rule and group while a batch of rings is entered.

    Members of a touched event are copied once and then changed in place: thousands may join one.
    """

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards: dict[int, Card] = {}
        self.steps: list[Step] = []
        self._keys: dict[tuple[int, str], list[int]] = {}
        self._members: dict[int, dict[Subject, Member]] = {}
        self._ringing: dict[int, int] = {}
        for card in sorted(cards, key=lambda c: (c.started_ms, c.key)):
            self._put(card)
        self._fresh = min([0, *self.cards]) - 1

    def rang(self, ring: Ring) -> None:
        at_ms = ring.occurrence.at_ms
        theirs = self._of(ring)
        again = next((c for c in theirs if c.keeps(ring.subject, at_ms)), None)
        if again is not None:
            self._enter(again, ring, "rang_again")
            return
        near = (c for c in theirs if c.active and abs(at_ms - c.joined_ms) <= ring.join_ms)
        open_card = next(near, None)
        if open_card is not None:
            self._enter(replace(open_card, joined_ms=at_ms), ring, "joined")
            return
        since_ms = min(ring.occurrence.since_ms, at_ms)
        fresh = Card(self._fresh, ring.rule_id, ring.group, since_ms, at_ms, at_ms, None, 0)
        self._fresh -= 1
        self._put(fresh)
        self._enter(fresh, ring, "raised")

    def cleared(self, ring: Ring) -> None:
        at_ms = ring.occurrence.at_ms
        for card in self._of(ring):
            member = card.members.get(ring.subject)
            if member is None or not member.active:
                continue
            members = self._owned(card)
            members[ring.subject] = replace(member, active=False)
            self._ringing[card.key] -= 1
            over = not self._ringing[card.key]
            self.cards[card.key] = replace(
                card, members=members, cleared_ms=at_ms if over else None
            )
            kind: StepKind = "cleared" if over else "member_cleared"
            self.steps.append(Step(card.key, at_ms, kind, ring.subject))

    def _put(self, card: Card) -> None:
        self.cards[card.key] = card
        self._keys.setdefault((card.rule_id, card.group), []).append(card.key)
        self._ringing[card.key] = sum(m.active for m in card.members.values())

    def _of(self, ring: Ring) -> list[Card]:
        """The rule's events of the same group, newest first."""
        keys = self._keys.get((ring.rule_id, ring.group), ())
        return [self.cards[key] for key in reversed(keys)]

    def _owned(self, card: Card) -> dict[Subject, Member]:
        if card.key not in self._members:
            self._members[card.key] = dict(card.members)
        return self._members[card.key]

    def _enter(self, card: Card, ring: Ring, kind: StepKind) -> None:
        at_ms, value = ring.occurrence.at_ms, ring.occurrence.value
        members = self._owned(card)
        known = members.get(ring.subject)
        rings = 1 if known is None else known.rings + 1
        first_ms = at_ms if known is None else known.first_ms
        if known is None or not known.active:
            self._ringing[card.key] += 1
        members[ring.subject] = Member(True, rings, first_ms, at_ms, value)
        self.cards[card.key] = replace(
            card, rang_ms=at_ms, cleared_ms=None, rings=card.rings + 1, members=members
        )
        self.steps.append(Step(card.key, at_ms, kind, ring.subject))
