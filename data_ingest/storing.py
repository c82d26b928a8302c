"""Raw messages into the database, batch by batch, with patience for a database in trouble."""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice

import psycopg
import sqlalchemy.exc

from data_ingest.client import REDELIVERED, RETAINED, Message
from data_ingest.topics import Router
from domain.foundation.clock import monotonic
from domain.foundation.errors import InvalidInput, Unknown
from domain.house import House
from domain.inbox.decode import Batch
from domain.inbox.door import IngestAnswer, accept
from domain.inbox.refusal import Refused
from domain.inbox.service import describe
from domain.inbox.stamps import Stamps
from domain.telemetry.model import Rejection

log = logging.getLogger(__name__)

MOST_MESSAGES = 2_000
MOST_READINGS = 10_000
"""A batch ends here too: one message of a backfill may hold a thousand values."""
RETRY_S = (0.25, 5.0)
SOURCE = "mqtt"
_TROUBLE_OF_THE_DATABASE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.TimeoutError,
    # telemetry's hot paths speak to the driver itself
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    OSError,
)


class Storing:
    """Stores batches and counts; `trouble` says in words what keeps it from storing."""

    most_messages = MOST_MESSAGES

    def __init__(self, house: House, client_id: str) -> None:
        self._house = house
        self._stamps = Stamps(house.database, client_id)
        self.trouble: str | None = None
        self.stored = self.duplicates = self.rejected = 0
        self._pause_s = RETRY_S[0]
        self._not_before = 0.0

    def may_try(self) -> bool:
        """Whether the pause after a failure is over."""
        return monotonic() >= self._not_before

    def expect_again(self, pending: Iterable[Message]) -> None:
        """These are not stored yet, and a new connection brings them again."""
        for message in pending:
            if message.mid and not message.flags & RETAINED:
                self._stamps.expect(
                    abs(message.mid), message.topic, message.payload, self._came_ms(message)
                )

    def store(self, pending: Sequence[Message], router: Router) -> int:
        """Store the first messages of `pending`; returns how many are done with, 0 for none now."""
        try:
            done = self._store_first(pending, router)
        except _TROUBLE_OF_THE_DATABASE as error:
            self._wait_after(f"The database does not take readings: {_first_line(error)}.")
            return 0
        except Exception as error:
            log.exception("a batch failed; its messages are tried one by one")
            done = self._store_one_by_one(pending, router, error)
        if done:
            if self.trouble:
                log.warning("readings are stored again")
            self.trouble = None
            self._pause_s = RETRY_S[0]
        return done

    def _store_first(self, pending: Sequence[Message], router: Router) -> int:
        batch = self._new_batch()
        done = 0
        for message in islice(pending, MOST_MESSAGES):
            arrived_ms = self._arrived_ms(message) if message.flags else message.arrived_ms
            router.route(message.topic).read(message.payload, batch, done, arrived_ms)
            done += 1
            if len(batch.readings) >= MOST_READINGS:
                break
        messages = list(islice(pending, done))
        stamps = [
            self._stamps.stamp(abs(m.mid), m.topic, m.payload, self._came_ms(m))
            for m in (messages[index] for index in sorted(batch.stamped))
            if m.mid
        ]
        self._take_feeds(batch)
        answer = accept(self._house, batch, self._stamps.kept_with(stamps))
        self._stamps.passed(stamps, done)
        self._count(answer, messages, router)
        return done

    def _take_feeds(self, batch: Batch) -> None:
        """Keep prices and carbon, each message by itself: one that comes again is harmless."""
        for index, name, payload in batch.feeds:
            try:
                self._house.money.feeds.receive(name, payload)
            except (InvalidInput, Unknown) as error:
                batch.refuse(index, Refused(error.code, error.message))

    def _arrived_ms(self, message: Message) -> int | None:
        """What stamps a message without a time; nothing if the broker kept it for a while."""
        return None if message.flags & RETAINED else self._came_ms(message)

    def _came_ms(self, message: Message) -> int:
        """When it came, the first time if it comes again."""
        if not message.flags & REDELIVERED:
            return message.arrived_ms
        return self._stamps.first_arrival_ms(
            abs(message.mid), message.topic, message.payload, message.arrived_ms
        )

    def _store_one_by_one(
        self, pending: Sequence[Message], router: Router, error: Exception
    ) -> int:
        """Set aside what fails alone while others can be stored; if none can, all of them wait."""
        messages = list(islice(pending, MOST_MESSAGES))
        failed: list[tuple[Message, Exception]] = []
        for message in messages:
            try:
                self._store_first([message], router)
            except _TROUBLE_OF_THE_DATABASE as trouble:
                self._wait_after(f"The database does not take readings: {_first_line(trouble)}.")
                return 0
            except Exception as unexpected:
                log.exception("a message on %r cannot be stored", message.topic)
                failed.append((message, unexpected))
        if len(failed) == len(messages):
            self._wait_after(f"Readings cannot be stored: {_first_line(error)}.")
            return 0
        for message, cause in failed:
            refused = Rejection(0, "failed", f"It could not be stored: {_first_line(cause)}.")
            self._keep([message], [refused], router)
        return len(messages)

    def _new_batch(self) -> Batch:
        house = self._house
        return Batch(
            house.zone,
            house.clock.now_ms(),
            type_of=house.building.sensor_type,
            known=house.inbox.seen_sensors,
        )

    def _count(self, answer: IngestAnswer, messages: Sequence[Message], router: Router) -> None:
        if answer.rejected:
            self._keep(messages, answer.rejected, router)
        self.stored += answer.accepted + answer.corrected
        self.duplicates += answer.duplicates

    def _keep(
        self, messages: Sequence[Message], rejections: Sequence[Rejection], router: Router
    ) -> None:
        """Put them on record, once a message and code: a backfill may be refused row by row."""
        now_ms = self._house.clock.now_ms()
        first = {(rejection.index, rejection.code): rejection for rejection in reversed(rejections)}
        self._house.inbox.keep(
            describe(
                SOURCE,
                router.route(messages[index].topic).topic,
                messages[index].payload,
                rejection,
                now_ms,
            )
            for (index, _code), rejection in sorted(first.items(), key=lambda item: item[0])
        )
        self.rejected += len(rejections)

    def _wait_after(self, trouble: str) -> None:
        if self.trouble is None:
            log.error("%s Nothing is acknowledged until it does.", trouble)
        self.trouble = trouble
        self._not_before = monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, RETRY_S[1])


def _first_line(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).strip().split("\n", 1)[0].rstrip(".")[:200] or type(original).__name__
