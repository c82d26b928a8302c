"""The MQTT listener: nothing is acknowledged before it is committed, and nothing stops it.

One thread reads, stores and acknowledges (performance.md §1: as fast as two, and there is no
moment in which a message is acknowledged but not stored). Messages are kept as bytes until they
are stored, so trouble with the database means waiting, not losing: the broker stops sending when
its window is full. A message that cannot be read is acknowledged once its reason is on record.
"""

import logging
import select
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TypedDict

from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from data_ingest.client import Message, ReceivingClient, words_of
from data_ingest.storing import Storing
from data_ingest.topics import Router
from domain.foundation.clock import monotonic, real_now_ms
from domain.house import House

log = logging.getLogger(__name__)

LINGER_S = 0.02
"""The least time from one commit to the next, in which messages gather; a message after a pause
does not wait. On an SD card 0.2 saves writes."""
SMALL_BATCH = 50
SHORT_LINGER_S = 0.005
"""After a small batch the next may go sooner: the page shows it sooner, and the load is low."""
POLL_S = 0.2
MAPPINGS_EVERY_S = 5.0
HANDSHAKE_S = 5.0
RECONNECT_S = (0.2, 15.0)
STUCK_AFTER_S = 30.0
MOST_PENDING = 10_000
MOST_PENDING_BYTES = 64 * 1024 * 1024


class ListenerState(TypedDict):
    """What /health, /stats and the pages tell of the listener.

    `trouble` is what keeps the database from taking readings while the connection is well;
    `last_message_ms` is real time.
    """

    status: str
    detail: str
    trouble: str | None
    connected: bool
    subscribed: bool
    protocol: str | None
    thread_alive: bool
    last_message_ms: int | None
    last_message_age_s: float | None
    waiting: int
    received: int
    stored: int
    duplicates: int
    rejected: int
    reconnects: int


@dataclass
class _Connection:
    """One connection's client, and what became of it."""

    client: ReceivingClient
    accepted: bool = False
    subscribed: bool = False
    refusal: str | None = None
    wrong_protocol: bool = False
    filters: list[str] = field(default_factory=list)


