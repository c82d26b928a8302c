"""Something happens to a process at its n-th call of database or broker."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

import sqlalchemy as sa

from domain.house import House
from domain.storage.engine import Database
from scheduler.link import Link

DIED = 9


class Fuse:
    """Blows once, at the n-th call that is counted; a number below 1 never comes."""

    def __init__(self, number: int, blow: Callable[[], object]) -> None:
        self._left, self._blow = number, blow
        self._lock = threading.Lock()

    def call(self, *_: object, **__: object) -> None:
        with self._lock:
            self._left -= 1
            due = self._left == 0
        if due:
            self._blow()

    def watch(self, database: Database, beginning: str = "") -> None:
        """Count every statement and commit, or only statements that begin so."""

        def asked(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith(beginning):
                self.call()

        sa.event.listen(database.engine, "before_cursor_execute", asked)
        if not beginning:
            sa.event.listen(database.engine, "commit", self.call)

    def watch_broker(self) -> None:
        """Count before and after each message that leaves."""
        publish = Link.publish

        def published(link: Link, device_id: str, payload: bytes) -> bool:
            self.call()
            sent = publish(link, device_id, payload)
            self.call()
            return sent

        Link.publish = published  # type: ignore[method-assign]


def die() -> None:
    """End without a word."""
    os._exit(DIED)


def freeze() -> None:
    """Stand still until somebody sends SIGCONT.

    Sent to this thread: one sent to the process leaves it a moment in which it goes on.
    """
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def ends_at(house: House, number: int, ask: Callable[[], object]) -> bool:
    """Whether a process that asks came to its n-th call, where it ended."""

    def run() -> None:
        Fuse(number, die).watch(house.database)
        ask()

    house.database.close()  # no connection is shared with the child
    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    assert child.exitcode in (0, DIED)
    return child.exitcode == DIED
