"""Tests share a few PostgreSQL databases: each must find its own as the migrations leave it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import sqlalchemy as sa

from domain.storage.engine import Database
from tests.databases import Databases, dump

VALUES: dict[type, object] = {
    int: 7, str: "x", float: 1.5, bool: True, bytes: b"x", date: date(2026, 6, 16), object: {},
}  # fmt: skip


@contextmanager
def lent(databases: Databases) -> Iterator[tuple[Database, int]]:
    """A database as a test gets it, and PostgreSQL's own number for it, which no name hides."""
    with databases.lend() as url:
        database = Database(url)
        number = "SELECT oid FROM pg_database WHERE datname = current_database()"
        with database.read() as connection:
            oid = int(connection.execute(sa.text(number)).scalar_one())
        yield database, oid
        database.close()


@pytest.fixture
def fresh(postgresql_databases: Databases) -> list[str]:
    """A new database, all of it."""
    return dump(postgresql_databases.template)


def run(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def fill_every_table(database: Database) -> None:
    """One more row in each, also where others would have to be first."""
    tables = sa.MetaData()
    tables.reflect(database.engine)
    assert len(tables.tables) > 40
    with database.write() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in tables.tables.values():
            given = {c.name: VALUES[c.type.python_type] for c in table.columns if not numbered(c)}
            connection.execute(table.insert().values(given))


def numbered(column: sa.Column[object]) -> bool:
    return column.identity is not None or "nextval" in str(
        getattr(column.server_default, "arg", "")
    )


def change_first_rows(database: Database) -> None:
    run(
        database,
        "UPDATE alarm_rule SET name = 'Other'",
        "DELETE FROM alarm_rule WHERE rule_id = (SELECT min(rule_id) FROM alarm_rule)",
        "UPDATE ledger_head SET seq = seq + 1",
    )


def take_numbers_and_undo(database: Database) -> None:
    """Nothing is stored; a sequence does not go back."""
    with database.read() as connection:
        connection.execute(sa.text("SELECT nextval(sequencename::regclass) FROM pg_sequences"))


def fill_and_empty_again(database: Database) -> None:
    fill_every_table(database)
    run(database, "DELETE FROM sensor", "DELETE FROM series")


@pytest.mark.parametrize(
    "use", [fill_every_table, change_first_rows, take_numbers_and_undo, fill_and_empty_again]
)
def test_what_was_written_is_gone_and_the_database_is_used_again(
    postgresql_databases: Databases, fresh: list[str], use: Callable[[Database], None]
) -> None:
    with lent(postgresql_databases) as (database, number):
        use(database)
        assert dump(database.url) != fresh
    with lent(postgresql_databases) as (database, again):
        assert again == number
        assert dump(database.url) == fresh


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "ALTER TABLE sensor ADD COLUMN colour text",
        "ALTER TABLE sensor ALTER COLUMN sensor_id SET DEFAULT 'S'",
        "ALTER TABLE audit_log RENAME TO audit_gone",
        "CREATE INDEX ON sensor (sensor_id)",
        "CREATE TABLE more (number integer)",
        "DROP TABLE audit_log",
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NULL; END'",
        "ANALYZE ledger_account",
    ],
)
def test_a_database_of_another_schema_is_not_used_again(
    postgresql_databases: Databases, fresh: list[str], statement: str
) -> None:
    with lent(postgresql_databases) as (database, number):
        run(database, "UPDATE ledger_head SET seq = 9", statement)
    with lent(postgresql_databases) as (database, again):
        assert again != number
        assert dump(database.url) == fresh


def test_whoever_stays_behind_writes_into_nobody_elses_database(
    postgresql_databases: Databases, fresh: list[str]
) -> None:
    with lent(postgresql_databases) as (database, _):
        left_behind = Database(database.url)
        writing = left_behind.engine.connect()
        writing.execute(sa.text("DELETE FROM alarm_rule"))  # and does not commit
    with lent(postgresql_databases) as (database, _):
        for _ in range(2):  # the connection is cut, and a new one finds no such database
            with pytest.raises(sa.exc.OperationalError), left_behind.write() as connection:
                connection.execute(sa.text("DELETE FROM alarm_rule"))
        assert dump(database.url) == fresh
    writing.invalidate()
    left_behind.close()
