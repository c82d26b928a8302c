"""Many WebSocket clients: `python -m bench.socket_crowd ADDRESS CLIENTS STUCK`.

Reads frames as a program would, and at the end prints what came as one JSON line: readings that
were published in the measured time, how often each was received, and the delays [ms]. A token in
the environment (BENCH_TOKEN) is sent with the handshake; STUCK clients never read what they get.
"""

import json
import os
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
import orjson

SUBSCRIBE = b'{"action":"subscribe","topics":["reading"],"snapshot":false}'
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FRAMES_KNOWN = 4096


@dataclass
class Peer:
    """One client's connection and what of a frame has come so far."""

    connection: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    closed_with: int | None = None


def connect(address: str, token: str, *, receive_bytes: int | None = None) -> Peer:
    """Shake hands, and ask for every reading."""
    where = urlsplit(address)
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(30)
    connection.connect((where.hostname, where.port))
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    connection.sendall(
        f"GET /ws HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n{authorization}"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    peer = Peer(connection)
    while b"\r\n\r\n" not in peer.buffer:
        peer.buffer += connection.recv(65536)
    head, _, rest = bytes(peer.buffer).partition(b"\r\n\r\n")
    assert b" 101 " in head.split(b"\r\n")[0] + b" ", head
    peer.buffer = bytearray(rest)
    return peer


def send(peer: Peer, opcode: int, payload: bytes) -> None:
    """Send one masked frame; the mask is zero, which the protocol allows."""
    assert len(payload) < 126
    peer.connection.sendall(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)


def frames(peer: Peer) -> list[tuple[int, bytes]]:
    """Take the whole frames out of what has come."""
    found, data = [], peer.buffer
    while len(data) >= 2:
        length, start = data[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + length:
            break
        found.append((data[0] & 0x0F, bytes(data[start : start + length])))
        del data[: start + length]
    return found


class Crowd:
    """Reads for all clients and remembers which frame came when."""

    def __init__(self, peers: list[Peer]) -> None:
        self._peers = peers
        self._numbers: dict[bytes, int] = {}
        self.stamps_ms: list[np.ndarray] = []
        self.came: list[tuple[int, float]] = []

    def read_until(self, end_s: float) -> None:
        """Read everything that comes until then [epoch s]."""
        with selectors.DefaultSelector() as selector:
            for peer in self._peers:
                peer.connection.setblocking(False)
                selector.register(peer.connection, selectors.EVENT_READ, peer)
            while (left_s := end_s - time.time()) > 0:
                for key, _ in selector.select(min(left_s, 0.5)):
                    self._read(selector, key.data)

    def _read(self, selector: selectors.BaseSelector, peer: Peer) -> None:
        data = peer.connection.recv(262_144)
        now_ms = time.time() * 1000
        if not data:
            selector.unregister(peer.connection)
            return
        peer.buffer += data
        for opcode, payload in frames(peer):
            if opcode == TEXT:
                self.came.append((self._number(payload), now_ms))
            elif opcode == PING:
                send(peer, PONG, payload)
            elif opcode == CLOSE:
                peer.closed_with = int.from_bytes(payload[:2], "big")

    def _number(self, payload: bytes) -> int:
        """Which frame it is: all clients get the same bytes, which are read once."""
        known = self._numbers.get(payload)
        if known is None:
            if len(self._numbers) > FRAMES_KNOWN:
                self._numbers.clear()
            known = self._numbers[payload] = len(self.stamps_ms)
            message = orjson.loads(payload)
            wanted = (message["type"], message["topic"]) == ("update", "reading")
            readings = message["data"] if wanted else []
            stamps = [reading["timestamp"] * 1000 for reading in readings]
            self.stamps_ms.append(np.array(stamps, np.float64))
        return known


def main() -> None:
    """Connect, say when ready, read, and print what came."""
    address, clients, stuck = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    token = os.environ.get("BENCH_TOKEN", "")
    idle = [connect(address, token, receive_bytes=4096) for _ in range(stuck)]
    peers = [connect(address, token) for _ in range(clients)]
    for peer in [*idle, *peers]:
        send(peer, TEXT, SUBSCRIBE)
    print("ready", flush=True)
    begin_ms, end_ms = json.loads(sys.stdin.readline())
    crowd = Crowd(peers)
    crowd.read_until(end_ms / 1000 + 2.0)
    received, delays = 0, []
    for number, came_ms in crowd.came:
        stamps_ms = crowd.stamps_ms[number]
        counted = stamps_ms[(stamps_ms >= begin_ms) & (stamps_ms < end_ms)]
        received += len(counted)
        delays.append(came_ms - counted)
    spread = np.concatenate(delays) if delays else np.zeros(1)
    shares = np.percentile(spread, [50, 95, 99, 100]).round(1).tolist()
    print(json.dumps({"received": received, "delays_ms": shares}), flush=True)


if __name__ == "__main__":
    main()
