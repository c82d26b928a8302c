import json
import threading

import pytest
import sqlalchemy as sa

from domain.access import passwords, store
from domain.access.model import SessionEnded
from domain.access.policy import Actor
from domain.access.service import Access
from domain.access.sessions import IDLE_MS, LIFETIME_MS
from domain.access.store import AuditQuery
from domain.foundation.errors import NotSignedIn, TooMany, Unknown
from domain.storage.engine import Database
from tests.unit.access.conftest import GOOD, RealTime, a_user, sign_in


def fail(access: Access, name: str = "admin", address: str = "192.0.2.9") -> str:
    """Try a wrong password and give the code of the refusal."""
    try:
        access.authenticate(name, "not the password", address)
    except (NotSignedIn, TooMany) as refusal:
        return refusal.code
    raise AssertionError("let in")


def test_the_right_password_opens_a_session_that_names_its_user(access: Access) -> None:
    actor = sign_in(access, "admin")
    assert (actor.name, actor.role, actor.kind) == ("admin", "admin", "user")
    assert actor.credential is not None
    assert access.still_valid(actor)


@pytest.mark.parametrize("name", ["ADMIN", " admin ", "ＡＤＭＩＮ"])
def test_a_name_is_found_however_it_is_written(access: Access, name: str) -> None:
    assert access.authenticate(name, GOOD, "192.0.2.1").name == "admin"


def test_unknown_wrong_and_disabled_are_refused_with_the_same_words(
    access: Access, admin: Actor
) -> None:
    ana = access.users.create(admin, "ana", "viewer", GOOD)
    access.users.set_disabled(admin, ana.user_id, disabled=True)
    words = set()
    for name, password in [("nobody", GOOD), ("admin", "wrong password"), ("ana", GOOD)]:
        with pytest.raises(NotSignedIn) as refusal:
            access.authenticate(name, password, "192.0.2.1")
        words.add((refusal.value.code, refusal.value.message))
    assert len(words) == 1


def test_the_secret_of_a_session_is_nowhere_in_the_database(
    access: Access, database: Database
) -> None:
    secret = access.sign_in("admin", GOOD, "192.0.2.1", "test")
    with database.read() as c:
        rows = [*c.execute(sa.select(store.sessions)), *c.execute(sa.select(store.users))]
    assert secret not in repr(rows)
    assert GOOD not in repr(rows)


# --- delay after failures ------------------------------------------------------------------


