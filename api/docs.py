"""`/docs` and `/openapi.json`: what the API promises, for people and for programs.

The page is written by the server: no script, no style from elsewhere, nothing to keep up to date.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app

from api.docs_page import DOCS, shape_of
from api.json import answer
from api.limits import TABLE
from api.login import asset
from api.login_page import STYLES
from api.marks import requires
from api.openapi import Document, document
from domain.access.policy import PUBLIC

if TYPE_CHECKING:
    from domain.house import House

TAGS: Mapping[str, str] = {
    "tokens": "Data-sharing contracts for programs.",
    "audit": "Whether tokens kept to their contracts.",
    "sensors": "What sends readings, its newest values, its history.",
    "rooms": "Rooms, how they are now, what they were.",
    "data": "Readings in, and questions about them.",
    "events": "What rang, and who took note of it.",
    "iot": "What can be controlled, and how it is now.",
    "iot_commands": "What devices are told, and what came of it.",
    "iot_rules": "What the building does by itself.",
    "iot_rule_runs": "What rules did, and what they would have done.",
    "iot_schedules": "What devices are told by the clock and the calendar.",
    "export": "Readings of any period as a file.",
    "overview": "The system at a glance.",
    "analytics": "What a period's energy was and came from.",
    "benefits": "What own energy earned and saved, by source and day.",
    "balance": "What has been earned less what has been charged.",
    "calendar": "Holidays, closures and exceptions: what kind of day each day is.",
    "tariffs": "Contracts and scenarios, and all that they say.",
    "prices": "What a kWh costs or earns, and when.",
    "energy": "The building's energy: now, and its own use of it.",
    "health": "Whether Wattboard and each of its parts works.",
    "stats": "What Wattboard does and how each part is.",
}


def docs_api(house: House) -> Blueprint:
    """Build both routes; they need a login, and none in the demo."""
    routes = Blueprint("docs", __name__)

    def machine() -> Response:
        return answer(described(current_app))

    def people() -> Response:
        page = DOCS.render(
            api=described(current_app),
            shape_of=shape_of,
            pretty=lambda value: json.dumps(value, ensure_ascii=False, indent=2),
            limits=TABLE,
            asset=asset,
            styles=STYLES,
        )
        return Response(page, content_type="text/html; charset=utf-8")

    views: tuple[tuple[str, Callable[[], Response]], ...] = (
        ("/openapi.json", machine),
        ("/docs", people),
    )
    for path, view in views:
        if house.settings.demo:
            view = requires(PUBLIC)(view)
        routes.add_url_rule(path, view.__name__, view)
    return routes


def described(server: Flask) -> Document:
    """The document of a server, made once: routes do not change while it runs."""
    made: Document | None = server.extensions.get("openapi")
    if made is None:
        made = server.extensions["openapi"] = document(server, TAGS)
    return made
