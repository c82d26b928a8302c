import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from domain.access import passwords, store
from domain.access.audit import record
from domain.access.policy import SYSTEM, Actor
from domain.access.service import DEMO_USERS, Access, NoAdministrator
from domain.access.store import AuditQuery
from domain.foundation.bus import Bus
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, NotSignedIn, TooMany
from domain.storage.engine import Database
from tests.unit.access.conftest import GOOD, Installation, RealTime, a_user, sign_in


def test_only_an_admin_manages_users(access: Access, admin: Actor) -> None:
    for role in ("manager", "operator", "viewer"):
        actor = a_user(access, admin, role, role)
        with pytest.raises(NotAllowed):
            access.users.all(actor)
        with pytest.raises(NotAllowed):
            access.users.create(actor, "mallory", "admin", GOOD)
        with pytest.raises(NotAllowed):
            access.users.set_role(actor, actor.user_id or 0, "admin")
        with pytest.raises(NotAllowed):
            access.users.reset_password(actor, admin.user_id or 0)


def test_two_users_cannot_share_a_name_in_any_spelling(access: Access, admin: Actor) -> None:
    access.users.create(admin, "Ana", "viewer", GOOD)
    with pytest.raises(Conflict):
        access.users.create(admin, "ana", "viewer", GOOD)
    assert [user.name for user in access.users.all(admin)] == ["admin", "Ana"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65, "<script>", "ana/admin", "-ana"])
def test_a_name_that_could_confuse_is_refused(access: Access, admin: Actor, name: str) -> None:
    with pytest.raises(InvalidInput):
        access.users.create(admin, name, "viewer", GOOD)


def test_a_role_that_does_not_exist_is_refused(access: Access, admin: Actor) -> None:
    with pytest.raises(InvalidInput):
        access.users.create(admin, "ana", "superuser", GOOD)


def test_the_last_admin_stays_one(access: Access, admin: Actor) -> None:
    user_id = admin.user_id or 0
    with pytest.raises(Conflict, match="only admin"):
        access.users.set_role(admin, user_id, "viewer")
    with pytest.raises(Conflict, match="yourself"):
        access.users.set_disabled(admin, user_id, disabled=True)
    second = a_user(access, admin, "eve", "admin")
    access.users.set_role(second, user_id, "viewer")
    with pytest.raises(Conflict, match="only admin"):
        access.users.set_role(second, second.user_id or 0, "viewer")


def test_a_reset_password_works_once_shown_and_the_old_one_no_longer(
    access: Access, admin: Actor
) -> None:
    ana = a_user(access, admin, "ana", "viewer")
    fresh = access.users.reset_password(admin, ana.user_id or 0)
    assert sign_in(access, "ana", fresh).name == "ana"
    with pytest.raises(NotSignedIn):
        access.authenticate("ana", GOOD, "192.0.2.1")


def test_changing_a_password_needs_the_present_one_and_counts_as_a_try(
    access: Access, admin: Actor
) -> None:
    ana = a_user(access, admin, "ana", "viewer")
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            access.users.change_password(ana, "a wrong old one", "another set of words")
    with pytest.raises(TooMany):
        access.users.change_password(ana, GOOD, "another set of words")


@pytest.mark.parametrize("new", [GOOD, "short", "ana is my name!"])
def test_the_new_password_must_be_new_and_good(access: Access, admin: Actor, new: str) -> None:
    ana = a_user(access, admin, "ana", "viewer")
    with pytest.raises(InvalidInput):
        access.users.change_password(ana, GOOD, new)
    assert access.still_valid(ana)


def test_a_token_cannot_change_its_issuers_password(access: Access, admin: Actor) -> None:
    token = Actor("t", "admin", admin.user_id, "token")
    with pytest.raises(NotAllowed):
        access.users.change_password(token, GOOD, "another set of words")


# --- the first users -----------------------------------------------------------------------


def open_with(database: Database, **settings: object) -> Access:
    return Access(database, Bus(), Installation(**settings), RealTime())  # type: ignore[arg-type]


def test_outside_the_demo_the_start_is_refused_until_an_admin_has_a_password(
    database: Database,
) -> None:
    with pytest.raises(NoAdministrator, match="WATTBOARD_ADMIN_PASSWORD"):
        open_with(database, admin_password=None).prepare_users()


def test_a_weak_first_password_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInput):
        open_with(database, admin_password="admin-demo").prepare_users()


