"""`GET /health`: whether Wattboard works, for load balancers and people, without a login.

It says how each part is, not why: the reason goes to the log, once per change.
"""

import logging
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Blueprint, Response

from api.json import answer
from api.marks import requires
from domain.access.policy import PUBLIC
from domain.foundation.clock import monotonic
from domain.storage.engine import Database
from domain.storage.migrate import pending_revision

log = logging.getLogger(__name__)

Check = Callable[[], tuple[str, str]]
"""Gives "ok", "degraded" or "down", and a sentence that says why."""

VERSION: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
    "project"
]["version"]
_KEEP_S = 1.0


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
        self._states: dict[str, str] = {}
        self._asked_s = float("-inf")

    def states(self) -> dict[str, str]:
        """Return each part's state; a check that fails counts as down."""
        with self._lock:
            if monotonic() - self._asked_s >= _KEEP_S:
                self._ask()
                self._asked_s = monotonic()
            return dict(self._states)

    def _ask(self) -> None:
        found = _database(self._database)
        for name, check in self._checks.items():
            try:
                found[name] = check()
            except Exception as error:  # noqa: BLE001 - whatever it is, that part does not work
                found[name] = "down", repr(error)
        for name, (state, reason) in found.items():
            if state != self._states.get(name, "ok"):
                log.warning("%s is %s: %s", name, state, reason)
            self._states[name] = state


def _database(database: Database) -> dict[str, tuple[str, str]]:
    try:
        pending = pending_revision(database)
    except Exception as error:  # noqa: BLE001 - a driver's own kind of failure
        down = ("down", repr(error))
        return {"database": down, "migrations": down}
    if pending is not None:
        return {"database": ("ok", ""), "migrations": ("down", f"revision {pending} is missing")}
    return {"database": ("ok", ""), "migrations": ("ok", "")}


def health_api(database: Database, checks: Mapping[str, Check]) -> Blueprint:
    """Build the route."""
    routes = Blueprint("health", __name__)
    parts = Health(database, checks)

    @routes.get("/health")
    @requires(PUBLIC)
    def health() -> Response:
        states = parts.states()
        status = overall(states)
        body = {"status": status, "version": VERSION, "checks": states}
        return answer(body, 503 if status == "down" else 200)

    return routes
