"""The start page in Chromium, over the running demo."""

import re

import pytest
from selenium.webdriver.common.by import By

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

CONSUMPTION = "[data-node=building] .wb-num"
OVERVIEW = ".wb-needs-card"


def opened(browser: Browser, role: str = "manager") -> Browser:
    browser.sign_in(role, "/")
    browser.find(OVERVIEW)
    browser.find(".js-plotly-plot .scatterlayer path")
    return browser


def wide(browser: Browser) -> bool:
    script = "return document.documentElement.scrollWidth > window.innerWidth + 1"
    return bool(browser.driver.execute_script(script))


@pytest.mark.both_databases
def test_in_equals_out_and_the_uses_sum_to_the_consumption(browser: Browser) -> None:
    opened(browser)
    script = """
      const tenths = text => Math.round(parseFloat(text.replace(/[^0-9.]/g, '')) * 10);
      const balance = document.querySelector('[data-flow-balance]').textContent.split('=');
      const building = document.querySelector('[data-node=building] .wb-num').textContent;
      const uses = [...document.querySelectorAll('[data-node=building] .wb-use-kw')];
      return [tenths(balance[0]), tenths(balance[1]), tenths(building),
        uses.map(e => tenths(e.textContent)).reduce((a, b) => a + b, 0)];
    """

    def adds_up() -> bool:
        given, taken, consumed, parts = browser.driver.execute_script(script)
        return bool(given == taken > 0 and consumed == parts > 0)

    wait_until(adds_up)


def test_cost_and_price_stand_beside_the_energy(browser: Browser) -> None:
    opened(browser)
    browser.wait_text('[data-live="energy/money/price"]', "€/kWh")
    browser.wait_text('[data-live="energy/money/cost"]', "€")
    words = browser.text('[data-live-word="energy/money/price_words"]')
    assert re.search(r"until \d\d:\d\d|all day", words)


def test_values_move_by_push_and_the_page_asks_for_nothing(browser: Browser) -> None:
    opened(browser)
    seen: set[str] = set()
    browser.requests()

    def moved() -> bool:
        seen.add(browser.text(CONSUMPTION))
        return len(seen) >= 3

    wait_until(moved, 60)
    assert [url for url in browser.requests() if "_dash-update-component" in url] == []


def test_the_last_point_of_the_curve_moves(browser: Browser) -> None:
    opened(browser)
    script = """
      const plot = document.querySelector('.js-plotly-plot');
      const line = plot.data.find(t => t.meta && t.meta.live === 'energy/consumption_kw');
      return JSON.stringify([line.x.length, line.y.slice(-1)]);
    """
    before = browser.driver.execute_script(script)
    wait_until(lambda: browser.driver.execute_script(script) != before, 60)


def test_every_button_of_what_needs_me_leads_to_its_page(browser: Browser) -> None:
    opened(browser)
    links = [a.get_attribute("href") for a in browser.all(".wb-needs a")]
    for link in links:
        assert link is not None
        browser.driver.get(link)
        browser.find(".wb-page")
        assert "not found" not in browser.text("main").lower()
    assert browser.errors() == []


def test_tiles_of_energy_and_money_have_a_comparison_or_its_reason(browser: Browser) -> None:
    opened(browser)
    tiles = browser.all(".wb-tile")
    assert len(tiles) == 6 + 4
    for tile in tiles:
        assert tile.find_element(By.CSS_SELECTOR, ".wb-tile-note").text


@pytest.mark.both_databases
def test_rooms_can_be_seen_as_of_now_and_as_energy_of_today(browser: Browser) -> None:
    opened(browser)
    browser.wait_text("#overview-rooms-total", "kW in all")
    browser.click(
        "#overview-rooms-span label[for*=today], #overview-rooms-span div:last-child label"
    )
    browser.wait_text("#overview-rooms-total", "kWh in all")


@pytest.mark.parametrize("role", ["admin", "manager", "operator", "viewer"])
def test_every_role_sees_the_overview(browser: Browser, role: str) -> None:
    opened(browser, role)
    assert browser.errors() == []


def test_a_phone_gets_the_hero_and_the_bars_and_no_sideways_scroll(browser: Browser) -> None:
    browser.resize(390, 844, phone=True)
    opened(browser)
    wait_until(lambda: not wide(browser))
    assert browser.find(".wb-flow-bars").is_displayed()
    assert not browser.find(".wb-flow-picture").is_displayed()


@pytest.mark.parametrize("width", [576, 768, 992, 1200, 1440, 1920])
def test_no_width_scrolls_sideways(browser: Browser, width: int) -> None:
    browser.resize(width, 900)
    opened(browser)
    wait_until(lambda: not wide(browser))


def test_the_theme_changes_without_reloading_the_curve(browser: Browser) -> None:
    opened(browser)
    browser.requests()
    browser.driver.execute_script("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    script = "return document.querySelector('.js-plotly-plot').layout.xaxis.tickfont.color"
    assert re.match(r"#|rgb", str(browser.driver.execute_script(script)))
    assert [url for url in browser.requests() if "_dash-update" in url] == []
