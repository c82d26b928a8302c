"""assets/live.js in Chromium against a real socket over a small house, under a strict policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.api.live_server import LiveServer, live_server
from tests.browsing import Browser
from tests.unit.live.fakes import NOW_MS, a_reading
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html><head><meta charset="utf-8">
<script src="/assets/formats.js"></script><script src="/assets/live-data.js"></script>
<script src="/assets/live-page.js"></script><script src="/assets/live.js"></script>
<script src="/assets/session.js"></script></head><body>
<div id="wb-connection"><span data-part="text"></span><button data-part="retry">Retry</button></div>
<span id="chip" data-connection="1"><span data-part="text"></span></span>
<b id="clock" data-clock="seconds"></b>
<div id="tile" data-fresh="reading/METER_LAB/power" data-state="missing">
 <span id="value" class="wb-value" data-live="reading/METER_LAB/power" data-format="power"><span
   class="wb-num">–</span><span class="wb-unit">kW</span></span>
 <span id="age" data-age="reading/METER_LAB/power" data-ts="" data-interval="10">–</span>
</div>
<span id="comfort" data-live-word="room/7/comfort/word" data-live-tone="room/7/comfort/tone"
 >–</span>
<span id="room" class="wb-value" data-live="room/7/power_kw" data-format="power"><span
   class="wb-num">–</span><span class="wb-unit">kW</span></span>
<span id="total" class="wb-value" data-live="energy/consumption_kw" data-format="power"><span
   class="wb-num">–</span><span class="wb-unit">kW</span></span>
<span id="bar" data-live-width="energy/consumption_kw" data-max="50"></span>
</body></html>"""


@pytest.fixture
def live() -> Iterator[LiveServer]:
    with live_server() as server:
        server.pages["live"] = PAGE
        yield server


@pytest.fixture
def page(live: LiveServer, session_browser: WebDriver) -> Iterator[Browser]:
    visitor = Browser(session_browser, live.address)
    visitor.forget()
    visitor.open("/page/live")
    wait_until(lambda: state(visitor) == "live")
    yield visitor
    visitor.forget()


def state(page: Browser) -> Any:
    return page.driver.execute_script("return document.documentElement.dataset.live")


def attribute(page: Browser, css: str, name: str) -> str | None:
    return page.find(css).get_attribute(name)


def test_a_stored_reading_becomes_text(live: LiveServer, page: Browser) -> None:
    live.house.store(a_reading(value=52.64))
    page.wait_text("#value", "52.6")
    live.house.store(a_reading(value=0.64, ts_ms=NOW_MS + 1000))
    page.wait_text("#value", "640W")
    assert page.errors() == []


def test_rooms_and_energy_become_text_words_and_bars(live: LiveServer, page: Browser) -> None:
    page.wait_text("#total", "12.5")
    page.wait_text("#room", "2.0")
    page.wait_text("#comfort", "In band")
    assert attribute(page, "#comfort", "data-tone") == "ok"
    assert page.find("#bar").value_of_css_property("width") is not None
    assert "25%" in (attribute(page, "#bar", "style") or "")


def test_the_page_subscribes_only_to_what_it_shows(live: LiveServer, page: Browser) -> None:
    def subscribed() -> Any:
        client = next(iter(live.hub._clients))
        return len(client.subscription) == 4 and client.subscription

    subscription = wait_until(subscribed)
    assert set(subscription) == {"system", "reading", "room", "energy"}
    assert subscription["reading"].sensors == {"METER_LAB"}
    assert subscription["room"].rooms == {7}
    assert not subscription["reading"].everything


def test_what_a_page_change_brings_is_found_and_what_it_takes_is_let_go(
    live: LiveServer, page: Browser
) -> None:
    page.driver.execute_script(
        "document.getElementById('tile').remove();"
        "const el = document.createElement('p'); el.id = 'new';"
        "el.dataset.live = 'reading/METER_MAIN/power'; el.dataset.format = 'power';"
        "document.body.append(el);"
    )

    def moved() -> bool:
        client = next(iter(live.hub._clients))
        return client.subscription["reading"].sensors == {"METER_MAIN"}

    wait_until(moved)
    live.house.store(a_reading("METER_MAIN", 7.7))
    page.wait_text("#new", "7.7 kW")


def test_a_sensor_that_speaks_for_the_first_time_later_is_found(
    live: LiveServer, page: Browser
) -> None:
    page.driver.execute_script(
        "document.addEventListener('wb:frame', (e) => {"
        " if (e.detail.type === 'subscribed') window.denied = e.detail.data.denied });"
        "window.wbLive.watch(['reading/METER_NEW/power'])"
    )
    denied = wait_until(lambda: page.driver.execute_script("return window.denied"))
    assert [entry["code"] for entry in denied] == ["unknown_sensor"]
    live.house.store(a_reading("METER_NEW", 4.2))
    script = "return (window.wbLive.value('reading/METER_NEW/power') || {}).value"
    wait_until(lambda: page.driver.execute_script(script) == 4.2, 20)


def test_an_older_value_does_not_replace_a_newer_one(live: LiveServer, page: Browser) -> None:
    live.house.store(a_reading(value=5))
    page.wait_text("#value", "5.0")
    page.driver.execute_script(
        "window.frames_seen = 0; document.addEventListener('wb:frame', () => window.frames_seen++)"
    )
    live.hub._coalescer._newest_ms.clear()
    live.house.store(a_reading(value=4, ts_ms=NOW_MS - 1000))
    wait_until(lambda: page.driver.execute_script("return window.frames_seen") > 0)
    assert "5.0" in page.text("#value")


