"""The Rooms page and a room's own page in Chromium, over the running demo."""

import re
from collections.abc import Callable

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

CARD = ".wb-room-card"
DRAWN = ".js-plotly-plot .scatterlayer path"


def confirm(name: str) -> str:
    return f'[id=\'{{"name":"{name}","type":"wb-dialog-confirm"}}\']'


def settled(read: Callable[[], object]) -> Callable[[], object]:
    """The same, but falsy while the page is being drawn anew."""

    def tried() -> object:
        try:
            return read()
        except (WebDriverException, IndexError):
            return None

    return tried


def opened(browser: Browser, role: str = "manager", path: str = "/rooms") -> Browser:
    browser.sign_in(role, path)
    browser.find(CARD)
    return browser


def names(browser: Browser) -> list[str]:
    return [element.text for element in browser.all(f"{CARD} .wb-room-name")]


def choose(browser: Browser, css: str, value: str) -> None:
    Select(browser.find(css)).select_by_value(value)


def write(browser: Browser, css: str, text: str) -> None:
    field = browser.find(css)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.BACKSPACE, text)


def open_room(browser: Browser, name: str) -> None:
    for card in browser.all(".wb-room-link"):
        if card.find_element(By.CSS_SELECTOR, ".wb-room-name").text == name:
            card.click()
            break
    browser.wait_text("#room-detail h2", name)


def test_rooms_stand_by_floor_with_all_that_is_known_of_them(browser: Browser) -> None:
    opened(browser)
    wait_until(lambda: len(names(browser)) >= 12)
    floors = [element.text for element in browser.all(".wb-floor-head h2")]
    assert floors == ["2nd floor", "1st floor", "Ground floor"]
    wait_until(
        settled(
            lambda: re.search(
                r"Studio\n.+\n[\d.]+ ?°C\n(.*ago|now)\n[\d,]+ ?ppm\n\d+ ?%\n\d+\n[\d.]+ ?k?W",
                next(e.text for e in browser.all(CARD) if e.text.startswith("Studio")),
            )
        ),
        60,
    )
    assert browser.errors() == []


def test_values_move_by_push_and_the_page_asks_for_nothing(browser: Browser) -> None:
    opened(browser)
    before = browser.text("#rooms-list")
    browser.requests()
    wait_until(settled(lambda: browser.text("#rooms-list") != before), 60)
    assert [url for url in browser.requests() if "_dash-update-component" in url] == []


def test_the_list_sorts_and_filters(browser: Browser) -> None:
    opened(browser)
    choose(browser, "#rooms-sort", "co2")

    def falling() -> bool:
        shown = [e.text for e in browser.all(f"{CARD} [data-format=co2] .wb-num")]
        values = [float(text.replace(",", "")) for text in shown if text != "–"]
        # The cards stay where they were put while their values move on by a few ppm.
        in_order = values[0] > max(values) * 0.9 and values[-1] < min(values) * 1.1
        return not browser.all(".wb-floor-head") and in_order

    wait_until(settled(falling))
    choose(browser, "#rooms-sort", "floor")
    write(browser, "#rooms-text", "office s")
    wait_until(settled(lambda: names(browser) == ["Open office South"]))
    write(browser, "#rooms-text", "no such room")
    browser.wait_text("#rooms-list", "No room matches")


@pytest.mark.both_databases
def test_a_room_is_created_edited_and_deleted_with_its_mistakes_named(browser: Browser) -> None:
    opened(browser)
    browser.click("#rooms-add")
    browser.find("#room-name")
    browser.click(confirm("room-edit"))
    browser.wait_text("#room-name-error", "name")
    write(browser, "#room-name", "Studio")
    write(browser, "#room-floor", "3rd")
    browser.click(confirm("room-edit"))
    browser.wait_text("#room-name-error", "already")
    write(browser, "#room-name", "Test attic")
    write(browser, "#room-temperature_low", "30")
    browser.click(confirm("room-edit"))
    browser.wait_text("#room-temperature_high-error", "above")
    write(browser, "#room-temperature_low", "18")
    browser.click(confirm("room-edit"))
    browser.wait_text("#room-detail h2", "Test attic")
    browser.wait_text("#room-detail", "18.0 to 26.0 °C, set for this room")

    browser.click("#room-band-open")
    write(browser, "#room-capacity", "7")
    browser.click(confirm("room-edit"))
    browser.wait_text("#room-detail .wb-page-facts", "7 seats")

    browser.click("#room-delete-open")
    browser.wait_text(".modal.show", "none here")
    browser.click(confirm("room-delete"))
    wait_until(lambda: browser.driver.current_url.endswith("/rooms"))
    wait_until(settled(lambda: len(names(browser)) >= 12 and "Test attic" not in names(browser)))
    assert browser.errors() == []


