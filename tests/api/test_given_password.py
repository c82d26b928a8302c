"""Who signs in with a password somebody gave them chooses another before anything else."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.house import House
from tests.api.conftest import PASSWORD, a_web

OWN = "chosen by nobody else"


@pytest.fixture
def newcomer(web: Flask, small_house: House) -> tuple[FlaskClient, str]:
    """A new manager's browser, signed in with the password that the admin read out."""
    _, given = small_house.access.users.invite(SYSTEM, "nora", "manager")
    return signed_in(web, "nora", given), given


def signed_in(web: Flask, name: str, password: str) -> FlaskClient:
    client = web.test_client()
    answer = client.post("/login", data={"username": name, "password": password})
    assert answer.status_code == 303
    return client


def choose(client: FlaskClient, old: str, new: str, again: str | None = None) -> Any:
    form = {"old": old, "new": new, "again": new if again is None else again, "next": "/people"}
    return client.post("/password", data=form)


def test_every_page_leads_to_the_form_and_back(newcomer: tuple[FlaskClient, str]) -> None:
    client, given = newcomer
    for path, place in (("/people", "/password?next=%2Fpeople"), ("/", "/password")):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, place)
    page = client.get("/password?next=%2Fpeople").text
    assert "Choose a password of your own" in page
    assert 'value="/people"' in page
    answer = choose(client, given, OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/people")
    assert client.get("/people").status_code == 200
    assert client.get("/_dash-layout").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/_dash-layout"),
        ("post", "/_dash-update-component"),
        ("get", "/api/v1/tokens/list"),
        ("post", "/api/v1/tokens/generate"),
        ("get", "/ws"),
        ("post", "/people"),
    ],
)
def test_nothing_else_answers(newcomer: tuple[FlaskClient, str], method: str, path: str) -> None:
    client, _ = newcomer
    answer = getattr(client, method)(path, json={} if method == "post" else None)
    assert answer.status_code == 403
    assert "password_change_required" in answer.text


def test_basic_with_a_given_password_gets_no_token(web: Flask, small_house: House) -> None:
    _, given = small_house.access.users.invite(SYSTEM, "nora", "manager")
    answer = web.test_client().post("/api/v1/tokens/generate", auth=("nora", given), json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "password_change_required")


@pytest.mark.parametrize(
    ("old", "new", "again", "status", "words"),
    [
        ("wrong", OWN, OWN, 401, "present password is wrong"),
        ("", OWN, "another one of mine", 422, "not the same"),
        ("given", "short", "short", 422, "needs at least"),
        ("given", "given", "given", 422, "is the old one"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    newcomer: tuple[FlaskClient, str], old: str, new: str, again: str, status: int, words: str
) -> None:
    client, given = newcomer
    old, new, again = (given if text == "given" else text for text in (old, new, again))
    answer = choose(client, old, new, again)
    assert answer.status_code == status
    assert words in answer.text
    assert client.get("/people").headers["Location"].startswith("/password")


def test_other_browsers_with_the_given_password_end(
    web: Flask, newcomer: tuple[FlaskClient, str]
) -> None:
    client, given = newcomer
    other = signed_in(web, "nora", given)
    choose(client, given, OWN)
    assert other.get("/people").headers["Location"].startswith("/login")


def test_one_may_still_sign_out(newcomer: tuple[FlaskClient, str]) -> None:
    client, _ = newcomer
    assert client.post("/logout").headers["Location"] == "/login?note=out"
    assert client.get("/people").headers["Location"].startswith("/login")


def test_the_form_is_for_nobody_else(web: Flask) -> None:
    assert web.test_client().get("/password").headers["Location"].startswith("/login")
    assert signed_in(web, "viewer", PASSWORD).get("/password").headers["Location"] == "/account"


def test_the_form_never_leads_to_another_site(newcomer: tuple[FlaskClient, str]) -> None:
    client, given = newcomer
    form = {"old": given, "new": OWN, "again": OWN, "next": "https://evil.example"}
    assert client.post("/password", data=form).headers["Location"] == "/"


def test_a_documented_demo_login_goes_straight_in(compose: Any) -> None:
    demo = a_web(compose(demo=True))
    assert signed_in(demo, "manager", "manager-demo").get("/people").status_code == 200


def test_the_installers_admin_goes_straight_in(web: Flask) -> None:
    assert signed_in(web, "admin", PASSWORD).get("/people").status_code == 200


def test_random_demo_passwords_are_changed_first(compose: Any) -> None:
    house = compose(demo=True, host="0.0.0.0")
    printed = {login.name: login.password for login in house.access.prepare_users()}
    client = signed_in(a_web(house), "manager", printed["manager"])
    assert client.get("/people").headers["Location"].startswith("/password")
