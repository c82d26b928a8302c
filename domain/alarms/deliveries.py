"""Plans messages for events that people want to be told of, and has them sent.

A message is planned once (a row per event and channel) and each attempt is won by one process. What
a process was sending when it died is tried again after two minutes under the same number, so that a
receiver can tell a repetition. Nothing here opens a connection: `send` is given.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from domain.access.policy import SYSTEM
from domain.access.service import Access
from domain.alarms import notice_store
from domain.alarms.notice_store import Delivery
from domain.alarms.notify import KEPT_MS, Channel, letter, retry_after_s, verdict
from domain.alarms.sealing import Sealer
from domain.alarms.surroundings import Surroundings
from domain.foundation.clock import Clock, real_now_ms
from domain.storage.engine import Database

log = logging.getLogger(__name__)
SENDING_MS = 120_000
"""An attempt that has not ended by then died with its process."""
MOST_AT_ONCE = 20
UNREADABLE_KEY = "The signature key cannot be read; enter it again in the channel"
LOG_KEPT_MS = 90 * 86_400_000


class NotDelivered(Exception):
    """A message could not be handed over; `final` where trying again cannot help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as the sender needs it; `number` is the same at each attempt, `key` signs it."""

    number: int
    kind: str
    address: str
    key: str = field(repr=False)
    subject: str
    body: str
    payload: str
    allowed_hosts: frozenset[str]


Send = Callable[[Outgoing], None]
"""Hands a message over, or raises NotDelivered."""


class Deliveries:
    """The way from events to messages."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        surroundings: Surroundings,
        access: Access,
        public_url: str | None,
        sealer: Sealer,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._surroundings = surroundings
        self._access = access
        self._public_url = public_url
        self._sealer = sealer

    def run(self, send: Send) -> int:
        """Plan what is due and send it; how many messages were handed over."""
        self.plan()
        return self.deliver(send)

    def plan(self) -> int:
        """Queue one message per channel of everything it is to be told now; how many."""
        with self._database.read() as c:
            channels = [x for x in notice_store.read_channels(c) if x.enabled]
        if not channels:
            return 0
        people = {u.user_id for u in self._access.users.all(SYSTEM) if not u.disabled}
        return sum(self._plan(channel) for channel in channels if channel.user_id in people)

    def deliver(self, send: Send) -> int:
        """Try each message whose turn it is."""
        with self._database.read() as c:
            waiting = notice_store.due(c, real_now_ms(), MOST_AT_ONCE)
        return sum(self._attempt(delivery, send) for delivery in waiting)

    def forget_old(self) -> int:
        """Drop the log of more than 90 days ago."""
        with self._database.write() as c:
            return notice_store.forget_before(c, real_now_ms() - LOG_KEPT_MS)

    def _plan(self, channel: Channel) -> bool:
        now_ms = self._clock.now_ms()
        lead_ms = (channel.delay_s + channel.digest_s + channel.escalation_s) * 1000
        with self._database.read() as c:
            found = notice_store.untold(c, channel.channel_id, now_ms - KEPT_MS - lead_ms)
        due = [
            event
            for event, rooms in found
            if verdict(channel, event, rooms, now_ms, self._zone) == "send"
        ]
        if not due:
            return False
        with self._database.write() as c:
            ids = [event.event_id for event in due]
            won = notice_store.claim_notices(c, channel.channel_id, ids)
            told = [event for event in due if event.event_id in won]
            if not told:
                return False
            text = letter(
                told,
                self._surroundings.building_name(),
                self._zone,
                self._public_url,
                escalated=bool(channel.escalation_s),
            )
            number = notice_store.queue(c, channel, text, real_now_ms())
            notice_store.note_delivery(c, channel.channel_id, won, number)
        return True

    def _attempt(self, delivery: Delivery, send: Send) -> bool:
        now_ms = real_now_ms()
        with self._database.write() as c:
            if not notice_store.claim(c, delivery, now_ms, now_ms + SENDING_MS):
                return False
            channel = notice_store.read_channel(c, delivery.channel_id)
            allowed = frozenset(notice_store.allowed_hosts(c))
        attempts = delivery.attempts + 1
        key = self._sealer.open(channel.secret) if channel else ""
        if key is None:
            if delivery.kind == "webhook":
                self._failed(delivery.delivery_id, attempts, UNREADABLE_KEY, final=False)
                return False
            key = ""
        outgoing = Outgoing(
            delivery.delivery_id,
            delivery.kind,
            delivery.address,
            key,
            delivery.subject,
            delivery.body,
            delivery.payload,
            allowed,
        )
        try:
            send(outgoing)
        except NotDelivered as error:
            self._failed(delivery.delivery_id, attempts, str(error), error.final)
            return False
        done = {"status": "sent", "done_ms": real_now_ms(), "error": None}
        with self._database.write() as c:
            notice_store.settle(c, delivery.delivery_id, attempts, done)
        return True

    def _failed(self, number: int, attempts: int, reason: str, final: bool) -> None:
        pause_s = None if final else retry_after_s(attempts)
        now_ms = real_now_ms()
        log.warning("message %s was not delivered: %s", number, reason)
        columns: dict[str, object] = {"error": reason[:300]}
        if pause_s is None:
            columns |= {"status": "failed", "done_ms": now_ms}
        else:
            columns |= {"status": "queued", "next_ms": now_ms + pause_s * 1000}
        with self._database.write() as c:
            notice_store.settle(c, number, attempts, columns)
