"""Signing in, the Admin page and one's own account, as a person does it."""

import pytest
from selenium.webdriver.common.by import By

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


def type_into(browser: Browser, css: str, text: str) -> None:
    field = browser.find(css)
    field.clear()
    field.send_keys(text)


def sign_in_as(browser: Browser, name: str, password: str) -> None:
    type_into(browser, "input[name=username]", name)
    type_into(browser, "input[name=password]", password)
    browser.click("button[type=submit]")


def create_user(browser: Browser, name: str) -> str:
    """Create a viewer on the Admin page and give the password that is shown once."""
    browser.sign_in("admin", "/admin")
    browser.click("#admin-user-new")
    type_into(browser, "#admin-user-name", name)
    browser.click(".modal.show .btn-primary")
    browser.wait_text("#admin-notice", f"Password of {name}")
    return browser.text("#admin-notice code")


def act(browser: Browser, spoken: str) -> None:
    """Press a button of a row and confirm its dialog."""
    browser.click(f"[aria-label='{spoken}']")
    browser.click(".modal.show .wb-dialog-foot .btn:last-child")


@pytest.mark.both_databases
def test_a_new_user_signs_in_changes_the_password_and_is_shut_out(browser: Browser) -> None:
    first = create_user(browser, "Vera Visitor")
    browser.forget()

    browser.open("/account")
    assert "/login?next=" in browser.driver.current_url
    sign_in_as(browser, "vera visitor", "a wrong password")
    browser.wait_text("[role=alert]", "name or the password is wrong")
    sign_in_as(browser, "vera visitor", first)
    browser.wait_text("h1", "Choose a password of your own")
    browser.open("/rooms")
    wait_until(lambda: browser.driver.current_url.endswith("/password?next=%2Frooms"))
    browser.open("/password?next=%2Faccount")
    own = "a first one of my own"
    for field, text in (("old", first), ("new", own), ("again", own)):
        type_into(browser, f"#{field}", text)
    browser.click(".btn-primary")
    browser.wait_text(".wb-page-head", "Vera Visitor, Viewer")
    assert browser.all("a[href='/admin']") == []

    for css, text in (("old", own), ("new", "four unrelated words"), ("again", "other words")):
        type_into(browser, f"#account-{css}", text)
    browser.click("#account-change")
    browser.wait_text(".wb-main", "is not the same as the new one")
    type_into(browser, "#account-again", "four unrelated words")
    browser.click("#account-change")
    browser.wait_text("[role=status]", "Your password has changed")
    sign_in_as(browser, "Vera Visitor", "four unrelated words")
    wait_until(lambda: "/login" not in browser.driver.current_url)
    browser.find(".wb-main")
    shut_out = browser.driver.get_cookie("wb_session")

    browser.forget()
    browser.sign_in("admin", "/admin")
    act(browser, "Disable Vera Visitor")
    browser.find("[aria-label='Enable Vera Visitor']")
    browser.forget()
    browser.open("/login")
    browser.driver.add_cookie({"name": "wb_session", "value": shut_out["value"]})
    browser.open("/")
    assert "/login" in browser.driver.current_url


def test_a_wall_is_paired_by_a_code_and_loses_its_view_when_it_is_revoked(
    browser: Browser,
) -> None:
    browser.sign_in("manager", "/admin?tab=displays")
    assert browser.all("#admin-user-new") == []
    browser.click("#admin-display-new")
    type_into(browser, "#admin-display-name", "Test lobby")
    browser.click(".modal.show .btn-primary")
    browser.wait_text("#admin-notice", "Pairing code")
    code = browser.text("#admin-notice code")
    browser.forget()

    browser.open("/kiosk")
    type_into(browser, "#code", code.lower())
    browser.click("button[type=submit]")
    browser.find(".wb-wall")
    browser.open("/rooms")
    wait_until(lambda: browser.driver.current_url.endswith("/kiosk"))
    browser.find(".wb-wall")
    assert browser.errors() == []
    paired = browser.driver.get_cookie("wb_display")

    browser.forget()
    browser.sign_in("manager", "/admin?tab=displays")
    act(browser, "Revoke Test lobby")
    browser.wait_text("#admin-part", "Revoked")
    browser.forget()
    browser.open("/login")
    browser.driver.add_cookie({"name": "wb_display", "value": paired["value"]})
    browser.open("/kiosk")
    browser.find("#code")


@pytest.mark.both_databases
def test_the_audit_is_filtered_by_person_and_by_action(browser: Browser) -> None:
    browser.sign_in("admin", "/admin?tab=audit")
    browser.wait_text("#admin-audit", "Signed in")
    browser.find("#admin-audit-actor").send_keys("Wattboard")
    wait_until(lambda: "Signed in" not in browser.text("#admin-audit"))
    browser.wait_text("#admin-audit", "Set up login")
    browser.find("#admin-audit-last").send_keys("01012001")
    browser.wait_text("#admin-audit", "Nothing matches")
    assert browser.errors() == []


def test_logging_out_ends_the_open_page_too(browser: Browser) -> None:
    browser.sign_in("viewer", "/")
    browser.find(".wb-main")
    browser.open("/admin")
    browser.wait_text(".wb-main", "You may not see this page")
    browser.click(".wb-user > summary")
    browser.click("form[action='/logout'] button")
    wait_until(lambda: "/login" in browser.driver.current_url)
    browser.open("/")
    assert "/login" in browser.driver.current_url
    assert browser.driver.find_elements(By.ID, "username")
