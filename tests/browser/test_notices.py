"""What a person sees when a callback is refused, in Chromium over the running demo."""

import json

import pytest

from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

NOTICE = ".wb-notice"
FORGE = "window.dash_clientside.set_props('events-state', {value: {forged: arguments[0]}})"
TOLD = """
const [status, body, headers, done] = arguments;
wbNotices.refusal(new Response(body, {status, headers})).then((s) => done([s.title, s.words]));
"""


def notices(browser: Browser) -> list[str]:
    return [notice.text for notice in browser.all(NOTICE)]


def forge(browser: Browser, times: int) -> None:
    for number in range(times):
        browser.driver.execute_script(FORGE, number)


def test_a_refused_callback_is_told_once_in_words_and_closed_by_keyboard(browser: Browser) -> None:
    browser.sign_in("viewer", "/events")
    browser.find("#events-list .wb-pager, #events-list .wb-state, #events-list .wb-event")
    forge(browser, 3)
    browser.wait_text(NOTICE, "Not accepted")
    browser.wait_text(NOTICE, "These values cannot be used.")
    assert browser.find(NOTICE).get_attribute("role") == "alert"
    assert len(notices(browser)) == 1
    browser.find(f"{NOTICE} button").send_keys("\n")
    wait_until(lambda: not notices(browser))
    forge(browser, 1)
    browser.wait_text(NOTICE, "These values cannot be used.")


def test_without_a_session_a_callback_leads_to_the_login_and_tells_nothing(
    browser: Browser,
) -> None:
    browser.sign_in("viewer", "/events")
    browser.find("#events-list")
    browser.driver.delete_all_cookies()
    forge(browser, 1)
    wait_until(lambda: "/login?next=%2Fevents" in browser.driver.current_url)


@pytest.mark.parametrize(
    ("status", "message", "headers", "title", "words"),
    [
        (422, "No such filter.", {}, "Not accepted", "No such filter."),
        (403, "", {}, "Not allowed", "You may not do this."),
        (
            429,
            "Too many calls.",
            {"Retry-After": "7"},
            "Too many requests",
            "Too many calls. Try again in 7 s.",
        ),
        (
            500,
            "It is in the log as error 1a.",
            {},
            "Something failed",
            "It is in the log as error 1a.",
        ),
        (
            502,
            "",
            {},
            "Something failed",
            "The server could not do this. Try again in a moment.",
        ),
        (
            503,
            "The database is down.",
            {"Retry-After": "2"},
            "Not available now",
            "The database is down. Try again in 2 s.",
        ),
    ],
)
def test_every_refusal_has_words(
    browser: Browser,
    status: int,
    message: str,
    headers: dict[str, str],
    title: str,
    words: str,
) -> None:
    browser.open("/login")
    for script in ("formats.js", "notices.js"):
        _load(browser, script)
    body = json.dumps({"error": {"message": message}}) if message else "<html>a proxy's page</html>"
    assert browser.driver.execute_async_script(TOLD, status, body, headers) == [title, words]


def _load(browser: Browser, name: str) -> None:
    script = """
    const [name, done] = arguments, tag = document.createElement('script');
    tag.src = '/assets/' + name; tag.onload = done; document.head.append(tag);
    """
    browser.driver.execute_async_script(script, name)
