"""A token's life as a person sees it: made, shown once, used, revoked, reported."""

import pytest
import requests
from selenium.webdriver.common.by import By

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

SHEET = ".wb-sheet"


def make_token(browser: Browser, name: str, may: str) -> str:
    """Fill in the sheet and give the secret that it then shows."""
    browser.click("#tokens-new")
    browser.find("#token-name").send_keys(name)
    box = f"{SHEET} input[value='{may}']"

    def ticked() -> bool:
        """The sheet slides in: a click may still fall beside the box."""
        if not browser.find(box).is_selected():
            browser.click(box)
        return bool(browser.find(box).is_selected())

    wait_until(ticked, 15, every_s=0.5)
    browser.click(f"{SHEET} .wb-sheet-foot .btn-primary")
    return browser.text("#token-secret")


def status_of(browser: Browser, path: str, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return requests.get(browser.address + path, headers=headers, timeout=10).status_code


def act(browser: Browser, spoken: str) -> None:
    browser.click(f"[aria-label='{spoken}']")
    browser.click(".modal.show .wb-dialog-foot .btn:last-child")


KEPT = {
    "elements": "document.documentElement.outerHTML",
    "Dash's layout": "JSON.stringify(window.dash_stores.map((store) => store.getState().layout))",
    "local storage": "JSON.stringify({...localStorage})",
    "session storage": "JSON.stringify({...sessionStorage})",
}


def kept_in(browser: Browser, secret: str) -> set[str]:
    """Where the page or the browser holds the secret."""
    kept = {name: browser.driver.execute_script(f"return {js}") for name, js in KEPT.items()}
    return {name for name, text in kept.items() if secret in text}


@pytest.mark.both_databases
def test_a_token_is_made_used_revoked_and_its_later_try_is_reported(browser: Browser) -> None:
    browser.sign_in("operator", "/tokens")
    secret = make_token(browser, "Spreadsheet", "rooms:read")
    assert browser.address in browser.text("#token-example")
    assert kept_in(browser, secret) == {"elements", "Dash's layout"}
    browser.click(f"{SHEET} .wb-sheet-foot .btn-outline-secondary")
    wait_until(lambda: not browser.all("#token-secret"))
    assert kept_in(browser, secret) == set()
    browser.wait_text("#tokens-table", "Spreadsheet")
    assert status_of(browser, "/api/v1/rooms", secret) == 200
    assert status_of(browser, "/api/v1/sensors", secret) == 403

    act(browser, "Revoke Spreadsheet")
    browser.find("[aria-label='Activate Spreadsheet again']")
    browser.wait_text("#tokens-table", "Revoked")
    assert status_of(browser, "/api/v1/rooms", secret) == 401

    tabs = browser.driver.find_elements(By.CSS_SELECTOR, "#tokens-tab .wb-segment")
    tabs[1].click()
    for words in ("after its end", "it had been revoked", "GET /api/v1/sensors"):
        browser.wait_text("#tokens-report", words)

    tabs[0].click()
    act(browser, "Activate Spreadsheet again")
    browser.find("[aria-label='Revoke Spreadsheet']")
    assert status_of(browser, "/api/v1/rooms", secret) == 200
    act(browser, "Revoke Spreadsheet")
    browser.find("[aria-label='Activate Spreadsheet again']")
    assert browser.errors() == []


def test_a_form_without_name_or_right_stays_open_with_words_beside_its_fields(
    browser: Browser,
) -> None:
    browser.sign_in("viewer", "/tokens")
    browser.wait_text("#tokens-table", "lets a program act for you")
    browser.click("#tokens-table [data-act='new']")
    browser.find("#token-name")
    assert browser.all(f"{SHEET} input[value='sensors']") == []
    browser.click(f"{SHEET} .wb-sheet-foot .btn-primary")
    browser.wait_text("#token-name-error", "Give it a name")
    browser.wait_text("#token-list_of_resources-error", "Choose at least one")
    browser.click(f"{SHEET} .wb-sheet-foot .btn-outline-secondary")
    wait_until(lambda: not browser.all("#token-name"))
    browser.wait_text("#tokens-facts", "none yet")
