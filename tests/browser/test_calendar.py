"""The calendar by mouse: another country, a closure on a clicked day, and away with it."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

CHRISTMAS_EVE = "#calendar-year td[data-value='20261224']"


def kind(browser: Browser, day: str) -> str:
    script = f"return document.querySelector(\"#calendar-year td[data-value='{day}']\")?.className"
    return str(browser.driver.execute_script(script))


def test_country_region_and_a_closure_change_the_year(browser: Browser) -> None:
    browser.sign_in("manager", "/calendar")
    browser.wait_text("#calendar-assumed", "Assumed from the time zone Europe/Lisbon")
    assert "wb-year-holiday" in kind(browser, "20260610")

    Select(browser.find("#calendar-country")).select_by_visible_text("Germany")
    wait_until(lambda: len(Select(browser.find("#calendar-region")).options) > 10)
    Select(browser.find("#calendar-region")).select_by_visible_text("Bayern")
    browser.click("#calendar-place-save")
    wait_until(lambda: "wb-year-workday" in kind(browser, "20260610"))
    browser.wait_text("#calendar-facts", "Bayern, Germany")
    assert browser.text("#calendar-assumed") == ""

    browser.click(CHRISTMAS_EVE)
    browser.find("#calendar-exception-label").send_keys("Winter break")
    browser.find("#calendar-exception-label").send_keys(Keys.TAB)
    browser.click(".wb-dialog-foot .btn-primary")
    wait_until(lambda: "wb-year-closure" in kind(browser, "20261224"))
    assert browser.text(f"{CHRISTMAS_EVE} small") == "C"
    browser.wait_text("#calendar-exceptions", "Thu 24 Dec 2026")

    browser.click("#calendar-exceptions [data-act='delete']")
    browser.click(".modal.show .btn-danger")
    browser.wait_text("#calendar-exceptions", "No exception yet")
    assert "wb-year-workday" in kind(browser, "20261224")

    Select(browser.find("#calendar-country")).select_by_visible_text("Portugal")
    browser.click("#calendar-place-save")
    browser.wait_text("#calendar-facts", "Portugal")
    browser.click("a[title='Year 2027']")
    browser.wait_text(".wb-year-move", "2027")
    wait_until(lambda: "wb-year-holiday" in kind(browser, "20270610"))
    assert browser.errors() == []
