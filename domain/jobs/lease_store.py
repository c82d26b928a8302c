"""Leases of roles that one process at a time may hold, as rows."""

from collections.abc import Callable

import sqlalchemy as sa

from domain.storage.engine import Database
from domain.storage.schema import metadata

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("expires_ms", sa.BigInteger, nullable=False),
)
FROZEN_S = 3.0
"""So long a process that stands still keeps a lease or a claim from the others."""
_TAKE = sa.text(
    "INSERT INTO lease (name, owner, fence, expires_ms) VALUES (:name, :owner, 1, :until_ms)"
    " ON CONFLICT (name) DO UPDATE SET owner = :owner, expires_ms = :until_ms,"
    " fence = lease.fence + CASE WHEN lease.owner = :owner THEN 0 ELSE 1 END"
    " WHERE lease.owner = :owner OR lease.expires_ms <= :now_ms"
)


def take_lease(
    database: Database, name: str, owner: str, now_ms: Callable[[], int], lease_ms: int
) -> tuple[int, int] | None:
    """Take or renew a lease; gives its fencing token and its end, or None while another holds it.

    The clock is read inside the transaction, so that waiting for it costs nothing of the lease.
    """
    with database.write(frozen_s=FROZEN_S) as connection:
        begins_ms = now_ms()
        row = {
            "name": name,
            "owner": owner,
            "now_ms": begins_ms,
            "until_ms": begins_ms + lease_ms,
        }
        if connection.execute(_TAKE, row).rowcount != 1:
            return None
        fence = connection.execute(sa.select(lease.c.fence).where(lease.c.name == name)).scalar()
        return int(fence or 0), begins_ms + lease_ms


def release_lease(database: Database, name: str, owner: str) -> None:
    """Give a lease back so that the next need not wait for its end."""
    with database.write() as connection:
        connection.execute(
            lease.update().where(lease.c.name == name, lease.c.owner == owner).values(expires_ms=0)
        )


def lease_holder(database: Database, name: str, now_ms: int) -> str | None:
    """Name who holds a lease now; None when nobody does."""
    query = sa.select(lease.c.owner).where(lease.c.name == name, lease.c.expires_ms > now_ms)
    with database.read() as connection:
        return connection.execute(query).scalar()
