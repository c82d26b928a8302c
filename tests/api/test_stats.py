"""What `/stats`, `/metrics` and `/services/status` tell is what has happened."""

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from domain.house import House
from tests.api.conftest import visitor


def routes(stats: dict[str, object]) -> dict[tuple[str, str], dict[str, object]]:
    listed = stats["routes"]
    assert isinstance(listed, list)
    return {(route["method"], route["route"]): route for route in listed}


def test_every_answer_is_counted_with_how_it_ended(web: Flask) -> None:
    client = visitor(web, "viewer")
    before = client.get("/stats").json
    for _ in range(3):
        assert client.get("/api/v1/tokens").status_code == 200
    assert client.get("/api/v1/tokens?limit=x").status_code == 422
    assert client.get("/api/v1/nothing-here").status_code == 404
    after = client.get("/stats").json
    assert after["requests"] - before["requests"] == 6  # the first look at the stats is one
    assert after["client_errors"] - before["client_errors"] == 2
    assert after["errors"] == 0
    listed = routes(after)["GET", "/api/v1/tokens"]
    assert (listed["requests"], listed["client_errors"]) == (4, 1)
    assert 0 < listed["latency_ms"]["p50"] <= listed["latency_ms"]["p99"]


def test_what_the_gate_refuses_is_counted_and_timed_too(web: Flask) -> None:
    assert web.test_client().get("/api/v1/tokens").status_code == 401
    listed = routes(visitor(web, "viewer").get("/stats").json)["GET", "/api/v1/tokens"]
    assert listed["client_errors"] == 1
    assert listed["latency_ms"]["p99"] is not None


def test_unknown_paths_are_one_line_however_many_there_are(web: Flask) -> None:
    client = visitor(web, "viewer")
    before = len(client.get("/stats").json["routes"])
    for number in range(30):
        client.post(f"/nowhere/{number}")
    assert len(client.get("/stats").json["routes"]) <= before + 3


def test_prometheus_reads_the_same_counts(web: Flask) -> None:
    client = visitor(web, "manager")
    for _ in range(4):
        client.get("/api/v1/tokens")
    families = {
        family.name: family
        for family in text_string_to_metric_families(client.get("/metrics").text)
    }
    counted = {
        (sample.labels["method"], sample.labels["route"]): sample.value
        for sample in families["wattboard_requests"].samples
    }
    assert counted["GET", "/api/v1/tokens"] == 4
    up = {s.labels["part"]: s.value for s in families["wattboard_part_up"].samples}
    assert up == {"database": 1.0, "migrations": 1.0}


def test_the_originals_eight_services_are_told_and_what_is_not_here_says_so(web: Flask) -> None:
    services = visitor(web, "viewer").get("/services/status").json["services"]
    assert {name: entry["status"] for name, entry in services.items()} == {
        "api_gateway": "ok",
        "token": "ok",
        "sensor": "ok",
        "battery": "absent",
        "demand_response": "absent",
        "p2p": "absent",
        "forecast": "absent",
        "iot": "ok",
        "database": "ok",
    }
    assert services["database"]["last_success"].endswith("Z")
    assert services["database"]["last_error"] is None


@pytest.mark.parametrize("path", ["/stats", "/metrics", "/services/status"])
def test_none_of_it_is_told_to_a_stranger_or_a_wall(
    web: Flask, small_house: House, path: str
) -> None:
    assert web.test_client().get(path).status_code == 401
    assert visitor(web, "display", small_house).get(path).status_code == 403
