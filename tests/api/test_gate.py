from typing import Any

import dash
import pytest
from dash import Input, Output
from flask import Flask

from api import gate
from api.login import local_path
from domain.access.policy import SYSTEM
from domain.access.store import AuditQuery
from domain.house import House
from tests.api.conftest import (
    PASSWORD,
    ROUTER,
    a_dash,
    callback_body,
    run_callback,
    visitor,
)

PLAIN, SHOW, REMOVE = (
    "start-out.children",
    "people-out.children",
    "..people-gone.children...people-left.children..",
)
WALL, SHELL = "wall-out.children", "shell-out.children"

CALLBACKS = [
    # output, then who may run it
    (PLAIN, {"viewer", "operator", "manager", "admin"}),
    (SHOW, {"manager", "admin"}),
    (REMOVE, {"admin"}),
    (WALL, {"viewer", "operator", "manager", "admin", "display"}),
    (SHELL, {"viewer", "operator", "manager", "admin"}),
]
EVERYONE = ["anonymous", "viewer", "operator", "manager", "admin", "display"]


@pytest.mark.parametrize("role", EVERYONE)
def test_a_forged_post_runs_a_callback_only_for_who_may(
    web: Flask, small_house: House, role: str
) -> None:
    client = visitor(web, role, small_house)
    for output, allowed in CALLBACKS:
        status = run_callback(client, web, output, "x").status_code
        expected = 401 if role == "anonymous" else 200 if role in allowed else 403
        assert status == expected, output


def test_a_refused_callback_leaves_an_audit_row(web: Flask, small_house: House) -> None:
    run_callback(visitor(web, "viewer"), web, SHOW)
    admin = small_house.access.users.all(SYSTEM)[0]
    assert admin.name == "admin"
    rows, _ = small_house.access.audit_page(SYSTEM, AuditQuery(action="access.refused"))
    assert [(row.actor_name, row.target) for row in rows] == [
        ("viewer", "POST /_dash-update-component")
    ]
    assert rows[0].after == '{"permission": "displays.manage"}'


def test_the_same_refusal_again_and_again_is_one_row(web: Flask, small_house: House) -> None:
    client = visitor(web, "viewer")
    for _ in range(5):
        run_callback(client, web, SHOW)
    assert small_house.access.audit_page(SYSTEM, AuditQuery(action="access.refused"))[1] == 1


@pytest.mark.parametrize(
    ("path", "shown_to"),
    [
        ("/", {"viewer", "operator", "manager", "admin"}),
        ("/people", {"manager", "admin"}),
        ("/kiosk", {"viewer", "operator", "manager", "admin", "display"}),
    ],
)
@pytest.mark.parametrize("role", EVERYONE)
def test_a_page_draws_itself_only_for_who_may_see_it_whatever_the_router_is_told(
    web: Flask, small_house: House, role: str, path: str, shown_to: set[str]
) -> None:
    text = {"/": "the start page", "/people": "the secret list", "/kiosk": "the wall page"}[path]
    answer = run_callback(visitor(web, role, small_house), web, ROUTER, path, "?role=admin")
    assert (text in answer.text) is (role in shown_to)


def body_of(web: Flask, **changes: Any) -> dict[str, Any]:
    return {**callback_body(web.extensions["dash"], PLAIN, ("x",)), **changes}


MISSHAPEN: list[dict[str, Any]] = [
    {"inputs": None},
    {"inputs": []},
    {"inputs": {}},
    {"inputs": [1]},
    {"inputs": [{"id": "start-in"}]},
    {"inputs": [{"id": "other", "property": "value"}]},
    {"inputs": [[{"id": "start-in", "property": "value"}]]},
    {"inputs": [{"id": "start-in", "property": "value"}] * 2},
    {"state": [{"id": "x", "property": "value"}]},
    {"state": None},
    {"changedPropIds": "x"},
    {"changedPropIds": [1]},
    {"outputs": None},
    {"outputs": {"id": 1, "property": "children"}},
    {"outputs": "x"},
    {"output": None},
    {"output": ["start-out.children"]},
]


