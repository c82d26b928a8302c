"""New values over known ones."""

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.money.feed import FeedValue
from domain.money.feed_laying import Laid, days_touched, laid_over

LISBON = ZoneInfo("Europe/Lisbon")


def laid(known: list[FeedValue], new: list[FeedValue]) -> list[FeedValue]:
    found = laid_over(known, new)
    kept = [value for value in known if value.starts_ms not in found.drop]
    return sorted([*kept, *found.add])


def test_what_is_new_holds_where_it_is_new_and_the_rest_stays():
    known = [FeedValue(0, 60, 1.0), FeedValue(60, 120, 2.0), FeedValue(120, 180, 3.0)]
    new = [FeedValue(70, 80, 9.0), FeedValue(80, 130, 8.0)]
    assert laid(known, new) == [
        (0, 60, 1.0),
        (60, 70, 2.0),
        (70, 80, 9.0),
        (80, 130, 8.0),
        (130, 180, 3.0),
    ]


def test_what_is_known_so_is_no_change():
    known = [FeedValue(0, 60, 1.0), FeedValue(60, 120, 2.0)]
    found = laid_over(known, [FeedValue(0, 60, 1.0), FeedValue(60, 120, 2.5)])
    assert (found.same, found.changed, found.drop) == (1, ((60, 120, 2.5),), (60,))
    assert laid_over(known, known) == Laid((), (), (), 2)


values = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from([1.0, 2.0, 3.0])), max_size=8
)


def ascending(raw: list[tuple[int, int, float]]) -> list[FeedValue]:
    found: list[FeedValue] = []
    at = 0
    for gap, length, value in raw:
        at += gap % 4
        found.append(FeedValue(at, at + length, value))
        at += length
    return found


def painted(*layers: list[FeedValue]) -> dict[int, float]:
    """Minute by minute, the last layer on top: what anybody would do by hand."""
    found: dict[int, float] = {}
    for layer in layers:
        for value in layer:
            for minute in range(value.starts_ms, value.ends_ms):
                found[minute] = value.value
    return found


@given(values, values)
def test_laying_is_painting_over_and_never_overlaps(
    known_raw: list[tuple[int, int, float]], new_raw: list[tuple[int, int, float]]
):
    known, new = ascending(known_raw), ascending(new_raw)
    result = laid(known, new)
    assert painted(result) == painted(known, new)
    assert all(one.ends_ms <= other.starts_ms for one, other in pairwise(result))
    changed = {m for v in laid_over(known, new).changed for m in range(v.starts_ms, v.ends_ms)}
    before, after = painted(known), painted(known, new)
    assert {m for m in after if before.get(m) != after[m]} <= changed


def test_the_days_touched_are_those_of_the_building():
    hour = 3_600_000
    evening = 1_781_564_400_000  # 2026-06-15T23:00:00Z is midnight in Lisbon
    assert days_touched([FeedValue(evening - hour, evening, 1.0)], LISBON) == [
        (date(2026, 6, 15), date(2026, 6, 16))
    ]
    spans = days_touched(
        [
            FeedValue(evening - hour, evening + hour, 1.0),
            FeedValue(evening + 30 * hour, evening + 31 * hour, 1.0),
            FeedValue(evening + 24 * 5 * hour, evening + 24 * 5 * hour + hour, 1.0),
        ],
        LISBON,
    )
    assert spans == [(date(2026, 6, 15), date(2026, 6, 18)), (date(2026, 6, 21), date(2026, 6, 22))]
