"""The search dialog in Chromium, over the running demo."""

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from pages._sensors_view import STATE_WORDS
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

HIT = ".wb-find-hit"


def press(browser: Browser, *keys: str) -> None:
    ActionChains(browser.driver).send_keys(*keys).perform()


def open_search(browser: Browser) -> None:
    chain = ActionChains(browser.driver)
    chain.key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    wait_until(lambda: is_open(browser))


def is_open(browser: Browser) -> bool:
    return bool(browser.driver.execute_script("return document.getElementById('wb-find').open"))


def at_desk(browser: Browser, role: str = "manager", path: str = "/rooms") -> None:
    browser.sign_in(role, path)
    browser.find(".wb-page")
    browser.find("#wb-find-list")
    browser.driver.execute_script("window.unmoved = true")


def hits(browser: Browser) -> list[str]:
    script = "return [...document.querySelectorAll('.wb-find-hit b')].map(e => e.textContent)"
    return list(browser.driver.execute_script(script))


def chosen(browser: Browser) -> Any:
    script = """
      const field = document.getElementById('wb-find-text');
      const option = document.getElementById(field.getAttribute('aria-activedescendant'));
      return option && option.getAttribute('aria-selected') === 'true'
        ? option.querySelector('b').textContent : null;
    """
    return browser.driver.execute_script(script)


def went_to(browser: Browser, path: str) -> None:
    wait_until(lambda: browser.driver.current_url.endswith(path))
    assert browser.driver.execute_script("return window.unmoved") is True
    assert not is_open(browser)


def test_ctrl_k_finds_a_sensor_by_its_id_and_enter_goes_there_without_a_reload(
    browser: Browser,
) -> None:
    at_desk(browser)
    open_search(browser)
    press(browser, "meter_ma")
    wait_until(lambda: hits(browser) == ["Main meter"])
    assert browser.text(".wb-find-word") in STATE_WORDS.values()
    press(browser, Keys.ENTER)
    went_to(browser, "/sensors/METER_MAIN")
    browser.wait_text("h1", "Main meter")
    assert browser.errors() == []


def test_enter_pressed_before_the_answer_waits_for_it(browser: Browser) -> None:
    at_desk(browser)
    open_search(browser)
    press(browser, "library", Keys.ENTER)
    wait_until(lambda: "/rooms/" in browser.driver.current_url)
    browser.wait_text(".wb-main", "Library")


def test_arrows_choose_around_the_list_and_escape_closes(browser: Browser) -> None:
    at_desk(browser)
    open_search(browser)
    offered = hits(browser)
    assert offered[:3] == ["Overview", "Rooms", "Sensors"]
    assert chosen(browser) == "Overview"
    press(browser, Keys.DOWN)
    assert chosen(browser) == "Rooms"
    press(browser, Keys.UP, Keys.UP)
    assert chosen(browser) == offered[-1]
    press(browser, "lab")
    wait_until(lambda: chosen(browser) == "Lab" and len(hits(browser)) > 1)
    press(browser, Keys.ESCAPE)
    wait_until(lambda: not is_open(browser))
    open_search(browser)
    wait_until(lambda: hits(browser) == offered and chosen(browser) == "Overview")


def test_a_screen_reader_is_told_a_combobox_with_its_list(browser: Browser) -> None:
    at_desk(browser)
    open_search(browser)
    field = browser.find("#wb-find-text")
    roles = [field.get_attribute(f"aria-{name}") for name in ("controls", "expanded", "label")]
    assert [field.get_attribute("role"), *roles] == [
        "combobox",
        "wb-find-list",
        "true",
        "Page, room or sensor",
    ]
    assert browser.find("#wb-find-list").get_attribute("role") == "listbox"
    press(browser, "qqq")
    browser.wait_text("#wb-find [role=status]", "Nothing is called “qqq”.")
    assert field.get_attribute("aria-activedescendant") is None


def test_the_box_opens_it_and_a_click_goes_there(browser: Browser) -> None:
    at_desk(browser)
    browser.click(".wb-nav .wb-nav-search")
    press(browser, "sens")
    wait_until(lambda: hits(browser)[:1] == ["Sensors"])
    browser.click(HIT)
    went_to(browser, "/sensors")


def test_a_page_one_may_not_open_is_not_found(browser: Browser) -> None:
    at_desk(browser, "viewer")
    open_search(browser)
    assert "Admin" not in hits(browser)
    press(browser, "admin")
    browser.wait_text("#wb-find [role=status]", "Nothing is called “admin”.")


def test_one_question_a_typed_text(browser: Browser) -> None:
    at_desk(browser)
    open_search(browser)
    browser.requests()
    press(browser, "server room")
    wait_until(lambda: "Server room" in hits(browser))
    asked = [url for url in browser.requests() if "/_dash-update-component" in url]
    assert 1 <= len(asked) <= 3


def test_a_phone_searches_from_more(browser: Browser) -> None:
    browser.resize(390, 844, phone=True)
    at_desk(browser)
    browser.click("#wb-more-open")
    browser.click("#wb-find-more")
    wait_until(lambda: is_open(browser))
    press(browser, "canteen")
    wait_until(lambda: "Canteen" in hits(browser)[:1])
    script = "return document.documentElement.scrollWidth > window.innerWidth + 1"
    assert not browser.driver.execute_script(script)
    browser.click(HIT)
    wait_until(lambda: "/rooms/" in browser.driver.current_url)
    assert browser.errors() == []