def test_a_body_of_the_wrong_shape_is_400_and_never_reaches_a_callback(web: Flask) -> None:
    client = visitor(web, "viewer")
    for change in MISSHAPEN:
        answer = client.post("/_dash-update-component", json=body_of(web, **change))
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "malformed"), change


def test_a_body_that_is_no_object_is_400(web: Flask) -> None:
    client = visitor(web, "viewer")
    for data in ["", "[]", "1", "null", "{", '"x"', "NaN", "[" * 100_000]:
        answer = client.post("/_dash-update-component", data=data, content_type="application/json")
        assert answer.status_code == 400, data[:20]


def test_an_unknown_output_and_one_of_the_browser_are_404(web: Flask) -> None:
    client = visitor(web, "admin")
    for output in ("nothing.children", "js-out.children", "_pages_dummy.children"):
        answer = client.post("/_dash-update-component", json=body_of(web, output=output))
        assert answer.status_code == 404, output


def test_any_json_as_a_value_reaches_the_callback_as_data(web: Flask) -> None:
    answer = run_callback(visitor(web, "viewer"), web, PLAIN, {"evil": [1, 2]})
    assert answer.status_code == 200


# --- routes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/_dash-layout", "/_dash-dependencies", "/api/v1/tokens", "/api/v1/nothing", "/stats"]
)
def test_programs_without_credentials_get_401_in_json(web: Flask, path: str) -> None:
    answer = web.test_client().get(path)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "not_signed_in"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/people", "/rooms/3?day=1", "/no/such/page", "/.env"])
def test_an_anonymous_visitor_of_any_page_is_sent_to_the_login_and_back(
    web: Flask, path: str
) -> None:
    client = web.test_client()
    answer = client.get(path)
    assert answer.status_code == 302
    login = answer.headers["Location"]
    assert login.startswith("/login?next=")
    assert client.get(login).status_code == 200
    form = {"username": "viewer", "password": PASSWORD, "next": path}
    assert client.post("/login", data=form).headers["Location"] == path


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/ /evil",
        "",
        "evil",
        "/login?next=/x",
        "/logout",
        "http:evil.example",
        "///evil.example",
    ],
)
def test_the_login_never_sends_anybody_to_another_site(wanted: str) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/rooms/3?day=1&x=%2F", "/rooms/Caf%C3%A9"])
def test_the_login_sends_back_to_pages_of_ours(wanted: str) -> None:
    assert local_path(wanted) == wanted


def test_development_routes_of_dash_answer_nobody(web: Flask) -> None:
    assert visitor(web, "admin").get("/_reload-hash").status_code == 403


def test_a_display_sees_its_page_and_nothing_else(web: Flask, small_house: House) -> None:
    wall = visitor(web, "display", small_house)
    assert wall.get("/kiosk").status_code == 200
    assert wall.get("/people").headers["Location"] == "/kiosk"
    assert wall.get("/").headers["Location"] == "/kiosk"
    assert wall.get("/api/v1/tokens").status_code == 403
    assert wall.post("/api/v1/data/ingest", json={}).status_code == 403


def test_a_revoked_display_is_asked_for_a_code_again(web: Flask, small_house: House) -> None:
    wall = visitor(web, "display", small_house)
    display = small_house.access.displays.all(SYSTEM)[0]
    small_house.access.displays.revoke(SYSTEM, display.display_id)
    answer = wall.get("/kiosk")
    assert answer.status_code == 200
    assert "Pair this display" in answer.text
    assert wall.get("/_dash-layout").status_code == 401


def test_an_unpaired_wall_shows_the_form_and_no_dash(web: Flask) -> None:
    answer = web.test_client().get("/kiosk")
    assert 'action="/kiosk/pair"' in answer.text
    assert "_dash" not in answer.text


def test_a_wrong_code_is_explained_and_then_delayed(web: Flask) -> None:
    client = web.test_client()
    statuses = [
        client.post("/kiosk/pair", data={"code": "AAAA-AAAA"}).status_code for _ in range(6)
    ]
    assert statuses == [422] * 5 + [429]


