"""`/api/v1/iot/rules` and `/api/v1/iot/schedules` over HTTP."""

import pytest
from flask import Flask

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, from_ms
from domain.house import House
from domain.telemetry.model import Reading
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

RULES, SCHEDULES = "/api/v1/iot/rules", "/api/v1/iot/schedules"
MINUTE = 60_000
RULE = {
    "name": "Save at peaks",
    "trigger": {"kind": "metric", "metric": "power", "sensor_id": "METER", "side": "above",
                "limit": 2, "for_s": 120},
    "conditions": [{"kind": "time", "from": "08:00", "to": "18:00", "day_types": ["workday"]}],
    "actions": [{"device_id": "LAMP", "command": "off", "minutes": 30}],
    "cooldown_s": 1800,
}  # fmt: skip
HOURS = {
    "name": "Office hours",
    "targets": [{"device_id": "LAMP"}],
    "entries": [{"day_types": ["workday"], "from": "07:00", "to": "19:00", "command": "on"}],
}


@pytest.fixture
def lit(small_house: House, clock: FixedClock) -> House:
    """A meter that was over 2 kW from 9:30 to 9:40, and a lamp."""
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    small_house.building.register_sensor(SYSTEM, "METER", {"interval_s": 60})
    small_house.telemetry.set_interval("METER", 60)
    lamp = {"name": "Lamps", "device_type": "lamp", "room": "Lab"}
    small_house.control.register(SYSTEM, "LAMP", {**lamp, "capabilities": {"on_off": True}})
    now_ms = clock.now_ms()
    small_house.telemetry.ingest(
        [
            Reading("METER", "power", now_ms - at * MINUTE, 3.0 if 20 <= at <= 30 else 1.0)
            for at in range(60)
        ]
    )
    return small_house


def test_a_rule_is_made_read_back_changed_and_deleted(web: Flask, lit: House) -> None:
    admin = visitor(web, "admin")
    made = admin.post(RULES, json=RULE)
    assert made.status_code == 201, made.json
    assert made.json["sentence"] == (
        "When the power of METER is above 2 kW for 2 min on working days between 08:00 and 18:00, "
        "switch off Lamps for 30 min; at most once every 30 min."
    )
    assert made.json["conditions"][0]["from"] == "08:00"
    rule_id = made.json["rule_id"]
    again = admin.post(RULES, json=RULE)
    assert again.json["error"]["details"]["fields"][0]["field"] == "name"
    changed = admin.put(f"{RULES}/{rule_id}", json={"enabled": False, "version": 1})
    assert (changed.json["enabled"], changed.json["version"]) == (False, 2)
    assert admin.put(f"{RULES}/{rule_id}", json={"enabled": True, "version": 1}).status_code == 409
    assert [rule["rule_id"] for rule in admin.get(RULES).json["rules"]] == [rule_id]
    switched = admin.post(f"{RULES}/switch", json={"enabled": True})
    assert switched.json == {"enabled": True, "changed": 1}
    assert admin.delete(f"{RULES}/{rule_id}").status_code == 204
    assert admin.get(f"{RULES}/{rule_id}").json["error"]["code"] == "unknown_rule"


def test_a_dry_run_lists_when_it_would_have_fired_and_what_it_knew(web: Flask, lit: House) -> None:
    admin = visitor(web, "admin")
    tried = admin.post(f"{RULES}/dry-run", json=RULE)
    assert tried.status_code == 200, tried.json
    assert (tried.json["fired"], tried.json["blocked"], tried.json["sensors"]) == (1, 0, 1)
    (decision,) = tried.json["decisions"]
    assert decision["at"] == "2026-06-16T08:32:00Z"
    assert decision["trigger"]["value"] == 3.0
    assert tried.json["coverage"][0]["readings"] == 59, "the newest may still have company"
    assert admin.get(RULES).json["rules"] == [], "nothing was saved"
    rule_id = admin.post(RULES, json=RULE).json["rule_id"]
    assert admin.post(f"{RULES}/{rule_id}/dry-run").json["fired"] == 1
    late = {"conditions": [{"kind": "time", "from": "12:00", "to": "13:00"}]}
    assert admin.post(f"{RULES}/{rule_id}/dry-run", json=late).json["blocked"] == 1
    begin = {"start_time": "2026-06-16T08:50:00Z"}
    assert admin.post(f"{RULES}/{rule_id}/dry-run", json=begin).json["decisions"] == []


