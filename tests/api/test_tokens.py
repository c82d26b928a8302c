import base64
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.access.store import AuditQuery
from domain.house import House
from tests.api.conftest import PASSWORD, a_web, visitor

SEED = {"name": "dashboard_user", "list_of_resources": ["sensors", "rooms", "analytics"]}
TOKENS = "/api/v1/tokens"


def generate(client: FlaskClient, *resources: str, **more: Any) -> dict[str, Any]:
    body = {"name": "reader", "list_of_resources": list(resources), **more}
    answer = client.post(f"{TOKENS}/generate", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def bearer(issued: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {issued['token']}"}


def basic(name: str, password: str) -> dict[str, str]:
    word = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def test_a_signed_in_user_generates_a_token_with_its_claims(web: Flask) -> None:
    issued = generate(visitor(web, "operator"), "sensors", exp=60)
    assert set(issued) == {
        "token", "token_id", "expires_at", "sub", "jti", "iat", "exp", "aud", "name",
        "list_of_resources", "data_aggregation", "time_aggregation", "embargo_period",
    }  # fmt: skip
    assert issued["aud"] == "wattboard/main"
    assert issued["exp"] - issued["iat"] == 3600
    assert issued["expires_at"].endswith("Z")


def test_a_users_password_generates_without_a_session(web: Flask) -> None:
    client = web.test_client()
    answer = client.post(f"{TOKENS}/generate", json=SEED, headers=basic("viewer", PASSWORD))
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


def test_wrong_passwords_over_basic_are_delayed_like_the_form(web: Flask) -> None:
    client = web.test_client()
    codes = [
        client.post(f"{TOKENS}/generate", json=SEED, headers=basic("viewer", "wrong")).status_code
        for _ in range(6)
    ]
    assert codes == [401] * 5 + [429]


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic 77+9"])
def test_an_unreadable_basic_header_is_400(web: Flask, header: str) -> None:
    answer = web.test_client().post(
        f"{TOKENS}/generate", json=SEED, headers={"Authorization": header}
    )
    assert answer.status_code == 400


def test_a_token_without_tokens_generates_none_and_it_is_recorded(
    web: Flask, small_house: House
) -> None:
    issued = generate(visitor(web, "admin"), "sensors")
    answer = web.test_client().post(f"{TOKENS}/generate", json=SEED, headers=bearer(issued))
    assert answer.status_code == 403
    rows, _ = small_house.access.audit_page(SYSTEM, AuditQuery(action="token.outside_contract"))
    assert [row.target for row in rows] == ["POST /api/v1/tokens/generate"]


def test_a_token_may_ask_about_itself_and_an_anonymous_caller_about_none(web: Flask) -> None:
    issued = generate(visitor(web, "admin"), "sensors")
    client = web.test_client()
    body = {"token": issued["token"]}
    for alias in ("validate", "check"):
        said = client.post(f"{TOKENS}/{alias}", json=body, headers=bearer(issued)).json
        assert said["valid"] is True
        assert said["name"] == "reader"
        assert said["expires_at"] == issued["expires_at"]
    assert client.post(f"{TOKENS}/validate", json=body).status_code == 401


def test_revoking_shuts_the_bearer_out_at_its_next_call_and_saving_lets_it_in(web: Flask) -> None:
    admin = visitor(web, "admin")
    issued = generate(admin, "tokens")
    client = web.test_client()
    assert client.get(TOKENS, headers=bearer(issued)).status_code == 200
    assert admin.post(f"{TOKENS}/revoke", json={"token_id": issued["token_id"]}).status_code == 200
    refused = client.get(TOKENS, headers=bearer(issued))
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "token_revoked")
    said = admin.post(f"{TOKENS}/validate", json={"token": issued["token"]}).json
    assert (said["valid"], said["reason"]) == (False, "token_revoked")
    assert admin.post(f"{TOKENS}/save", json={"token": issued["token"]}).status_code == 200
    assert client.get(TOKENS, headers=bearer(issued)).status_code == 200


@pytest.mark.parametrize("act", ["save", "revoke"])
@pytest.mark.parametrize("kind", ["signed by somebody else", "of another site", "no token"])
def test_a_token_that_is_not_ours_is_a_wrong_field_and_the_caller_stays_signed_in(
    web: Flask, act: str, kind: str
) -> None:
    admin = visitor(web, "admin")
    claims = {"sub": "1", "jti": "a", "exp": 2**31, "iat": 1, "aud": "wattboard/main", "name": "x"}
    foreign = {
        "signed by somebody else": jwt.encode(claims, "k" * 48),
        "of another site": jwt.encode({**claims, "aud": "wattboard/other"}, "k" * 48),
        "no token": "nonsense",
    }
    answer = admin.post(f"{TOKENS}/{act}", json={"token": foreign[kind]})
    assert answer.status_code == 422
    assert "WWW-Authenticate" not in answer.headers
    (field,) = answer.json["error"]["details"]["fields"]
    assert field["field"] == "token"
    assert foreign[kind] not in answer.text
    assert admin.get(TOKENS).status_code == 200


@pytest.mark.parametrize("act", ["save", "revoke"])
def test_who_comes_with_a_token_that_is_not_ours_is_nobody(web: Flask, act: str) -> None:
    issued = generate(visitor(web, "admin"), "tokens")
    foreign = {"Authorization": f"Bearer {jwt.encode({'jti': 'a'}, 'k' * 48)}"}
    body = {"token": issued["token"]}
    answer = web.test_client().post(f"{TOKENS}/{act}", json=body, headers=foreign)
    assert answer.status_code == 401


def test_the_list_is_paged_and_never_shows_a_secret(web: Flask) -> None:
    admin = visitor(web, "admin")
    made = {generate(admin, "sensors", name=f"token {i}")["token_id"] for i in range(5)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = admin.get(
            TOKENS, query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}
        )
        assert "eyJ" not in page.text
        seen += [row["token_id"] for row in page.json["tokens"]]
        cursor = page.json["next_cursor"]
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=²", "cursor=x", "cursor=1"]
)
def test_a_bad_page_is_422(web: Flask, query: str) -> None:
    assert visitor(web, "admin").get(f"{TOKENS}?{query}").status_code == 422