def test_the_sixth_try_in_five_minutes_is_refused_before_any_hashing(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [fail(access) for _ in range(5)] == ["bad_credentials"] * 5
    monkeypatch.setattr(passwords, "verify", lambda *_: pytest.fail("hashed"))
    with pytest.raises(TooMany) as refusal:
        access.authenticate("admin", GOOD, "198.51.100.7")
    assert refusal.value.retry_after_s == 300


def test_the_delay_ends_by_itself(access: Access, now: RealTime) -> None:
    for _ in range(5):
        fail(access)
        now.advance(10)
    assert fail(access) == "too_many"
    now.advance(300 - 50 + 1)
    assert access.authenticate("admin", GOOD, "192.0.2.9").name == "admin"


def test_an_address_that_tries_many_names_is_delayed_too(access: Access) -> None:
    assert [fail(access, f"user{i}") for i in range(5)] == ["bad_credentials"] * 5
    assert fail(access, "somebody else") == "too_many"
    assert access.authenticate("admin", GOOD, "203.0.113.5").name == "admin"


def test_an_ipv6_visitor_cannot_escape_inside_their_own_network(access: Access) -> None:
    assert [fail(access, f"u{i}", f"2001:db8::{i}") for i in range(5)] == ["bad_credentials"] * 5
    assert fail(access, "u9", "2001:db8::9999") == "too_many"
    assert fail(access, "u9", "2001:db8:1::1") == "bad_credentials"


def test_failures_of_others_never_end_a_running_session(access: Access) -> None:
    actor = sign_in(access, "admin")
    for _ in range(8):
        fail(access)
    assert access.still_valid(actor)


def test_a_success_forgives_the_users_failures_but_not_the_addresss(access: Access) -> None:
    for _ in range(4):
        fail(access, "admin", "192.0.2.9")
    access.authenticate("admin", GOOD, "203.0.113.5")
    assert fail(access, "admin", "203.0.113.5") == "bad_credentials"
    for name in ("a", "b", "c", "d"):
        fail(access, name, "198.51.100.1")
    access.authenticate("admin", GOOD, "198.51.100.1")
    assert fail(access, "e", "198.51.100.1") == "bad_credentials"
    assert fail(access, "f", "198.51.100.1") == "too_many"


def test_fifty_tries_at_once_are_counted_before_they_are_checked(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, codes = [], []
    real = passwords.verify
    monkeypatch.setattr(
        passwords, "verify", lambda stored, given: checked.append(1) or real(stored, given)
    )
    threads = [threading.Thread(target=lambda: codes.append(fail(access))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) == 5
    assert codes.count("too_many") == 45


def test_the_audit_keeps_who_failed_but_never_what_was_typed(access: Access) -> None:
    fail(access, "admin")
    fail(access, "my secret passphrase typed into the wrong field")
    rows, total = access.audit_page(sign_in(access, "admin"), AuditQuery(action="login.failed"))
    assert total == 2
    assert {row.target for row in rows} == {"user/admin", "user/?"}
    assert "passphrase" not in json.dumps([repr(row) for row in rows])


# --- the end of sessions -------------------------------------------------------------------


def test_a_session_taken_before_logout_is_dead_after_it(
    access: Access, ended: list[object]
) -> None:
    secret = access.sign_in("admin", GOOD, "192.0.2.1", "test")
    found = access.signed_in(secret)
    assert found is not None
    actor = access.actor_of_session(found)
    access.sessions.end(actor, found.session.session_id)
    assert access.signed_in(secret) is None
    assert not access.still_valid(actor)
    assert ended == [SessionEnded("session", found.session.session_id)]


def test_nobody_ends_the_session_of_somebody_else(access: Access, admin: Actor) -> None:
    ana = a_user(access, admin, "ana", "viewer")
    assert admin.credential is not None
    with pytest.raises(Unknown):
        access.sessions.end(ana, admin.credential[1])
    assert access.still_valid(admin)


@pytest.mark.parametrize("change", ["password", "reset", "role", "disable"])
def test_a_change_of_the_user_ends_every_session_at_once(
    access: Access, admin: Actor, ended: list[object], change: str
) -> None:
    first = a_user(access, admin, "ana", "operator")
    second = sign_in(access, "ana")
    ended.clear()
    user_id = first.user_id or 0
    if change == "password":
        access.users.change_password(first, GOOD, "another set of words")
    elif change == "reset":
        access.users.reset_password(admin, user_id)
    elif change == "role":
        access.users.set_role(admin, user_id, "viewer")
    else:
        access.users.set_disabled(admin, user_id, disabled=True)
    assert not access.still_valid(first)
    assert not access.still_valid(second)
    assert {(e.kind, e.key) for e in ended if isinstance(e, SessionEnded)} == {
        first.credential,
        second.credential,
    }
    assert access.still_valid(admin)


def test_a_session_lives_while_a_page_is_open_and_seven_days_at_most(
    access: Access, now: RealTime
) -> None:
    actor = sign_in(access, "admin")
    step_s = IDLE_MS / 1000 - 60
    for _ in range(int(LIFETIME_MS / 1000 // step_s)):
        now.advance(step_s)
        assert access.still_valid(actor)
    now.advance(step_s)
    assert not access.still_valid(actor)


def test_a_session_that_nobody_uses_ends_after_twelve_hours(access: Access, now: RealTime) -> None:
    actor = sign_in(access, "admin")
    now.advance(IDLE_MS / 1000 + 1)
    assert not access.still_valid(actor)


def test_ended_sessions_are_forgotten_after_a_month(
    access: Access, database: Database, now: RealTime
) -> None:
    sign_in(access, "admin")
    now.advance(20 * 86400)
    kept = sign_in(access, "admin")
    now.advance(20 * 86400 - LIFETIME_MS / 1000)
    assert access.forget_ended() == 0
    now.advance(LIFETIME_MS / 1000 + 60)
    assert access.forget_ended() == 1
    with database.read() as c:
        assert kept.credential is not None
        assert c.scalar(sa.select(store.sessions.c.session_id)) == kept.credential[1]


def test_a_forged_secret_is_nobody(access: Access) -> None:
    for secret in ("", "x", "\ud800", "a" * 10_000, "' OR 1=1 --"):
        assert access.signed_in(secret) is None
