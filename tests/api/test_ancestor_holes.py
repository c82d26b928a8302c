"""The eight holes of the system before, each by the incident that must not come back."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask import Flask

from domain.access.current import current_actor
from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import FixedClock, to_ms
from domain.foundation.contract import in_force
from domain.house import House
from domain.telemetry.model import Reading
from settings import Settings, SettingsError
from tests.api.conftest import visitor
from tests.api.test_roles import OPEN, WHO, called
from tests.api.test_tokens import bearer, generate

ROOT = Path(__file__).parents[2]
EVERYTHING = ("sensors", "rooms", "analytics", "tokens")
CLOSED = sorted(set(WHO) - OPEN)
WELL_KNOWN = "thisisthesecretkey"


def forged(web: Flask, key: Any, **changes: Any) -> dict[str, str]:
    """A bearer with every claim of a real token, signed with another key or slightly changed."""
    issued = generate(visitor(web, "admin"), *EVERYTHING)
    claims = jwt.decode(issued["token"], options={"verify_signature": False})
    return {"Authorization": f"Bearer {jwt.encode({**claims, **changes}, key)}"}


def test_ancestor_an_unknown_token_went_through(web: Flask, small_house: House) -> None:
    """A token that was in no list reached the handler: the search ended without a match, 200."""
    unlisted = forged(web, small_house.access.tokens._key, jti="f" * 32)
    for headers in (unlisted, {"Authorization": "Bearer garbage"}, {"Authorization": "Bearer "}):
        for what in CLOSED:
            assert called(web, "anonymous", what, headers) == 401, (what, headers)


def test_ancestor_a_revoked_token_was_answered_200(web: Flask) -> None:
    """A revoked token was told so, with status 200."""
    admin = visitor(web, "admin")
    issued = generate(admin, *EVERYTHING)
    assert called(web, "anonymous", "get /api/v1/rooms", bearer(issued)) == 200
    admin.post("/api/v1/tokens/revoke", json={"token_id": issued["token_id"]})
    for what in CLOSED:
        assert called(web, "anonymous", what, bearer(issued)) == 401, what


def test_ancestor_claims_were_shared_between_requests(
    web: Flask, small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims lay in one module global: a request in work went on with those of the next one."""
    admin = visitor(web, "admin")
    narrow = bearer(generate(admin, "tokens", name="narrow", embargo=60))
    wide = bearer(generate(admin, *EVERYTHING, name="wide"))
    inside, other_is_done = threading.Event(), threading.Event()
    seen: dict[str, tuple[str, int, bool]] = {}
    list_tokens = small_house.access.tokens.list

    def slow(actor: Actor, *rest: Any, **named: Any) -> Any:
        if actor.name.endswith("narrow"):
            inside.set()
            assert other_is_done.wait(20)
        now = current_actor()
        seen[actor.name] = now.name, in_force().embargo_minutes, now.may("rooms.read")
        return list_tokens(actor, *rest, **named)

    monkeypatch.setattr(small_house.access.tokens, "list", slow)
    ask = web.test_client().get
    first = threading.Thread(target=ask, args=("/api/v1/tokens",), kwargs={"headers": narrow})
    first.start()
    assert inside.wait(20)
    assert web.test_client().get("/api/v1/tokens", headers=wide).status_code == 200
    other_is_done.set()
    first.join(20)
    assert seen == {
        "admin · narrow": ("admin · narrow", 60, False),
        "admin · wide": ("admin · wide", 0, True),
    }


def test_ancestor_the_token_stood_in_the_address(web: Flask) -> None:
    """`?token=` was how everybody signed in, so tokens lay in every log and history."""
    token = generate(visitor(web, "admin"), *EVERYTHING)["token"]
    for name in ("token", "access_token", "jwt"):
        for what in CLOSED:
            assert called(web, "anonymous", f"{what}?{name}={token}") == 401, (name, what)


