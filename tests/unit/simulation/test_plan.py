"""The plan names every sensor that speaks, in the words of the API."""

import re
import subprocess
import sys
from pathlib import Path

from data_ingest.simulation import layout, sensors
from data_ingest.simulation.plan import configuration


def test_the_plan_has_the_rooms_and_floors_of_alameda_offices() -> None:
    plan = configuration()
    assert plan["building"] == {"name": "Alameda Offices"}
    by_floor: dict[str, list[str]] = {}
    for room in plan["rooms"]:
        by_floor.setdefault(room["floor"], []).append(room["name"])
    assert by_floor == {
        "2nd": ["Studio", "Training room", "Boardroom", "Library"],
        "1st": ["Open office North", "Open office South", "Meeting 1.1", "Meeting 1.2"],
        "Ground": ["Reception", "Canteen", "Lab", "Server room"],
    }


def test_every_speaking_sensor_and_device_is_in_the_plan_once() -> None:
    ids = [sensor["sensor_id"] for sensor in configuration()["sensors"]]
    assert len(ids) == len(set(ids))
    devices = {d.device_id for d in layout.DEVICES if d.device_type != "battery"}
    assert set(ids) == sensors.SENSOR_IDS | devices
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", each) for each in ids)


def test_roles_count_every_kilowatt_once() -> None:
    by_role: dict[str, list[str]] = {}
    for sensor in configuration()["sensors"]:
        by_role.setdefault(sensor["meter_role"], []).append(sensor["sensor_id"])
    assert by_role["main"] == ["METER_MAIN"]
    assert by_role["generation"] == ["PV_1"]
    assert by_role["battery"] == ["BATT001", "BATT002", "BATT003"]
    assert by_role["submeter"] == list(layout.SUBMETERS)
    assert not any(each.startswith("METER") for each in by_role["none"])


def test_submeters_say_their_use_and_room() -> None:
    rooms = {room.name for room in layout.ROOMS}
    for sensor in configuration()["sensors"]:
        if sensor["meter_role"] == "submeter":
            assert sensor["use"] in ("climate", "lighting", "equipment", "kitchen", "other")
        assert sensor.get("room") is None or sensor["room"] in rooms


def test_a_fast_clock_is_told_in_the_intervals() -> None:
    assert configuration()["sensors"][0]["interval_s"] == 10
    assert configuration(pace=6)["sensors"][0]["interval_s"] == 60


def test_the_plan_costs_the_web_process_no_model() -> None:
    program = (
        "import sys; import data_ingest.simulation.plan; "
        "print(sorted(m for m in ('numpy', 'pandas', 'pvlib', 'paho') if m in sys.modules))"
    )
    root = Path(__file__).parents[3]
    told = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert told.stdout.strip() == "[]"
