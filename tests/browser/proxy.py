"""A line between browser and server that a test can cut."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Forwards bytes between its own port and a server's; while cut, nobody gets through."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._is_cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and every new one at once."""
        self._is_cut.set()
        with self._lock:
            for pair in self._pairs:
                _end(pair)

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut.clear()

    def close(self) -> None:
        """Stop listening and end what is open."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                incoming, _ = self._listener.accept()
                if self._is_cut.is_set():
                    incoming.close()
                    continue
                pair = (incoming, socket.create_connection(("127.0.0.1", self._target)))
                with self._lock:
                    self._pairs.add(pair)
                threading.Thread(target=self._forward, args=(pair,), daemon=True).start()

    def _forward(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with selectors.DefaultSelector() as both, suppress(OSError):
            for end in pair:
                both.register(end, selectors.EVENT_READ)
            while all(self._move(key.fileobj, pair) for key, _ in both.select()):
                pass
        _end(pair)
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            end.close()

    @staticmethod
    def _move(source: object, pair: tuple[socket.socket, socket.socket]) -> bool:
        data = source.recv(65536)  # type: ignore[attr-defined]
        pair[1 if source is pair[0] else 0].sendall(data)
        return bool(data)


def _end(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(port: int) -> Iterator[Line]:
    """Open a line to a port of this machine."""
    found = Line(port)
    try:
        yield found
    finally:
        found.close()
