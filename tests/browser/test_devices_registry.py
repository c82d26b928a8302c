"""A discovered device is tested, adopted, edited, locked out with its room and deleted by mouse."""

import csv
import io
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.stranger import Stranger
from tests.browser.test_devices import text_of
from tests.browser.test_rooms import choose, write
from tests.browsing import Browser
from tests.running import Running
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
CARD = "#device-NEW-LAMP"
SAVE = "#device-enrol-save"


@pytest.fixture
def stranger(demo: Running) -> Iterator[Stranger]:
    with Stranger(demo.mqtt_url, "NEW-LAMP", "METER_NEW_LAMP") as found:
        yield found


def waits_for(browser: Browser, css: str, part: str, timeout_s: float = 20) -> None:
    wait_until(lambda: part in text_of(browser, css), timeout_s)


def options(browser: Browser, css: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0] + ' option')].map(o => o.value)"
    return [str(one) for one in browser.driver.execute_script(script, css) if one]


def closed(browser: Browser) -> bool:
    return not browser.all(".modal.show")


def test_a_stranger_is_tested_adopted_edited_locked_out_and_deleted_with_the_mouse(
    browser: Browser, stranger: Stranger
) -> None:
    browser.sign_in("manager", "/devices")
    adopt = "[data-act=adopt][data-value=NEW-LAMP]"
    browser.find(adopt, 60)
    browser.click(adopt)
    browser.find("#device-edit-name")
    # Filled in from what it says and from its name.
    assert browser.find("#device-edit-device_type").get_attribute("value") == "lamp"
    wait_until(lambda: "METER_NEW_LAMP/power" in options(browser, "#device-edit-meter"))
    assert browser.find(SAVE).get_attribute("disabled")
    write(browser, "#device-edit-name", "Lamps Studio")
    choose(browser, "#device-edit-meter", "METER_NEW_LAMP/power")
    browser.driver.execute_script(
        "const s = document.querySelector('#device-edit-room');"
        "window.studio = [...s.options].find(o => o.text === 'Studio').value"
    )
    room = str(browser.driver.execute_script("return window.studio"))
    choose(browser, "#device-edit-room", room)

    # What is wrong stands at its field, from the domain.
    write(browser, "#device-edit-shed_percent_high", "150")
    browser.click("#device-enrol-untested")
    waits_for(browser, "#device-edit-shed_percent-error", "both from 0 to 100")
    write(browser, "#device-edit-shed_percent_high", "100")
    browser.find("#device-edit-shed_percent_high").send_keys(Keys.TAB)

    # The test moves the device, and its meter shows it; only then it can be adopted as tested.
    assert options(browser, "#device-edit-test-what") == ["off", "on", "set_shed_percent"]
    choose(browser, "#device-edit-test-what", "off")
    browser.click("#device-edit-test-start")
    waits_for(browser, "#device-edit-test-progress", "Acknowledged")
    waits_for(browser, "#device-edit-test-progress", "It works: the meter shows 1.2 kW → 0 W", 60)
    assert stranger.effects == ["applied"]
    assert text_of(browser, CARD) == ""
    wait_until(lambda: not browser.find(SAVE).get_attribute("disabled"))
    browser.click(SAVE)
    wait_until(lambda: closed(browser))
    waits_for(browser, f"{CARD} .wb-device-head", "Lamps Studio")
    wait_until(lambda: stranger.effects == ["applied", "released"], 20)

    # Its page says how it was tested; somebody else's change is not overwritten.
    browser.open("/devices/NEW-LAMP")
    waits_for(browser, "#device-facts", "Switch off, seen by its meter, by manager")
    browser.click("[data-act=edit]")
    browser.find("#device-edit-min_on_s")
    changed = """
      const cookies = Object.fromEntries(document.cookie.split('; ').map(c => c.split('=')));
      const done = arguments[arguments.length - 1];
      fetch('/api/v1/iot/devices/NEW-LAMP', {method: 'PATCH', headers: {
        'Content-Type': 'application/json', 'X-CSRF-Token': cookies.wattboard_csrf || ''},
        body: JSON.stringify({critical: true})}).then(a => done(a.status));
    """
    assert browser.driver.execute_async_script(changed) == 200
    write(browser, "#device-edit-min_on_s", "90")
    browser.click(".modal.show .wb-dialog-foot .btn-primary")
    waits_for(browser, "#device-edit-message", "Somebody else has changed it meanwhile. Close this")
    browser.click(".modal.show .wb-dialog-x")
    wait_until(lambda: closed(browser))
    browser.click("[data-act=edit]")
    wait_until(lambda: browser.find("#device-edit-critical").is_selected())
    write(browser, "#device-edit-min_on_s", "90")
    write(browser, "#device-edit-name", "Lamps of the Studio")
    browser.click(".modal.show .wb-dialog-foot .btn-primary")
    wait_until(lambda: closed(browser))
    waits_for(browser, "#device-head", "Lamps of the Studio")
    waits_for(browser, "#device-facts", "1 min, 0 s")

    # The whole room is locked out and unlocked in one dialog.
    browser.open("/devices")
    browser.find(CARD)
    choose(browser, "#devices-room", room)
    browser.click("[data-act=lock-room]")
    waits_for(browser, ".modal.show .wb-dialog-target", "2 devices will rest")
    browser.find("#device-lock-room-reason").send_keys("Electrician")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: closed(browser))
    waits_for(browser, ".wb-device-room-bar", "Room locked out (manager) until")
    waits_for(browser, f"{CARD} .wb-device-head", "Lock-out (manager)")
    browser.click("[data-act=unlock-room]")
    wait_until(lambda: "locked out" not in text_of(browser, ".wb-device-room-bar"), 20)

    # What it was told opens to its reasons, and is a file.
    browser.open("/devices/NEW-LAMP")
    waits_for(browser, ".wb-command-list", "Switch off")
    waits_for(browser, ".wb-command-why", "Nobody wanted anything of the device")
    choose(browser, "#device-commands-state", "completed")
    choose(browser, "#device-commands-owner", "manual")
    waits_for(browser, "#device-commands", "1 to 1 of 1 command")
    why = "Manual (manager) decided: test before it is registered."
    waits_for(browser, ".wb-command-why", why)
    href = browser.find("#device-commands-files a").get_attribute("href")
    fetched = "const done = arguments[1]; fetch(arguments[0]).then(a => a.text()).then(done)"
    (row,) = csv.DictReader(io.StringIO(browser.driver.execute_async_script(fetched, href)))
    assert (row["command"], row["state"], row["evidence"]) == ("off", "completed", "meter")
    assert why in row["explanation"]

    # Deleting says what stays, and the history does.
    browser.click("[data-act=delete]")
    waits_for(browser, ".modal.show .wb-facts", "stays: 2 commands and its readings")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: browser.driver.current_url.endswith("/devices"))
    browser.find(adopt, 20)
    assert not browser.all(CARD)
    browser.open("/devices/NEW-LAMP")
    waits_for(browser, "main", "its history stays")
    waits_for(browser, ".wb-command-list", "Switch off")
    assert browser.errors() == []


