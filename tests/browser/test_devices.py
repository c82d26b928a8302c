"""Devices with the mouse: from the button to the meter, release, lock-out, stop of all."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from data_ingest.demo import building_clock
from domain.access.policy import SYSTEM
from domain.house import House
from domain.storage.engine import Database
from settings import Settings
from tests.browser.test_rooms import choose, write
from tests.browsing import Browser
from tests.running import DEMO, Running
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
NORTH = "#device-DEVICE_001"
METER = ("METER_OPEN_OFFICE_NORTH_CLIMATE", "power")


def text_of(browser: Browser, css: str) -> str:
    script = "const e = document.querySelector(arguments[0]); return e ? e.textContent : ''"
    return str(browser.driver.execute_script(script, css))


@contextmanager
def beside(demo: Running) -> Iterator[House]:
    """The demo's house as one more process over its database has it, on the same clock."""
    wanted = {"WATTBOARD_DATA_DIR": str(demo.data_dir), **DEMO}
    settings = Settings.from_env(wanted)
    database = Database(f"sqlite:///{demo.data_dir / 'wattboard.db'}")
    house = House.compose(settings, clock=building_clock(settings), database=database)
    try:
        yield house
    finally:
        house.close()


def scheduled(house: House, device_id: str, share: float) -> int:
    """A schedule wants a device reduced all day."""
    all_day = {"from": "00:00", "to": "24:00", "command": "set_shed_percent", "value": share}
    fields = {"name": "Morning peak", "targets": [{"device_id": device_id}], "entries": [all_day]}
    return house.automation.create_schedule(SYSTEM, fields).schedule_id


def acting(browser: Browser, card: str, act: str) -> str:
    return f"{card} [data-act={act}]"


def power_kw(house: House) -> float:
    """What the meter of the room's heat pump shows."""
    house.telemetry.refresh_latest()
    return house.telemetry.latest()[METER].value


def test_a_device_is_reduced_seen_by_its_meter_and_the_next_owner_takes_over(
    browser: Browser, demo: Running
) -> None:
    with beside(demo) as house:
        reduced_with_the_mouse(browser, house)


def reduced_with_the_mouse(browser: Browser, house: House) -> None:
    browser.sign_in("manager", "/devices")
    wait_until(lambda: "On" in text_of(browser, f"{NORTH} .wb-device-columns"), 60)
    assert "Follows its own rule" in text_of(browser, f"{NORTH} .wb-device-told")
    before_kw = power_kw(house)
    assert before_kw > 0.5
    schedule_id = scheduled(house, "DEVICE_001", 10.0)
    wait_until(
        lambda: "Schedule (Morning peak)" in text_of(browser, f"{NORTH} .wb-device-head"), 60
    )
    wait_until(lambda: "Observed" in text_of(browser, f"{NORTH} .wb-step"), 60)
    browser.click(acting(browser, NORTH, "control"))
    browser.find("#device-what")
    choose(browser, "#device-what", "set_shed_percent")
    confirm = ".wb-dialog-foot .btn-primary"
    wait_until(lambda: "Reduce by 50 %" in text_of(browser, f".modal.show {confirm}"))
    write(browser, "#device-number", "80")
    wait_until(lambda: "Reduce by 80 %" in text_of(browser, f".modal.show {confirm}"))
    preview = text_of(browser, "#device-preview")
    assert "80 % less, in full" in preview
    assert "Takes over fromschedule (Morning peak)" in preview
    assert "Afterwardsschedule (Morning peak)" in preview
    assert "Expected at the meter" in preview
    browser.click(f".modal.show {confirm}")
    wait_until(lambda: not browser.all(".modal.show"))
    wait_until(lambda: "Manual (manager)" in text_of(browser, f"{NORTH} .wb-device-head"), 30)
    wait_until(lambda: "Observed" in text_of(browser, f"{NORTH} .wb-step"), 60)
    steps = [text_of(browser, f"{NORTH} .wb-track-step:nth-child({n})") for n in (1, 2, 3, 4)]
    labels = ("Requested", "Sent", "Acknowledged", "Observed")
    assert all(step.startswith(label) for step, label in zip(steps, labels, strict=True))
    assert "80 % less until" in text_of(browser, f"{NORTH} .wb-device-told")
    held = house.control.holdings(SYSTEM)["DEVICE_001"].told[0]
    assert abs(held.ends_ms - held.requested_ms - 30 * 60_000) < 5_000
    assert power_kw(house) < before_kw / 2

    browser.click(acting(browser, NORTH, "release"))
    wait_until(lambda: "10 % less until" in text_of(browser, f"{NORTH} .wb-device-told"), 20)
    assert "Schedule (Morning peak)" in text_of(browser, f"{NORTH} .wb-device-head")
    wait_until(lambda: power_kw(house) > before_kw / 2, 60)
    house.automation.delete_schedule(SYSTEM, schedule_id)
    wait_until(lambda: "Follows its own rule" in text_of(browser, f"{NORTH} .wb-device-told"), 30)
    browser.open("/devices/DEVICE_001")
    wait_until(lambda: "Completed" in text_of(browser, ".wb-command-list"))
    assert "seen by its meter" in text_of(browser, ".wb-command-list")
    assert browser.errors() == []


def test_a_locked_out_device_says_so_and_offers_no_command(browser: Browser) -> None:
    browser.sign_in("manager", "/devices/DEVICE_007")
    card = "#device-DEVICE_007"
    browser.click(acting(browser, card, "lock"))
    browser.find("#device-lock-reason").send_keys("Filter change")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "Lock-out (manager)" in text_of(browser, f"{card} .wb-device-head"), 20)
    assert not browser.all(acting(browser, card, "control"))
    browser.click(acting(browser, card, "unlock"))
    wait_until(lambda: "Lock-out" not in text_of(browser, f"{card} .wb-device-head"), 20)
    browser.find(acting(browser, card, "control"))
    assert browser.errors() == []


def test_who_may_only_look_sees_devices_and_no_button(browser: Browser) -> None:
    browser.sign_in("viewer", "/devices")
    browser.find(NORTH)
    assert not browser.all(".wb-devices [data-act]")
    browser.open("/devices/NONE")
    wait_until(lambda: "There is no device" in text_of(browser, "main"))


def test_all_automatic_control_is_stopped_by_a_typed_word_and_resumed(browser: Browser) -> None:
    browser.sign_in("manager", "/rooms")
    browser.click("#wb-stop-open")
    browser.find("#stop-all-reason").send_keys("Fire drill")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "Type stop" in text_of(browser, "#stop-all-message"))
    browser.find("#stop-all-typed").send_keys("stop")
    browser.click(".modal.show .btn-danger")
    wait_until(lambda: "is stopped by manager until" in text_of(browser, "#wb-stop-banner"), 20)
    browser.open("/sensors")
    wait_until(lambda: "Fire drill" in text_of(browser, "#wb-stop-banner"), 20)
    assert not browser.all("#wb-stop-open")
    browser.click("#wb-stop-resume")
    wait_until(lambda: not text_of(browser, "#wb-stop-banner"), 20)
    browser.find("#wb-stop-open")
    assert browser.errors() == []
