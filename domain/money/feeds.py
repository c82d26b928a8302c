"""Prices and carbon factors from outside: files, addresses, MQTT and sensors, through one door.

Values may lie in the future. What is known stays when a fetch fails; the feed tells its age, how
far it reaches and why the last try failed. A change of values has the days it touches settled anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.foundation.clock import real_now_ms, to_ms
from domain.foundation.errors import Conflict, InvalidInput, Unavailable, Unknown, WattboardError
from domain.foundation.intervals import local_date, local_midnight
from domain.money import feed_store
from domain.money.feed import METRIC_OF, QUANTITIES, Feed, FeedState, FeedValue
from domain.money.feed_edits import WRITE, FeedEdits, found, series_of, target
from domain.money.feed_fields import checked_url
from domain.money.feed_laying import days_touched, laid_over
from domain.money.feed_reading import Read, read_values
from domain.money.feed_sensor import sensor_values
from domain.telemetry.settle import Recomputed

FALLBACK = timedelta(days=7)
"""Where a price is missing, that of a week before may stand in: a new value counts there too."""
Fetch = Callable[[str], bytes]
"""Gets what stands at an address, or raises NotFetched."""


class NotFetched(Exception):
    """An address gave nothing that could be read; the reason is for people."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery: values that are new or other ones, and that were known so."""

    changed: int
    same: int
    notices: tuple[str, ...] = ()


