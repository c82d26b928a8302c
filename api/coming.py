"""Resources that are still to come: 403 for who may not use them, 404 for everybody else.

A resource that is built has routes of its own, which win over these; these go on answering what
it does not have. They are in no documentation, because they promise nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from api.marks import requires
from domain.foundation.errors import Unknown

_READ, _WRITE = ("GET",), ("POST", "PUT", "PATCH", "DELETE")
SUBJECTS: tuple[tuple[str, str, str], ...] = (
    # path under /api/v1, permission to read, permission to write
    ("batteries", "batteries.view", "batteries.control"),
    ("demand-response", "dr.view", "dr.manage"),
    ("p2p", "p2p.view", "p2p.trade"),
    ("forecast", "forecast.view", "forecast.full"),
    ("iot", "iot.view", "iot.control"),
    ("events", "events.view", "events.acknowledge"),
    ("export", "export", "export"),
    ("analytics", "analytics.view", "analytics.view"),
    ("data", "analytics.view", "analytics.view"),
    ("energy", "analytics.view", "analytics.full"),
    ("benefits", "analytics.view", "analytics.full"),
    ("balance", "analytics.view", "analytics.full"),
    ("audit", "tokens.read", "tokens.read"),
    ("users", "users.manage", "users.manage"),
)


def coming_api() -> Blueprint:
    """Build the routes of every subject without routes of its own."""
    routes = Blueprint("coming", __name__, url_prefix="/api/v1")
    for name, read, write in SUBJECTS:
        for kind, permission, methods in (("read", read, _READ), ("write", write, _WRITE)):
            view = _nothing_here(permission)
            for place, path in (("root", f"/{name}"), ("under", f"/{name}/<path:rest>")):
                endpoint = f"{name.replace('-', '_')}_{kind}_{place}"
                routes.add_url_rule(path, endpoint, view, methods=list(methods))
    return routes


def _nothing_here(permission: str) -> Callable[..., Response]:
    @requires(permission)
    def view(**_place: object) -> Response:
        raise Unknown("path", request.path[:200])

    return view
