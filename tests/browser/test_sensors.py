"""The Sensors page and a sensor's own page in Chromium, over the running demo."""

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.browser.test_rooms import FETCH, choose, confirm, settled, write
from tests.browsing import Browser
from tests.running import Running
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

ROW = "#sensors-table tbody tr"


@pytest.fixture
def gateway(demo: Running) -> Iterator[mqtt.Client]:
    """A foreign client on the demo's broker."""
    parts = urlsplit(demo.mqtt_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"gateway-{uuid.uuid4().hex[:8]}")
    if parts.username:
        client.username_pw_set(parts.username, parts.password)
    client.connect(parts.hostname or "127.0.0.1", parts.port or 1883)
    client.loop_start()
    yield client
    client.loop_stop()
    client.disconnect()


def send(client: mqtt.Client, sensor_id: str, payload: object) -> None:
    topic = f"wattboard/main/telemetry/{sensor_id}"
    client.publish(topic, json.dumps(payload), qos=1).wait_for_publish(10)


def opened(browser: Browser, role: str = "manager", path: str = "/sensors") -> Browser:
    browser.sign_in(role, path)
    browser.find(ROW)
    return browser


def first_cells(browser: Browser) -> list[str]:
    return [e.text for e in browser.all(f"{ROW} .wb-cell-first")]


def search(browser: Browser, text: str) -> None:
    write(browser, "#sensors-text", text)


def found_only(browser: Browser, sensor_id: str) -> None:
    search(browser, sensor_id)

    def alone() -> bool:
        keys = [row.get_attribute("data-key") for row in browser.all(ROW)]
        return keys == [sensor_id]

    wait_until(settled(alone))


def state_chip(state: str) -> str:
    return f"#sensors-states [data-filter={state}]"


def select_row(browser: Browser, sensor_id: str) -> None:
    browser.click(f"{ROW} [data-select={sensor_id}]")
    browser.wait_text("#sensors-selection", "1 sensor chosen")


def reach(browser: Browser, css: str) -> None:
    """Scroll to something far down, at once, and click it."""
    script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
    browser.driver.execute_script(script, browser.find(css))
    browser.click(css)


def new_id(kind: str) -> str:
    return f"TEST_{kind}_{uuid.uuid4().hex[:6]}"


def hide(browser: Browser, sensor_id: str) -> None:
    """Leave the demo as it was found."""
    browser.open("/sensors")
    found_only(browser, sensor_id)
    select_row(browser, sensor_id)
    browser.click("#sensors-hide-open")
    browser.wait_text(".modal.show", "History")
    browser.click(confirm("sensors-hide"))
    browser.wait_text("#sensors-table", "No sensor matches")


def test_the_table_searches_sorts_and_counts_states(browser: Browser) -> None:
    opened(browser)
    assert int(browser.text(f"{state_chip('all')} .wb-filter-count")) >= 60
    search(browser, "climate_studio")
    wait_until(settled(lambda: len(first_cells(browser)) == 1))
    wait_until(settled(lambda: "°C" in browser.text(ROW) and "ppm" in browser.text(ROW)))
    search(browser, "")
    wait_until(settled(lambda: len(first_cells(browser)) > 40), 30)
    browser.click("#sensors-table .wb-sort")
    wait_until(settled(lambda: browser.all("#sensors-table th[aria-sort=descending]") != []))
    shown = first_cells(browser)
    assert shown[0] > shown[-1]
    browser.click(state_chip("stale"))
    browser.find(f"{state_chip('stale')}[aria-pressed=true]")
    assert browser.errors() == []


def test_live_values_and_ages_move_without_asking(browser: Browser) -> None:
    opened(browser)
    before = browser.text("#sensors-table")
    browser.requests()
    wait_until(settled(lambda: browser.text("#sensors-table") != before), 60)
    assert [url for url in browser.requests() if "_dash-update-component" in url] == []


