"""Revision 0014 makes room for sealed keys and loses no channel; back again it loses no row."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from domain.storage import migrate as module
from domain.storage.engine import Database

ROW = (
    "INSERT INTO alarm_channel (user_id, owner, name, kind, address, secret, enabled, "
    "min_severity, delay_s, digest_s, escalation_s, since_ms, version) VALUES "
    "(1, 'ada', 'Hook', 'webhook', 'https://example.org', '{secret}', true, 'warning', "
    "0, 0, 0, 0, 1)"
)


def to(database: Database, revision: str) -> None:
    config = Config()
    folder = Path(module.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder))
    with database.write() as connection:
        config.attributes["connection"] = connection
        move = command.downgrade if revision == "0013" else command.upgrade
        move(config, revision)


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.read() as c:
        query = "SELECT channel_id, name, secret, enabled FROM alarm_channel ORDER BY 1"
        return [(*row[:3], bool(row[3])) for row in c.exec_driver_sql(query)]


def put(database: Database, secret: str) -> None:
    with database.write() as c:
        c.exec_driver_sql(ROW.format(secret=secret))


def test_channels_survive_the_way_up_and_down(database: Database) -> None:
    to(database, "0013")
    put(database, "plain")
    to(database, "0014")
    assert rows(database) == [(1, "Hook", "plain", True)]
    put(database, "v1:" + "x" * 400)
    to(database, "0013")
    assert rows(database) == [(1, "Hook", "", False), (2, "Hook", "", False)]
    with database.write() as c:
        c.exec_driver_sql("DELETE FROM alarm_channel")
    put(database, "third")
    assert [row[0] for row in rows(database)] == [3]  # no id is used twice
