"""Nothing a signed-in person posts to a callback or writes into the address ends as 500.

The inventory is `callback_map` and `page_registry` themselves, as in the walk of permissions.
"""

import json
import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, get_args

import dash
import orjson
import pytest
from argon2 import PasswordHasher
from dash._utils import stringify_id
from flask import Flask
from flask.testing import FlaskClient

from api.callback_values import parameter_types
from api.callbacks import PAGE_ROUTER
from domain.access import passwords
from domain.access.policy import ROLES, SYSTEM
from domain.house import House
from domain.storage.schema import metadata
from domain.telemetry.model import Reading
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor
from tests.api.hostile import WRONG, addresses, fitting

pytestmark = pytest.mark.usefixtures("unhurried")
POST = "/_dash-update-component"
TIMES = 40
"""Posts of fitting values to each callback; in all some thousand, the same in every run."""
LIKELY: dict[str, object] = {
    ".n_clicks": 1,
    "room-id.data": 1,
    "sensor-id.data": "TEMP_001",
    "sensors-table.selected": ["TEMP_001", "NEW_1"],
    "room-edited.data": {"id": 1, "version": 1},
    "sensor-edited.data": {"id": "TEMP_001", "version": 1},
    "correct-metric.value": "temperature",
    "manual-metric.value": "energy",
}
WRITTEN_BY_A_VISIT = {"access_session", "access_attempt", "audit_log"}
PLAN = {
    "building": {"name": "Harbour House"},
    "rooms": [{"name": "Lab", "floor": "2nd", "capacity": 20}, {"name": "Hall", "floor": "Ground"}],
    "sensors": [
        {"sensor_id": "TEMP_001", "sensor_type": "temperature", "room": "Lab"},
        {"sensor_id": "METER", "sensor_type": "energy_meter", "meter_role": "main"},
    ],
}


