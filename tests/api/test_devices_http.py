"""`/api/v1/iot/devices` over HTTP."""

import csv
import io
import json

from flask import Flask

from domain.access.policy import SYSTEM, Actor
from domain.control.service import Heard
from domain.foundation.clock import FixedClock
from domain.house import House
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

LAMP = {
    "device_id": "LAMP_7",
    "name": "Lamps Library",
    "device_type": "lamp",
    "capabilities": {"on_off": True, "shed_percent": [0, 100, 5]},
}
DEVICES = "/api/v1/iot/devices"


def test_a_device_is_created_shown_changed_and_deleted(web: Flask) -> None:
    admin = visitor(web, "admin")
    created = admin.post(DEVICES, json=LAMP)
    assert created.status_code == 201
    assert created.json["capabilities"] == {"on_off": True, "shed_percent": [0.0, 100.0, 5.0]}
    assert (created.json["stale"], created.json["status"]) == (True, "missing")
    assert admin.post(DEVICES, json=LAMP).json["error"]["code"] == "device_exists"
    changed = admin.put(f"{DEVICES}/LAMP_7", json={"name": "Lamps", "critical": True, "version": 1})
    assert (changed.json["name"], changed.json["critical"]) == ("Lamps", True)
    assert admin.put(f"{DEVICES}/LAMP_7", json={"name": "x", "version": 1}).status_code == 409
    assert [d["device_id"] for d in admin.get(DEVICES).json["devices"]] == ["LAMP_7"]
    summary = admin.get(f"{DEVICES}/summary").json
    assert (summary["total"], summary["by_type"]) == (1, {"lamp": 1})
    assert admin.delete(f"{DEVICES}/LAMP_7").status_code == 204
    assert admin.get(f"{DEVICES}/LAMP_7").json["error"]["code"] == "unknown_device"


def test_what_is_not_acceptable_names_its_field(web: Flask) -> None:
    admin = visitor(web, "admin")
    refused = admin.post(DEVICES, json={**LAMP, "capabilities": {"power_kw": [5, 1]}})
    assert refused.status_code == 422
    assert refused.json["error"]["details"]["fields"][0]["field"] == "capabilities"
    assert admin.post(DEVICES, json={**LAMP, "device_id": "a/b"}).status_code == 422


def test_a_token_with_an_embargo_learns_nothing_live_of_devices(
    web: Flask, small_house: House, clock: FixedClock
) -> None:
    visitor(web, "admin").post(DEVICES, json=LAMP)
    payload = json.dumps({"on": True, "timestamp": clock.now_ms() / 1000}).encode()
    small_house.control.hear([Heard("LAMP_7", "state", payload, clock.now_ms(), False)])
    open_token = bearer(generate(visitor(web, "admin"), "iot:read"))
    assert web.test_client().get(f"{DEVICES}/LAMP_7", headers=open_token).json["state"] == {
        "on": True
    }
    held = bearer(generate(visitor(web, "admin"), "iot:read", embargo=60))
    shown = web.test_client().get(f"{DEVICES}/LAMP_7", headers=held).json
    assert (shown["state"], shown["status"], shown["last_said_at"]) == (None, "withheld", None)
    assert web.test_client().get(f"{DEVICES}/summary", headers=held).json["by_status"] == {
        "withheld": 1
    }


def test_an_instruction_is_accepted_listed_and_released(
    web: Flask, small_house: House, clock: FixedClock
) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json=LAMP)
    told = admin.post(
        f"{DEVICES}/LAMP_7/instructions",
        json={"command": "set_shed_percent", "value": 52, "duration_minutes": 30},
    )
    assert told.status_code == 202
    assert (told.json["state"], told.json["requested"], told.json["accepted"]) == (
        "requested", 50.0, 50.0,
    )  # fmt: skip
    assert told.json["ends_at"] == "2026-06-16T09:30:00Z"
    assert admin.get(f"{DEVICES}/LAMP_7").json["controlled_by"]["owner"] == "manual"
    listed = admin.get(f"{DEVICES}/LAMP_7/commands").json["commands"]
    assert [(c["command_id"], c["state"]) for c in listed] == [
        (told.json["command_id"], "requested")
    ]
    assert [step["state"] for step in listed[0]["steps"]] == ["requested"]
    released = admin.post(f"{DEVICES}/LAMP_7/instructions", json={"command": "release"})
    assert released.json["state"] == "released"
    listed = admin.get(f"{DEVICES}/LAMP_7/commands").json["commands"]
    assert (listed[0]["state"], listed[0]["reason"]) == ("cancelled", "released by admin")
    assert admin.get(f"{DEVICES}/LAMP_7").json["controlled_by"] is None


