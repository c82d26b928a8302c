"""Hours painted with mouse and keyboard, and the site's limits, as a facility manager sets them."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.test_devices import text_of
from tests.browser.test_rooms import choose, write
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
HOURS, LIMITS = "/devices/instructions", "/devices/limits"
NORTH, SOUTH = "tr[data-device=DEVICE_001]", "tr[data-device=DEVICE_002]"


def hour(row: str, number: int) -> str:
    return f"{row} [data-hour='{number}']"


def letters(browser: Browser, row: str) -> str:
    script = """return Array.from(document.querySelectorAll(arguments[0] + ' [data-hour]'),
                                  (cell) => cell.dataset.letter).join('')"""
    return str(browser.driver.execute_script(script, row))


def drag(browser: Browser, start: str, *through: str) -> None:
    browser.driver.execute_script(
        "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", browser.find(start)
    )
    hand = ActionChains(browser.driver).click_and_hold(browser.find(start))
    for css in through:
        hand = hand.move_to_element(browser.find(css))
    hand.release().perform()


def press(browser: Browser, *keys: str) -> None:
    hand = ActionChains(browser.driver)
    for key in keys:
        hand = hand.send_keys(key)
    hand.perform()


def save(browser: Browser) -> str:
    browser.click("#hours-save-open")
    wait_until(lambda: "change" in text_of(browser, ".modal.show .wb-dialog-target")
               or "again" in text_of(browser, ".modal.show .wb-dialog-target"))  # fmt: skip
    said = text_of(browser, ".modal.show .wb-dialog-target")
    browser.click(".modal.show .btn-primary")
    wait_until(lambda: not browser.all(".modal.show"))
    return said


def test_hours_are_painted_with_mouse_and_keyboard_applied_copied_and_saved(
    browser: Browser,
) -> None:
    browser.sign_in("manager", HOURS)
    wait_until(lambda: letters(browser, SOUTH) == "-" * 24, 60)
    # Dragged over two rows with the brush; the rows of the grid stand by room.
    browser.click("[data-brush=N]")
    drag(browser, hour(NORTH, 0), hour(NORTH, 3), hour(SOUTH, 5))
    wait_until(lambda: letters(browser, SOUTH) == "N" * 6 + "-" * 18)
    assert letters(browser, NORTH) == "N" * 6 + "-" * 18
    assert "Not saved: 2 devices" in text_of(browser, ".wb-hours-unsaved")
    # With the keyboard: four steps right, three more with Shift, S paints them all.
    browser.click("[data-brush=P]")
    browser.driver.execute_script("arguments[0].focus()", browser.find(hour(SOUTH, 14)))
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(
        Keys.ARROW_RIGHT, Keys.ARROW_RIGHT
    ).key_up(Keys.SHIFT).perform()
    assert len(browser.all("[data-hour][aria-selected=true]")) == 3
    press(browser, "s")
    wait_until(lambda: letters(browser, SOUTH) == "N" * 6 + "-" * 10 + "SSS" + "-" * 5)
    press(browser, Keys.ESCAPE, Keys.END, "1")
    wait_until(lambda: letters(browser, SOUTH)[-1] == "P")
    assert browser.find(hour(SOUTH, 23)).get_attribute("aria-label") == (
        "Air conditioning South, 23–24: Participation"
    )
    # The row of one air conditioning onto all of its type.
    browser.click(f"{SOUTH} [data-act=group]")
    browser.click(".modal.show label", "all of type air conditioning")
    browser.click(".modal.show .btn-primary")
    studio = "tr[data-device=DEVICE_003]"
    wait_until(lambda: letters(browser, studio) == letters(browser, SOUTH))
    # 6 hours of the heat pump, 10 of each of three air conditionings.
    assert save(browser) == "36 hours of 4 devices change"
    wait_until(lambda: not text_of(browser, ".wb-hours-unsaved"))

    # A date follows every day until it is painted, and is copied from it.
    browser.open(HOURS)
    browser.click(".wb-toolbar label", "One date")
    wait_until(lambda: "as every day" in text_of(browser, SOUTH))
    browser.driver.execute_script("arguments[0].focus()", browser.find(hour(SOUTH, 12)))
    press(browser, "n")
    wait_until(lambda: letters(browser, SOUTH)[12] == "N")
    assert "as every day" not in text_of(browser, f"{SOUTH} .wb-hours-place")
    assert save(browser) == "1 hour of 1 device change"
    browser.click(".wb-toolbar label", "Every day")
    wait_until(lambda: letters(browser, SOUTH)[12] == "-")
    assert letters(browser, SOUTH)[23] == "P"
    assert browser.errors() == []


def test_who_is_overtaken_is_told_and_hours_can_be_cleared(browser: Browser) -> None:
    browser.sign_in("manager", HOURS)
    row = "tr[data-device=DEVICE_012]"
    wait_until(lambda: browser.all(hour(row, 0)), 60)
    browser.click("[data-brush=S]")
    drag(browser, hour(row, 8), hour(row, 9))
    # Somebody else saves the same row by the API meanwhile.
    script = """const done = arguments[arguments.length - 1];
        fetch('/api/v1/iot/devices/DEVICE_012/instructions', {method: 'POST',
          headers: {'Content-Type': 'application/json'},
          body: JSON.stringify({instructions: {'1': 'participation'}}),
        }).then((answer) => done(answer.status));
    """
    assert browser.driver.execute_async_script(script) == 202
    browser.click("#hours-save-open")
    browser.click(".modal.show .btn-primary")
    wait_until(lambda: "Circulation pump" in text_of(browser, "#hours-save-message"))
    assert "Nothing was saved" in text_of(browser, "#hours-save-message")
    browser.click(".modal.show .wb-dialog-x")
    wait_until(lambda: not browser.all(".modal.show"))
    browser.click("#hours-discard")
    wait_until(lambda: letters(browser, row) == "-P" + "-" * 22)
    choose(browser, "#hours-kind", "pump")
    wait_until(lambda: len(browser.all("tr[data-device]")) == 1)
    browser.resize(390, 844, phone=True)
    wide = "return [document.documentElement.scrollWidth, window.innerWidth]"
    wait_until(lambda: browser.driver.execute_script(wide) == [390, 390])
    browser.forget()
    browser.sign_in("viewer", HOURS)
    wait_until(lambda: letters(browser, row) == "-P" + "-" * 22, 60)
    assert not browser.all("#hours-save-open, [data-act=group]")


def test_the_sites_limit_and_an_order_of_the_grid_operator_are_entered_and_ended(
    browser: Browser,
) -> None:
    browser.sign_in("manager", LIMITS)
    wait_until(lambda: "The site has no limit" in text_of(browser, "#limits-now"), 60)
    write(browser, "#limits-own-import_kw", "900")
    browser.click("#limits-own-save")
    wait_until(lambda: "900.0 kW · Site limit" in text_of(browser, "#limits-now"))
    browser.click("#limits-order-save")
    wait_until(lambda: "name a limit" in text_of(browser, ".wb-limits"))
    write(browser, "#limits-order-limit_kw", "800")
    write(browser, "#limits-order-reason", "Feeder work")
    browser.click("#limits-order-save")
    wait_until(lambda: "800.0 kW · Grid operator until" in text_of(browser, "#limits-now"))
    assert "Feeder work" in text_of(browser, ".wb-limits-order")
    browser.open("/devices")
    wait_until(
        lambda: (
            "Grid operator: import at most 800.0 kW" in text_of(browser, "#devices-list .wb-banner")
        )
    )
    browser.open(LIMITS)
    browser.click(".wb-limits-order [data-act=end]")
    wait_until(lambda: "No order" in text_of(browser, ".wb-limits"))
    write(browser, "#limits-own-import_kw", "")
    browser.click("#limits-own-save")
    wait_until(lambda: "The site has no limit" in text_of(browser, "#limits-now"))
    assert browser.errors() == []
