"""`GET /health`: whether Wattboard works, for load balancers and people, without a login.

It says how each part is, not why: the reason goes to the log, once per change, and to
`/services/status`, which asks for a login.
"""

import logging
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from api.json import answer
from api.marks import requires
from domain.access.policy import PUBLIC
from domain.foundation.clock import monotonic, real_now_ms
from domain.storage.engine import Database
from domain.storage.migrate import pending_revision

log = logging.getLogger(__name__)

Check = Callable[[], tuple[str, str]]
"""Gives "ok", "degraded" or "down", and a sentence that says why."""

VERSION: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
    "project"
]["version"]
_KEEP_S = 1.0
_LOCK_PATIENCE_S = 2.0


@dataclass(frozen=True)
class Part:
    """How one part is, in a word and a sentence, and when [epoch ms] it was last well or not."""

    state: str = "ok"
    words: str = ""
    last_success_ms: int | None = None
    last_error_ms: int | None = None
    last_error: str | None = None

    def seen(self, state: str, words: str, at_ms: int) -> "Part":
        """The part after one more look at it."""
        if state == "ok":
            return replace(self, state=state, words=words, last_success_ms=at_ms)
        return replace(self, state=state, words=words, last_error_ms=at_ms, last_error=words)


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

    def parts(self) -> dict[str, Part]:
        """Return how each part is; a check that fails counts as down."""
        with self._lock:
            if monotonic() - self._asked_s >= _KEEP_S:
                self._ask()
                self._asked_s = monotonic()
            return dict(self._parts)

    def states(self) -> dict[str, str]:
        """Return each part's state alone."""
        return {name: part.state for name, part in self.parts().items()}

    def _ask(self) -> None:
        found = _database(self._database)
        for name, check in self._checks.items():
            try:
                found[name] = check()
            except Exception as error:  # noqa: BLE001 - whatever it is, that part does not work
                found[name] = "down", repr(error)
        for name, (state, reason) in found.items():
            before = self._parts.get(name, Part())
            if state != before.state:
                log.warning("%s is %s: %s", name, state, reason)
            self._parts[name] = before.seen(state, reason, real_now_ms())


def _database(database: Database) -> dict[str, tuple[str, str]]:
    try:
        pending = pending_revision(database)
    except Exception as error:  # noqa: BLE001 - a driver's own kind of failure
        log.info("the database does not answer: %r", error)
        down = ("down", "The database does not answer.")
        return {"database": down, "migrations": down}
    if pending is not None:
        return {"database": _writable(database), "migrations": ("down", f"{pending} is missing.")}
    return {"database": _writable(database), "migrations": ("ok", "Up to date.")}


def _writable(database: Database) -> tuple[str, str]:
    """Somebody who holds the database keeps readings waiting, though pages still answer."""
    try:
        database.probe(_LOCK_PATIENCE_S)
    except SQLAlchemyError:
        return "degraded", f"Somebody has held the database for over {_LOCK_PATIENCE_S:.0f} s."
    return "ok", "Reads and writes."


def health_api(parts: Health) -> Blueprint:
    """Build the route."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    @requires(PUBLIC)
    def health() -> Response:
        states = parts.states()
        status = overall(states)
        body = {"status": status, "version": VERSION, "checks": states}
        return answer(body, 503 if status == "down" else 200)

    return routes
