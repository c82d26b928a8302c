"""Claims of job runs and leases of singletons, as rows that one process at a time can win."""

from collections.abc import Callable

import sqlalchemy as sa

from domain.storage.engine import Database
from domain.storage.schema import metadata

job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("due_ms", sa.BigInteger, primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("started_ms", sa.BigInteger, nullable=False),
    sa.Column("finished_ms", sa.BigInteger),
    sa.Column("outcome", sa.String(500)),
)
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

_CLAIM = sa.text(
    "INSERT INTO job_run (job, due_ms, owner, started_ms) VALUES (:job, :due_ms, :owner, :now_ms)"
    " ON CONFLICT (job, due_ms) DO NOTHING"
)
_TAKE = sa.text(
    "INSERT INTO lease (name, owner, fence, expires_ms) VALUES (:name, :owner, 1, :until_ms)"
    " ON CONFLICT (name) DO UPDATE SET owner = :owner, expires_ms = :until_ms,"
    " fence = lease.fence + CASE WHEN lease.owner = :owner THEN 0 ELSE 1 END"
    " WHERE lease.owner = :owner OR lease.expires_ms <= :now_ms"
)


def claim(database: Database, job: str, due_ms: int, owner: str, now_ms: int) -> bool:
    """Win the run of `job` that is due at `due_ms`; exactly one caller of all processes does."""
    with database.write(frozen_s=FROZEN_S) as connection:
        row = {"job": job, "due_ms": due_ms, "owner": owner, "now_ms": now_ms}
        return connection.execute(_CLAIM, row).rowcount == 1


def finish(database: Database, job: str, due_ms: int, now_ms: int, outcome: str) -> None:
    """Note how a claimed run ended."""
    with database.write() as connection:
        connection.execute(
            job_run.update()
            .where(job_run.c.job == job, job_run.c.due_ms == due_ms)
            .values(finished_ms=now_ms, outcome=outcome[:500])
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


def last_runs(database: Database) -> list[dict[str, object]]:
    """List the newest run of each job."""
    newest = (
        sa.select(job_run.c.job, sa.func.max(job_run.c.due_ms).label("due_ms"))
        .group_by(job_run.c.job)
        .subquery()
    )
    query = (
        sa.select(job_run)
        .join(newest, sa.and_(job_run.c.job == newest.c.job, job_run.c.due_ms == newest.c.due_ms))
        .order_by(job_run.c.job)
    )
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def forget_runs(database: Database, before_ms: int) -> None:
    """Drop claims so old that no process can still compete for them."""
    with database.write() as connection:
        connection.execute(job_run.delete().where(job_run.c.due_ms < before_ms))
