"""The simulated building's own device with a meter, alone on a real broker."""

import threading
from typing import Any

import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.simulation.devices import ControlledDevice
from data_ingest.simulation.layout import DeviceSpec
from domain.foundation.clock import Clock
from tests.integration.control.playing import COMMANDS, FULL_KW
from tests.servers import Mosquitto

BASE = "wattboard/main"
MEASURES_EVERY_S = 1.0


class LonelyDevice:
    """Obeys `set`, reports its state, is measured each second; faults come by `simulation/set`."""

    def __init__(self, broker: Mosquitto, clock: Clock, *, ignores_lease: bool) -> None:
        spec = DeviceSpec(
            "PUMP", "", "heat_pump", None, COMMANDS, power_kw=(0, 11), setpoint_c=(16, 30)
        )
        self.device, self._clock, self._ignores = ControlledDevice(spec), clock, ignores_lease
        self.fault: str | None = None
        self.faults: list[dict[str, Any]] = []
        self.told: list[tuple[int, dict[str, Any]]] = []
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._heard
        topics = [(f"{BASE}/devices/PUMP/set", 1), (f"{BASE}/simulation/set", 1)]
        self._client.on_connect = lambda client, *_: client.subscribe(topics)
        self._client.connect(broker.host, broker.port)
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._client.loop_start()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def power_kw(self) -> float:
        return 0.0 if self.device.order().on is False else FULL_KW

    def _heard(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        fields = orjson.loads(message.payload)
        with self._lock:
            if message.topic.endswith("simulation/set"):
                self.faults.append(fields)
                self.fault = None if fields["fault"] == "none" else fields["fault"]
                return
            now_s = self._clock.now_ms() / 1000
            self.told.append((self._clock.now_ms(), fields))
            answer = self.device.receive(message.payload, now_s, self.fault)
        for ack in answer.acks:
            self._say("devices/PUMP/ack", ack)

    def _live(self) -> None:
        while not self._ended.wait(MEASURES_EVERY_S):
            with self._lock:
                now_s = self._clock.now_ms() / 1000
                if not self._ignores:
                    self.device.lapse(now_s)
                power, silent = self.power_kw, self.fault == "silent"
            reading = {"timestamp": now_s, "power": {"value": power, "unit": "kW"}}
            self._say("telemetry/METER", {"sensor_type": "energy_meter", **reading})
            if not silent:
                state = {"timestamp": now_s, "power_kw": power, "on": power > 0}
                self._say("devices/PUMP/state", state)

    def _say(self, topic: str, payload: object) -> None:
        self._client.publish(f"{BASE}/{topic}", orjson.dumps(payload), qos=1)
