"""The form of a tariff: rows to terms and back, the sentence, and the week's picture."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.price_week import STEPS, step_of
from domain.calendar.model import DAY_TYPES
from domain.foundation.errors import FieldError
from domain.money.contracts import Change
from domain.money.pricing import InForce, prices
from domain.money.tariff import (
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    FixedPart,
    Flat,
    PeakPart,
    Season,
    Tariff,
    Terms,
    TimeOfUse,
    Use,
    Window,
)
from pages._tariffs_draft import (
    BY_TIME,
    STARTER,
    BandRow,
    ChargeRow,
    Draft,
    RuleRow,
    draft_from,
    with_row,
)
from pages._tariffs_fill import draft_of
from pages._tariffs_terms import problem_of, terms_of
from pages._tariffs_week import Week, week_of
from pages._tariffs_words import (
    Saying,
    differences,
    effect_words,
    history_words,
    rule_words,
    sentence,
    use_words,
)
from tests.unit.money.places import CENT, LISBON, WORKDAY, energy, slots_of, tri_hourly, version

SAY = Saying("€", {7: "OMIE"})
TODAY = date(2026, 6, 16)
TYPED = Draft(
    pricing=BY_TIME,
    vat=23,
    bands=(BandRow("Peak", 0.3, 0.06), BandRow("Off-peak", "0.1", None)),
    rules=(RuleRow("0", ["workday"], "480", "1320"),),
    otherwise="1",
    charges=(ChargeRow("peak", "Demand", 4.5, 6, "own", ["workday"], "540", "1260"),),
)
GRID = energy(TimeOfUse((Band("Peak", 6 * CENT), Band("Off-peak", 0)),
              (Window("Peak", 480, 1320, WORKDAY),), "Off-peak"),
              "Grid charges", "grid", 230_000)  # fmt: skip


def test_what_is_typed_becomes_terms():
    terms, problems = terms_of(TYPED)
    assert problems == []
    bands = (Band("Peak", 30 * CENT), Band("Off-peak", 10 * CENT))
    windows = (Window("Peak", 480, 1320, WORKDAY),)
    assert terms == Terms(
        (
            energy(TimeOfUse(bands, windows, "Off-peak"), vat_ppm=230_000),
            GRID,
            PeakPart("Demand", "grid", 450_000, (Window("", 540, 1260, WORKDAY),), 60_000),
        )
    )


@pytest.mark.parametrize(
    ("draft", "section", "message"),
    [
        (replace(TYPED, vat=None), "main", "VAT is missing"),
        (replace(TYPED, bands=(BandRow("Peak"), BandRow("Off", 1))), "bands",
         "The price of Peak is missing"),
        (replace(TYPED, bands=(BandRow("", "many"), BandRow("Off", 1))), "bands",
         "The price of band 1 is no number that can be used"),
        (replace(TYPED, rules=(RuleRow("7"),)), "rules", "Rule 1: choose a band"),
        (replace(TYPED, rules=(RuleRow(season="own", first_day=30, first_month="2"),)), "rules",
         "Rule 1: there is no such day of the year"),
        (replace(TYPED, charges=(ChargeRow("grid", "Use", None),)), "charges",
         "Charge 1 is missing"),
        (replace(TYPED, pricing="dynamic", fallback_price=0.1), "main",
         "Choose whose market prices these are"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_where_it_stands(draft: Draft, section: str, message: str):
    terms, problems = terms_of(draft)
    assert terms is None
    assert (section, message) in [(p.section, p.message) for p in problems]


@pytest.mark.parametrize(
    ("field", "section"),
    [
        ("name", "name"),
        ("valid_from", "valid_from"),
        ("parts[0].vat_ppm", "main"),
        ("parts[0].pricing.bands[1].name", "bands"),
        ("parts[1].pricing.bands[1].mc_per_mwh", "bands"),
        ("parts[0].pricing.windows[3].day_types", "rules"),
        ("parts[2].windows[0].day_types", "charges"),
        ("parts[2].label", "charges"),
    ],
)
def test_a_refusal_stands_beside_its_rows(field: str, section: str):
    assert problem_of(FieldError(field, "wrong"), TYPED).section == section


DAYS = st.lists(st.sampled_from(DAY_TYPES), unique=True, min_size=1).map(frozenset)
MINUTES = st.integers(0, 95).map(lambda n: n * 15)
YEAR_DAYS = st.integers(0, 365).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
SEASONS = st.builds(lambda a, b: Season((a.month, a.day), (b.month, b.day)), YEAR_DAYS, YEAR_DAYS)
WINDOWS = st.builds(
    Window, st.sampled_from(["A", "B"]), MINUTES, MINUTES, DAYS, st.none() | SEASONS
)
PRICES = st.integers(-(10**9), 10**9)
VAT = st.sampled_from([0, 60_000, 230_000, 5_500])
CHARGES = (
    st.builds(EnergyPart, st.just("Use"), st.sampled_from(["grid", "tax"]), st.builds(Flat, PRICES),
              VAT)
    | st.builds(FixedPart, st.just("Fee"), st.just("grid"), st.sampled_from(["day", "month"]),
                PRICES, VAT)
    | st.builds(PeakPart, st.just("Peak"), st.just("grid"), PRICES, st.just(()), VAT)
    | st.builds(PeakPart, st.just("Peak"), st.just("grid"), PRICES,
                st.builds(Window, st.just(""), MINUTES, MINUTES, DAYS).map(lambda w: (w,)), VAT)
)  # fmt: skip
PRICINGS = (
    st.builds(Flat, PRICES)
    | st.builds(
        TimeOfUse,
        st.tuples(PRICES, PRICES).map(lambda p: (Band("A", p[0]), Band("B", p[1]))),
        st.lists(WINDOWS, max_size=4).map(tuple),
        st.sampled_from(["A", "B"]),
    )
    | st.builds(Dynamic, st.just(7), PRICES, PRICES,
                st.builds(Fallback, st.sampled_from(["same_hour_last_week", "fixed"]), PRICES))
)  # fmt: skip


@given(pricing=PRICINGS, vat=VAT, charges=st.lists(CHARGES, max_size=3))
def test_what_the_form_can_say_reads_back_exactly(pricing, vat: int, charges: list):
    terms = Terms((energy(pricing, vat_ppm=vat), *charges))
    draft = draft_of(terms)
    assert draft is not None
    assert terms_of(draft) == (terms, [])


def test_what_the_form_has_no_field_for_is_not_opened_in_it():
    odd = energy(tri_hourly(), "Other", "tax")
    assert draft_of(Terms((energy(Flat(1)), odd))) is None
    assert draft_of(Terms((odd,))) is None
    windows = (Window("", 0, 60), Window("", 90, 120))
    assert draft_of(Terms((energy(Flat(1)), PeakPart("P", "grid", 1, windows)))) is None


def test_a_band_that_goes_takes_the_rules_after_it_along():
    three = replace(
        TYPED,
        bands=(BandRow("A"), BandRow("B"), BandRow("C")),
        rules=(RuleRow("0"), RuleRow("1"), RuleRow("2")),
        otherwise="2",
    )
    after = with_row(three, "drop-band", 1)
    assert [row.name for row in after.bands] == ["A", "C"]
    assert [row.band for row in after.rules] == ["0", "0", "1"]
    assert after.otherwise == "1"


def test_rules_move_and_rows_come_and_go_within_their_limits():
    two = replace(TYPED, rules=(RuleRow("0"), RuleRow("1")))
    assert [r.band for r in with_row(two, "rule-up", 1).rules] == ["1", "0"]
    assert with_row(two, "rule-up", 0) == two
    assert with_row(two, "rule-down", 1) == two
    assert len(with_row(two, "add-charge", 0).charges) == 2
    assert with_row(two, "add-charge", 0).charges[1].vat == 23
    lone = replace(TYPED, bands=(BandRow("A"),))
    assert with_row(lone, "drop-band", 0) == lone
    full = replace(TYPED, bands=(BandRow("A"),) * 8)
    assert with_row(full, "add-band", 0) == full
    assert with_row(TYPED, "nonsense", 0) == TYPED


def test_columns_of_the_browser_are_rows():
    draft = draft_from(
        {"pricing": "flat", "price": 0.2},
        {"name": ["A", "B"], "price": [1, 2], "grid": [None, 3]},
        {},
        {},
    )
    assert draft.bands == (BandRow("A", 1, None), BandRow("B", 2, 3))
    assert (draft.rules, draft.price) == ((), 0.2)


# Words


def test_a_tariff_reads_back_in_a_sentence():
    terms, _ = terms_of(TYPED)
    assert terms is not None
    assert sentence(terms, "import", SAY) == (
        "Energy costs Peak 0.30 €/kWh and Off-peak 0.10 €/kWh. "
        "Peak: working days 08:00–22:00. Off-peak at all other times. "
        "Grid charges (Peak 0.06 €/kWh, Off-peak 0.00 €/kWh) and Demand (4.50 € per kW of the "
        "month’s highest quarter hour, working days 09:00–21:00) come on top. "
        "VAT is 6 % and 23 % by part."
    )


def test_a_market_price_says_what_stands_in_for_it():
    pricing = Dynamic(7, 1_050_000, CENT, Fallback("same_hour_last_week", 15 * CENT))
    assert sentence(Terms((energy(pricing),)), "export", SAY) == (
        "Energy earns the price of OMIE × 1.05 + 0.01 €/kWh; where it has none, that of the same "
        "hour last week, or else 0.15 €/kWh counts as an estimate. No VAT is added."
    )


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window("A", 480, 1320, WORKDAY), "working days 08:00–22:00, all year"),
        (Window("A", 1320, 480), "every day 22:00–08:00 of the next day, all year"),
        (Window("A", 0, 0, frozenset({"sunday", "holiday"}), Season((11, 1), (3, 1))),
         "Sundays and public holidays all day, 1 Nov to 29 Feb"),
    ],
)  # fmt: skip
def test_a_rule_in_words(window: Window, words: str):
    assert rule_words(window) == words


def test_the_confirmation_names_what_becomes_what():
    before, after = (Terms((energy(Flat(p * CENT), vat_ppm=230_000),)) for p in (15, 16))
    assert differences(before, after, SAY) == [("Energy", "0.15 €/kWh", "0.16 €/kWh")]
    assert differences(after, after, SAY) == []
    fee = Terms((*after.parts, FixedPart("Meter", "grid", "month", 123_400)))
    assert differences(after, fee, SAY) == [("Meter", None, "1.234 € a month")]
    assert differences(fee, after, SAY) == [("Meter", "1.234 € a month", None)]


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (None, "Nothing that is paid changes."),
        (Change(date(2026, 5, 13), None, 34), "From 13 May 2026 on. This re-counts 34 days."),
        (Change(date(2026, 5, 1), date(2026, 6, 1), 1),
         "From 1 May 2026 to 31 May 2026. This re-counts 1 day."),
        (Change(date(2026, 7, 1), None, 0),
         "From 1 Jul 2026 on. Nothing of that has been counted yet."),
    ],
)  # fmt: skip
def test_what_a_change_counts_anew(effect: Change | None, words: str):
    assert effect_words(effect) == words


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ((), "Scenario"),
        ((Use(date(2026, 1, 1), None),), "In use since 1 Jan 2026"),
        ((Use(date(2026, 1, 1), date(2026, 7, 1)),), "In use since 1 Jan 2026 until 30 Jun 2026"),
        ((Use(date(2026, 7, 1), None),), "In use from 1 Jul 2026"),
        ((Use(date(2025, 1, 1), date(2026, 1, 1)),), "Was in use until 31 Dec 2025"),
    ],
)
def test_whether_a_tariff_is_in_use(uses: tuple[Use, ...], words: str):
    assert use_words(Tariff(1, "T", "import", 1, uses), TODAY)[0] == words


def test_every_time_in_use_is_told():
    uses = (Use(date(2025, 1, 1), date(2026, 1, 1)), Use(date(2026, 6, 1), None))
    told = history_words(Tariff(1, "T", "import", 1, uses))
    assert told == "The building’s contract 1 Jan 2025 to 31 Dec 2025 and 1 Jun 2026 on"


# The week


def week(monday: date, *parts, feeds=None) -> Week:
    slots = slots_of(LISBON, monday, monday + timedelta(days=7))
    held = [InForce(date.min, None, version(*parts))]
    return week_of(slots, prices(slots, held, feeds or {}), "€")


def test_the_week_shows_each_band_with_its_price_and_what_is_special_about_a_day():
    shown = week(date(2026, 6, 8), energy(tri_hourly(), vat_ppm=230_000))
    tuesday, wednesday = shown.days[1], shown.days[2]
    assert (tuesday.head, tuesday.note) == ("Tue 9", None)
    assert wednesday.note is not None
    assert "Portugal" in wednesday.note
    assert [(b.from_minute // 60, b.label) for b in wednesday.blocks] == [
        (0, "0.123"),
        (8, "0.246"),
        (22, "0.123"),
    ]
    assert tuesday.blocks[1].words == "Tue 9 Jun, 08:00–10:30 · Peak · 0.369 €/kWh"
    assert [(e.name, e.words) for e in shown.legend] == [
        ("Peak", "0.369 €/kWh"),
        ("Full", "0.246 €/kWh"),
        ("Off-peak", "0.123 €/kWh"),
    ]
    assert [e.step for e in shown.legend] == [7, 4, 0]


def test_a_day_of_23_hours_has_a_hole_and_one_of_25_none():
    spring = week(date(2026, 3, 23), energy(Flat(CENT))).days[6]
    assert [(b.from_minute, b.to_minute) for b in spring.blocks] == [(0, 60), (120, 1440)]
    autumn = week(date(2026, 10, 19), energy(Flat(CENT))).days[6]
    assert [(b.from_minute, b.to_minute) for b in autumn.blocks] == [(0, 1440)]


def test_market_prices_are_graded_and_estimates_say_so():
    monday = date(2026, 6, 15)
    slots = slots_of(LISBON, monday, monday + timedelta(days=7))
    values = [
        (slots.start_ms + h * 3_600_000, slots.start_ms + (h + 1) * 3_600_000, h / 1000)
        for h in range(48)
    ]
    pricing = Dynamic(7, 1_000_000, 0, Fallback("fixed", 2 * CENT))
    shown = week(monday, energy(pricing), feeds={7: values})
    assert len(shown.days[0].blocks) == 24
    assert shown.days[0].blocks[0].step == 0
    assert shown.days[1].blocks[23].step == STEPS - 1
    assert shown.days[3].blocks[0].estimated
    assert "≈ 0.020 €/kWh" in shown.days[3].blocks[0].words
    assert [e.name for e in shown.legend] == ["Cheapest", "Dearest", "Estimated"]


def test_grounds_spread_over_as_many_steps_as_there_are():
    assert [step_of(rank, 3) for rank in range(3)] == [0, 4, 7]
    assert step_of(0, 1) == 1


def test_the_starter_asks_for_its_prices():
    terms, problems = terms_of(replace(STARTER, pricing=BY_TIME))
    assert terms is None
    assert [p.message for p in problems] == [
        "The price of Peak is missing",
        "The price of Off-peak is missing",
    ]
