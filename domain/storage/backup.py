"""Consistent copies of a running database, proved by counting them, and the way back.

    python -m domain.storage.backup copy  [TARGET]     default: DATA_DIR/backups/<moment>
    python -m domain.storage.backup restore SOURCE --to DATABASE_URL [--replace]

SQLite is copied by `VACUUM INTO`, which reads one snapshot while writers go on (a file copy lost
rows, reliability.md §0.19); PostgreSQL by `pg_dump`.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from domain.foundation.clock import real_now
from domain.foundation.errors import Conflict, Unavailable, WattboardError
from domain.storage.engine import Database


def copy(database_url: str, target: Path) -> dict[str, int]:
    """Copy the database to the new file `target`; gives the rows per table that it holds.

    Raises:
        Conflict: `target` exists already.
        Unavailable: the copy failed, or does not read back; nothing is left at `target`.
    """
    if target.exists():
        raise Conflict(f"{target} exists already; name another file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        if make_url(database_url).get_backend_name() == "sqlite":
            counts = _copy_sqlite(database_url, part)
        else:
            counts = _dump_postgresql(database_url, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except (sqlite3.Error, sa.exc.SQLAlchemyError, subprocess.SubprocessError) as error:
        raise Unavailable("backup", f"The copy failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return counts


def restore(source: Path, database_url: str, *, replace: bool = False) -> dict[str, int]:
    """Bring a copy back into `database_url`; gives the rows per table afterwards.

    Raises:
        Conflict: the target already holds a database and `replace` was not said.
        Unavailable: the copy is damaged; the target is left as it was.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _restore_sqlite(source, Path(str(url.database)), replace=replace)
    return _restore_postgresql(source, database_url, replace=replace)


def _copy_sqlite(database_url: str, part: Path) -> dict[str, int]:
    source = Path(str(make_url(database_url).database))
    if not source.exists():
        raise Unavailable("backup", f"There is no database at {source}.")
    with sqlite3.connect(source, timeout=30) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    connection.close()
    return _check_sqlite(part)


def _check_sqlite(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise Unavailable("backup", f"{path} is damaged: {verdict}")
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in names
        }
    except sqlite3.DatabaseError as error:
        raise Unavailable("backup", f"{path} is damaged: {error}") from error
    finally:
        connection.close()


def _restore_sqlite(source: Path, target: Path, *, replace: bool) -> dict[str, int]:
    if not source.exists():
        raise Unavailable("backup", f"There is no backup at {source}.")
    if target.exists() and not replace:
        raise Conflict(f"{target} exists already; add --replace to put the backup in its place.")
    counts = _check_sqlite(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".restoring")
    shutil.copyfile(source, part)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    part.replace(target)
    return counts


def _libpq_url(database_url: str) -> str:
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _dump_postgresql(database_url: str, part: Path) -> dict[str, int]:
    _run_pg(["pg_dump", "--format=custom", f"--file={part}", _libpq_url(database_url)])
    _run_pg(["pg_restore", "--list", str(part)])
    return _count_postgresql(database_url)


def _restore_postgresql(source: Path, database_url: str, *, replace: bool) -> dict[str, int]:
    if _count_postgresql(database_url) and not replace:
        raise Conflict("The target database is not empty; add --replace to overwrite it.")
    _run_pg(
        [
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            f"--dbname={_libpq_url(database_url)}",
            str(source),
        ]
    )
    return _count_postgresql(database_url)


def _run_pg(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise Unavailable("backup", f"{command[0]} is missing: install postgresql-client") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable("backup", f"{command[0]}: {error.stderr.strip()[:500]}") from error


def _count_postgresql(database_url: str) -> dict[str, int]:
    database = Database(database_url)
    try:
        with database.read() as connection:
            return {
                name: connection.execute(
                    sa.select(sa.func.count()).select_from(sa.table(name))
                ).scalar_one()
                for name in sa.inspect(connection).get_table_names()
            }
    finally:
        database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy or restore from the command line."""
    parser = argparse.ArgumentParser(prog="python -m domain.storage.backup", description=__doc__)
    parser.add_argument("--database-url", default=os.environ.get("WATTBOARD_DATABASE_URL"))
    actions = parser.add_subparsers(dest="action", required=True)
    copying = actions.add_parser("copy")
    copying.add_argument("target", nargs="?", type=Path)
    restoring = actions.add_parser("restore")
    restoring.add_argument("source", type=Path)
    restoring.add_argument("--to", required=True, metavar="DATABASE_URL")
    restoring.add_argument("--replace", action="store_true")
    chosen = parser.parse_args(arguments)
    data_dir = Path(os.environ.get("WATTBOARD_DATA_DIR", "./data")).resolve()
    try:
        if chosen.action == "copy":
            url = chosen.database_url or f"sqlite:///{data_dir / 'wattboard.db'}"
            moment = real_now().strftime("%Y%m%dT%H%M%SZ")
            target = chosen.target or data_dir / "backups" / moment
            counts = copy(url, target)
        else:
            target = chosen.to
            counts = restore(chosen.source, chosen.to, replace=chosen.replace)
    except WattboardError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write(f"{target}: {sum(counts.values())} rows in {len(counts)} tables\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
