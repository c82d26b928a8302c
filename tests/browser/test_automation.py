"""Automation with the mouse: a rule from its form to the meter, a schedule to its lane."""

import pytest

from tests.browser.test_devices import text_of
from tests.browser.test_rooms import choose, confirm, settled
from tests.browser.test_rooms import write as write_once
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
SOUTH = "#device-DEVICE_002"


def field(part: str, name: str, at: int = 0, shaping: bool = False) -> str:
    kind = "auto-shape" if shaping else "auto-field"
    return f'[id=\'{{"at":{at},"field":"{name}","part":"{part}","type":"{kind}"}}\']'


def error(part: str, name: str, at: int = 0) -> str:
    return f'[id=\'{{"at":{at},"field":"{name}","part":"{part}","type":"auto-error"}}\']'


def shape(part: str, name: str, at: int = 0) -> str:
    return field(part, name, at, shaping=True)


def option(browser: Browser, css: str, words: str) -> str:
    """The value of the option of a select that says so, once it is offered."""
    script = (
        "const s = document.querySelector(arguments[0]);"
        "const o = s && [...s.options].find((o) => o.text.includes(arguments[1]));"
        "return o ? o.value : ''"
    )
    return str(wait_until(lambda: browser.driver.execute_script(script, css, words)))


def write(browser: Browser, css: str, text: str) -> None:
    """Type until it stands there; a part may be drawn anew meanwhile."""

    def written() -> bool:
        write_once(browser, css, text)
        return browser.find(css).get_property("value") == text

    wait_until(settled(written), 20)


def pick(browser: Browser, css: str, words: str) -> None:
    value = option(browser, css, words)

    def picked() -> bool:
        choose(browser, css, value)
        return browser.find(css).get_property("value") == value

    wait_until(settled(picked), 20)


def measured(browser: Browser) -> bool:
    """Whether a demo that has just begun has told of the room's air."""
    browser.open("/sensors/CLIMATE_OPEN_OFFICE_SOUTH")
    browser.find("main h1")
    return "ppm" in text_of(browser, "main")


def line(browser: Browser, name: str) -> str:
    """The key of the rule or schedule of this name in the list."""
    script = (
        "const l = [...document.querySelectorAll('.auto-line')]"
        ".find((l) => l.textContent.includes(arguments[0])); return l ? l.dataset.key : ''"
    )
    return str(wait_until(lambda: browser.driver.execute_script(script, name), 20))


def test_a_rule_is_made_tried_on_last_month_and_watched_as_it_fires(browser: Browser) -> None:
    browser.sign_in("manager")
    wait_until(lambda: measured(browser), 60)
    browser.open("/automation")
    browser.click('a[href="/automation?rule=new"]')
    browser.wait_text("#auto-read-back", "Not complete yet")
    pick(browser, shape("trigger", "place"), "Open office South")
    pick(browser, shape("trigger", "measure"), "CO₂ of the room")
    wait_until(lambda: "ppm" in text_of(browser, ".auto-trigger"))
    write(browser, field("trigger", "limit"), "300")
    write(browser, field("trigger", "lasting"), "0")
    pick(browser, shape("actions", "target"), "Open office South")
    pick(browser, shape("actions", "command"), "Reduce by")
    write(browser, field("actions", "number"), "50")
    write(browser, field("actions", "minutes"), "15")
    browser.wait_text("#auto-read-back", "by 50 % for 15 min")
    assert "at most once every 1 h" in text_of(browser, "#auto-read-back")
    browser.click("#auto-save-open")
    browser.wait_text(error("main", "name"), "Give it a name")
    write(browser, field("main", "name"), "Cap the load")
    browser.click("#auto-dry")
    browser.wait_text("#auto-dry-part", "it would have fired", 60)
    assert "Firings per day" in text_of(browser, "#auto-dry-part")
    browser.click("#auto-save-open")
    browser.wait_text(".modal.show .wb-dialog", "Will move")
    browser.click(confirm("auto-save"))
    browser.wait_text(".auto-line", "Cap the load", 20)

    key = line(browser, "Cap the load")
    wait_until(lambda: "Fired" in text_of(browser, f".auto-line[data-key='{key}'] .auto-facts"), 60)
    browser.click(f".auto-line[data-key='{key}'] .auto-facts a", "Log")
    browser.wait_text("#auto-log .auto-firing", "Cap the load")
    assert "50 % less until" in text_of(browser, "#auto-log .auto-told")
    browser.open("/devices")
    wait_until(
        lambda: "Automation (Cap the load)" in text_of(browser, f"{SOUTH} .wb-device-head"), 30
    )

    browser.open("/automation")
    browser.click(f"[data-act=rule-switch][data-value='{key}']")
    browser.wait_text(".modal.show .wb-dialog", "Released now")
    browser.click(confirm("auto-ask"))
    wait_until(lambda: browser.all(f".auto-line[data-key='{key}'] [aria-checked=false]"), 20)
    browser.open("/devices")
    wait_until(lambda: "Follows its own rule" in text_of(browser, f"{SOUTH} .wb-device-told"), 30)
    browser.open("/automation")
    browser.click(f"[data-act=rule-delete][data-value='{key}']")
    browser.click(confirm("auto-delete"))
    wait_until(lambda: "No rules yet" in text_of(browser, "#auto-rules"), 20)
    assert browser.errors() == []


