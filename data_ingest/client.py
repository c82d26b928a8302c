"""paho's client with the two paths that carry every message made short.

paho reads a packet in four calls of the system, builds a property table, a message object and a
log line for each PUBLISH, and writes each PUBACK by itself; over MQTT 5 that costs more than
decoding and storing the readings (performance.md §1b). Everything else (connecting, keep-alive,
subscriptions, TLS) is paho's.
"""

import ssl
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from domain.foundation.clock import monotonic

PUBLISH, PUBACK = 0x30, 0x40
RETAINED, REDELIVERED = 0x01, 0x08
KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 5.0
SESSION_EXPIRY_S = 30 * 86_400
RECEIVE_MAXIMUM = 4_000
SMALLEST_WINDOW = 20
"""What a broker of MQTT 3.1.1 sends unacknowledged when nobody raised it (mosquitto's default)."""
CHUNK_BYTES = 256 * 1024
SMALLEST_FRAME = 2
_CONTINUES = 0x80
_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's verify codes for a chain that ends in nobody who is trusted."""


class Message(NamedTuple):
    """One PUBLISH as it came; `mid` is 0 where nothing is to be acknowledged.

    A negative `mid` is that of a connection that is gone. `flags` holds RETAINED and REDELIVERED.
    """

    topic: bytes
    payload: bytes
    mid: int
    flags: int
    arrived_ms: int


class ReceivingClient(mqtt.Client):
    """Puts messages into `inbound` and acknowledges only what it is told to."""

    def __init__(
        self,
        client_id: str,
        protocol: MQTTProtocolVersion,
        url: str,
        ca_file: Path | None = None,
    ) -> None:
        five = protocol == MQTTProtocolVersion.MQTTv5
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if five else False,
            protocol=protocol,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.five = five
        self.inbound: list[Message] = []
        self.arrived_ms = 0
        """Building time of what is read next; set before each round of reading."""
        self.more_to_read = False
        self._rest = b""
        self.connect_timeout = CONNECT_TIMEOUT_S
        self.encrypted = url.startswith("mqtts:")
        self.address = configure(self, url, ca_file)

    @property
    def window(self) -> int:
        """How many unacknowledged messages the broker sends at least."""
        return RECEIVE_MAXIMUM if self.five else SMALLEST_WINDOW

    def open(self) -> None:
        """Connect with a session that outlives the connection; raises OSError."""
        host, port = self.address
        if not self.five:
            self.connect(host, port, KEEPALIVE_S)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Send all PUBACKs in one write."""
        if mids and self.is_connected():
            packet = b"".join(struct.pack("!BBH", PUBACK, 2, mid) for mid in mids)
            self._packet_queue(PUBACK, packet, mids[-1], 1)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take in what has arrived, up to a chunk; called by paho's loop and by the listener."""
        try:
            chunk = self._sock_recv(CHUNK_BYTES)
        except BlockingIOError:
            self.more_to_read = False
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            chunk = b""
        if not chunk:
            self.more_to_read = False
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        # TLS hands over a record at a time and keeps the next where select does not see it.
        self.more_to_read = self.encrypted or len(chunk) == CHUNK_BYTES
        with self._msgtime_mutex:
            self._last_bytes_received = monotonic()
        try:
            rc = self._take_frames(self._rest + chunk if self._rest else chunk)
        except (MalformedPacket, IndexError):
            rc = MQTTErrorCode.MQTT_ERR_PROTOCOL
        return self._loop_rc_handle(rc) if rc else rc

    def _take_frames(self, data: bytes) -> MQTTErrorCode:
        """Handle every whole packet and keep the rest for the next chunk."""
        start, end = 0, len(data)
        while end - start >= SMALLEST_FRAME:
            at, length = _variable_length(data, start + 1, end)
            if at < 0 or at + length > end:
                break
            header = data[start]
            start = at + length
            if header & 0xF0 == PUBLISH:
                self._take_publish(header, data[at:start])
                continue
            self._in_packet["command"] = header
            self._in_packet["remaining_length"] = length
            self._in_packet["packet"] = bytearray(data[at:start])
            rc = self._packet_handle()
            if rc or self._sock is None:
                return rc
        self._rest = data[start:]
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _take_publish(self, header: int, packet: bytes) -> None:
        at = 2 + (packet[0] << 8 | packet[1])
        topic = packet[2:at]
        mid = 0
        if header & 0x06:
            mid = packet[at] << 8 | packet[at + 1]
            at += 2
        if self.five:
            at, length = _variable_length(packet, at, len(packet))
            at += length
        self.inbound.append(Message(topic, packet[at:], mid, header & 0x09, self.arrived_ms))


def _variable_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Give where the length at `at` ends, and the length; (-1, 0) where it is not all there.

    Raises:
        MalformedPacket: it has more than four bytes.
    """
    length = 0
    for shift in (0, 7, 14, 21):
        if at >= end:
            return -1, 0
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < _CONTINUES:
            return at, length
    raise MalformedPacket("a length of more than four bytes")


def configure(client: mqtt.Client, url: str, ca_file: Path | None = None) -> tuple[str, int]:
    """Set what a `mqtt://user:password@host:port` or `mqtts://` URL says; returns host and port.

    Without `ca_file` the system's authorities are trusted.
    """
    parts = urlsplit(url)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set(str(ca_file) if ca_file else None)
    return parts.hostname or "localhost", parts.port or (8883 if parts.scheme == "mqtts" else 1883)


def words_of(error: OSError) -> str:
    """Say why there is no connection, the certificate's fault without the library's own names."""
    if isinstance(error, ssl.SSLCertVerificationError):
        fault = error.verify_message.rstrip(".")
        unknown = error.verify_code in _UNKNOWN_AUTHORITY
        advice = "; WATTBOARD_MQTT_CA_FILE names an authority of your own" if unknown else ""
        return f"the broker's certificate is not accepted: {fault}{advice}"
    return str(error)
