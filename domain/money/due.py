"""Which days must be settled, for the first time or anew, since what they stand on has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from domain.money import due_store


@dataclass(frozen=True, slots=True)
class DueDay:
    """A local day that waits; `version` is another one each time it is marked."""

    day: date
    version: int
    reason: str


class Due:
    """The days that wait, kept in the transaction of whatever made them wait."""

    def mark(self, connection: Connection, first: date, until: date | None, reason: str) -> None:
        """Have the days of [first, until) settled anew; days never settled are not touched.

        They come by themselves, and see then what this transaction changes.
        """
        version, _ = due_store.take_turn(connection)
        due_store.mark_settled(connection, first, until, version, reason)

    def heard(self, connection: Connection, days: Iterable[date], reason: str) -> None:
        """Have days settled for which energy has become known, unless their turn comes anyway."""
        version, until = due_store.take_turn(connection)
        late = sorted({day for day in days if until and day < until})
        due_store.put(connection, late, version, reason)

    def queue(self, connection: Connection, first: date, until: date) -> None:
        """Queue every day before `until` that was never queued, from `first` on at the earliest."""
        version, queued = due_store.take_turn(connection)
        begin = queued or first
        days = [begin + timedelta(days=n) for n in range((until - begin).days)]
        if days:
            due_store.put(connection, days, version, "new day")
            due_store.set_until(connection, until)

    def days(self, connection: Connection, before: date) -> list[DueDay]:
        """Every day before `before` that waits, ascending."""
        return [DueDay(*row) for row in due_store.waiting(connection, before)]

    def done(self, connection: Connection, due: DueDay) -> bool:
        """Take a day off the list; False where it was marked again meanwhile and stays."""
        return due_store.take(connection, due.day, due.version)
