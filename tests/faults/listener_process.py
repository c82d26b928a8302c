"""The listener as a process of its own, for tests that kill it: DATABASE_URL MQTT_URL DATA_DIR."""

import signal
import sys
import threading

from data_ingest.listener import Listener
from domain.foundation.clock import SystemClock
from domain.house import House
from domain.storage.engine import Database
from settings import Settings


def main() -> None:
    database_url, mqtt_url, data_dir = sys.argv[1:]
    settings = Settings.from_env(
        {
            "WATTBOARD_DATABASE_URL": database_url,
            "WATTBOARD_DATA_DIR": data_dir,
            "WATTBOARD_DEMO": "0",
        }
    )
    house = House.compose(settings, clock=SystemClock(), database=Database(database_url))
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    listener = Listener(house, mqtt_url)
    listener.start()
    told_to_stop.wait()
    listener.stop()
    house.close()


if __name__ == "__main__":
    main()
