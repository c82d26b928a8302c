import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.foundation.errors import Conflict, Unavailable
from domain.storage import backup
from domain.storage.engine import Database
from scheduler import store


def claim_runs(database: Database, first: int, count: int) -> None:
    for due_ms in range(first, first + count):
        store.claim(database, "job", due_ms, "me", 0)


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(
            connection.execute(sa.select(sa.func.count()).select_from(store.job_run)).scalar()
        )


def test_a_copy_made_while_writers_go_on_restores_to_a_consistent_prefix(
    sqlite_database: Database, tmp_path: Path
):
    claim_runs(sqlite_database, 0, 200)
    writing = threading.Thread(target=claim_runs, args=(sqlite_database, 200, 300))
    writing.start()
    counts = backup.copy(sqlite_database.url, tmp_path / "copy.db")
    writing.join()
    restored_url = f"sqlite:///{tmp_path / 'restored.db'}"
    backup.restore(tmp_path / "copy.db", restored_url)
    restored = Database(restored_url)
    assert rows(restored) == counts["job_run"]
    assert 200 <= counts["job_run"] <= 500
    restored.close()


def test_postgresql_is_copied_and_restored(
    postgresql_database: Database, postgresql_server: str, tmp_path: Path
):
    claim_runs(postgresql_database, 0, 50)
    backup.copy(postgresql_database.url, tmp_path / "copy.dump")
    claim_runs(postgresql_database, 50, 50)
    backup.restore(tmp_path / "copy.dump", postgresql_database.url, replace=True)
    assert rows(postgresql_database) == 50


def test_a_restore_never_overwrites_unasked(sqlite_database: Database, tmp_path: Path):
    backup.copy(sqlite_database.url, tmp_path / "copy.db")
    with pytest.raises(Conflict, match="--replace"):
        backup.restore(tmp_path / "copy.db", sqlite_database.url)


def test_a_damaged_copy_is_refused_and_the_target_stays(sqlite_database: Database, tmp_path: Path):
    claim_runs(sqlite_database, 0, 3)
    damaged = tmp_path / "copy.db"
    backup.copy(sqlite_database.url, damaged)
    content = bytearray(damaged.read_bytes())
    content[:100] = b"\0" * 100
    damaged.write_bytes(content)
    with pytest.raises(Unavailable, match="damaged"):
        backup.restore(damaged, sqlite_database.url, replace=True)
    assert rows(sqlite_database) == 3


def test_a_copy_never_overwrites_another(sqlite_database: Database, tmp_path: Path):
    target = tmp_path / "copy.db"
    backup.copy(sqlite_database.url, target)
    with pytest.raises(Conflict):
        backup.copy(sqlite_database.url, target)
