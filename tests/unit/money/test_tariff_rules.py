"""What terms may say, how they are written, and which days a change concerns."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar.model import DAY_TYPES
from domain.money.contracts import as_if, changed_days, plan, with_use, with_version
from domain.money.tariff import (
    MC_PER_MWH,
    PART_KINDS,
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    FixedPart,
    Flat,
    PeakPart,
    Season,
    Terms,
    TimeOfUse,
    Window,
)
from domain.money.tariff_codec import decode, encode
from domain.money.tariff_rules import name_errors, terms_errors
from tests.unit.money.places import energy, tri_hourly, version

FLAT = energy(Flat(15_000_000))


def fields(*parts, direction="import", feeds=()) -> list[str]:
    return [error.field for error in terms_errors(direction, Terms(tuple(parts)), feeds)]


DAY = (Band("Day", 1),)


def tou(*windows: Window, bands=DAY, otherwise="Day") -> EnergyPart:
    return energy(TimeOfUse(tuple(bands), tuple(windows), otherwise))


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ((), ["parts", "parts"]),
        ((FixedPart("Meter", "grid", "day", 1),), ["parts"]),
        ((energy(Flat(10 * MC_PER_MWH + 1)),), ["parts[0].pricing.mc_per_mwh"]),
        ((energy(Flat(-10 * MC_PER_MWH)),), []),
        ((energy(Flat(1), label=" "),), ["parts[0].label"]),
        ((energy(Flat(1), vat_ppm=1_000_001),), ["parts[0].vat_ppm"]),
        ((FLAT, energy(Flat(1), "energy ")), ["parts[1].label"]),
        ((FLAT, energy(Flat(1), "Energy", "grid")), []),
        ((FLAT, FixedPart("Meter", "grid", "day", 100_000_000_001)), ["parts[1].mc"]),
        ((FLAT, PeakPart("Peak", "grid", -1)), ["parts[1].mc_per_kw"]),
        ((tou(bands=()),), ["parts[0].pricing.bands", "parts[0].pricing.otherwise"]),
        ((tou(bands=[Band(str(n), 1) for n in range(9)], otherwise="1"),),
         ["parts[0].pricing.bands"]),
        ((tou(bands=[Band("Day", 1), Band("Day", 2)]),), ["parts[0].pricing.bands[1].name"]),
        ((tou(otherwise="Night"),), ["parts[0].pricing.otherwise"]),
        ((tou(Window("Night", 0, 60)),), ["parts[0].pricing.windows[0].band"]),
        ((tou(Window("Day", 7, 60)),), ["parts[0].pricing.windows[0].from_minute"]),
        ((tou(Window("Day", 1440, 60)),), ["parts[0].pricing.windows[0].from_minute"]),
        ((tou(Window("Day", 0, 1440)),), []),
        ((tou(Window("Day", 0, 60, frozenset())),), ["parts[0].pricing.windows[0].day_types"]),
        ((tou(Window("Day", 0, 60, season=Season((2, 29), (2, 30)))),),
         ["parts[0].pricing.windows[0].season.until"]),
        ((tou(Window("Day", 0, 60), Window("Day", 30, 90)),), []),
        ((energy(Dynamic(3, 1_000_000, 0, Fallback("fixed", 0))),), ["parts[0].pricing.feed_id"]),
        ((energy(Dynamic(7, 11_000_000, 0, Fallback("fixed", 10**12))),),
         ["parts[0].pricing.factor_ppm", "parts[0].pricing.fallback.mc_per_mwh"]),
    ],
)  # fmt: skip
def test_each_field_that_is_not_acceptable_is_named(parts, wrong: list[str]):
    assert fields(*parts, feeds={7}) == wrong


def test_a_limit_is_said_in_words_and_as_data():
    (error,) = terms_errors("import", Terms((energy(Flat(2_000_000_000)),)), ())
    assert error.message == "Energy is from −10 to 10 per kWh"
    assert error.limit == [-10, 10]


def test_what_is_sold_has_no_peak_charge():
    assert fields(FLAT, PeakPart("Peak", "grid", 1), direction="export") == ["parts[1]"]


def test_a_tariff_has_a_name_and_a_direction():
    assert [e.field for e in name_errors("", "sideways")] == ["name", "direction"]
    assert name_errors("EDP tri-hourly", "import") == []


MINUTES = st.integers(0, 96).map(lambda n: n * 15)
SEASONS = st.builds(Season, st.tuples(st.integers(1, 12), st.integers(1, 31)), st.just((2, 29)))
WINDOWS = st.builds(
    Window, st.text(max_size=5), MINUTES, MINUTES, st.frozensets(st.sampled_from(DAY_TYPES)),
    st.none() | SEASONS,
)  # fmt: skip
AMOUNTS = st.integers(-(2**40), 2**40)
LABELS, KINDS = st.text(max_size=10), st.sampled_from(PART_KINDS)
PRICINGS = (
    st.builds(Flat, AMOUNTS)
    | st.builds(
        TimeOfUse,
        st.lists(st.builds(Band, LABELS, AMOUNTS), max_size=3).map(tuple),
        st.lists(WINDOWS, max_size=3).map(tuple),
        LABELS,
    )
    | st.builds(
        Dynamic, AMOUNTS, AMOUNTS, AMOUNTS,
        st.builds(Fallback, st.sampled_from(["same_hour_last_week", "fixed"]), AMOUNTS),
    )
)  # fmt: skip
PARTS = (
    st.builds(EnergyPart, LABELS, KINDS, PRICINGS, AMOUNTS)
    | st.builds(FixedPart, LABELS, KINDS, st.sampled_from(["day", "month"]), AMOUNTS, AMOUNTS)
    | st.builds(PeakPart, LABELS, KINDS, AMOUNTS, st.lists(WINDOWS, max_size=2).map(tuple), AMOUNTS)
)


@given(st.lists(PARTS, max_size=4).map(tuple).map(Terms))
def test_terms_read_back_as_they_were_written(terms: Terms):
    assert decode(encode(terms)) == terms
    assert encode(decode(encode(terms))) == encode(terms)


@pytest.mark.parametrize(
    "body",
    [
        "",
        '{"v":2,"parts":[]}',
        '{"v":1,"parts":[],"more":1}',
        '{"v":1,"parts":[{"type":"other"}]}',
        '{"v":1,"parts":[{"type":"fixed","label":"a","kind":"grid","per":"year","mc":1}]}',
        '{"v":1,"parts":[{"type":"fixed","label":"a","kind":"grid","per":"day","mc":1.5}]}',
    ],
)
def test_a_body_that_was_not_written_by_this_version_is_refused(body: str):
    with pytest.raises(ValueError, match="no terms"):
        decode(body)


JAN, MAR, JUN, SEP = (date(2026, month, 1) for month in (1, 3, 6, 9))
OLD, NEW = (
    version(FLAT, valid_from=JAN, version_id=1),
    version(energy(tri_hourly()), valid_from=JUN, version_id=2),
)


def test_a_later_version_changes_the_days_from_it_on():
    before = plan([(JAN, 1)], [OLD])
    assert changed_days(before, plan([(JAN, 1)], [OLD, NEW])) == (JUN, None)
    assert changed_days(before, before) is None


def test_a_version_between_two_changes_the_days_until_the_next():
    between = version(energy(Flat(1)), valid_from=MAR, version_id=3)
    after = with_version([OLD, NEW], between, None)
    assert changed_days(plan([(JAN, 1)], [OLD, NEW]), plan([(JAN, 1)], after)) == (MAR, JUN)


def test_an_edit_of_a_scenario_changes_nothing_and_the_same_terms_again_change_nothing():
    again = version(FLAT, valid_from=JAN, version_id=9)
    before = plan([(JAN, 1)], [OLD])
    assert changed_days(before, plan([(JAN, 1)], with_version([OLD], again, 1))) is None
    assert plan([], [OLD, NEW]) == ()


def test_moving_a_version_changes_the_days_between_its_old_and_its_new_begin():
    moved = version(energy(tri_hourly()), valid_from=SEP, version_id=4)
    after = with_version([OLD, NEW], moved, 2)
    assert changed_days(plan([(JAN, 1)], [OLD, NEW]), plan([(JAN, 1)], after)) == (JUN, SEP)


def test_another_contract_takes_over_until_the_next_one_does():
    contracts = with_use([(JAN, 1), (SEP, 2)], MAR, 3)
    assert contracts == [(JAN, 1), (MAR, 3), (SEP, 2)]
    assert with_use(contracts, MAR, 1) == [(JAN, 1), (MAR, 1), (SEP, 2)]


def test_a_tariff_asked_for_by_name_holds_before_its_first_version_too():
    first, second = as_if(1, [NEW, OLD])
    assert (first.first, first.until, first.version) == (date.min, JUN, OLD)
    assert (second.first, second.until) == (JUN, None)
    assert as_if(2, [OLD]) == ()
