"""Connections to the broker: one for all meters, one for each device, as real ones would have."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

log = logging.getLogger(__name__)
WAITING_MESSAGES = 50_000
KEEPALIVE_S = 20
HELD_TOPIC = "$SYS/broker/store/messages/bytes"
CONGESTED_BYTES = 2_000_000.0
PATIENCE_S = 30.0
CATCH_UP_S = 3.0  # of sending time that making the rows may have cost


def client(
    url: str, client_id: str, will: str | None = None, in_flight: int = 100
) -> tuple[mqtt.Client, str, int]:
    """A client for `mqtt://user:pass@host:port` (or mqtts), not connected, with host and port."""
    parts = urlsplit(url)
    made = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    if parts.username:
        made.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    secure = parts.scheme == "mqtts"
    if secure:
        made.tls_set()
    if will:
        made.will_set(will, b"offline", qos=1, retain=True)
    made.max_inflight_messages_set(in_flight)
    made.max_queued_messages_set(WAITING_MESSAGES)
    made.reconnect_delay_set(1, 5)
    return made, parts.hostname or "127.0.0.1", parts.port or (8883 if secure else 1883)


class Link:
    """One connection with its own thread; it reconnects and keeps what is not yet sent."""

    def __init__(
        self,
        url: str,
        client_id: str,
        listen: str | None = None,
        heard: Callable[[bytes], None] | None = None,
        will: str | None = None,
    ) -> None:
        self._client, self._host, self._port = client(url, client_id, will)
        self._listen, self._will = listen, will
        self._heard = heard
        self._client.on_connect = self._connected
        self._client.on_message = self._message

    def open(self) -> None:
        """Begins connecting."""
        self._client.connect_async(self._host, self._port, KEEPALIVE_S)
        self._client.loop_start()

    def send(self, topic: str, payload: object, retain: bool = False) -> None:
        """Queues one message at QoS 1; an outage delays it."""
        self._client.publish(topic, orjson.dumps(payload), qos=1, retain=retain)

    def close(self) -> None:
        """Says goodbye in order: `offline` where others wait for it, then disconnects."""
        if self._will and self._client.is_connected():
            said = self._client.publish(self._will, b"offline", qos=1, retain=True)
            try:
                said.wait_for_publish(1.0)
            except (RuntimeError, ValueError):
                log.debug("goodbye on %s not delivered", self._will)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: object, _more: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            log.warning("broker refused the simulated building: %s", reason)
            return
        if self._listen:
            self._client.subscribe(self._listen, qos=1)
        if self._will:
            self._client.publish(self._will, b"online", qos=1, retain=True)

    def _message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if self._heard is not None and not message.retain:
            self._heard(bytes(message.payload))


class Sender:
    """A connection for bulk: a steady pace, few messages unacknowledged, and pauses.

    It pauses while the broker holds much more than at first, since then its readers are behind
    and live readings would queue up after the bulk (mosquitto tells by `$SYS`). A reader who does
    not catch up within PATIENCE_S is not waited for again.
    """

    def __init__(self, url: str, client_id: str, window: int, values_per_s: float) -> None:
        self._client, self._host, self._port = client(url, client_id, in_flight=window)
        self._client.on_connect = self._connected
        self._client.on_message = self._told
        self._held_at_first: float | None = None
        self._held = 0.0
        self._patient = True
        self._room = threading.Semaphore(window)
        self._window = window
        self._values_per_s = values_per_s
        self._turn = time.monotonic()
        self._client.on_publish = self._published

    def open(self) -> None:
        """Begins connecting; messages wait until it is done."""
        self._client.connect_async(self._host, self._port, KEEPALIVE_S)
        self._client.loop_start()

    @property
    def congested(self) -> bool:
        """True while the broker holds more for its readers than they take in a moment."""
        return self._held - (self._held_at_first or 0.0) > CONGESTED_BYTES

    def send(self, topic: str, payload: bytes, values: int, stopped: threading.Event) -> bool:
        """Hands one message to the broker as soon as it has room for it; False when stopped."""
        began = time.monotonic()
        while self.congested and self._patient and not stopped.wait(0.05):
            self._patient = time.monotonic() - began < PATIENCE_S
        while not self._room.acquire(timeout=0.2):
            if stopped.is_set():
                return False
        self._client.publish(topic, payload, qos=1)
        now = time.monotonic()
        self._turn = max(self._turn + values / self._values_per_s, now - CATCH_UP_S)
        return not stopped.wait(max(self._turn - now, 0.0))

    def finish(self, stopped: threading.Event) -> bool:
        """Waits until the broker has acknowledged everything; False when stopped before."""
        for _ in range(self._window):
            while not self._room.acquire(timeout=0.2):
                if stopped.is_set():
                    return False
        return True

    def close(self) -> None:
        """Disconnects."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: mqtt.Client, *_more: object) -> None:
        client.subscribe(HELD_TOPIC, qos=0)

    def _told(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with suppress(ValueError):
            self._held = float(message.payload)
            if self._held_at_first is None:
                self._held_at_first = self._held

    def _published(
        self, _client: mqtt.Client, _data: object, _mid: int, _reason: object, _more: object
    ) -> None:
        self._room.release()
