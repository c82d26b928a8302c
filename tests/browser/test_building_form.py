"""A facility manager renames the building and moves its band; open pages follow."""

import pytest
from selenium.webdriver.common.by import By

from tests.browsing import Browser

pytestmark = pytest.mark.browser


def type_into(browser: Browser, css: str, text: str) -> None:
    field = browser.find(css)
    field.clear()
    field.send_keys(text)


def test_a_manager_renames_the_building_and_every_open_page_follows(browser: Browser) -> None:
    browser.sign_in("manager", "/rooms")
    usual = browser.text(".wb-building")
    rooms_tab = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open("/admin?tab=building")
    try:
        type_into(browser, "#building-temperature_low", "30")
        browser.click("#admin-building-save")
        browser.wait_text("#admin-part", "must be above")
        assert browser.text(".wb-building") == usual

        type_into(browser, "#building-temperature_low", "20.5")
        type_into(browser, "#building-name", "Harbour House")
        browser.click("#admin-building-save")
        browser.wait_text(".wb-building", "Harbour House")
        browser.wait_text("#wb-toasts", "Building saved")

        browser.driver.switch_to.window(rooms_tab)
        browser.wait_text(".wb-building", "Harbour House")
        browser.click("#rooms-add")
        browser.wait_text(".modal.show", "Building: 20.5 °C")
    finally:
        browser.open("/admin?tab=building")
        for css, text in (("name", usual), ("temperature_low", "21")):
            type_into(browser, f"#building-{css}", text)
        browser.click("#admin-building-save")
        browser.wait_text(".wb-building", usual)
        for handle in browser.driver.window_handles:
            if handle != rooms_tab:
                browser.driver.switch_to.window(handle)
                browser.driver.close()
        browser.driver.switch_to.window(rooms_tab)
    assert browser.driver.find_elements(By.CSS_SELECTOR, ".wb-field-error:not(:empty)") == []