class Listener:
    """The one listener of a site; `start` and `stop` may follow each other any number of times."""

    def __init__(
        self, house: House, url: str, *, client_id: str | None = None, linger_s: float = LINGER_S
    ) -> None:
        self._house = house
        self._url = url
        self._client_id = client_id or f"wattboard-{house.settings.site}-listener"
        self._linger_s = linger_s
        self._storing = Storing(house, self._client_id)
        self._router = self._make_router()
        self._pending: deque[Message] = deque()
        self._pending_bytes = 0
        self._acknowledgeable = 0
        self._not_before = 0.0
        self._switching = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: _Connection | None = None
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._beat = 0.0
        self._trouble: str | None = None
        self._received = self._reconnects = 0
        self._last_message: tuple[int, float] | None = None
        self._mappings_at = 0.0

    def start(self) -> None:
        """Start the thread where none runs, also where one has died; never two at once."""
        with self._switching:
            self._stopping.clear()
            if self._thread is None or not self._thread.is_alive():
                self._beat = monotonic()
                self._thread = threading.Thread(
                    target=self._live, name="mqtt-listener", daemon=True
                )
                self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Store and acknowledge what has arrived, then leave; the broker keeps what comes after."""
        with self._switching:
            self._stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def state(self) -> ListenerState:
        """Tell how it is, in a word, a sentence and figures."""
        connection = self._connection
        thread = self._thread
        alive = thread is not None and thread.is_alive()
        age_s = monotonic() - self._last_message[1] if self._last_message else None
        status, detail = self._judge(connection, alive, age_s)
        counts = self._storing
        return ListenerState(
            status=status,
            detail=detail,
            trouble=self._storing.trouble if status == "degraded" else None,
            connected=connection is not None and connection.accepted,
            subscribed=connection is not None and connection.subscribed,
            protocol=None if connection is None else "5" if connection.client.five else "3.1.1",
            thread_alive=alive,
            last_message_ms=self._last_message[0] if self._last_message else None,
            last_message_age_s=age_s,
            waiting=len(self._pending),
            received=self._received,
            stored=counts.stored,
            duplicates=counts.duplicates,
            rejected=counts.rejected,
            reconnects=self._reconnects,
        )

    def _judge(
        self, connection: _Connection | None, alive: bool, age_s: float | None
    ) -> tuple[str, str]:
        if not alive:
            return "down", "The listener does not run."
        silent_s = monotonic() - self._beat
        if silent_s > STUCK_AFTER_S:
            return "down", f"The listener has not moved for {silent_s:.0f} s."
        if self._storing.trouble:
            return "degraded", (
                f"{self._storing.trouble} {len(self._pending)} messages wait unacknowledged;"
                " nothing is lost, it is tried again."
            )
        if connection is None or not connection.accepted:
            return "down", f"Not connected to the broker: {self._trouble or 'connecting'}"
        if not connection.subscribed:
            return "degraded", "Connected, waiting for the subscription."
        if age_s is None:
            return "ok", "Connected; no message yet."
        return "ok", f"Connected; last message {age_s:.0f} s ago."

    def _live(self) -> None:
        while True:
            self._serve_until_stopped()
            with self._switching:
                if self._stopping.is_set():
                    self._thread = None
                    return

    def _serve_until_stopped(self) -> None:
        pause = RECONNECT_S[0]
        while not self._stopping.is_set():
            started = monotonic()
            try:
                self._serve_one_connection()
            except Exception as error:
                self._trouble = f"{type(error).__name__}: {error}"
                log.exception("the listener failed and starts anew")
            self._connection = None
            if self._stopping.is_set():
                break
            self._reconnects += 1
            pause = RECONNECT_S[0] if monotonic() - started > 10 else min(pause * 2, RECONNECT_S[1])
            self._wait(pause)
        self._store_what_is_pending(None)

    def _wait(self, seconds: float) -> None:
        end = monotonic() + seconds
        while not self._stopping.is_set() and (left := end - monotonic()) > 0:
            self._beat = monotonic()
            self._stopping.wait(min(left, 1.0))

    def _serve_one_connection(self) -> None:
        connection = self._connect()
        if connection is None:
            return
        self._connection = connection
        self._trouble = None
        log.info("listening at %s over MQTT %s", connection.client.address, self._protocol.name)
        # What is pending from before was never acknowledged there, so it comes again.
        self._storing.expect_again(self._pending)
        self._pending = deque(message._replace(mid=-abs(message.mid)) for message in self._pending)
        self._acknowledgeable = 0
        self._take(connection.client.inbound)  # what came together with the handshake
        self._renew_router()
        self._subscribe(connection, self._router.filters)
        while not self._stopping.is_set() and self._turn(connection):
            pass
        self._leave(connection)

    def _connect(self) -> _Connection | None:
        """Try MQTT 5 first and 3.1.1 where that is not spoken; None when there is no connection."""
        self._beat = monotonic()
        ca_file = self._house.settings.mqtt_ca_file
        client = ReceivingClient(self._client_id, self._protocol, self._url, ca_file)
        connection = _Connection(client)
        client.arrived_ms = self._house.clock.now_ms()
        client.on_connect = lambda _c, _u, _flags, reason, _p: _connected(connection, reason)
        client.on_disconnect = lambda _c, _u, _f, reason, _p: self._lost(connection, reason)
        client.on_subscribe = lambda _c, _u, _mid, reasons, _p: _subscribed(connection, reasons)
        try:
            client.open()
        except OSError as error:
            self._say_once(f"{client.address[0]}:{client.address[1]} {words_of(error)}")
            return None
        deadline = monotonic() + HANDSHAKE_S
        while not connection.accepted and connection.refusal is None and monotonic() < deadline:
            if (
                self._stopping.is_set()
                or client.loop(timeout=0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS
            ):
                break
        if connection.accepted:
            return connection
        self._say_once(connection.refusal or "the broker does not answer the handshake")
        if connection.wrong_protocol or connection.refusal is None:
            five = self._protocol == MQTTProtocolVersion.MQTTv5
            self._protocol = MQTTProtocolVersion.MQTTv311 if five else MQTTProtocolVersion.MQTTv5
        _hang_up(client)
        return None

    def _turn(self, connection: _Connection) -> bool:
        """Read what is there, store what is due; false when the connection is over."""
        client = connection.client
        self._beat = monotonic()
        idle = self._read(client)
        if self._pending and self._is_due(client, idle):
            self._store_what_is_pending(client)
        if self._beat - self._mappings_at > MAPPINGS_EVERY_S:
            self._follow_mappings(connection)
            client.loop_misc()
        return client.socket() is not None

    def _has_room(self) -> bool:
        return len(self._pending) < MOST_PENDING and self._pending_bytes < MOST_PENDING_BYTES

    def _read(self, client: ReceivingClient) -> bool:
        """Wait for data and take it in; true when nothing more is to be read now."""
        socket = client.socket()
        if socket is None:
            return True
        reading = [socket] if self._has_room() else []
        writing = [socket] if client.want_write() else []
        wait_s = 0.0 if reading and client.more_to_read else self._wait_s()
        readable, writable, _ = select.select(reading, writing, [], wait_s)
        if writable:
            client.loop_write()
        if not reading or not (readable or client.more_to_read):
            return True
        client.arrived_ms = self._house.clock.now_ms()
        client.loop_read()
        self._take(client.inbound)
        return not client.more_to_read

    def _wait_s(self) -> float:
        """How long nothing has to be done unless something arrives."""
        if not self._pending or self._storing.trouble:
            return POLL_S
        return min(POLL_S, max(0.0, self._not_before - monotonic()))

    def _take(self, inbound: list[Message]) -> None:
        if not inbound:
            return
        now = monotonic()
        self._pending.extend(inbound)
        self._received += len(inbound)
        self._acknowledgeable += sum(1 for message in inbound if message.mid)
        self._pending_bytes += sum(len(message.payload) for message in inbound)
        self._last_message = (real_now_ms(), now)
        inbound.clear()

    def _is_due(self, client: ReceivingClient, idle: bool) -> bool:
        if not self._storing.may_try():
            return False
        if monotonic() >= self._not_before:
            return True
        if self._acknowledgeable >= client.window // 2 and (idle or client.five):
            return True
        return len(self._pending) >= self._storing.most_messages

    def _store_what_is_pending(self, client: ReceivingClient | None) -> None:
        """Store as many batches as there are, and acknowledge each after its commit."""
        while self._pending:
            done = self._storing.store(self._pending, self._router)
            if not done:
                return
            messages = [self._pending.popleft() for _ in range(done)]
            mids = [message.mid for message in messages if message.mid > 0]
            self._acknowledgeable -= len(mids)
            self._pending_bytes -= sum(len(message.payload) for message in messages)
            if client is not None:
                client.acknowledge(mids)
            small = done < SMALL_BATCH
            linger_s = min(self._linger_s, SHORT_LINGER_S) if small else self._linger_s
            self._not_before = monotonic() + linger_s

    def _make_router(self) -> Router:
        settings = self._house.settings
        mappings = [configured.mapping for configured in self._house.inbox.mappings()]
        return Router(settings.topic_prefix, settings.site, mappings)

    def _renew_router(self) -> None:
        self._mappings_at = monotonic()
        try:
            self._router = self._make_router()
        except Exception:
            log.exception("the mappings could not be read; the known ones stay")

    def _follow_mappings(self, connection: _Connection) -> None:
        """Notice mappings that a person changed."""
        self._renew_router()
        wanted = self._router.filters
        dropped = [topic for topic in connection.filters if topic not in wanted]
        if dropped:
            connection.client.unsubscribe(dropped)
        added = [topic for topic in wanted if topic not in connection.filters]
        if added:
            self._subscribe(connection, added)
        connection.filters = wanted

    def _subscribe(self, connection: _Connection, filters: list[str]) -> None:
        connection.filters = [*connection.filters, *filters]
        if connection.client.five:
            options = SubscribeOptions(
                qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            )
            connection.client.subscribe([(topic, options) for topic in filters])
        else:
            connection.client.subscribe([(topic, 1) for topic in filters])

    def _leave(self, connection: _Connection) -> None:
        self._store_what_is_pending(connection.client)
        _hang_up(connection.client)

    def _lost(self, connection: _Connection, reason: ReasonCode) -> None:
        if connection.accepted and not self._stopping.is_set():
            self._say_once(f"the connection ended ({reason})")
        connection.accepted = connection.subscribed = False

    def _say_once(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("MQTT: %s; it is tried again", trouble)
        self._trouble = trouble


def _connected(connection: _Connection, reason: ReasonCode) -> None:
    connection.accepted = not reason.is_failure
    if reason.is_failure:
        connection.refusal = f"the broker refused the connection: {reason}"
        connection.wrong_protocol = "protocol version" in str(reason).lower()


def _subscribed(connection: _Connection, reasons: list[ReasonCode]) -> None:
    refused = [str(reason) for reason in reasons if reason.is_failure]
    if refused:
        log.error("the broker refused a subscription: %s", ", ".join(refused))
    connection.subscribed = not refused or connection.subscribed


def _hang_up(client: ReceivingClient) -> None:
    client.disconnect()
    for _ in range(50):
        if client.socket() is None or client.loop(timeout=0.02) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return