@pytest.fixture
def lived_in(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house behind `app` with users, rooms, sensors, readings, a correction and a display."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    live_in(house)
    return house


def live_in(house: House) -> None:
    """Fill a house; its passwords are to be cheap."""
    house.access.prepare_users(ask=lambda: PASSWORD)
    house.access.users.create(SYSTEM, "somebody", "viewer", PASSWORD)
    for role in sorted(ROLES):
        a_user_with_password(house, role, f"{role}-walks")
    house.building.configure(PLAN)
    now_ms = house.clock.now_ms()
    house.telemetry.ingest(
        [Reading("TEMP_001", "temperature", now_ms - n * 60_000, 20.0 + n) for n in range(5)]
        + [Reading("METER", "energy", now_ms - n * 900_000, 500.0 - n) for n in range(5)]
        + [Reading("NEW_1", "co2", now_ms, 700.0)]
    )
    house.access.displays.create_code(SYSTEM, "Lobby")


def walker(app: Flask, role: str) -> FlaskClient:
    """Somebody of a role who stays signed in, whatever is done to the users 1 and 2."""
    return visitor(app, f"{role}-walks")


def server_side(app: Flask) -> list[str]:
    pages: dash.Dash = app.extensions["dash"]
    return [
        output
        for output, entry in pages.callback_map.items()
        if "callback" in entry and output != PAGE_ROUTER
    ]


def rows_of(house: House) -> dict[str, int]:
    """What is stored, apart from what any visit leaves, as a number per table."""
    engine = house.database.engine
    found = {}
    with engine.connect() as c:
        for name in sorted(metadata.tables):
            if name not in WRITTEN_BY_A_VISIT:
                rows = c.exec_driver_sql(f"SELECT * FROM {name}").all()
                found[name] = hash(tuple(sorted(map(repr, rows))))
    return found


def body_with(app: Flask, output: str, values: list[object]) -> dict[str, Any]:
    """A post of the renderer, a value for every input and state; one component per wildcard."""
    pages: dash.Dash = app.extensions["dash"]
    body, entry = callback_body(pages, output), pages.callback_map[output]
    given = iter(values)
    for part, declared in (("inputs", entry["inputs"]), ("state", entry["state"])):
        body[part] = [_sent(wanted, next(given)) for wanted in declared]
    if body["inputs"]:
        first = body["inputs"][0]
        first = first[0] if isinstance(first, list) else first
        body["changedPropIds"] = [f"{stringify_id(first['id'])}.{first['property']}"]
    return body


def _sent(wanted: dict[str, Any], value: object) -> object:
    if not wanted["id"].startswith("{"):
        return {"id": wanted["id"], "property": wanted["property"], "value": value}
    pattern = orjson.loads(wanted["id"])
    keys = {name: 1 if isinstance(part, list) else part for name, part in pattern.items()}
    one = {"id": keys, "property": wanted["property"], "value": value}
    return [one] if is_several(wanted) else one


def is_several(wanted: dict[str, Any]) -> bool:
    """Whether an input stands for any number of components."""
    return '["ALL"]' in wanted["id"]


def post(client: FlaskClient, body: object) -> tuple[int, str]:
    """As `json` writes it, NaN and lone surrogates too."""
    answer = client.post(POST, data=json.dumps(body), content_type="application/json")
    return answer.status_code, answer.text[:300]


def types_of(app: Flask, output: str) -> list[Any]:
    """What each value of a callback is to be; of several components, what one of them is."""
    entry = app.extensions["dash"].callback_map[output]
    declared = [*entry["inputs"], *entry["state"]]
    return [
        get_args(wanted)[0] if is_several(sent) else wanted
        for sent, wanted in zip(declared, parameter_types(entry), strict=True)
    ]


def wrong_values(app: Flask, output: str) -> Iterator[tuple[str, list[object]]]:
    """Each wrong value in every place at once, and in one place beside fitting others."""
    types = types_of(app, output)
    chance = random.Random(output)
    for name, value in WRONG.items():
        yield name, [value] * len(types)
        for place in range(len(types)):
            fit = [fitting(wanted, chance) for wanted in types]
            yield f"{name} at {place}", [*fit[:place], value, *fit[place + 1 :]]


def fitting_values(app: Flask, output: str) -> Iterator[tuple[str, list[object]]]:
    """What the annotations let through, often about a room and a sensor that exist."""
    types, entry = types_of(app, output), app.extensions["dash"].callback_map[output]
    names = [f"{sent['id']}.{sent['property']}" for sent in (*entry["inputs"], *entry["state"])]
    likely = [next((v for end, v in LIKELY.items() if name.endswith(end)), ...) for name in names]
    chance = random.Random(output)
    yield "None everywhere", [None] * len(types)
    for number in range(TIMES):
        yield (
            f"fitting {number}",
            [
                usual if usual is not ... and chance.random() < 0.7 else fitting(wanted, chance)
                for wanted, usual in zip(types, likely, strict=True)
            ],
        )


def failures(
    app: Flask,
    client: FlaskClient,
    values: Callable[[Flask, str], Iterator[tuple[str, list[object]]]],
    outputs: list[str],
) -> list[str]:
    """Every post that ended as 500."""
    found = []
    for output in outputs:
        for name, given in values(app, output):
            status, text = post(client, body_with(app, output, given))
            if status >= 500:
                found.append(f"{output[:60]} given {name} {str(given)[:200]}: {text}")
    return found


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_no_wrong_value_ends_as_500_or_is_stored(app: Flask, lived_in: House, role: str) -> None:
    client = walker(app, role)
    before = rows_of(lived_in)
    assert failures(app, client, wrong_values, server_side(app)) == []
    assert rows_of(lived_in) == before


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_value_that_fits_the_annotations_ends_as_500(
    app: Flask, lived_in: House, role: str
) -> None:
    client = walker(app, role)
    assert failures(app, client, fitting_values, server_side(app)) == []
    assert client.get("/account").status_code == 200


def test_a_refused_post_stores_nothing(app: Flask, lived_in: House) -> None:
    client = walker(app, "admin")
    for output in server_side(app):
        for name, given in islice(fitting_values(app, output), 8):
            before = rows_of(lived_in)
            status, _ = post(client, body_with(app, output, given))
            assert status < 400 or rows_of(lived_in) == before, (output, name, given)


@pytest.mark.parametrize("role", ["admin", "viewer", "display"])
def test_no_address_ends_as_500(app: Flask, lived_in: House, role: str) -> None:
    client = visitor(app, role, lived_in) if role == "display" else walker(app, role)
    before = rows_of(lived_in)
    own = [page["path"] for page in dash.page_registry.values()]
    failed = []
    for path, search in addresses(own):
        body = callback_body(app.extensions["dash"], PAGE_ROUTER, (path, search))
        status, text = post(client, body)
        if status >= 500:
            failed.append((path, search, text))
    assert failed == []
    assert rows_of(lived_in) == before


# --- the walk itself can fail ------------------------------------------------------------------


def test_the_walk_sees_a_callback_that_fails_on_what_it_is_given(
    app: Flask, lived_in: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = next(name for name in server_side(app) if "rooms-facts" in name)
    entry = app.extensions["dash"].callback_map[output]

    def planted(*values: Any, **_: object) -> str:
        return str(values[0]["kind"])

    planted.__module__ = entry["callback"].__module__
    monkeypatch.setitem(entry, "callback", planted)
    found = failures(app, walker(app, "admin"), wrong_values, [output])
    assert found
    assert "error_id" in found[0]


def test_the_walk_sees_a_callback_that_stores_what_it_should_refuse(
    app: Flask, lived_in: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = next(name for name in server_side(app) if "rooms-facts" in name)
    entry = app.extensions["dash"].callback_map[output]

    def planted(*_: object, **__: object) -> str:
        lived_in.building.update_settings(SYSTEM, {"name": "Taken over"})
        return "{}"

    planted.__module__ = entry["callback"].__module__
    monkeypatch.setitem(entry, "callback", planted)
    before = rows_of(lived_in)
    failures(app, walker(app, "admin"), wrong_values, [output])
    assert rows_of(lived_in) != before
