"""The dispatcher's own connection to the broker; what cannot be sent now is not sent later.

Every connection has a client of its own, so that nothing waits in it for the next one: a command
that was meant for a moment ago must not come out of a queue.
"""

import logging
import queue
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from domain.control.service import Heard
from domain.foundation.clock import Clock, monotonic

log = logging.getLogger(__name__)
Configure = Callable[[Client, str, Path | None], tuple[str, int]]
"""Sets what a broker's URL says, and gives host and port."""
KINDS = ("state", "availability", "ack")
KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 3.0


def _at_once(_client: Client, _userdata: object, connection: Any) -> None:
    """Let a command leave without waiting (40 ms) for the acknowledgement of what went before."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Link:
    """Hears `devices/+/state`, `availability` and `ack`; publishes `devices/{id}/set`."""

    def __init__(
        self,
        url: str,
        base: str,
        client_id: str,
        configure: Configure,
        ca_file: Path | None,
        clock: Clock,
        woken: Callable[[], None],
    ) -> None:
        self._url, self._base, self._client_id = url, base, client_id
        self._configure, self._ca_file = configure, ca_file
        self._clock, self._woken = clock, woken
        self._client: Client | None = None
        self._ready = False
        self._patient_until_s = 0.0
        self.heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()

    @property
    def ready(self) -> bool:
        """Whether a message would leave now and its answer would be heard."""
        return self._ready and self.connected

    @property
    def connected(self) -> bool:
        """Whether a connection stands."""
        return self._client is not None and self._client.is_connected()

    def open(self) -> bool:
        """Connect where there is no connection; whether one is under way or stands."""
        under_way = self._client is not None and monotonic() < self._patient_until_s
        if self.connected or under_way:
            return True
        self.close()
        # One id for all: a second dispatcher would take the connection from the first.
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=self._client_id, reconnect_on_failure=False
        )
        host, port = self._configure(client, self._url, self._ca_file)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_socket_open = _at_once
        client.on_connect, client.on_message = self._connected, self._message
        client.on_subscribe, client.on_disconnect = self._subscribed, self._lost
        try:
            client.connect(host, port, KEEPALIVE_S)
        except OSError:
            return False
        self._client, self._patient_until_s = client, monotonic() + CONNECT_TIMEOUT_S
        client.loop_start()
        return True

    def publish(self, device_id: str, payload: bytes) -> bool:
        """Hand a `set` message to the broker at QoS 1; false where it cannot leave now."""
        client = self._client
        if client is None or not self.ready:
            return False
        sent = client.publish(f"{self._base}/devices/{device_id}/set", payload, qos=1)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def simulate(self, target: str, fault: str, for_s: float) -> bool:
        """Switch a fault of the simulated building, in demo only; false where it cannot leave."""
        client = self._client
        if client is None or not self.ready:
            return False
        wish = msgspec.json.encode({"target": target, "fault": fault, "for_s": for_s})
        sent = client.publish(f"{self._base}/simulation/set", wish, qos=1)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def close(self) -> None:
        """Leave the broker, and forget what has not left."""
        client, self._client, self._ready = self._client, None, False
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("the broker refused the dispatcher: %s", reason)
            return
        client.subscribe([(f"{self._base}/devices/+/{kind}", 1) for kind in KINDS])

    def _subscribed(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("the broker refused a subscription: %s", ", ".join(refused))
        self._ready = not refused
        self._woken()

    def _lost(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._ready, self._patient_until_s = False, 0.0

    def _message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        parts = message.topic.rsplit("/", 2)
        if len(parts) != 3 or parts[2] not in KINDS:
            return
        arrived_ms = self._clock.now_ms()
        payload = bytes(message.payload)
        self.heard.put(Heard(parts[1], parts[2], payload, arrived_ms, message.retain))
        self._woken()
