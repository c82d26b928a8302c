"""A real web server with `/ws` over a small house, and a client that speaks like a browser."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket
from flask import Flask, Response, request
from werkzeug.serving import make_server

from api.hub import Hub
from api.socket import register_socket
from domain.access.current import set_current
from domain.access.policy import Actor
from tests.unit.live.fakes import FakeHouse

ASSETS = Path(__file__).parent.parent.parent / "assets"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
VIEWER = Actor("Ana", "viewer", 1, credential=("session", "s1"))


@dataclass
class LiveServer:
    """`actors` stands for the gate: which value of X-Actor, header or cookie, is whom.

    `pages` are served as they are, `closed` turns every new socket away.
    """

    house: FakeHouse
    hub: Hub
    port: int
    actors: dict[str, Actor]
    pages: dict[str, str]
    closed: threading.Event

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every socket, and let none come back until `closed` is cleared."""
        self.closed.set()
        for client in list(self.hub._clients):
            client.close(1012, "the line is cut")

    def connect(self, actor: str | None = "ana", **options: Any) -> "LiveClient":
        header = {"X-Actor": actor} if actor else {}
        socket = websocket.create_connection(
            f"ws://127.0.0.1:{self.port}/ws",
            header=header | options.pop("header", {}),
            suppress_origin=True,
            timeout=10,
            **options,
        )
        return LiveClient(socket)


@dataclass
class LiveClient:
    socket: Any

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def next(self) -> dict[str, Any]:
        opcode, data = self.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_TEXT, f"closed: {data!r}"
        frame: dict[str, Any] = json.loads(data)
        return frame

    def until(self, type_: str, topic: str | None = None) -> dict[str, Any]:
        while True:
            frame = self.next()
            if frame["type"] == type_ and topic in (None, frame["topic"]):
                return frame

    def closed_with(self) -> int:
        while True:
            opcode, data = self.socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2], "big")


@contextmanager
def live_server(max_sockets: int = 20) -> Iterator[LiveServer]:
    house = FakeHouse()
    server = Flask(__name__, static_folder=ASSETS, static_url_path="/assets")
    actors, pages = {"ana": VIEWER}, dict[str, str]()
    closed = threading.Event()

    @server.before_request
    def gate() -> Response | None:
        who = request.headers.get("X-Actor") or request.cookies.get("X-Actor", "")
        set_current(actors.get(who))
        turned_away = request.path == "/ws" and closed.is_set()
        return Response("closed", 503) if turned_away else None

    @server.get("/page/<name>")
    def page(name: str) -> Response:
        answer = Response(pages[name], content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = POLICY
        answer.set_cookie("X-Actor", "ana")
        return answer

    hub = register_socket(server, house, max_sockets=max_sockets)  # type: ignore[arg-type]
    web = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield LiveServer(house, hub, web.server_port, actors, pages, closed)
    finally:
        hub.stop()
        web.shutdown()
        thread.join(10)
        web.server_close()
