"""The wall display in the whole application: pairing, view only, live, revoked."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from werkzeug.serving import make_server

from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

MANAGER = Actor("Ana", "manager", 1)
PLAN = {
    "building": {"name": "Alameda Offices"},
    "rooms": [{"name": "Studio", "floor": "2nd"}, {"name": "Lab", "floor": "Ground"}],
    "sensors": [
        {
            "sensor_id": "METER_MAIN", "name": "Main meter", "sensor_type": "energy_meter",
            "meter_role": "main", "interval_s": 10,
        },
        {
            "sensor_id": "CLIMATE_STUDIO", "name": "Studio climate", "sensor_type": "multi",
            "room": "Studio", "interval_s": 10,
        },
    ],
}  # fmt: skip
WALL = "html[data-live=live] .wall"


@dataclass
class Foyer:
    """A wall display and the house behind it."""

    house: House
    browser: Browser

    def measure(self, sensor: str, metric: str, value: float) -> None:
        """Store a reading of this moment."""
        self.house.telemetry.ingest([Reading(sensor, metric, self.house.clock.now_ms(), value)])

    def pair(self) -> None:
        """Type the code of a new display at the wall."""
        code = self.house.access.displays.create_code(MANAGER, "Foyer")
        self.browser.open("/kiosk")
        self.browser.find("input[name=code]").send_keys(code, Keys.ENTER)
        self.browser.find(WALL)


@pytest.fixture
def foyer(
    house: House, app: Flask, clock: FixedClock, session_browser: WebDriver
) -> Iterator[Foyer]:
    house.building.configure(PLAN)
    web = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    visitor = Browser(session_browser, f"http://127.0.0.1:{web.server_port}")
    visitor.forget()
    found = Foyer(house, visitor)
    found.measure("METER_MAIN", "power", 47.5)
    found.measure("CLIMATE_STUDIO", "temperature", 24.8)
    clock.advance(1)
    yield found
    visitor.forget()
    app.extensions["live"].stop()
    web.shutdown()
    thread.join(10)
    web.server_close()


def test_an_unpaired_display_shows_how_to_pair_and_nothing_else(foyer: Foyer) -> None:
    foyer.browser.open("/kiosk")
    foyer.browser.find("input[name=code]")
    text = foyer.browser.text("body")
    assert "47.5" not in text
    assert "Wall displays" in text


def test_a_wrong_code_opens_nothing(foyer: Foyer) -> None:
    foyer.browser.open("/kiosk")
    foyer.browser.find("input[name=code]").send_keys("AAAA-BBBB", Keys.ENTER)
    foyer.browser.wait_text("body", "wrong, used or older")


def test_a_paired_display_shows_the_wall_and_follows_the_meters(
    foyer: Foyer, clock: FixedClock
) -> None:
    foyer.pair()
    foyer.browser.wait_text(".wb-node-building", "47.5")
    foyer.browser.driver.execute_script("window.unmoved = true")
    clock.advance(1)
    foyer.measure("METER_MAIN", "power", 61.2)
    foyer.measure("CLIMATE_STUDIO", "temperature", 29.3)
    foyer.browser.wait_text(".wb-node-building", "61.2")
    foyer.browser.wait_text(".wall-rooms", "Hot")
    assert foyer.browser.driver.execute_script("return window.unmoved") is True
    assert foyer.browser.errors() == []


def test_a_code_is_good_once(foyer: Foyer) -> None:
    code = foyer.house.access.displays.create_code(MANAGER, "Foyer")
    foyer.house.access.displays.pair(code, "192.0.2.7")
    foyer.browser.open("/kiosk")
    foyer.browser.find("input[name=code]").send_keys(code, Keys.ENTER)
    foyer.browser.wait_text("body", "wrong, used or older")


def test_a_paired_display_comes_to_no_other_page(foyer: Foyer) -> None:
    foyer.pair()
    for path in ("/", "/rooms", "/sensors", "/account"):
        foyer.browser.open(path)
        foyer.browser.find(WALL)
        assert foyer.browser.driver.current_url.endswith("/kiosk")


def test_the_wall_sends_no_callback_while_it_runs(foyer: Foyer, clock: FixedClock) -> None:
    foyer.pair()
    foyer.browser.wait_text(".wb-node-building", "47.5")
    wait_until(lambda: not [url for url in foyer.browser.requests() if "/_dash" in url])
    for step in range(5):
        clock.advance(1)
        foyer.measure("METER_MAIN", "power", 50.0 + step)
        foyer.browser.wait_text(".wb-node-building", f"{50 + step}.0")
    assert [url for url in foyer.browser.requests() if "/_dash" in url] == []


def test_a_revoked_display_goes_dark_and_asks_for_a_code(foyer: Foyer) -> None:
    foyer.pair()
    display = foyer.house.access.displays.all(MANAGER)[0]
    foyer.house.access.displays.revoke(MANAGER, display.display_id)
    foyer.browser.find("input[name=code]")


def test_a_renamed_room_reaches_the_wall_by_itself(foyer: Foyer) -> None:
    foyer.pair()
    foyer.browser.wait_text(".wall-rooms", "Studio")
    foyer.browser.driver.execute_script(
        "const real = performance.now.bind(performance); performance.now = () => real() + 120000"
    )
    room = foyer.house.building.room("Studio")
    foyer.house.building.update_room(SYSTEM, room.room_id, {"name": "Atelier"})
    foyer.browser.wait_text(".wall-rooms", "Atelier", 30)
