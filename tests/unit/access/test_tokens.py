import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import jwt
import pytest

from domain.access.model import SessionEnded
from domain.access.policy import Actor
from domain.access.service import Access
from domain.access.token_request import TokenRequest, read_token_request
from domain.access.tokens import Issued
from domain.foundation.bus import Bus
from domain.foundation.errors import InvalidInput, NotAllowed, NotSignedIn, Unknown
from domain.storage.engine import Database
from tests.unit.access.conftest import Installation, RealTime, a_user

KEY = hmac.digest(b"k" * 48, b"wattboard api tokens", hashlib.sha256)


def wish(*resources: str, **more: object) -> TokenRequest:
    return read_token_request({"name": "reader", "list_of_resources": list(resources), **more})


def generate(access: Access, actor: Actor, *resources: str, **more: object) -> Issued:
    return access.tokens.generate(actor, wish(*resources, **more))


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(NotSignedIn) as refusal:
        attempt()
    return refusal.value.code


def test_the_claims_are_those_of_the_contract(access: Access, admin: Actor, now: RealTime) -> None:
    issued = generate(access, admin, "sensors", "rooms:read", exp=60, embargo=5)
    claims = jwt.decode(
        issued.secret, KEY, algorithms=["HS256"], audience="wattboard/main",
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip
    assert claims == {
        "sub": str(admin.user_id),
        "jti": issued.token.jti,
        "iat": now.at_ms // 1000,
        "exp": now.at_ms // 1000 + 3600,
        "aud": "wattboard/main",
        "name": "reader",
        "list_of_resources": ["sensors", "rooms:read"],
        "data_aggregation": "all",
        "time_aggregation": "all",
        "embargo_period": 5,
    }


def test_a_bearer_acts_within_its_resources_and_its_issuers_role(
    access: Access, admin: Actor
) -> None:
    operator = a_user(access, admin, "oscar", "operator")
    bearer = access.actor_of_token(generate(access, operator, "sensors", "rooms:read").secret)
    assert bearer.kind == "token"
    assert bearer.permissions == {"sensors.read", "sensors.update", "rooms.read"}


def test_a_token_shrinks_when_its_issuers_role_does(access: Access, admin: Actor) -> None:
    oscar = a_user(access, admin, "oscar", "operator")
    secret = generate(access, oscar, "sensors").secret
    access.users.set_role(admin, oscar.user_id or 0, "viewer")
    assert access.actor_of_token(secret).permissions == {"sensors.read"}


def test_a_token_rests_while_its_issuer_is_shut_out(access: Access, admin: Actor) -> None:
    oscar = a_user(access, admin, "oscar", "operator")
    secret = generate(access, oscar, "sensors").secret
    access.users.set_disabled(admin, oscar.user_id or 0, disabled=True)
    assert code_of(lambda: access.actor_of_token(secret)) == "token_issuer_gone"


def test_nobody_passes_on_what_they_do_not_have(access: Access, admin: Actor) -> None:
    viewer = a_user(access, admin, "vera", "viewer")
    with pytest.raises(NotAllowed):
        generate(access, viewer, "sensors:read", "p2p")
    with pytest.raises(NotAllowed):
        generate(access, viewer, "demand-response:read")


def test_a_token_without_tokens_issues_none(access: Access, admin: Actor) -> None:
    bearer = access.actor_of_token(generate(access, admin, "sensors").secret)
    with pytest.raises(NotAllowed):
        generate(access, bearer, "sensors")
    reading = access.actor_of_token(generate(access, admin, "tokens:read").secret)
    with pytest.raises(NotAllowed):
        generate(access, reading, "tokens:read")


def test_what_a_token_issues_holds_no_more_than_itself(
    access: Access, admin: Actor, now: RealTime
) -> None:
    parent = access.actor_of_token(
        generate(
            access, admin, "tokens", "sensors:read", exp=30, embargo=60, data_aggregation="sum"
        ).secret
    )
    child = generate(access, parent, "sensors", exp=1440, time_aggregation="15minutes")
    bearer = access.actor_of_token(child.secret)
    assert bearer.permissions == {"sensors.read"}
    assert bearer.contract.embargo_minutes == 60
    assert bearer.contract.data_aggregation == "sum"
    assert bearer.contract.time_aggregation == "15minutes"
    assert child.token.expires_ms == now.at_ms + 30 * 60_000
    with pytest.raises(NotAllowed):
        generate(access, parent, "rooms")


# --- what is refused -----------------------------------------------------------------------


def signed(claims: dict[str, object], key: bytes = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def raw(header: dict[str, object], claims: dict[str, object], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


FORGERIES: dict[str, Callable[[dict[str, object]], str]] = {
    "another key": lambda c: signed(c, b"another key of at least 32 bytes!"),
    "no signature": lambda c: raw({"alg": "none", "typ": "JWT"}, c),
    "none in capitals": lambda c: raw({"alg": "NONE", "typ": "JWT"}, c),
    "another hash": lambda c: signed(c, algorithm="HS512"),
    "key named in the header": lambda c: jwt.encode(
        c, KEY + b"x", headers={"kid": "../../dev/null"}
    ),
    "another site": lambda c: signed({**c, "aud": "wattboard/other"}),
    "no audience": lambda c: signed({k: v for k, v in c.items() if k != "aud"}),
    "no expiry": lambda c: signed({k: v for k, v in c.items() if k != "exp"}),
    "no id": lambda c: signed({k: v for k, v in c.items() if k != "jti"}),
    "no issuer": lambda c: signed({k: v for k, v in c.items() if k != "sub"}),
    "expiry as text": lambda c: signed({**c, "exp": "tomorrow"}),
    "id as a list": lambda c: signed({**c, "jti": [c["jti"]]}),
    "cut short": lambda c: signed(c)[:-4],
    "changed": lambda c: signed(c).replace(".", ".e30", 1),
    "empty": lambda c: "",
    "nonsense": lambda c: "a.b.c.d",
    "not ascii": lambda c: "é.ü.ß",
}


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
def test_a_forged_token_is_refused(access: Access, admin: Actor, forgery: str) -> None:
    claims = dict(generate(access, admin, "sensors").claims)
    token = FORGERIES[forgery](claims)
    assert code_of(lambda: access.actor_of_token(token)) == "token_invalid"
    assert access.tokens.validate(token).valid is False


def test_ancestor_an_unknown_token_is_refused_not_let_through(access: Access, admin: Actor) -> None:
    claims = {**generate(access, admin, "sensors").claims, "jti": "0" * 32}
    assert code_of(lambda: access.actor_of_token(signed(claims))) == "token_unknown"


def test_ancestor_a_revoked_token_is_refused_at_once(
    access: Access, admin: Actor, ended: list[object]
) -> None:
    issued = generate(access, admin, "sensors")
    bearer = access.actor_of_token(issued.secret)
    access.tokens.revoke(admin, None, issued.token.jti)
    assert code_of(lambda: access.actor_of_token(issued.secret)) == "token_revoked"
    assert not access.still_valid(bearer)
    assert ended == [SessionEnded("token", issued.token.jti)]


def test_ancestor_a_token_expires_to_the_second_whatever_the_summer_time(
    access: Access, admin: Actor, now: RealTime
) -> None:
    issued = generate(access, admin, "sensors", exp=1)
    now.advance(59)
    assert access.still_valid(access.actor_of_token(issued.secret))
    now.advance(1)
    assert code_of(lambda: access.actor_of_token(issued.secret)) == "token_expired"


def test_ancestor_claims_of_one_token_never_reach_another(access: Access, admin: Actor) -> None:
    rooms = generate(access, admin, "rooms").secret
    sensors = generate(access, admin, "sensors").secret
    assert not access.actor_of_token(rooms).may("sensors.read")
    assert not access.actor_of_token(sensors).may("rooms.read")


def test_a_session_key_signs_no_token(access: Access, admin: Actor) -> None:
    claims = dict(generate(access, admin, "sensors").claims)
    assert code_of(lambda: access.actor_of_token(signed(claims, b"k" * 48))) == "token_invalid"


# --- save, revoke, list, validate ----------------------------------------------------------


def test_saving_a_revoked_token_makes_it_count_again(access: Access, admin: Actor) -> None:
    issued = generate(access, admin, "sensors")
    access.tokens.revoke(admin, issued.secret, None)
    access.tokens.save(admin, issued.secret, None)
    assert access.actor_of_token(issued.secret).may("sensors.read")


def test_a_token_cannot_bring_back_one_that_may_more(access: Access, admin: Actor) -> None:
    strong = generate(access, admin, "sensors", "batteries")
    access.tokens.revoke(admin, strong.secret, None)
    weak = access.actor_of_token(generate(access, admin, "tokens").secret)
    with pytest.raises(NotAllowed):
        access.tokens.save(weak, strong.secret, None)


def test_revoking_a_token_revokes_all_that_it_issued(access: Access, admin: Actor) -> None:
    parent = generate(access, admin, "tokens", "sensors")
    child = generate(access, access.actor_of_token(parent.secret), "tokens", "sensors")
    grandchild = generate(access, access.actor_of_token(child.secret), "sensors")
    access.tokens.revoke(admin, parent.secret, None)
    for issued in (parent, child, grandchild):
        assert code_of(lambda issued=issued: access.actor_of_token(issued.secret))


def test_other_peoples_tokens_are_unknown_to_all_but_admins(access: Access, admin: Actor) -> None:
    mia, oscar = (
        a_user(access, admin, n, r) for n, r in (("mia", "manager"), ("oscar", "operator"))
    )
    issued = generate(access, oscar, "sensors")
    with pytest.raises(Unknown):
        access.tokens.revoke(mia, None, issued.token.jti)
    assert access.tokens.list(mia) == []
    assert [token.jti for token in access.tokens.list(admin)] == [issued.token.jti]
    access.tokens.revoke(admin, None, issued.token.jti)


def test_the_list_never_shows_a_secret(access: Access, admin: Actor) -> None:
    issued = generate(access, admin, "sensors")
    assert issued.secret not in repr(access.tokens.list(admin))


def test_validation_answers_instead_of_failing(access: Access, admin: Actor, now: RealTime) -> None:
    issued = generate(access, admin, "sensors", exp=1)
    verdict = access.tokens.validate(issued.secret)
    assert (verdict.valid, verdict.reason) == (True, None)
    assert verdict.claims["name"] == "reader"
    now.advance(61)
    late = access.tokens.validate(issued.secret)
    assert (late.valid, late.reason) == (False, "token_expired")
    assert late.claims["name"] == "reader"


def test_the_list_notes_the_last_use(access: Access, admin: Actor, now: RealTime) -> None:
    issued = generate(access, admin, "sensors")
    assert access.tokens.list(admin)[0].last_used_ms is None
    now.advance(5)
    access.actor_of_token(issued.secret)
    assert access.tokens.list(admin)[0].last_used_ms == now.at_ms


# --- the documents' first call -------------------------------------------------------------


def demo(database: Database, *, is_demo: bool = True) -> Access:
    access = Access(database, Bus(), Installation(demo=is_demo), RealTime())
    access.prepare_users()
    return access


def test_the_quick_start_acts_as_admin_on_three_resources_and_nothing_else(
    database: Database,
) -> None:
    access = demo(database)
    user = access.demo_admin()
    assert user is not None
    issued = access.tokens.quick_start(user, wish("sensors", "rooms", "analytics"))
    bearer = access.actor_of_token(issued.secret)
    assert bearer.may("rooms.create")
    assert bearer.may("corrections.write")
    assert not any(map(bearer.may, ("batteries.view", "tokens.own", "users.manage", "iot.view")))
    for more in ("batteries", "tokens:read", "aggregated", "events"):
        with pytest.raises(NotAllowed) as refusal:
            access.tokens.quick_start(user, wish("sensors", more))
        assert refusal.value.code == "resource_needs_login"


def test_a_quick_start_token_dies_with_the_demo(database: Database) -> None:
    access = demo(database)
    user = access.demo_admin()
    assert user is not None
    secret = access.tokens.quick_start(user, wish("sensors")).secret
    real = demo(database, is_demo=False)
    assert code_of(lambda: real.actor_of_token(secret)) == "token_revoked"


# --- reading the request -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"list_of_resources": "sensors"}, "list_of_resources"),
        ({"list_of_resources": []}, "list_of_resources"),
        ({"list_of_resources": [1]}, "list_of_resources"),
        ({"exp": 0}, "exp"),
        ({"exp": 525_601}, "exp"),
        ({"exp": 1.5}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": "60"}, "exp"),
        ({"embargo": -1}, "embargo"),
        ({"data_aggregation": "5 min"}, "data_aggregation"),
        ({"time_aggregation": "10minutes"}, "time_aggregation"),
        ({"time_aggregation": ["all"]}, "time_aggregation"),
        ({"role": "admin"}, "role"),
        ({"sub": "1"}, "sub"),
    ],
)
def test_an_unacceptable_field_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_token_request({"name": "x", "list_of_resources": ["sensors"], **change})
    assert [error.field for error in refusal.value.fields] == [field]


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_a_request_is_an_object(body: object) -> None:
    with pytest.raises(InvalidInput):
        read_token_request(body)


def test_defaults_are_those_of_the_contract() -> None:
    request = wish("sensors", "sensors")
    assert request.life_minutes == 1440
    assert request.listed == ("sensors",)
    assert not request.contract.restricts


def test_a_revocation_by_another_process_counts_at_the_next_call(
    access: Access, admin: Actor, database: Database, now: RealTime
) -> None:
    secret = generate(access, admin, "sensors").secret
    assert access.actor_of_token(secret).may("sensors.read")
    elsewhere = Access(database, Bus(), Installation(), now)
    elsewhere.tokens.revoke(admin, secret, None)
    assert code_of(lambda: access.actor_of_token(secret)) == "token_revoked"
    elsewhere.tokens.save(admin, secret, None)
    assert access.actor_of_token(secret).may("sensors.read")


def test_a_token_accepted_before_still_expires_and_a_changed_one_is_still_refused(
    access: Access, admin: Actor, now: RealTime
) -> None:
    issued = generate(access, admin, "sensors", exp=1)
    access.actor_of_token(issued.secret)
    head, body, mark = issued.secret.split(".")
    for changed in (f"{head}.{body}.{mark[::-1]}", f"{head}.{body[:-2]}.{mark}", f"{body}.{mark}"):
        assert code_of(lambda changed=changed: access.actor_of_token(changed)) == "token_invalid"
    now.advance(60)
    assert code_of(lambda: access.actor_of_token(issued.secret)) == "token_expired"
