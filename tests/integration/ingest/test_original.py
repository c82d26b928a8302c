"""An export of the original system becomes this building, and what could not is told by line."""

# ruff: noqa: E501 - mongoexport writes a document a line

import json
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data_ingest.original import __main__ as command
from data_ingest.original import readings as readings_module
from data_ingest.original.dump import open_dump
from data_ingest.original.readings import Options
from data_ingest.original.report import Report, Tally, as_text
from data_ingest.original.takeover import STOPPED, Takeover
from domain.access.policy import SYSTEM
from domain.building import memory, store
from domain.foundation.clock import FixedClock, to_ms
from domain.foundation.intervals import Period
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry import series_store
from settings import Settings

SECRET = jwt.encode(
    {
        "name": "dashboard_user",
        "list_of_resources": ["sensors", "aggregated", "moon"],
        "data_aggregation": "sum",
        "time_aggregation": "15minutes",
        "embargo_period": 30,
        "exp": 1_800_000_000,
    },
    "the-original-secret-that-leaked-into-its-source",
)
DIVISIONS = """
{"_id":{"$oid":"65a000000000000000000001"},"name":"Room 102","iots":["Lamp 1_102","Fridge"],"ac_status_configuration":""}
{"_id":{"$oid":"65a000000000000000000002"},"name":"room  102","iots":[]}
{"_id":{"$oid":"65a000000000000000000003"},"iots":[]}
"""
ROOMS = """[{"_id":{"$oid":"65a000000000000000000004"},"name":"Lab","floor":"2nd","capacity":20},
{"name":"Hall","floor":0,"capacity":{"$numberInt":"80"}},
{"name":"Attic","floor":"3rd","capacity":-4},
{"name":"Lab","floor":"2nd","capacity":20,"_id":{"$oid":"65a000000000000000000005"}},
{"name":7.5,"floor":"1st"}]
"""
IOTS = """
{"name":"Lamp 1_102","type":"lamp","uri":"http://lamp.invalid/1","connectionmode":"local","values":[{"type":"power","tag":"consumption_w","data":"DOUBLE"}],"control":{"demandresponse":true},"store":{"period":10,"type":"consumption"}}
{"name":"Fridge","type":"refrigerator","values":[{"type":"power","tag":"e.act1"},{"type":"internal Temperature","tag":"e.temp2"},{"type":"state","tag":"e.state"}],"control":{"demandresponse":"unusable"},"store":{"type":"consumption"}}
{"name":"Generation","type":"generation","values":[{"type":"generation","tag":"generation_w"}],"control":{"demandresponse":"unusable"},"store":{"type":"generation"}}
"""
SENSORS = """
{"sensor_id":"TEMP_001","name":"Lab temperature","sensor_type":"temperature","room":"lab","unit":"\\u00b0F"}
{"sensor_id":"HUM 9","name":"Humidity","sensor_type":"humidity","room":"65a000000000000000000004","unit":"furlongs"}
{"sensor_id":"CO2_1","sensor_type":"co2","room":"Nowhere"}
{"sensor_id":"TEMP_001","name":"Another","sensor_type":"temperature"}
{"sensor_type":"co2"}
"""
READINGS = """
{"sensorId":"TEMP_001","timestamp":1767261600,"value":68,"unit":"°F"}
{"sensorId":"TEMP_001","timestamp":1767262500000,"value":71.6}
{"sensor_id":"HUM 9","timestamp":"2026-01-01 11:00:00","humidity":{"value":41,"unit":"%"},"room":"Lab"}
{"sensor_id":"SDB_1","timestamp":{"$date":"2026-01-01T10:00:00Z"},"sensor_type":"energy_meter","power":{"value":1200,"unit":"W"},"energy":{"value":{"$numberDouble":"812.4"},"unit":"kWh"},"_class":"Reading"}
{"sensorId":"TEMP_001","timestamp":1767263400,"value":NaN}
{"sensorId":"TEMP_001","timestamp":1767263400,"value":"21.5"}
{"sensorId":"TEMP_001","timestamp":"soon","value":21}
{"sensorId":"TEMP_001","value":21}
{"sensorId":{"a":1},"timestamp":1767263400,"value":21}
{"sensorId":"TEMP_001","timestamp":1767263400,"value":21,"unit":"parsec"}
{"sensorId":"TEMP_001","timestamp":4000000000,"value":21}
{"sensorId":"CO2_1","timestamp":1767263400,"value":{"$numberDouble":"Infinity"}}
not json
"""
SNAPSHOTS = """
{"_id":{"$oid":"65b000000000000000000001"},"iots":[{"name":"Lamp 1_102","type":"lamp","values":[{"type":"power","tag":"consumption_w","values":40}]},{"name":"Fridge","type":"refrigerator","values":[{"type":"power","tag":"e.act1","values":90},{"type":"internal Temperature","tag":"e.temp2","values":4},{"type":"doorOpen","tag":"e.doorOpened","values":true},{"type":"state","tag":"e.state","values":1},{"type":"humidity","tag":"e.hum1"}]},{"name":"Sensor 101","type":"temperature","values":[{"type":"temperature","tag":"t","values":235}]},{"name":"Analyzer","type":"hvac","values":[{"type":"current","tag":"a.ac_current_x10","values":43},{"type":"voltage","tag":"a.U2N_Vx10","values":2301}]}],"datetime":{"$date":"2026-01-01T10:00:00Z"}}
{"name":"Lamp 1_102","type":"lamp","iot_values":[{"type":"power","values":41}],"datetime":"2026-01-01 10:00:05.123456"}
"""
BATTERIES = """
{"batteries":[{"name":"Battery_1","charge":55,"charging_rate":-300}],"datetime":{"$date":{"$numberLong":"1767261600000"}}}
"""
TOKENS = f"""
{{"token":"{SECRET}","datetime":"2024-01-01 10:00:00","active":true}}
{{"token":"{SECRET}","datetime":"2024-01-01 10:00:00","active":false}}
{{"token":"no-jwt-at-all"}}
"""
FILES: Mapping[str, str] = {
    "tiocps.divisions.json": DIVISIONS,
    "rooms.json": ROOMS,
    "iots.json": IOTS,
    "sensors.jsonl": SENSORS,
    "readings.json": READINGS,
    "iots_reading.json": SNAPSHOTS,
    "batteries.json": BATTERIES,
    "tokens.json": TOKENS,
    "totalpower.json": '{"consumption":1,"generation":0,"flexibility":0.1,"datetime":"x"}\n' * 3,
    "iots_reading.bson": "\x00",
    "odd.json": '{"what":"is this"}',
}
LAMP, FRIDGE = "Lamp 1_102", "Fridge"
NEW_YEAR_10H = to_ms(datetime(2026, 1, 1, 10, tzinfo=UTC))


