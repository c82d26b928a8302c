"""Connections to addresses that people have given: they reach only what they may.

A host is resolved once, judged, and connected to by that very address; a name that resolves to
something else a moment later gains nothing. Redirects are for the caller not to follow.
"""

import http.client
import socket
import ssl
from collections.abc import Collection
from urllib.parse import urlsplit

from domain.alarms.targets import refusal


class NotReached(Exception):
    """An address that may not be connected to; the reason is for people."""


def connection_to(
    url: str, allowed_hosts: Collection[str], timeout_s: float
) -> http.client.HTTPConnection:
    """A connection to be opened by its first request; every address the host has must be allowed.

    Raises NotReached for one inside the network that nobody has allowed, OSError where the host
    has none.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        reason = refusal(host, address, allowed_hosts)
        if reason is not None:
            raise NotReached(reason)
    return _Pinned(host, port, addresses[0], secure=secure, timeout_s=timeout_s)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address already judged, in the name of its host."""

    def __init__(
        self, host: str, port: int, address: str, *, secure: bool, timeout_s: float
    ) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        """Connect to the address, never to what the name may resolve to by now."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain
