"""Today's money beside yesterday's, and the price of this moment."""

from datetime import time, timedelta

import pytest

from domain.foundation.clock import FixedClock, to_ms
from domain.foundation.intervals import local_midnight
from domain.house import House
from domain.money.tariff import Flat, Terms
from pages import _overview_money
from tests.integration.money.metered import BUYING, MANAGER, MONDAY, SELLING, TUESDAY, Metered
from tests.unit.money.places import CENT, energy, tri_hourly

near = pytest.approx


@pytest.fixture
def metered(house: House, clock: FixedClock) -> Metered:
    """Tuesday, 10:00: as much sun as yesterday, twice the import."""
    found = Metered(house, clock)
    found.to(TUESDAY, time(10))
    found.measure([2.0] * 24, [1.0] * 24)
    found.measure([4.0] * 10, [1.0] * 10, day=TUESDAY)
    return found


def test_today_stands_beside_yesterday_up_to_the_same_minute(metered: Metered):
    metered.tariff()
    today = metered.house.money.today.so_far()
    assert today.totals.net_mc == near(40 * 22_000 + 50_000 * 10 / 24)
    assert today.yesterday.net_mc == near(20 * 22_000 + 50_000 * 10 / 24)
    assert (today.cost_change, today.co2_change) == ("95 % more", "100 % more")
    assert today.saved_mc == near(10 * 22_000)


def test_the_price_now_has_its_band_and_its_end(metered: Metered):
    metered.tariff(Terms((energy(tri_hourly(), vat_ppm=100_000),)))
    metered.tariff(SELLING, "export")
    price = metered.house.money.today.price_now()
    assert price is not None
    assert (price.price, price.selling, price.band) == (near(0.33), near(0.05), "Peak")
    ends = local_midnight(TUESDAY, metered.house.zone) + timedelta(hours=10, minutes=30)
    assert price.until_ms == to_ms(ends)
    assert price.words(metered.house.zone) == "Peak until 10:30"


def test_one_price_is_the_same_all_day(metered: Metered):
    metered.tariff(Terms((energy(Flat(20 * CENT)),)))
    price = metered.house.money.today.price_now()
    assert price is not None
    assert price.words(metered.house.zone) == "the same all day"


def test_the_frame_says_which_figures_are_estimates(metered: Metered):
    metered.tariff()
    frame = metered.house.money.today.frame()
    assert frame["cost"] == near(40 * 0.22 + 0.5 * 10 / 24, abs=1e-5)
    assert frame["co2_kg"] == near(40 * 0.15)
    assert frame["estimates"] == ["co2_kg"]
    metered.house.money.carbon.set(MANAGER, MONDAY, 200.0)
    assert metered.house.money.today.so_far().totals.co2_assumed is False


def test_without_a_contract_the_tiles_say_what_is_missing(metered: Metered):
    today = metered.house.money.today
    assert today.price_now() is None
    tiles = str(_overview_money.tiles(today.so_far(), None, "fresh", "€", metered.house.zone))
    assert "no contract prices it" in tiles
    assert "no contract in use" in tiles


def test_the_tiles_tell_cost_savings_co2_and_price(metered: Metered):
    metered.tariff(BUYING)
    today = metered.house.money.today
    tiles = str(
        _overview_money.tiles(today.so_far(), today.price_now(), "fresh", "€", metered.house.zone)
    )
    for words in ("Cost today", "'9.01'", "95 % more", "'2.20'", "'6.0'", "'0.220'"):
        assert words in tiles
