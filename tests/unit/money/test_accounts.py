from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.building.allocation import allocate
from domain.money.accounts import (
    NO_CHARGES,
    Fixed,
    Rates,
    SiteEnergy,
    cost_slots,
    fixed_of,
    from_grid,
    peak_rises,
    totals,
)
from domain.money.prices import CarbonTrack
from tests.unit.money.energies import NAN, charge, days, no_contract, peak, rates, site, track

near = pytest.approx


def sums(energy: SiteEnergy, with_rates: Rates, fixed: Fixed = NO_CHARGES):
    return totals(energy, cost_slots(energy, with_rates), with_rates, fixed)


def test_a_kwh_at_a_euro_costs_a_hundred_thousand_milli_cents():
    assert sums(site([1.0]), rates([1.0])).net_mc == 100_000


@given(days())
def test_bare_less_every_saving_is_what_was_paid(day: tuple[SiteEnergy, Rates]):
    found = sums(*day)
    if found.bare_mc is None:
        assert found.compared_mc is None
        return
    saved = found.solar_used_mc + found.solar_sold_mc + found.battery_saved_mc
    assert found.bare_mc - saved == near(found.compared_mc, abs=1e-3)


@given(days())
def test_the_kinds_of_a_bill_sum_to_what_was_bought(day: tuple[SiteEnergy, Rates]):
    found = sums(*day)
    kinds = [mc for mc in found.by_kind.values() if mc is not None]
    assert sum(kinds) == near(found.bought_mc or 0.0, abs=1e-3)


@given(days(), st.integers(2, 9))
def test_twice_the_energy_costs_twice_as_much(day: tuple[SiteEnergy, Rates], times: int):
    energy, with_rates = day
    sides = ("imported", "exported", "consumption", "generation", "charging", "discharging")
    scaled = SiteEnergy(
        energy.start_ms, *(getattr(energy, s) * times for s in sides), energy.estimated
    )
    one, many = sums(energy, with_rates), sums(scaled, with_rates)
    for name in ("bought_mc", "sold_mc", "bare_mc", "battery_saved_mc", "co2_g"):
        expected = getattr(one, name)
        assert getattr(many, name) == (None if expected is None else near(expected * times, abs=1))


@given(days(), st.integers(0, 12))
def test_a_span_is_the_sum_of_its_parts(day: tuple[SiteEnergy, Rates], at: int):
    energy, with_rates = day
    slots = cost_slots(energy, with_rates)
    for name in ("bought_mc", "sold_mc", "bare_mc", "solar_mc", "co2_g"):
        whole = np.nansum(getattr(slots, name))
        parts = [np.nansum(getattr(slots, name)[cut]) for cut in (slice(at), slice(at, None))]
        assert sum(parts) == near(whole, abs=1e-3)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=8), st.floats(0.01, 1))
def test_without_sun_and_battery_all_costs_are_the_same(used: list[float], eur: float):
    found = sums(site(used), rates([eur] * len(used)))
    assert found.bare_mc == found.compared_mc == near(found.net_mc)
    assert (found.solar_used_mc, found.solar_sold_mc, found.battery_saved_mc) == (0, 0, 0)


@given(days())
def test_the_grids_energy_goes_where_the_house_says(day: tuple[SiteEnergy, Rates]):
    energy, _ = day
    to_building, to_battery = from_grid(energy)
    for at in np.flatnonzero(energy.balanced):
        flows = allocate(
            generation=energy.generation[at],
            discharging=energy.discharging[at],
            imported=energy.imported[at],
            consumption=energy.consumption[at],
            charging=energy.charging[at],
            exported=energy.exported[at],
        )
        assert to_building[at] == near(flows.grid_building, abs=1e-9)
        assert to_battery[at] == near(flows.grid_battery, abs=1e-9)


def test_the_sun_is_worth_what_it_replaced_and_what_it_was_sold_for():
    found = sums(site([4.0, 1.0], [1.0, 3.0]), rates([0.3, 0.2], [0.05, 0.05]))
    assert found.solar_used_mc == near(100_000 * (1 * 0.3 + 1 * 0.2))
    assert found.solar_sold_mc == near(100_000 * 2 * 0.05)
    assert found.battery_saved_mc == near(0.0)


def test_a_battery_earns_the_difference_of_two_prices_less_what_it_loses():
    found = sums(site([1.0, 3.0], None, [2.0, -1.8]), rates([0.1, 0.4]))
    assert found.battery_saved_mc == near(100_000 * (1.8 * 0.4 - 2.0 * 0.1))
    assert found.battery_mc == near(100_000 * 2.0 * 0.1)


def test_silent_solar_leaves_the_bill_known_and_what_it_saved_unknown():
    energy = site([4.0])
    energy.generation[0] = energy.consumption[0] = NAN
    found = sums(energy, rates([0.25]))
    assert found.net_mc == 100_000
    assert (found.bare_mc, found.solar_saved_mc, found.battery_saved_mc) == (None, None, None)


def test_energy_without_a_contract_has_no_cost_and_is_told():
    with_rates = rates([0.2, 0.2])
    with_rates.buying.parts[0].net[1] = NAN
    found = sums(site([1.0, 3.0]), with_rates)
    assert (found.net_mc, found.unpriced_kwh, found.coverage) == (near(20_000), 3.0, 0.5)


def test_without_any_contract_nothing_is_said_of_cost():
    bare = Rates(no_contract(1), no_contract(1), rates([0.0]).carbon)
    found = sums(site([2.0]), bare)
    assert (found.net_mc, found.bought_mc, found.co2_g) == (None, None, 400.0)


def test_taxes_grid_and_vat_are_told_apart():
    buying = track(("Energy", "energy", [0.1], 0.2), ("Grid", "grid", [0.05], 0.2))
    found = sums(site([10.0]), Rates(buying, no_contract(1), rates([0.0]).carbon))
    assert found.by_kind == {
        "energy": near(100_000),
        "grid": near(50_000),
        "tax": 0.0,
        "fixed": 0.0,
        "peak": 0.0,
        "vat": near(30_000),
    }


def test_co2_follows_the_import_and_is_compared_with_the_bare_building():
    energy = site([4.0, 4.0], [1.0, 0.0])
    carbon = CarbonTrack(0, np.array([100.0, 300.0]), np.array([False, True]))
    found = sums(energy, Rates(rates([0.1, 0.1]).buying, no_contract(2), carbon))
    assert (found.co2_g, found.bare_co2_g, found.co2_saved_g) == (1500.0, 1600.0, 100.0)
    assert found.co2_assumed


def test_a_peak_is_paid_as_it_rises_and_anew_each_month():
    imported = np.array([1.0, 3.0, 2.0, 4.0, 1.0, 2.0])
    rises = peak_rises(imported, [0, 4], peak([10.0] * 6, [True] * 6))
    assert rises.tolist() == [4.0, 8.0, 0.0, 4.0, 4.0, 4.0]


def test_a_peak_outside_its_hours_costs_nothing():
    rises = peak_rises(np.array([9.0, 1.0, NAN]), [0], peak([10.0] * 3, [False, True, True]))
    assert rises.tolist() == [0.0, 4.0, 0.0]


def test_fixed_charges_count_by_the_share_of_their_day():
    day = date(2026, 6, 1)
    fixed = fixed_of(
        [(charge(day, 1000.0, 200.0), 0.25)], [(peak([10.0], [True]), np.array([3.0]))]
    )
    assert fixed == Fixed(250.0, 30.0, 50.0)
    found = sums(site([1.0]), rates([0.1]), fixed)
    assert found.net_mc == near(10_000 + 250 + 30 + 50)