def test_the_log_is_paged_and_says_what_became_of_each_device(
    web: Flask, lit: House, clock: FixedClock
) -> None:
    admin, now_ms = visitor(web, "admin"), clock.now_ms()
    admin.post(RULES, json={**RULE, "cooldown_s": 0})
    for at in range(1, 12):
        clock.set(from_ms(now_ms + at * MINUTE))
        value = 1.0 if at == 6 else 3.0
        lit.telemetry.ingest([Reading("METER", "power", clock.now_ms(), value)])
        lit.automation.run()
    first = admin.get(f"{RULES}/log?limit=1").json
    assert first["firings"][0]["told"][0]["device_id"] == "LAMP"
    assert first["firings"][0]["told"][0]["words"] == "waits for its turn"
    second = admin.get(f"{RULES}/log?limit=1&cursor={first['next_cursor']}").json
    assert second["firings"][0]["at"] < first["firings"][0]["at"]
    assert second["next_cursor"] is None


def test_what_is_not_acceptable_names_its_field(web: Flask, lit: House) -> None:
    admin = visitor(web, "admin")
    for fields, field in (
        ({"trigger": {"kind": "time"}}, "trigger.at"),
        ({"trigger": {"kind": "price", "side": "above"}}, "trigger.limit_per_kwh"),
        ({"actions": [{"device_id": "LAMP", "command": "set_mode", "value": "x", "minutes": 5}]},
         "actions[0].command"),
        ({"actions": [{"device_id": "LAMP", "command": "on", "minutes": 0}]},
         "actions[0].minutes"),
        ({"conditions": [{"kind": "time", "from": "08:00", "to": "8"}]}, "conditions[0].to"),
    ):  # fmt: skip
        refused = admin.post(RULES, json={**RULE, **fields})
        assert refused.status_code == 422
        assert refused.json["error"]["details"]["fields"][0]["field"] == field
    overlapping = [*HOURS["entries"], {"from": "18:00", "to": "20:00", "command": "off"}]  # type: ignore[misc]
    refused = admin.post(SCHEDULES, json={**HOURS, "entries": overlapping})
    assert refused.json["error"]["details"]["fields"][0]["field"] == "entries[1].from"


def test_a_schedule_is_made_shown_as_lanes_changed_and_deleted(web: Flask, lit: House) -> None:
    admin = visitor(web, "admin")
    made = admin.post(SCHEDULES, json=HOURS)
    assert made.status_code == 201, made.json
    sentence = "On working days between 07:00 and 19:00, switch on Lamps."
    assert made.json["entries"][0]["sentence"] == sentence
    (lane,) = admin.get(f"{SCHEDULES}/lanes").json["lanes"]
    assert lane["name"] == "Lamps"
    assert lane["spans"][0]["starts_at"] == "2026-06-16T06:00:00Z"
    where = f"{SCHEDULES}/{made.json['schedule_id']}"
    assert admin.patch(where, json={"enabled": False}).json["enabled"] is False
    assert admin.get(f"{SCHEDULES}/lanes").json["lanes"] == []
    assert admin.delete(where).status_code == 204
    assert admin.get(where).json["error"]["code"] == "unknown_schedule"


def test_a_contract_that_withholds_shares_neither_log_nor_dry_run(web: Flask, lit: House) -> None:
    admin = visitor(web, "admin")
    for contract, status in (({}, 200), ({"embargo": 60}, 403)):
        token = bearer(generate(admin, "iot", **contract))
        client = web.test_client()
        assert client.get(f"{RULES}/log", headers=token).status_code == status
        tried = client.post(f"{RULES}/dry-run", json=RULE, headers=token)
        assert tried.status_code == status
        if status == 403:
            assert tried.json["error"]["code"] == "outside_contract"