class Feeds(FeedEdits):
    """Feeds with their values: in by one door, out for tariffs and carbon factors."""

    _fetch: Fetch | None = None

    def fetch_with(self, fetch: Fetch) -> None:
        """Say who opens connections; without it nothing is fetched."""
        self._fetch = fetch

    def values(self, feed_id: int, start_ms: int, end_ms: int) -> Sequence[FeedValue]:
        """Values [currency/kWh or g/kWh] that hold in [start, end), ascending, uncut.

        Nothing for a feed that is not there.
        """
        with self._database.read() as c:
            feed = feed_store.read_feed(c, feed_id)
            if feed is None:
                return ()
            if feed.origin != "sensor":
                return feed_store.read_values(c, feed_id, start_ms, end_ms)
        return sensor_values(self._telemetry, series_of(feed), start_ms, end_ms)

    def upload(self, actor: Actor, feed_id: int, body: bytes) -> Taken:
        """Take a file, CSV or JSON, whatever the feed's origin.

        Raises NotAllowed, Unknown, InvalidInput with each fault by its place.
        """
        return self._take(feed_id, self.read_file(actor, feed_id, body), actor)

    def read_file(self, actor: Actor, feed_id: int, body: bytes) -> Read:
        """What `upload` would take of a file, without keeping it. Raises what `upload` raises."""
        actor.require(WRITE)
        feed = self.get(actor, feed_id)
        if feed.origin == "sensor":
            raise Conflict(f"“{feed.name}” reads a sensor; its values come from there.")
        return read_values(body, feed.quantity)

    def note_recomputed(self, connection: Connection, recomputed: Recomputed) -> None:
        """Have past days settled anew whose sensor says something else; telemetry calls it."""
        today_ms = to_ms(local_midnight(self._today(), self._zone))
        told = [
            (series, FeedValue(start_ms, min(end_ms, today_ms), 0.0))
            for series, start_ms, end_ms in recomputed
            if series.metric in METRIC_OF.values() and start_ms < today_ms
        ]
        if not told:
            return
        feeds = [f for f in feed_store.read_feeds(connection) if f.origin == "sensor"]
        for feed in feeds:
            spans = sorted(span for series, span in told if series.key == series_of(feed))
            self._mark_touched(connection, feed, spans)

    def put(self, feed_id: int, values: Sequence[FeedValue]) -> Taken:
        """Lay values over those that are known. Raises Unknown.

        They ascend and do not overlap; `feed_reading` makes sure of it.
        """
        return self._take(feed_id, Read(tuple(values), ()), None)

    def receive(self, name: str, body: bytes) -> Taken:
        """Take a message for the feed of a name, by MQTT.

        Raises Unknown, InvalidInput with each fault by its place.
        """
        named = [feed for feed in self.list() if feed.origin == "mqtt" and feed.name == name]
        if not named:
            raise Unknown("feed", name)
        try:
            read = read_values(body, named[0].quantity)
        except InvalidInput as error:
            self.failed(named[0].feed_id, error.message)
            raise
        return self._take(named[0].feed_id, read, None)

    def due(self) -> Sequence[Feed]:
        """Feeds whose address is to be asked now."""
        now_ms = real_now_ms()
        return [feed for feed in self.list() if feed.origin == "url" and feed.due_ms() <= now_ms]

    def fetch_due(self) -> int:
        """Fetch what is due, one after the other; how many gave values."""
        return sum(self._fetched(feed) for feed in self.due())

    def fetch_now(self, actor: Actor, feed_id: int) -> FeedState:
        """Fetch one feed at once and tell how it fares then.

        Raises NotAllowed, Unknown, InvalidInput for a feed without an address.
        """
        actor.require(WRITE)
        feed = self.get(actor, feed_id)
        if feed.url is None:
            raise InvalidInput(f"“{feed.name}” has no address to be fetched from.")
        self._fetched(feed)
        return self.state(feed_id)

    def try_address(self, actor: Actor, quantity: object, url: object) -> Read:
        """What an address gives now, without keeping it.

        Raises NotAllowed, InvalidInput, Unavailable where nothing could be had.
        """
        actor.require(WRITE)
        if quantity not in QUANTITIES:
            raise InvalidInput(f"A quantity is one of {', '.join(QUANTITIES)}.")
        try:
            return read_values(self._body(checked_url(url)), quantity)
        except NotFetched as error:
            raise Unavailable("feed", str(error)) from error

    def failed(self, feed_id: int, reason: str) -> None:
        """Keep why values could not be had; those that are known stay."""
        with self._database.write() as c:
            feed_store.note_failure(c, feed_id, reason)

    def _fetched(self, feed: Feed) -> bool:
        with self._database.write() as c:
            feed_store.note_try(c, feed.feed_id, real_now_ms())
        try:
            read = read_values(self._body(feed.url or ""), feed.quantity)
            self._take(feed.feed_id, read, None, as_of=feed)
        except (NotFetched, WattboardError) as error:
            self.failed(feed.feed_id, getattr(error, "message", None) or str(error))
            return False
        return True

    def _body(self, url: str) -> bytes:
        if self._fetch is None:
            raise NotFetched("This process opens no connections")
        return self._fetch(url)

    def _take(
        self, feed_id: int, read: Read, actor: Actor | None, *, as_of: Feed | None = None
    ) -> Taken:
        """Keep values, and have what they change settled anew; a person's file is in the audit."""
        new = read.values
        with self._database.write() as c:
            if not feed_store.note_arrival(c, feed_id, real_now_ms()):
                raise Unknown("feed", feed_id)
            feed = found(c, feed_id)
            if as_of is not None and feed.version != as_of.version:
                raise Conflict(f"“{feed.name}” was changed while it was fetched.")
            if not new:
                return Taken(0, 0, read.notices)
            known = feed_store.read_values(c, feed_id, new[0].starts_ms, new[-1].ends_ms)
            laid = laid_over(known, new)
            feed_store.replace_values(c, feed_id, laid.drop, laid.add)
            self._mark_touched(c, feed, laid.changed)
            taken = Taken(len(laid.changed), laid.same, read.notices)
            if actor is not None:
                told = {"changed": taken.changed, "same": taken.same}
                record(c, actor, "feeds.upload", target(feed_id), after=told)
        return taken

    def _mark_touched(self, c: Connection, feed: Feed, changed: Sequence[FeedValue]) -> None:
        for first, until in days_touched(changed, self._zone):
            self._mark_due(c, first, until, f"Feed {feed.name}"[:80])
            again = first + FALLBACK, until + FALLBACK
            self._mark_due(c, *again, f"Feed {feed.name} a week before"[:80])

    def _today(self) -> date:
        return local_date(self._clock.now(), self._zone)