@pytest.mark.both_databases
def test_a_sensor_is_registered_placed_hidden_and_shown_again(browser: Browser) -> None:
    opened(browser)
    sensor_id = new_id("REG")
    browser.click("#sensors-add")
    write(browser, "#sensor-sensor_id", "two words")
    browser.click(confirm("sensor-register"))
    browser.wait_text("#sensor-sensor_id-error", "1 to 64 letters")
    write(browser, "#sensor-sensor_id", "CLIMATE_STUDIO")
    browser.click(confirm("sensor-register"))
    browser.wait_text("#sensor-sensor_id-error", "exists already")
    write(browser, "#sensor-sensor_id", sensor_id)
    browser.click(confirm("sensor-register"))
    wait_until(lambda: not browser.all(".modal.show"))
    found_only(browser, sensor_id)
    browser.wait_text(ROW, "–")

    select_row(browser, sensor_id)
    browser.click("#sensors-assign-open")
    browser.find("#sensors-assign-room")
    options = browser.all("#sensors-assign-room option")
    lab = next(o.get_attribute("value") for o in options if o.text == "Lab")
    choose(browser, "#sensors-assign-room", str(lab))
    browser.click(confirm("sensors-assign"))
    browser.wait_text(ROW, "Lab")

    select_row(browser, sensor_id)
    browser.click("#sensors-hide-open")
    browser.wait_text(".modal.show", "new readings are kept")
    browser.click(confirm("sensors-hide"))
    browser.wait_text("#sensors-table", "No sensor matches")
    browser.click(state_chip("hidden"))
    browser.wait_text(ROW, "Hidden")
    select_row(browser, sensor_id)
    browser.click("#sensors-adopt-open")
    browser.click(confirm("sensors-adopt"))
    browser.click(state_chip("all"))
    browser.wait_text(ROW, "Lab")
    hide(browser, sensor_id)
    assert browser.errors() == []


@pytest.mark.both_databases
def test_several_sensors_are_put_into_a_room_at_once(browser: Browser) -> None:
    opened(browser)
    search(browser, "meter_canteen")
    wait_until(settled(lambda: 2 <= len(browser.all(ROW)) < 10))
    keys = [str(row.get_attribute("data-key")) for row in browser.all(ROW)]
    first = {key: browser.text(f"{ROW}[data-key={key}]") for key in keys}
    assert all("Lab" not in text for text in first.values())

    def move(room: str) -> None:
        for key in keys:
            browser.click(f"{ROW} [data-select={key}]")
        browser.wait_text("#sensors-selection", f"{len(keys)} sensors chosen")
        browser.click("#sensors-assign-open")
        browser.find("#sensors-assign-room")
        options = browser.all("#sensors-assign-room option")
        found = next(o.get_attribute("value") for o in options if o.text == room)
        choose(browser, "#sensors-assign-room", str(found))
        browser.click(confirm("sensors-assign"))
        for key in keys:
            browser.wait_text(f"{ROW}[data-key={key}]", room)

    move("Lab")
    move("Canteen")
    assert browser.errors() == []


def test_a_stranger_is_discovered_with_a_guess_and_adopted(
    browser: Browser, gateway: mqtt.Client
) -> None:
    sensor_id = new_id("METER_CANTEEN_LIGHTING")
    send(gateway, sensor_id, {"power": {"value": 900, "unit": "W"}, "energy": 12.5})

    def discovered() -> bool:
        browser.open("/sensors?state=discovered")
        browser.find("#sensors-table")
        return sensor_id in browser.text("#sensors-table")

    browser.sign_in("manager", "/sensors?state=discovered")
    wait_until(settled(discovered), 30)
    found_only(browser, sensor_id)
    assert "900W" in browser.text(ROW).replace(" ", "")
    assert "Canteen?" in browser.text(ROW)
    select_row(browser, sensor_id)
    browser.click("#sensors-adopt-open")
    browser.wait_text(".modal.show", "Energy meter, submeter, Canteen")
    browser.click(confirm("sensors-adopt"))
    browser.wait_text("#sensors-table", "No sensor matches")
    hide(browser, sensor_id)


def test_messages_that_cannot_be_read_are_listed_with_their_reason(
    browser: Browser, gateway: mqtt.Client
) -> None:
    sensor_id = new_id("BAD")
    send(gateway, sensor_id, {"temperature": {"value": 20, "unit": "parsec"}})
    browser.sign_in("manager", "/sensors?tab=rejected")

    def listed() -> bool:
        browser.open("/sensors?tab=rejected")
        return sensor_id in browser.text("#sensors-rejected")

    wait_until(settled(listed), 30)
    row = next(e.text for e in browser.all("#sensors-rejected tbody tr") if sensor_id in e.text)
    assert "Unknown unit" in row
    assert "parsec" in row


