"""F29: a forged post for every callback of the real application, by everybody there is.

The inventory is `callback_map` itself: a callback that is added tomorrow is walked tomorrow, and
one without a permission stops `create_app` before this test even begins.
"""

from collections.abc import Iterator
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from api.callbacks import PAGE_ROUTER, required_permissions
from components import states
from domain.access import passwords
from domain.access.policy import DISPLAY_PERMISSIONS, ROLE_PERMISSIONS, ROLES, SIGNED_IN, SYSTEM
from domain.access.store import AuditQuery
from domain.house import House
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor

EVERYONE = ("anonymous", "display", *sorted(ROLES))
NO_ACCESS = states.no_access("x").className
HOSTILE: tuple[object, ...] = ({"evil": [1, 2]},) * 40


@pytest.fixture(scope="module")
def app(kept_app: Flask) -> Flask:
    """One application for all: what is posted here is answered by stand-ins or refused."""
    return kept_app


@pytest.fixture(scope="module")
def real_house(kept_house: House) -> Iterator[House]:
    """The house behind `app`, with one user per role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        kept_house.access.prepare_users(ask=lambda: PASSWORD)
        for role in sorted(ROLES - {"admin"}):
            a_user_with_password(kept_house, role)
        yield kept_house


def server_side(app: Flask) -> list[str]:
    pages: dash.Dash = app.extensions["dash"]
    return [output for output, entry in pages.callback_map.items() if "callback" in entry]


def expected_status(role: str, needed: set[str]) -> str:
    """401, 403 or allowed, by the table alone."""
    if role == "anonymous":
        return "401"
    if role == "display":
        allowed = needed == {"display.view"} and needed <= DISPLAY_PERMISSIONS
    else:
        allowed = needed <= ROLE_PERMISSIONS[role] | {SIGNED_IN}
    return "allowed" if allowed else "403"


def outcome(client: FlaskClient, body: dict[str, Any]) -> str:
    """What became of a post; a callback that was reached may fail on what it was given."""
    answer = client.post("/_dash-update-component", json=body)
    if answer.status_code in {401, 403} and answer.json["error"]["code"] != "bad_credentials":
        return str(answer.status_code)
    return "allowed"


@pytest.mark.parametrize("role", EVERYONE)
def test_every_callback_runs_for_exactly_the_roles_of_the_table(
    app: Flask, real_house: House, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: dash.Dash = app.extensions["dash"]
    client = visitor(app, role, real_house)
    reached: list[str] = []
    for output in server_side(app):
        if output == PAGE_ROUTER:
            continue
        entry = pages.callback_map[output]
        monkeypatch.setitem(entry, "callback", _stand_in(entry["callback"], output, reached))
        body = callback_body(pages, output, HOSTILE)
        expected = expected_status(role, required_permissions(pages, output))
        assert outcome(client, body) == expected, output
        assert (output in reached) is (expected == "allowed"), output


def _stand_in(callback: Any, output: str, reached: list[str]) -> Any:
    """Note that the callback would have run; its marks stay, its effects do not happen."""

    def noted(*_: object, **__: object) -> str:
        reached.append(output)
        return "{}"

    noted.__module__ = callback.__module__
    mark = getattr(callback, "__wattboard_permission__", None)
    if mark is not None:
        noted.__wattboard_permission__ = mark  # type: ignore[attr-defined]
    return noted


def test_every_callback_has_a_permission(app: Flask) -> None:
    pages: dash.Dash = app.extensions["dash"]
    unmarked = [
        output
        for output in server_side(app)
        if output != PAGE_ROUTER and not required_permissions(pages, output)
    ]
    assert unmarked == []
    assert len(server_side(app)) > 10


@pytest.mark.parametrize("role", EVERYONE)
def test_every_page_is_drawn_for_exactly_the_roles_of_the_table(
    app: Flask, real_house: House, role: str
) -> None:
    pages: dash.Dash = app.extensions["dash"]
    client = visitor(app, role, real_house)
    for page in dash.page_registry.values():
        expected = expected_status(role, {str(page["permission"])})
        answer = client.post(
            "/_dash-update-component",
            json=callback_body(pages, PAGE_ROUTER, (page["path"], "?role=admin")),
        )
        shown = "401" if answer.status_code == 401 else _shown(answer.json)
        assert shown == expected, (page["path"], answer.text[:300])


def _shown(answer: Any) -> str:
    """Tell a page from the words that stand for it where a role may not see it."""
    if "error" in answer:
        return "403"
    drawn = answer["response"]["_pages_content"]["children"]
    return "403" if drawn["props"].get("className") == NO_ACCESS else "allowed"


def test_refusals_of_a_viewer_are_in_the_audit(app: Flask, real_house: House) -> None:
    pages: dash.Dash = app.extensions["dash"]
    a_user_with_password(real_house, "viewer", "refused")
    client = visitor(app, "refused")
    refused = set()
    for output in server_side(app):
        if output == PAGE_ROUTER:
            continue
        for permission in sorted(required_permissions(pages, output)):
            if expected_status("viewer", {permission}) == "403":
                refused.add(permission)
                break
        client.post("/_dash-update-component", json=callback_body(pages, output, HOSTILE))
    rows, _ = real_house.access.audit_page(SYSTEM, AuditQuery(action="access.", page_size=500))
    told = {row.after for row in rows if row.actor_name == "refused"}
    assert told == {f'{{"permission": "{name}"}}' for name in refused}
