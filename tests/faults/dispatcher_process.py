"""The dispatcher as a process that dies at its n-th call of database or broker.

DATABASE_URL MQTT_URL DATA_DIR N; with N = 0 it lives until it is told to stop. It begins once a
line has come on its standard input: what it takes to start is no part of a command's time.
"""

import os
import signal
import sys
import threading

import sqlalchemy as sa

from data_ingest.client import configure
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.lease import Singleton
from scheduler.link import Link
from settings import Settings

DIED = 9


class Fuse:
    """Ends the process at the n-th call, before or after it happened."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._lock = threading.Lock()

    def call(self, *_: object, **__: object) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os._exit(DIED)


def main() -> None:
    database_url, mqtt_url, data_dir, number = sys.argv[1:]
    settings = Settings.from_env(
        {
            "WATTBOARD_DATABASE_URL": database_url,
            "WATTBOARD_DATA_DIR": data_dir,
            "WATTBOARD_DEMO": "0",
        }
    )
    database = Database(database_url)
    house = House.compose(settings, clock=SystemClock(), database=database)
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    dispatcher = Dispatcher(house, mqtt_url, configure)
    # One name for all: who comes after the one that died need not wait for its lease.
    lease = Singleton(database, LEASE, "faults", start=dispatcher.start, stop=dispatcher.stop)
    fuse = Fuse(int(number))
    armed = int(number) > 0
    if armed:
        publish = Link.publish

        def published(self: Link, device_id: str, payload: bytes) -> bool:
            fuse.call()
            sent = publish(self, device_id, payload)
            fuse.call()
            return sent

        Link.publish = published  # type: ignore[method-assign]
        sa.event.listen(database.engine, "before_cursor_execute", fuse.call)
        sa.event.listen(database.engine, "commit", fuse.call)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    lease.begin()
    told_to_stop.wait()
    lease.end()
    house.close()


if __name__ == "__main__":
    main()
