"""A process that does not ingest shows what another one stores."""

import json

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.listener import Listener
from data_ingest.mirror import Mirror
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.telemetry.model import Reading
from settings import Settings
from tests.servers import Mosquitto
from tests.waiting import wait_until


def test_a_second_process_sees_and_pushes_what_the_first_stored(
    house: House, settings: Settings, clock: FixedClock, mosquitto: Mosquitto
) -> None:
    web = House.compose(settings, clock=clock, database=house.database)
    pushed: list[Reading] = []
    web.bus.subscribe("readings", lambda readings: pushed.extend(readings))  # type: ignore[call-overload]
    listener, mirror = Listener(house, mosquitto.url), Mirror(web, mosquitto.url)
    sender = Client(CallbackAPIVersion.VERSION2)
    sender.connect(mosquitto.host, mosquitto.port)
    sender.loop_start()
    listener.start()
    mirror.start()
    try:
        wait_until(lambda: listener.state()["subscribed"])

        def shown() -> bool:
            payload = json.dumps({"power": 4.5})
            sender.publish("wattboard/main/telemetry/S", payload, qos=1)
            sender.publish("wattboard/main/telemetry/S", "nonsense", qos=1)
            found = web.telemetry.latest().get(("S", "power"))
            return found is not None and found.value == 4.5 and len(pushed) > 0

        wait_until(shown, every_s=0.2)
        assert pushed[0].value == 4.5
    finally:
        mirror.stop()
        listener.stop()
        sender.disconnect()
        sender.loop_stop()
    assert web.inbox.rejected().total == house.inbox.rejected().total
