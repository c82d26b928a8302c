import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import domain.house  # noqa: F401 - every store puts its tables on the metadata
from domain.foundation.errors import Conflict
from domain.storage.engine import Database
from domain.storage.migrate import migrate, pending_revision
from domain.storage.schema import metadata
from scheduler import store


def test_migrations_make_exactly_the_tables_that_the_stores_declare(database: Database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_use_case_that_fails_leaves_nothing(database: Database):
    def fail_half_way() -> None:
        with database.write() as connection:
            row = {"name": "x", "owner": "me", "fence": 1, "expires_ms": 0}
            connection.execute(store.lease.insert().values(**row))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.read() as connection:
        assert connection.execute(sa.select(store.lease)).all() == []


def test_writers_queue_instead_of_failing(database: Database):
    failures: list[Exception] = []

    def write(worker: int) -> None:
        for due_ms in range(20):
            try:
                store.claim(database, f"job-{worker}", due_ms, "me", 0)
            except sa.exc.SQLAlchemyError as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_newer_database_is_refused_untouched(database: Database):
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="newer"):
        migrate(database)


def test_migrating_twice_changes_nothing(database: Database):
    migrate(database)
    assert pending_revision(database) is None
