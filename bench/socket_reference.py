"""The bare way to 200 sockets: paho → 100 ms → one frame, the same bytes to each.

The fastest row of performance.md §4. No storing, no login, no subscriptions, and no outbox of its
own for a client.
"""

import sys
import threading
import time
from typing import Any

from flask import Flask
from flask_sock import Sock
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from werkzeug.serving import make_server

FLUSH_S = 0.1


def main() -> None:
    """Listen on a broker's port (first argument) and print the address served."""
    server, sockets, lock = Flask(__name__), set[Any](), threading.Lock()
    sock = Sock(server)
    waiting: list[str] = []

    @sock.route("/ws")  # type: ignore[untyped-decorator]
    def live(websocket: Any) -> None:
        websocket.receive()
        with lock:
            sockets.add(websocket)
        try:
            while True:
                websocket.receive()
        finally:
            with lock:
                sockets.discard(websocket)

    def note(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        waiting.append(message.payload.decode())

    def flush() -> None:
        while True:
            time.sleep(FLUSH_S)
            if not waiting:
                continue
            count = len(waiting)
            text = f'{{"type":"update","topic":"reading","data":[{",".join(waiting[:count])}]}}'
            del waiting[:count]
            with lock:
                for websocket in sockets:
                    websocket.send(text)

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = note
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.subscribe("wattboard/+/telemetry/+", qos=1)
    client.loop_start()
    threading.Thread(target=flush, daemon=True).start()
    web = make_server("127.0.0.1", 0, server, threaded=True)
    print(f"http://127.0.0.1:{web.server_port}", flush=True)
    web.serve_forever()


if __name__ == "__main__":
    main()
