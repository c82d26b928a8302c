"""Which days must be settled, for the first time or anew, since what they stand on has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from domain.money import due_store

LONGEST_SILENCE = 62
"""Days without readings that are still settled, for their fixed charges; longer is no operation."""


@dataclass(frozen=True, slots=True)
class DueDay:
    """A local day that waits; `version` is another one each time it is marked.

    It may be settled from `quiet_ms` on, when no more readings are expected to come in.
    """

    day: date
    version: int
    reason: str
    quiet_ms: int


class Due:
    """The days that wait, kept in the transaction of whatever made them wait."""

    def mark(self, connection: Connection, first: date, until: date | None, reason: str) -> None:
        """Have the days of [first, until) settled anew; days never settled are not touched.

        They come by themselves, and see then what this transaction changes.
        """
        turn = due_store.take_turn(connection)
        due_store.mark_settled(connection, first, until, turn.version, reason)

    def heard(
        self, connection: Connection, days: Iterable[date], reason: str, quiet_ms: int = 0
    ) -> None:
        """Have days settled for which energy has become known, unless their turn comes anyway."""
        turn = due_store.take_turn(connection)
        late = sorted({day for day in days if turn.until and day < turn.until})
        if not late or turn.first is None or turn.until is None:
            return
        due_store.put(connection, late, turn.version, reason, quiet_ms)
        first = _reached(late, turn.first)
        if first < turn.first:
            silent = [day for day in _days(first, turn.first) if day not in late]
            due_store.put(connection, silent, turn.version, "new day", quiet_ms)
            due_store.set_queued(connection, first, turn.until)

    def queue(self, connection: Connection, first: date, until: date) -> None:
        """Queue every day before `until` that was never queued, from `first` on at the earliest."""
        turn = due_store.take_turn(connection)
        begin = turn.until or min(first, until)
        due_store.put(connection, _days(begin, until), turn.version, "new day")
        due_store.set_queued(connection, turn.first or begin, max(begin, until))

    def is_queued(self, connection: Connection, until: date) -> bool:
        """Whether every day before `until` has been queued."""
        queued = due_store.queued_until(connection)
        return queued is not None and queued >= until

    def take_turn(self, connection: Connection) -> None:
        """Let nobody mark days before the transaction ends; the first thing a settlement does."""
        due_store.take_turn(connection)

    def days(self, connection: Connection, before: date) -> list[DueDay]:
        """Every day before `before` that waits, ascending."""
        return [DueDay(*row) for row in due_store.waiting(connection, before)]

    def settled(self, connection: Connection, first: date, until: date | None) -> list[date]:
        """The days of [first, until) that have been settled at least once, ascending."""
        return due_store.settled_days(connection, first, until)

    def done(self, connection: Connection, due: DueDay) -> bool:
        """Take a day off the list; False where it was marked again meanwhile and stays."""
        return due_store.take(connection, due.day, due.version)


def _reached(days: Iterable[date], first: date) -> date:
    """The earliest of the days before `first` to which no silence is too long."""
    for day in sorted(days, reverse=True):
        if 0 < (first - day).days <= LONGEST_SILENCE:
            first = day
    return first


def _days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((until - first).days)]
