"""Cents on paper add up."""

from hypothesis import given
from hypothesis import strategies as st

from domain.money.statement_parts import to_cents

amounts = st.lists(st.one_of(st.none(), st.integers(-(10**12), 10**12)), min_size=1, max_size=40)


@given(parts=amounts)
def test_amounts_on_paper_add_up_to_their_rounded_sum_and_none_is_a_cent_away(
    parts: list[int | None],
):
    known = [mc for mc in parts if mc is not None]
    whole = round(sum(known) / 1000)
    cents = to_cents(parts, whole)
    assert sum(c for c in cents if c is not None) == (whole if known else 0)
    for mc, cent in zip(parts, cents, strict=True):
        assert (mc is None) is (cent is None)
        if mc is not None and cent is not None:
            assert abs(cent * 1000 - mc) < 1000


def test_the_largest_remainders_are_rounded_up():
    assert to_cents([1_400, 1_700, None, 1_900], 5) == [1, 2, None, 2]
    assert to_cents([-1_400, 400], -1) == [-1, 0]
