"""What tariffs, schedules, baselines and forecasts ask of the one calendar, and who edits it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.calendar import days as rules
from domain.calendar import places, store
from domain.calendar.exceptions import EARLIEST, Fields, checked, columns_of
from domain.calendar.model import Day, DayException, Place
from domain.foundation.clock import Clock
from domain.foundation.errors import Conflict, Unknown
from domain.storage.engine import Database

READ, WRITE = "analytics.view", "analytics.full"
MOST_EXCEPTIONS = 200
MarkDue = Callable[[Connection, date, date | None, str], None]
"""Notes, in the transaction it is given, that days [first, until) are to be settled anew, and why.
"""


class Calendar:
    """The building's days by type; it reads what is stored on every question.

    The calendar follows Analytics: View reads, Full writes.
    """

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._markers: tuple[MarkDue, ...] = ()

    def mark_with(self, mark_due: MarkDue) -> None:
        """From now on, tell of past days whose type a change made another one."""
        self._markers = (*self._markers, mark_due)

    def today(self) -> date:
        """The building's day."""
        return self._clock.now().astimezone(self._zone).date()

    def days(self, first: date, until: date) -> list[Day]:
        """Every day of [first, until) with its type, and what it is called."""
        with self._database.read() as c:
            place, exceptions = self._place(c), store.read_exceptions(c)
        return rules.days_at(place, exceptions, first, until)

    def place(self) -> Place:
        """Whose public holidays count; assumed from the time zone until somebody has said it."""
        with self._database.read() as c:
            return self._place(c)

    def set_place(self, actor: Actor, country: object, region: object, version: int) -> Place:
        """Let the public holidays of a country, or of a region of it, count; "" for none.

        Raises NotAllowed, InvalidInput per field, Conflict when it was changed since `version`.
        """
        actor.require(WRITE)
        code, part = places.checked_place(country, region)
        with self._database.write() as c:
            before, exceptions = self._place(c), store.read_exceptions(c)
            if not store.write_place(c, code, part, version):
                raise Conflict("The place of the calendar was changed meanwhile; look again.")
            after = self._place(c)
            self._mark(c, (before, exceptions), (after, exceptions), "Other public holidays")
            was, now = (
                {"country": p.country, "region": p.region, "assumed": p.assumed}
                for p in (before, after)
            )
            record(c, actor, "calendar.place", "calendar", before=was, after=now)
        return after

    def exceptions(self, actor: Actor) -> list[DayException]:
        """Closures and other exceptions, the oldest first. Raises NotAllowed."""
        actor.require(READ)
        with self._database.read() as c:
            return store.read_exceptions(c)

    def exception(self, actor: Actor, exception_id: int) -> DayException:
        """One of them. Raises NotAllowed, Unknown."""
        actor.require(READ)
        with self._database.read() as c:
            return _found(c, exception_id)

    def add_exception(self, actor: Actor, fields: Fields) -> DayException:
        """Add one from `label`, `day_type`, `first_day`, `last_day` and `yearly`.

        Raises NotAllowed, InvalidInput per field, Conflict over the most.
        """
        actor.require(WRITE)
        columns = checked(fields, {})
        with self._database.write() as c:
            before = store.read_exceptions(c)
            if len(before) >= MOST_EXCEPTIONS:
                words = f"At most {MOST_EXCEPTIONS} exceptions."
                raise Conflict(words, code="too_many_exceptions")
            exception_id = store.insert_exception(c, columns)
            self._note(c, actor, "create", exception_id, before, after=columns)
            return _found(c, exception_id)

    def change_exception(
        self, actor: Actor, exception_id: int, fields: Fields, version: int | None = None
    ) -> DayException:
        """Change the given fields only.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since
        `version`.
        """
        actor.require(WRITE)
        with self._database.write() as c:
            before, found = store.read_exceptions(c), _found(c, exception_id)
            was = columns_of(found)
            columns = checked(fields, was)
            expected = found.version if version is None else version
            if not store.update_exception(c, exception_id, expected, columns):
                raise _changed(found)
            told = {name: value for name, value in was.items() if name in fields}
            self._note(c, actor, "update", exception_id, before, was=told, after=dict(fields))
            return _found(c, exception_id)

    def delete_exception(self, actor: Actor, exception_id: int, version: int | None = None) -> None:
        """Let its days be what they are without it.

        Raises NotAllowed, Unknown, Conflict when it was changed since `version`.
        """
        actor.require(WRITE)
        with self._database.write() as c:
            before, found = store.read_exceptions(c), _found(c, exception_id)
            expected = found.version if version is None else version
            if not store.delete_exception(c, exception_id, expected):
                raise _changed(found)
            self._note(c, actor, "delete", exception_id, before, was=columns_of(found))

    def _place(self, c: Connection) -> Place:
        found = store.read_place(c)
        return found or Place(places.country_of_zone(self._zone.key), None)

    def _note(
        self,
        c: Connection,
        actor: Actor,
        act: str,
        exception_id: int,
        before: Sequence[DayException],
        *,
        was: Fields | None = None,
        after: Fields | None = None,
    ) -> None:
        """The audit row, and the days that are another kind of day now."""
        target = f"calendar_exception/{exception_id}"
        record(c, actor, f"calendar.exception_{act}", target, before=was, after=after)
        place = self._place(c)
        now = store.read_exceptions(c)
        self._mark(c, (place, before), (place, now), "The calendar was changed")

    def _mark(
        self,
        c: Connection,
        before: tuple[Place, Sequence[DayException]],
        after: tuple[Place, Sequence[DayException]],
        reason: str,
    ) -> None:
        """Tell of the days that have been, up to today; those to come are settled in their turn."""
        if not self._markers:
            return
        until = self.today() + timedelta(days=1)
        was, now = (rules.days_at(*of, EARLIEST, until) for of in (before, after))
        for first, end in rules.changed(was, now):
            for mark_due in self._markers:
                mark_due(c, first, end, reason)


def _found(c: Connection, exception_id: int) -> DayException:
    exception = store.read_exception(c, exception_id)
    if exception is None:
        raise Unknown("exception", exception_id)
    return exception


def _changed(exception: DayException) -> Conflict:
    return Conflict(f"“{exception.label}” was changed meanwhile; look again.")