def test_a_schedule_is_made_stands_in_the_lanes_and_tells_its_device(browser: Browser) -> None:
    browser.sign_in("manager", "/automation?schedule=new")
    browser.wait_text("#auto-read-back", "Choose the devices or groups that are told")
    write(browser, field("main", "name"), "Warm water")
    targets = shape("main", "targets")
    browser.click(targets)
    browser.find(".dash-dropdown-search").send_keys("water heater")
    browser.click(".dash-dropdown-option", "Canteen water heater")
    pick(browser, shape("entries", "command"), "Switch off")
    pick(browser, shape("entries", "days_by"), "Every day")
    write(browser, field("entries", "from"), "8:00")
    write(browser, field("entries", "to"), "25:00")
    browser.wait_text(error("entries", "to"), "To is a time of day")
    write(browser, field("entries", "to"), "23:30")
    browser.wait_text(
        "#auto-read-back", "Every day between 08:00 and 23:30, switch off Canteen water heater."
    )
    browser.click("#auto-save-open")
    browser.wait_text(".modal.show .wb-dialog", "Canteen water heater")
    browser.click(confirm("auto-save"))
    browser.wait_text("#auto-lanes .wb-lane-list", "Canteen water heater", 20)
    bars = browser.all("#auto-lanes .wb-lane-bar")
    assert [str(bar.get_attribute("aria-label")) for bar in bars] == [
        "Off, now to 23:30, by Warm water",
        "Off, from 08:00 on, by Warm water",
    ]
    browser.open("/devices/DEVICE_006")
    head = "#device-DEVICE_006 .wb-device-head"
    wait_until(lambda: "Schedule (Warm water)" in text_of(browser, head), 30)

    browser.open("/automation")
    browser.click("#auto-all-off")
    browser.wait_text(".modal.show .wb-dialog", "1 switched off")
    browser.click(confirm("auto-ask"))
    browser.wait_text("#auto-lanes", "Nothing is scheduled", 20)
    browser.open("/devices/DEVICE_006")
    wait_until(lambda: "Schedule (Warm water)" not in text_of(browser, head), 30)

    browser.open("/automation")
    key = line(browser, "Warm water")
    browser.click(f"[data-act=schedule-delete][data-value='{key}']")
    browser.click(confirm("auto-delete"))
    wait_until(lambda: "No schedules yet" in text_of(browser, "#auto-schedules"), 20)
    assert browser.errors() == []


def test_who_may_only_look_sees_rules_without_buttons(browser: Browser) -> None:
    browser.sign_in("viewer", "/automation?rule=new")
    browser.wait_text("#auto-rules", "No rules yet")
    assert not browser.all(".wb-automation [data-act], .wb-page-actions button")
    browser.click("#auto-tab label", "Log")
    wait_until(lambda: browser.driver.current_url.endswith("?tab=log"))
    assert browser.errors() == []
