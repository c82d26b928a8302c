"""A download link in Chromium: progress, Cancel, failure and the saved file, over the real desk.

The desk runs in this process, so that a test can hold the pages of a file back and see them end.
"""

import csv
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from argon2 import PasswordHasher
from flask import Flask
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from domain.access import passwords
from domain.access.policy import SYSTEM
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry import sheets
from domain.telemetry.model import Reading
from tests.browser.desk import PASSWORD, enter, served
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

MINUTE = 60_000
NOTICE = ".wb-notice"
PRESS = ".wb-notice button"
CSV = "a[download][href*='/download/sensors/T.csv'][href*='rfc4180']"
SAID = "return document.getElementById('wb-announce').textContent"
Pages = Callable[..., Iterator[sheets.Sheet]]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def desk(house: House, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the real application over one sensor with two hours of readings."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    house.building.register_sensor(SYSTEM, "T", {"sensor_type": "temperature", "name": "Attic"})
    now_ms = house.clock.now_ms()
    house.telemetry.ingest(
        [Reading("T", "temperature", now_ms - n * MINUTE, n / 8) for n in range(1, 121)]
    )
    house.telemetry.settle()
    with served(app) as address:
        yield address


@pytest.fixture
def saved(tmp_path: Path, session_browser: WebDriver) -> Path:
    """Where the browser saves."""
    folder = tmp_path / "saved"
    folder.mkdir()
    allow = {"behavior": "allow", "downloadPath": str(folder)}
    session_browser.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    return folder


@pytest.fixture
def page(desk: str, session_browser: WebDriver, saved: Path) -> Iterator[Browser]:
    """A person at the sensor's page."""
    visitor = Browser(session_browser, desk)
    enter(visitor, "/sensors/T")
    visitor.find(CSV)
    yield visitor
    visitor.forget()


class Held:
    """Pages of a file that come one by one, as a test lets them go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, endless: bool = False) -> None:
        self.go, self.ended = threading.Event(), threading.Event()
        plain: Pages = sheets.Sheets.pages

        def pages(reader, series, period, level):  # type: ignore[no-untyped-def]
            try:
                for sheet in plain(reader, series, period, level):
                    yield sheet
                    while not self.go.wait(0.02) and endless:
                        yield sheet
                    self.go.wait(30)
            finally:
                self.ended.set()

        monkeypatch.setattr(sheets.Sheets, "pages", pages)


def ask_for(page: Browser, level: str) -> None:
    """Another level than the one drawn, in the link itself."""
    script = "const a = document.querySelector(arguments[0]); a.href = a.href.replace('15min', %r)"
    page.driver.execute_script(script % level, CSV)


def file_of(folder: Path, suffix: str = ".csv") -> Path:
    """The one file there, once it is whole."""

    def whole() -> Path | None:
        found = list(folder.iterdir())
        return found[0] if len(found) == 1 and found[0].suffix == suffix else None

    found = wait_until(whole)
    assert found
    return found


def test_a_download_is_saved_under_its_name_and_says_so(page: Browser, saved: Path) -> None:
    page.click(CSV)
    page.wait_text(NOTICE, "Saved as T_2026-06-16.csv")
    assert "Readings of Attic as CSV" in page.text(NOTICE)
    file = file_of(saved)
    assert file.name == "T_2026-06-16.csv"
    rows = list(csv.DictReader(file.open(newline="")))
    assert {row["sensor_id"] for row in rows} == {"T"}
    assert f"{len(rows)} rows" in page.text(NOTICE)
    wait_until(lambda: not page.all(NOTICE), 20)
    assert page.errors() == []


def test_how_far_it_is_is_seen_and_heard_before_it_is_whole(
    page: Browser, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "PAGE", 60)
    held = Held(monkeypatch)
    ask_for(page, "raw")
    page.click(CSV)
    page.wait_text(NOTICE, "of about 120 rows")
    page.wait_text(NOTICE, "50 %")
    bar = page.find("[role=progressbar]")
    assert bar.get_attribute("aria-valuenow") == "50"
    assert page.find("#wb-announce").get_attribute("role") == "status"
    wait_until(lambda: "50 percent" in page.driver.execute_script(SAID), 20)
    assert list(saved.iterdir()) == []
    held.go.set()
    page.wait_text(NOTICE, "Saved as")
    assert "120 rows" in page.text(NOTICE)
    assert len(file_of(saved).read_text().splitlines()) == 121
    assert "Saved as" in page.driver.execute_script(SAID)


def test_cancel_by_keyboard_ends_the_work_on_the_server_and_saves_nothing(
    page: Browser, house: House, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, endless=True)
    page.find(CSV).send_keys(Keys.ENTER)
    page.wait_text(NOTICE, "rows")
    assert page.driver.switch_to.active_element.text == "Cancel"
    assert not held.ended.is_set()
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_text(NOTICE, "Cancelled after")
    assert held.ended.wait(20)
    pool = house.database.engine.pool
    wait_until(lambda: pool.checkedout() == 0)  # type: ignore[attr-defined]
    assert list(saved.iterdir()) == []
    assert page.driver.switch_to.active_element.get_attribute("download") is not None
    assert "Nothing was saved" in page.text(NOTICE)


def test_a_second_click_while_it_runs_begins_no_second_download(
    page: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, endless=True)
    for _ in range(2):
        page.click(CSV)
    assert len(page.all(NOTICE)) == 1
    page.find(PRESS).click()
    assert held.ended.wait(20)


def test_a_refusal_stands_there_in_words_until_it_is_closed(page: Browser, saved: Path) -> None:
    ask_for(page, "none")
    page.click(CSV)
    page.wait_text(NOTICE, "Not accepted: There is no level “none”.")
    assert page.text(PRESS) == "Close"
    page.click(PRESS)
    wait_until(lambda: not page.all(NOTICE))
    assert list(saved.iterdir()) == []


def test_a_file_that_breaks_off_is_not_saved_and_says_so(
    page: Browser, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
    window.fetch = () => Promise.resolve(new Response(new ReadableStream({
      start(c) { c.enqueue(new TextEncoder().encode('a\\n1\\n')); },
      pull(c) { c.error(new TypeError('network error')); } }, { highWaterMark: 0 }),
      { headers: { 'Content-Type': 'text/csv', 'Content-Disposition': 'filename="a.csv"' } }))
    """
    page.driver.execute_script(script)
    page.click(CSV)
    page.wait_text(NOTICE, "The connection broke off after 4 B. Nothing was saved.")
    assert list(saved.iterdir()) == []


def test_what_is_too_large_to_gather_is_left_to_the_browser(page: Browser, saved: Path) -> None:
    page.driver.execute_script("wbDownloads.largestBytes = 100")
    page.click(CSV)
    page.wait_text(NOTICE, "Larger than 100 B: your browser downloads it")
    assert file_of(saved).name == "T_2026-06-16.csv"


def test_whose_session_has_ended_is_led_to_the_login(page: Browser) -> None:
    page.driver.delete_all_cookies()
    page.click(CSV)
    wait_until(lambda: "/login?next=%2Fsensors%2FT" in page.driver.current_url)


@pytest.mark.parametrize("without", ["a script", "a plain click"])
def test_a_link_stays_a_link(page: Browser, saved: Path, without: str) -> None:
    if without == "a script":
        page.driver.execute_script("document.getElementById('wb-notices').remove()")
        page.click(CSV)
    else:
        link = page.find(CSV)
        ActionChains(page.driver).key_down(Keys.ALT).click(link).key_up(Keys.ALT).perform()
    assert file_of(saved).name == "T_2026-06-16.csv"
    assert not page.all(NOTICE)


def test_readings_of_the_listed_sensors_are_exported_as_a_workbook(
    page: Browser, saved: Path
) -> None:
    page.open("/sensors?q=attic")
    page.click("#sensors-export-open")
    page.wait_text("#sensors-export-target", "1 sensor, as filtered")
    page.wait_text("#sensors-export-words", "About 120 rows.")
    page.click("#sensors-export-link")
    page.wait_text(NOTICE, "Saved as wattboard_2026-06-09_2026-06-16.xlsx")
    assert "Readings of 1 sensor as Excel workbook" in page.text(NOTICE)
    book = openpyxl.load_workbook(file_of(saved, ".xlsx"))
    assert book.worksheets[0].max_row == 121
    wait_until(lambda: not page.all(".modal.show"))
    assert page.errors() == []


def test_what_cannot_be_exported_is_said_before_it_is_asked_for(page: Browser) -> None:
    page.open("/sensors")
    page.click("#sensors-export-open")
    page.wait_text("#sensors-export-target", "All sensors that are not hidden")
    script = "window.dash_clientside.set_props('sensors-export-last', {value: '2026-01-01'})"
    page.driver.execute_script(script)
    page.wait_text("#sensors-export-words", "The last day is at or after the first")
    assert not page.find("#sensors-export-link").is_displayed()


def test_the_keyboard_reaches_cancel_after_the_dialog_has_gone(
    page: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, endless=True)
    page.open("/sensors")
    page.click("#sensors-export-open")
    page.wait_text("#sensors-export-words", "About 120 rows.")
    page.find("#sensors-export-link").send_keys(Keys.ENTER)
    wait_until(lambda: page.driver.switch_to.active_element.text == "Cancel")
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_text(NOTICE, "Cancelled after")
    assert held.ended.wait(20)
