"""The compliance report over HTTP: what was tried, by whom, and who may read it."""

from typing import Any

from flask import Flask

from tests.api.conftest import visitor
from tests.api.test_tokens import TOKENS, bearer, generate

CHECK = "/api/v1/audit/check"


def report(web: Flask, role: str, token_id: str, span: str = "") -> dict[str, Any] | None:
    told = visitor(web, role).get(CHECK + span).json
    return next((t for t in told["tokens"] if t["token_id"] == token_id), None)


def test_without_tokens_and_with_one_that_kept_to_its_contract_it_is_ok(web: Flask) -> None:
    admin = visitor(web, "admin")
    assert (admin.get(CHECK).json["response"], admin.get(CHECK).json["tokens"]) == ("OK", [])
    issued = generate(admin, "rooms")
    assert web.test_client().get("/api/v1/rooms", headers=bearer(issued)).status_code == 200
    assert admin.get(CHECK).json["response"] == "OK"
    told = report(web, "admin", issued["token_id"])
    assert told is not None
    assert (told["complies"], told["days_used"], told["issued_by"]) == (True, 1, "admin")


def test_what_was_tried_outside_the_contract_is_named_with_its_clause(web: Flask) -> None:
    issued = generate(visitor(web, "admin"), "export", data_aggregation="sum")
    assert web.test_client().get("/api/v1/export", headers=bearer(issued)).status_code == 403
    told = report(web, "admin", issued["token_id"])
    assert told is not None
    assert [(t["call"], t["why"], t["times"]) for t in told["outside_contract"]] == [
        ("GET /api/v1/export", "data_aggregation", 1)
    ]
    assert visitor(web, "admin").get(CHECK).json["response"] == "VIOLATIONS"


def test_a_use_after_the_end_is_a_violation(web: Flask) -> None:
    admin = visitor(web, "admin")
    issued = generate(admin, "rooms")
    admin.post(f"{TOKENS}/revoke", json={"token_id": issued["token_id"]})
    assert web.test_client().get("/api/v1/rooms", headers=bearer(issued)).status_code == 401
    told = report(web, "admin", issued["token_id"])
    assert told is not None
    assert (told["complies"], [t["times"] for t in told["after_end"]]) == (False, [1])
    assert told["revoked_at"]


def test_everybody_sees_their_own_tokens_and_an_admin_everybodys(web: Flask) -> None:
    theirs = generate(visitor(web, "viewer"), "rooms")["token_id"]
    assert report(web, "viewer", theirs)
    assert report(web, "admin", theirs)
    assert report(web, "operator", theirs) is None


def test_the_period_can_be_chosen(web: Flask) -> None:
    issued = generate(visitor(web, "admin"), "rooms", exp=60)["token_id"]
    assert report(web, "admin", issued, "?start_time=0&end_time=1000") is None
    assert visitor(web, "admin").get(f"{CHECK}?start_time=2&end_time=1").status_code == 422
