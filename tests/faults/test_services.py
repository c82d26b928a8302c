"""A broken part is told within ten seconds, it alone, and its return too (`/services/status`)."""

import ctypes
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import Services, create_app
from domain.foundation.clock import FixedClock
from domain.house import House, set_house
from domain.storage.engine import Database
from settings import Settings
from tests import servers
from tests.api.conftest import PASSWORD, forget_dash
from tests.waiting import wait_until

WITHIN_S = 10.0


@dataclass
class Site:
    """A house with its services in this process, and a visitor who asks how they are."""

    client: FlaskClient
    services: Services
    house: House

    def states(self) -> dict[str, str]:
        answer = self.client.get("/services/status")
        assert answer.status_code == 200, answer.text
        return {name: entry["status"] for name, entry in answer.json["services"].items()}

    def becomes(self, changed: dict[str, str], healthy: dict[str, str]) -> None:
        wait_until(lambda: self.states() == healthy | changed, WITHIN_S)


@pytest.fixture
def site(
    settings: Settings,
    sqlite_database: Database,
    clock: FixedClock,
    mosquitto: servers.Mosquitto,
) -> Iterator[Site]:
    forget_dash()
    chosen = replace(settings, admin_password=PASSWORD)
    house = House.compose(chosen, clock=clock, database=sqlite_database)
    house.access.prepare_users()
    set_house(house)
    services = Services(house, mosquitto.url)
    server: Flask = create_app(house, services)
    services.start()
    client = server.test_client()
    client.post("/login", data={"username": "admin", "password": PASSWORD})
    try:
        yield Site(client, services, house)
    finally:
        server.extensions["live"].stop()
        services.stop()
        house.close()


def well(site: Site) -> dict[str, str]:
    """Wait until all that is there is ok; gives every state."""

    def all_ok() -> dict[str, str] | None:
        states = site.states()
        return states if set(states.values()) == {"ok", "absent"} else None

    return wait_until(all_ok, WITHIN_S)


def test_a_stopped_broker_is_told_and_its_return_too(
    site: Site, mosquitto: servers.Mosquitto
) -> None:
    healthy = well(site)
    mosquitto.process.terminate()
    mosquitto.process.wait(10)
    site.becomes({"mqtt": "down"}, healthy)
    servers.restart(mosquitto)
    site.becomes({}, healthy)


def test_a_held_database_is_told_and_its_release_too(site: Site) -> None:
    healthy = well(site)
    path = site.house.database.engine.url.database
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        site.becomes({"database": "degraded"}, healthy)
        holder.execute("ROLLBACK")
    site.becomes({}, healthy)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_listener_thread_is_told_and_replaced(site: Site) -> None:
    healthy = well(site)
    thread = next(t for t in threading.enumerate() if t.name == "mqtt-listener")
    with site.services.listener._switching:  # holds up the lease, which would replace it at once
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
        )
        site.becomes({"mqtt": "down"}, healthy)
        assert not thread.is_alive()
    site.becomes({}, healthy)
