"""Who may call what: every documented operation × every role, by hand from API.md §4."""

import pytest
from flask import Flask

from tests.api.conftest import visitor
from tests.api.contract import document_of
from tests.api.test_tokens import bearer, generate

ALL = {"admin", "manager", "operator", "viewer"}
UP = {"admin", "manager", "operator"}
DESK = {"admin", "manager"}

WHO: dict[str, set[str]] = {
    "get /api/v1/sensors": ALL,
    "post /api/v1/sensors": DESK,
    "get /api/v1/sensors/{sensor_id}": ALL,
    "put /api/v1/sensors/{sensor_id}": UP,
    "patch /api/v1/sensors/{sensor_id}": UP,
    "delete /api/v1/sensors/{sensor_id}": DESK,
    "get /api/v1/sensors/{sensor_id}/data": ALL,
    "get /api/v1/rooms": ALL,
    "post /api/v1/rooms": DESK,
    "get /api/v1/rooms/{name}": ALL,
    "put /api/v1/rooms/{name}": DESK,
    "patch /api/v1/rooms/{name}": DESK,
    "delete /api/v1/rooms/{name}": DESK,
    "get /api/v1/rooms/{name}/data": ALL,
    "get /api/v1/rooms/{name}/ac-status": ALL,
    "post /api/v1/data/ingest": UP,
    "post /api/v1/data/query": ALL,
    "get /api/v1/analytics/summary": ALL,
    "get /api/v1/analytics/energy": ALL,
    "get /api/v1/overview": ALL,
    "get /api/v1/energy/now": ALL,
    "get /api/v1/energy/self-consumption": ALL,
    "get /api/v1/energy/retailer": ALL,
    "get /api/v1/energy/co2": ALL,
    "get /api/v1/benefits": ALL,
    "get /api/v1/benefits/monthly": ALL,
    "get /api/v1/balance": ALL,
    "get /api/v1/{service}/health": ALL,
    "get /api/v1/audit/check": ALL,
    "get /api/v1/tokens": ALL,
    "post /api/v1/tokens/save": ALL,
    "post /api/v1/tokens/revoke": ALL,
    "post /api/v1/tokens/validate": ALL,
    "post /api/v1/tokens/check": ALL,
    "post /api/v1/tokens/generate": ALL,
    "get /health": ALL,
    "get /stats": ALL,
    "get /metrics": ALL,
    "get /api/v1/export": ALL,
    "get /api/v1/events": ALL,
    "post /api/v1/events/{event_id}/acknowledge": UP,
    "get /services/status": ALL,
    "get /api/v1/calendar": ALL,
    "get /api/v1/tariffs": ALL,
    "get /api/v1/prices": ALL,
    "get /api/v1/iot/devices": ALL,
    "post /api/v1/iot/devices": DESK,
    "get /api/v1/iot/devices/summary": ALL,
    "get /api/v1/iot/devices/{device_id}": ALL,
    "put /api/v1/iot/devices/{device_id}": DESK,
    "patch /api/v1/iot/devices/{device_id}": DESK,
    "delete /api/v1/iot/devices/{device_id}": DESK,
    "get /api/v1/iot/devices/{device_id}/instructions": ALL,
    "post /api/v1/iot/devices/{device_id}/instructions": DESK,
    "get /api/v1/iot/devices/{device_id}/commands": ALL,
    "post /api/v1/iot/devices/{device_id}/lock-out": DESK,
    "post /api/v1/iot/devices/{device_id}/unlock": DESK,
    "post /api/v1/iot/devices/{device_id}/demand-response": DESK,
    "get /api/v1/iot/limits": ALL,
    "put /api/v1/iot/limits": DESK,
    "post /api/v1/iot/limits/orders": DESK,
    "delete /api/v1/iot/limits/orders/{order_id}": DESK,
    "get /api/v1/jobs": ALL,
    "post /api/v1/jobs/{job}/run": DESK,
    "get /api/v1/iot/rules": ALL,
    "post /api/v1/iot/rules": DESK,
    "get /api/v1/iot/rules/log": ALL,
    "post /api/v1/iot/rules/dry-run": ALL,
    "post /api/v1/iot/rules/switch": DESK,
    "get /api/v1/iot/rules/{rule_id}": ALL,
    "put /api/v1/iot/rules/{rule_id}": DESK,
    "patch /api/v1/iot/rules/{rule_id}": DESK,
    "delete /api/v1/iot/rules/{rule_id}": DESK,
    "post /api/v1/iot/rules/{rule_id}/dry-run": ALL,
    "get /api/v1/iot/schedules": ALL,
    "post /api/v1/iot/schedules": DESK,
    "get /api/v1/iot/schedules/lanes": ALL,
    "get /api/v1/iot/schedules/{schedule_id}": ALL,
    "put /api/v1/iot/schedules/{schedule_id}": DESK,
    "patch /api/v1/iot/schedules/{schedule_id}": DESK,
    "delete /api/v1/iot/schedules/{schedule_id}": DESK,
}
RESOURCE_OF = {
    # resource in a token → the operations it opens for an admin's token
    "sensors": {w for w in WHO if "/sensors" in w or "/data/ingest" in w},
    "rooms": {w for w in WHO if "/rooms" in w},
    "analytics": {
        w
        for w in WHO
        if "/overview" in w
        or "/energy" in w
        or "/analytics" in w
        or "/benefits" in w
        or "/balance" in w
        or "/data/query" in w
        or "/export" in w
        or "/events" in w
        or w.endswith(
            (
                "{service}/health",
                "/stats",
                "/status",
                "/metrics",
                "/calendar",
                "/tariffs",
                "/prices",
            )
        )
    },
    "export": {"get /api/v1/export"},
    "events": {w for w in WHO if "/events" in w},
    "iot": {w for w in WHO if "/iot/" in w} | {"get /api/v1/jobs"},
    "batteries": {"post /api/v1/jobs/{job}/run"},
    "tokens": {w for w in WHO if "/tokens" in w or "/audit" in w},
}
OPEN = {"get /health"}
ITSELF = {"post /api/v1/tokens/validate", "post /api/v1/tokens/check"}


