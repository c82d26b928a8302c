"""The bare path the bench compares with: paho → socket → text, and nothing else (dash.md §1).

Every MQTT message goes straight from paho's callback to each open socket, and a ten-line script
writes it into its element. No storing, no login, no coalescing, no subscriptions.
"""

import sys
import threading
from typing import Any

from flask import Flask, Response
from flask_sock import Sock
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from werkzeug.serving import make_server

PAGE = """<!doctype html><meta charset="utf-8"><body><script src="/page.js"></script></body>"""
SCRIPT = """
const socket = new WebSocket('ws://' + location.host + '/ws');
socket.onopen = () => { document.documentElement.dataset.live = 'live'; };
socket.onmessage = (event) => {
  const message = JSON.parse(event.data);
  const el = document.getElementById(message.sensor);
  if (el) el.firstChild.nodeValue = message.power.value.toFixed(1);
};
"""


def create(sockets: set[Any], lock: threading.Lock) -> Flask:
    """Serve the page and take sockets in."""
    server = Flask(__name__)
    sock = Sock(server)

    @server.get("/")
    def page() -> str:
        return PAGE

    @server.get("/page.js")
    def script() -> Response:
        return Response(SCRIPT, content_type="text/javascript")

    @sock.route("/ws")  # type: ignore[untyped-decorator]
    def live(websocket: Any) -> None:
        with lock:
            sockets.add(websocket)
        try:
            while True:
                websocket.receive()
        finally:
            with lock:
                sockets.discard(websocket)

    return server


def main() -> None:
    """Listen on a broker's port (first argument) and print the address served."""
    sockets: set[Any] = set()
    lock = threading.Lock()

    def forward(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        sensor = message.topic.rpartition("/")[2]
        text = f'{{"sensor":"{sensor}",{message.payload.decode()[1:]}'
        with lock:
            for websocket in sockets:
                websocket.send(text)

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = forward
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.subscribe("wattboard/+/telemetry/+", qos=1)
    client.loop_start()
    web = make_server("127.0.0.1", 0, create(sockets, lock), threaded=True)
    print(f"http://127.0.0.1:{web.server_port}", flush=True)
    web.serve_forever()


if __name__ == "__main__":
    main()
