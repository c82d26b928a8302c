"""A person's HTTP session and live socket, without a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
import websocket


@dataclass
class Visitor:
    """Somebody who has signed in."""

    address: str
    session: requests.Session

    def get(self, path: str) -> str:
        """Fetch a page or file; anything but 200 is a failure."""
        answer = self.session.get(self.address + path, timeout=10)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text


class Readings:
    """What `/ws` tells of readings."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self.told: list[dict[str, Any]] = []

    def next_update(self, timeout_s: float = 15) -> list[dict[str, Any]]:
        """Wait for the next frame of readings."""
        self._socket.settimeout(timeout_s)
        while True:
            frame = json.loads(self._socket.recv())
            if frame["topic"] == "reading" and frame["type"] == "update":
                self.told += frame["data"]
                return list(frame["data"])

    def wait_for(self, sensor_id: str, value: float, timeout_s: float = 15) -> dict[str, Any]:
        """Wait until a value of a sensor is told; a socket that stays silent is a failure."""
        while True:
            for reading in self.next_update(timeout_s):
                if reading["sensor_id"] == sensor_id and reading["value"] == value:
                    return reading


def sign_in(address: str, name: str, password: str) -> Visitor:
    """Sign in by the form."""
    session = requests.Session()
    form = {"username": name, "password": password, "next": "/"}
    answer = session.post(f"{address}/login", data=form, allow_redirects=False, timeout=20)
    assert answer.status_code == 303, answer.text
    return Visitor(address, session)


@contextmanager
def live_readings(visitor: Visitor) -> Iterator[Readings]:
    """Subscribe to readings on `/ws`."""
    cookies = "; ".join(f"{c.name}={c.value}" for c in visitor.session.cookies)
    socket = websocket.create_connection(
        visitor.address.replace("http", "ws") + "/ws",
        cookie=cookies,
        origin=visitor.address,
        timeout=15,
    )
    try:
        socket.send(json.dumps({"action": "subscribe", "topics": ["reading"], "snapshot": False}))
        while json.loads(socket.recv())["type"] != "subscribed":
            pass
        yield Readings(socket)
    finally:
        socket.close()