def test_a_device_added_by_hand_needs_an_id_that_is_free(browser: Browser) -> None:
    browser.sign_in("manager", "/devices")
    browser.click("[data-act=add]")
    for device_id, said in (("no id", "1 to 64 of"), ("DEVICE_001", "is registered already")):
        write(browser, "#device-edit-device_id", device_id)
        browser.click("#device-enrol-untested")
        waits_for(browser, "#device-edit-device_id-error", said)
    choose(browser, "#device-edit-device_type", "ev_charger")
    power = "return document.querySelector('#device-edit-power_kw_high').value"
    wait_until(lambda: browser.driver.execute_script(power) == "11")
    assert "set_power_kw" in wait_until(
        lambda: [one for one in options(browser, "#device-edit-test-what") if "power" in one]
    )
    write(browser, "#device-edit-device_id", "CHARGER_9")
    browser.click("#device-enrol-untested")
    wait_until(lambda: closed(browser))
    browser.find("#device-CHARGER_9")
    browser.open("/devices/CHARGER_9")
    waits_for(browser, "#device-facts", "untested: nobody moved it")
    browser.click("[data-act=delete]")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: browser.driver.current_url.endswith("/devices"))
    assert browser.errors() == []


def test_a_test_that_is_not_saved_gives_the_device_back(
    browser: Browser, stranger: Stranger
) -> None:
    browser.sign_in("manager", "/devices")
    adopt = "[data-act=adopt][data-value=NEW-LAMP]"
    browser.find(adopt, 60)
    browser.click(adopt)
    browser.find("#device-edit-test-start")
    browser.click("#device-edit-test-start")
    wait_until(lambda: stranger.effects == ["applied"], 20)
    browser.click(".modal.show .wb-dialog-x")
    wait_until(lambda: stranger.effects == ["applied", "released"], 20)
    assert not browser.all(CARD)
    assert browser.errors() == []
