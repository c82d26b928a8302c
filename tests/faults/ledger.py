"""A sender that remembers what the broker accepted from it, and a listener that can be killed."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import Mosquitto

ROOT = Path(__file__).parents[2]
SENSORS = 40
FIRST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
STEP_MS = 20_000


def reading_of(number: int) -> tuple[str, int, float, float]:
    """Give sensor, time, power [kW] and counter [kWh] of message `number`."""
    turn, sensor = divmod(number, SENSORS)
    return f"LEDGER_{sensor}", FIRST_MS + turn * STEP_MS, (number % 97) / 10, turn * 0.125 + sensor


class Sender:
    """Publishes numbered readings at QoS 1; `accepted` counts what the broker took over."""

    def __init__(self, broker: Mosquitto) -> None:
        self.accepted = 0
        self.sent = 0
        self._lock = threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="ledger")
        self._client.max_inflight_messages_set(500)
        self._client.on_publish = self._on_publish
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def send(self, count: int) -> None:
        """Publish the next `count` messages."""
        for number in range(self.sent, self.sent + count):
            self._publish(number)
        self.sent += count

    def knock(self) -> None:
        """Publish message 0 once more, to learn whether a listener has its session by now."""
        with self._lock:
            self.accepted -= 1
        self._publish(0)

    def _publish(self, number: int) -> None:
        sensor_id, ts_ms, power_kw, energy_kwh = reading_of(number)
        payload = {
            "timestamp": ts_ms / 1000,
            "power": {"value": power_kw, "unit": "kW"},
            "energy": energy_kwh,
        }
        topic = f"wattboard/main/telemetry/{sensor_id}"
        self._client.publish(topic, json.dumps(payload), qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_publish(self, *_: object) -> None:
        with self._lock:
            self.accepted += 1


class ListenerProcess:
    """`tests.faults.listener_process`, started, killed and stopped."""

    def __init__(self, database_url: str, mqtt_url: str, data_dir: Path) -> None:
        self._arguments = [database_url, mqtt_url, str(data_dir)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.faults.listener_process", *self._arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WATTBOARD_")}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        assert self._process
        self._process.send_signal(how)
        return self._process.wait(20)
