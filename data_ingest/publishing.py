"""Publish readings as a well-behaved device does: QoS 1, bounded, acknowledged before it ends."""

import threading
import uuid
from pathlib import Path
from types import TracebackType

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from data_ingest.client import configure
from domain.foundation.errors import Unavailable

MOST_UNACKNOWLEDGED = 500
PATIENCE_S = 60.0


class Publisher:
    """Sends to `{prefix}/{site}/telemetry/{sensor_id}`; waits while too much is unacknowledged."""

    def __init__(self, url: str, prefix: str, site: str, ca_file: Path | None = None) -> None:
        self._base = f"{prefix}/{site}/telemetry/"
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"wattboard-replay-{uuid.uuid4().hex[:8]}"
        )
        self._address = configure(self._client, url, ca_file)
        self._client.max_inflight_messages_set(MOST_UNACKNOWLEDGED)
        self._client.on_publish = lambda *_: self._acknowledged()
        self._open = 0
        self._changed = threading.Condition()

    def __enter__(self) -> "Publisher":
        host, port = self._address
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise Unavailable("broker", f"No broker at {host}:{port}: {error}") from None
        self._client.loop_start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, sensor_id: str, payload: str) -> None:
        """Hand one message over, waiting for room."""
        self._wait_until(MOST_UNACKNOWLEDGED)
        with self._changed:
            self._open += 1
        if self._client.publish(self._base + sensor_id, payload, qos=1).rc not in (
            MQTTErrorCode.MQTT_ERR_SUCCESS,
            MQTTErrorCode.MQTT_ERR_NO_CONN,  # queued, and sent after the reconnect
        ):
            raise Unavailable("broker", "The broker's client takes no more messages.")

    def flush(self) -> None:
        """Wait until everything is acknowledged."""
        self._wait_until(1)

    def _wait_until(self, fewer_than: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._open < fewer_than, PATIENCE_S):
                raise Unavailable("broker", "The broker does not acknowledge.")

    def _acknowledged(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()
