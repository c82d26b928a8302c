"""Jobs and drills with the mouse: run one now and see its result, start a drill and stop it."""

import pytest

from tests.browser.test_devices import text_of
from tests.browser.test_rooms import choose
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
KEYS = '.wb-jobs tr[data-key="keys"]'


def test_a_job_is_run_now_and_its_button_tells_what_became_of_it(browser: Browser) -> None:
    browser.sign_in("manager", "/jobs")
    wait_until(lambda: "Done" in text_of(browser, '.wb-jobs tr[data-key="settle"]'), 30)
    assert "run by" in text_of(browser, "#jobs-facts")
    browser.click(f"{KEYS} [data-act=run]")
    wait_until(lambda: "Run “Call keys” now" in text_of(browser, ".modal.show"))
    browser.click(".modal.show .wb-dialog-foot .btn-primary")
    wait_until(lambda: not browser.all(".modal.show"))
    wait_until(lambda: "Done in" in text_of(browser, f"{KEYS} .wb-step"), 30)
    browser.open("/jobs/keys")
    wait_until(lambda: "asked for by manager" in text_of(browser, ".wb-jobs-runs"))
    choose_state(browser)
    assert browser.errors() == []


def choose_state(browser: Browser) -> None:
    """A filter that nothing matches says so, and the file link follows it."""
    browser.open("/jobs")
    choose(browser, "#jobs-state", "overdue")
    wait_until(lambda: "No job matches" in text_of(browser, ".wb-jobs-list"), 30)
    assert browser.all("#jobs-files a[href*='state=overdue']")


def test_a_drill_is_announced_followed_and_stopped_and_its_report_is_kept(
    browser: Browser,
) -> None:
    browser.sign_in("manager", "/devices")
    says = "#device-DEVICE_008 .wb-device-columns"
    wait_until(lambda: "Nothing yet" not in (text_of(browser, says) or "Nothing yet"), 60)
    browser.open("/drills")
    browser.click("#drills-start")
    browser.find("#drill-device")
    choose(browser, "#drill-device", "DEVICE_008")
    choose(browser, "#drill-fault", "silent_device")
    wait_until(lambda: "All other devices go on" in text_of(browser, "#drill-words"))
    confirm = ".modal.show .wb-dialog-foot .btn-danger"
    wait_until(lambda: browser.all(f"{confirm}:not([disabled])"), 30)
    browser.click(confirm)
    wait_until(lambda: not browser.all(".modal.show"))
    card = "#drills-standing"
    wait_until(lambda: "Silent device, Lamps Open office South" in text_of(browser, card), 20)
    wait_until(lambda: "Silent device on Lamps" in text_of(browser, "#wb-drill-banner"), 20)
    wait_until(lambda: browser.all(f"{card} .wb-track-step:nth-child(2).wb-track-current"), 90)
    browser.click("#drills-cancel")
    wait_until(lambda: "Cancelled" in text_of(browser, "#drills-table"), 30)
    wait_until(lambda: not text_of(browser, "#wb-drill-banner"), 20)
    browser.click("#drills-table .wb-name")
    wait_until(lambda: "manager cancelled it" in text_of(browser, ".wb-drill-report"), 20)
    assert browser.all(".wb-drill-report a[href$='.pdf']")
    assert "requested" in text_of(browser, ".wb-command-list")
    browser.forget()
    browser.sign_in("viewer", "/drills")
    wait_until(lambda: "Cancelled" in text_of(browser, "#drills-table"))
    assert not browser.all("#drills-start:not([hidden])")
    assert browser.errors() == []
