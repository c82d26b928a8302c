"""What comes late, out of order or as a replay is inspected too, once."""

import random

import pytest

from domain.foundation.clock import FixedClock
from domain.storage.engine import Database
from domain.telemetry import inspection, note_store
from domain.telemetry.model import Reading
from domain.telemetry.service import Telemetry
from domain.telemetry.store import fetch
from tests.integration.telemetry.test_settle import DAY, HOUR, MINUTE

KEY = ("T", "temperature")


def a_day(start: int, *, stuck: bool = False, jump: bool = False) -> list[Reading]:
    """A thermometer's minutes; three hours of one value from 10:00 on, a leap for one at 16:00."""
    chance = random.Random(start)
    values = [21 + chance.random() for _ in range(24 * 60)]
    if stuck:
        values[600:780] = [21.5] * 180
    if jump:
        values[960] = 45.0
    return [Reading(*KEY, start + n * MINUTE, value) for n, value in enumerate(values)]


def checked(telemetry: Telemetry) -> int:
    telemetry.settle()
    return telemetry.check_quality()


def kinds(telemetry: Telemetry) -> list[str]:
    return sorted(f.kind for f in telemetry.quality().get("T", []))


@pytest.fixture
def start(telemetry: Telemetry, clock: FixedClock) -> int:
    """Two days ago; yesterday is missing, today is stored and checked."""
    start = clock.now_ms() - 3 * DAY
    telemetry.set_interval("T", 60.0)
    telemetry.ingest(a_day(start))
    telemetry.ingest(a_day(start + 2 * DAY))
    checked(telemetry)
    assert kinds(telemetry) == ["gap"]
    return start


def test_a_stuck_and_jumping_day_that_comes_late_is_found_once(telemetry: Telemetry, start: int):
    late = a_day(start + DAY, stuck=True, jump=True)
    telemetry.ingest(late)
    assert checked(telemetry) == 2
    assert kinds(telemetry) == ["jump", "stuck"]
    (stuck,) = [f for f in telemetry.quality()["T"] if f.kind == "stuck"]
    assert stuck.since_ms - start - DAY == 600 * MINUTE
    assert stuck.until_ms - start - DAY == 779 * MINUTE
    assert checked(telemetry) == 0
    telemetry.ingest(late)
    assert checked(telemetry) == 0, "a repetition changes nothing, so nothing is looked at again"


def test_late_readings_in_many_pieces_and_any_order_are_found_all_the_same(
    telemetry: Telemetry, start: int
):
    late = a_day(start + DAY, stuck=True, jump=True)
    pieces = [late[at : at + 97] for at in range(0, len(late), 97)]
    random.Random(3).shuffle(pieces)
    for piece in pieces:
        telemetry.ingest(piece)
        checked(telemetry)
    assert set(kinds(telemetry)) == {"jump", "stuck"}
    assert checked(telemetry) == 0


def test_a_gap_that_is_filled_in_part_is_the_gap_that_is_left(telemetry: Telemetry, start: int):
    telemetry.ingest(a_day(start + DAY)[:720])
    checked(telemetry)
    (left,) = [f for f in telemetry.quality()["T"] if f.kind == "gap"]
    assert left.since_ms == start + DAY + 719 * MINUTE
    telemetry.ingest(a_day(start + DAY)[720:])
    checked(telemetry)
    assert kinds(telemetry) == []


def test_a_resent_reading_with_another_value_is_looked_at_again(telemetry: Telemetry, start: int):
    telemetry.ingest([Reading(*KEY, start + 2 * DAY + HOUR, 60.0)])
    checked(telemetry)
    assert "jump" in kinds(telemetry)


def test_a_long_replay_is_looked_at_whole_in_bounded_steps(
    telemetry: Telemetry, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inspection, "_AT_ONCE", 1_000)
    monkeypatch.setattr(inspection, "_ROWS_A_CHECK", 4_000)
    start = clock.now_ms() - 30 * DAY
    telemetry.set_interval("T", 60.0)
    telemetry.ingest(a_day(start, jump=True))
    for day in range(1, 5):
        telemetry.ingest(a_day(start + day * DAY, stuck=day == 2))
    checked(telemetry)
    assert kinds(telemetry) == ["jump", "stuck"]
    checked(telemetry)
    assert checked(telemetry) == 0


def test_a_mark_made_while_it_was_checked_stays(database: Database, telemetry: Telemetry):
    telemetry.ingest([Reading(*KEY, 10_000, 1.0)])
    (series,) = telemetry.series(["T"])
    with database.write() as c:
        note_store.mark_unchecked(c, [(series.series_id, 5_000, 6_000)])
        (seen,) = note_store.unchecked(c)
        note_store.mark_unchecked(c, [(series.series_id, 5_500, 5_600)])
        note_store.clear_unchecked(c, seen)
        (kept,) = note_store.unchecked(c)
    assert (kept.from_ms, kept.to_ms) == (5_000, 6_000)


def test_readings_in_order_leave_no_mark(database: Database, telemetry: Telemetry):
    for n in range(3):
        telemetry.ingest([Reading(*KEY, n * 1000, 21.0)])
    with database.read() as c:
        assert fetch(c, "SELECT COUNT(*) FROM unchecked") == [(0,)]
