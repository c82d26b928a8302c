"""What comes from outside: refused messages, kept with their reason, and configured mappings."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from domain.access.audit import record
from domain.access.policy import Actor
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force
from domain.foundation.errors import Conflict, Unknown
from domain.inbox import store
from domain.inbox.mapping import Mapping, check_mapping
from domain.inbox.ready import READY
from domain.inbox.store import Rejected
from domain.storage.engine import Database
from domain.telemetry.model import Rejection

PERMISSION = "sensors.create"
MOST_MAPPINGS = 200
MOST_KEPT_AT_ONCE = 100
"""So many different refusals of one batch are kept; all of them are counted by the listener."""

_READY = {mapping.name: mapping for mapping in READY}


@dataclass(frozen=True, slots=True)
class RejectedPage:
    """Some of the refusals, newest first, and how many there are."""

    rows: list[Rejected]
    total: int


@dataclass(frozen=True, slots=True)
class ConfiguredMapping:
    """A mapping as it is in force, and whether it came with Wattboard."""

    mapping: Mapping
    ready: bool


def describe(
    source: str, topic: str, payload: bytes, rejection: Rejection, now_ms: int
) -> Rejected:
    """Make the row of one refusal; texts are cut and cleaned so that any database takes them."""
    return Rejected(
        source=clean(source, 80),
        topic=clean(topic, store.LONGEST_TOPIC),
        code=rejection.code[:40],
        message=clean(rejection.message, store.LONGEST_REASON),
        payload=clean(payload[: store.LONGEST_PAYLOAD].decode("utf-8", "replace")),
        payload_bytes=len(payload),
        first_ms=now_ms,
        last_ms=now_ms,
        times=1,
    )


def clean(text: str, longest: int = store.LONGEST_PAYLOAD) -> str:
    """Replace what a database or a page would choke on: NUL, control characters, surrogates."""
    safe = text[:longest].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in safe)


class Inbox:
    """Refusals and mappings of one building; safe from any thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._seen: set[tuple[str, str]] = set()
        self._seen_sensors: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, refusals: Iterable[Rejected]) -> None:
        """Keep refusals in the bounded list; equal ones become one row that counts."""
        counted: dict[str, Rejected] = {}
        for refusal in refusals:
            digest = refusal.digest
            before = counted.get(digest)
            if before is not None:
                refusal = replace(refusal, first_ms=before.first_ms, times=before.times + 1)
            elif len(counted) >= MOST_KEPT_AT_ONCE:
                continue
            counted[digest] = refusal
        if counted:
            with self._database.write() as connection:
                store.keep_rejected(connection, counted.values())

    def rejected(self, limit: int = 100, offset: int = 0) -> RejectedPage:
        """Show refusals, newest first; none under a contract, what was refused holds readings."""
        if in_force().restricts:
            return RejectedPage([], 0)
        with self._database.read() as connection:
            return RejectedPage(
                store.list_rejected(connection, limit, offset), store.count_rejected(connection)
            )

    def clear_rejected(self, actor: Actor) -> int:
        """Empty the list after a person has dealt with it; returns how many rows went."""
        actor.require(PERMISSION)
        with self._database.write() as connection:
            cleared = store.clear_rejected(connection)
            record(connection, actor, "inbox.clear", "inbox", before={"rows": cleared})
        return cleared

    def mappings(self) -> list[ConfiguredMapping]:
        """List ready and own mappings by name, switched off ones included."""
        with self._database.read() as connection:
            rows = store.list_mappings(connection)
        found = {name: ConfiguredMapping(mapping, True) for name, mapping in _READY.items()}
        for name, enabled, body in rows:
            if name in _READY:
                mapping = msgspec.structs.replace(_READY[name], enabled=enabled)
                found[name] = ConfiguredMapping(mapping, True)
            elif body is not None:
                own = msgspec.json.decode(body, type=Mapping)
                found[name] = ConfiguredMapping(
                    msgspec.structs.replace(own, enabled=enabled), False
                )
        return [found[name] for name in sorted(found)]

    def save_mapping(self, actor: Actor, mapping: Mapping) -> None:
        """Create or replace an own mapping; the listener follows within seconds.

        Raises:
            InvalidInput: with the fields that cannot work.
            Conflict: the name is that of a ready one, or there are too many.
        """
        actor.require(PERMISSION)
        check_mapping(mapping)
        if mapping.name in _READY:
            raise Conflict(f"“{mapping.name}” is a ready mapping; choose another name.")
        body = msgspec.json.encode(mapping).decode()
        with self._database.write() as connection:
            rows = {name: text for name, _enabled, text in store.list_mappings(connection)}
            if len(rows) >= MOST_MAPPINGS and mapping.name not in rows:
                raise Conflict(f"At most {MOST_MAPPINGS} mappings.")
            before = rows.get(mapping.name)
            store.put_mapping(connection, mapping.name, mapping.enabled, body, self._clock.now_ms())
            record(
                connection,
                actor,
                "inbox.mapping.save",
                f"mapping/{mapping.name}",
                before=msgspec.json.decode(before) if before else None,
                after=msgspec.to_builtins(mapping),
            )

    def switch_mapping(self, actor: Actor, name: str, enabled: bool) -> None:
        """Switch a ready or own mapping on or off."""
        actor.require(PERMISSION)
        with self._database.write() as connection:
            bodies = {row_name: body for row_name, _on, body in store.list_mappings(connection)}
            if name not in bodies and name not in _READY:
                raise Unknown("mapping", name)
            store.put_mapping(connection, name, enabled, bodies.get(name), self._clock.now_ms())
            record(
                connection,
                actor,
                "inbox.mapping.switch",
                f"mapping/{name}",
                after={"enabled": enabled},
            )

    def delete_mapping(self, actor: Actor, name: str) -> None:
        """Delete an own mapping; what it stored stays."""
        actor.require(PERMISSION)
        with self._database.write() as connection:
            if name in _READY or not store.drop_mapping(connection, name):
                raise Unknown("mapping", name)
            record(connection, actor, "inbox.mapping.delete", f"mapping/{name}")

    @property
    def seen_sensors(self) -> set[str]:
        """Sensors this process has already announced to the building; only for reading."""
        return self._seen_sensors

    def unseen(self, keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
        """Pick the series this process has not announced yet, as sensor → metrics."""
        new: dict[str, list[str]] = {}
        for sensor_id, metric in set(keys) - self._seen:
            new.setdefault(sensor_id, []).append(metric)
        return new

    def mark_seen(self, announced: dict[str, list[str]]) -> None:
        """Remember that these series were announced."""
        with self._lock:
            self._seen |= {(s, metric) for s, metrics in announced.items() for metric in metrics}
            self._seen_sensors |= announced.keys()
