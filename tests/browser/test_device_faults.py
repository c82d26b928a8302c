"""What simulated faults of devices end as, on the page, over the API, the socket and in Events."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
import websocket
from paho.mqtt.enums import CallbackAPIVersion

from tests.browser.test_devices import text_of
from tests.browsing import Browser
from tests.running import Running
from tests.visiting import Visitor, sign_in
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
API = "/api/v1/iot/devices"
FAULTS = {
    "DEVICE_006": ("ignore", "expired", "the device did not answer in time"),
    "DEVICE_011": ("late", "expired", "the device did not answer in time"),
    "DEVICE_005": ("ack_without_act", "contradicted", "the meter shows"),
    "DEVICE_012": ("ack_twice", "observed", ""),
    "DEVICE_008": ("refuse", "rejected", "refused by the device"),
}
"""The last one shows first; faults are switched in their order."""


ANSWERED = {"rejected", "acknowledged", "expired"}


class Commands:
    """What `/ws` tells of commands."""

    def __init__(self, visitor: Visitor) -> None:
        self.states: dict[str, list[str]] = {}
        cookies = "; ".join(f"{c.name}={c.value}" for c in visitor.session.cookies)
        self._socket = websocket.create_connection(
            visitor.address.replace("http", "ws") + "/ws",
            cookie=cookies, origin=visitor.address, timeout=120,
        )  # fmt: skip
        wish = {"action": "subscribe", "topics": ["command"], "snapshot": False}
        self._socket.send(json.dumps(wish))
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        while True:
            try:
                frame = json.loads(self._socket.recv())
            except (websocket.WebSocketException, OSError, ValueError):
                return
            if frame["topic"] == "command" and frame["type"] == "update":
                data = frame["data"]
                for told in data if isinstance(data, list) else [data]:
                    self.states.setdefault(told["command_id"], []).append(told["state"])

    def close(self) -> None:
        self._socket.close()
        self._thread.join(5)


@contextmanager
def faulty(demo: Running) -> Iterator[None]:
    """Switch the faults over MQTT, and take them away again."""
    place = urlsplit(demo.mqtt_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect(place.hostname or "", place.port or 1883)
    client.loop_start()

    def switch(device_id: str, fault: str) -> None:
        wish = {"target": device_id, "fault": fault, "for_s": 3600}
        client.publish("wattboard/main/simulation/set", json.dumps(wish), qos=1).wait_for_publish(5)

    for device_id, (fault, *_) in FAULTS.items():
        switch(device_id, fault)
    try:
        yield
    finally:
        for device_id in FAULTS:
            switch(device_id, "none")
        client.disconnect()
        client.loop_stop()


def all_speak(visitor: Visitor) -> bool:
    listed = json.loads(visitor.get(API))["devices"]
    return all(one["status"] == "fresh" for one in listed if one["device_id"] in FAULTS)


def instruct(visitor: Visitor, device_id: str, **body: object) -> Any:
    answer = visitor.session.post(
        f"{visitor.address}{API}/{device_id}/instructions", json=body, timeout=20
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["command_id"]


def ended(visitor: Visitor, device_id: str, command_id: str, state: str) -> dict[str, Any]:
    """Wait until a command stands where it shall."""

    def stands() -> dict[str, Any] | None:
        listed = json.loads(visitor.get(f"{API}/{device_id}/commands?limit=20"))["commands"]
        found = next(one for one in listed if one["command_id"] == command_id)
        return found if found["state"] == state else None

    found = wait_until(stands, 90, every_s=0.5)
    assert found is not None
    return found


def test_each_fault_ends_in_its_state_on_page_api_socket_and_events(
    browser: Browser, demo: Running
) -> None:
    visitor = sign_in(demo.address, "manager", "manager-demo")
    shed = {"command": "set_shed_percent", "value": 100, "duration_minutes": 30}
    wait_until(lambda: all_speak(visitor), 90, every_s=0.5)
    socket = Commands(visitor)
    made: dict[str, str] = {}
    try:
        with faulty(demo):
            first, *rest = reversed(FAULTS)

            def refuses() -> str | None:
                """Only then are all faults in force."""
                made[first] = instruct(visitor, first, **shed)
                states = socket.states.setdefault(made[first], [])
                wait_until(lambda: ANSWERED & set(states), 30)
                return made[first] if "rejected" in states else None

            wait_until(refuses, 60)
            made |= {device_id: instruct(visitor, device_id, **shed) for device_id in rest}
            found = {d: ended(visitor, d, made[d], state) for d, (_, state, _) in FAULTS.items()}
        for device_id, (_, state, words) in FAULTS.items():
            assert words in (found[device_id]["reason"] or ""), device_id
            wait_until(lambda d=device_id, s=state: s in socket.states.get(made[d], ()), 10)
        twice = [step["state"] for step in found["DEVICE_012"]["steps"]]
        assert twice == ["requested", "sent", "acknowledged", "observed"]
        on_the_pages(browser, visitor)
    finally:
        socket.close()
        for device_id in FAULTS:
            visitor.session.post(
                f"{visitor.address}{API}/{device_id}/instructions",
                json={"command": "release"}, timeout=20,
            )  # fmt: skip


def on_the_pages(browser: Browser, visitor: Visitor) -> None:
    """The list of devices, each one's page, and Events."""
    browser.sign_in("manager", "/devices")
    browser.find("#device-DEVICE_005")
    for device_id, (_, state, words) in FAULTS.items():
        card = f"#device-{device_id}"
        shown = text_of(browser, f"{card} .wb-track")
        label = "Reported" if state == "observed" else state.capitalize()  # no meter of its own
        assert label in shown, device_id
        if state != "observed":
            outcome = text_of(browser, f"{card} .wb-device-outcome")
            assert outcome.startswith("Not done: ")
            assert words in outcome
            assert "Follows its own rule" in text_of(browser, f"{card} .wb-device-told")
    browser.open("/devices/DEVICE_005")
    wait_until(lambda: "Contradicted" in text_of(browser, ".wb-command-list"), 20)

    def rung() -> bool:
        listed = json.loads(visitor.get("/api/v1/events?service=devices&limit=100"))["events"]
        return sum("not done" in e["cause"] or "acknowledged, but" in e["cause"]
                   or "did not do" in e["cause"] for e in listed) > 0  # fmt: skip

    wait_until(rung, 30)
    browser.open("/events")
    wait_until(lambda: "Commands not done" in text_of(browser, "main")
               or "did not do what they were told" in text_of(browser, "main")
               or "not done" in text_of(browser, "main"), 30)  # fmt: skip
    assert browser.errors() == []
