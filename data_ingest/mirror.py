"""What another process stores, seen by this one: for web workers beside an ingest process.

Listens to the same topics without a session and at QoS 0, stores nothing, and twice a second
reads the newest values from the database and tells the bus what was heard.
"""

import logging
import threading
import uuid

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.client import configure
from data_ingest.topics import Router
from domain.house import House
from domain.inbox.decode import Batch
from domain.inbox.timestamps import FUTURE_ALLOWED
from domain.telemetry.model import Reading

log = logging.getLogger(__name__)

EVERY_S = 0.5
MOST_HEARD = 10_000
RECONNECT_S = (1, 15)


class Mirror:
    """Keeps newest values and live push of a process that does not ingest."""

    def __init__(self, house: House, url: str) -> None:
        settings = house.settings
        self._house = house
        self._router = Router(
            settings.topic_prefix, settings.site, [c.mapping for c in house.inbox.mappings()]
        )
        self._heard: list[MQTTMessage] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._url = url
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"wattboard-web-{uuid.uuid4().hex[:12]}"
        )
        self._address = configure(self._client, url)
        self._client.reconnect_delay_set(*RECONNECT_S)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topic, 0) for topic in self._router.filters]
        )
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

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._lock:
            if not message.retain and len(self._heard) < MOST_HEARD:
                self._heard.append(message)

    def _tell(self) -> None:
        while not self._stopping.wait(EVERY_S):
            with self._lock:
                heard, self._heard = self._heard, []
            if not heard:
                continue
            try:
                self._house.telemetry.refresh_latest()
                if readings := self._read(heard):
                    self._house.bus.publish("readings", readings)
            except Exception:
                log.exception("what was heard could not be shown; the next may")

    def _read(self, heard: list[MQTTMessage]) -> list[Reading]:
        house = self._house
        now_ms = house.clock.now_ms()
        batch = Batch(house.zone, now_ms, type_of=house.building.sensor_type)
        for message in heard:
            route = self._router.route(message.topic.encode())
            route.read(bytes(message.payload), batch, 0, now_ms)
        latest_ms = now_ms + FUTURE_ALLOWED.total_seconds() * 1000
        return [reading for reading in batch.readings if reading.ts_ms <= latest_ms]
