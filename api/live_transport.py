"""The bytes under one live socket: whole frames, sent within a deadline or not at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable

from domain.foundation.clock import monotonic

SEND_WITHIN_S = 10.0
MAX_UNREAD = 64
"""Client messages that may wait before no more is read from the socket."""


class Transport:
    """A stream socket that two threads may write to, each frame in one piece.

    Stands where the WebSocket library expects a socket. A peer that takes nothing for
    `SEND_WITHIN_S` real seconds gets OSError raised for it instead of holding a thread for ever.
    """

    def __init__(self, connection: socket.socket, unread: Callable[[], int]) -> None:
        self._socket = connection
        self._unread = unread
        self._sending = threading.Lock()
        self._closed = threading.Event()
        seconds, rest = divmod(SEND_WITHIN_S, 1)
        patience = struct.pack("ll", int(seconds), int(rest * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> int:
        """Send all of `data`; raises OSError when the peer does not take it in time."""
        with self._sending:
            end_s = monotonic() + SEND_WITHIN_S
            rest = memoryview(data)
            while rest:
                rest = rest[self._socket.send(rest) :]
                if rest and monotonic() > end_s:
                    raise TimeoutError("the client does not read")
        return len(data)

    def recv(self, size: int) -> bytes:
        """Read what came; waits while the messages before it are not worked off."""
        while self._unread() > MAX_UNREAD and not self._closed.wait(0.05):
            pass
        return self._socket.recv(size)

    def fileno(self) -> int:
        """Return the descriptor, for selectors."""
        return self._socket.fileno()

    def shutdown(self, how: int) -> None:
        """End one or both directions; a socket that is gone already is fine."""
        self._closed.set()
        try:
            self._socket.shutdown(how)
        except OSError:
            return

    def close(self) -> None:
        """Give the descriptor back."""
        self._closed.set()
        self._socket.close()
