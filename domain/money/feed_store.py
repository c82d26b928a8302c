"""Tables of price and carbon feeds, and every statement on them."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.money.feed import Feed, FeedValue
from domain.storage.schema import metadata

feed_table = sa.Table(
    "money_feed",
    metadata,
    sa.Column("feed_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("quantity", sa.String(16), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("url", sa.String(500)),
    sa.Column("sensor_id", sa.String(64)),
    sa.Column("refresh_s", sa.Integer),
    sa.Column("tried_ms", sa.BigInteger),
    sa.Column("fetched_ms", sa.BigInteger),
    sa.Column("error", sa.String(300)),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
value_table = sa.Table(
    "money_feed_value",
    metadata,
    sa.Column("feed_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("starts_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("ends_ms", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float(53), nullable=False),
)
_F, _V = feed_table.c, value_table.c
LONGEST_ERROR = 300


def read_feeds(c: Connection) -> list[Feed]:
    """All feeds by name."""
    rows = c.execute(sa.select(feed_table).order_by(_F.name, _F.feed_id))
    return [Feed(**row) for row in rows.mappings()]


def read_feed(c: Connection, feed_id: int) -> Feed | None:
    """One feed."""
    query = sa.select(feed_table).where(_F.feed_id == feed_id)
    row = c.execute(query).mappings().one_or_none()
    return None if row is None else Feed(**row)


def insert_feed(c: Connection, columns: Mapping[str, object]) -> int:
    """Add one at version 1; gives its number."""
    statement = sa.insert(feed_table).values(**columns, version=1)
    return int(c.execute(statement.returning(_F.feed_id)).scalar_one())


def update_feed(c: Connection, feed_id: int, expected: int, columns: Mapping[str, object]) -> bool:
    """Change one that is at the expected version; whether it was."""
    statement = (
        sa.update(feed_table)
        .where(_F.feed_id == feed_id, _F.version == expected)
        .values(**columns, version=expected + 1)
    )
    return c.execute(statement).rowcount == 1


def delete_feed(c: Connection, feed_id: int, expected: int) -> bool:
    """Remove one that is at the expected version, with its values; whether it was."""
    gone = sa.delete(feed_table).where(_F.feed_id == feed_id, _F.version == expected)
    if c.execute(gone).rowcount != 1:
        return False
    c.execute(sa.delete(value_table).where(_V.feed_id == feed_id))
    return True


def note_try(c: Connection, feed_id: int, tried_ms: int) -> None:
    """Remember that it is being fetched."""
    c.execute(sa.update(feed_table).where(_F.feed_id == feed_id).values(tried_ms=tried_ms))


def note_failure(c: Connection, feed_id: int, error: str) -> None:
    """Remember why values could not be had; those that are known stay."""
    values = {"error": error[:LONGEST_ERROR]}
    c.execute(sa.update(feed_table).where(_F.feed_id == feed_id).values(**values))


def note_arrival(c: Connection, feed_id: int, at_ms: int) -> bool:
    """Remember that values came, and hold the feed to the end of the transaction."""
    statement = sa.update(feed_table).where(_F.feed_id == feed_id)
    return c.execute(statement.values(fetched_ms=at_ms, error=None)).rowcount == 1


def read_values(c: Connection, feed_id: int, start_ms: int, end_ms: int) -> list[FeedValue]:
    """Values that hold somewhere in [start, end), ascending, uncut."""
    query = (
        sa.select(_V.starts_ms, _V.ends_ms, _V.value)
        .where(_V.feed_id == feed_id, _V.starts_ms < end_ms, _V.ends_ms > start_ms)
        .order_by(_V.starts_ms)
    )
    return [FeedValue(*row) for row in c.execute(query)]


def replace_values(
    c: Connection, feed_id: int, drop: Sequence[int], add: Sequence[FeedValue]
) -> None:
    """Drop values by their start, then add others."""
    if drop:
        gone = sa.delete(value_table).where(
            _V.feed_id == feed_id, _V.starts_ms == sa.bindparam("at")
        )
        c.execute(gone, [{"at": starts_ms} for starts_ms in drop])
    if add:
        rows = [{"feed_id": feed_id, **value._asdict()} for value in add]
        c.execute(sa.insert(value_table), rows)


def read_reaches(c: Connection) -> dict[int, tuple[int, int]]:
    """First start and last end of each feed that has values."""
    ends = sa.select(_V.feed_id, sa.func.min(_V.starts_ms), sa.func.max(_V.ends_ms))
    return {row[0]: (row[1], row[2]) for row in c.execute(ends.group_by(_V.feed_id))}
