"""Paging, order, address and file of the Events page, over more events than a page holds."""

import csv
import io
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from selenium.webdriver.remote.webdriver import WebDriver

from domain.access import passwords
from domain.access.policy import SYSTEM
from domain.alarms import event_store
from domain.house import House
from domain.storage.engine import Database
from tests.browser.desk import PASSWORD, enter, served
from tests.browser.test_rooms import choose, settled
from tests.browsing import Browser
from tests.integration.alarms.conftest import limit_rule, only_rule
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

LINE = "#events-list .wb-event strong"
PAGER = "#events-list .wb-pager"
NEWER, OLDER = f"{PAGER} button:first-of-type", f"{PAGER} button:last-of-type"
HOUR = 3_600_000
FETCH = "const done = arguments[1]; fetch(arguments[0]).then((r) => r.text()).then(done)"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def past_events(house: House, count: int) -> None:
    """Events an hour apart, `Event 0` the newest, each third a fault, all over."""
    only_rule(house, "none")
    rule_id = limit_rule(house)
    now_ms = house.clock.now_ms()
    with house.database.write() as c:
        for n in range(count):
            began_ms = now_ms - (n + 2) * HOUR
            columns = {
                "rule_id": rule_id,
                "rule_name": "Too hot",
                "kind": "limit",
                "service": "sensors",
                "severity": "fault" if n % 3 == 0 else "info",
                "cause": f"Event {n}",
                "join_group": "",
                "started_ms": began_ms,
                "joined_ms": began_ms,
                "raised_ms": began_ms,
                "rang_ms": began_ms,
                "cleared_ms": began_ms + (n + 1) * 60_000,
                "rings": 1,
                "repeats": 0,
                "sensor_count": 1,
            }
            event_store.insert_event(c, columns)


@pytest.fixture
def page(
    house: House, app: Flask, session_browser: WebDriver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Browser]:
    """A person at 120 events."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"})
    past_events(house, 120)
    with served(app) as address:
        visitor = Browser(session_browser, address)
        enter(visitor, "/events")
        visitor.find(LINE)
        yield visitor
        visitor.forget()


def first_is(page: Browser, cause: str) -> None:
    wait_until(settled(lambda: page.all(LINE)[0].text == cause))


def address_has(page: Browser, *parts: str) -> None:
    wait_until(lambda: all(part in page.driver.current_url for part in parts))


def test_older_and_newer_pages_state_their_count_and_stand_in_the_address(page: Browser) -> None:
    first_is(page, "Event 0")
    assert "1 to 50 of 120 events" in page.text(PAGER)
    assert not page.find(NEWER).is_enabled()
    page.click(OLDER)
    first_is(page, "Event 50")
    address_has(page, "page=2")
    wait_until(lambda: page.driver.execute_script("return window.scrollY") < 200)
    page.click(OLDER)
    first_is(page, "Event 100")
    assert "101 to 120 of 120 events" in page.text(PAGER)
    assert not page.find(OLDER).is_enabled()
    page.click(NEWER)
    first_is(page, "Event 50")
    page.driver.refresh()
    first_is(page, "Event 50")
    assert "51 to 100 of 120 events" in page.text(PAGER)
    assert page.errors() == []


def test_another_filter_begins_at_the_first_page_and_paging_goes_on_from_there(
    page: Browser,
) -> None:
    page.click(OLDER)
    first_is(page, "Event 50")
    choose(page, "#events-sort", "oldest")
    first_is(page, "Event 119")
    address_has(page, "sort=oldest")
    assert "page=" not in page.driver.current_url
    page.click(OLDER)  # the right one, which here says Newer
    first_is(page, "Event 69")
    assert [button.text for button in page.all(f"{PAGER} button")] == ["Older", "Newer"]
    page.open("/events?page=99&sort=longest")
    first_is(page, "Event 19")
    assert "101 to 120 of 120 events" in page.text(PAGER)


def test_the_address_keeps_filters_and_tab(page: Browser) -> None:
    choose(page, "#events-severity", "fault")
    page.wait_text(PAGER, "1 to 40 of 40 events")
    page.click("#events-tab .form-check:nth-child(2) label")
    address_has(page, "severity=fault", "tab=rules")
    page.driver.refresh()
    page.find("#events-rules")
    page.click("#events-tab .form-check:nth-child(1) label")
    page.wait_text(PAGER, "1 to 40 of 40 events")
    wait_until(lambda: "tab=" not in page.driver.current_url)


def test_the_file_holds_the_filtered_list_in_its_order_on_all_pages(page: Browser) -> None:
    choose(page, "#events-severity", "info")
    choose(page, "#events-sort", "oldest")
    page.wait_text(PAGER, "of 80 events")

    def href() -> str:
        return str(page.find("#events-files a").get_attribute("href"))

    wait_until(settled(lambda: "severity=info" in href() and "sort=oldest" in href()))
    text = page.driver.execute_async_script(FETCH, href())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 80
    assert {row["severity"] for row in rows} == {"info"}
    assert (rows[0]["cause"], rows[-1]["cause"]) == ("Event 119", "Event 1")