def test_deleting_a_room_says_what_happens_to_its_sensors(browser: Browser) -> None:
    opened(browser)
    open_room(browser, "Canteen")
    browser.click("#room-delete-open")
    browser.wait_text(".modal.show", "stay with all history, without a room")
    assert "CLIMATE_CANTEEN" in browser.text(".modal.show")
    browser.click('[id=\'{"name":"room-delete","type":"wb-dialog-cancel"}\']')
    wait_until(lambda: not browser.all(".modal.show"))


def test_one_picker_drives_every_chart_and_the_address(browser: Browser) -> None:
    opened(browser)
    open_room(browser, "Studio")
    browser.find(DRAWN)
    assert len(browser.all(".wb-strip-head")) == 5
    browser.click(".wb-period .wb-segment:nth-child(2)")
    wait_until(lambda: "period=week" in browser.driver.current_url)
    week = browser.text(".wb-period-label")
    browser.click(".wb-period [aria-label=Back]")
    wait_until(settled(lambda: browser.text(".wb-period-label") != week))
    browser.click(".wb-period-compare")
    wait_until(lambda: "compare=1" in browser.driver.current_url)
    address = browser.driver.current_url.removeprefix(browser.address)
    browser.open(address)
    browser.find(".wb-period-compare[aria-pressed=true]")
    assert browser.text(".wb-period-label") != week
    assert browser.errors() == []


def test_another_room_keeps_the_period(browser: Browser) -> None:
    opened(browser)
    open_room(browser, "Studio")
    browser.click(".wb-period .wb-segment:nth-child(3)")
    wait_until(lambda: "period=month" in browser.driver.current_url)
    wait_until(settled(lambda: "period=month" in _link(browser, "Library")))
    open_room(browser, "Library")
    wait_until(lambda: "period=month" in browser.driver.current_url)


def _link(browser: Browser, name: str) -> str:
    link = next(e for e in browser.all(".wb-room-link") if name in e.text)
    return str(link.get_attribute("href"))


FETCH = """
const done = arguments[arguments.length - 1];
fetch(arguments[0]).then(r => r.arrayBuffer().then(b => done([r.status,
  r.headers.get('content-type'), new TextDecoder('utf-8', {ignoreBOM: true}).decode(b)])));
"""


@pytest.mark.both_databases
def test_the_files_hold_the_day_that_is_shown(browser: Browser) -> None:
    opened(browser)
    open_room(browser, "Studio")
    browser.find(DRAWN)
    links = [e.get_attribute("href") for e in browser.all("#room-period a[download]")]
    plain, excel = (browser.driver.execute_async_script(FETCH, href) for href in links)
    assert plain[:2] == [200, "text/csv; charset=utf-8"]
    lines = plain[2].splitlines()
    assert lines[0].startswith("timestamp_utc,timestamp_local,room,sensor_id,metric,value")
    assert len({line.split(",")[1][:10] for line in lines[1:]}) == 1
    assert {line.split(",")[4] for line in lines[1:]} == {
        "temperature", "co2", "occupancy", "humidity", "power",
    }  # fmt: skip
    assert excel[2].startswith("\ufefftimestamp_utc;")


def test_on_a_phone_the_list_comes_first_and_then_the_room(browser: Browser) -> None:
    browser.resize(390, 844, phone=True)
    opened(browser)
    open_room(browser, "Studio")
    wait_until(settled(lambda: not browser.find(".wb-rooms-list").is_displayed()))
    browser.find(DRAWN)
    wide = "return document.documentElement.scrollWidth - window.innerWidth"
    assert browser.driver.execute_script(wide) <= 1
    browser.click(".wb-back")
    wait_until(settled(lambda: browser.find(".wb-rooms-list").is_displayed()))


def test_who_may_only_read_is_offered_nothing_else(browser: Browser) -> None:
    opened(browser, "viewer")
    assert not browser.all("#rooms-add")
    open_room(browser, "Studio")
    for forbidden in ("#room-edit-open", "#room-delete-open", "#room-band-open"):
        assert not browser.all(forbidden)


def test_a_room_that_is_gone_is_said_so(browser: Browser) -> None:
    browser.sign_in("viewer", "/rooms/99999")
    browser.wait_text(".wb-page", "There is no such room")
