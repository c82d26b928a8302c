"""The command lines of the two seed documents, word for word but for the port and a future time.

Against a demo as a newcomer starts it, with the token that the quick start itself gets.
"""

import json
import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.running import running
from tests.waiting import wait_until

TOKEN = r"""curl -s -X POST "http://localhost:8000/api/v1/tokens/generate" \
-H "Content-Type: application/json" \
-d '{"name": "dashboard_user", "list_of_resources": ["sensors", "rooms", "analytics"]}'"""
ROOM = r"""curl -X POST "http://localhost:8000/api/v1/rooms" \
-H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{"name": "Conference Room A", "floor": "2nd", "capacity": 20}'"""
SENSOR = r"""curl -X POST "http://localhost:8000/api/v1/sensors" \
-H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{
"sensor_id": "TEMP_001",
"name": "Conference Room Temperature",
"sensor_type": "temperature",
"room": "Conference Room A"
}'"""
SUMMARY = r"""curl "http://localhost:8000/api/v1/analytics/summary" \
-H "Authorization: Bearer $TOKEN" """
EXPORT = r"""curl "http://localhost:8000/api/v1/export?start_time=1704067200&end_time=1704153600" \
-H "Authorization: Bearer $TOKEN" """
CHARGE = r"""curl -X POST "http://localhost:8000/api/v1/batteries/BATT001/charge" \
-H "Authorization: Bearer $TOKEN" \
-d '{"power_kw": 50, "duration_minutes": 120}'"""
INVITATION = r"""curl -X POST "http://localhost:8000/api/v1/demand-response/invitations/send" \
-H "Authorization: Bearer $TOKEN" \
-d '{
"event_time": "2099-01-10T14:00:00Z",
"load_kwh": 100,
"duration_minutes": 60,
"iots": ["DEVICE_001", "DEVICE_002"]
}'"""
FLEXIBILITY = r"""curl "http://localhost:8000/api/v1/demand-response/flexibility/current" \
-H "Authorization: Bearer $TOKEN" """
ROOMS = r"""curl http://localhost:8000/api/v1/rooms -H "Authorization: Bearer $TOKEN" """
HEALTH = "curl http://localhost:8000/health"
SERVICE_HEALTH = r"""curl http://localhost:8000/api/v1/sensor/health \
-H "Authorization: Bearer $TOKEN" """
OVERVIEW = r"""curl http://localhost:8000/api/v1/overview -H "Authorization: Bearer $TOKEN" """


@dataclass
class Answer:
    """What a command line got."""

    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Shell:
    """Understands the documents' curl lines as curl does, at another port."""

    def __init__(self, address: str) -> None:
        self._port = address.rpartition(":")[2]
        self.token = ""

    def run(self, line: str) -> Answer:
        words = shlex.split(line.replace("\\\n", " ").replace("$TOKEN", self.token))
        assert words.pop(0) == "curl"
        method, url, body, headers = "", "", None, {}
        while words:
            word = words.pop(0)
            if word == "-X":
                method = words.pop(0)
            elif word == "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            elif word == "-d":
                body = words.pop(0).replace("\n", "").encode()
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            elif word != "-s":
                url = word.replace(":8000", f":{self._port}")
        request = urllib.request.Request(
            url, body, headers, method=method or ("POST" if body else "GET")
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read().decode())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A demo of its own, because these lines change it; signed in as the first line does."""
    directory: Path = tmp_path_factory.mktemp("documents")
    with running(directory, WATTBOARD_DEMO_DAYS="1") as demo:
        found = Shell(demo.address)
        first = found.run(TOKEN)
        assert first.status == 201, first.text
        found.token = first.json["token"]
        yield found


def test_the_quick_starts_first_line_gives_a_token_for_what_it_asks(shell: Shell) -> None:
    again = shell.run(TOKEN)
    assert again.json["list_of_resources"] == ["sensors", "rooms", "analytics"]
    assert again.json["warning"]


def test_the_dashboard_workflow_makes_a_room_and_a_sensor_in_it(shell: Shell) -> None:
    room = shell.run(ROOM)
    if room.status == 409:  # the demo may have a room of that name already
        assert room.json["error"]["details"]["holder"] == "Conference Room A"
    else:
        assert room.status == 201
        assert (room.json["name"], room.json["floor"]) == ("Conference Room A", "2nd")
        assert room.json["capacity"] == 20
    sensor = shell.run(SENSOR)
    assert sensor.status == 201, sensor.text
    assert sensor.json["sensor_id"] == "TEMP_001"
    assert (sensor.json["sensor_type"], sensor.json["room"]) == ("temperature", "Conference Room A")
    listed = shell.run(ROOMS).json
    assert "TEMP_001" in next(
        row["sensors"] for row in listed["rooms"] if row["name"] == "Conference Room A"
    )


def test_the_overview_is_the_systems_own(shell: Shell) -> None:
    def active() -> int:
        found = shell.run(OVERVIEW).json["system_overview"]["sensor_service"]
        return int(found["active_sensors"])

    wait_until(lambda: active() > 0, 60)
    overview = shell.run(OVERVIEW).json["system_overview"]
    service = overview["sensor_service"]
    assert service["total_sensors"] >= service["active_sensors"]
    assert service["total_rooms"] > 0
    assert service["websocket_connections"] == 0
    assert set(overview) >= {"sensor_service", "battery_service", "demand_response_service"}


def test_health_needs_no_login_and_a_services_health_does(shell: Shell) -> None:
    health = shell.run(HEALTH)
    assert (health.status, health.json["checks"]["database"]) == (200, "ok")
    assert shell.run(SERVICE_HEALTH).json["service"] == "sensor"


def test_the_summary_is_of_the_last_day_with_energy_and_what_it_stands_on(shell: Shell) -> None:
    def known() -> bool:  # the demo's first readings are still being rolled up
        answer = shell.run(SUMMARY)
        assert answer.status == 200, answer.text
        return answer.json["totals"]["consumption_kwh"] is not None

    wait_until(known, 60)
    answer = shell.run(SUMMARY)
    totals = answer.json["totals"]
    start, end = (datetime.fromisoformat(totals[f"{edge}_time"]) for edge in ("start", "end"))
    assert end - start == timedelta(days=1)
    assert totals["consumption_kwh"] > 0
    assert 0 < totals["coverage"] <= 1
    assert answer.json["rooms"]
    assert answer.json["coverage_note"]


def test_the_export_is_a_file_of_the_day_asked_for(shell: Shell) -> None:
    answer = shell.run(EXPORT)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "wattboard_2024-01-01_2024-01-02.csv" in answer.headers["Content-Disposition"]
    header = "timestamp_utc,timestamp_local,room,sensor_id,metric,value,unit,min,max,quality"
    assert answer.text.splitlines() == [header]  # nothing was measured then


@pytest.mark.parametrize("line", [CHARGE, INVITATION, FLEXIBILITY], ids=["charge", "send", "now"])
def test_battery_and_demand_response_are_not_in_the_quick_starts_token(
    shell: Shell, line: str
) -> None:
    answer = shell.run(line)
    assert (answer.status, answer.json["error"]["code"]) == (403, "not_allowed")
