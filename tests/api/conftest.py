"""The web edge over a real house: a small Dash application behind the real gate."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from dash import Input, Output, _callback, html
from flask import Flask
from flask.testing import FlaskClient

import api
from api import gate, headers, limits
from api.limits import Rate
from domain.access import passwords
from domain.access.policy import ROLES, SYSTEM, Actor, needs
from domain.foundation.clock import FixedClock
from domain.house import House, set_house
from domain.storage.engine import Database
from settings import Settings
from tests.api.contract import HonestClient
from tests.conftest import TUESDAY_10H, copied, settings_in

PASSWORD = "four unrelated words"
GIVEN = "given by somebody else"
CHEAP_HASHER = PasswordHasher(1, 8, 1)  # the cost is tested apart
PAGES = Path(__file__).with_name("small_pages")
ROUTER = ".._pages_content.children..._pages_store.data.."


def forget_dash() -> None:
    """Empty Dash's registries, which are global."""
    dash.page_registry.clear()
    _callback.GLOBAL_CALLBACK_LIST.clear()
    _callback.GLOBAL_CALLBACK_MAP.clear()
    for name in [name for name in sys.modules if name.startswith("small_pages")]:
        del sys.modules[name]


def a_dash(server: Flask) -> dash.Dash:
    """Three pages, and one callback of the shell that belongs to no page."""
    forget_dash()
    pages = dash.Dash(
        "small", server=server, use_pages=True, pages_folder=str(PAGES),
        suppress_callback_exceptions=True, use_async=False, enable_mcp=False,
    )  # fmt: skip
    pages.layout = html.Div([dash.page_container])

    @pages.callback(Output("shell-out", "children"), Input("shell-in", "value"))
    @needs("signed_in")
    def shell(value: object) -> str:
        return f"shell {value}"

    pages.clientside_callback("x => x", Output("js-out", "children"), Input("js-in", "value"))
    return pages


def a_web(house: House) -> Flask:
    """Build the server as app.py does."""
    set_house(house)
    server = Flask("wattboard", static_folder=None)
    pages = a_dash(server)
    api.register_api(server, house)
    gate.protect(server, pages, house)
    headers.secure(server, pages)
    server.test_client().get("/assets/favicon.svg")
    gate.check(server, pages, no_access=lambda permission: html.P(f"no access: {permission}"))
    server.extensions["dash"] = pages
    server.test_client_class = HonestClient
    return server


Compose = Callable[..., House]


@pytest.fixture
def compose(
    settings: Settings,
    sqlite_database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Compose]:
    """Compose a house with other settings than the usual ones."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP_HASHER)
    made: list[House] = []

    def build(**changes: Any) -> House:
        chosen = replace(settings, admin_password=PASSWORD, **changes)
        made.append(House.compose(chosen, clock=clock, database=sqlite_database))
        made[-1].access.prepare_users()
        return made[-1]

    yield build
    for house in made:
        house.close()


def a_user_with_password(house: House, role: str, name: str | None = None) -> None:
    """A user, named like the role unless told otherwise, who has already chosen PASSWORD."""
    user = house.access.users.create(SYSTEM, name or role, role, GIVEN)
    actor = Actor(user.name, user.role, user.user_id)
    house.access.users.change_password(actor, GIVEN, PASSWORD)


@pytest.fixture
def small_house(compose: Compose) -> House:
    """A house with one user per role, all with PASSWORD."""
    return a_user_per_role(compose())


def a_user_per_role(house: House) -> House:
    for role in sorted(ROLES - {"admin"}):
        a_user_with_password(house, role)
    return house


@pytest.fixture
def web(small_house: House) -> Flask:
    return a_web(small_house)


@pytest.fixture(scope="module")
def kept_web(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """As `web`, but one for all tests of a module, which only ask who may what; nobody waits."""
    folder = tmp_path_factory.mktemp("kept")
    chosen = replace(settings_in(folder), admin_password=PASSWORD)
    with pytest.MonkeyPatch.context() as patch, copied(sqlite_template, folder) as database:
        patch.setattr(passwords, "_hasher", CHEAP_HASHER)
        hurry_nobody(patch)
        house = House.compose(chosen, clock=FixedClock(TUESDAY_10H), database=database)
        house.access.prepare_users()
        yield a_web(a_user_per_role(house))
        house.close()


def visitor(server: Flask, role: str, house: House | None = None) -> FlaskClient:
    """A browser: anonymous, signed in as one of the roles, or a paired wall display."""
    client = server.test_client()
    if role == "display":
        assert house is not None
        code = house.access.displays.create_code(SYSTEM, "Lobby")
        assert client.post("/kiosk/pair", data={"code": code}).status_code == 303
    elif role != "anonymous":
        answer = client.post("/login", data={"username": role, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
    return client


def _output(name: str) -> Any:
    """Turn `id.property` of a callback's name into what the renderer sends for it."""
    component, _, prop = name.rpartition(".")
    if not component.startswith("{"):
        return {"id": component, "property": prop}
    parts = json.loads(component)
    if ["ALL"] in parts.values() or ["ALLSMALLER"] in parts.values():
        return []
    matched = {key: "x" if part == ["MATCH"] else part for key, part in parts.items()}
    return {"id": matched, "property": prop}


def callback_body(pages: dash.Dash, output: str, values: tuple[object, ...] = ()) -> dict[str, Any]:
    """Build what Dash's renderer would send for a callback, with any values."""
    entry = pages.callback_map[output]

    def filled(declared: list[dict[str, Any]]) -> list[object]:
        given = iter(values)
        found: list[object] = []
        for wanted in declared:
            several = '["ALL"]' in wanted["id"]
            fixed = wanted["id"] if several or "{" not in wanted["id"] else json.loads(wanted["id"])
            one = {"id": fixed, "property": wanted["property"], "value": next(given, None)}
            found.append([] if several else one)
        return found

    several = output.startswith("..")
    names = output.strip(".").split("...") if several else [output]
    shape = [_output(name) for name in names]
    return {
        "output": output,
        "outputs": shape if several else shape[0],
        "inputs": filled(entry["inputs"]),
        "state": filled(entry["state"]),
        "changedPropIds": [],
    }


def run_callback(client: FlaskClient, server: Flask, output: str, *values: object) -> Any:
    body = callback_body(server.extensions["dash"], output, values)
    return client.post("/_dash-update-component", json=body)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to wait, however many calls a walk makes; rates are tested elsewhere."""
    hurry_nobody(monkeypatch)


def hurry_nobody(patch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN_RATE", "USER_RATE", "ADDRESS_RATE", "ACTING_RATE"):
        patch.setattr(limits, name, Rate(per_s=1e6, burst=10**6))
