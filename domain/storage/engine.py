"""SQLite (WAL) or PostgreSQL behind two doors: `read` and `write`.

Writers begin immediate, so two of them queue instead of failing half-way
(reliability.md §0.12); leaving `write` commits, an exception rolls back.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

BUSY_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_MS = 30_000


class Database:
    """One engine; connections are pooled per process."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.dialect: Literal["sqlite", "postgresql"] = (
            "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql"
        )
        self._writing = threading.Lock()
        self._glances = threading.local()
        self._compiled: dict[sa.Select[Any], tuple[str, bool]] = {}
        if self.dialect == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(
                parsed, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
            )
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_as_asked)
        else:
            self.engine = sa.create_engine(
                parsed,
                pool_pre_ping=True,
                pool_size=10,
                max_overflow=20,
                connect_args={"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"},
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection for reading; nothing it does is kept."""
        with self.engine.connect() as connection:
            yield connection

    def glance(self, query: "sa.Select[Any]", key: str) -> tuple[Any, ...] | None:
        """The first row of a lasting query with one parameter, straight from the driver.

        For what every request asks: SQLAlchemy alone takes ten times as long as SQLite here.
        Values come as the driver has them, so a Boolean of SQLite is a number.
        """
        text, positional = self._compiled.get(query) or self._compile(query)
        if self.dialect == "sqlite":
            found: tuple[Any, ...] | None = self._glancing().execute(text, (key,)).fetchone()
            return found
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(text, (key,) if positional else {"key": key})
            row: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return row

    def _glancing(self) -> sqlite3.Connection:
        """This thread's own connection to a file: it reads one row at a time and holds nothing."""
        own: sqlite3.Connection | None = getattr(self._glances, "connection", None)
        if own is None:
            path = self.engine.url.database or ""
            own = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._glances.connection = own
        return own

    def _compile(self, query: "sa.Select[Any]") -> tuple[str, bool]:
        compiled = query.compile(dialect=self.engine.dialect)
        self._compiled[query] = str(compiled), bool(compiled.positional)
        return self._compiled[query]

    @contextmanager
    def write(self, frozen_s: float | None = None) -> Iterator[Connection]:
        """Open the one transaction of a use case; it holds the write lock from its start.

        A process that stands still for `frozen_s` inside it loses the transaction where the
        database can tell (PostgreSQL), so that those who wait for its locks go on.
        """
        with (
            self._turn(),
            self.engine.connect().execution_options(wattboard_write=True) as connection,
            connection.begin(),
        ):
            if frozen_s is not None and self.dialect == "postgresql":
                patience_ms = round(frozen_s * 1000)
                connection.exec_driver_sql(
                    f"SET LOCAL idle_in_transaction_session_timeout = {patience_ms}"
                )
            yield connection

    def probe(self, patience_s: float) -> None:
        """Prove that a writer would get its turn within `patience_s`; writes nothing.

        Raises:
            OperationalError: nobody answers, or somebody holds the database.
        """
        if self.dialect != "sqlite":
            with self.read() as connection:
                connection.exec_driver_sql("SELECT 1")
            return
        path = self.engine.url.database or ""
        try:
            # Not through the pool: its connections wait as long as a use case may.
            probe = sqlite3.connect(path, timeout=patience_s, isolation_level=None)
            with closing(probe):
                probe.execute("BEGIN IMMEDIATE")
                probe.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, error) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Queue the threads of this process: SQLite's busy handler polls, and wakes 100 ms late."""
        if self.dialect != "sqlite":
            yield
            return
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_S):
            raise sa.exc.TimeoutError(f"another writer held the database for {BUSY_TIMEOUT_S} s")
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _prepare_sqlite(dbapi_connection: sqlite3.Connection, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's begin event decides, not pysqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16384",
        # Clustered pages written back less often: 27 → 18 µs a reading in a long backfill.
        "wal_autocheckpoint=8000",
        "temp_store=MEMORY",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_as_asked(connection: Connection) -> None:
    writing = connection.get_execution_options().get("wattboard_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
