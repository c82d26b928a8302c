"""`/api/v1/iot/devices` over HTTP."""

import json

from flask import Flask

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
