"""A broker behind TLS and a password, with a certificate authority of the house's own."""

import dataclasses
import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from data_ingest.client import configure
from data_ingest.listener import Listener
from data_ingest.publishing import Publisher
from domain.house import House
from tests.certificates import Authority, authority
from tests.running import answering, launch
from tests.servers import mosquitto, program
from tests.waiting import wait_until

PASSWORD = "p@ss/word:7"  # every sign that a URL has to escape
ESCAPED = "p%40ss%2Fword%3A7"


@dataclass(frozen=True)
class Guarded:
    """A broker for `localhost` alone, its authority, and another one that nobody should trust."""

    port: int
    ca: Authority
    stranger: Authority

    def url(self, *, host: str = "localhost", password: str = ESCAPED) -> str:
        return f"mqtts://desk:{password}@{host}:{self.port}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    ca, stranger = authority(folder / "own"), authority(folder / "stranger")
    certificate, key = ca.sign("localhost")
    passwords = folder / "passwords"
    command = [program("mosquitto_passwd"), "-b", "-c", passwords, "desk", PASSWORD]
    subprocess.run(command, check=True, capture_output=True)
    extra = f"certfile {certificate}\nkeyfile {key}\npassword_file {passwords}\n"
    with mosquitto(folder / "broker", extra, anonymous=False) as broker:
        yield Guarded(broker.port, ca, stranger)


def trusting(house: House, ca_file: Path | None) -> House:
    """The same house with another authority in its settings."""
    return dataclasses.replace(
        house, settings=dataclasses.replace(house.settings, mqtt_ca_file=ca_file)
    )


def test_readings_come_through_tls_with_a_password(house: House, guarded: Guarded) -> None:
    listener = Listener(trusting(house, guarded.ca.certificate), guarded.url())
    listener.start()
    try:
        wait_until(lambda: listener.state()["subscribed"], 20)
        with Publisher(guarded.url(), "wattboard", "main", guarded.ca.certificate) as publisher:
            for number in range(300):
                payload = {"timestamp": house.clock.now_ms() / 1000 - number, "power": number}
                publisher.send("SECURE", json.dumps(payload))
            publisher.flush()
        wait_until(lambda: listener.state()["stored"] == 300, 20)
    finally:
        listener.stop()
    assert house.telemetry.latest()["SECURE", "power"].value == 0


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("authority", "WATTBOARD_MQTT_CA_FILE names an authority"),
        ("no authority", "WATTBOARD_MQTT_CA_FILE names an authority"),
        ("host", "certificate is not valid for '127.0.0.1'"),
        ("password", "refused the connection: Not authorized"),
    ],
)
def test_a_mistake_is_named_and_tried_again_without_telling_the_password(
    house: House, guarded: Guarded, caplog: pytest.LogCaptureFixture, mistake: str, words: str
) -> None:
    trusted = {"authority": guarded.stranger.certificate, "no authority": None}
    url = {
        "host": guarded.url(host="127.0.0.1"),
        "password": guarded.url(password="wrong-pass-word"),
    }.get(mistake, guarded.url())
    with caplog.at_level(logging.DEBUG):
        ca_file = trusted.get(mistake, guarded.ca.certificate)
        listener = Listener(trusting(house, ca_file), url)
        listener.start()
        try:
            wait_until(lambda: words in str(listener.state()["detail"]), 20)
            wait_until(lambda: listener.state()["reconnects"] >= 2, 20)
            state = listener.state()
        finally:
            listener.stop()
    assert (state["status"], state["thread_alive"], state["subscribed"]) == ("down", True, False)
    told = caplog.text + json.dumps(state)
    assert words in told
    for secret in (PASSWORD, ESCAPED, "wrong-pass-word"):
        assert secret not in told
    assert "Traceback" not in told


def test_the_whole_application_runs_over_tls_and_prints_no_password(
    guarded: Guarded, tmp_path: Path
) -> None:
    process = launch(
        tmp_path,
        WATTBOARD_MQTT_URL=guarded.url(),
        WATTBOARD_MQTT_CA_FILE=str(guarded.ca.certificate),
        WATTBOARD_ADMIN_PASSWORD="four unrelated words",
        WATTBOARD_PORT="0",
    )
    sender = Client(CallbackAPIVersion.VERSION2)
    host, port = configure(sender, guarded.url(), guarded.ca.certificate)
    try:
        found = answering(tmp_path, process)
        health = f"{found.address}/health"
        wait_until(lambda: requests.get(health, timeout=5).json()["checks"]["mqtt"] == "ok", 30)
        sender.connect(host, port)
        sender.loop_start()
        sender.publish("wattboard/main/telemetry/S", "{broken", qos=1).wait_for_publish(10)
    finally:
        sender.disconnect()
        sender.loop_stop()
        process.terminate()
        assert process.wait(30) == 0
    assert f"mqtts://desk:…@localhost:{guarded.port}" in found.output
    for text in (found.output, (tmp_path / "logs" / "wattboard.log").read_text()):
        assert ESCAPED not in text
        assert PASSWORD not in text
