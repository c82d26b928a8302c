import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.house import House
from tests.api.conftest import PASSWORD, a_web, visitor


def cookies_of(answer: Any) -> list[str]:
    return answer.headers.getlist("Set-Cookie")


def sign_in(client: FlaskClient, name: str = "viewer", password: str = PASSWORD) -> Any:
    return client.post("/login", data={"username": name, "password": password})


def test_the_cookie_is_for_http_only_and_for_this_site(web: Flask) -> None:
    (cookie,) = cookies_of(sign_in(web.test_client()))
    name, _, flags = cookie.partition("; ")
    assert name.startswith("wb_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags.split("; "))
    assert "Secure" not in flags.split("; ")  # the tests speak plain http


@pytest.mark.parametrize(
    ("chosen", "secure"),
    [
        ({"public_url": "https://watt.example"}, True),
        ({"trusted_proxies": 1}, True),
        ({"trusted_proxies": 1, "public_url": "http://watt.example"}, False),
        ({}, False),
    ],
)
def test_the_cookie_is_secure_wherever_browsers_come_over_tls(
    compose: Any, chosen: dict[str, Any], secure: bool
) -> None:
    web = a_web(compose(**chosen))
    (cookie,) = cookies_of(sign_in(web.test_client(), "admin"))
    assert ("Secure" in cookie.split("; ")) is secure


def test_a_cookie_taken_before_logout_is_dead_after_it(web: Flask) -> None:
    client = visitor(web, "viewer")
    thief = web.test_client()
    stolen = client.get_cookie("wb_session")
    assert stolen is not None
    thief.set_cookie("wb_session", stolen.value)
    assert thief.get("/_dash-layout").status_code == 200
    answer = client.post("/logout")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")
    assert thief.get("/_dash-layout").status_code == 401
    assert client.get("/_dash-layout").status_code == 401


def test_signing_in_again_ends_the_session_the_browser_had(web: Flask, small_house: House) -> None:
    client = visitor(web, "viewer")
    first = client.get_cookie("wb_session")
    sign_in(client, "operator")
    thief = web.test_client()
    assert first is not None
    thief.set_cookie("wb_session", first.value)
    assert thief.get("/_dash-layout").status_code == 401
    assert client.get("/_dash-layout").status_code == 200


def test_what_was_in_the_cookie_before_signing_in_is_gone_after_it(web: Flask) -> None:
    client = web.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_made_up_cookie_is_nobody(web: Flask) -> None:
    client = web.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "guessed"
    assert client.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize("change", ["password", "role", "disabled"])
def test_a_change_of_the_user_shuts_an_open_page_out_at_its_next_request(
    web: Flask, small_house: House, change: str
) -> None:
    client = visitor(web, "viewer")
    users = small_house.access.users
    (user,) = [user for user in users.all(SYSTEM) if user.name == "viewer"]
    if change == "password":
        users.reset_password(SYSTEM, user.user_id)
    elif change == "role":
        users.set_role(SYSTEM, user.user_id, "operator")
    else:
        users.set_disabled(SYSTEM, user.user_id, disabled=True)
    assert client.get("/_dash-layout").status_code == 401
    assert client.get("/").headers["Location"].startswith("/login")


def test_wrong_unknown_and_disabled_look_the_same(web: Flask, small_house: House) -> None:
    users = small_house.access.users
    (user,) = [user for user in users.all(SYSTEM) if user.name == "viewer"]
    users.set_disabled(SYSTEM, user.user_id, disabled=True)
    answers = {
        (answer.status_code, re.sub(r'value="[a-z]+"', "", answer.text))
        for answer in (
            sign_in(web.test_client(), "nobody"),
            sign_in(web.test_client(), "admin", "wrong password"),
            sign_in(web.test_client(), "viewer"),
        )
    }
    assert [status for status, _ in answers] == [401]


def test_the_sixth_try_is_429_with_the_time_to_wait(web: Flask) -> None:
    client = web.test_client()
    statuses = [sign_in(client, "admin", "wrong password").status_code for _ in range(5)]
    refused = sign_in(client, "admin")
    assert statuses == [401] * 5
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert "Too many failed tries" in refused.text


def test_names_typed_by_a_stranger_are_text_on_the_page(web: Flask) -> None:
    answer = sign_in(web.test_client(), '"><script>alert(1)</script>', "x")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_the_login_page_needs_no_script_of_its_own_and_names_the_building(web: Flask) -> None:
    page = web.test_client().get("/login").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "Sign in" in page
    assert "demo-logins" not in page


def test_in_the_demo_the_login_page_lists_its_logins(compose: Any) -> None:
    web = a_web(compose(demo=True))
    page = web.test_client().get("/login").text
    for name in ("admin", "manager", "operator", "viewer"):
        assert f"<code>{name}-demo</code>" in page
    assert "DEMO" in page


def test_off_loopback_the_login_page_shows_no_password(compose: Any) -> None:
    web = a_web(compose(demo=True, host="0.0.0.0"))
    page = web.test_client().get("/login").text
    assert "printed where Wattboard was started" in page
    assert "-demo</code>" not in page


def test_who_is_signed_in_is_not_asked_again(web: Flask) -> None:
    answer = visitor(web, "viewer").get("/login?next=/people")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/people")


def test_logging_out_needs_a_post(web: Flask) -> None:
    client = visitor(web, "viewer")
    assert client.get("/logout").status_code in {302, 405, 200}
    assert client.get("/_dash-layout").status_code == 200


def test_nobody_logs_out_without_harm(web: Flask) -> None:
    assert web.test_client().post("/logout").status_code == 303
