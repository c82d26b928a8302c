"""`POST /api/v1/data/ingest`: readings over HTTP, through the same door as MQTT (API.md §3)."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from api.json import answer, raw_body
from api.marks import requires
from domain.access.current import current_actor
from domain.inbox.door import receive

if TYPE_CHECKING:
    from domain.house import House


def ingest_api(house: "House") -> Blueprint:
    """Build the one route; it answers after the commit."""
    routes = Blueprint("ingest", __name__, url_prefix="/api/v1/data")

    @routes.post("/ingest")
    @requires("sensors.update")
    def ingest() -> Response:
        received = receive(house, raw_body(), actor_name=current_actor().name)
        return answer(received.as_dict(), 202)

    return routes