@pytest.mark.both_databases
def test_a_span_is_corrected_with_a_reason_and_taken_back(browser: Browser) -> None:
    browser.sign_in("manager", "/sensors/CLIMATE_LIBRARY?period=day&date=2026-06-15")
    browser.find(".js-plotly-plot .scatterlayer path")
    reach(browser, "#sensor-correct-open")
    browser.find("#correct-reason")
    browser.click(confirm("sensor-correct"))
    browser.wait_text("#correct-reason-error", "say why")
    write(browser, "#correct-reason", "Stood in the sun")
    browser.click(confirm("sensor-correct"))
    browser.wait_text("#sensor-corrections", "Temperature void")
    browser.wait_text("#sensor-corrections", "Stood in the sun")
    assert "manager" in browser.text("#sensor-corrections")
    reach(browser, "#sensor-corrections button.btn-link")
    browser.wait_text("#sensor-corrections", "taken back by manager")
    assert browser.errors() == []


def test_a_meter_is_read_by_eye(browser: Browser) -> None:
    opened(browser)
    sensor_id = new_id("GAS")
    browser.click("#sensors-add")
    write(browser, "#sensor-sensor_id", sensor_id)
    choose(browser, "#sensor-sensor_type", "gas")
    browser.click(confirm("sensor-register"))
    wait_until(lambda: not browser.all(".modal.show"))
    browser.open(f"/sensors/{sensor_id}")
    reach(browser, "#sensor-manual-open")
    browser.find("#manual-value")
    browser.click(confirm("sensor-manual"))
    browser.wait_text("#manual-value-error", "Enter a number")
    write(browser, "#manual-value", "812.5")
    browser.click(confirm("sensor-manual"))
    browser.wait_text("#sensor-corrections", "Gas read by eye")
    browser.wait_text(".wb-tile", "m³")
    hide(browser, sensor_id)


def test_a_meter_is_calculated_from_others(browser: Browser) -> None:
    opened(browser)
    sensor_id = new_id("REST")
    browser.click("#sensors-calculate")
    browser.find("#calculated-sensor_id")
    browser.click(confirm("sensor-calculated"))
    browser.wait_text("#calculated-sensor_id-error", "1 to 64")
    write(browser, "#calculated-sensor_id", sensor_id)
    choose(browser, "#calculated-series-0", "METER_MAIN/power")
    choose(browser, "#calculated-series-1", "METER_CANTEEN_KITCHEN/power")
    browser.click(confirm("sensor-calculated"))
    wait_until(lambda: not browser.all(".modal.show"))
    browser.open(f"/sensors/{sensor_id}")
    browser.wait_text(".wb-sensor", "Calculated from")
    assert "− Canteen kitchen power" in browser.text(".wb-sensor")
    hide(browser, sensor_id)


@pytest.mark.both_databases
def test_a_sensor_has_history_at_any_span(browser: Browser) -> None:
    browser.sign_in("viewer", "/sensors/METER_MAIN")
    browser.find(".js-plotly-plot .scatterlayer path")
    for place, kind in ((2, "week"), (3, "month"), (4, "year")):
        browser.click(f".wb-period .wb-segment:nth-child({place})")
        wait_until(lambda kind=kind: f"period={kind}" in browser.driver.current_url)
        browser.find(".js-plotly-plot .scatterlayer path")
    assert not browser.all("#sensor-correct-open")
    assert browser.errors() == []


@pytest.mark.both_databases
def test_the_list_is_a_file_too(browser: Browser) -> None:
    opened(browser)
    search(browser, "canteen")
    wait_until(settled(lambda: "q=canteen" in _href(browser)))
    status, kind, text = browser.driver.execute_async_script(FETCH, _href(browser))
    assert (status, kind) == (200, "text/csv; charset=utf-8")
    rooms = {line.split(",")[3] for line in text.splitlines()[1:]}
    assert rooms == {"Canteen"}


def _href(browser: Browser) -> str:
    return str(browser.find("#sensors-csv a").get_attribute("href"))