def test_ancestor_the_signing_secret_was_well_known(web: Flask, tmp_path: Path) -> None:
    """`thisisthesecretkey` stood in four source files and signed every token there was."""
    for key in (WELL_KNOWN, "secret", "wattboard", "k" * 32):
        assert called(web, "anonymous", "get /api/v1/rooms", forged(web, key)) == 401, key
    with pytest.raises(SettingsError):
        Settings.from_env(
            {"WATTBOARD_SECRET_KEY": WELL_KNOWN, "WATTBOARD_DATA_DIR": str(tmp_path / "known")}
        )
    made = {
        Settings.from_env({"WATTBOARD_DATA_DIR": str(tmp_path / name)}).secret_key
        for name in ("one", "two")
    }
    assert len(made) == 2
    for folder in ("api", "domain", "data_ingest", "scheduler", "pages", "components", "assets"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in {".py", ".js"}:
                assert WELL_KNOWN not in path.read_text(), path


@pytest.fixture(params=["Europe/Lisbon", "Asia/Tokyo", "America/Los_Angeles", "UTC"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine, not the building, stands in another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_ancestor_a_token_lived_as_long_as_the_machines_zone_was_wrong(
    web: Flask, small_house: House, machine_zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`exp` came from naive local time: a token for one minute lived an hour in Lisbon's summer."""
    now_ms = [1_781_600_400_000]
    monkeypatch.setattr(small_house.access.tokens, "_now_ms", lambda: now_ms[0])
    issued = generate(visitor(web, "admin"), "rooms", exp=1)
    claims = jwt.decode(issued["token"], options={"verify_signature": False})
    assert (claims["iat"], claims["exp"]) == (1_781_600_400, 1_781_600_460)
    assert issued["expires_at"] == "2026-06-16T09:01:00Z"
    for passed_ms, status in ((59_999, 200), (60_000, 401)):
        now_ms[0] = 1_781_600_400_000 + passed_ms
        assert called(web, "anonymous", "get /api/v1/rooms", bearer(issued)) == status


def test_ancestor_any_site_could_read_and_write(web: Flask) -> None:
    """`CORS(app)` let every page in the world call the API from a visitor's browser."""
    evil = {"Origin": "https://evil.example"}
    asking = {**evil, "Access-Control-Request-Method": "POST"}
    admin = visitor(web, "admin")
    for what in WHO:
        method, _, place = what.partition(" ")
        address = place.format(
            sensor_id="NONE",
            device_id="NONE",
            name="None",
            service="sensor",
            event_id="1",
            order_id="0",
            job="none",
            rule_id="1",
            schedule_id="1",
        )
        body = {} if method in {"get", "delete"} else {"json": {}}
        answers = [getattr(admin, method)(address, headers=evil, **body)]
        answers.append(admin.options(address, headers=asking))
        for answer in answers:
            told = [name for name, _ in answer.headers if name.lower().startswith("access-control")]
            assert not told, (what, told)
        if method != "get":
            assert answers[0].status_code == 403, what
            assert answers[0].json["error"]["code"] == "cross_site"


def contents(house: House) -> list[str]:
    with house.database.read() as c:
        return list(c.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def test_ancestor_reading_changed_what_was_read(
    web: Flask, small_house: House, clock: FixedClock
) -> None:
    """Whoever asked for the consumption first took the DR reduction with them: a read zeroed it."""
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    now_ms = to_ms(clock.now())
    for sensor_id, role in (("GRID", "main"), ("PV", "generation"), ("METER", "submeter")):
        fields = {"meter_role": role, "interval_s": 60, "room": "Lab"}
        small_house.building.register_sensor(SYSTEM, sensor_id, fields)
        metric = "generation" if role == "generation" else "power"
        small_house.telemetry.ingest(
            [Reading(sensor_id, metric, now_ms - minute * 60_000, 2.5) for minute in range(90)]
        )
    small_house.telemetry.settle()
    admin = visitor(web, "admin")
    lamp = {"device_id": "LAMP", "name": "Lamp", "device_type": "lamp"}
    made = admin.post("/api/v1/iot/devices", json={**lamp, "capabilities": {"on_off": True}})
    assert made.status_code == 201, made.json
    rule = {"name": "Noon", "trigger": {"kind": "time", "at": "12:00"}, "notice": "It is noon"}
    assert admin.post("/api/v1/iot/rules", json=rule).json["rule_id"] == 1
    hours = {"from": "08:00", "to": "18:00", "command": "on"}
    plan = {"name": "Hours", "targets": [{"device_id": "LAMP"}], "entries": [hours]}
    assert admin.post("/api/v1/iot/schedules", json=plan).json["schedule_id"] == 1
    counting = {"get /stats", "get /services/status", "get /api/v1/{service}/health", "get /health"}
    counting |= {"get /metrics", "get /api/v1/audit/check"}  # whose period ends at the asking
    places = {"sensor_id": "METER", "device_id": "LAMP", "name": "Lab", "service": "sensor"}
    places |= {"rule_id": "1", "schedule_id": "1"}
    before = contents(small_house)
    for what in sorted(w for w in WHO if w.startswith("get ")):
        address = what.removeprefix("get ").format(**places)
        first, second = (admin.get(address) for _ in range(2))
        assert first.status_code == second.status_code == 200, what
        if what not in counting:
            assert first.data == second.data, what
    assert contents(small_house) == before
