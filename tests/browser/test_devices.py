"""Devices with the mouse: from the button to the meter, release, lock-out, stop of all."""

import pytest

from tests.browser.test_rooms import choose
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
SOUTH = "#device-DEVICE_002"


def text_of(browser: Browser, css: str) -> str:
    script = "const e = document.querySelector(arguments[0]); return e ? e.textContent : ''"
    return str(browser.driver.execute_script(script, css))


def acting(browser: Browser, card: str, act: str) -> str:
    return f"{card} [data-act={act}]"


def test_a_device_is_reduced_seen_by_its_meter_and_released_with_the_mouse(
    browser: Browser,
) -> None:
    browser.sign_in("manager", "/devices")
    wait_until(lambda: "On" in text_of(browser, f"{SOUTH} .wb-device-columns"), 60)
    assert "Follows its own rule" in text_of(browser, f"{SOUTH} .wb-device-told")
    browser.click(acting(browser, SOUTH, "control"))
    browser.find("#device-what")
    choose(browser, "#device-what", "set_shed_percent")
    confirm = ".wb-dialog-foot .btn-primary"
    wait_until(lambda: "Reduce by 50 %" in text_of(browser, f".modal.show {confirm}"))
    preview = text_of(browser, "#device-preview")
    assert "50 % less, in full" in preview
    assert "Expected at the meter" in preview
    browser.click(f".modal.show {confirm}")
    wait_until(lambda: not browser.all(".modal.show"))
    wait_until(lambda: "Observed" in text_of(browser, f"{SOUTH} .wb-step"), 60)
    steps = [text_of(browser, f"{SOUTH} .wb-track-step:nth-child({n})") for n in (1, 2, 3, 4)]
    labels = ("Requested", "Sent", "Acknowledged", "Observed")
    assert all(step.startswith(label) for step, label in zip(steps, labels, strict=True))
    assert "Manual (manager)" in text_of(browser, f"{SOUTH} .wb-device-head")
    assert "50 % less until" in text_of(browser, f"{SOUTH} .wb-device-told")

    browser.click(acting(browser, SOUTH, "release"))
    wait_until(lambda: "Follows its own rule" in text_of(browser, f"{SOUTH} .wb-device-told"), 20)
    browser.open("/devices/DEVICE_002")
    wait_until(lambda: "Completed" in text_of(browser, ".wb-command-list"))
    assert "seen by its meter" in text_of(browser, ".wb-command-list")
    assert browser.errors() == []


def test_a_locked_out_device_says_so_and_offers_no_command(browser: Browser) -> None:
    browser.sign_in("manager", "/devices/DEVICE_007")
    card = "#device-DEVICE_007"
    browser.click(acting(browser, card, "lock"))
    browser.find("#device-lock-reason").send_keys("Filter change")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "Lock-out (manager)" in text_of(browser, f"{card} .wb-device-head"), 20)
    assert not browser.all(acting(browser, card, "control"))
    browser.click(acting(browser, card, "unlock"))
    wait_until(lambda: "Lock-out" not in text_of(browser, f"{card} .wb-device-head"), 20)
    browser.find(acting(browser, card, "control"))
    assert browser.errors() == []


def test_who_may_only_look_sees_devices_and_no_button(browser: Browser) -> None:
    browser.sign_in("viewer", "/devices")
    browser.find(SOUTH)
    assert not browser.all(".wb-devices [data-act]")
    browser.open("/devices/NONE")
    wait_until(lambda: "There is no device" in text_of(browser, "main"))


def test_all_automatic_control_is_stopped_by_a_typed_word_and_resumed(browser: Browser) -> None:
    browser.sign_in("manager", "/rooms")
    browser.click("#wb-stop-open")
    browser.find("#stop-all-reason").send_keys("Fire drill")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "Type stop" in text_of(browser, "#stop-all-message"))
    browser.find("#stop-all-typed").send_keys("stop")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "is stopped by manager until" in text_of(browser, "#wb-stop-banner"), 20)
    browser.open("/sensors")
    wait_until(lambda: "Fire drill" in text_of(browser, "#wb-stop-banner"), 20)
    assert not browser.all("#wb-stop-open")
    browser.click("#wb-stop-resume")
    wait_until(lambda: not text_of(browser, "#wb-stop-banner"), 20)
    browser.find("#wb-stop-open")
    assert browser.errors() == []
