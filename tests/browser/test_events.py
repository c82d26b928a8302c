"""The Events page and the bell in Chromium, over the running demo."""

import pytest

from tests.browser.test_rooms import choose, confirm, settled, write
from tests.browser.test_sensors import gateway, send
from tests.browsing import Browser
from tests.running import Running
from tests.waiting import wait_until

__all__ = ["gateway"]
pytestmark = pytest.mark.browser

LINE = "#events-list .wb-event"
RULES = "#events-rules .wb-event"


def causes(browser: Browser) -> list[str]:
    return [element.text for element in browser.all(f"{LINE} strong")]


def add_rule(browser: Browser, name: str, limit: str) -> None:
    browser.sign_in("manager", "/events?tab=rules")
    browser.click("#events-rule-new")
    write(browser, "#event-rule-name", name)
    choose(browser, "#event-rule-severity", "fault")
    write(browser, "#event-rule-sensor", "WEATHER")
    write(browser, "#event-rule-limit", limit)
    write(browser, "#event-rule-delay_on", "0")


def delete_rule(browser: Browser, name: str) -> None:
    browser.open("/events?tab=rules")
    wait_until(settled(lambda: any(name in x.text for x in browser.all(RULES))))
    browser.click(f"{RULES}:last-child [data-act=delete]")
    browser.click(confirm("event-rule-delete"))
    wait_until(settled(lambda: not any(name in x.text for x in browser.all(RULES))))


ACKNOWLEDGE_ALL = """
    const done = arguments[arguments.length - 1], events = '/api/v1/events';
    const headers = {'Content-Type': 'application/json'}, body = JSON.stringify({comment: 'seen'});
    fetch(events + '?state=open').then((a) => a.json()).then((listed) => Promise.all(
      listed.events.map((event) => fetch(
        events + '/' + event.event_id + '/acknowledge', {method: 'POST', headers, body}))))
      .then((answers) => done(answers.map((a) => a.status).filter((status) => status !== 200)));
"""


def test_a_rule_is_tried_made_rings_the_bell_and_is_acknowledged(browser: Browser) -> None:
    add_rule(browser, "Not freezing", "-20")
    # Other tests of the same demo have let devices fail.
    assert browser.driver.execute_async_script(ACKNOWLEDGE_ALL) == []

    def tried() -> bool:
        browser.click("#event-rule-try")  # again while the demo still sends its history
        return "Would have rung" in browser.text("#event-rule-preview")

    wait_until(settled(tried), 60, 0.5)
    browser.click(confirm("event-rule"))
    wait_until(settled(lambda: any("Not freezing" in x.text for x in browser.all(RULES))))
    browser.open("/sensors")
    browser.find(".wb-bell-fault", 90)  # by push: nobody touches this page
    browser.click("a.wb-bell")
    wait_until(settled(lambda: any("above -20.0 °C" in x for x in causes(browser))), 90)
    browser.click(f"{LINE} [data-act=acknowledge]")
    write(browser, "#event-comment", "it is summer")
    browser.click(confirm("event-acknowledge"))
    browser.wait_text(LINE, "Acknowledged by manager")
    browser.wait_text(LINE, "“it is summer”")
    wait_until(lambda: not browser.all(".wb-bell-fault"))
    browser.click(f"{LINE} [data-act=detail]")
    choose(browser, "#event-silence", "4")
    browser.click(confirm("event-detail"))
    browser.wait_text(LINE, "silent until")
    delete_rule(browser, "Not freezing")
    assert browser.errors() == []


def test_what_is_wrong_with_a_rule_stands_beside_its_field(browser: Browser) -> None:
    add_rule(browser, "Broken", "9999")
    browser.click(confirm("event-rule"))
    browser.wait_text("#event-rule-limit-error", "from -60 to 120")


def test_a_rejected_message_is_an_event_without_a_reload(browser: Browser, gateway) -> None:
    browser.sign_in("operator", "/events?service=ingest")
    browser.find("#events-list")
    send(gateway, "EVENT_TEST", {"metric": "temperature", "value": 3, "unit": "furlong"})
    wait_until(settled(lambda: any("furlong" in x for x in causes(browser))), 60)


def test_the_filters_narrow_the_list(browser: Browser) -> None:
    browser.sign_in("viewer", "/events")
    choose(browser, "#events-state", "silenced")
    choose(browser, "#events-service", "rooms")
    browser.wait_text("#events-list", "No events")


def test_a_viewer_reads_and_tries_but_changes_nothing(browser: Browser) -> None:
    browser.sign_in("viewer", "/events?tab=rules")
    browser.find(RULES)
    assert not browser.all("#events-rule-new")
    assert not browser.all(f"{RULES} [data-act=toggle]")
    browser.click(f"{RULES} [data-act=edit]")
    browser.click("#event-rule-try")
    browser.wait_text("#event-rule-preview", "not kept")
    assert not browser.find(confirm("event-rule")).is_displayed()


def test_a_channel_is_made_tested_and_its_failure_is_in_the_log(
    browser: Browser, demo: Running
) -> None:
    browser.sign_in("operator", "/events?tab=notifications")
    browser.click("#events-channel-new")
    write(browser, "#event-channel-name", "My program")
    choose(browser, "#event-channel-kind", "webhook")
    write(browser, "#event-channel-address", "http://127.0.0.1:9/hook")
    browser.click(confirm("event-channel"))
    browser.wait_text("#events-channels", "My program")
    browser.click("#events-channels [data-act=test]")
    browser.wait_text("#events-log", "test of notifications")

    def refused() -> bool:
        browser.click("#events-log-refresh")
        return "inside the network" in browser.text("#events-log")

    wait_until(settled(refused), 30)
    assert not browser.all("#events-hosts")
    assert browser.errors() == []