@pytest.mark.parametrize(
    ("seconds", "expected"), [(5, "fresh"), (40, "late"), (400, "stale"), (90_000, "dead")]
)
def test_freshness_follows_the_sensors_own_interval(
    live: LiveServer, session_browser: WebDriver, seconds: int, expected: str
) -> None:
    live.house.telemetry.store(a_reading(ts_ms=NOW_MS - seconds * 1000))
    page = Browser(session_browser, live.address)
    page.forget()
    page.open("/page/live")
    wait_until(lambda: attribute(page, "#tile", "data-state") == expected)


def test_an_age_is_counted_in_building_time(live: LiveServer, page: Browser) -> None:
    live.house.store(a_reading(ts_ms=NOW_MS - 58_000))
    page.wait_text("#age", "s ago")
    page.wait_text("#age", "1 min ago")
    assert page.text("#clock").startswith("10:00:")


def test_a_lost_connection_is_told_and_then_caught_up(live: LiveServer, page: Browser) -> None:
    live.house.store(a_reading(value=1))
    page.wait_text("#value", "1.0")
    live.cut()
    wait_until(lambda: state(page) == "lost")
    words = page.text("#wb-connection")
    assert "Connection lost at 10:00" in words
    assert "Showing values of 10:00, trying again" in words
    assert "Not live" in page.text("#chip")
    live.house.store(a_reading(value=2, ts_ms=NOW_MS + 1000))
    live.house.store(a_reading(value=3, ts_ms=NOW_MS + 2000))
    live.closed.clear()
    page.click("[data-part=retry]")
    page.wait_text("#value", "3.0")
    assert state(page) == "live"
    assert "Live" in page.text("#chip")


def test_a_lost_connection_comes_back_by_itself(live: LiveServer, page: Browser) -> None:
    live.cut()
    wait_until(lambda: state(page) == "lost")
    live.closed.clear()
    wait_until(lambda: state(page) == "live", 20)


def test_missed_frames_are_replayed_for_charts(live: LiveServer, page: Browser) -> None:
    page.driver.execute_script(
        "window.seen = []; document.addEventListener('wb:frame', (e) => {"
        " const frame = e.detail;"
        " if (frame.topic === 'reading') window.seen.push([frame.type, frame.data[0].value]) })"
    )
    live.house.store(a_reading(value=1))
    page.wait_text("#value", "1.0")
    live.cut()
    wait_until(lambda: state(page) == "lost")
    for step in (2, 3):
        seq = live.hub._seq
        live.house.store(a_reading(value=step, ts_ms=NOW_MS + step * 1000))
        wait_until(lambda before=seq: live.hub._seq > before)
    live.closed.clear()
    page.click("[data-part=retry]")
    page.wait_text("#value", "3.0")
    seen = page.driver.execute_script("return window.seen")
    assert seen == [["update", 1], ["update", 2], ["update", 3]]


def test_a_silent_building_is_told_although_the_socket_lives(
    live: LiveServer, session_browser: WebDriver
) -> None:
    live.house.telemetry.store(a_reading(ts_ms=NOW_MS - 240_000))
    page = Browser(session_browser, live.address)
    page.forget()
    page.open("/page/live")
    page.wait_text("#chip", "No data · 4 min")
    live.house.store(a_reading(ts_ms=NOW_MS))
    page.wait_text("#chip", "Live · ")


def test_an_ended_session_leads_to_the_login_and_back(live: LiveServer, page: Browser) -> None:
    client = next(iter(live.hub._clients))
    client.close(4401, "the session or token has ended")
    wait_until(lambda: page.driver.current_url.endswith("/login?next=%2Fpage%2Flive"))


def test_a_change_is_tinted_unless_motion_is_unwelcome(live: LiveServer, page: Browser) -> None:
    watch = (
        "window.tints = 0; new MutationObserver((list) => { for (const r of list)"
        " if (r.target.classList.contains('wb-changed')) window.tints++; })"
        ".observe(document.getElementById('value'), {attributes: true})"
    )
    page.driver.execute_script(watch)
    live.house.store(a_reading(value=8))
    wait_until(lambda: page.driver.execute_script("return window.tints") == 1)
    page.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]},
    )
    page.driver.execute_script("window.tints = 0")
    live.house.store(a_reading(value=9, ts_ms=NOW_MS + 5000))
    page.wait_text("#value", "9.0")
    assert page.driver.execute_script("return window.tints") == 0
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


HELD_BACK = "window.fetch = () => new Promise((go) => { window.answer = go; });"
ENDED_BY_A_CALLBACK = """const done = arguments[0];
window.fetch('/_dash-update-component', {method: 'POST'})
  .then(() => { location.assign('/page/live?led'); done(true); });
window.wbSession.signIn();
window.setTimeout(() => window.answer(new Response('{}')), 300);"""


def test_the_callback_that_ended_the_session_says_where_to_go(
    live: LiveServer, session_browser: WebDriver
) -> None:
    added = session_browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": HELD_BACK}
    )
    try:
        page = Browser(session_browser, live.address)
        page.forget()
        page.open("/page/live")
        assert session_browser.execute_async_script(ENDED_BY_A_CALLBACK)
        wait_until(lambda: session_browser.current_url.endswith("/page/live?led"))
    finally:
        session_browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        page.forget()
