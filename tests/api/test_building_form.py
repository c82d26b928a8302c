"""The Admin page's tab of the building, as the renderer posts it."""

from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from domain.access import passwords
from domain.access.policy import ROLES, SYSTEM
from domain.building.comfort import Comfort, as_dict
from domain.house import House
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor

POST = "/_dash-update-component"


@pytest.fixture
def manager(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A facility manager's browser; every other role can sign in too."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    for role in sorted(ROLES - {"admin"}):
        a_user_with_password(house, role)
    house.building.create_room(SYSTEM, {"name": "Lab", "floor": "2nd"})
    own = {"temperature_low": 18, "co2_limit_ppm": 800}
    house.building.create_room(SYSTEM, {"name": "Vault", "floor": "Ground", "comfort": own})
    return visitor(app, "manager")


def saving(app: Flask, house: House, **changes: object) -> dict[str, Any]:
    """What a press of “Save building” posts."""
    pages: dash.Dash = app.extensions["dash"]
    output = next(name for name in pages.callback_map if "building-name-error" in name)
    settings = house.building.settings()
    values = {
        "admin-building-save": 1,
        "admin-building-version": settings.version,
        "building-name": settings.name,
        **{f"building-{name}": value for name, value in as_dict(settings.comfort).items()},
        **changes,
    }
    body = callback_body(pages, output)
    for sent in (*body["inputs"], *body["state"]):
        sent["value"] = values[sent["id"]]
    return body


def part(client: FlaskClient, app: Flask) -> str:
    """The tab as it is drawn."""
    pages: dash.Dash = app.extensions["dash"]
    name = next(n for n in pages.callback_map if n.startswith("..admin-part.children...admin-n"))
    return client.post(POST, json=callback_body(pages, name, ("building",))).text


def test_saving_changes_name_and_band_for_every_room_that_follows(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    body = saving(app, house, **{"building-name": "Harbour House", "building-hot_above": 27.5})
    answer = manager.post(POST, json=body)
    assert answer.status_code == 200
    settings = house.building.settings()
    assert (settings.name, settings.own_comfort) == ("Harbour House", {"hot_above": 27.5})
    assert [room.comfort.hot_above for room in house.building.rooms()] == [27.5, 27.5]
    assert answer.json["sideUpdate"]["wb-building"] == {"children": "Harbour House"}


def test_what_is_refused_stands_beside_its_field(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    wrong = {"building-name": "", "building-temperature_low": 60, "building-humidity_low": None}
    said = manager.post(POST, json=saving(app, house, **wrong)).json["response"]
    assert said["building-name-error"]["children"] == "A building needs a name"
    assert said["building-temperature_low-error"]["children"]
    assert said["building-humidity_low-error"]["children"] == ""
    assert "admin-part" not in said
    assert house.building.settings().version == 1


def test_a_form_that_is_out_of_date_overwrites_nothing(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    body = saving(app, house, **{"building-name": "Mill"})
    house.building.update_settings(SYSTEM, {"name": "Harbour House"})
    said = manager.post(POST, json=body).json["response"]
    assert "somebody else" in said["admin-building-message"]["children"]
    assert house.building.name() == "Harbour House"


def test_the_tab_says_which_rooms_follow(app: Flask, manager: FlaskClient) -> None:
    drawn = part(manager, app)
    assert "1 of 2 rooms follows the whole band" in drawn
    assert "Band from 18.0 °C, CO₂ limit 800 ppm" in drawn


def test_a_room_that_sets_the_same_values_says_so(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    same = {"temperature_low": house.building.settings().comfort.temperature_low}
    house.building.create_room(SYSTEM, {"name": "Attic", "floor": "3rd", "comfort": same})
    assert "Set for the room, now the same as the band" in part(manager, app)


def test_limits_as_usual_stay_none_of_the_buildings_own(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    usual = {f"building-{name}": value for name, value in as_dict(Comfort()).items()}
    assert manager.post(POST, json=saving(app, house, **usual)).status_code == 200
    assert house.building.settings().own_comfort == {}


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_may_not_saves_nothing(
    app: Flask, house: House, manager: FlaskClient, role: str
) -> None:
    body = saving(app, house, **{"building-name": "Taken"})
    assert visitor(app, role).post(POST, json=body).status_code == 403
    assert house.building.name() != "Taken"