def test_an_instruction_that_cannot_be_names_field_and_limits_or_the_holder(web: Flask) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json=LAMP)

    def refused(**body: object) -> tuple[int, dict[str, object]]:
        answer = admin.post(f"{DEVICES}/LAMP_7/instructions", json=body)
        return answer.status_code, answer.json["error"]["details"]

    status, details = refused(command="set_shed_percent", value=101)
    assert (status, details["fields"][0]["limit"]) == (422, [0.0, 100.0])  # type: ignore[index]
    for minutes in (0, 1441):
        assert refused(command="off", duration_minutes=minutes)[0] == 422
    assert refused(command="off", until="2026-06-16T08:00:00Z")[0] == 422
    assert refused(command="off", until="2026-06-16T10:00:00Z", duration_minutes=5)[0] == 422
    assert admin.post(f"{DEVICES}/NONE/instructions", json={"command": "off"}).status_code == 404
    locked = admin.post(f"{DEVICES}/LAMP_7/lock-out", json={"reason": "lamp change"})
    assert locked.json == {"device_id": "LAMP_7", "locked_out": True}
    status, details = refused(command="off")
    assert (status, details) == (
        409, {"holder": "lock-out (admin)", "until": "2026-06-16T17:00:00Z"},
    )  # fmt: skip
    assert admin.post(f"{DEVICES}/LAMP_7/unlock").json["locked_out"] is False
    assert admin.post(f"{DEVICES}/LAMP_7/instructions", json={"command": "off"}).status_code == 202


def test_the_same_key_asks_once(web: Flask) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json=LAMP)
    answers = [
        admin.post(
            f"{DEVICES}/LAMP_7/instructions",
            json={"command": "off"},
            headers={"Idempotency-Key": "one"},
        )
        for _ in range(2)
    ]
    assert answers[0].json == answers[1].json
    assert len(admin.get(f"{DEVICES}/LAMP_7/commands").json["commands"]) == 1


def test_commands_are_paged_newest_first_and_kept_from_contracts_that_withhold(
    web: Flask, clock: FixedClock
) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json=LAMP)
    ids = []
    for _ in range(5):
        clock.advance(1)
        answer = admin.post(f"{DEVICES}/LAMP_7/instructions", json={"command": "off"})
        ids.append(answer.json["command_id"])
    found: list[str] = []
    cursor = ""
    while True:
        page = admin.get(f"{DEVICES}/LAMP_7/commands?limit=2{cursor}").json
        found += [c["command_id"] for c in page["commands"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ids[::-1]
    held = bearer(generate(admin, "iot:read", embargo=60))
    refused = web.test_client().get(f"{DEVICES}/LAMP_7/commands", headers=held)
    assert refused.json["error"]["code"] == "outside_contract"


def test_a_device_is_entered_for_demand_response_and_taken_out_again(web: Flask) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json=LAMP)
    entered = admin.post(f"{DEVICES}/LAMP_7/demand-response")
    assert entered.json == {"device_id": "LAMP_7", "dr_enabled": True}
    admin.post(f"{DEVICES}/LAMP_7/demand-response", json={"enabled": False})
    assert admin.get(f"{DEVICES}/LAMP_7").json["dr_enabled"] is False


def test_a_device_on_trial_is_unknown_to_every_program(web: Flask, small_house: House) -> None:
    admin = visitor(web, "admin")
    fields = {key: value for key, value in LAMP.items() if key != "device_id"}
    mia = Actor("mia", "manager", 3)
    small_house.control.try_out(mia, "LAMP_7", fields, "off")
    assert admin.get(DEVICES).json["devices"] == []
    for path in ("", "/commands"):
        assert admin.get(f"{DEVICES}/LAMP_7{path}").status_code == 404
    asked = admin.post(f"{DEVICES}/LAMP_7/instructions", json={"command": "on"})
    assert asked.json["error"]["code"] == "unknown_device"
    assert admin.get("/download/devices/LAMP_7/commands.csv").status_code == 404
    assert admin.post(DEVICES, json=LAMP).status_code == 201
    assert small_house.control.trial(mia, "LAMP_7") is None
    (told,) = admin.get(f"{DEVICES}/LAMP_7/commands").json["commands"]
    assert (told["state"], told["reason"]) == ("cancelled", "registered by admin")


def test_the_file_of_commands_holds_what_the_filters_of_the_page_find(
    web: Flask, small_house: House
) -> None:
    admin = visitor(web, "admin")
    admin.post(DEVICES, json={**LAMP, "name": "=HYPERLINK(1)"})
    small_house.control.command(SYSTEM, "LAMP_7", "off", reason="=evil")
    small_house.control.command(SYSTEM, "LAMP_7", "on")
    path = "/download/devices/LAMP_7/commands.csv"

    def rows(search: str = "") -> list[dict[str, str]]:
        answer = admin.get(path + search)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))

    assert {row["state"] for row in rows()} == {"requested", "superseded"}
    (old,) = rows("?state=ended&owner=manual&days=1&sort=oldest")
    assert (old["command"], old["requested_at_utc"][-1]) == ("off", "Z")
    assert "decided: =evil." in old["explanation"]
    assert "asked for by" in old["steps"]
    assert rows("?state=failed") == []
    assert admin.get(f"{path}?dialect=excel").data.startswith(b"\xef\xbb\xbfrequested_at_utc;")
    for wrong in ("?state=loud", "?owner=x", "?days=3", "?sort=x", "?dialect=tsv"):
        assert admin.get(path + wrong).status_code == 422
    assert web.test_client().get(path).status_code == 302  # to the login
    admin.delete(f"{DEVICES}/LAMP_7")
    assert len(rows()) == 2
