import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.telemetry.rollup import (
    QUARTER_MS,
    Buckets,
    Rows,
    Rule,
    counter_steps,
    gather,
    joined,
    quarter_edges,
    roll,
    roll_energy,
)
from tests.unit.telemetry.oracle import Point, buckets

HOLD_S = 150
SPAN_S = 4 * 3600


def rows_of(points: list[Point]) -> Rows:
    return Rows(
        np.array([p[0] * 1000 for p in points], np.int64),
        np.array([p[1] for p in points], np.float64),
        np.array([(p[2] or 0) * 1000 for p in points], np.int64),
    )


def rule(kind: str) -> Rule:
    return Rule(kind, HOLD_S * 1000)


def rolled(points: list[Point], kind: str) -> Buckets:
    return roll(rows_of(points), rule(kind), quarter_edges(0, 2 * SPAN_S * 1000))


@st.composite
def series(draw: st.DrawFn) -> list[Point]:
    seconds = draw(st.lists(st.integers(0, SPAN_S), unique=True, max_size=40))
    values = st.floats(0, 1000, allow_nan=False)
    stated = st.sampled_from([None, None, None, 30, 900, 1000, 3600])
    return [(second, draw(values), draw(stated)) for second in sorted(seconds)]


def same(ours: float, naive: float | None) -> bool:
    if naive is None:
        return bool(np.isnan(ours))
    return ours == pytest.approx(naive, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", ["power", "gauge", "counter"])
@given(points=series())
def test_quarter_hours_equal_a_count_second_by_second(kind: str, points: list[Point]):
    ours = rolled(points, kind)
    naive = buckets(points, kind, HOLD_S)
    assert [int(at) // 1000 for at in ours.bucket_ms] == sorted(naive)
    for at, (_, bucket) in enumerate(sorted(naive.items())):
        assert ours.n[at] == bucket.n
        assert same(ours.total[at], bucket.total if bucket.n else None)
        assert same(ours.low[at], bucket.low)
        assert same(ours.high[at], bucket.high)
        if kind != "gauge":
            assert same(ours.energy[at], bucket.energy)
            assert ours.covered_ms[at] == bucket.covered_s * 1000


@pytest.mark.parametrize("kind", ["power", "gauge", "counter"])
@given(points=series(), cut=st.integers(1, 15))
def test_one_bucket_alone_has_the_very_bits_of_the_whole(kind: str, points: list[Point], cut: int):
    rows = rows_of(points)
    end = 2 * SPAN_S * 1000
    whole = roll(rows, rule(kind), quarter_edges(0, end))
    parts = [
        roll(rows, rule(kind), quarter_edges(0, cut * QUARTER_MS)),
        roll(rows, rule(kind), quarter_edges(cut * QUARTER_MS, end)),
    ]
    for ours, again in zip(whole.columns(), joined(parts).columns(), strict=True):
        np.testing.assert_array_equal(ours, again)


@pytest.mark.parametrize("kind", ["power", "gauge", "counter"])
@given(points=series())
def test_energy_alone_is_that_of_the_whole_bucket(kind: str, points: list[Point]):
    edges = quarter_edges(0, 2 * SPAN_S * 1000)
    whole = rolled(points, kind)
    energy, covered_ms = roll_energy(rows_of(points), rule(kind), edges)
    at = np.searchsorted(edges, whole.bucket_ms)
    np.testing.assert_array_equal(energy[at], whole.energy)
    np.testing.assert_array_equal(covered_ms[at], whole.covered_ms)
    assert np.isnan(np.delete(energy, at)).all()
    assert not np.delete(covered_ms, at).any()


@pytest.mark.parametrize("kind", ["power", "gauge", "counter"])
@given(points=series())
def test_hours_hold_what_their_quarters_hold(kind: str, points: list[Point]):
    quarters = rolled(points, kind)
    starts = np.arange(0, 2 * SPAN_S * 1000, 3_600_000, dtype=np.int64)
    _, hours = gather(quarters, quarters.bucket_ms // 3_600_000, starts)
    assert hours.n.sum() == quarters.n.sum()
    assert hours.covered_ms.sum() == quarters.covered_ms.sum()
    assert np.nansum(hours.energy) == pytest.approx(np.nansum(quarters.energy))
    if len(points):
        assert np.nanmin(hours.low) == np.nanmin(quarters.low)
        assert np.nanmax(hours.high) == np.nanmax(quarters.high)
        assert hours.last[~np.isnan(hours.last)][-1] == quarters.last[~np.isnan(quarters.last)][-1]


def test_power_holds_to_the_next_reading_but_no_longer_than_its_hold():
    ours = rolled([(0, 4.0, None), (60, 2.0, None)], "power")
    assert ours.covered_ms[0] == (60 + HOLD_S) * 1000
    assert ours.energy[0] == pytest.approx((4.0 * 60 + 2.0 * HOLD_S) / 3600)


def test_a_recorded_row_holds_for_exactly_its_interval():
    ours = rolled([(0, 4.0, 3600)], "power")
    assert list(ours.covered_ms) == [QUARTER_MS] * 4
    assert ours.energy.sum() == pytest.approx(4.0)
    assert list(ours.n) == [1, 0, 0, 0]
    assert list(ours.low) == [4.0] * 4


def test_a_counter_is_spread_evenly_and_known_only_within_its_hold():
    ours = rolled([(0, 10.0, None), (3600, 14.0, None)], "counter")
    assert list(ours.energy[:4]) == pytest.approx([1.0] * 4)
    assert ours.covered_ms.sum() == HOLD_S * 1000


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (10.0, 12.5, 2.5),
        (10.0, 10.0, 0.0),
        (10.0, 1.0, 1.0),  # below half: the counter began anew
        (10.0, 9.0, None),  # a small fall is an error, not energy
        (10.0, 5.0, None),
        (10.0, 110.0, 100.0),
        (10.0, 110.1, None),  # faster than any meter counts: another meter was put in
        (900.0, 200.0, None),  # nor can a new one have counted so much already
    ],
)
def test_a_counter_that_falls_was_reset_or_was_wrong(before: float, after: float, step):
    minute = np.array([0, 60_000])
    found = counter_steps(minute, np.array([before, after]), most_per_hour=6_000.0)[0]
    assert (None if np.isnan(found) else found) == step