def test_the_first_admin_is_made_once_and_the_setting_never_overwrites(database: Database) -> None:
    open_with(database).prepare_users()
    later = open_with(database, admin_password="a different password")
    later.prepare_users()
    assert later.authenticate("admin", GOOD, "192.0.2.1").role == "admin"


def test_a_terminal_is_asked_where_no_variable_is_set(database: Database) -> None:
    access = open_with(database, admin_password=None)
    access.prepare_users(ask=lambda: "typed at the start")
    assert access.authenticate("admin", "typed at the start", "192.0.2.1").role == "admin"


def test_the_demo_on_loopback_has_four_logins_with_known_passwords(database: Database) -> None:
    access = open_with(database, demo=True)
    shown = {login.name: login.password for login in access.prepare_users()}
    assert shown == {name: f"{name}-demo" for name in DEMO_USERS}
    for name in DEMO_USERS:
        assert access.authenticate(name, f"{name}-demo", "192.0.2.1").role == name
    assert [login.name for login in access.demo_logins()] == list(DEMO_USERS)


def test_the_demo_on_another_host_has_random_passwords_that_no_page_shows(
    database: Database,
) -> None:
    open_with(database, demo=True).prepare_users()
    access = open_with(database, demo=True, on_loopback=False)
    printed = {login.name: login.password for login in access.prepare_users()}
    with pytest.raises(NotSignedIn):
        access.authenticate("admin", "admin-demo", "192.0.2.1")
    assert access.authenticate("admin", printed["admin"] or "", "192.0.2.1").role == "admin"
    assert {login.password for login in access.demo_logins()} == {None}
    assert access.demo_admin() is None


def test_demo_logins_cannot_exist_outside_the_demo(database: Database) -> None:
    demo = open_with(database, demo=True)
    demo.prepare_users()
    actor = sign_in(demo, "manager", "manager-demo")
    real = open_with(database)
    assert real.prepare_users() == []
    assert not real.still_valid(actor)
    for name in DEMO_USERS:
        with pytest.raises(NotSignedIn):
            real.authenticate(name, f"{name}-demo", f"192.0.2.{len(name)}")
    assert real.authenticate("admin", GOOD, "203.0.113.9").role == "admin"
    assert real.demo_logins() == []


def test_even_before_they_are_shut_out_demo_logins_do_not_work_outside_it(
    database: Database,
) -> None:
    open_with(database, demo=True).prepare_users()
    with pytest.raises(NotSignedIn):
        open_with(database).authenticate("admin", "admin-demo", "192.0.2.1")


def test_a_demo_user_with_an_own_password_keeps_it(database: Database) -> None:
    demo = open_with(database, demo=True)
    demo.prepare_users()
    demo.users.change_password(sign_in(demo, "viewer", "viewer-demo"), "viewer-demo", GOOD)
    again = {login.name: login.password for login in demo.prepare_users()}
    assert again["viewer"] is None
    assert demo.authenticate("viewer", GOOD, "192.0.2.1").name == "viewer"


# --- a password that somebody else gave ----------------------------------------------------


def has_a_given_password(access: Access, name: str) -> bool:
    (found,) = [user for user in access.users.all(SYSTEM) if user.name == name]
    return found.password_given


def test_a_password_is_given_until_its_user_has_changed_it(access: Access, admin: Actor) -> None:
    _, first = access.users.invite(admin, "ana", "viewer")
    assert has_a_given_password(access, "ana")
    access.users.change_password(sign_in(access, "ana", first), first, GOOD)
    assert not has_a_given_password(access, "ana")
    fresh = access.users.reset_password(admin, sign_in(access, "ana").user_id or 0)
    assert has_a_given_password(access, "ana")
    with pytest.raises(InvalidInput):
        access.users.change_password(sign_in(access, "ana", fresh), fresh, fresh)
    assert has_a_given_password(access, "ana")


def test_a_given_password_opens_no_single_call(access: Access, admin: Actor) -> None:
    _, first = access.users.invite(admin, "ana", "manager")
    with pytest.raises(NotAllowed) as refused:
        access.actor_by_password("ana", first, "192.0.2.1")
    assert refused.value.code == "password_change_required"
    access.users.change_password(sign_in(access, "ana", first), first, GOOD)
    assert access.actor_by_password("ana", GOOD, "192.0.2.1").role == "manager"


