"""What another process stores, seen by this one: for web workers beside an ingest process.

Listens to the same topics without a session and at QoS 0, and stores nothing. What it hears says
when to read the newest values from the database, and what to tell the bus once they are stored:
a value that nobody has stored is never shown.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Mapping

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from data_ingest.client import configure
from data_ingest.topics import Router
from domain.foundation.clock import monotonic
from domain.house import House
from domain.inbox.decode import Batch
from domain.telemetry.model import Key, Latest, Reading

log = logging.getLogger(__name__)

EVERY_S = 0.25
MAPPINGS_EVERY_S = 5.0
REFRESH_EVERY_S = 5.0
"""Also without hearing anything: readings come over HTTP, corrections from another web worker."""
MOST_HEARD = 10_000
MOST_WAITING = 10_000
LOOK_S = 2.0
"""So long after a message its reading may still be on its way into the database."""
WAIT_S = 10.0
"""A reading that was not stored by then is told, if at all, as the newest value of its series."""
RECONNECT_S = (1, 15)


class Mirror:
    """Keeps newest values and live push of a process that does not ingest."""

    def __init__(self, house: House, url: str) -> None:
        self._house = house
        self._router = self._make_router()
        self._heard: list[MQTTMessage] = []
        self._unstored: deque[tuple[float, Reading]] = deque(maxlen=MOST_WAITING)
        self._heard_s = float("-inf")
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._refreshed_s = self._mapped_s = monotonic()
        self._trouble: str | None = "connecting"
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"wattboard-web-{uuid.uuid4().hex[:12]}"
        )
        self._address = configure(self._client, url, house.settings.mqtt_ca_file)
        self._client.reconnect_delay_set(*RECONNECT_S)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._lost
        self._client.on_message = self._hear

    def start(self) -> None:
        """Connect in the background and go on trying."""
        host, port = self._address
        self._client.connect_async(host, port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._tell, name="mqtt-mirror", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End both threads."""
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()
        if self._thread is not None:
            self._thread.join(5)

    def check(self) -> tuple[str, str]:
        """Health in a word and a sentence: without the broker pages fall behind by seconds."""
        trouble = self._trouble
        if trouble is None:
            return "ok", "Connected."
        return "degraded", f"This process does not hear the broker: {trouble}."

    def _connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._trouble = f"refused ({reason})"
            return
        self._trouble = None
        client.subscribe([(topic, 0) for topic in self._router.filters])

    def _lost(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._trouble = self._trouble or f"the connection ended ({reason})"

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._lock:
            if not message.retain and len(self._heard) < MOST_HEARD:
                self._heard.append(message)

    def _tell(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                if monotonic() - self._mapped_s > MAPPINGS_EVERY_S:
                    self._follow_mappings()
                self._show_what_is_stored()
                self._house.control.tell_news()
            except Exception:
                log.exception("what was heard could not be shown; the next may")

    def _show_what_is_stored(self) -> None:
        with self._lock:
            heard, self._heard = self._heard, []
        now_s = monotonic()
        if heard:
            self._heard_s = now_s
            self._unstored.extend((now_s, reading) for reading in self._read(heard))
        if now_s - self._heard_s > LOOK_S and now_s - self._refreshed_s < REFRESH_EVERY_S:
            return
        before = self._house.telemetry.latest()
        self._house.telemetry.refresh_latest()
        self._refreshed_s = now_s
        after = self._house.telemetry.latest()
        told = [reading for _, reading in self._unstored if _is_stored(reading, after)]
        self._unstored = deque(
            (
                (heard_s, reading)
                for heard_s, reading in self._unstored
                if now_s - heard_s < WAIT_S and not _is_stored(reading, after)
            ),
            maxlen=MOST_WAITING,
        )
        told += _unheard(before, after, told)
        if told:
            self._house.bus.publish("readings", told)

    def _read(self, heard: list[MQTTMessage]) -> list[Reading]:
        house = self._house
        now_ms = house.clock.now_ms()
        batch = Batch(house.zone, now_ms, type_of=house.building.sensor_type)
        for message in heard:
            route = self._router.route(message.topic.encode())
            # Without a time of its own a reading has the listener's, which the database knows.
            route.read(bytes(message.payload), batch, 0, None)
        return batch.readings

    def _make_router(self) -> Router:
        settings = self._house.settings
        mappings = [configured.mapping for configured in self._house.inbox.mappings()]
        return Router(settings.topic_prefix, settings.site, mappings)

    def _follow_mappings(self) -> None:
        """Notice mappings that a person changed, as the listener does."""
        self._mapped_s = monotonic()
        known = self._router.filters
        self._router = self._make_router()
        wanted = self._router.filters
        if dropped := [topic for topic in known if topic not in wanted]:
            self._client.unsubscribe(dropped)
        if added := [(topic, 0) for topic in wanted if topic not in known]:
            self._client.subscribe(added)


def _is_stored(reading: Reading, latest: Mapping[Key, Latest]) -> bool:
    """Whether it is in the database, as far as the newest value of its series tells."""
    known = latest.get((reading.sensor_id, reading.metric))
    return known is not None and known.ts_ms >= reading.ts_ms


def _unheard(
    before: Mapping[Key, Latest], after: Mapping[Key, Latest], told: Iterable[Reading]
) -> list[Reading]:
    """Newest values that changed although no message told them, such as virtual meters."""
    heard = {(reading.sensor_id, reading.metric, reading.ts_ms) for reading in told}
    return [
        Reading(x.sensor_id, x.metric, x.ts_ms, x.value)
        for key, x in after.items()
        if (x.sensor_id, x.metric, x.ts_ms) not in heard
        and ((old := before.get(key)) is None or (old.ts_ms, old.value) != (x.ts_ms, x.value))
    ]
