"""The Analytics page in Chromium, over the running demo: pick, group, export, pass it on."""

import re
from collections.abc import Callable

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

ANSWER = "#analytics-answer"
HEAT = "#analytics-shapes .heatmaplayer image"
FETCH = """
const done = arguments[arguments.length - 1];
fetch(arguments[0]).then(r => r.text().then(text => done([r.status, text])));
"""


def settled(read: Callable[[], object]) -> Callable[[], object]:
    """The same, but falsy while the page is being drawn anew."""

    def tried() -> object:
        try:
            return read()
        except (WebDriverException, IndexError):
            return None

    return tried


def opened(browser: Browser, address: str = "/analytics?period=day&date=2026-06-15") -> Browser:
    browser.sign_in("viewer", address)

    def drawn() -> bool:
        """Also on a demo whose first days are only just being stored."""
        try:
            browser.find(HEAT, 8)
        except AssertionError:
            browser.open(address)
            return False
        return True

    wait_until(drawn, 90)
    return browser


def choose(browser: Browser, css: str, value: str) -> None:
    Select(browser.find(css)).select_by_value(value)


def files(browser: Browser, css: str) -> list[str]:
    found = browser.driver.find_elements(By.CSS_SELECTOR, f"{css} a[download]")
    return [str(link.get_attribute("href")) for link in found]


def test_pick_group_and_export(browser: Browser) -> None:
    opened(browser)
    browser.wait_text("#analytics-energy", "Measured")
    choose(browser, "#analytics-group", "sensor_type")
    browser.wait_text(ANSWER, "Weather station")
    choose(browser, "#analytics-aggregate", "max")
    wait_until(lambda: "aggregate=max" in browser.driver.current_url)
    wait_until(settled(lambda: "aggregate=max" in files(browser, ANSWER)[0]))
    shown = re.findall(r"[\d.]+ °C", browser.text(ANSWER))
    status, text = browser.driver.execute_async_script(FETCH, files(browser, ANSWER)[0])
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert status == 200
    assert {row[2] for row in rows} == {"multi", "weather"}
    assert sorted(f"{float(row[4]):.1f} °C" for row in rows) == sorted(shown)
    assert browser.errors() == []


def test_one_picker_moves_every_view_and_the_link_shows_others_the_same(browser: Browser) -> None:
    opened(browser)
    browser.click("#analytics-of .form-check:nth-child(2) label")
    wait_until(lambda: "of=generation" in browser.driver.current_url)
    browser.wait_text("#analytics-shapes", "Generation")
    before = browser.text("#analytics-energy")
    browser.click(".wb-period [aria-label=Back]")
    wait_until(lambda: "date=2026-06-14" in browser.driver.current_url)
    wait_until(settled(lambda: browser.text("#analytics-energy") != before))
    choose(browser, "#analytics-group", "hour_of_day")
    wait_until(lambda: "group=hour_of_day" in browser.driver.current_url)
    wait_until(lambda: browser.all(f"{ANSWER} .scatterlayer path"))
    totals = browser.text("#analytics-energy .wb-grid-tiles")
    browser.open(browser.driver.current_url.removeprefix(browser.address))
    browser.find(f"{ANSWER} .scatterlayer path", 40)
    assert browser.text("#analytics-energy .wb-grid-tiles") == totals
    assert "Generation" in browser.text("#analytics-shapes")
    assert all("first=2026-06-14" in href for href in files(browser, "#analytics-energy"))
    assert browser.errors() == []


def test_the_heat_map_follows_the_theme_without_asking_again(browser: Browser) -> None:
    opened(browser)
    picture = "return document.querySelector(arguments[0]).getAttribute('href') || " \
        "document.querySelector(arguments[0]).getAttribute('xlink:href')"  # fmt: skip
    first = browser.driver.execute_script(picture, HEAT)
    browser.requests()
    theme = browser.driver.execute_script("return document.documentElement.dataset.bsTheme")
    other = "light" if theme == "dark" else "dark"
    browser.driver.execute_script(
        "document.documentElement.dataset.bsTheme = arguments[0];"
        "document.dispatchEvent(new Event('wb:theme'))",
        other,
    )
    wait_until(settled(lambda: browser.driver.execute_script(picture, HEAT) != first))
    assert [url for url in browser.requests() if "_dash-update" in url] == []


def test_on_a_phone_nothing_is_wider_than_the_page(browser: Browser) -> None:
    browser.resize(390, 844, phone=True)
    opened(browser)
    wide = "return document.documentElement.scrollWidth - window.innerWidth"
    assert browser.driver.execute_script(wide) <= 1