@pytest.mark.parametrize("name", ["token", "access_token", "jwt"])
def test_a_token_in_the_address_is_refused(web: Flask, name: str) -> None:
    issued = generate(visitor(web, "admin"), "tokens")
    answer = web.test_client().get(f"{TOKENS}?{name}={issued['token']}")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "token_in_query")


def test_a_bearer_opens_no_page_and_no_callback(web: Flask) -> None:
    issued = generate(visitor(web, "admin"), "sensors", "rooms", "analytics")
    client = web.test_client()
    assert client.get("/people", headers=bearer(issued)).status_code == 302
    assert client.get("/_dash-layout", headers=bearer(issued)).status_code == 401


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "NaN",
        '{"name": NaN}',
        "[1e999]",
        "\ud800".encode("utf-8", "surrogatepass"),
        "[" * 99_999,
    ],
)
def test_a_body_that_is_no_json_is_4xx_and_never_500(web: Flask, data: Any) -> None:
    answer = web.test_client().post(
        f"{TOKENS}/generate", data=data, headers=basic("admin", PASSWORD)
    )
    assert answer.status_code in {400, 422}


def test_programs_may_leave_the_content_type_out_and_browsers_may_not(web: Flask) -> None:
    text = '{"name": "x", "list_of_resources": ["rooms"]}'
    program = web.test_client()
    sent = program.post(f"{TOKENS}/generate", data=text, headers=basic("admin", PASSWORD))
    assert sent.status_code == 400  # Basic becomes a person: only bearers may leave it out
    issued = generate(visitor(web, "admin"), "tokens", "rooms")
    assert program.post(f"{TOKENS}/generate", data=text, headers=bearer(issued)).status_code == 201
    assert visitor(web, "admin").post(f"{TOKENS}/generate", data=text).status_code == 400


# --- the documents' quick start ------------------------------------------------------------


def first_call(web: Flask, base: str = "http://localhost:8050", **kwargs: Any) -> Any:
    return web.test_client().post(
        f"{TOKENS}/generate", json=kwargs.pop("body", SEED), base_url=base, **kwargs
    )


def test_in_the_demo_the_documents_first_call_works_as_written(compose: Any) -> None:
    web = a_web(compose(demo=True))
    answer = first_call(web)
    assert answer.status_code == 201
    assert "warning" in answer.json
    text = '{"name": "x", "list_of_resources": ["rooms"]}'
    bare = web.test_client().post(f"{TOKENS}/generate", data=text)  # curl without a content type
    assert bare.status_code == 201


def test_the_quick_start_gives_no_more_than_three_resources(compose: Any) -> None:
    web = a_web(compose(demo=True))
    answer = first_call(web, body={"name": "x", "list_of_resources": ["sensors", "batteries"]})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "resource_needs_login")


@pytest.mark.parametrize(
    "case",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"base": "http://rebound.example:8050"},  # a foreign name that points at this machine
        {"base": "http://127.0.0.1.evil.example"},
    ],
)
def test_the_quick_start_is_for_this_machine_only(compose: Any, case: dict[str, Any]) -> None:
    assert first_call(a_web(compose(demo=True)), **case).status_code == 401


@pytest.mark.parametrize("chosen", [{"demo": False}, {"demo": True, "host": "0.0.0.0"}])
def test_the_quick_start_is_for_the_demo_on_loopback_only(
    compose: Any, chosen: dict[str, Any]
) -> None:
    assert first_call(a_web(compose(**chosen))).status_code == 401


def test_a_page_of_another_site_cannot_use_the_quick_start(compose: Any) -> None:
    web = a_web(compose(demo=True))
    assert first_call(web, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert first_call(web, headers={"Origin": "http://evil.example"}).status_code == 403
