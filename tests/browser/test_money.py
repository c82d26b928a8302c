"""A posting as people see it: the figures it moves, the way down to it, the pages without it."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest
import requests
from selenium.common.exceptions import WebDriverException

from components import formats
from domain.foundation.clock import FixedClock
from domain.money.ledger import Ledger, verify
from domain.money.posting import GROUPS, Entry, Posting, cents_of
from domain.storage.engine import Database
from tests.browsing import Browser
from tests.conftest import TUESDAY_10H
from tests.running import Running
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

DAY, AMOUNT_MC = date(2026, 6, 15), 777_712_345
WORDS = "Meter fee found late"
TILE = "[aria-label='Postings of Cost so far'] .wb-value"
ELSEWHERE = ("/", "/rooms", "/rooms/1", "/sensors", "/sensors/METER_MAIN", "/analytics", "/events")


class Books:
    """The ledger of a running demo, from outside its process."""

    def __init__(self, demo: Running) -> None:
        self.database = Database(f"sqlite:///{demo.data_dir / 'wattboard.db'}")
        zone = ZoneInfo("Europe/Lisbon")
        self.ledger = Ledger(self.database, FixedClock(TUESDAY_10H), zone)

    def post(self, key: str, mc: int) -> int:
        entries = (Entry("cost:fixed", mc), Entry("retailer", -mc))
        posting = Posting(key, DAY, "adjustment", WORDS, entries, {"invoice": "2026/17"})
        return self.ledger.post([posting])[0]

    def bill(self) -> str:
        """What June costs by the postings themselves."""
        accounts = GROUPS["bill"][1]
        totals = self.ledger.totals(date(2026, 6, 1), date(2026, 7, 1), ("account",))
        mc = sum(total.debit_mc for total in totals if total.account in accounts)
        return formats.fixed(cents_of(mc) / 100, 2)


@pytest.fixture
def books(demo: Running) -> Iterator[Books]:
    found = Books(demo)
    yield found
    found.post("test:fee:back", -AMOUNT_MC)
    found.database.close()


def tells(browser: Browser, books: Books) -> bool:
    """Whether the page says what the postings add up to; it may be drawn anew meanwhile."""
    try:
        return books.bill() in browser.text(TILE)
    except WebDriverException:
        return False


def stated(browser: Browser) -> str:
    """What June costs by its statement."""
    cookies = {cookie["name"]: cookie["value"] for cookie in browser.driver.get_cookies()}
    address = f"{browser.address}/download/money/statement.csv?month=2026-06"
    rows = csv.DictReader(io.StringIO(requests.get(address, cookies=cookies, timeout=20).text))
    month = [row for row in rows if row["section"] == "month"]
    mc = sum(int(row["amount_mc"]) for row in month if row["account"] in GROUPS["bill"][1])
    return formats.fixed(cents_of(mc) / 100, 2)


def test_a_posting_moves_the_month_is_drilled_down_to_and_stands_on_no_other_page(
    browser: Browser, books: Books
) -> None:
    books.post("test:base", 100_000)  # so that the month has a figure to move
    browser.sign_in("manager", "/money")
    wait_until(lambda: tells(browser, books), 40)
    before = books.bill()

    seq = books.post("test:fee", AMOUNT_MC)
    wait_until(lambda: tells(browser, books), 40)  # pushed, not loaded anew
    assert books.bill() != before

    browser.click("[aria-label='Postings of Cost so far']")
    browser.wait_text(".wb-sheet", WORDS)
    browser.wait_text(".wb-sheet .wb-facts", books.bill())
    browser.click(f".wb-sheet a[href='/money/ledger/{seq}']")
    browser.wait_text("main", f"Posting {seq:,}")
    browser.wait_text("main", "7,777.12345 €")
    browser.wait_text("main", "2026/17")

    browser.open("/money/ledger?account=cost:fixed&first=2026-06-15&last=2026-06-15")
    browser.wait_text("#ledger-table", WORDS)
    browser.wait_text("#ledger-sum", "in all")
    wait_until(lambda: stated(browser) == books.bill(), 40)
    for path in ELSEWHERE:
        browser.open(path)
        browser.find("main")
        assert WORDS not in browser.text("body")
    assert browser.errors() == []


def test_the_chain_is_verified_at_the_press_of_a_button_and_a_budget_is_set(
    browser: Browser, books: Books
) -> None:
    books.post("test:base", 100_000)
    browser.sign_in("manager", "/money/ledger")
    browser.click("#ledger-verify")
    browser.wait_text("#wb-toasts", "Ledger verified")
    browser.wait_text("#ledger-chain", "Verified")
    assert verify(books.database) is None

    browser.open("/money")
    browser.click("#money-budget-open")
    browser.find("#budget-amount").send_keys("-5")
    browser.click(".modal.show .wb-dialog-foot .btn-primary")
    browser.wait_text("#budget-amount-error", "more than 0")
    browser.find("#budget-amount").clear()
    browser.find("#budget-amount").send_keys("20000")
    browser.click(".modal.show .wb-dialog-foot .btn-primary")
    browser.wait_text(".wb-money", "of 20,000.00 €")
    assert browser.errors() == []
