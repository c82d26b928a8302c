"""The Tokens page as the renderer asks for it, by each role."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from api.callbacks import PAGE_ROUTER
from domain.access import passwords
from domain.access.policy import RESOURCES, ROLES, SYSTEM
from domain.access.store import AuditQuery
from domain.house import House
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor
from tests.api.test_tokens import bearer, generate

POST = "/_dash-update-component"
FIELDS = {"token-name": "Spreadsheet", "token-life": "1440"}
TODAY = datetime.now(UTC).date()
DAYS = f"first={TODAY - timedelta(days=1)}&last={TODAY + timedelta(days=1)}"


@pytest.fixture
def lived_in(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house behind `app` with a user of each role."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    for role in sorted(ROLES - {"admin"}):
        a_user_with_password(house, role)
    return house


def output_with(app: Flask, part: str) -> str:
    pages: dash.Dash = app.extensions["dash"]
    return next(name for name in pages.callback_map if part in name)


def drawn(app: Flask, client: FlaskClient, search: str = "") -> str:
    """The page as it is first drawn."""
    body = callback_body(app.extensions["dash"], PAGE_ROUTER, ("/tokens", search))
    return json.dumps(client.post(POST, json=body).json)  # Dash escapes what it answers


def posted(
    app: Flask, client: FlaskClient, part: str, values: dict[str, object], changed: str = ""
) -> Any:
    """The answer to a callback, its inputs and states given by id."""
    body = callback_body(app.extensions["dash"], output_with(app, part))
    for sent in (*body["inputs"], *body["state"]):
        if isinstance(sent, dict):
            key = sent["id"] if isinstance(sent["id"], str) else sent["id"]["type"]
            sent["value"] = values.get(f"{key}.{sent['property']}", values.get(key))
    body["changedPropIds"] = [changed] if changed else []
    return client.post(POST, json=body)


def made(app: Flask, client: FlaskClient, may: list[str], **fields: object) -> dict[str, Any]:
    """What pressing “Make token” answers."""
    pages: dash.Dash = app.extensions["dash"]
    name = output_with(app, "token-name-error")
    body = callback_body(pages, name)
    values = {**FIELDS, "tokens-changed": 0, **fields}
    values["_pages_location"] = "https://desk.example:8443/tokens?x=1"
    for place, sent in enumerate(body["state"]):
        if isinstance(sent, list):
            one = {"id": {"type": "token-may", "resource": "rooms"}, "property": "value"}
            body["state"][place] = [{**one, "value": may}]
        else:
            sent["value"] = values.get(sent["id"])
    body["inputs"][0]["value"] = 1
    answer = client.post(POST, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json["response"]
    return found


def sheet_body(response: dict[str, Any]) -> Any:
    key = next(name for name in response if "wb-dialog-body" in name and "new-token" in name)
    return response[key]["children"]


def text_of(part: Any, id: str) -> str:
    """The words of the component with an id."""
    if isinstance(part, list):
        return next((found for one in part if (found := text_of(one, id))), "")
    if not isinstance(part, dict):
        return ""
    inside = part.get("props", {})
    if inside.get("id") == id:
        return str(inside["children"])
    return text_of(inside.get("children"), id)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_everybody_sees_own_tokens_and_only_the_admin_all(
    app: Flask, lived_in: House, role: str
) -> None:
    for issuer in sorted(ROLES):
        generate(visitor(app, issuer), "rooms:read", name=f"of-the-{issuer}")
    shown = drawn(app, visitor(app, role))
    report = drawn(app, visitor(app, role), "?tab=report")
    for issuer in sorted(ROLES):
        assert (f"of-the-{issuer}" in shown) is (role in {issuer, "admin"}), issuer
        assert (f"of-the-{issuer}" in report) is (role in {issuer, "admin"}), issuer


def test_a_wall_display_sees_no_token(app: Flask, lived_in: House) -> None:
    generate(visitor(app, "admin"), "rooms:read", name="private")
    client = visitor(app, "display", lived_in)
    assert "private" not in drawn(app, client)


def test_an_empty_list_says_what_a_token_is_for(app: Flask, lived_in: House) -> None:
    assert "lets a program act for you" in drawn(app, visitor(app, "viewer"))


@pytest.mark.parametrize(
    ("role", "offered", "withheld"),
    [
        ("viewer", {"rooms:read", "analytics:read", "tokens"}, {"rooms", "p2p", "batteries"}),
        ("operator", {"sensors", "events", "export:read"}, {"rooms", "batteries:read"}),
        ("manager", {"rooms", "analytics", "tokens", "iot"}, {"p2p", "batteries"}),
    ],
)
def test_the_form_offers_only_what_there_is_and_the_role_may_pass_on(
    app: Flask, lived_in: House, role: str, offered: set[str], withheld: set[str]
) -> None:
    part = '{"name":"new-token","type":"wb-dialog-body"}.children'
    answer = posted(
        app, visitor(app, role), f"..{part}", {"tokens-new": 1}, changed="tokens-new.n_clicks"
    )
    assert answer.status_code == 200, answer.text
    values = _option_values(sheet_body(answer.json["response"]))
    assert offered <= values
    assert not withheld & values
    assert {value.partition(":")[0] for value in values} <= set(RESOURCES)


def _option_values(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_option_values, part))
    if not isinstance(part, dict):
        return set()
    inside = part.get("props", {})
    found = {
        option["value"]
        for option in inside.get("options", [])
        if isinstance(inside.get("id"), dict)
    }
    return found | _option_values(inside.get("children"))


def test_a_token_made_here_works_and_its_secret_is_nowhere_else(
    app: Flask, lived_in: House
) -> None:
    client = visitor(app, "viewer")
    said = made(app, client, ["rooms:read"], **{"token-embargo": 60})
    secret = text_of(sheet_body(said), "token-secret")
    example = text_of(sheet_body(said), "token-example")
    called = app.test_client().get("/api/v1/rooms", headers={"Authorization": f"Bearer {secret}"})
    assert called.status_code == 200
    assert '"https://desk.example:8443/api/v1/rooms"' in example
    assert secret not in example
    assert json.dumps(said).count(secret) == 1
    assert secret not in drawn(app, client)
    assert said["tokens-changed"]["data"] == 1


def test_what_is_refused_stands_beside_its_field(app: Flask, lived_in: House) -> None:
    wrong = {"token-name": " ", "token-exp": 0, "token-embargo": 1.5}
    said = made(app, visitor(app, "viewer"), [], **wrong)
    assert "name" in said["token-name-error"]["children"]
    assert said["token-list_of_resources-error"]["children"] == "Choose at least one"
    assert "whole minutes from 1" in said["token-exp-error"]["children"]
    assert "whole minutes from 0" in said["token-embargo-error"]["children"]
    assert lived_in.access.tokens.list(SYSTEM) == []


def test_a_resource_that_the_form_did_not_offer_is_refused(app: Flask, lived_in: House) -> None:
    said = made(app, visitor(app, "viewer"), ["p2p"])
    assert "nothing of “p2p”" in said["token-message"]["children"]
    assert lived_in.access.tokens.list(SYSTEM) == []


def test_ticking_both_gives_the_wider_right(app: Flask, lived_in: House) -> None:
    made(app, visitor(app, "manager"), ["rooms:read", "rooms", "export"])
    assert lived_in.access.tokens.list(SYSTEM)[0].resources == ("rooms", "export")


def test_minutes_count_instead_of_the_chosen_life(app: Flask, lived_in: House) -> None:
    made(app, visitor(app, "viewer"), ["rooms:read"], **{"token-exp": 7})
    token = lived_in.access.tokens.list(SYSTEM)[0]
    assert token.expires_ms - token.issued_ms == 7 * 60_000


def test_a_revoked_token_can_be_activated_again_from_its_row(app: Flask, lived_in: House) -> None:
    client = visitor(app, "operator")
    issued = generate(client, "rooms:read")
    pending = {"tokens-pending": {"token_id": issued["token_id"]}, "tokens-changed": 3}
    confirm = "wb-dialog-confirm"
    said = posted(app, client, "tokens-revoke-message", {**pending, confirm: 1}).json["response"]
    assert said["tokens-changed"]["data"] == 4
    assert app.test_client().get("/api/v1/rooms", headers=bearer(issued)).status_code == 401
    assert "Activate reader again" in drawn(app, client)
    posted(app, client, "tokens-activate-message", {**pending, confirm: 1})
    assert app.test_client().get("/api/v1/rooms", headers=bearer(issued)).status_code == 200
    acts = {line.action for line in lived_in.access.audit_page(SYSTEM, AuditQuery())[0]}
    assert {"tokens.revoke", "tokens.save"} <= acts


@pytest.mark.parametrize("part", ["tokens-revoke-message", "tokens-activate-message"])
def test_nobody_ends_or_revives_somebody_elses_token(
    app: Flask, lived_in: House, part: str
) -> None:
    issued = generate(visitor(app, "manager"), "rooms:read")
    values = {"tokens-pending": {"token_id": issued["token_id"]}, "wb-dialog-confirm": 1}
    said = posted(app, visitor(app, "operator"), part, {**values, "tokens-changed": 0})
    assert "token" in said.json["response"][part]["children"]
    assert app.test_client().get("/api/v1/rooms", headers=bearer(issued)).status_code == 200


@pytest.mark.parametrize("name", ["revoke", "activate"])
def test_the_dialog_of_somebody_elses_token_does_not_open(
    app: Flask, lived_in: House, name: str
) -> None:
    issued = generate(visitor(app, "manager"), "rooms:read")
    part = '..{"name":"revoke-token","type":"wb-dialog-body"}.children'
    event = {"name": name, "value": issued["token_id"]}
    answer = posted(app, visitor(app, "operator"), part, {"tokens-table.event": event})
    assert answer.status_code == 404


def test_the_list_shows_active_or_ended_tokens_and_counts_both(app: Flask, lived_in: House) -> None:
    client = visitor(app, "viewer")
    generate(client, "rooms:read", name="still good")
    ended = generate(client, "rooms:read", name="long gone")
    client.post("/api/v1/tokens/revoke", json={"token_id": ended["token_id"]})
    for shown, there, gone in (
        ("active", "still good", "long gone"),
        ("ended", "long gone", "still good"),
    ):
        values = {"tokens-show": shown, "tokens-changed": 0, "tokens-table": {"page": 0}}
        said = posted(app, client, "tokens-facts", values).json["response"]
        assert there in json.dumps(said)
        assert gone not in json.dumps(said)
        assert said["tokens-facts"]["children"] == "1 active, 1 ended"


def test_the_report_and_its_files_follow_the_picked_period(app: Flask, lived_in: House) -> None:
    client = visitor(app, "viewer")
    generate(client, "rooms:read", name="of today")
    for date, there in (("2020-05-05", False), (TODAY.isoformat(), True)):
        picked = {"kind": "year", "date": date, "end": None, "compare": False}
        values = {"tokens-picker": picked, "tokens-changed": 0, "tokens-tab": "report"}
        said = posted(app, client, "tokens-report-summary", values).json["response"]
        assert ("of today" in json.dumps(said["tokens-report"])) is there
        assert f"first={date[:4]}-01-01" in json.dumps(said["tokens-report-files"])


def test_the_file_of_the_report_holds_what_the_page_shows(app: Flask, lived_in: House) -> None:
    issued = generate(visitor(app, "viewer"), "rooms:read", name="=cmd()")
    anybody = app.test_client()
    assert anybody.get("/api/v1/rooms", headers=bearer(issued)).status_code == 200
    assert anybody.get("/api/v1/sensors", headers=bearer(issued)).status_code == 403
    client = visitor(app, "viewer")
    answer = client.get(f"/download/tokens/report.csv?{DAYS}")
    assert answer.status_code == 200
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 1
    assert lines[0]["token"] == "'=cmd()"
    assert lines[0]["verdict"] == "tried more than it shares"
    assert (lines[0]["tried"], lines[0]["times"]) == ("GET /api/v1/sensors", "1")
    assert lines[0]["why"] == "it does not include sensors.read"
    shown = drawn(app, client, "?tab=report")
    for words in ("Tried more than it shares", "GET /api/v1/sensors", lines[0]["why"]):
        assert words in shown
    excel = client.get(f"/download/tokens/report.csv?{DAYS}&dialect=excel")
    assert excel.data.startswith("\ufefftoken;token_id".encode())


def test_the_report_of_another_person_holds_nothing_of_it(app: Flask, lived_in: House) -> None:
    generate(visitor(app, "viewer"), "rooms:read", name="private")
    path = f"/download/tokens/report.csv?{DAYS}"
    assert "private" not in visitor(app, "manager").get(path).text
    assert "private" in visitor(app, "admin").get(path).text
    assert app.test_client().get(path).headers["Location"].startswith("/login")
