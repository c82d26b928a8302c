"""People list, add, change and delete feeds, and see how each fares."""

from collections.abc import Callable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from domain.access.audit import record
from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict, Unknown
from domain.money import carbon_store, feed_store, tariff_store
from domain.money.feed import METRIC_OF, Feed, FeedState, Quantity, state_of
from domain.money.feed_fields import Fields, checked, columns_of, without_key
from domain.money.feed_sensor import sensor_reach
from domain.money.tariff import Dynamic, EnergyPart
from domain.storage.engine import Database
from domain.telemetry.model import Key
from domain.telemetry.service import Telemetry

READ, WRITE = "analytics.view", "analytics.full"
MOST_FEEDS = 50
MarkDue = Callable[[Connection, date, date | None, str], None]


class FeedEdits:
    """The feeds themselves; they follow Analytics: View reads, Full writes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: ZoneInfo,
        telemetry: Telemetry,
        mark_due: MarkDue,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._telemetry = telemetry
        self._mark_due = mark_due

    def list(self) -> Sequence[Feed]:
        """Every feed by name."""
        with self._database.read() as c:
            return feed_store.read_feeds(c)

    def get(self, actor: Actor, feed_id: int) -> Feed:
        """One feed. Raises NotAllowed, Unknown."""
        actor.require(READ)
        with self._database.read() as c:
            return found(c, feed_id)

    def states(self, actor: Actor) -> Sequence[tuple[Feed, FeedState]]:
        """Every feed and how it fares. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            feeds, reaches = feed_store.read_feeds(c), feed_store.read_reaches(c)
        return [(feed, self._state(feed, reaches.get(feed.feed_id))) for feed in feeds]

    def state(self, feed_id: int) -> FeedState:
        """How one feed fares. Raises Unknown."""
        with self._database.read() as c:
            feed, reaches = found(c, feed_id), feed_store.read_reaches(c)
        return self._state(feed, reaches.get(feed_id))

    def overdue(self) -> Sequence[Feed]:
        """Feeds whose prices of now or tomorrow should be there by now, and are not."""
        return [feed for feed, state in self.states(SYSTEM) if state.overdue]

    def sensors(self, quantity: Quantity) -> Sequence[str]:
        """Sensors that measure a quantity."""
        measured = (s.key for s in self._telemetry.series())
        return [sensor_id for sensor_id, metric in measured if metric == METRIC_OF[quantity]]

    def create(self, actor: Actor, fields: Fields) -> Feed:
        """Add a feed. Raises NotAllowed, InvalidInput per field, Conflict for a name that is taken.

        `quantity` and `origin` stay for ever; `url` and `refresh_s` are for an address,
        `sensor_id` for a sensor.
        """
        actor.require(WRITE)
        columns = checked(fields, {}, self._measures)
        try:
            with self._database.write() as c:
                if len(feed_store.read_feeds(c)) >= MOST_FEEDS:
                    raise Conflict(f"At most {MOST_FEEDS} feeds.", code="too_many_feeds")
                feed_id = feed_store.insert_feed(c, columns)
                record(c, actor, "feeds.create", target(feed_id), after=without_key(columns))
                return found(c, feed_id)
        except IntegrityError as error:
            raise _taken(columns) from error

    def change(
        self, actor: Actor, feed_id: int, fields: Fields, version: int | None = None
    ) -> Feed:
        """Change the given fields only; its values stay.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version` or the name is taken.
        """
        actor.require(WRITE)
        columns: dict[str, object] = {}
        try:
            with self._database.write() as c:
                feed = found(c, feed_id)
                before = columns_of(feed)
                columns = checked(fields, before, self._measures)
                expected = feed.version if version is None else version
                if not feed_store.update_feed(c, feed_id, expected, columns):
                    raise _changed(feed)
                if columns["sensor_id"] != feed.sensor_id:
                    self._mark_due(c, date.min, None, f"Feed {feed.name}"[:80])
                was = without_key({k: v for k, v in before.items() if k in fields})
                after = without_key({k: v for k, v in columns.items() if k in fields})
                record(c, actor, "feeds.update", target(feed_id), before=was, after=after)
                return found(c, feed_id)
        except IntegrityError as error:
            raise _taken(columns) from error

    def delete(self, actor: Actor, feed_id: int, version: int | None = None) -> None:
        """Delete a feed with its values.

        Raises NotAllowed, Unknown, Conflict when it was changed since `version` or somebody uses
        it.
        """
        actor.require(WRITE)
        with self._database.write() as c:
            feed = found(c, feed_id)
            used_by = _used_by(c, feed_id)
            if used_by is not None:
                raise Conflict(f"“{feed.name}” is used by {used_by}.", code="feed_in_use")
            expected = feed.version if version is None else version
            if not feed_store.delete_feed(c, feed_id, expected):
                raise _changed(feed)
            before = without_key(columns_of(feed))
            record(c, actor, "feeds.delete", target(feed_id), before=before)

    def _state(self, feed: Feed, reach: tuple[int, int] | None) -> FeedState:
        arrived_ms = feed.fetched_ms
        if feed.origin == "sensor":
            key = series_of(feed)
            latest = self._telemetry.latest().get(key)
            reach = sensor_reach(latest, self._telemetry.begins_ms([key]))
            arrived_ms = latest and latest.ts_ms
        return state_of(feed, reach, arrived_ms, self._clock.now_ms(), self._zone)

    def _measures(self, sensor_id: str, metric: str) -> bool:
        return (sensor_id, metric) in {s.key for s in self._telemetry.series([sensor_id])}


def series_of(feed: Feed) -> Key:
    """The series that a sensor's feed reads."""
    return feed.sensor_id or "", METRIC_OF[feed.quantity]


def found(c: Connection, feed_id: int) -> Feed:
    """One feed. Raises Unknown."""
    feed = feed_store.read_feed(c, feed_id)
    if feed is None:
        raise Unknown("feed", feed_id)
    return feed


def _used_by(c: Connection, feed_id: int) -> str | None:
    """Who uses a feed, in words; tariffs that are over count too: they price the past."""
    for version in tariff_store.read_versions(c, replaced=True):
        for part in version.terms.parts:
            pricing = part.pricing if isinstance(part, EnergyPart) else None
            if isinstance(pricing, Dynamic) and pricing.feed_id == feed_id:
                return f"the tariff “{version.name}”"
    if any(factor.feed_id == feed_id for factor in carbon_store.read_factors(c)):
        return "the carbon factors"
    return None


def target(feed_id: int) -> str:
    """What the audit calls a feed."""
    return f"feed/{feed_id}"


def _taken(columns: Fields) -> Conflict:
    return Conflict(f"There is a feed “{columns.get('name')}” already.", code="feed_exists")


def _changed(feed: Feed) -> Conflict:
    return Conflict(f"“{feed.name}” was changed meanwhile; look again.")
