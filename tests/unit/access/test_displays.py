import re

import pytest
import sqlalchemy as sa

from domain.access import credential_store
from domain.access.model import SessionEnded
from domain.access.policy import Actor
from domain.access.service import Access
from domain.foundation.errors import InvalidInput, NotAllowed, TooMany, Unknown
from domain.storage.engine import Database
from tests.unit.access.conftest import RealTime, a_user

WALL = "192.0.2.50"


def test_a_code_pairs_one_display_once(access: Access, admin: Actor) -> None:
    code = access.displays.create_code(admin, "Lobby")
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    secret, display = access.displays.pair(code, WALL)
    actor = access.actor_of_display(secret, WALL)
    assert actor is not None
    assert (actor.kind, actor.name, display.name) == ("display", "Lobby", "Lobby")
    assert access.still_valid(actor)
    with pytest.raises(InvalidInput, match="used"):
        access.displays.pair(code, WALL)


def test_a_code_may_be_typed_in_small_letters_and_without_the_hyphen(
    access: Access, admin: Actor
) -> None:
    code = access.displays.create_code(admin, "Lobby")
    assert access.displays.pair(f" {code.lower().replace('-', ' ')} ", WALL)


def test_a_code_is_good_for_ten_minutes(access: Access, admin: Actor, now: RealTime) -> None:
    code = access.displays.create_code(admin, "Lobby")
    now.advance(601)
    with pytest.raises(InvalidInput, match="ten minutes"):
        access.displays.pair(code, WALL)


def test_guessing_codes_is_delayed(access: Access, admin: Actor) -> None:
    code = access.displays.create_code(admin, "Lobby")
    for _ in range(5):
        with pytest.raises(InvalidInput):
            access.displays.pair("AAAA-AAAA", WALL)
    with pytest.raises(TooMany):
        access.displays.pair(code, WALL)
    assert access.displays.pair(code, "192.0.2.51")


def test_revoking_takes_the_view_away_at_once(
    access: Access, admin: Actor, ended: list[object]
) -> None:
    secret, display = access.displays.pair(access.displays.create_code(admin, "Lobby"), WALL)
    actor = access.actor_of_display(secret, WALL)
    assert actor is not None
    access.displays.revoke(admin, display.display_id)
    assert access.actor_of_display(secret, WALL) is None
    assert not access.still_valid(actor)
    assert ended == [SessionEnded("display", display.display_id)]


def test_an_unused_code_can_be_revoked(access: Access, admin: Actor) -> None:
    code = access.displays.create_code(admin, "Lobby")
    access.displays.revoke(admin, access.displays.all(admin)[0].display_id)
    with pytest.raises(InvalidInput):
        access.displays.pair(code, WALL)


def test_neither_code_nor_cookie_is_in_the_database(
    access: Access, admin: Actor, database: Database
) -> None:
    code = access.displays.create_code(admin, "Lobby")
    secret, _ = access.displays.pair(code, WALL)
    with database.read() as c:
        rows = repr(c.execute(sa.select(credential_store.displays)).all())
    assert secret not in rows
    assert code.replace("-", "") not in rows


def test_only_managers_and_admins_hang_displays(access: Access, admin: Actor) -> None:
    operator = a_user(access, admin, "oscar", "operator")
    with pytest.raises(NotAllowed):
        access.displays.create_code(operator, "Lobby")
    with pytest.raises(NotAllowed):
        access.displays.all(operator)
    assert access.displays.create_code(a_user(access, admin, "mia", "manager"), "Lobby")


def test_a_display_needs_a_name_and_an_unknown_one_is_unknown(access: Access, admin: Actor) -> None:
    with pytest.raises(InvalidInput):
        access.displays.create_code(admin, "  ")
    with pytest.raises(Unknown):
        access.displays.revoke(admin, "no such display")


def test_a_display_notes_when_and_where_it_was_seen(
    access: Access, admin: Actor, now: RealTime
) -> None:
    secret, _ = access.displays.pair(access.displays.create_code(admin, "Lobby"), WALL)
    now.advance(120)
    access.actor_of_display(secret, "192.0.2.77")
    shown = access.displays.all(admin)[0]
    assert (shown.last_seen_ms, shown.address) == (now.at_ms, "192.0.2.77")
