import pytest

from domain.access.policy import (
    ALIASES,
    DISPLAY_PERMISSIONS,
    PERMISSIONS,
    RESOURCES,
    ROLE_PERMISSIONS,
    SIGNED_IN,
    SYSTEM,
    Actor,
    Contract,
    needs,
    resolve_resources,
    token_permissions,
)
from domain.foundation.errors import InvalidInput, NotAllowed

ADMIN, MANAGER, OPERATOR, VIEWER = "admin", "manager", "operator", "viewer"
EVERYBODY = {ADMIN, MANAGER, OPERATOR, VIEWER}

# API.md §4, written out a second time by hand: permission -> roles that hold it.
EXPECTED: dict[str, set[str]] = {
    "sensors.read": EVERYBODY,
    "sensors.update": {ADMIN, MANAGER, OPERATOR},
    "sensors.create": {ADMIN, MANAGER},
    "sensors.delete": {ADMIN, MANAGER},
    "rooms.read": EVERYBODY,
    "rooms.create": {ADMIN, MANAGER},
    "rooms.update": {ADMIN, MANAGER},
    "rooms.delete": {ADMIN, MANAGER},
    "comfort.update": {ADMIN, MANAGER},
    "analytics.view": EVERYBODY,
    "analytics.full": {ADMIN, MANAGER},
    "forecast.view": EVERYBODY,
    "forecast.full": {ADMIN, MANAGER},
    "export": EVERYBODY,
    "events.view": EVERYBODY,
    "events.acknowledge": {ADMIN, MANAGER, OPERATOR},
    "corrections.write": {ADMIN, MANAGER},
    "batteries.view": EVERYBODY,
    "batteries.monitor": {ADMIN, MANAGER, OPERATOR},
    "batteries.control": {ADMIN, MANAGER},
    "iot.view": EVERYBODY,
    "iot.control": {ADMIN, MANAGER},
    "jobs.run": {ADMIN, MANAGER},
    "dr.view": {ADMIN, MANAGER, OPERATOR},
    "dr.manage": {ADMIN, MANAGER},
    "p2p.view": {ADMIN, MANAGER},
    "p2p.trade": {ADMIN, MANAGER},
    "displays.manage": {ADMIN, MANAGER},
    "building.update": {ADMIN, MANAGER},
    "display.view": EVERYBODY,
    "tokens.own": EVERYBODY,
    "tokens.read": EVERYBODY,
    "tokens.all": {ADMIN},
    "users.manage": {ADMIN},
    "audit.read": {ADMIN},
    "design.view": {ADMIN},
}


def a(role: str) -> Actor:
    return Actor(name=role, role=role, user_id=1)


@pytest.mark.parametrize("permission", sorted(EXPECTED))
def test_each_permission_is_held_by_exactly_the_roles_of_the_contract(permission: str) -> None:
    assert {role for role in ROLE_PERMISSIONS if a(role).may(permission)} == EXPECTED[permission]


def test_no_permission_exists_outside_the_written_table() -> None:
    assert set(EXPECTED) == PERMISSIONS


@pytest.mark.parametrize("actor", [a("admin"), SYSTEM, a("nobody")])
def test_a_permission_that_nobody_wrote_down_is_denied(actor: Actor) -> None:
    assert not actor.may("sensors.destroy")
    with pytest.raises(NotAllowed):
        actor.require("sensors.destroy")


def test_an_unknown_role_may_nothing() -> None:
    assert not any(a("superuser").may(permission) for permission in PERMISSIONS)


def test_the_system_may_everything_in_the_table() -> None:
    assert all(SYSTEM.may(permission) for permission in PERMISSIONS)


def test_signed_in_means_a_person_not_a_token_and_not_a_wall() -> None:
    token = Actor("t", "admin", 1, "token", permissions=PERMISSIONS)
    wall = Actor("w", "display", kind="display", permissions=DISPLAY_PERMISSIONS)
    assert [x.may(SIGNED_IN) for x in (a("viewer"), token, wall)] == [True, False, False]


def test_a_wall_display_changes_nothing() -> None:
    assert all(name.endswith((".view", ".read")) for name in DISPLAY_PERMISSIONS)


def test_the_refusal_names_the_role_and_the_permission() -> None:
    with pytest.raises(NotAllowed, match=r"Viewer.*rooms\.update"):
        a("viewer").require("rooms.update")


def test_a_callback_cannot_be_marked_with_a_permission_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match=r"rooms\.raed"):
        needs("rooms.raed")


@pytest.mark.parametrize("name", ["nonsense", "sensors:write", "sensors:", ":read", "", "Sensors"])
def test_an_unknown_resource_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        resolve_resources([name])
    assert refusal.value.code == "unknown_resource"
    assert "demand-response" in refusal.value.message


def test_the_originals_scopes_are_aliases_of_resources_that_exist() -> None:
    for alias in ALIASES:
        assert resolve_resources([alias])


@pytest.mark.parametrize("role", sorted(ROLE_PERMISSIONS))
@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_a_token_never_exceeds_its_issuer_and_read_never_exceeds_all(
    role: str, resource: str
) -> None:
    issuer = ROLE_PERMISSIONS[role]
    everything = token_permissions([resource], issuer)
    reading = token_permissions([f"{resource}:read"], issuer)
    assert reading <= everything <= issuer
    writing = (".create", ".update", ".delete", ".full", ".control", ".manage", ".trade", ".write")
    assert not [name for name in reading if name.endswith((*writing, ".own", ".all"))]


def test_corrections_need_sensors_and_analytics_together() -> None:
    issuer = ROLE_PERMISSIONS["admin"]
    assert "corrections.write" not in token_permissions(["analytics"], issuer)
    assert "corrections.write" not in token_permissions(["analytics", "sensors:read"], issuer)
    assert "corrections.write" in token_permissions(["analytics", "sensors"], issuer)


@pytest.mark.parametrize(
    ("contract", "streams"),
    [
        (Contract(), True),
        (Contract(data_aggregation="individual"), True),  # one column per device: nothing withheld
        (Contract(data_aggregation="sum"), False),
        (Contract(time_aggregation="5minutes"), False),
        (Contract(embargo_minutes=1), False),
    ],
)
def test_a_token_with_a_limit_gets_no_live_stream(contract: Contract, streams: bool) -> None:
    assert Actor("t", "viewer", 1, "token", contract=contract).may_stream is streams