# --- foreign writes ------------------------------------------------------------------------

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "goes"),
    [
        ({}, True),  # no browser says nothing
        (SAME, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://[bad"}, False),
        ({"Origin": "http://evil.example", **SAME}, True),  # the browser's own word counts
    ],
)
def test_a_write_from_another_site_is_refused(
    web: Flask, headers: dict[str, str], goes: bool
) -> None:
    for path in ("/login", "/logout", "/_dash-update-component", "/kiosk/pair"):
        answer = web.test_client().post(path, headers=headers, data={"username": "x"})
        refused = answer.status_code == 403 and answer.json["error"]["code"] == "cross_site"
        assert refused is not goes, path


def test_a_bearer_needs_no_browser_header_and_uses_no_cookie(
    web: Flask, small_house: House
) -> None:
    client = visitor(web, "admin")
    headers = {"Authorization": "Bearer nonsense", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/api/v1/tokens/validate", headers=headers, json={"token": "x"})
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "token_invalid"


def test_the_public_address_is_an_own_origin_too(compose: Any) -> None:
    from tests.api.conftest import a_web

    web = a_web(compose(public_url="https://watt.example"))
    client = web.test_client()
    for origin, status in (("https://watt.example", 401), ("http://watt.example", 403)):
        form = {"username": "nobody", "password": "x"}
        assert client.post("/login", data=form, headers={"Origin": origin}).status_code == status


def test_get_changes_nothing_so_a_foreign_link_may_open_a_page(web: Flask) -> None:
    client = visitor(web, "viewer")
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


# --- the start -----------------------------------------------------------------------------


def unmarked(server: Flask, pages: dash.Dash) -> str:
    with pytest.raises(RuntimeError) as refusal:
        gate.check(server, pages)
    return str(refusal.value)


def test_a_callback_on_no_page_and_without_permission_stops_the_start(web: Flask) -> None:
    pages = web.extensions["dash"]
    pages.callback(Output("open", "children"), Input("x", "value"))(lambda value: value)
    assert "callback open.children" in unmarked(web, pages)


def test_an_unmarked_callback_also_answers_nobody(web: Flask) -> None:
    pages = web.extensions["dash"]
    pages.callback(Output("open", "children"), Input("x", "value"))(lambda value: value)
    assert run_callback(visitor(web, "admin"), web, "open.children").status_code == 403


def test_a_page_without_permission_stops_the_start(web: Flask) -> None:
    dash.page_registry["somewhere"] = {"path": "/x", "layout": lambda **_: ""}
    assert "page somewhere" in unmarked(web, web.extensions["dash"])


def test_a_page_with_a_permission_that_does_not_exist_stops_the_start(web: Flask) -> None:
    dash.page_registry["somewhere"] = {"path": "/x", "permission": "rooms.raed"}
    assert "page somewhere" in unmarked(web, web.extensions["dash"])


def test_a_route_without_permission_stops_the_start() -> None:
    server = Flask("bare", static_folder=None)
    pages = a_dash(server)
    server.add_url_rule("/api/v1/open", "open", lambda: "x")
    assert "route /api/v1/open" in unmarked(server, pages)


def test_every_route_of_the_server_has_a_permission_or_is_closed(web: Flask) -> None:
    rules = {
        rule.rule: gate.permission_of_rule(web, rule.rule, rule.endpoint)
        for rule in web.url_map.iter_rules()
    }
    closed = [rule for rule, permission in rules.items() if permission is None]
    assert closed == ["/_reload-hash"]
    assert sorted(rule for rule, permission in rules.items() if permission == "public") == [
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_favicon.ico",
        "/api/v1/tokens/check",
        "/api/v1/tokens/generate",
        "/api/v1/tokens/validate",
        "/assets/<path:filename>",
        "/health",
        "/kiosk/pair",
        "/login",
        "/logout",
    ]
