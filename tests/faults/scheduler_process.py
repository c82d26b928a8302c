"""Jobs and dispatcher as a process of the role `scheduler` has them, with a log of what it did.

DATABASE_URL MQTT_URL DATA_DIR NAME LOG LEASE_S RENEW_S N; at its n-th call of database or broker
it stops itself (SIGSTOP), as a debugger or a paused machine would; N = 0 never, N = -1 before the
first message leaves, N = -2 within the transaction that decides it. It begins once a line has come
on its standard input.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from data_ingest.client import configure
from domain.house import House
from scheduler.dispatcher import LEASE, Dispatcher
from scheduler.jobs import Job
from scheduler.lease import Singleton
from scheduler.link import Link
from scheduler.runner import Scheduler
from tests.faults.dispatcher_process import composed
from tests.faults.fuse import Fuse, freeze

BEFORE_IT_PUBLISHES, WITHIN_A_TURN = -1, -2
JOBS = {"tick": 0.5, "tock": 1.0}


class Log:
    """Lines that several processes add to one file, each whole, with the time they share."""

    def __init__(self, path: Path, name: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._name = name

    def __call__(self, what: str, **more: object) -> None:
        line = {"at_ns": time.monotonic_ns(), "process": self._name, "what": what, **more}
        os.write(self._file, json.dumps(line).encode() + b"\n")


def jobs(log: Log) -> tuple[Job, ...]:
    """Jobs whose runs can be counted from outside."""

    def logged(name: str) -> object:
        return lambda _house: log("job", job=name)

    return tuple(
        Job(name, every_s, logged(name), "be counted")  # type: ignore[arg-type]
        for name, every_s in JOBS.items()
    )


def watched(log: Log, fuse: Fuse, number: int) -> None:
    """Log each message that leaves, as late as it can be."""
    publish = Link.publish

    def published(link: Link, device_id: str, payload: bytes) -> bool:
        if number == BEFORE_IT_PUBLISHES:
            fuse.call()
        log("publish", command_id=json.loads(payload)["command_id"])
        return publish(link, device_id, payload)

    Link.publish = published  # type: ignore[method-assign]


def begun(house: House, mqtt_url: str, name: str, log: Log, times: list[float]) -> Singleton:
    """The dispatcher under its lease; what it does on losing it is logged."""
    dispatcher = Dispatcher(house, mqtt_url, configure)

    def stop() -> None:
        dispatcher.stop()
        log("stopped")

    def start(fence: int) -> None:
        log("renewed", fence=fence)
        dispatcher.start(fence)

    lease_s, renew_s = times
    return Singleton(
        house.database, LEASE, name, start=start, stop=stop, lease_s=lease_s, renew_s=renew_s
    )


def main() -> None:
    database_url, mqtt_url, data_dir, name, log_path, *rest = sys.argv[1:]
    *times, number = (float(word) for word in rest)
    house, log = composed(database_url, data_dir), Log(Path(log_path), name)
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    fuse = Fuse(1 if number < 0 else int(number), freeze)
    watched(log, fuse, int(number))
    if number == WITHIN_A_TURN:
        fuse.watch(house.database, "INSERT INTO control_command ")
    if number > 0:
        fuse.watch(house.database)
        fuse.watch_broker()
    scheduler = Scheduler(house, jobs(log))
    lease = begun(house, mqtt_url, name, log, times)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    scheduler.start()
    lease.begin()
    told_to_stop.wait()
    lease.end()
    scheduler.stop()
    house.close()


if __name__ == "__main__":
    main()
