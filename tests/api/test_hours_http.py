"""Hourly instructions of a device and the limits of the site over HTTP."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import visitor
from tests.api.test_devices_http import DEVICES, LAMP
from tests.api.test_tokens import bearer, generate

PLACE = f"{DEVICES}/LAMP_7/instructions"
NIGHT = {str(hour): "no-participation" for hour in range(6)}


@pytest.fixture
def admin(web: Flask) -> FlaskClient:
    client = visitor(web, "admin")
    assert client.post(DEVICES, json={**LAMP, "dr_enabled": True}).status_code == 201
    return client


def test_the_originals_grid_is_saved_and_shown(admin: FlaskClient) -> None:
    empty = admin.get(PLACE).json
    assert empty["instructions"] == {str(hour): "" for hour in range(24)}
    assert (empty["date"], empty["own"], empty["dr_enabled"]) == (None, True, True)
    grid = {**{str(hour): "participation" for hour in range(24)}, **NIGHT, "23": "shifting"}
    saved = admin.post(PLACE, json={"instructions": grid})
    assert saved.status_code == 202
    assert (saved.json["state"], saved.json["command_id"]) == ("saved", None)
    assert admin.get(PLACE).json["instructions"] == grid


def test_named_hours_of_one_date_change_and_the_rest_is_as_every_day(admin: FlaskClient) -> None:
    admin.post(PLACE, json={"instructions": NIGHT})
    changed = {"instructions": {"0": "shifting"}, "date": "2026-06-17"}
    assert admin.post(PLACE, json=changed).status_code == 202
    that_day = admin.get(f"{PLACE}?date=2026-06-17").json
    assert (that_day["own"], that_day["instructions"]["0"]) == (True, "shifting")
    assert that_day["instructions"]["1"] == "no-participation"
    other = admin.get(f"{PLACE}?date=2026-06-18").json
    assert (other["own"], other["instructions"]["0"]) == (False, "no-participation")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"instructions": {"24": "shifting", "7": "shifting"}}, ["instructions.24"]),
        ({"instructions": {"7": "maybe"}}, ["instructions.7"]),
        ({"instructions": {}}, ["instructions"]),
        ({"instructions": NIGHT, "command": "off"}, ["command"]),
        ({"instructions": NIGHT, "date": "2019-01-01"}, ["date"]),
        ({"instructions": NIGHT, "date": "tomorrow"}, ["date"]),
        ({"command": "off", "date": "2026-06-17"}, ["date"]),
        ({}, ["command"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    admin: FlaskClient, body: dict[str, object], fields: list[str]
) -> None:
    refused = admin.post(PLACE, json=body)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json["error"]["details"]["fields"]] == fields
    assert set(admin.get(PLACE).json["instructions"].values()) == {""}
    assert admin.get(f"{DEVICES}/LAMP_7/commands").json["commands"] == []


def test_a_device_that_is_not_there_has_no_hours(admin: FlaskClient) -> None:
    assert admin.get(f"{DEVICES}/NONE/instructions").status_code == 404
    assert (
        admin.post(f"{DEVICES}/NONE/instructions", json={"instructions": NIGHT}).status_code == 404
    )


LIMITS = "/api/v1/iot/limits"


def test_the_sites_limit_is_set_and_an_order_of_the_grid_operator_narrows_it(
    web: Flask, admin: FlaskClient
) -> None:
    assert admin.get(LIMITS).json["now"] == []
    own = admin.put(LIMITS, json={"import_kw": 63, "export_kw": None, "version": 1})
    assert own.json == {"import_kw": 63.0, "export_kw": None, "version": 2}
    assert admin.put(LIMITS, json={"import_kw": 1, "export_kw": 1, "version": 1}).status_code == 409
    asked = {"limit_kw": 30, "ends_at": "2026-06-16T18:00:00Z", "reason": "Feeder work"}
    made = admin.post(f"{LIMITS}/orders", json=asked)
    assert made.status_code == 201
    assert (made.json["source"], made.json["entered_by"]) == ("Grid operator", "admin")
    now = admin.get(LIMITS).json
    (side,) = now["now"]
    assert (side["limit_kw"], side["source"], side["until"]) == (
        30.0, "Grid operator", "2026-06-16T18:00:00Z",
    )  # fmt: skip
    # Nobody has heard of a main meter.
    assert (side["grid_kw"], side["state"]) == (None, "holding")
    held = bearer(generate(admin, "iot:read", embargo=60))
    (withheld,) = web.test_client().get(LIMITS, headers=held).json["now"]
    assert (withheld["limit_kw"], withheld["state"]) == (30.0, "withheld")
    order = f"{LIMITS}/orders/{made.json['order_id']}"
    assert admin.delete(order).status_code == 204
    assert admin.delete(order).json["error"]["code"] == "order_ended"
    assert admin.delete(f"{LIMITS}/orders/x").json["error"]["code"] == "unknown_order"
    assert admin.get(LIMITS).json["now"][0]["limit_kw"] == 63.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ends_at": "2026-06-16T18:00:00Z"}, "limit_kw"),
        ({"limit_kw": -1}, "limit_kw"),
        ({"limit_kw": 5, "direction": "up"}, "direction"),
        ({"limit_kw": 5, "ends_at": "2026-06-16T08:00:00Z"}, "ends_at"),
        ({"limit_kw": 5, "ends_at": "2026-06-16T18:00:00Z", "duration_minutes": 5}, "ends_at"),
    ],
)
def test_an_order_that_cannot_be_names_its_field(
    admin: FlaskClient, body: dict[str, object], field: str
) -> None:
    refused = admin.post(f"{LIMITS}/orders", json=body)
    assert refused.status_code == 422
    assert refused.json["error"]["details"]["fields"][0]["field"] == field
