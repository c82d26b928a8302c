"""Tables and SQL of the inbox: refused messages and configured mappings."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.storage.schema import metadata

MOST_KEPT = 1_000
LONGEST_TOPIC = 256
LONGEST_REASON = 300
LONGEST_PAYLOAD = 2_000
LONGEST_LISTENER = 128

rejected_table = sa.Table(
    "inbox_rejected",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("topic", sa.String(LONGEST_TOPIC), nullable=False),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("message", sa.String(LONGEST_REASON), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("payload_bytes", sa.BigInteger, nullable=False),
    sa.Column("first_ms", sa.BigInteger, nullable=False),
    sa.Column("last_ms", sa.BigInteger, nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Index("ix_inbox_rejected_last_ms", "last_ms"),
)
mapping_table = sa.Table(
    "inbox_mapping",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("updated_ms", sa.BigInteger, nullable=False),
)

stamp_table = sa.Table(
    "inbox_stamp",
    metadata,
    sa.Column("listener", sa.String(LONGEST_LISTENER), primary_key=True),
    sa.Column("packet_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.BigInteger, nullable=False),
    sa.Column("arrived_ms", sa.BigInteger, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
)


class Stamped(Protocol):
    """A message that was given the time of its arrival."""

    @property
    def packet_id(self) -> int: ...  # noqa: D102
    @property
    def digest(self) -> int: ...  # noqa: D102
    @property
    def arrived_ms(self) -> int: ...  # noqa: D102
    @property
    def place(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused message: the same reason on the same topic is one row that counts.

    `payload` is the start of the newest one, `payload_bytes` its whole length.
    """

    source: str
    topic: str
    code: str
    message: str
    payload: str
    payload_bytes: int
    first_ms: int
    last_ms: int
    times: int

    @property
    def digest(self) -> str:
        """What makes two refusals the same: all but the numbers in their sentence."""
        kind = re.sub(r"\d+", "#", self.message)
        said = "\x1f".join((self.source, self.topic, self.code, kind))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def keep_rejected(connection: Connection, entries: Iterable[Rejected]) -> None:
    """Add or count up, then drop the oldest beyond `MOST_KEPT`."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    rows = [
        {
            "digest": entry.digest,
            **{name: getattr(entry, name) for name in Rejected.__slots__},
        }
        for entry in entries
    ]
    if not rows:
        return
    statement = insert(rejected_table)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[rejected_table.c.digest],
            set_={
                "times": rejected_table.c.times + new.times,
                "last_ms": new.last_ms,
                "message": new.message,
                "payload": new.payload,
                "payload_bytes": new.payload_bytes,
            },
        ),
        rows,
    )
    if count_rejected(connection) > MOST_KEPT:
        newest = (
            sa.select(rejected_table.c.digest)
            .order_by(rejected_table.c.last_ms.desc(), rejected_table.c.digest)
            .limit(MOST_KEPT)
        )
        connection.execute(sa.delete(rejected_table).where(rejected_table.c.digest.not_in(newest)))


def list_rejected(connection: Connection, limit: int, offset: int) -> list[Rejected]:
    """List refusals, newest first."""
    columns = [rejected_table.c[name] for name in Rejected.__slots__]
    rows = connection.execute(
        sa.select(*columns)
        .order_by(rejected_table.c.last_ms.desc(), rejected_table.c.digest)
        .limit(limit)
        .offset(offset)
    )
    return [Rejected(*row) for row in rows]


def count_rejected(connection: Connection) -> int:
    """Count the rows kept, not the messages."""
    return connection.execute(sa.select(sa.func.count()).select_from(rejected_table)).scalar_one()


def clear_rejected(connection: Connection) -> int:
    """Empty the list; returns how many rows went."""
    return connection.execute(sa.delete(rejected_table)).rowcount


def put_mapping(
    connection: Connection, name: str, enabled: bool, body: str | None, updated_ms: int
) -> None:
    """Write one mapping; a ready one has no body, only its switch."""
    connection.execute(sa.delete(mapping_table).where(mapping_table.c.name == name))
    connection.execute(
        sa.insert(mapping_table).values(
            name=name, enabled=enabled, body=body, updated_ms=updated_ms
        )
    )


def drop_mapping(connection: Connection, name: str) -> bool:
    """Delete one mapping; false when there was none."""
    statement = sa.delete(mapping_table).where(mapping_table.c.name == name)
    return connection.execute(statement).rowcount > 0


def list_mappings(connection: Connection) -> list[tuple[str, bool, str | None]]:
    """List (name, enabled, body) by name."""
    columns = mapping_table.c
    rows = connection.execute(
        sa.select(columns.name, columns.enabled, columns.body).order_by(columns.name)
    )
    return [(row.name, row.enabled, row.body) for row in rows]


def put_stamps(
    connection: Connection, listener: str, stamps: Sequence[Stamped], oldest_place: int
) -> None:
    """Keep what each packet identifier carried last, and drop what is older than the window."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    newest = {stamp.packet_id: stamp for stamp in stamps}
    statement = insert(stamp_table)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[stamp_table.c.listener, stamp_table.c.packet_id],
            set_={"digest": new.digest, "arrived_ms": new.arrived_ms, "place": new.place},
        ),
        [
            {
                "listener": listener,
                "packet_id": stamp.packet_id,
                "digest": stamp.digest,
                "arrived_ms": stamp.arrived_ms,
                "place": stamp.place,
            }
            for stamp in newest.values()
        ],
    )
    connection.execute(
        sa.delete(stamp_table).where(
            stamp_table.c.listener == listener, stamp_table.c.place <= oldest_place
        )
    )


def list_stamps(connection: Connection, listener: str) -> list[tuple[int, int, int, int]]:
    """List (packet_id, digest, arrived_ms, place) of one listener."""
    columns = stamp_table.c
    rows = connection.execute(
        sa.select(columns.packet_id, columns.digest, columns.arrived_ms, columns.place).where(
            columns.listener == listener
        )
    )
    return [(row.packet_id, row.digest, row.arrived_ms, row.place) for row in rows]
