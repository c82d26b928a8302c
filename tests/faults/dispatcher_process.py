"""The dispatcher as a process that dies at its n-th call of database or broker.

DATABASE_URL MQTT_URL DATA_DIR N; with N = 0 it lives until it is told to stop. It begins once a
line has come on its standard input: what it takes to start is no part of a command's time.
"""

import signal
import sys
import threading

from data_ingest.client import configure
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.lease import Singleton
from settings import Settings
from tests.faults.fuse import Fuse, die


def composed(database_url: str, data_dir: str) -> House:
    """A house as a process of its own has it."""
    wanted = {
        "WATTBOARD_DATABASE_URL": database_url,
        "WATTBOARD_DATA_DIR": data_dir,
        "WATTBOARD_DEMO": "0",
    }
    database = Database(database_url)
    return House.compose(Settings.from_env(wanted), clock=SystemClock(), database=database)


def main() -> None:
    database_url, mqtt_url, data_dir, number = sys.argv[1:]
    house = composed(database_url, data_dir)
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    dispatcher = Dispatcher(house, mqtt_url, configure)
    # One name for all: who comes after the one that died need not wait for its lease.
    lease = Singleton(house.database, LEASE, "faults", start=dispatcher.start, stop=dispatcher.stop)
    fuse = Fuse(int(number), die)
    fuse.watch(house.database)
    fuse.watch_broker()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    lease.begin()
    told_to_stop.wait()
    lease.end()
    house.close()


if __name__ == "__main__":
    main()
