"""A feed by mouse: made, filled from a file, replaced by another, deleted."""

from pathlib import Path

import pytest

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

HEADER = "timestamp_utc,price_import_eur_per_kwh"


def day_file(folder: Path, name: str, lines: list[str]) -> str:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]))
    return str(path)


def test_a_feed_is_made_and_filled_from_a_file(browser: Browser, tmp_path: Path) -> None:
    browser.sign_in("manager", "/money/tariffs")
    browser.click("#feeds-new")
    browser.find("#feed-name").send_keys("Day ahead")
    assert not browser.find("#feed-url").is_displayed()
    browser.click(".modal.show .btn-primary")
    browser.wait_text("#feeds-list", "No values yet")

    hours = [f"2026-06-{16 + h // 24}T{h % 24:02d}:00:00Z,{0.1 + h / 1000}" for h in range(48)]
    good = day_file(tmp_path, "prices.csv", hours)
    bad = day_file(tmp_path, "naive.csv", ["2026-06-16T00:00:00,0.1", *hours[1:]])
    browser.click("#feeds-list [data-act='upload']")
    chooser = browser.find("#feed-file input[type=file]")
    chooser.send_keys(bad)
    browser.wait_text("#feed-file-says", "line 2")
    chooser.send_keys(good)
    browser.wait_text("#feed-file-says", "0.100 and 0.147")
    browser.click(".modal.show .btn-primary")
    browser.wait_text("#feeds-list", "Up to date")
    browser.wait_text("#feeds-list", "Tue 16 Jun 2026 01:00 to Thu 18 Jun 2026 01:00")

    browser.click("#feeds-list [data-act='delete']")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "No feed yet" in browser.text("#feeds-list"))
    assert browser.errors() == []
