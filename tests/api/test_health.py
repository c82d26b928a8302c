from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from api.health import health_api
from api.json import use_orjson
from api.measured import Measured
from api.parts import Health, overall
from api.services import Services
from domain.storage.engine import Database


def ok() -> tuple[str, str]:
    return "ok", "running"


def broken() -> tuple[str, str]:
    raise OSError("no route")


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"database": "ok", "migrations": "ok", "mqtt": "ok"}, "ok"),
        ({"database": "ok", "migrations": "ok", "mqtt": "degraded"}, "degraded"),
        ({"database": "ok", "migrations": "ok", "mqtt": "down"}, "degraded"),
        ({"database": "down", "migrations": "ok", "mqtt": "ok"}, "down"),
        ({"database": "ok", "migrations": "down", "mqtt": "ok"}, "down"),
    ],
)
def test_only_the_database_takes_everything_down(states: dict[str, str], expected: str) -> None:
    assert overall(states) == expected


def test_a_check_that_fails_counts_as_down(sqlite_database: Database) -> None:
    states = Health(sqlite_database, {"mqtt": broken, "scheduler": ok}).states()
    assert states == {"database": "ok", "migrations": "ok", "mqtt": "down", "scheduler": "ok"}


def test_however_often_it_is_asked_the_parts_are_asked_once_a_second(
    sqlite_database: Database,
) -> None:
    asked: list[int] = []

    def count() -> tuple[str, str]:
        asked.append(1)
        return "ok", ""

    health = Health(sqlite_database, {"mqtt": count})
    for _ in range(50):
        health.states()
    assert len(asked) <= 2


def served(database: Database, check: Callable[[], tuple[str, str]]) -> Flask:
    server = Flask("bare")
    use_orjson(server)
    house: Any = SimpleNamespace(database=database, idempotency=None)
    parts, measured = Health(database, {"mqtt": check}), Measured()
    services = Services(house, parts, measured, dict)
    server.register_blueprint(health_api(house, parts, services))
    return server


def test_health_is_200_while_it_works_and_needs_no_login(sqlite_database: Database) -> None:
    answer = served(sqlite_database, broken).test_client().get("/health")
    assert answer.status_code == 200
    assert answer.json["status"] == "degraded"
    assert answer.json["version"]
    assert "no route" not in answer.text


def test_health_is_503_without_its_database() -> None:
    broken_database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = served(broken_database, ok).test_client().get("/health")
    assert (answer.status_code, answer.json["status"]) == (503, "down")
    assert "127.0.0.1" not in answer.text
