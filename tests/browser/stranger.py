"""A device that nobody registered, on the broker of the demo, with a meter of its own."""

import json
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.simulation.devices import ControlledDevice
from data_ingest.simulation.layout import DeviceSpec

FULL_KW = 1.2
EVERY_S = 1.0
FOREVER_S = 0.0
"""The time it believes it is: nothing it is told has expired, no lease passes."""


class Stranger:
    """A lamp that obeys; it and its meter speak every second."""

    def __init__(self, mqtt_url: str, device_id: str, meter: str) -> None:
        self.device_id, self.meter = device_id, meter
        self.journal: list[dict[str, object]] = []
        spec = DeviceSpec(device_id, "", "lamp", None, ("on", "off", "set_shed_percent", "release"))
        self._device = ControlledDevice(spec)
        self._lock, self._ended = threading.Lock(), threading.Event()
        address = urlsplit(mqtt_url)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device_id)
        self._client.username_pw_set(address.username, address.password)
        self._client.on_message = self._told
        topic = f"wattboard/main/devices/{device_id}/set"
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.connect(address.hostname or "", address.port or 1883)
        self._speaking = threading.Thread(target=self._speak, daemon=True)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._speaking.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._speaking.join(10)
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def effects(self) -> list[object]:
        """What it carried out, in order."""
        with self._lock:
            return [entry["effect"] for entry in self.journal]

    def _speak(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._say()

    def _say(self) -> None:
        with self._lock:
            order = self._device.order()
        power_kw = 0.0 if order.on is False else FULL_KW * order.share
        self._publish(f"devices/{self.device_id}/state", {"on": power_kw > 0})
        self._publish(f"telemetry/{self.meter}", {"power": {"value": power_kw, "unit": "kW"}})

    def _told(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            answer = self._device.receive(message.payload, FOREVER_S)
            self.journal += answer.effects
        for ack in answer.acks:
            self._publish(f"devices/{self.device_id}/ack", ack)
        self._say()

    def _publish(self, topic: str, payload: object) -> None:
        self._client.publish(f"wattboard/main/{topic}", json.dumps(payload), qos=1)
