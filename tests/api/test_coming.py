import pytest
from flask import Flask

from api.coming import SUBJECTS
from domain.access.policy import ROLE_PERMISSIONS
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

LATER = [
    # method, path, permission
    ("get", "/api/v1/batteries", "batteries.view"),
    ("post", "/api/v1/batteries/BATT001/charge", "batteries.control"),
    ("post", "/api/v1/demand-response/invitations/send", "dr.manage"),
    ("get", "/api/v1/demand-response/flexibility/current", "dr.view"),
    ("post", "/api/v1/p2p/orders", "p2p.trade"),
    ("get", "/api/v1/p2p/market/status", "p2p.view"),
    ("get", "/api/v1/forecast/consumption", "forecast.view"),
    ("post", "/api/v1/forecast/train", "forecast.full"),
    ("post", "/api/v1/iot/scenes", "iot.control"),
    ("get", "/api/v1/iot/scenes", "iot.view"),
]


@pytest.mark.parametrize(("method", "path", "permission"), LATER)
@pytest.mark.parametrize("role", ["admin", "manager", "operator", "viewer"])
def test_what_is_still_to_come_is_403_for_who_may_not_and_404_for_who_may(
    web: Flask, role: str, method: str, path: str, permission: str
) -> None:
    answer = getattr(visitor(web, role), method)(path, **({"json": {}} if method == "post" else {}))
    may = permission in ROLE_PERMISSIONS[role]
    assert answer.status_code == (404 if may else 403)
    assert answer.json["error"]["code"] == ("unknown_path" if may else "not_allowed")


@pytest.mark.parametrize(("method", "path", "permission"), LATER)
def test_a_token_without_the_resource_and_nobody_learn_nothing(
    web: Flask, method: str, path: str, permission: str
) -> None:
    token = bearer(generate(visitor(web, "admin"), "sensors", "rooms", "analytics"))
    answer = getattr(web.test_client(), method)(path, headers=token)
    assert answer.status_code == 403
    assert getattr(web.test_client(), method)(path).status_code == 401


def test_what_is_built_is_not_hidden_by_what_is_to_come(web: Flask) -> None:
    admin = visitor(web, "admin")
    assert admin.get("/api/v1/energy/now").status_code == 200
    assert admin.post("/api/v1/data/ingest", json=[]).status_code == 202
    assert admin.get("/api/v1/energy/nonsense").status_code == 404


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_a_path_that_is_none_is_404_in_json_and_401_without_credentials(
    web: Flask, method: str
) -> None:
    answer = getattr(visitor(web, "admin"), method)("/api/v1/nonsense/1", json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_path")
    assert getattr(web.test_client(), method)("/api/v1/nonsense/1").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", "overview", "GET"),
        ("delete", "energy/now", "GET"),
        ("get", "tokens/generate", "POST"),
        ("put", "data/ingest", "POST"),
        ("post", "rooms/Lab/data", "GET"),
        ("post", "rooms/Lab", "DELETE, GET, PATCH, PUT"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(
    web: Flask, method: str, path: str, allowed: str
) -> None:
    answer = getattr(visitor(web, "admin"), method)(f"/api/v1/{path}", json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert ", ".join(sorted(answer.headers["Allow"].split(", "))) == allowed


def test_every_subject_of_the_documents_is_among_them() -> None:
    assert {"batteries", "demand-response", "p2p", "forecast", "iot"} <= {s[0] for s in SUBJECTS}
