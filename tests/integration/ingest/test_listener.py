"""Messages of foreign clients through a real mosquitto into either database."""

import json
import random
import socket
import subprocess
import threading
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.listener import Listener
from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.inbox.mapping import MappedField, Mapping
from tests.servers import Mosquitto, answers, program
from tests.waiting import wait_until

BASE = "wattboard/main"


@pytest.fixture
def sender(mosquitto: Mosquitto) -> Iterator[Client]:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(mosquitto.host, mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def listener(house: House, mosquitto: Mosquitto) -> Iterator[Listener]:
    listener = Listener(house, mosquitto.url)
    listener.start()
    wait_until(lambda: listener.state()["subscribed"])
    yield listener
    listener.stop()


def value(house: House, sensor_id: str, metric: str) -> float | None:
    latest = house.telemetry.latest().get((sensor_id, metric))
    return latest.value if latest else None


def publish(sender: Client, topic: str, payload: object, *, retain: bool = False) -> None:
    raw = payload if isinstance(payload, bytes | str) else json.dumps(payload)
    sender.publish(f"{BASE}/{topic}", raw, qos=1, retain=retain).wait_for_publish(10)


def reasons(house: House) -> dict[str, str]:
    """Topic → code of what was refused."""
    return {row.topic.rsplit("/", 1)[1]: row.code for row in house.inbox.rejected().rows}


def test_every_form_of_reading_arrives(
    house: House, listener: Listener, sender: Client, clock: FixedClock
) -> None:
    at_s = clock.now_ms() // 1000
    publish(sender, "telemetry/TEMP_001", {"timestamp": at_s, "value": 21.5, "unit": "°C"})
    publish(
        sender,
        "telemetry/SDB_1",
        {
            "timestamp": at_s,
            "room": "Lab",
            "sensor_type": "energy_meter",
            "power": {"value": 1200, "unit": "W"},
            "energy": {"value": 812.4, "unit": "kWh"},
        },
    )
    publish(sender, "telemetry/HUM_2", b"47.5")
    publish(sender, "telemetry/ROWS", [{"timestamp": at_s - n, "power": n} for n in range(3)])
    publish(sender, "devices/BATT001/state", {"power_kw": -2, "soc_percent": 61, "on": True})
    publish(sender, "devices/DEVICE_1/ack", {"command_id": "1", "status": "done"})
    sender.publish("shelly-1/status/em:0", json.dumps({"total_act_power": 500.0}), qos=1)
    wait_until(lambda: value(house, "shelly-1", "power") == 0.5)
    assert value(house, "TEMP_001", "temperature") == 21.5
    assert value(house, "SDB_1", "power") == 1.2
    assert value(house, "SDB_1", "energy") == 812.4
    assert value(house, "HUM_2", "humidity") == 47.5
    assert value(house, "ROWS", "power") == 0.0
    assert (value(house, "BATT001", "power"), value(house, "BATT001", "soc")) == (-2.0, 61.0)
    assert house.inbox.rejected().total == 0
    assert listener.state()["status"] == "ok"


def test_a_new_sensor_is_discovered_with_what_it_said_of_itself(
    house: House, listener: Listener, sender: Client
) -> None:
    publish(sender, "telemetry/CLIMATE_X", {"room": "Lab", "temperature": 20, "humidity": 40})
    wait_until(lambda: value(house, "CLIMATE_X", "temperature") == 20.0)
    wait_until(lambda: house.building.sensor_type("CLIMATE_X"))
    sensor = house.building.sensor("CLIMATE_X")
    assert (sensor.status, sensor.sensor_type) == ("discovered", "multi")


def test_nonsense_is_listed_with_its_reason_and_stops_nothing(
    house: House, listener: Listener, sender: Client, clock: FixedClock
) -> None:
    at_s = clock.now_ms() // 1000
    hostile: dict[str, object] = {
        "EMPTY": b"",
        "NAN": b'{"power":NaN}',
        "INFINITE": b'{"power":1e999}',
        "NESTED": b"[" * 100_000,
        "SURROGATE": b'{"room":"\\ud800"}',
        "NUL": b'{"power":1,"x":"\x00"}',
        "BINARY": bytes(range(256)),
        "HUGE": b"x" * 10_000_000,
        "BOOLEAN": b'{"power":true}',
        "UNIT": {"power": {"value": 1, "unit": "horse"}},
        "FUTURE": {"timestamp": at_s + 3600, "power": 1},
        "WHAT": b"5",
    }
    for sensor_id, payload in hostile.items():
        publish(sender, f"telemetry/{sensor_id}", payload)
    publish(sender, "telemetry/no good", b"1")
    publish(sender, "telemetry/GOOD", {"power": 3})
    wait_until(lambda: value(house, "GOOD", "power") == 3.0)
    wait_until(lambda: listener.state()["rejected"] > len(hostile))
    found = reasons(house)
    assert found.keys() == {*hostile, "no good"}
    assert found["UNIT"] == "unknown_unit"
    assert found["HUGE"] == "too_large"
    assert found["no good"] == "bad_sensor_id"
    assert found["WHAT"] == "unknown_metric"
    assert listener.state()["rejected"] == len(hostile) + 1
    assert listener.state()["thread_alive"]


def test_the_same_reason_on_the_same_topic_is_one_row_that_counts(
    house: House, listener: Listener, sender: Client
) -> None:
    for number in range(5):
        publish(sender, "telemetry/BAD", {"power": {"value": number, "unit": "horse"}})
    wait_until(lambda: listener.state()["rejected"] == 5)
    (row,) = house.inbox.rejected().rows
    assert (row.times, row.source) == (5, "mqtt")
    assert '"value": 4' in row.payload


def test_repeated_and_shuffled_messages_count_once(
    house: House, listener: Listener, sender: Client, clock: FixedClock
) -> None:
    first_s = clock.now_ms() // 1000 - 1_000
    messages = [{"timestamp": first_s + n, "power": n} for n in range(100)] * 3
    random.Random(1).shuffle(messages)
    for message in messages:
        sender.publish(f"{BASE}/telemetry/S", json.dumps(message), qos=1)
    wait_until(lambda: listener.state()["stored"] + listener.state()["duplicates"] == 300)
    assert (listener.state()["stored"], listener.state()["duplicates"]) == (100, 200)
    assert value(house, "S", "power") == 99.0


def test_a_retained_value_of_unknown_age_is_not_taken_for_now(
    house: House, mosquitto: Mosquitto, sender: Client
) -> None:
    publish(sender, "devices/D1/state", {"power_kw": 5}, retain=True)
    listener = Listener(house, mosquitto.url)
    listener.start()
    wait_until(lambda: listener.state()["received"] == 1)
    publish(sender, "telemetry/S", {"power": 1})
    wait_until(lambda: value(house, "S", "power") == 1.0)
    listener.stop()
    assert value(house, "D1", "power") is None


def test_what_came_while_the_listener_was_away_is_stored_later(
    house: House, mosquitto: Mosquitto, sender: Client, listener: Listener, clock: FixedClock
) -> None:
    listener.stop()
    first_s = clock.now_ms() // 1000 - 5_000
    for number in range(3_000):
        message = {"timestamp": first_s + number, "power": number}
        sender.publish(f"{BASE}/telemetry/S", json.dumps(message), qos=1)
    listener.start()
    wait_until(lambda: listener.state()["stored"] == 3_000, 30)


def test_a_new_mapping_is_followed_while_running(
    house: House, listener: Listener, sender: Client
) -> None:
    mapping = Mapping("mine", "plant/+/out", "{1}", (MappedField("p.0", "power", "W"),))
    house.inbox.save_mapping(SYSTEM, mapping)

    def arrived() -> bool:
        sender.publish("plant/boiler/out", json.dumps({"p": [1500]}), qos=1)
        return value(house, "boiler", "power") == 1.5

    wait_until(arrived, 20, every_s=0.2)


class _Gate:
    """A broker that does not speak MQTT 5, in front of one that does."""

    def __init__(self, broker: Mosquitto, *, polite: bool) -> None:
        self._broker = broker
        self._polite = polite
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        first = client.recv(4096)
        if first[8] == 5:
            if self._polite:
                client.sendall(b"\x20\x02\x00\x01")  # unacceptable protocol version
            client.close()
            return
        upstream = socket.create_connection((self._broker.host, self._broker.port))
        upstream.sendall(first)
        threading.Thread(target=_pump, args=(upstream, client), daemon=True).start()
        _pump(client, upstream)

    def close(self) -> None:
        self._server.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        target.close()


@pytest.mark.parametrize("polite", [True, False], ids=["refuses", "hangs up"])
def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1(
    house: House, mosquitto: Mosquitto, sender: Client, polite: bool
) -> None:
    gate = _Gate(mosquitto, polite=polite)
    listener = Listener(house, gate.url)
    listener.start()
    try:
        wait_until(lambda: listener.state()["subscribed"])
        assert listener.state()["protocol"] == "3.1.1"
        for number in range(100):
            publish(sender, f"telemetry/S{number}", {"power": number})
        wait_until(lambda: value(house, "S99", "power") == 99.0)
    finally:
        listener.stop()
        gate.close()


def test_a_broker_that_goes_away_is_said_so_and_found_again(
    house: House, mosquitto: Mosquitto, listener: Listener
) -> None:
    mosquitto.process.terminate()
    mosquitto.process.wait(10)
    wait_until(lambda: listener.state()["status"] == "down")
    assert "Not connected" in listener.state()["detail"]
    revived = _start_again(mosquitto)
    try:
        wait_until(lambda: listener.state()["subscribed"], 20)
        sender = Client(CallbackAPIVersion.VERSION2)
        sender.connect(mosquitto.host, mosquitto.port)
        sender.loop_start()
        publish(sender, "telemetry/BACK", {"power": 1})
        wait_until(lambda: value(house, "BACK", "power") == 1.0)
        sender.disconnect()
        sender.loop_stop()
        assert listener.state()["status"] == "ok"
    finally:
        listener.stop()
        revived.terminate()
        revived.wait(10)


def _start_again(broker: Mosquitto) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [program("mosquitto"), "-c", broker.config], stderr=subprocess.DEVNULL
    )
    wait_until(lambda: answers(broker.port))
    return process


