"""How each part of Wattboard is: asked at most once a second, remembered with when and why.

What is told never names hosts, paths or drivers: that goes to the log, once per change.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from domain.foundation.clock import monotonic, real_now_ms
from domain.storage.engine import Database
from domain.storage.migrate import pending_revision

log = logging.getLogger(__name__)

Check = Callable[[], tuple[str, str]]
"""Gives "ok", "degraded" or "down", and a sentence that says why."""

_KEEP_S = 1.0
_LOCK_PATIENCE_S = 2.0
_NO_ANSWER = "It does not answer; the reason is in the log."


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it was found last; moments are real epoch milliseconds."""

    status: str = "ok"
    detail: str = ""
    last_success_ms: int | None = None
    last_error: str | None = None
    last_error_ms: int | None = None

    def seen(self, status: str, detail: str, at_ms: int) -> "Part":
        """The part after one more look at it."""
        if status == "ok":
            return replace(self, status=status, detail=detail, last_success_ms=at_ms)
        return replace(self, status=status, detail=detail, last_error=detail, last_error_ms=at_ms)


def overall(states: Mapping[str, str]) -> str:
    """Combine the parts: without its database Wattboard is down, without another it limps."""
    if "down" in {states["database"], states["migrations"]}:
        return "down"
    return "ok" if set(states.values()) == {"ok"} else "degraded"


class Health:
    """Asks every part, at most once a second however often it is asked itself."""

    def __init__(self, database: Database, checks: Mapping[str, Check]) -> None:
        self._database = database
        self._checks = checks
        self._lock = threading.Lock()
        self._parts: dict[str, Part] = {}
        self._asked_s = float("-inf")

    def states(self) -> dict[str, str]:
        """Return each part's state alone."""
        return {name: part.status for name, part in self.parts().items()}

    def parts(self) -> dict[str, Part]:
        """Return each part with what was seen of it; a check that fails counts as down."""
        with self._lock:
            if monotonic() - self._asked_s >= _KEEP_S:
                self._ask()
                self._asked_s = monotonic()
            return dict(self._parts)

    def _ask(self) -> None:
        found = _database(self._database)
        for name, check in self._checks.items():
            try:
                found[name] = *check(), None
            except Exception as error:  # noqa: BLE001 - whatever it is, that part does not work
                found[name] = "down", _NO_ANSWER, repr(error)
        for name, (status, detail, reason) in found.items():
            before = self._parts.get(name, Part())
            if status != before.status:
                log.warning("%s is %s: %s", name, status, reason or detail)
            self._parts[name] = before.seen(status, detail, real_now_ms())


def _database(database: Database) -> dict[str, tuple[str, str, str | None]]:
    try:
        pending = pending_revision(database)
    except Exception as error:  # noqa: BLE001 - a driver's own kind of failure
        down = ("down", _NO_ANSWER, repr(error))
        return {"database": down, "migrations": down}
    if pending is not None:
        missing = ("down", f"Revision {pending} is missing.", None)
        return {"database": _writable(database), "migrations": missing}
    return {"database": _writable(database), "migrations": ("ok", "Up to date.", None)}


def _writable(database: Database) -> tuple[str, str, str | None]:
    """Somebody who holds the database keeps readings waiting, though pages still answer."""
    try:
        database.probe(_LOCK_PATIENCE_S)
    except SQLAlchemyError as error:
        held = f"Somebody has held the database for over {_LOCK_PATIENCE_S:.0f} s."
        return "degraded", held, repr(error)
    return "ok", "Reads and writes.", None
