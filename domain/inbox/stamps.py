"""When a message without a time arrived first, so that its redelivery is no second reading.

A broker sends what it saw no acknowledgement for again, marked as a duplicate and under the same
packet identifier, but after a restart it arrives at another time. Which identifier carried what,
and the time it was given, is kept with the readings, for as many messages as can be
unacknowledged at once.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from domain.inbox import store
from domain.storage.engine import Database

WINDOW = 4_000
"""So many messages may be under way to a listener; older ones were acknowledged."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One message that was given the time of its arrival; `place` counts messages."""

    packet_id: int
    digest: int
    arrived_ms: int
    place: int


class Stamps:
    """The stamps of one listener's session; for its one thread."""

    def __init__(self, database: Database, listener: str) -> None:
        self._database = database
        self._listener = listener[: store.LONGEST_LISTENER]
        self._known: dict[int, Stamp] | None = None
        self._place = 0

    def first_arrival_ms(
        self, packet_id: int, topic: bytes, payload: bytes, arrived_ms: int
    ) -> int:
        """When a redelivered message came first; now, if nothing is known of it."""
        found = self._read().get(packet_id)
        if found is None or found.place <= self._place - WINDOW:
            return arrived_ms
        return found.arrived_ms if found.digest == digest(topic, payload) else arrived_ms

    def expect(self, packet_id: int, topic: bytes, payload: bytes, arrived_ms: int) -> None:
        """A message that is not stored yet will be delivered again over a new connection."""
        stamp = Stamp(packet_id, digest(topic, payload), arrived_ms, self._place)
        self._read()[packet_id] = stamp

    def stamp(self, packet_id: int, topic: bytes, payload: bytes, arrived_ms: int) -> Stamp:
        """What to keep of a message that is stored under the time of its arrival."""
        self._read()
        return Stamp(packet_id, digest(topic, payload), arrived_ms, self._place)

    def kept_with(self, stamps: Sequence[Stamp]) -> Callable[[Connection], None] | None:
        """What writes them into the transaction of their readings; None if there are none."""
        if not stamps:
            return None
        oldest = self._place - WINDOW
        return lambda connection: store.put_stamps(connection, self._listener, stamps, oldest)

    def passed(self, stamps: Sequence[Stamp], messages: int) -> None:
        """So many messages are stored, these among them."""
        self._place += messages
        if stamps:
            self._read().update({stamp.packet_id: stamp for stamp in stamps})

    def _read(self) -> dict[int, Stamp]:
        if self._known is None:
            with self._database.read() as connection:
                rows = store.list_stamps(connection, self._listener)
            self._known = {row[0]: Stamp(*row) for row in rows}
            self._place += 1 + max((stamp.place for stamp in self._known.values()), default=0)
        return self._known


def digest(topic: bytes, payload: bytes) -> int:
    """What tells two messages of one packet identifier apart, as a signed 64-bit number."""
    said = hashlib.blake2b(topic + b"\0" + payload, digest_size=8)
    return int.from_bytes(said.digest(), "big", signed=True)
