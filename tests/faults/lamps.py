"""Devices on a broker with a journal of what they did; nothing measures them."""

import json
import threading
import time
from collections import Counter

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.simulation.devices import ControlledDevice
from data_ingest.simulation.layout import DeviceSpec
from domain.foundation.clock import real_now_ms
from tests.servers import Mosquitto

BASE = "wattboard/main/devices"


class Lamps:
    """Each obeys `set` messages under leases as the simulated building's devices do."""

    def __init__(self, broker: Mosquitto, *names: str) -> None:
        self.journal: list[dict[str, object]] = []
        self.heard: list[tuple[int, str]] = []
        """When (on the clock all processes share [ns]) and with which command id."""
        self._devices = {
            name: ControlledDevice(DeviceSpec(name, "", "lamp", None, ("on", "off", "release")))
            for name in names
        }
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="lamps")
        self._client.on_message = self._told
        self._client.on_connect = lambda c, *_: c.subscribe(f"{BASE}/+/set", qos=1)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def _told(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        name, now_s = message.topic.split("/")[-2], real_now_ms() / 1000
        with self._lock:
            self.heard.append((time.monotonic_ns(), json.loads(message.payload)["command_id"]))
            device = self._devices[name]
            self.journal += device.lapse(now_s)
            answer = device.receive(message.payload, now_s)
            self.journal += [{**effect, "device_id": name} for effect in answer.effects]
        for ack in answer.acks:
            self._say(name, "ack", ack)
        self.say(name)

    def say(self, *names: str) -> None:
        """Tell how some are; all where none is named."""
        for name in names or self._devices:
            on = self._devices[name].order().on is not False
            self._say(name, "state", {"on": on, "timestamp": real_now_ms() / 1000})

    def _say(self, name: str, kind: str, payload: object) -> None:
        self._client.publish(f"{BASE}/{name}/{kind}", json.dumps(payload), qos=1)

    def applied(self, command_id: str) -> int:
        """How often a command was carried out."""
        return self._count("command_id")[command_id]

    def effects(self, name: str) -> int:
        """How often a lamp carried out anything, releases left out."""
        return self._count("device_id")[name]

    def _count(self, key: str) -> Counter[object]:
        with self._lock:
            return Counter(e[key] for e in self.journal if e["effect"] == "applied")

    def heard_since(self, at_ns: int) -> list[str]:
        """Ids of the commands that came after a moment."""
        with self._lock:
            return [command_id for heard_ns, command_id in self.heard if heard_ns > at_ns]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
