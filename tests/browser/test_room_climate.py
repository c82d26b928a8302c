"""A room's climate with the mouse: its week, automatic control, and what its device is told."""

import pytest

from tests.browser.test_devices import text_of
from tests.browser.test_rooms import choose, confirm, write
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
SOUTH = "/rooms/6"
CARD = "#room-climate"


def said(browser: Browser, *parts: str) -> bool:
    found = text_of(browser, CARD)
    return all(part in found for part in parts)


def test_a_room_that_is_too_warm_is_cooled_by_itself_until_it_is_switched_off(
    browser: Browser,
) -> None:
    browser.sign_in("manager", SOUTH)
    browser.find("#climate-switch-open", 60)
    assert text_of(browser, "#room-detail h2") == "Open office South"
    wait_until(lambda: said(browser, "within 21 to 26 °C", "the building's week", "counted"), 60)

    # Too warm by a band of its own that holds at any time.
    browser.click("#climate-week-open")
    browser.find("#climate-hours .wb-climate-row")
    browser.click("[data-act=add-hours]")
    wait_until(lambda: len(browser.all(".wb-climate-row")) == 2)
    browser.click("[data-act=drop-hours][data-value='1']")
    wait_until(lambda: len(browser.all(".wb-climate-row")) == 1)
    select = ".wb-climate-row select"
    kind = browser.all(select)[2].get_attribute("id")
    choose(browser, f"[id='{kind}']", "own")
    browser.click(confirm("climate-week"))
    browser.wait_text("#climate-week-message", "Line 1: its own band must be a number")
    low, high = (f"[id='{one.get_attribute('id')}']"
                 for one in browser.all(".wb-climate-own input"))  # fmt: skip
    write(browser, low, "14")
    write(browser, high, "18")
    browser.click(confirm("climate-week"))
    wait_until(lambda: said(browser, "14.0 to 18.0 °C", "this room's own week", "Cool"), 30)

    browser.click("#climate-switch-open")
    wait_until(lambda: "Mode cool, On, 16.0 °C" in text_of(browser, ".modal.show"), 30)
    assert "Air conditioning South" in text_of(browser, ".modal.show")
    browser.click(confirm("climate-switch"))
    wait_until(lambda: said(browser, "Mode cool", "renewed while it lasts", "Turn off"), 60)
    assert said(browser, "Switched on", "is above 14 to 18 °C")
    browser.open("/devices/DEVICE_002")
    wait_until(
        lambda: "Room climate (Open office South)" in text_of(browser, "#device-DEVICE_002"), 30
    )
    browser.open("/rooms")
    browser.find(".wb-room-automatic", 30)

    browser.open(SOUTH)
    browser.find("#climate-switch-open", 60)
    browser.click("#climate-switch-open")
    wait_until(lambda: "Let go at once" in text_of(browser, ".modal.show"), 30)
    browser.click(confirm("climate-switch"))
    wait_until(lambda: said(browser, "Turn on", "Switched off"), 30)
    browser.click("#climate-week-open")
    browser.find("#climate-follow")
    browser.click("#climate-follow")
    wait_until(lambda: said(browser, "the building's week", "21.0 to 26.0 °C"), 30)
    assert browser.errors() == []


def test_who_may_only_look_sees_the_advice_and_no_button(browser: Browser) -> None:
    browser.sign_in("viewer", SOUTH)
    wait_until(lambda: said(browser, "Band now", "Automatic"), 60)
    assert not browser.all(f"{CARD} button")
    browser.resize(390, 844, phone=True)
    wide = "return document.documentElement.scrollWidth <= window.innerWidth"
    wait_until(lambda: browser.driver.execute_script(wide))
    browser.resize(1440, 900)
    assert browser.errors() == []