def a_dump(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def silent(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


def take(
    house: House, path: Path, options: Options | None = None, *, dry_run: bool = False
) -> Report:
    report = Report(path.name, dry_run)
    with open_dump(path) as dump:
        Takeover(house, dump, report, options or Options(), silent).run()
    return report


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.taken, tally.already_there, tally.corrected, tally.refused


def codes(tally: Tally) -> dict[str, int]:
    return {code: reason.count for code, reason in tally.refusals.items()}


def stored(house: House, sensor_id: str, metric: str) -> dict[int, float]:
    """What telemetry holds of a series, by time."""
    period = Period.of_ms(NEW_YEAR_10H - 86_400_000, NEW_YEAR_10H + 86_400_000)
    (found,) = house.telemetry.history([(sensor_id, metric)], period, level="raw")
    points = zip(found.ts_ms, found.mean, strict=True)
    return {ts_ms: value for ts_ms, value in points if value is not None}


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as c:
        return {
            name: [tuple(row) for row in c.execute(sa.text(f"SELECT * FROM {name}"))]
            for name in sa.inspect(c).get_table_names()
        }


def test_rooms_and_divisions_become_rooms_and_a_name_counts_once(
    house: House, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    rooms = {room.name: (room.floor, room.capacity) for room in house.building.rooms()}
    assert rooms == {"Lab": ("2nd", 20), "Hall": ("0", 80), "Room 102": ("Not stated", None)}
    assert counts(report.rooms) == (3, 1, 0, 4)
    assert codes(report.rooms) == {"duplicate_name": 1, "invalid_input": 3}
    (example,) = report.rooms.refusals["duplicate_name"].examples
    assert (example["file"], example["line"], example["field"]) == (
        "tiocps.divisions.json",
        2,
        "name",
    )
    assert [e["field"] for e in report.rooms.refusals["invalid_input"].examples] == [
        "capacity",
        "name",
        "name",
    ]


def test_sensors_are_placed_guessed_and_renamed_where_they_must(
    house: House, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    lamp = house.building.sensor(report.sensor_ids[LAMP])
    room = house.building.room("Room 102")
    assert (lamp.name, lamp.sensor_type, lamp.meter_role, lamp.use) == (
        LAMP,
        "power",
        "submeter",
        "lighting",
    )
    assert (lamp.room_id, lamp.status, lamp.demand_response_enabled) == (
        room.room_id,
        "adopted",
        True,
    )
    assert house.building.sensor(FRIDGE).demand_response_enabled is False
    assert house.building.sensor("Generation").meter_role == "generation"
    humidity = house.building.sensor(report.sensor_ids["HUM 9"])
    assert (humidity.room_id, humidity.unit) == (house.building.room("Lab").room_id, None)
    assert house.building.sensor("TEMP_001").unit == "°F"
    assert house.building.sensor("CO2_1").room_id is None
    assert counts(report.sensors) == (6, 0, 0, 2)
    assert codes(report.sensors) == {"duplicate_id": 1, "no_sensor_id": 1}
    assert report.sensors.notes.keys() == {"unit_left_out", "unknown_room"}
    assert {"sensor_id": "Generation", "meter_role": "generation"}.items() <= next(
        guess for guess in report.guessed if guess["sensor_id"] == "Generation"
    ).items()


def rows_read(
    house: House, folder: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> dict[str, int]:
    """How many rows of configuration are read, and statements made, to take so many sensors."""
    counted = {"sensors": 0, "rooms": 0, "series": 0, "statements": 0}

    def counting(name: str, read: Callable[..., list[object]]) -> Callable[..., list[object]]:
        def counted_read(*given: object) -> list[object]:
            found = read(*given)
            counted[name] += len(found)
            return found

        return counted_read

    def statement(*_given: object) -> None:
        counted["statements"] += 1

    with monkeypatch.context() as patch:
        patch.setattr(store, "read_sensors", counting("sensors", store.read_sensors))
        patch.setattr(store, "read_rooms", counting("rooms", store.read_rooms))
        every_series = counting("series", series_store.all_series)
        patch.setattr(series_store, "all_series", every_series)
        patch.setattr(memory, "CHECK_EVERY_S", 3600.0)
        sa.event.listen(house.database.engine, "before_cursor_execute", statement)
        lines = (
            json.dumps({"sensor_id": f"S{count}_{n}", "sensor_type": "temperature",
                        "room": "Lab", "interval_s": 30 + n})
            for n in range(count)
        )  # fmt: skip
        files = {"rooms.json": '{"name":"Lab","floor":"1"}', "sensors.json": "\n".join(lines)}
        report = take(house, a_dump(folder, files))
        sa.event.remove(house.database.engine, "before_cursor_execute", statement)
    assert report.sensors.taken == count
    return counted


def test_taking_sensors_costs_in_proportion_to_their_number(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = rows_read(house, tmp_path / "few", 20, monkeypatch)
    many = rows_read(house, tmp_path / "many", 200, monkeypatch)
    most = {name: 10 * rows + 50 for name, rows in few.items()}
    assert {name: rows for name, rows in many.items() if rows > most[name]} == {}


def test_sensors_are_registered_together_as_one_by_one(house: House, tmp_path: Path) -> None:
    fields = {"name": "B", "sensor_type": "temperature"}
    house.building.register_sensor(SYSTEM, "B", fields)
    house.building.hide_sensor(SYSTEM, "B")
    house.building.note_discovered(["C"], {})
    lines = (json.dumps({"sensor_id": name, "sensor_type": "co2"}) for name in "ABCD")
    report = take(house, a_dump(tmp_path / "dump", {"sensors.json": "\n".join(lines)}))
    assert (report.sensors.taken, report.sensors.already_there) == (3, 1)
    assert [house.building.sensor(name).status for name in "ABCD"] == [
        "adopted",
        "hidden",
        "adopted",
        "adopted",
    ]
    with house.database.read() as c:
        query = "SELECT target FROM audit_log WHERE action = 'sensors.create' ORDER BY target"
        targets = [row[0] for row in c.exec_driver_sql(query)]
    assert targets == ["sensor/A", "sensor/B", "sensor/C", "sensor/D"]


def test_sensors_known_only_by_their_readings_are_discovered(house: House, tmp_path: Path) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    part = house.building.sensor(report.sensor_ids["Fridge internal Temperature"])
    assert (part.status, part.sensor_type) == ("discovered", "temperature")
    assert house.building.sensor("Battery_1").status == "discovered"
    assert house.building.sensor("SDB_1").sensor_type == "energy_meter"


def test_old_and_enhanced_readings_and_snapshots_arrive_in_default_units(
    house: House, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    at = NEW_YEAR_10H
    assert stored(house, "TEMP_001", "temperature") == {
        at: pytest.approx(20.0),
        at + 900_000: pytest.approx(22.0),
    }
    assert stored(house, report.sensor_ids["HUM 9"], "humidity") == {at + 3_600_000: 41.0}
    assert stored(house, "SDB_1", "power") == {at: 1.2}
    assert stored(house, "SDB_1", "energy") == {at: 812.4}
    lamp = report.sensor_ids[LAMP]
    assert stored(house, lamp, "power") == {at: 0.04, at + 5_123: 0.041}
    assert stored(house, "Fridge", "door") == {at: 1.0}
    assert stored(house, "Analyzer", "current") == {at: 4.3}
    assert stored(house, "Analyzer", "voltage") == {at: pytest.approx(230.1)}
    assert stored(house, "Battery_1", "soc") == {at: 55.0}
    assert stored(house, "Battery_1", "power") == {at: -0.3}


def test_what_is_no_reading_is_refused_with_file_line_and_field(
    house: House, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    found = {
        code: [(e["file"], e["line"], e["field"]) for e in reason.examples]
        for code, reason in report.readings.refusals.items()
    }
    assert found == {
        "not_finite": [("readings.json", 5, "temperature"), ("readings.json", 12, "co2")],
        "not_a_number": [("readings.json", 6, "temperature")],
        "bad_timestamp": [("readings.json", 7, "timestamp")],
        "no_timestamp": [("readings.json", 8, "timestamp")],
        "no_sensor": [("readings.json", 9, "sensor_id")],
        "unknown_unit": [("readings.json", 10, "temperature")],
        "in_future": [("readings.json", 11, "timestamp")],
        "malformed": [("readings.json", 13, None)],
        "unknown_metric": [("iots_reading.json", 1, "type")],
    }
    assert report.readings.refused == 10


def test_a_local_server_clock_and_tenths_are_read_as_told(house: House, tmp_path: Path) -> None:
    dump = a_dump(
        tmp_path / "dump",
        {
            "iots_reading.json": '{"iots":[{"name":"T","values":[{"type":"temperature",'
            '"values":235}]}],"datetime":{"$date":"2026-06-01T10:00:00Z"}}'
        },
    )
    options = Options(dates_are_local=True, tenfold=frozenset({"temperature"}))
    report = take(house, dump, options)
    latest = house.telemetry.latest()["T", "temperature"]
    assert latest.value == 23.5
    assert latest.ts_ms == to_ms(datetime(2026, 6, 1, 9, tzinfo=UTC))
    assert not report.readings.notes


def test_tenths_taken_as_they_are_do_not_pass_in_silence(house: House, tmp_path: Path) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    (example,) = report.readings.notes["out_of_range"].examples
    assert "--tenfold temperature" in example["message"]
    assert report.readings.notes["dates_as_utc"].count == 2


def test_a_second_run_doubles_nothing(house: House, database: Database, tmp_path: Path) -> None:
    dump = a_dump(tmp_path / "dump")
    first = take(house, dump)
    before = everything(database)
    second = take(house, dump)
    assert everything(database) == before
    assert counts(second.rooms) == (0, 4, 0, first.rooms.refused)
    assert counts(second.sensors) == (0, 6, 0, first.sensors.refused)
    assert counts(second.readings) == (0, first.readings.taken, 0, first.readings.refused)


def test_what_people_edited_since_stays(house: House, tmp_path: Path) -> None:
    dump = a_dump(tmp_path / "dump")
    take(house, dump)
    house.building.update_room(SYSTEM, house.building.room("Lab").room_id, {"capacity": 12})
    house.building.update_sensor(SYSTEM, FRIDGE, {"name": "Canteen fridge"})
    report = take(house, dump)
    assert house.building.room("Lab").capacity == 12
    assert house.building.sensor(FRIDGE).name == "Canteen fridge"
    assert "differs_here" in report.rooms.notes


def test_broken_off_in_the_middle_it_goes_on_at_the_next_run(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        json.dumps({"sensor_id": "T_1", "timestamp": 1_767_261_600 + n * 60, "temperature": n % 30})
        for n in range(100)
    ]
    dump = a_dump(tmp_path / "dump", {"readings.json": "\n".join(lines)})
    monkeypatch.setattr(readings_module, "READINGS_AT_ONCE", 30)
    seen: list[str] = []

    def until_the_second(what: str, _done: int, _total: int) -> None:
        seen.append(what)
        if len(seen) == 2:
            raise KeyboardInterrupt

    report = Report("dump", False)
    with open_dump(dump) as opened:
        Takeover(house, opened, report, Options(), until_the_second).run()
    assert report.stopped == STOPPED
    assert not report.complete
    assert report.readings.taken == 60
    again = take(house, dump)
    assert counts(again.readings) == (40, 60, 0, 0)
    assert len(stored(house, "T_1", "temperature")) == 100


def test_progress_reaches_its_end_only_when_all_is_stored(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = a_dump(tmp_path / "dump")
    monkeypatch.setattr(readings_module, "READINGS_AT_ONCE", 3)
    told: list[tuple[str, int, int]] = []
    with open_dump(dump) as opened:
        Takeover(
            house, opened, Report("dump", False), Options(), lambda *said: told.append(said)
        ).run()
    for kind in ("rooms", "sensors", "readings"):
        steps = [(done, total) for what, done, total in told if what == f"KiB of {kind} read"]
        assert len(steps) > 2
        assert [done == total for done, total in steps] == [False] * (len(steps) - 1) + [True]


def test_a_dry_run_says_the_same_and_writes_nothing(
    house: House, database: Database, tmp_path: Path
) -> None:
    dump = a_dump(tmp_path / "dump")
    before = everything(database)
    trial = take(house, dump, dry_run=True)
    assert everything(database) == before
    real = take(house, dump)
    for name, tally in trial.tallies.items():
        assert counts(tally) == counts(real.tallies[name]), name
        assert codes(tally) == codes(real.tallies[name]), name
    assert trial.guessed == real.guessed
    assert trial.sensor_ids == real.sensor_ids


def test_tokens_are_listed_to_be_issued_anew_and_no_secret_is_kept(
    house: House, database: Database, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    active, revoked = report.tokens_to_issue_anew
    assert active["request"] == {
        "name": "dashboard_user",
        "list_of_resources": ["sensors", "aggregated"],
        "embargo": 30,
        "data_aggregation": "sum",
        "time_aggregation": "15minutes",
        "exp": (1_800_000_000 - house.clock.now_ms() // 1000) // 60,
    }
    assert active["not_known_here"] == ["moon"]
    assert active["expires_at"] == "2027-01-15T08:00:00Z"
    assert revoked["active"] is False
    assert revoked["request"] is None
    assert counts(report.tokens) == (0, 0, 0, 1)
    assert codes(report.tokens) == {"unreadable_token": 1}
    said = json.dumps(report.as_dict()) + as_text(report)
    assert SECRET not in said
    assert SECRET.split(".")[2] not in said
    assert "no-jwt" not in said
    assert everything(database)["access_token"] == []


def test_what_has_no_place_here_is_named_and_other_files_are_told(
    house: House, tmp_path: Path
) -> None:
    report = take(house, a_dump(tmp_path / "dump"))
    assert report.left_out["totalpower"]["documents"] == 3
    assert codes(report.files) == {"not_json": 1, "unknown_document": 1}


def test_one_object_with_collections_and_the_originals_config_are_taken(
    house: House, tmp_path: Path
) -> None:
    whole = {
        "readings": [{"sensor_id": "T_1", "timestamp": 1_767_261_600, "temperature": 20}],
        "sensors": [{"sensor_id": "T_1", "sensor_type": "temperature", "room": "Lab"}],
        "rooms": [{"name": "Lab", "floor": "2nd", "capacity": 20}],
    }
    config = {
        "app": {"port": 5000},
        "resources": {
            "iots": [json.loads(line) for line in IOTS.strip().splitlines()],
            "batteries": [{"name": "Battery_1", "ip": "192.0.2.1", "capacity": 2400}],
        },
    }
    dump = a_dump(
        tmp_path / "dump", {"all.json": json.dumps(whole), "f.json": json.dumps(config, indent=2)}
    )
    report = take(house, dump)
    assert house.building.sensor("T_1").room_id == house.building.room("Lab").room_id
    assert house.building.sensor("Battery_1").meter_role == "battery"
    assert counts(report.sensors) == (5, 0, 0, 0)
    assert counts(report.readings) == (1, 0, 0, 0)


HOSTILE = {
    "a million deep": '{"sensor_id":"T_1","timestamp":1,"value":' + "[" * 100_000,
    "numbers beyond all": '{"sensor_id":"T_1","timestamp":1' + "0" * 400 + ',"value":1e999}',
    "a number of 10,000 digits": '{"sensor_id":"T_1","timestamp":1,"temperature":'
    + "9" * 10_000
    + "}",
    "NUL and surrogates": '{"sensor_id":"a\\u0000\\ud800","timestamp":1,"temperature":1}',
    "nulls": '{"sensor_id":null,"timestamp":null,"value":null}',
    "a list of scalars": '[1,2,null,true,"x",[[]]]',
    "bools": '{"sensor_id":true,"timestamp":true,"value":true}',
    "objects everywhere": '{"sensor_id":"T_1","timestamp":{},"room":[],"unit":{},"value":[]}',
    "iots of scalars": '{"iots":[1,null,{"name":5,"values":[1,{"type":3}]}],"datetime":{}}',
    "odd dates": '{"sensor_id":"T_1","timestamp":{"$date":{"$numberLong":"-9"}},"temperature":1}',
    "odd room": '{"name":{"a":1},"floor":[],"capacity":{}}',
    "room of NUL": '{"name":"a\\u0000b","floor":"\\ud800","capacity":1}',
    "odd sensor": '{"name":"X","values":{},"store":[],"control":7,"unit":5,"room":{},"uri":1}',
    "odd token": '{"token":"a.b.c","list_of_resources":[[],{"text":7}],"exp":"x","embargo":[]}',
    "collections of nothing": '{"rooms":[],"sensors":null,"readings":{}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_and_the_rest_is_taken(
    house: House, tmp_path: Path, name: str
) -> None:
    good = '{"sensor_id":"GOOD","timestamp":1767261600,"temperature":20}'
    room = '{"name":"Good room","floor":"1st"}'
    files = {
        "mixed.json": f"{HOSTILE[name]}\n{good}\n{room}\n",
        "rooms.json": f"{HOSTILE[name]}\n{room}\n",
        "sensors.json": f"{HOSTILE[name]}\n",
        "tokens.json": f"{HOSTILE[name]}\n",
    }
    report = take(house, a_dump(tmp_path / "dump", files))
    assert stored(house, "GOOD", "temperature") == {NEW_YEAR_10H: 20.0}
    assert house.building.room("Good room").floor == "1st"
    json.dumps(report.as_dict(), allow_nan=False)
    as_text(report).encode()


FIELDS = [
    "name",
    "sensor_id",
    "sensorId",
    "device_id",
    "type",
    "sensor_type",
    "room",
    "room_id",
    "floor",
    "capacity",
    "iots",
    "values",
    "iot_values",
    "batteries",
    "datetime",
    "timestamp",
    "date",
    "value",
    "unit",
    "tag",
    "control",
    "store",
    "interval_s",
    "control_capabilities",
    "meter_role",
    "token",
    "list_of_resources",
    "exp",
    "embargo",
    "active",
    "temperature",
    "energy",
    "data_aggregation",
    "demandresponse",
    "_id",
    "id",
]
WORDS = st.sampled_from(
    ["", "a", "power", "temperature", "kW", "2026-01-01 10:00:00", "Lab", "\ud800\0"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**30), 2**64, 1_767_261_600]),
    st.floats(),
    WORDS,
)
SPECIAL = st.dictionaries(
    st.sampled_from(["$date", "$oid", "$numberLong", "$numberDouble", "$timestamp"]),
    SCALARS,
    min_size=1,
    max_size=1,
)
NESTED = st.recursive(
    SCALARS | SPECIAL,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=12,
)
ANYTHING = st.dictionaries(st.sampled_from(FIELDS), NESTED, max_size=9)


@given(documents=st.lists(ANYTHING, min_size=10, max_size=30))
def test_no_document_whatever_it_holds_ends_the_takeover(
    sqlite_database: Database,
    settings: Settings,
    clock: FixedClock,
    tmp_path: Path,
    documents: list[object],
) -> None:
    house = House.compose(settings, clock=clock, database=sqlite_database)
    text = "\n".join(json.dumps(document) for document in documents)
    names = ("rooms.json", "sensors.json", "readings.json", "tokens.json", "other.json")
    dump = a_dump(tmp_path / "dump", dict.fromkeys(names, text))
    options = Options(tenfold=frozenset({"temperature", "power"}))
    report = take(house, dump, options)
    assert report.stopped is None
    json.dumps(report.as_dict(), allow_nan=False)
    as_text(report).encode()


def run(dump: Path, database: Path, *options: str) -> int:
    return command.main([str(dump), "--database-url", f"sqlite:///{database}", *options])


def test_the_command_prints_the_table_and_keeps_the_report_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WATTBOARD_DATA_DIR", str(tmp_path / "data"))
    database = tmp_path / "w.db"
    assert run(a_dump(tmp_path / "dump"), database) == 1
    printed = capsys.readouterr().out
    assert "readings.json:7 timestamp:" in printed
    (path,) = (tmp_path / "data" / "imports").glob("original-*.json")
    assert f"The whole report: {path}" in printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["collections"]["rooms"]["taken"] == 3


def test_the_exit_code_tells_all_taken_and_unusable_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTBOARD_DATA_DIR", str(tmp_path / "data"))
    clean = a_dump(tmp_path / "clean", {"rooms.json": '{"name":"Lab","floor":"2nd"}'})
    assert run(clean, tmp_path / "w.db") == 0
    assert run(tmp_path / "nothing", tmp_path / "w.db") == 2
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 cut")
    assert run(tmp_path / "cut.zip", tmp_path / "w.db") == 2


def test_a_dry_run_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTBOARD_DATA_DIR", str(tmp_path / "data"))
    clean = a_dump(tmp_path / "clean", {"rooms.json": '{"name":"Lab","floor":"2nd"}'})
    assert run(clean, tmp_path / "w.db", "--dry-run") == 0
    assert not (tmp_path / "w.db").exists()
