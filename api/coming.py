"""Resources that are still to come: 403 for who may not use them, 404 for everybody else.

A resource that is built has routes of its own, which win over these; these go on answering what
it does not have, and 405 where only the method is wrong. They are in no documentation, because
they promise nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.marks import requires
from domain.foundation.errors import Unknown

REST = "/api/v1/<path:rest>"
"""Whatever no other route takes; without it Dash would answer with a page."""
_READ, _WRITE = ("GET",), ("POST", "PUT", "PATCH", "DELETE")
SUBJECTS: tuple[tuple[str, str, str], ...] = (
    # path under /api/v1, permission to read, permission to write
    ("batteries", "batteries.view", "batteries.control"),
    ("demand-response", "dr.view", "dr.manage"),
    ("p2p", "p2p.view", "p2p.trade"),
    ("forecast", "forecast.view", "forecast.full"),
    ("iot", "iot.view", "iot.control"),
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
    routes.add_url_rule("/<path:rest>", "rest", _refuse, methods=[*_READ, *_WRITE])
    return routes


def _nothing_here(permission: str) -> Callable[..., Response]:
    @requires(permission)
    def view(**place: object) -> Response:
        return _refuse(**place)

    return view


def _refuse(**_place: object) -> Response:
    """Raise MethodNotAllowed where the path exists with another method, else Unknown."""
    adapter = current_app.url_map.bind("")
    allowed = []
    for method in (*_READ, *_WRITE):
        try:
            rule, _ = adapter.match(request.path, method, return_rule=True)
        except HTTPException:
            continue
        if not rule.endpoint.startswith("coming."):
            allowed.append(method)
    if allowed:
        raise MethodNotAllowed(valid_methods=allowed)
    raise Unknown("path", request.path[:200])
