"""Hourly instructions of a device over HTTP, beside its commands on the same address."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import visitor
from tests.api.test_devices_http import DEVICES, LAMP

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