def test_prices_arrive_for_their_feed_and_what_is_none_is_listed(
    house: House, listener: Listener, sender: Client
) -> None:
    fields = {"name": "day-ahead", "quantity": "import_price", "origin": "mqtt"}
    feed = house.money.feeds.create(SYSTEM, fields)
    house.money.feeds.create(SYSTEM, {**fields, "name": "by-file", "origin": "file"})
    tomorrow = [
        {"start": f"2026-06-17T{hour:02d}:00:00+01:00", "price_eur_per_kwh": hour / 100}
        for hour in range(24)
    ]
    publish(sender, "prices/unknown", {"values": tomorrow})
    publish(sender, "prices/by-file", {"values": tomorrow})
    publish(sender, "prices/day-ahead", {"values": tomorrow}, retain=True)
    publish(sender, "telemetry/HUM_2", b"47.5")  # goes on beside it
    wait_until(lambda: house.money.feeds.state(feed.feed_id).word == "ok")
    wait_until(lambda: value(house, "HUM_2", "humidity") == 47.5)
    found = house.money.feeds.values(feed.feed_id, 0, 2**42)
    assert [v.value for v in found] == [hour / 100 for hour in range(24)]
    wait_until(lambda: set(reasons(house)) == {"unknown", "by-file"})
    assert set(reasons(house).values()) == {"unknown_feed"}

    publish(sender, "prices/day-ahead", {"values": [{"start": "2026-06-17", "price": 1}]})
    wait_until(lambda: "day-ahead" in reasons(house))
    state = house.money.feeds.state(feed.feed_id)
    assert (state.word, len(house.money.feeds.values(feed.feed_id, 0, 2**42))) == ("failing", 24)
    assert "values[0]" in str(state.error)
