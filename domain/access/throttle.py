"""Delay after failures: five tries in five minutes per user name and per address.

A try is counted before the password is looked at, so neither parallel requests nor slow hashes
give more than five. The delay is temporary and never touches a session that runs: login control
must not hinder who is at work (reliability.md §2).
"""

import ipaddress
import threading

from domain.access import store
from domain.foundation.errors import TooMany
from domain.storage.engine import Database

LIMIT = 5
WINDOW_MS = 5 * 60_000


class Throttle:
    """Counts tries in the database, so that a restart forgives nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counting = threading.Lock()

    def begin(self, user_key: str, address: str, now_ms: int) -> tuple[int, bool]:
        """Count one try; gives its number and whether it is the last one allowed for now.

        Raises:
            TooMany: with the seconds until the oldest counted try is five minutes old.
        """
        network = network_of(address)
        since_ms = now_ms - WINDOW_MS
        with self._database.read() as c:
            self._refuse_when_full(store.recent_attempts(c, user_key, network, since_ms), now_ms)
        with self._counting, self._database.write() as c:
            counted = store.recent_attempts(c, user_key, network, since_ms)
            self._refuse_when_full(counted, now_ms)
            number = store.insert_attempt(c, user_key, network, now_ms, since_ms)
        return number, max(map(len, counted)) == LIMIT - 1

    def succeed(self, user_key: str, number: int) -> None:
        """After a success the user starts anew; other tries from the address still count."""
        with self._database.write() as c:
            store.forget_attempts(c, user_key, number)

    @staticmethod
    def _refuse_when_full(counted: list[list[int]], now_ms: int) -> None:
        full = [moments for moments in counted if len(moments) >= LIMIT]
        if full:
            free_ms = max(moments[LIMIT - 1] for moments in full) + WINDOW_MS
            wait_s = max(1, -(-(free_ms - now_ms) // 1000))
            raise TooMany(wait_s, f"Too many failed tries. Try again in {_words(wait_s)}.")


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def network_of(address: str) -> str:
    """Name what one visitor controls: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
