"""What a virtual meter reads at each moment follows from what its parts have said by then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.telemetry.sums import Part, sums
from domain.telemetry.virtual import base_parts

MINUTE = 60_000
HOLD = 150_000


def part(*rows: tuple[int, float], factor: float = 1.0, stated: int = 0) -> Part:
    return Part(factor, HOLD, [(at * MINUTE, value, stated * MINUTE) for at, value in rows])


def read(parts: list[Part], after: int, until: int) -> list[tuple[float, float]]:
    rows = sums(parts, after * MINUTE, until * MINUTE).rows
    return [(at / MINUTE, value) for at, value, _ in rows]


def test_the_sum_changes_with_each_reading_of_a_part():
    parts = [part((0, 1.0), (2, 3.0)), part((1, 10.0), factor=-1.0)]
    assert read(parts, -1, 5) == [(1, -9.0), (2, -7.0)]


def test_readings_of_one_moment_are_one_sum():
    assert read([part((1, 1.0)), part((1, 2.0))], 0, 5) == [(1, 3.0)]


def test_what_a_part_said_before_the_span_counts_while_it_stands():
    parts = [part((0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)), part((0, 10.0))]
    assert read(parts, 0, 5) == [(1, 12.0), (2, 13.0)]


def test_a_sum_states_for_how_long_all_its_parts_stand():
    parts = [part((0, 1.0)), part((1, 2.0))]
    assert sums(parts, -1, 5 * MINUTE).rows == [(MINUTE, 3.0, HOLD - MINUTE)]


def test_a_part_that_never_spoke_leaves_the_sum_unknown():
    assert read([part((1, 1.0)), part()], 0, 5) == []


def test_a_part_that_states_its_interval_is_waited_for():
    parts = [part((1, 1.0), (14, 2.0), (16, 3.0)), part((0, 10.0), stated=15)]
    stretch = sums(parts, 0, 16 * MINUTE)
    assert [(at / MINUTE, value) for at, value, _ in stretch.rows] == [(1, 11.0), (14, 12.0)]
    assert stretch.until_ms == 15 * MINUTE - 1


def test_waiting_for_a_part_ends_when_it_is_long_overdue():
    parts = [part((16, 3.0)), part((0, 10.0), stated=15)]
    assert sums(parts, 15 * MINUTE, 32 * MINUTE).until_ms == 15 * MINUTE
    assert sums(parts, 15 * MINUTE, 33 * MINUTE).until_ms == 33 * MINUTE


def test_what_was_said_is_counted_and_what_was_said_before_is_not():
    assert sums([part((0, 1.0), (1, 2.0), (2, 3.0))], 0, 5 * MINUTE).heard == 2


ROWS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.booleans()), max_size=25)


def fed(rows: list[tuple[int, int, bool]], stated: int) -> list[tuple[int, float, int]]:
    found, at = [], 0
    for gap, value, states in rows:
        at += gap
        found.append((at, float(value), stated if states else 0))
    return found


@given(ROWS, ROWS, st.lists(st.integers(1, 80), max_size=6), st.sampled_from([0, 2, 5]))
def test_asking_in_pieces_gives_what_asking_at_once_gives(first, second, cuts, stated):
    feeds = [fed(first, 0), fed(second, stated)]

    def parts(after: int, until: int) -> list[Part]:
        """What the store gives: the last before the span, and those in it."""
        return [
            Part(1.0, 3, [*[r for r in rows if r[0] <= after][-1:],
                          *[r for r in rows if after < r[0] <= until]])
            for rows in feeds
        ]  # fmt: skip

    whole = sums(parts(0, 100), 0, 100)
    pieces, after = [], 0
    for until in (*sorted(cuts), 100):
        stretch = sums(parts(after, until), after, until)
        pieces += stretch.rows
        after = stretch.until_ms
    assert pieces == list(whole.rows)


def test_a_sum_of_sums_is_one_of_what_is_measured():
    parts = {10: [(1, 1.0), (2, -2.0)], 11: [(10, 3.0), (1, 0.5)]}
    assert base_parts(parts, 11) == {1: pytest.approx(3.5), 2: -6.0}
