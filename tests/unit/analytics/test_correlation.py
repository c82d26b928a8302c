"""Correlation against the textbook (scipy), and honesty where there is nothing to tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from domain.analytics.correlation import correlate, pearson, ranks
from domain.analytics.lines import Line, Target

HOUR_MS = 3_600_000


def line(values: list[float | None], label: str = "A") -> Line:
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    ts_ms = np.array([at * HOUR_MS for at, _ in known], np.int64)
    mean = np.array([value for _, value in known], np.float64)
    width = np.full(len(known), HOUR_MS, np.int64)
    target = Target("sensor", label, "power")
    return Line(target, label, "power", "kW", "1h", ts_ms, mean, width.astype(float), width)


PAIRS = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=10, max_size=60)


@given(pairs=PAIRS)
def test_both_coefficients_are_those_of_scipy(pairs: list[tuple[int, int]]):
    x, y = (list(map(float, column)) for column in zip(*pairs, strict=True))
    found = correlate(line(x), line(y, "B"), "1h", len(x) * HOUR_MS)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found.pearson is None
        assert "did not change" in str(found.reason)
        return
    assert found.pearson == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
    assert found.spearman == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
    assert found.pairs == len(x)


@given(values=st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_equal_values_share_their_rank(values: list[int]):
    found = ranks(np.array(values, np.float64))
    np.testing.assert_allclose(found, stats.rankdata(values))


def test_few_pairs_tell_nothing_and_say_so():
    found = correlate(line([1.0, 2.0, 3.0]), line([2.0, 4.0, 7.0]), "1h", 3 * HOUR_MS)
    assert (found.pearson, found.spearman, found.pairs) == (None, None, 3)
    assert found.reason == "only 3 pairs, at least 10 are needed"


def test_only_what_both_know_is_paired():
    x: list[float | None] = [float(at) for at in range(20)]
    y = [value if at % 2 else None for at, value in enumerate(x)]
    found = correlate(line(x), line(y), "1h", 20 * HOUR_MS)
    assert (found.pairs, found.coverage) == (10, pytest.approx(0.5))
    assert found.pearson == pytest.approx(1.0)


def test_the_scan_finds_that_one_follows_the_other_by_three_hours():
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    y = np.concatenate((rng.normal(size=3), x[:-3]))
    found = correlate(line(x.tolist()), line(y.tolist()), "1h", 200 * HOUR_MS, scan=True)
    strongest = found.strongest_lag
    assert strongest is not None
    assert (strongest.hours, strongest.pairs) == (3, 197)
    assert strongest.pearson == pytest.approx(1.0)
    assert len(found.lags) == 49


def test_pearson_stays_within_its_bounds():
    x = np.array([0.1 * at for at in range(50)])
    assert pearson(x, x * 3 + 7) == 1.0
    assert pearson(x, -x) == -1.0
