"""What pages, API and jobs ask of alarms: events and their lifecycle, rules, notifications."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.access.service import Access
from domain.alarms import event_store, wire
from domain.alarms.channels import Channels
from domain.alarms.deliveries import Deliveries
from domain.alarms.evaluation import Evaluation
from domain.alarms.event_store import NewStep
from domain.alarms.model import (
    SERVICES,
    SEVERITIES,
    SORTS,
    STATES,
    Event,
    EventChange,
    EventDetail,
    EventPage,
    EventQuery,
)
from domain.alarms.reports import Report, Reports
from domain.alarms.rules import Rules
from domain.alarms.sealing import Sealer
from domain.alarms.shared_store import EVERYTHING, Source, source_for
from domain.alarms.surroundings import Surroundings
from domain.alarms.telling import Telling
from domain.building.service import Building
from domain.control.service import Control
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.inbox.service import Inbox
from domain.storage.engine import Database
from domain.telemetry.service import Telemetry

READ, ACKNOWLEDGE = "events.view", "events.acknowledge"
LONGEST_COMMENT = 500
LONGEST_SILENCE_MS = 30 * 86_400_000
MOST_A_PAGE, AT_ONCE = 1000, 500
USUAL_SORT = "urgency"
MEMBERS_SHOWN = 200
MOST_CHANGES = 10_000
STEPS_SHOWN = 200
_MOST_PLACE = (1, 2**53, 2**31 - 1)
"""Of rank, start and id in a cursor: what the columns take."""


class Alarms:
    """Events of one building; rules, channels and deliveries are parts of their own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        zone: ZoneInfo,
        telemetry: Telemetry,
        building: Building,
        inbox: Inbox,
        access: Access,
        public_url: str | None,
        secret_key: str,
        control: Control,
    ) -> None:
        self._database = database
        self._clock = clock
        self._surroundings = Surroundings(building, telemetry, bus)
        self.evaluation = Evaluation(database, clock, telemetry, self._surroundings, inbox, control)
        self.rules = Rules(database, clock, zone, telemetry, self._surroundings, self.evaluation)
        sealer = Sealer(secret_key)
        self.channels = Channels(database, clock, self._surroundings, sealer)
        self.deliveries = Deliveries(
            database, clock, zone, self._surroundings, access, public_url, sealer
        )
        self._reports = Reports(database, clock, self._surroundings)
        self._telling = Telling(database, clock, bus, self._surroundings)

    def evaluate(self) -> int:
        """Follow new readings and tell what rang; how many steps of events came of it."""
        self._telling.listen()
        steps = self.evaluation.run()
        self.tell()
        return steps

    # ---- what other parts of Wattboard tell --------------------------------------------------

    def raise_event(
        self,
        source: str,
        key: str,
        severity: str,
        service: str,
        cause: str,
        *,
        at: datetime,
        room_id: int | None = None,
        sensor_id: str | None = None,
        together: str | None = None,
    ) -> Event:
        """Have an event ring that began at `at`; while (`service`, `key`) rings, only say it anew.

        It is a transaction of its own, which no other may enclose, and may be repeated as often as
        one likes. `source` says for people who tells. Keys raised with the same `together` within
        ten minutes are one event.

        Raises InvalidInput per field.
        """
        self._telling.listen()
        report = Report(source, key, severity, service, cause, at, room_id, sensor_id, together)
        return self._told_event(self._reports.put(report), EVERYTHING)

    def clear_event(self, service: str, key: str, at: datetime) -> bool:
        """Have what rings under (`service`, `key`) be over since `at`; whether anything rang.

        Raises InvalidInput per field.
        """
        self._telling.listen()
        ended = self._reports.end(service, key, at)
        self.tell()
        return bool(ended)

    # ---- looking ---------------------------------------------------------------------------

    def events(self, actor: Actor, query: EventQuery) -> EventPage:
        """A page of events, in the usual order what needs somebody first.

        Raises NotAllowed, InvalidInput for a filter or cursor nobody knows.
        """
        actor.require(READ)
        _check(query)
        after = _place(query.cursor) if query.cursor else None
        size = min(max(1, query.limit), MOST_A_PAGE)
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            more = replace(query, limit=size + 1)
            found = event_store.list_events(c, more, now_ms, after, self._shared())
            total = event_store.count_events(c, query, now_ms, self._shared())
        page = found[:size]
        goes_on = len(found) > size and query.sort == USUAL_SORT
        return EventPage(tuple(page), total, _cursor(page[-1]) if goes_on else None)

    def all_events(self, actor: Actor, query: EventQuery) -> tuple[int, Iterator[Event]]:
        """Every event of a query, on all its pages and as it is when it is read; and how many.

        Which they are is settled at once. Raises NotAllowed, InvalidInput.
        """
        actor.require(READ)
        _check(query)
        now_ms, source = self._clock.now_ms(), self._shared()
        with self._database.read() as c:
            ids = event_store.listed_ids(c, query, now_ms, source)
        return len(ids), self._each(ids, source)

    def _each(self, ids: Sequence[int], source: Source) -> Iterator[Event]:
        for at in range(0, len(ids), AT_ONCE):
            chunk = ids[at : at + AT_ONCE]
            with self._database.read() as c:
                found = {e.event_id: e for e in event_store.read_events(c, chunk, source)}
            yield from (found[event_id] for event_id in chunk if event_id in found)

    def event(self, actor: Actor, event_id: int) -> EventDetail:
        """One event with members and history, which no contract shares that withholds anything.

        Raises NotAllowed, Unknown.
        """
        actor.require(READ)
        with self._database.read() as c:
            event = self._found(c, event_id)
            if in_force().restricts:
                return EventDetail(event, (), ())
            return EventDetail(
                event,
                tuple(event_store.read_members(c, event_id, MEMBERS_SHOWN)),
                tuple(event_store.read_steps(c, event_id, STEPS_SHOWN)),
            )

    def open_counts(self, actor: Actor) -> dict[str, int]:
        """Active, unacknowledged, unsilenced events by severity. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            counted = event_store.count_open(c, self._clock.now_ms(), self._shared())
        return {severity: counted.get(severity, 0) for severity in SEVERITIES}

    def changes(
        self, after_step: int, after_ms: int, until_ms: int, limit: int = MOST_CHANGES
    ) -> list[EventChange]:
        """Events that rang or were over in (after, until], of the steps beyond a number, in order.

        For parts of Wattboard that follow events; people ask for `events`.
        """
        with self._database.read() as c:
            return event_store.changes(c, after_step, after_ms, until_ms, limit)

    def newest_step(self) -> int:
        """The number of the last step of any event's history."""
        with self._database.read() as c:
            return event_store.newest_step(c)

    # ---- acting ----------------------------------------------------------------------------

    def acknowledge(self, actor: Actor, event_id: int, comment: str = "") -> Event:
        """Take note of an event; it stays active until what it tells of is over.

        Raises NotAllowed, Unknown, InvalidInput, Conflict where somebody already has.
        """
        actor.require(ACKNOWLEDGE)
        words = _comment(comment)
        now_ms = self._clock.now_ms()
        columns = {
            "acknowledged_ms": now_ms,
            "acknowledged_by": actor.name[:100],
            "comment": words or None,
        }
        with self._database.write() as c:
            event = self._found(c, event_id)
            if not event_store.acknowledge(c, event_id, columns):
                raise Conflict(
                    f"{event.acknowledged_by} has acknowledged it already.",
                    event.acknowledged_by,
                    "already_acknowledged",
                )
            self._note(c, actor, event_id, "acknowledged", words, {"comment": words})
        return self._told_event(event_id)

    def comment(self, actor: Actor, event_id: int, comment: str) -> Event:
        """Add a line to an event's history. Raises NotAllowed, Unknown, InvalidInput."""
        actor.require(ACKNOWLEDGE)
        words = _comment(comment)
        if not words:
            raise InvalidInput("Say something.", [FieldError("comment", "Say something")])
        with self._database.write() as c:
            self._found(c, event_id)
            event_store.update_event(c, event_id, {"comment": words})
            self._note(c, actor, event_id, "commented", words, {"comment": words})
        return self._told_event(event_id)

    def silence(self, actor: Actor, event_id: int, until_ms: int | None) -> Event:
        """Keep an event and its recurrences from ringing until a moment; None ends that.

        Raises NotAllowed, Unknown, InvalidInput.
        """
        actor.require(ACKNOWLEDGE)
        now_ms = self._clock.now_ms()
        if until_ms is not None and not now_ms < until_ms <= now_ms + LONGEST_SILENCE_MS:
            wrong = FieldError("until", "lies ahead, at most 30 days", LONGEST_SILENCE_MS)
            raise InvalidInput("It cannot be silent until then.", [wrong])
        columns = {
            "silenced_until_ms": until_ms or 0,
            "silenced_by": actor.name[:100] if until_ms else None,
        }
        kind = "silenced" if until_ms else "rings_again"
        with self._database.write() as c:
            self._found(c, event_id)
            event_store.update_event(c, event_id, columns)
            words = "" if until_ms is None else wire.until_words(until_ms)
            self._note(c, actor, event_id, kind, words, {"until_ms": until_ms})
        return self._told_event(event_id)

    def tell(self) -> None:
        """Publish on bus topic `event` what changed since this process last did.

        Every process calls it, so that those who only watch hear of what another one entered.
        """
        self._telling.tell()

    def _told_event(self, event_id: int, source: Source | None = None) -> Event:
        self.tell()
        with self._database.read() as c:
            return self._found(c, event_id, source)

    def _shared(self) -> Source:
        """Events as far as the contract in force shares them."""
        return source_for(in_force(), self._clock.now_ms())

    def _found(self, c: Connection, event_id: int, source: Source | None = None) -> Event:
        event = event_store.read_event(c, event_id, source or self._shared())
        if event is None:
            raise Unknown("event", event_id)
        return event

    def _note(
        self,
        c: Connection,
        actor: Actor,
        event_id: int,
        kind: str,
        words: str,
        after: Mapping[str, object],
    ) -> None:
        now_ms = self._clock.now_ms()
        event_store.add_steps(c, [NewStep(event_id, now_ms, kind, actor.name, words)])
        record(c, actor, f"events.{kind}", f"event/{event_id}", after=after)


