"""Bring a database to the present schema; refuse one that is newer than the code."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from domain.foundation.errors import Conflict
from domain.storage.engine import Database

MIGRATION_LOCK = 7_215_001
_MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; two processes starting at once wait for each other.

    Raises:
        Conflict: the database was made by a newer Wattboard; nothing is touched.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise Conflict(
                f"The database is at revision {current}, which this Wattboard does not know. "
                "Install the newer version, or restore a backup.",
                code="database_is_newer",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def pending_revision(database: Database) -> str | None:
    """Name the revision the database should be brought to, or None when it is there."""
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return None if current == _head() else _head()


@cache
def _head() -> str | None:
    """The newest revision of the code; asked by every look at the health."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()