def test_the_password_the_installer_chose_is_their_own(database: Database) -> None:
    for settings in ({}, {"admin_password": None}):
        access = open_with(database, **settings)
        access.prepare_users(ask=lambda: GOOD)
        assert not has_a_given_password(access, "admin")


def test_only_random_passwords_of_the_demo_are_to_be_changed(database: Database) -> None:
    for on_loopback in (True, False, True):
        access = open_with(database, demo=True, on_loopback=on_loopback)
        access.prepare_users()
        given = {has_a_given_password(access, name) for name in DEMO_USERS}
        assert given == {not on_loopback}


def test_the_audit_tells_a_given_password_from_an_own_one(access: Access, admin: Actor) -> None:
    _, first = access.users.invite(admin, "ana", "viewer")
    access.users.change_password(sign_in(access, "ana", first), first, GOOD)
    (changed, created), _ = access.audit_page(admin, AuditQuery(action="users.", page_size=2))
    assert created.after is not None
    assert '"password_given": true' in created.after
    assert (changed.actor_name, changed.action) == ("ana", "users.change_password")
    assert (changed.before, changed.after) == (
        '{"password_given": true}',
        '{"password_given": false}',
    )


# --- the audit -----------------------------------------------------------------------------


def test_every_change_of_a_user_is_in_the_audit(access: Access, admin: Actor) -> None:
    ana = access.users.create(admin, "ana", "viewer", GOOD)
    access.users.set_role(admin, ana.user_id, "operator")
    access.users.set_disabled(admin, ana.user_id, disabled=True)
    access.users.set_disabled(admin, ana.user_id, disabled=False)
    access.users.reset_password(admin, ana.user_id)
    rows, _ = access.audit_page(admin, AuditQuery(actor="admin", action="users."))
    assert [row.action for row in reversed(rows)] == [
        "users.create",
        "users.role",
        "users.disable",
        "users.enable",
        "users.reset_password",
    ]
    assert rows[3].before == '{"role": "viewer"}'
    assert rows[3].after == '{"role": "operator"}'


def test_the_audit_cannot_be_changed_or_deleted(access: Access, database: Database) -> None:
    for statement in (sa.update(store.audit_log).values(action="x"), sa.delete(store.audit_log)):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as c:
            c.execute(statement)


def test_an_audit_row_goes_with_the_change_it_belongs_to(
    access: Access, admin: Actor, database: Database
) -> None:
    def change_that_fails() -> None:
        with database.write() as c:
            record(c, admin, "rooms.update", "room/1")
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change_that_fails()
    assert access.audit_page(admin, AuditQuery(action="rooms."))[1] == 0


def test_a_hostile_name_stays_one_harmless_line(access: Access, admin: Actor) -> None:
    forged = Actor("eve\r\n\x1b[31mroot", "viewer", 1)
    access.audit(forged, "rooms.update", "room/\x00\ud800", after={"name": "a\nb"})
    rows, _ = access.audit_page(admin, AuditQuery(action="rooms."))
    assert rows[0].actor_name == "eve��\ufffd[31mroot"
    assert rows[0].after == '{"name": "a\\nb"}'


def test_the_audit_is_paged_and_filtered(access: Access, admin: Actor) -> None:
    for number in range(7):
        access.audit(admin, "rooms.update", f"room/{number}")
    rows, total = access.audit_page(admin, AuditQuery(action="rooms.", page=1, page_size=3))
    assert total == 7
    assert [row.target for row in rows] == ["room/3", "room/2", "room/1"]
    assert access.audit_page(admin, AuditQuery(action="%"))[1] == 0
    assert "rooms.update" in access.audit_names(admin)[1]


def test_only_an_admin_reads_the_audit(access: Access, admin: Actor) -> None:
    with pytest.raises(NotAllowed):
        access.audit_page(a_user(access, admin, "mia", "manager"), AuditQuery())


def test_processes_that_start_at_the_same_moment_make_one_first_user(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, hashed = threading.Barrier(8), passwords.hash_password(GOOD)

    def hash_password(_: str) -> str:
        together.wait(30)
        return hashed

    monkeypatch.setattr(passwords, "hash_password", hash_password)
    processes = [Access(database, bus, Installation()) for _ in range(8)]  # type: ignore[arg-type]
    with ThreadPoolExecutor(8) as pool:
        for started in [pool.submit(process.prepare_users) for process in processes]:
            started.result(60)
    with database.read() as c:
        assert [user.name for user in store.all_users(c)] == ["admin"]
