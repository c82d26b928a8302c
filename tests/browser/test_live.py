"""Live values in the whole application: broker → listener → store → hub → socket → page."""

import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import websocket
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from selenium.webdriver.remote.webdriver import WebDriver

from domain.inbox.decode import STATE_METRICS
from tests.browser.proxy import Line, line
from tests.browsing import Browser
from tests.running import Running
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PREFIX = "wattboard/main/"
TRAFFIC_S = 60 if os.environ.get("WATTBOARD_LONG") else 5
PER_SECOND = 100
GRID_KW = "[data-node-kw=grid]"
NEEDS = ".wb-needs-card"


SOCKET_READINGS = 1_000 if os.environ.get("WATTBOARD_LONG") else 100
Heard = tuple[str, str, float, float]
"""Sensor, metric, time [epoch s] and value of a reading."""


class Gateway:
    """A foreign MQTT client that publishes what API.md §3 allows."""

    def __init__(self, mqtt_url: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        address = urlsplit(mqtt_url)
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.connect(address.hostname or "", address.port or 1883)
        self._client.loop_start()

    def listen(self) -> None:
        """Hear everything the broker tells."""
        self._client.subscribe(PREFIX + "#", qos=1)

    def readings(self) -> set[Heard]:
        """Every reading with a time of its own that was heard."""
        found: set[Heard] = set()
        for topic, payload in list(self.heard):
            sensor_id = topic.split("/")[1]
            for item in payload if isinstance(payload, list) else [payload]:
                if isinstance(item, dict) and isinstance(
                    at_s := item.get("timestamp"), int | float
                ):
                    found |= {
                        (sensor_id, STATE_METRICS.get(name, name), round(at_s, 3), round(value, 6))
                        for name, raw in item.items()
                        if isinstance(value := _number(raw), int | float)
                    }
        return found

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            self.heard.append((message.topic.removeprefix(PREFIX), json.loads(message.payload)))
        except ValueError:
            return  # availability is a word

    def send(self, sensor: str, payload: object) -> None:
        """Publish a reading and wait until the broker has it."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._client.publish(f"{PREFIX}telemetry/{sensor}", text, qos=1).wait_for_publish(10)

    def command(self, topic: str, payload: object) -> None:
        """Publish anything else below the site."""
        self._client.publish(PREFIX + topic, json.dumps(payload), qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _number(raw: Any) -> Any:
    return raw.get("value") if isinstance(raw, dict) else raw


@pytest.fixture
def gateway(demo: Running) -> Iterator[Gateway]:
    found = Gateway(demo.mqtt_url)
    yield found
    found.close()


@pytest.fixture
def cuttable(demo: Running, session_browser: WebDriver) -> Iterator[tuple[Browser, Line]]:
    """A visitor whose line to the demo can be cut."""
    with line(urlsplit(demo.address).port or 80) as found:
        visitor = Browser(session_browser, f"http://127.0.0.1:{found.port}")
        visitor.forget()
        yield visitor, found
        visitor.forget()


def is_live(browser: Browser) -> bool:
    script = "return document.documentElement.dataset.live === 'live' && window.wbLive.now()"
    return bool(browser.driver.execute_script(script))


def building_s(browser: Browser) -> float:
    """Building time as the open page knows it [epoch s]."""
    wait_until(lambda: is_live(browser), 30)
    return float(browser.driver.execute_script("return window.wbLive.now()")) / 1000


def grid_shows(browser: Browser, gateway: Gateway, power_kw: float) -> None:
    """Publish a power of the main meter until the overview shows it; the demo's own may come in."""

    def shown() -> bool:
        now_s = building_s(browser)
        gateway.send("METER_MAIN", {"timestamp": now_s, "power": {"value": power_kw, "unit": "kW"}})
        try:
            wait_until(lambda: browser.text(GRID_KW) == f"{power_kw:.1f}", 2)
        except AssertionError:
            return False
        return True

    wait_until(shown, 30)


@pytest.mark.both_databases
def test_a_message_on_the_broker_changes_the_open_overview(
    browser: Browser, gateway: Gateway
) -> None:
    browser.sign_in("manager", "/")
    browser.find(GRID_KW)
    browser.driver.execute_script("window.unmoved = true")
    grid_shows(browser, gateway, 512.3)
    assert browser.driver.execute_script("return window.unmoved") is True
    assert browser.errors() == []


def test_while_readings_arrive_the_browser_asks_nothing(browser: Browser, gateway: Gateway) -> None:
    browser.sign_in("manager", "/")
    browser.find(GRID_KW)
    wait_until(lambda: is_live(browser), 30)
    wait_until(lambda: not [u for u in browser.requests() if "/_dash" in u], 30)
    pause, began, start_s = threading.Event(), time.monotonic(), building_s(browser)
    for count in range(TRAFFIC_S * PER_SECOND):
        pause.wait(max(0.0, began + count / PER_SECOND - time.monotonic()))
        power = {"timestamp": start_s + count / PER_SECOND, "power": 1 + count / 1000}
        gateway.send(f"TRAFFIC_{count % 50:02}", power)
    last = f"reading/TRAFFIC_{(TRAFFIC_S * PER_SECOND - 1) % 50:02}/power"
    browser.driver.execute_script("window.wbLive.watch([arguments[0]])", last)
    wait_until(lambda: browser.driver.execute_script(f"return !!window.wbLive.value('{last}')"), 20)
    assert [url for url in browser.requests() if "/_dash-update-component" in url] == []


def needs_lines(browser: Browser) -> list[tuple[str, str, str]]:
    """Fact, verb and address of each line of “What needs me” that is seen."""
    script = """
      return [...document.querySelectorAll('.wb-needs-slots > [data-part=need]')]
        .filter(slot => !slot.hidden)
        .map(slot => [slot.querySelector('strong').textContent, slot.querySelector('a').textContent,
          slot.querySelector('a').getAttribute('href')]);
    """
    return [tuple(line) for line in browser.driver.execute_script(script)]


def test_what_needs_me_follows_without_a_callback_and_without_a_new_page(
    browser: Browser, gateway: Gateway
) -> None:
    browser.sign_in("manager", "/")
    browser.find(".wb-needs-card")
    wait_until(lambda: is_live(browser), 30)
    wait_until(lambda: not [u for u in browser.requests() if "/_dash" in u], 30)
    browser.driver.execute_script("window.unmoved = document.querySelector('.wb-needs-card')")

    def shows_heat(temperature_c: float) -> bool:
        reading = {"timestamp": building_s(browser), "temperature": temperature_c}
        gateway.send("CLIMATE_LAB", reading)
        facts = [fact for fact, _, href in needs_lines(browser) if href.startswith("/rooms/")]
        return any(f"{temperature_c:.1f} °C" in fact for fact in facts)

    gateway.command("simulation/set", {"target": "CLIMATE_LAB", "fault": "silent", "for_s": 600})
    try:
        wait_until(lambda: shows_heat(41.5), 20)
        wait_until(lambda: not shows_heat(22.5) and "41.5" not in browser.text(NEEDS), 20)
    finally:
        gateway.command("simulation/set", {"target": "CLIMATE_LAB", "fault": "none"})
    script = "return window.unmoved === document.querySelector('.wb-needs-card')"
    assert browser.driver.execute_script(script) is True
    assert [url for url in browser.requests() if "/_dash-update-component" in url] == []
    assert browser.errors() == []


@pytest.mark.parametrize(
    ("sensor", "payload", "metric", "value"),
    [
        ("TEMP_OLD", {"sensorId": "TEMP_OLD", "value": 21.5, "unit": "°C"}, "temperature", 21.5),
        (
            "FOREIGN_SDB",
            {"room": "Lab", "sensor_type": "energy_meter", "power": {"value": 1200, "unit": "W"}},
            "power",
            1.2,
        ),
        ("FOREIGN_T", {"temperature": {"value": 71.6, "unit": "°F"}}, "temperature", 22.0),
        ("FOREIGN_BARE", {"temperature": 19.25, "mood": "fine"}, "temperature", 19.25),
    ],
)
def test_payloads_of_a_foreign_client_become_live_values(
    browser: Browser,
    gateway: Gateway,
    sensor: str,
    payload: dict[str, object],
    metric: str,
    value: float,
) -> None:
    browser.sign_in("manager", "/sensors")
    key = f"reading/{sensor}/{metric}"
    browser.driver.execute_script("window.wbLive.watch([arguments[0]])", key)
    gateway.send(sensor, payload | {"timestamp": building_s(browser)})
    script = "return (window.wbLive.value(arguments[0]) || {}).value"
    wait_until(
        lambda: browser.driver.execute_script(script, key) == pytest.approx(value), timeout_s=30
    )


@pytest.mark.parametrize(
    ("sensor", "payload", "reason"),
    [
        ("BAD_JSON", "{not json", "JSON"),
        ("BAD_UNIT", {"power": {"value": 3, "unit": "furlong"}}, "furlong"),
    ],
)
def test_what_cannot_be_read_is_listed_with_its_reason(
    browser: Browser, gateway: Gateway, sensor: str, payload: object, reason: str
) -> None:
    gateway.send(sensor, payload)
    browser.sign_in("manager", "/sensors?tab=rejected")

    def listed() -> bool:
        browser.open("/sensors?tab=rejected")
        try:
            browser.wait_text(".wb-main", sensor, 3)
        except AssertionError:
            return False
        return reason in browser.text(".wb-main")

    wait_until(listed, 30)


def test_a_lost_line_is_told_and_then_caught_up(
    cuttable: tuple[Browser, Line], gateway: Gateway
) -> None:
    browser, wire = cuttable
    browser.sign_in("manager", "/")
    browser.find(GRID_KW)
    grid_shows(browser, gateway, 401.0)
    wire.cut()
    browser.wait_text("#wb-connection", "Connection lost at")
    browser.wait_text("#wb-connection", "trying again")
    now_s = float(browser.driver.execute_script("return window.wbLive.now()")) / 1000
    gateway.send("METER_MAIN", {"timestamp": now_s, "power": 402.0})
    wire.mend()
    browser.click("#wb-connection [data-part=retry]")
    wait_until(lambda: is_live(browser), 30)
    grid_shows(browser, gateway, 403.0)
    wait_until(lambda: not browser.find("#wb-connection").is_displayed())


def test_every_reading_on_the_socket_was_first_seen_on_the_broker(
    browser: Browser, demo: Running, gateway: Gateway
) -> None:
    gateway.listen()
    wait_until(lambda: gateway.readings(), 30)
    browser.sign_in("viewer", "/")
    since_s = building_s(browser)  # what is older may have come before this client listened
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in browser.driver.get_cookies())
    socket = websocket.create_connection(
        demo.address.replace("http", "ws") + "/ws", cookie=cookies, origin=demo.address, timeout=30
    )
    socket.send(json.dumps({"action": "subscribe", "topics": ["reading"], "snapshot": False}))
    told: set[Heard] = set()
    while len(told) < SOCKET_READINGS:
        frame = json.loads(socket.recv())
        if frame["topic"] == "reading" and frame["type"] == "update":
            news = {
                (r["sensor_id"], r["metric"], r["timestamp"], round(r["value"], 6))
                for r in frame["data"]
                if r["timestamp"] >= since_s
            }
            # Two connections: what the broker sent first may be read a moment later.
            wait_until(lambda news=news: news <= gateway.readings(), 2)
            told |= news
    socket.close()
