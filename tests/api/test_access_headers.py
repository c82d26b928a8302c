from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.house import House
from tests.api.conftest import a_web, visitor

PATHS = [
    "/login",
    "/",
    "/health",
    "/_dash-layout",
    "/api/v1/tokens",
    "/assets/tokens.css",
    "/nothing",
    "/kiosk",
]


@pytest.fixture
def with_assets(small_house: House, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The small web serving the real assets folder."""
    web = a_web(small_house)
    blueprint = web.blueprints["_dash_assets"]
    from api.login import _ASSETS

    monkeypatch.setattr(blueprint, "static_folder", str(_ASSETS))
    return web


@pytest.mark.parametrize("role", ["anonymous", "viewer"])
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(web: Flask, path: str, role: str) -> None:
    headers = visitor(web, role).get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


def test_the_policy_names_scripts_by_hash_and_allows_no_eval(web: Flask) -> None:
    policy = web.test_client().get("/login").headers["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'self'"
    assert parts["connect-src"] == "'self'"
    assert parts["style-src"] == "'self' 'unsafe-inline'"
    scripts = parts["script-src"].split()
    assert scripts[0] == "'self'"
    assert len(scripts) >= 3
    assert all(source.startswith("'sha256-") for source in scripts[1:])


@pytest.mark.parametrize("path", ["/login", "/", "/_dash-layout", "/api/v1/tokens", "/health"])
def test_nothing_personal_is_kept_by_a_browser_or_a_proxy(web: Flask, path: str) -> None:
    assert visitor(web, "viewer").get(path).headers["Cache-Control"] == "no-store"


def test_a_versioned_asset_keeps_for_a_year_and_another_is_asked_for(with_assets: Flask) -> None:
    client = with_assets.test_client()
    lasting = client.get("/assets/tokens.css?m=1")
    assert lasting.status_code == 200
    assert "max-age=31536000" in lasting.headers["Cache-Control"]
    assert "Set-Cookie" not in lasting.headers
    asked = client.get("/assets/tokens.css")
    assert "no-cache" in asked.headers["Cache-Control"]
    again = client.get("/assets/tokens.css", headers={"If-None-Match": asked.headers["ETag"]})
    assert again.status_code == 304


def test_assets_travel_as_brotli_and_say_so(with_assets: Flask) -> None:
    client = with_assets.test_client()
    plain = client.get("/assets/tokens.css?m=1")
    small = client.get("/assets/tokens.css?m=1", headers={"Accept-Encoding": "br, gzip"})
    assert small.headers["Content-Encoding"] == "br"
    assert small.headers["Vary"] == "Accept-Encoding"
    assert brotli.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data) / 3
    tag = {"Accept-Encoding": "br", "If-None-Match": small.headers["ETag"]}
    assert client.get("/assets/tokens.css?m=1", headers=tag).status_code == 304


def test_an_answer_travels_compressed_where_it_pays(web: Flask) -> None:
    answer = visitor(web, "viewer").get("/_dash-dependencies", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"


def test_behind_a_tls_proxy_browsers_are_told_to_stay_on_tls(compose: Any) -> None:
    web = a_web(compose(trusted_proxies=1))
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    answer = web.test_client().get("/login", headers=forwarded)
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_a_forwarded_address_is_believed_only_from_a_proxy_that_was_named(
    compose: Any, proxies: int, seen: str
) -> None:
    house = compose(trusted_proxies=proxies)
    web = a_web(house)
    form = {"username": "admin", "password": "wrong password"}
    web.test_client().post("/login", data=form, headers={"X-Forwarded-For": "203.0.113.9"})
    from domain.access.policy import SYSTEM
    from domain.access.store import AuditQuery

    rows, _ = house.access.audit_page(SYSTEM, AuditQuery(action="login.failed"))
    assert rows[0].address == seen


def test_a_body_over_the_limit_is_413_and_not_read(web: Flask) -> None:
    client = visitor(web, "admin")
    answer = client.post(
        "/api/v1/tokens/validate",
        data=b"x" * (4 * 1024 * 1024 + 1),
        content_type="application/json",
    )
    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "too_large"


def test_an_unforeseen_error_shows_a_number_and_no_trace(
    web: Flask, small_house: House, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    web.test_client_class = FlaskClient  # no operation promises a 500
    client = visitor(web, "viewer")
    monkeypatch.setattr(small_house.access.tokens, "list", broken)
    answer = client.get("/api/v1/tokens")
    assert answer.status_code == 500
    number = answer.json["error"]["details"]["error_id"]
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert number in caplog.text
