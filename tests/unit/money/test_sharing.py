import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money.accounts import Floats, Rates, SiteEnergy, cost_slots
from domain.money.meters import Meters
from domain.money.sharing import Share, carry, grouped, shares_of
from tests.unit.money.energies import NAN, days, rates, site

near = pytest.approx


def rows(kwh: Floats) -> Meters:
    return Meters.of([f"M{n}" for n in range(len(kwh))], kwh)


@given(days(), st.floats(0, 1), st.floats(0, 2))
def test_parts_rest_batteries_and_what_passed_sum_to_what_was_bought(
    day: tuple[SiteEnergy, Rates], first: float, second: float
):
    energy, with_rates = day
    slots = cost_slots(energy, with_rates)
    seen = np.nan_to_num(energy.consumption, nan=1.0)
    heard = np.isfinite(energy.imported)
    parts = np.array([np.where(heard, seen * first, 0.0), np.where(heard, seen * second, NAN)])
    found = shares_of(energy, slots, rows(parts))
    carried = [part.mc or 0.0 for part in (*found.parts, found.rest)]
    assert sum(carried) == near(found.whole.mc or 0.0, abs=1e-2)
    told = (found.whole.mc or 0.0) + (found.battery_mc or 0.0) + (found.passed_mc or 0.0)
    assert told == near(np.nansum(slots.bought_mc), abs=1e-2)


@given(days())
def test_kwh_and_co2_of_the_parts_sum_to_the_whole(day: tuple[SiteEnergy, Rates]):
    energy, with_rates = day
    found = shares_of(energy, cost_slots(energy, with_rates), rows(np.full((1, len(energy)), 0.25)))
    for name in ("kwh", "co2_g"):
        parts = [getattr(part, name) or 0.0 for part in (found.parts[0], found.rest)]
        assert sum(parts) == near(getattr(found.whole, name) or 0.0, abs=1e-6)


def test_a_room_pays_its_part_of_the_mix_and_the_sun_is_free():
    energy = site([4.0], [3.0])
    slots = cost_slots(energy, rates([0.4]))
    room = carry(rows(np.array([[2.0]])), slots)[0]
    assert (room.mc, room.co2_g, room.at_grid_kwh) == (near(20_000), near(100.0), 0.0)


def test_what_the_batteries_take_from_the_grid_is_no_rooms():
    energy = site([4.0], None, [2.0])
    found = shares_of(energy, cost_slots(energy, rates([0.1])), rows(np.array([[4.0]])))
    assert found.parts[0].mc == near(40_000)
    assert found.battery_mc == near(20_000)


def test_without_the_balance_a_kwh_costs_what_the_grids_does_and_it_is_told():
    energy = site([4.0])
    energy.consumption[0] = NAN
    room = carry(rows(np.array([[2.0]])), cost_slots(energy, rates([0.1])))[0]
    assert (room.mc, room.at_grid_kwh) == (near(20_000), 2.0)


def test_a_silent_submeter_is_in_the_rest():
    energy = site([4.0, 4.0])
    found = shares_of(energy, cost_slots(energy, rates([0.1, 0.1])), rows(np.array([[1.0, NAN]])))
    assert (found.parts[0].kwh, found.rest.kwh) == (1.0, 7.0)


def test_parts_with_one_key_become_one_and_unknown_is_not_nothing():
    shares = [Share(1.0, 5.0, 2.0, 0.0), Share(None, None, None, 0.0), Share(2.0, None, 3.0, 2.0)]
    found = grouped(["office", "lab", "office"], shares)
    assert found["office"] == Share(3.0, 5.0, 5.0, 2.0)
    assert found["lab"] == Share(None, None, None, 0.0)
