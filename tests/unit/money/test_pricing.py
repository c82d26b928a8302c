"""What contracts make of time: by table, and beside a minute-by-minute oracle."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar.model import DAY_TYPES, Day
from domain.foundation.intervals import Period
from domain.money.prices import PriceTrack
from domain.money.pricing import InForce, charges, in_force, peak_parts, prices
from domain.money.quarter_hours import LocalSlots, local_slots, spread
from domain.money.tariff import (
    Band,
    Dynamic,
    EnergyPart,
    Fallback,
    FixedPart,
    Flat,
    PeakPart,
    Season,
    TariffVersion,
    TimeOfUse,
    Window,
)
from tests.unit.money.oracle import MinuteOracle
from tests.unit.money.places import (
    CENT,
    CHANGES,
    LISBON,
    LONDON,
    LOS_ANGELES,
    WORKDAY,
    calendar_of,
    energy,
    moments,
    slots_of,
    tri_hourly,
    version,
)

HOUR_MS = 3_600_000


def always(tariff: TariffVersion) -> list[InForce]:
    return [InForce(tariff.valid_from, None, tariff)]


def oracle_of(zone: ZoneInfo, feeds=None) -> MinuteOracle:
    days = calendar_of(zone)
    return MinuteOracle(zone, lambda day: days(day, day + timedelta(days=1))[0], feeds)


def bands_by_clock(zone: ZoneInfo, slots: LocalSlots, track: PriceTrack) -> list[str]:
    """Runs of the same band in words: `00:00 Off-peak`."""
    told: list[str] = []
    last = None
    for at, band in zip(moments(slots), track.band, strict=True):
        if band != last:
            told.append(f"{at.astimezone(zone):%H:%M} {band}")
        last = band
    return told


@pytest.mark.parametrize(("zone", "day", "quarters"), CHANGES)
def test_a_tri_hourly_tariff_follows_the_wall_clock_on_days_of_23_and_25_hours(
    zone: ZoneInfo, day: date, quarters: int
):
    slots = slots_of(zone, day, day + timedelta(days=1))
    track = prices(slots, always(version(energy(tri_hourly()))), {})
    assert len(track.band) == quarters
    # All of them are Sundays: no peak.
    assert bands_by_clock(zone, slots, track) == [
        "00:00 Off-peak",
        "08:00 Full",
        "22:00 Off-peak",
    ]
    off_peak_hours = {92: 9, 100: 11}[quarters]
    assert track.band.count("Off-peak") == off_peak_hours * 4


def test_each_quarter_hour_carries_the_price_of_its_band():
    slots = slots_of(LISBON, date(2026, 6, 16), date(2026, 6, 17))
    track = prices(slots, always(version(energy(tri_hourly()))), {})
    assert bands_by_clock(LISBON, slots, track) == [
        "00:00 Off-peak",
        "08:00 Peak",
        "10:30 Full",
        "19:00 Peak",
        "21:00 Full",
        "22:00 Off-peak",
    ]
    by_band = dict(zip(track.band, track.gross.tolist(), strict=True))
    assert by_band == {"Peak": 30 * CENT, "Full": 20 * CENT, "Off-peak": 10 * CENT}


def test_a_holiday_is_no_working_day():
    slots = slots_of(LISBON, date(2026, 6, 10), date(2026, 6, 11))  # Portugal Day, a Wednesday
    assert "Peak" not in prices(slots, always(version(energy(tri_hourly()))), {}).band


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on():
    night = Window("Peak", 22 * 60, 6 * 60, frozenset({"workday"}))
    pricing = tri_hourly((night,))
    friday = date(2026, 6, 19)
    slots = slots_of(LISBON, friday, friday + timedelta(days=4))
    track = prices(slots, always(version(energy(pricing))), {})
    local = [at.astimezone(LISBON) for at in moments(slots)]
    peak = {f"{at:%a %H}" for at, band in zip(local, track.band, strict=True) if band == "Peak"}
    assert {"Sat 00", "Sat 05", "Mon 22"} <= peak  # Friday's night runs into Saturday
    assert not {"Sun 00", "Sat 22", "Mon 00", "Mon 05"} & peak  # Sunday's does not begin


def test_the_first_window_that_fits_wins():
    lunch, day = Window("Off-peak", 720, 780), Window("Peak", 480, 1200)
    slots = slots_of(LISBON, date(2026, 6, 16), date(2026, 6, 17))
    for windows, at_noon in (((lunch, day), "Off-peak"), ((day, lunch), "Peak")):
        track = prices(slots, always(version(energy(tri_hourly(windows)))), {})
        assert track.band[12 * 4] == at_noon


@pytest.mark.parametrize(
    ("day", "band"),
    [
        (date(2026, 10, 31), "Full"),
        (date(2026, 11, 1), "Peak"),
        (date(2026, 12, 31), "Peak"),
        (date(2027, 1, 1), "Peak"),
        (date(2028, 2, 28), "Peak"),
        (date(2028, 2, 29), "Full"),
        (date(2027, 3, 1), "Full"),
    ],
)
def test_a_season_may_run_over_new_year_and_end_on_a_leap_day(day: date, band: str):
    winter = Window("Peak", 0, 1440, season=Season((11, 1), (2, 29)))
    slots = slots_of(LISBON, day, day + timedelta(days=1))
    track = prices(slots, always(version(energy(tri_hourly((winter,))))), {})
    assert set(track.band) == {band}


def test_vat_comes_on_top_of_each_part_and_parts_add_up():
    slots = slots_of(LISBON, date(2026, 6, 16), date(2026, 6, 17))
    tariff = version(
        energy(Flat(15 * CENT), vat_ppm=230_000),
        energy(Flat(4 * CENT), "Grid", "grid", 60_000),
        energy(Flat(100_000), "Electricity tax", "tax"),
    )
    track = prices(slots, always(tariff), {})
    assert [(p.label, p.kind, p.net[0], p.vat[0]) for p in track.parts] == [
        ("Energy", "energy", 15 * CENT, 3.45 * CENT),
        ("Grid", "grid", 4 * CENT, 0.24 * CENT),
        ("Electricity tax", "tax", 100_000, 0),
    ]
    assert track.gross[0] == pytest.approx(22.79 * CENT)


def test_before_the_first_contract_nothing_has_a_price():
    slots = slots_of(LISBON, date(2026, 3, 28), date(2026, 3, 30))
    tariff = version(energy(Flat(CENT)), valid_from=date(2026, 3, 29), version_id=7)
    track = prices(slots, always(tariff), {})
    assert np.isnan(track.gross[:96]).all()
    assert (track.gross[96:] == CENT).all()
    assert track.version_ids.tolist() == [0] * 96 + [7] * 92
    assert np.isnan(prices(slots, [], {}).gross).all()


def test_versions_and_contracts_follow_each_other_at_local_midnight():
    one = version(energy(Flat(10)), valid_from=date(2026, 1, 1), version_id=1)
    two = version(energy(Flat(20)), valid_from=date(2026, 6, 1), version_id=2)
    other = version(energy(Flat(30), "Market"), valid_from=date(2025, 1, 1), version_id=3)
    held = in_force([(date(2026, 1, 10), [one, two]), (date(2026, 9, 1), [other])])
    assert [(h.first, h.until, h.version.version_id) for h in held] == [
        (date(2026, 1, 10), date(2026, 6, 1), 1),
        (date(2026, 6, 1), date(2026, 9, 1), 2),
        (date(2026, 9, 1), None, 3),
    ]
    slots = slots_of(LISBON, date(2026, 8, 31), date(2026, 9, 2))
    track = prices(slots, held, {})
    assert track.gross.tolist() == [20] * 96 + [30] * 96
    assert [part.label for part in track.parts] == ["Energy", "Market"]


# Dynamic prices


DYNAMIC = Dynamic(1, 1_100_000, 2 * CENT, Fallback("same_hour_last_week", 99 * CENT))


def hourly(first: datetime, count: int, price: float = 0.1) -> list[tuple[int, int, float]]:
    begin = round(first.timestamp() * 1000)
    return [
        (begin + at * HOUR_MS, begin + (at + 1) * HOUR_MS, price + at / 1000) for at in range(count)
    ]


def test_a_dynamic_price_is_the_feed_times_factor_plus_adder():
    slots = slots_of(LISBON, date(2026, 1, 14), date(2026, 1, 15))
    track = prices(
        slots, always(version(energy(DYNAMIC))), {1: hourly(datetime(2026, 1, 14, tzinfo=UTC), 24)}
    )
    assert track.gross[:8] == pytest.approx([13 * CENT] * 4 + [13.11 * CENT] * 4)
    assert not track.estimated.any()
    assert set(track.band) == {""}


def test_a_missing_price_is_last_weeks_at_the_same_clock_and_says_estimated():
    # The clocks go forward on 29 March: 12:00 is 12:00 UTC a week before and 11:00 UTC then.
    slots = slots_of(LISBON, date(2026, 3, 30), date(2026, 3, 31))
    feeds = {1: hourly(datetime(2026, 3, 23, tzinfo=UTC), 24)}
    track = prices(slots, always(version(energy(DYNAMIC))), feeds)
    assert track.estimated.all()
    assert track.gross[48] == pytest.approx((10 + 1.2) * 1.1 * CENT + 2 * CENT)


def test_an_hour_last_week_did_not_have_takes_the_stated_price():
    slots = slots_of(LISBON, date(2026, 4, 5), date(2026, 4, 6))
    feeds = {1: hourly(datetime(2026, 3, 29, tzinfo=UTC), 24)}
    track = prices(slots, always(version(energy(DYNAMIC))), feeds)
    assert (track.gross[4:8] == 99 * CENT).all()  # 01:00 was skipped on 29 March
    assert (track.gross[8:12] != 99 * CENT).all()


def test_without_any_price_the_stated_one_holds():
    fixed = Dynamic(1, 1_100_000, 2 * CENT, Fallback("fixed", 25 * CENT))
    slots = slots_of(LISBON, date(2026, 1, 14), date(2026, 1, 15))
    for pricing, expected in ((fixed, 25 * CENT), (DYNAMIC, 99 * CENT)):
        track = prices(slots, always(version(energy(pricing))), {})
        assert (track.gross == expected).all()
        assert track.estimated.all()


def test_finer_values_are_weighed_by_time_and_a_part_of_a_quarter_hour_is_not_enough():
    minute = 60_000
    values = [
        (0, 5 * minute, 1.0),
        (5 * minute, 15 * minute, 4.0),
        (15 * minute, 25 * minute, 9.0),
        (30 * minute, 90 * minute, 2.0),
        (60 * minute, 75 * minute, 7.0),
    ]
    laid = spread(values, 0, 90 * minute).tolist()
    assert laid[0] == 3.0
    assert np.isnan(laid[1])
    assert laid[2:5] == [2.0, 2.0, 7.0]
    assert np.isnan(laid[5])  # the one that begins later counts, and it has ended


# Fixed charges and peaks


def test_a_months_charge_is_spread_over_its_days_and_a_days_charge_is_whole():
    tariff = version(
        FixedPart("Meter", "grid", "month", 310_000, 230_000),
        FixedPart("Contracted power", "grid", "day", 50_000),
        valid_from=date(2026, 1, 30),
    )
    made = charges(date(2026, 1, 29), date(2026, 2, 2), always(tariff))
    assert [(c.day.day, c.label, c.net_mc, c.vat_mc) for c in made[:4]] == [
        (30, "Meter", 10_000, 2_300),
        (30, "Contracted power", 50_000, 0),
        (31, "Meter", 10_000, 2_300),
        (31, "Contracted power", 50_000, 0),
    ]
    february = [c for c in made if c.day.month == 2 and c.label == "Meter"]
    assert february[0].net_mc == pytest.approx(310_000 / 28)


def test_fixed_charges_stop_where_the_next_version_begins():
    one = version(FixedPart("Meter", "grid", "day", 10), valid_from=date(2026, 1, 1))
    two = version(FixedPart("Meter", "grid", "day", 20), valid_from=date(2026, 1, 3))
    made = charges(date(2026, 1, 1), date(2026, 1, 5), in_force([(date(2026, 1, 1), [one, two])]))
    assert [c.net_mc for c in made] == [10, 10, 20, 20]


def test_a_peak_counts_within_its_windows_only_and_at_any_time_without_them():
    day = Window("", 8 * 60, 22 * 60, WORKDAY)
    tariff = version(
        PeakPart("Demand", "grid", 500_000, (day,), 230_000), PeakPart("Any", "grid", 100)
    )
    slots = slots_of(LISBON, date(2026, 10, 23), date(2026, 10, 26))  # Friday to the long Sunday
    demand, anytime = peak_parts(slots, always(tariff))
    assert np.flatnonzero(demand.counts).tolist() == list(range(32, 88))
    assert (demand.net[0], demand.vat[0]) == (500_000, 115_000)
    assert anytime.counts.all()
    assert len(anytime.counts) == 96 + 96 + 100


def test_a_peak_part_asks_the_price_of_the_version_that_holds():
    one = version(PeakPart("Demand", "grid", 100), valid_from=date(2026, 1, 1))
    two = version(PeakPart("Demand", "grid", 300), valid_from=date(2026, 1, 15))
    held = in_force([(date(2026, 1, 2), [one, two])])
    slots = slots_of(LISBON, date(2026, 1, 1), date(2026, 1, 16))
    (track,) = peak_parts(slots, held)
    assert track.net[[0, 96, 96 * 14]].tolist() == [0, 100, 300]
    assert track.counts[[0, 96, 96 * 14]].tolist() == [False, True, True]


# The oracle, and what always holds


@pytest.mark.parametrize("zone", [LISBON, LONDON, LOS_ANGELES])
def test_every_minute_of_both_clock_changes_and_new_year_costs_what_the_oracle_says(
    zone: ZoneInfo,
):
    winter = Season((11, 1), (3, 10))
    pricing = tri_hourly(
        (
            Window("Off-peak", 1 * 60, 2 * 60 + 15, frozenset({"sunday"})),
            Window("Peak", 18 * 60, 1 * 60 + 30, WORKDAY, winter),
            Window("Off-peak", 0, 1440, frozenset({"holiday"})),
            Window("Peak", 9 * 60, 12 * 60, WORKDAY),
        )
    )
    days = [day for z, day, _ in CHANGES if z == zone] + [date(2026, 1, 1), date(2026, 12, 25)]
    for day in days:
        slots = slots_of(zone, day - timedelta(days=2), day + timedelta(days=3))
        assert_as_the_oracle(zone, slots, energy(pricing), {})


def assert_as_the_oracle(zone: ZoneInfo, slots: LocalSlots, part: EnergyPart, feeds) -> None:
    track = prices(slots, always(version(part)), feeds)
    oracle = oracle_of(zone, feeds)
    for at, gross, estimated in zip(moments(slots), track.gross, track.estimated, strict=True):
        for minute in range(15):
            wanted, stands_in = oracle.price(part, at + timedelta(minutes=minute))
            assert (gross, estimated) == (pytest.approx(wanted, rel=1e-12), stands_in), at


QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)
MONTH_DAYS = st.sampled_from([*product(range(1, 13), (1, 15, 28)), (2, 29), (12, 31)])
WINDOWS = st.builds(
    Window,
    band=st.sampled_from(["Peak", "Full", "Off-peak"]),
    from_minute=QUARTERS,
    to_minute=st.one_of(QUARTERS, st.just(1440)),
    day_types=st.frozensets(st.sampled_from(DAY_TYPES), min_size=1),
    season=st.none() | st.builds(Season, MONTH_DAYS, MONTH_DAYS),
)


@given(
    windows=st.lists(WINDOWS, max_size=5),
    at=st.sampled_from(CHANGES),
    shift=st.integers(-2, 2),
    from_quarter=st.integers(0, 90),
)
def test_any_rules_on_any_day_cost_what_the_oracle_says(
    windows: list[Window], at: tuple[ZoneInfo, date, int], shift: int, from_quarter: int
):
    zone, day, _ = at
    slots = slots_of(zone, day + timedelta(days=shift), day + timedelta(days=shift + 1))
    slots = slots.cut(slice(from_quarter, len(slots)))
    pricing = TimeOfUse(tri_hourly().bands, tuple(windows), "Full")
    assert_as_the_oracle(zone, slots, energy(pricing), {})


@given(
    present=st.lists(st.booleans(), min_size=24 * 9, max_size=24 * 9),
    width_minutes=st.sampled_from([15, 30, 60]),
    kind=st.sampled_from(["same_hour_last_week", "fixed"]),
    at=st.sampled_from(CHANGES),
)
def test_any_gaps_of_a_feed_are_bridged_as_the_oracle_says(
    present: list[bool], width_minutes: int, kind, at: tuple[ZoneInfo, date, int]
):
    zone, day, _ = at
    slots = slots_of(zone, day, day + timedelta(days=1))
    begin = slots.start_ms - 8 * 24 * HOUR_MS
    values = [
        (begin + hour * HOUR_MS, begin + hour * HOUR_MS + width_minutes * 60_000, hour / 7)
        for hour, known in enumerate(present)
        if known
    ]
    pricing = Dynamic(1, 1_050_000, -CENT, Fallback(kind, 33 * CENT))
    part = energy(pricing)
    track = prices(slots, always(version(part)), {1: values})
    oracle = oracle_of(zone, {1: values})
    for moment, gross, estimated in zip(moments(slots), track.gross, track.estimated, strict=True):
        assert (gross, estimated) == (pytest.approx(oracle.price(part, moment)[0]), estimated)
        assert estimated == oracle.price(part, moment)[1]


@given(
    cut=st.integers(1, 35_039),
    windows=st.lists(WINDOWS, max_size=4),
)
def test_a_year_in_two_parts_is_the_year_in_one(cut: int, windows: Sequence[Window]):
    pricing = TimeOfUse(
        (Band("Peak", 3), Band("Full", 2), Band("Off-peak", 1)), tuple(windows), "Full"
    )
    held = always(version(energy(pricing), valid_from=date(2026, 3, 29)))
    whole = slots_of(LISBON, date(2026, 1, 1), date(2027, 1, 1))
    middle = whole.start_ms + cut * 900_000
    ends = whole.start_ms + len(whole) * 900_000
    halves = [
        prices(local_slots(Period.of_ms(*edges), LISBON, calendar_of(LISBON)), held, {})
        for edges in ((whole.start_ms, middle), (middle, ends))
    ]
    joined = np.concatenate([half.gross for half in halves])
    assert np.array_equal(joined, prices(whole, held, {}).gross, equal_nan=True)


def test_a_period_off_the_quarter_hour_is_refused():
    begin = datetime(2026, 6, 16, 0, 7, tzinfo=UTC)
    with pytest.raises(ValueError, match="quarter hours"):
        local_slots(Period(begin, begin + timedelta(hours=1)), LISBON, _no_days)


def _no_days(first: date, until: date) -> list[Day]:
    raise AssertionError("not asked")
