"""`GET /health` without a login, and how one service is for who may look."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NotRequired, cast

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from api.parts import Health, overall
from api.resource import Resource
from api.schema import IsoTime, OneOf, closed
from api.services import SERVICES, Services, told
from domain.access.policy import PUBLIC
from domain.foundation.errors import Unknown

if TYPE_CHECKING:
    from domain.house import House

VERSION: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
    "project"
]["version"]

State = Annotated[str, OneOf(("ok", "degraded", "down"))]


@closed
class Checks(TypedDict):
    """Each part; those that run in another process are not asked here."""

    database: State
    migrations: State
    mqtt: NotRequired[State]
    scheduler: NotRequired[State]
    websocket: NotRequired[State]


@closed
class HealthAnswer(TypedDict):
    """Whether Wattboard works as a whole."""

    status: State
    version: str
    checks: Checks


@closed
class ServiceHealth(TypedDict):
    """One service of the original, or one part it stands on."""

    service: str
    status: Annotated[str, OneOf(("ok", "degraded", "down", "absent"))]
    detail: str
    last_success: IsoTime | None
    last_error: str | None
    last_error_at: IsoTime | None


ServiceName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        description=f"One of {', '.join(SERVICES)}; a dash works for an underscore.",
        examples=["sensor"],
    ),
]


def health_api(house: House, parts: Health, services: Services) -> Blueprint:
    """Build the routes."""
    health = Resource(house, "health", "", "Whether Wattboard and each of its parts works.")

    @health.get("/health", PUBLIC, also={"down": 503})
    def whole() -> HealthAnswer:
        """Tell whether Wattboard works, without a login.

        200 while it works at all, 503 without its database.
        """
        states = parts.states()
        checks_now = cast("Checks", states)
        return {"status": overall(states), "version": VERSION, "checks": checks_now}

    @health.get("/api/v1/<service>/health", "analytics.view", errors=(404,))
    def one(service: ServiceName) -> ServiceHealth:
        """Tell how one service is, and when it last worked and failed."""
        name = service.replace("-", "_")
        found = services.states().get(name)
        if found is None:
            raise Unknown("service", service[:40])
        return cast("ServiceHealth", {"service": name, **told(found)})

    return health.blueprint
