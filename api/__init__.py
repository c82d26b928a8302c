"""The web edge: what every request passes, the REST API, and what stands at the root.

`register_api(server, house, checks=…)` adds the routes and how errors and JSON look;
`gate.protect` puts the gate before everything, `headers.secure` the headers and compression
behind it; `gate.check`, called last, refuses to start while anything has no permission.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Flask

from api.analytics import analytics_api
from api.audit import audit_api
from api.benefits import balance_api, benefits_api
from api.calendar import calendar_api
from api.coming import coming_api
from api.device_commands import device_commands_api
from api.devices import devices_api
from api.docs import docs_api
from api.download import download_api
from api.download_analytics import download_analytics_api
from api.download_automation import download_automation_api
from api.download_calendar import download_calendar_api
from api.download_events import download_events_api
from api.download_money import download_money_api
from api.download_tokens import download_tokens_api
from api.energy import energy_api
from api.errors import register_errors
from api.events import events_api
from api.export import export_api
from api.health import health_api
from api.ingest import ingest_api
from api.json import use_orjson
from api.login import register_login
from api.measured import Measured
from api.overview import overview_api
from api.parts import Check, Health
from api.prices import prices_api
from api.room_data import RoomPlace
from api.rooms import rooms_api
from api.rule_runs import rule_runs_api
from api.rules import rules_api
from api.schedules import schedules_api
from api.sensors import sensors_api
from api.services import Services
from api.stats import Stats, stats_api
from api.tariffs import tariffs_api
from api.tokens import tokens_api

if TYPE_CHECKING:
    from domain.house import House

RESOURCES = (
    *(tokens_api, audit_api, sensors_api, rooms_api, ingest_api),
    *(overview_api, energy_api, analytics_api, export_api, events_api, calendar_api),
    *(benefits_api, balance_api, tariffs_api, prices_api),
    *(devices_api, device_commands_api, rules_api, rule_runs_api, schedules_api),
)
"""A resource is one line here; api/resource.py says how its module looks."""


def register_api(
    server: Flask,
    house: "House",
    checks: Mapping[str, Check] | None = None,
    listener_state: Callable[[], Mapping[str, object]] | None = None,
) -> None:
    """Add every route of ours to the server.

    `checks` are the parts that /health asks, `listener_state` what the listener of this process
    counts; the hub of `/ws` is found on the server where it was registered before.
    """
    use_orjson(server)
    measured, health = Measured(), Health(house.database, checks or {})
    measured.watch(server)
    hub = server.extensions.get("live")
    stats = Stats(health, measured, hub.status if hub else dict, listener_state or dict)
    services = Services(house, health, measured, listener_state or dict)
    server.url_map.converters["room"] = RoomPlace
    register_errors(server, house.access)
    register_login(server, house)
    server.register_blueprint(health_api(house, health, services))
    server.register_blueprint(stats_api(house, stats, services))
    for resource in RESOURCES:
        server.register_blueprint(resource(house))
    server.register_blueprint(coming_api())
    server.register_blueprint(docs_api(house))
    server.register_blueprint(download_api(house))
    server.register_blueprint(download_analytics_api(house))
    server.register_blueprint(download_calendar_api(house))
    server.register_blueprint(download_money_api(house))
    server.register_blueprint(download_tokens_api(house))
    server.register_blueprint(download_events_api(house))
    server.register_blueprint(download_automation_api(house))
