"""What the renderer would never post is refused before any callback, and by name."""

from collections.abc import Iterator
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask

from api.callback_values import parameter_types
from domain.access import passwords
from domain.house import House
from tests.api.test_hostile_values import POST, body_with, live_in, post, server_side, walker

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture(scope="module")
def app(kept_app: Flask) -> Flask:
    """One application for all: nothing that is posted here reaches a callback."""
    return kept_app


@pytest.fixture(scope="module")
def lived_in(kept_house: House) -> Iterator[House]:
    """The house behind `app` with users, rooms, sensors, readings, a correction and a display."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        live_in(kept_house)
        yield kept_house


def test_the_refusal_names_every_property_that_is_not_acceptable(
    app: Flask, lived_in: House
) -> None:
    output = next(name for name in server_side(app) if "rooms-facts" in name)
    given: list[object] = ["floor", {"x": 1}, "all", "", 0, -1, None]
    status, _ = post(walker(app, "viewer"), body_with(app, output, given))
    answer = walker(app, "viewer").post(POST, json=body_with(app, output, given))
    assert (status, answer.json["error"]["code"]) == (422, "invalid_input")
    fields = [entry["field"] for entry in answer.json["error"]["details"]["fields"]]
    assert fields == ["rooms-floor.value", "room-id.data"]


def test_every_parameter_of_every_callback_says_what_it_takes(app: Flask) -> None:
    pages: dash.Dash = app.extensions["dash"]
    silent = [
        f"{output}: {place}"
        for output in server_side(app)
        for place, wanted in enumerate(parameter_types(pages.callback_map[output]))
        if wanted is Any
    ]
    assert silent == []


@pytest.mark.parametrize(
    "changed", [["x"], ["{.n_clicks"], ["rooms-sort"], [{}], "rooms-sort.value", ["\0"]]
)
def test_what_changed_must_be_an_input(app: Flask, lived_in: House, changed: object) -> None:
    output = next(name for name in server_side(app) if "rooms-facts" in name)
    body = body_with(app, output, ["floor", "all", "all", "", 0, None, None])
    assert post(walker(app, "viewer"), {**body, "changedPropIds": changed})[0] == 400


@pytest.mark.parametrize("key", [None, [], {"x": 1}, 1.5, 2**63, "x" * 5_000, "a\0b"])
def test_a_wildcard_stands_for_a_text_or_a_number(app: Flask, lived_in: House, key: object) -> None:
    output = "sensors-changed.data"
    found = [name for name in server_side(app) if name.startswith(output)]
    undo = next(n for n in found if "sensor-undo" in str(
        app.extensions["dash"].callback_map[n]["inputs"]))  # fmt: skip
    body = body_with(app, undo, [1, "TEMP_001", 0])
    body["inputs"][0][0]["id"]["key"] = key
    body["changedPropIds"] = []
    assert post(walker(app, "admin"), body)[0] == 400
