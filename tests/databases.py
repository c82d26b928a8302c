"""PostgreSQL databases for tests: put back as the migrations left them, since a new one is slow.

What comes back is emptied by what PostgreSQL itself knows of it: a table whose file has grown or
whose first rows differ is filled again from the template, a sequence that has moved is set back.
A database whose schema was touched, or that somebody will not leave, is dropped.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql

from domain.storage.engine import Database
from domain.storage.migrate import migrate
from tests.servers import program
from tests.waiting import wait_until

TEMPLATE = "wattboard_template"
# Any statement that changes a schema writes new rows to one of these catalogs, or removes some;
# emptying a table only writes to pg_class, of which the names and the rights are compared.
_SCHEMA = """
    SELECT (SELECT string_agg(concat_ws(' ', relname, relkind, relacl, reloptions), '/'
                              ORDER BY relname)
            FROM pg_class WHERE relnamespace = 'public'::regnamespace),
""" + ",".join(
    f"(SELECT (count(*), max(xmin::text::bigint))::text FROM {catalog})"
    for catalog in (
        "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_proc",
        "pg_type", "pg_enum", "pg_sequence", "pg_rewrite", "pg_policy", "pg_namespace",
        "pg_extension", "pg_statistic",
    )
)  # fmt: skip
_SIZES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_SEQUENCES = "SELECT sequencename FROM pg_sequences ORDER BY sequencename"
_REFERENCES = """
    SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND conrelid <> confrelid
"""
Connection = psycopg.Connection[tuple[object, ...]]


class Databases:
    """The databases of one server for tests."""

    def __init__(self, server: str) -> None:
        """Migrate the template; `server` is a URL without the name of a database."""
        self._server = server
        self._numbers = count()
        self._free: list[str] = []
        self._admin = self._connect("postgres")
        self._admin.execute(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self.template)
        migrate(database)
        database.close()
        with self._connect(TEMPLATE) as connection:
            self._first = FirstState(connection)

    @property
    def template(self) -> str:
        """The URL of the database that all others are copies of; only to be read."""
        return f"{self._server}/{TEMPLATE}"

    @contextmanager
    def lend(self) -> Iterator[str]:
        """A migrated database that nobody has used; gives its URL, which is never used again."""
        name = self._free.pop() if self._free else self._create(TEMPLATE)
        try:
            yield f"{self._server}/{name}"
        finally:
            self._take_back(name)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A database without any table; gives its URL."""
        name = self._create("template1")
        try:
            yield f"{self._server}/{name}"
        finally:
            self._drop(name)

    def close(self) -> None:
        """End.

        Raises:
            AssertionError: a database that was used again is not as a new one.
        """
        fresh = dump(self.template)
        for name in self._free:
            assert dump(f"{self._server}/{name}") == fresh
        self._admin.close()

    def _create(self, template: str) -> str:
        name = self._next_name()
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _drop(self, name: str) -> None:
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _next_name(self) -> str:
        return f"wattboard_{next(self._numbers)}"

    def _take_back(self, name: str) -> None:
        """Whoever is still there, or comes back later, finds no database of the old name."""
        renamed = self._next_name()
        try:
            self._send_away(name)
            self._admin.execute(f"ALTER DATABASE {name} RENAME TO {renamed}")
        except (AssertionError, psycopg.errors.ObjectInUse):
            self._drop(name)
            return
        with self._connect(renamed) as connection:
            restored = self._first.restore(connection)
        if restored:
            self._free.append(renamed)
        else:
            self._drop(renamed)

    def _send_away(self, name: str) -> None:
        there = "FROM pg_stat_activity WHERE datname = %s"
        self._admin.execute(f"SELECT pg_terminate_backend(pid) {there}", [name])
        wait_until(
            lambda: not self._admin.execute(f"SELECT 1 {there}", [name]).fetchall(),
            timeout_s=2,
            every_s=0.001,
        )

    def _connect(self, name: str) -> Connection:
        address = f"{self._server}/{name}".replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True)


class FirstState:
    """What the migrations leave: the schema, the first rows, where the sequences stand."""

    def __init__(self, connection: Connection) -> None:
        self._schema = connection.execute(_SCHEMA).fetchone()
        self._sizes = dict(connection.execute(_SIZES).fetchall())
        self._rows = {name: _copied(connection, name) for name, size in self._sizes.items() if size}
        each_row = sql.SQL("(SELECT string_agg(t::text, '/') FROM {} t)")
        self._ask_rows = sql.SQL("SELECT {}").format(
            sql.SQL(", ").join(each_row.format(sql.Identifier(name)) for name in self._rows)
        )
        self._told_rows = connection.execute(self._ask_rows).fetchone()
        each = sql.SQL("SELECT {}, last_value, is_called FROM {}")
        self._ask_sequences = sql.SQL(" UNION ALL ").join(
            each.format(sql.Literal(name), sql.Identifier(name))
            for (name,) in connection.execute(_SEQUENCES).fetchall()
        )
        self._sequences = set(connection.execute(self._ask_sequences).fetchall())
        self._references = connection.execute(_REFERENCES).fetchall()

    def restore(self, connection: Connection) -> bool:
        """Put rows and sequences back; False where the schema is another one."""
        if connection.execute(_SCHEMA).fetchone() != self._schema:
            return False
        sizes = set(connection.execute(_SIZES).fetchall())
        written = {name for name, _ in self._sizes.items() ^ sizes}
        told = connection.execute(self._ask_rows).fetchone()
        written |= {
            name
            for name, rows, first in zip(self._rows, told, self._told_rows, strict=True)
            if rows != first
        }
        moved = self._sequences - set(connection.execute(self._ask_sequences).fetchall())
        with connection.transaction():
            # Append-only tables refuse to be emptied; a replica's triggers stand aside.
            connection.execute("SET LOCAL session_replication_role = replica")
            if written:
                self._refill(connection, self._with_referring(written))
            for first in moved:
                connection.execute("SELECT setval(%s, %s, %s)", first)
        return True

    def _with_referring(self, tables: set[str]) -> set[str]:
        """PostgreSQL empties a table only together with those that refer to it."""
        grown = tables | {child for parent, child in self._references if parent in tables}
        return grown if grown == tables else self._with_referring(grown)

    def _refill(self, connection: Connection, tables: set[str]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in sorted(tables))
        connection.execute(sql.SQL("TRUNCATE {}").format(names))
        for name in sorted(tables & self._rows.keys()):
            copy_in = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            with connection.cursor().copy(copy_in) as copy:
                copy.write(self._rows[name])


def _copied(connection: Connection, name: str) -> bytes:
    copy_out = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
    with connection.cursor().copy(copy_out) as copy:
        return b"".join(bytes(part) for part in copy)


def dump(url: str) -> list[str]:
    """Everything of a database as pg_dump writes it, line by line."""
    command = [program("pg_dump"), url.replace("+psycopg", "")]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Newer versions guard a dump by a key of chance.
    return [line for line in written.splitlines() if not line.startswith(("\\restrict", "\\unre"))]