@pytest.fixture(scope="module")
def web(kept_web: Flask) -> Flask:
    """One for all: these tests only ask who may, and of what does not exist."""
    return kept_web


def called(web: Flask, client_of: str, what: str, headers: dict[str, str] | None = None) -> int:
    method, _, path = what.partition(" ")
    address = path.format(
        sensor_id="NONE",
        name="None",
        service="sensor",
        event_id="0",
        device_id="NONE",
        order_id="0",
        job="none",
        rule_id="0",
        schedule_id="0",
    )
    client = visitor(web, client_of)
    body = {} if method in {"get", "delete"} else {"json": {}}
    return int(getattr(client, method)(address, headers=headers, **body).status_code)


def test_the_table_names_every_operation_and_no_other(web: Flask) -> None:
    found = {
        f"{method} {path}" for path, methods in document_of(web)["paths"].items()
        for method in methods
    }  # fmt: skip
    assert found == set(WHO)


@pytest.mark.parametrize("what", WHO)
def test_each_role_may_call_what_the_matrix_gives_it(web: Flask, what: str) -> None:
    for role in sorted(ALL):
        status = called(web, role, what)
        assert (status == 403) is (role not in WHO[what]), (role, status)
        assert status != 401, role
    assert (called(web, "anonymous", what) == 401) is (what not in OPEN)


@pytest.mark.parametrize("resource", RESOURCE_OF)
def test_a_token_opens_its_resource_and_nothing_else(web: Flask, resource: str) -> None:
    headers = bearer(generate(visitor(web, "admin"), resource))
    for what in WHO:
        status = called(web, "anonymous", what, headers)
        may = what in RESOURCE_OF[resource] | OPEN | ITSELF
        assert (status == 403) is (not may), (what, status)


@pytest.mark.parametrize("resource", ["sensors:read", "rooms:read", "events:read"])
def test_a_reading_token_changes_nothing(web: Flask, resource: str) -> None:
    headers = bearer(generate(visitor(web, "admin"), resource))
    for what in RESOURCE_OF[resource.partition(":")[0]]:
        status = called(web, "anonymous", what, headers)
        assert (status == 403) is (not what.startswith("get ")), (what, status)


@pytest.mark.parametrize("name", ["a%0Ab", "a%0A", "%0A", "a%00b", "a%2Fb", "%E2%80%A8", "%FF"])
def test_a_role_is_refused_before_a_strange_name_is_looked_up(web: Flask, name: str) -> None:
    viewer = visitor(web, "viewer")
    assert viewer.patch(f"/api/v1/rooms/{name}", json={}).status_code == 403
    assert viewer.delete(f"/api/v1/rooms/{name}").status_code == 403
