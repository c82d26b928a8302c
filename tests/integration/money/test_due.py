from collections.abc import Sequence
from datetime import date, timedelta

from domain.money.day_store import day_energy_table
from domain.money.due import Due
from domain.storage.engine import Database

FIRST, SECOND, THIRD, LATER = (date(2026, 6, day) for day in (1, 2, 3, 30))
due = Due()


def waiting(database: Database) -> dict[date, str]:
    with database.read() as c:
        return {found.day: found.reason for found in due.days(c, LATER)}


def settle(database: Database, days: Sequence[date]) -> None:
    """Leave what a settlement of these days leaves: their evidence, and none that waits."""
    row = {"subject": "site", "side": "import", "revision": 1, "slot_s": 900, "kwh": b""}
    with database.write() as c:
        for found in due.days(c, LATER):
            if found.day in days:
                assert due.done(c, found)
        c.execute(
            day_energy_table.insert(), [row | {"day": d, "digest": "", "made_ms": 0} for d in days]
        )


def queue(database: Database, first: date, until: date) -> None:
    with database.write() as c:
        due.queue(c, first, until)


def test_days_are_queued_once_from_the_first_to_the_last(database: Database):
    queue(database, FIRST, THIRD)
    settle(database, [FIRST])
    queue(database, FIRST, LATER)
    assert list(waiting(database))[:2] == [SECOND, THIRD]


def test_a_change_marks_settled_and_waiting_days_and_none_that_is_yet_to_come(database: Database):
    queue(database, FIRST, THIRD)
    settle(database, [FIRST])
    with database.write() as c:
        due.mark(c, date(2000, 1, 1), None, "tariff changed")
    assert waiting(database) == {FIRST: "tariff changed", SECOND: "tariff changed"}


def test_a_change_marks_no_day_from_its_end_on(database: Database):
    queue(database, FIRST, THIRD)
    settle(database, [FIRST, SECOND])
    with database.write() as c:
        due.mark(c, FIRST, SECOND, "tariff changed")
    assert list(waiting(database)) == [FIRST]


def test_a_day_marked_again_while_it_is_settled_stays(database: Database):
    queue(database, FIRST, SECOND)
    with database.read() as c:
        (before,) = due.days(c, LATER)
    with database.write() as c:
        due.heard(c, [FIRST], "late readings")
    with database.write() as c:
        assert not due.done(c, before)
    assert waiting(database) == {FIRST: "late readings"}


def test_a_day_settled_and_marked_again_is_not_done_by_the_old_version(database: Database):
    queue(database, FIRST, SECOND)
    with database.read() as c:
        (before,) = due.days(c, LATER)
    settle(database, [FIRST])
    with database.write() as c:
        due.mark(c, FIRST, SECOND, "roles changed")
        assert not due.done(c, before)
    assert list(waiting(database)) == [FIRST]


def test_readings_of_a_day_that_was_not_queued_yet_wait_for_its_turn(database: Database):
    queue(database, FIRST, SECOND)
    with database.write() as c:
        due.heard(c, [SECOND], "late readings")
    assert list(waiting(database)) == [FIRST]


def test_readings_older_than_the_first_day_are_settled_too(database: Database):
    queue(database, SECOND, THIRD)
    with database.write() as c:
        due.heard(c, [FIRST], "late readings")
    assert list(waiting(database)) == [FIRST, SECOND]


def test_a_mark_goes_with_its_transaction(database: Database):
    queue(database, FIRST, SECOND)
    try:
        with database.write() as c:
            due.heard(c, [FIRST], "late readings")
            raise RuntimeError
    except RuntimeError:
        pass
    assert waiting(database) == {FIRST: "new day"}


def test_silent_days_before_the_first_one_are_settled_for_their_fixed_charges(database: Database):
    queue(database, LATER - timedelta(days=1), LATER)
    with database.write() as c:
        due.heard(c, [LATER - timedelta(days=4)], "late readings", quiet_ms=7)
    assert waiting(database) == {
        LATER - timedelta(days=4): "late readings",
        LATER - timedelta(days=3): "new day",
        LATER - timedelta(days=2): "new day",
        LATER - timedelta(days=1): "new day",
    }


def test_one_reading_from_another_age_does_not_queue_the_years_between(database: Database):
    queue(database, FIRST, SECOND)
    with database.write() as c:
        due.heard(c, [date(1970, 1, 1)], "late readings")
    assert list(waiting(database)) == [date(1970, 1, 1), FIRST]


def test_a_day_rests_while_readings_come_in(database: Database):
    queue(database, FIRST, SECOND)
    with database.write() as c:
        due.heard(c, [FIRST], "late readings", quiet_ms=5_000)
    with database.read() as c:
        assert [found.quiet_ms for found in due.days(c, LATER)] == [5_000]