def _check(query: EventQuery) -> None:
    known: dict[str, tuple[str | None, tuple[str, ...]]] = {
        "severity": (query.severity, SEVERITIES),
        "service": (query.service, tuple(SERVICES)),
        "state": (query.state, tuple(STATES)),
        "sort": (query.sort, tuple(SORTS)),
    }
    errors = [
        FieldError(name, f"is one of {', '.join(allowed)}", list(allowed))
        for name, (value, allowed) in known.items()
        if value is not None and value not in allowed
    ]
    if errors:
        raise InvalidInput("There is no such filter.", errors)


def _comment(text: str) -> str:
    words = " ".join(text.split())
    if len(words) > LONGEST_COMMENT:
        wrong = FieldError("comment", f"at most {LONGEST_COMMENT} characters", LONGEST_COMMENT)
        raise InvalidInput("The comment is too long.", [wrong])
    return words


def _cursor(event: Event) -> str:
    rank = 0 if event.active and not event.acknowledged else 1
    place = f"{rank}.{event.started_ms}.{event.event_id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, int, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        rank, started_ms, event_id = base64.urlsafe_b64decode(padded).decode().split(".")
        place = int(rank), int(started_ms), int(event_id)
        if not all(0 <= part <= most for part, most in zip(place, _MOST_PLACE, strict=True)):
            raise ValueError("no number of ours")
        return place
    except (ValueError, binascii.Error) as error:
        wrong = FieldError("cursor", "unknown")
        raise InvalidInput("“cursor” is not one of ours.", [wrong]) from error
