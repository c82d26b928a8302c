"""SQL of the jobs' catalogue, of claimed runs, of what people ask for, and of who is alive."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.jobs.lease_store import FROZEN_S
from domain.jobs.model import Asked, JobInfo, Process, Run
from domain.storage.engine import Database
from domain.storage.schema import metadata

_NOT_OK = "outcome <> 'ok'"
"""Word for word the condition of the index, or SQLite would not use it."""
job = sa.Table(
    "job",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("title", sa.String(60), nullable=False),
    sa.Column("meaning", sa.String(200), nullable=False),
    sa.Column("every_s", sa.Float(53), nullable=False),
    sa.Column("known_ms", sa.BigInteger, nullable=False),
)
job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("due_ms", sa.BigInteger, primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("started_ms", sa.BigInteger, nullable=False),
    sa.Column("finished_ms", sa.BigInteger),
    sa.Column("outcome", sa.String(500)),
    sa.Index(
        "ix_job_run_not_ok",
        "job",
        "due_ms",
        sqlite_where=sa.text(_NOT_OK),
        postgresql_where=sa.text(_NOT_OK),
    ),
)
job_asked = sa.Table(
    "job_asked",
    metadata,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("due_ms", sa.BigInteger, primary_key=True),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("asked_by", sa.String(100), nullable=False),
)
job_process = sa.Table(
    "job_process",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_ms", sa.BigInteger, nullable=False),
)
_R, _A = job_run.c, job_asked.c
_CLAIM = sa.text(
    "INSERT INTO job_run (job, due_ms, owner, started_ms) VALUES (:job, :due_ms, :owner, :now_ms)"
    " ON CONFLICT (job, due_ms) DO NOTHING"
)
_ASK = sa.text(
    "INSERT INTO job_asked (job, due_ms, asked_ms, asked_by)"
    " VALUES (:job, :due_ms, :asked_ms, :asked_by) ON CONFLICT (job, due_ms) DO NOTHING"
)
_KNOWN = sa.text(
    "INSERT INTO job (name, place, title, meaning, every_s, known_ms)"
    " VALUES (:name, :place, :title, :meaning, :every_s, :now_ms) ON CONFLICT (name)"
    " DO UPDATE SET place = :place, title = :title, meaning = :meaning, every_s = :every_s"
)
_SEEN = sa.text(
    "INSERT INTO job_process (owner, since_ms, seen_ms) VALUES (:owner, :now_ms, :now_ms)"
    " ON CONFLICT (owner) DO UPDATE SET seen_ms = :now_ms"
)
_RUNS = sa.select(job_run, _A.asked_by).select_from(
    job_run.outerjoin(job_asked, sa.and_(_A.job == _R.job, _A.due_ms == _R.due_ms))
)


# ---- claims --------------------------------------------------------------------------------


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
            .where(_R.job == job, _R.due_ms == due_ms)
            .values(finished_ms=now_ms, outcome=outcome[:500])
        )


def last_runs(database: Database) -> list[dict[str, object]]:
    """List the newest run of each job."""
    newest = sa.select(_R.job, sa.func.max(_R.due_ms).label("due_ms")).group_by(_R.job).subquery()
    same = sa.and_(_R.job == newest.c.job, _R.due_ms == newest.c.due_ms)
    query = sa.select(job_run).join(newest, same).order_by(_R.job)
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def forget_runs(database: Database, before_ms: int) -> None:
    """Drop claims so old that no process can still compete for them."""
    with database.write() as connection:
        connection.execute(job_run.delete().where(_R.due_ms < before_ms))
        connection.execute(job_asked.delete().where(_A.asked_ms < before_ms))
        connection.execute(job_process.delete().where(job_process.c.seen_ms < before_ms))


# ---- the catalogue and who is alive --------------------------------------------------------


def put_catalogue(c: Connection, infos: Sequence[JobInfo], now_ms: int) -> None:
    """Keep these jobs and no others, in this order; a known one stays known since then."""
    c.execute(job.delete().where(job.c.name.not_in([info.name for info in infos])))
    for place, info in enumerate(infos):
        row = {
            "name": info.name,
            "place": place,
            "title": info.title[:60],
            "meaning": info.meaning[:200],
            "every_s": info.every_s,
            "now_ms": now_ms,
        }
        c.execute(_KNOWN, row)


def read_catalogue(c: Connection) -> list[tuple[JobInfo, int]]:
    """Every job with the moment since when there is such a one, in the order of the code."""
    query = sa.select(job).order_by(job.c.place, job.c.name)
    return [
        (JobInfo(row.name, row.title, row.meaning, row.every_s), row.known_ms)
        for row in c.execute(query)
    ]


def put_process(c: Connection, owner: str, now_ms: int) -> None:
    """A sign of life of a process."""
    c.execute(_SEEN, {"owner": owner, "now_ms": now_ms})


def drop_process(c: Connection, owner: str) -> None:
    """A process has ended in order."""
    c.execute(job_process.delete().where(job_process.c.owner == owner))


def read_processes(c: Connection, since_ms: int) -> list[Process]:
    """Processes seen since a moment, the longest there first."""
    query = (
        sa.select(job_process)
        .where(job_process.c.seen_ms >= since_ms)
        .order_by(job_process.c.since_ms, job_process.c.owner)
    )
    return [Process(row.owner, row.since_ms, row.seen_ms) for row in c.execute(query)]


# ---- looking -------------------------------------------------------------------------------


def newest_runs(c: Connection) -> dict[str, Run]:
    """The newest run of each job of the catalogue, one look into the key for each."""
    other = job_run.alias()
    newest = (
        sa.select(other.c.due_ms)
        .where(other.c.job == job.c.name)
        .order_by(other.c.due_ms.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = _RUNS.join(job, sa.and_(job.c.name == _R.job, _R.due_ms == newest))
    return {row["job"]: _run(row) for row in c.execute(query).mappings()}


def list_runs(c: Connection, name: str, limit: int, *, failed: bool = False) -> list[Run]:
    """Runs of a job, newest first; with `failed` only those that did not end well."""
    query = _RUNS.where(_R.job == name).order_by(_R.due_ms.desc()).limit(limit)
    if failed:
        query = query.where(sa.text(f"job_run.{_NOT_OK}"))
    return [_run(row) for row in c.execute(query).mappings()]


def count_failures(c: Connection, since_ms: int) -> dict[str, int]:
    """How many runs of each job ended badly after a moment."""
    query = (
        sa.select(_R.job, sa.func.count())
        .where(sa.text(_NOT_OK), _R.due_ms >= since_ms)
        .group_by(_R.job)
    )
    return {row[0]: row[1] for row in c.execute(query)}


def durations_ms(c: Connection, name: str, limit: int) -> list[int]:
    """How long the newest runs of a job took that have ended."""
    query = (
        sa.select(_R.finished_ms - _R.started_ms)
        .where(_R.job == name, _R.finished_ms.is_not(None))
        .order_by(_R.due_ms.desc())
        .limit(limit)
    )
    return [max(0, took) for took in c.execute(query).scalars()]


# ---- what people ask for -------------------------------------------------------------------


def insert_asked(c: Connection, asked: Asked) -> bool:
    """Add what somebody asks for; false where that very moment is taken."""
    row = {
        "job": asked.job,
        "due_ms": asked.due_ms,
        "asked_ms": asked.asked_ms,
        "asked_by": asked.asked_by[:100],
    }
    return c.execute(_ASK, row).rowcount == 1


def read_asked(c: Connection, since_ms: int) -> list[Asked]:
    """What was asked for since a moment, with the run that came of it; oldest first."""
    same = sa.and_(_A.job == _R.job, _A.due_ms == _R.due_ms)
    query = (
        sa.select(
            job_asked,
            *(_R[name].label(f"run_{name}") for name in ("owner", "started_ms", "finished_ms")),
            _R.outcome.label("run_outcome"),
        )
        .select_from(job_asked.outerjoin(job_run, same))
        .where(_A.asked_ms >= since_ms)
        .order_by(_A.asked_ms, _A.due_ms)
    )
    return [_asked(row) for row in c.execute(query).mappings()]


def _run(row: Mapping[Any, Any]) -> Run:
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})


def _asked(row: Mapping[Any, Any]) -> Asked:
    run = None
    if row["run_owner"] is not None:
        run = Run(
            row["job"],
            row["due_ms"],
            row["run_owner"],
            row["run_started_ms"],
            row["run_finished_ms"],
            row["run_outcome"],
            row["asked_by"],
        )
    return Asked(row["job"], row["due_ms"], row["asked_ms"], row["asked_by"], run)
