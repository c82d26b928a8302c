"""The live building without a broker: what it says when, how it obeys, how it errs."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from data_ingest.simulation import layout, memory, sensors
from data_ingest.simulation.clock import BuildingTime, iso
from data_ingest.simulation.controls import OWN_RULE, Order
from data_ingest.simulation.engine import Engine
from data_ingest.simulation.live import LiveBuilding
from tests.unit.simulation.building import LISBON, an_engine, at, drivers, settled

NOON = "2026-06-16T11:00:00"
BEGIN_S = at(NOON)


class Listener:
    """Keeps what a live building publishes."""

    def __init__(self, engine: Engine | None = None, journal: Path | None = None,
                 speed: float = 1.0) -> None:  # fmt: skip
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.retained: dict[str, object] = {}
        clock = BuildingTime(BEGIN_S, 0.0, speed)
        self.live = LiveBuilding(engine or an_engine(NOON), clock, self._publish, journal)

    def _publish(self, device_id: str, topic: str, payload: Any, retain: bool) -> None:
        self.said.append((topic, payload))
        if retain:
            self.retained[topic] = payload

    def until(self, seconds: float) -> "Listener":
        self.live.pump(BEGIN_S + seconds)
        return self

    def set(self, device_id: str, command: str, value: object = None, seconds: float = 0.0,
            command_id: str = "c1", lease_s: float = 60.0) -> None:  # fmt: skip
        now_s = BEGIN_S + seconds
        message = {"command_id": command_id, "command": command, "value": value,
                   "lease_s": lease_s, "expires_at": iso(now_s + 30)}  # fmt: skip
        self.live.hear(device_id, orjson.dumps(message), now_s)

    def fault(self, target: str, fault: str, seconds: float = 0.0, for_s: float = 60.0) -> None:
        message = orjson.dumps({"target": target, "fault": fault, "for_s": for_s})
        self.live.hear("simulation/set", message, BEGIN_S + seconds)

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [payload for said, payload in self.said if said == topic]

    def readings(self, sensor_id: str) -> list[dict[str, Any]]:
        return self.of(f"telemetry/{sensor_id}")


def test_every_sensor_speaks_once_in_its_interval_and_not_all_at_once() -> None:
    listener = Listener().until(119.99)
    for sensor in sensors.SENSORS:
        times = [each["timestamp"] for each in listener.readings(sensor.sensor_id)]
        assert len(times) == 120 // sensor.interval_s
        assert all(b - a == pytest.approx(sensor.interval_s) for a, b in itertools.pairwise(times))
    seconds = [int(p["timestamp"]) for t, p in listener.said if t.startswith("telemetry")]
    assert max(seconds.count(second) for second in set(seconds)) < 12


def test_a_reading_is_one_of_the_documents_enhanced_model() -> None:
    listener = Listener().until(10)
    climate = listener.readings("CLIMATE_STUDIO")[0]
    assert climate["room"] == "Studio"
    assert climate["sensor_type"] == "multi"
    assert climate["temperature"]["unit"] == "°C"
    assert set(climate) == {
        "timestamp", "room", "sensor_type", "temperature", "humidity", "co2", "occupancy", "light",
    }  # fmt: skip
    meter = listener.readings("METER_MAIN")[0]
    assert set(meter) == {"timestamp", "sensor_type", "power", "energy", "generation_energy"}
    battery = listener.readings("BATT001")[0]
    assert set(battery) >= {"power", "soc", "energy", "generation_energy"}


def test_readings_of_one_step_add_up_whatever_their_second() -> None:
    listener = Listener().until(9.99)
    power = {s: listener.readings(s)[0]["power"]["value"] for s in layout.SUBMETERS}
    main = listener.readings("METER_MAIN")[0]["power"]["value"]
    solar = listener.readings("PV_1")[0]["generation"]["value"]
    batteries = sum(listener.readings(f"BATT00{n}")[0]["power"]["value"] for n in (1, 2, 3))
    rest = main + solar - batteries - sum(power.values())
    assert 0.3 < rest < 4.0


def test_counters_follow_power_between_two_readings() -> None:
    listener = Listener().until(299)
    for meter in ("METER_LAB_EQUIPMENT", "METER_SERVER_ROOM_EQUIPMENT"):
        first, *_, last = listener.readings(meter)
        hours = (last["timestamp"] - first["timestamp"]) / 3600
        gained = last["energy"]["value"] - first["energy"]["value"]
        shown = [each["power"]["value"] for each in listener.readings(meter)]
        assert min(shown) * hours - 0.002 <= gained <= max(shown) * hours + 0.002


def test_two_runs_say_the_same_word_for_word() -> None:
    first, second = Listener().until(300), Listener()
    for seconds in range(0, 301, 7):  # woken at other moments
        second.until(seconds)
    second.until(300)
    assert first.said == second.said


def test_a_fast_clock_stretches_the_intervals_and_floods_nobody() -> None:
    assert [sensors.pace(speed) for speed in (1, 10, 60, 600)] == [1, 1, 6, 60]
    listener = Listener(speed=60.0).until(119.9)
    assert len(listener.readings("METER_MAIN")) == 2


def test_what_was_missed_long_ago_is_not_told_as_news() -> None:
    listener = Listener().until(7200)
    times = [each["timestamp"] for each in listener.readings("METER_MAIN")]
    assert min(times) >= BEGIN_S + 7200 - 900
    assert max(times) > BEGIN_S + 7190


@pytest.mark.parametrize(
    ("device_id", "meter"),
    [
        ("DEVICE_001", "METER_OPEN_OFFICE_NORTH_CLIMATE"),
        ("DEVICE_002", "METER_OPEN_OFFICE_SOUTH_CLIMATE"),
        ("DEVICE_003", "METER_STUDIO_CLIMATE"),
        ("DEVICE_004", "METER_TRAINING_ROOM_CLIMATE"),
        ("DEVICE_005", "METER_SERVER_ROOM_CLIMATE"),
        ("DEVICE_006", "METER_CANTEEN_KITCHEN"),
        ("DEVICE_008", "METER_OPEN_OFFICE_SOUTH_LIGHTING"),
        ("DEVICE_009", "METER_LAB_EQUIPMENT"),
        ("DEVICE_011", "METER_TRAINING_ROOM_CLIMATE"),
        ("DEVICE_012", "METER_PLANT_OTHER"),
    ],
)
def test_a_device_told_off_is_seen_at_its_meter_within_its_interval(
    device_id: str, meter: str
) -> None:
    usual, told = Listener().until(40), Listener().until(20)
    told.set(device_id, "off", seconds=20)
    told.until(40)
    saved = usual.readings(meter)[-1]["power"]["value"] - told.readings(meter)[-1]["power"]["value"]
    drew = usual.of(f"devices/{device_id}/state")[-1]["power_kw"]
    assert saved == pytest.approx(drew, abs=0.05)
    assert drew > 0.02
    acks = [ack["status"] for ack in told.of(f"devices/{device_id}/ack")]
    assert acks == ["accepted", "done"]
    assert told.of(f"devices/{device_id}/state")[-1]["on"] is False


def test_the_dishwasher_runs_when_told() -> None:
    listener = Listener().until(5)
    listener.set("DEVICE_007", "on", seconds=5)
    assert listener.of("devices/DEVICE_007/state")[-1]["power_kw"] == pytest.approx(2.4)


def test_the_car_charger_keeps_to_the_power_it_is_told() -> None:
    times = np.arange(at("2026-06-17T07:00:00"), at("2026-06-17T17:00:00"), 300.0)
    plugged = drivers().inputs(times, 300.0).car_kwh > 0
    begin_s = float(times[plugged.argmax()]) + 300.0
    engine = Engine(drivers(), settled(begin_s), begin_s)
    assert engine.device_state("DEVICE_010", OWN_RULE)["power_kw"] == pytest.approx(11.02)
    engine.tell({"DEVICE_010": Order(on=True, power_kw=4.0)}, begin_s + 5)
    assert engine.device_state("DEVICE_010", OWN_RULE)["power_kw"] == pytest.approx(4.02)


def test_a_battery_gives_what_it_is_told_and_the_grid_takes_it() -> None:
    listener = Listener().until(20)
    listener.set("BATT001", "set_power_kw", -10, seconds=20)
    listener.until(50)
    assert listener.readings("BATT001")[-1]["power"]["value"] == pytest.approx(-10, abs=0.01)
    state = listener.of("devices/BATT001/state")[-1]
    assert state["power_kw"] == pytest.approx(-10, abs=0.01)
    assert listener.readings("BATT001")[-1]["soc"]["value"] < listener.readings("BATT001")[0]["soc"]["value"]  # noqa: E501  # fmt: skip


def test_an_order_takes_effect_in_the_second_it_arrives_not_at_the_next_step() -> None:
    engine = an_engine(NOON)
    listener = Listener(engine)
    before_kwh = engine.reading(_spec("BATT001"), BEGIN_S)["generation_energy"]
    listener.set("BATT001", "set_power_kw", -20, seconds=4)
    listener.until(9.99)
    gained = engine.reading(_spec("BATT001"), BEGIN_S + 9.99)["generation_energy"] - before_kwh
    assert gained == pytest.approx(20 * 6 / 3600, abs=0.002)


def _spec(sensor_id: str) -> sensors.SensorSpec:
    return next(s for s in sensors.SENSORS if s.sensor_id == sensor_id)


def test_after_its_lease_the_device_returns_to_its_own_rule() -> None:
    listener = Listener().until(20)
    listener.set("DEVICE_002", "off", seconds=20, lease_s=30)
    listener.until(45)
    assert listener.retained["devices/DEVICE_002/state"]["on"] is False
    listener.until(60)
    assert listener.retained["devices/DEVICE_002/state"]["on"] is True
    assert listener.readings("METER_OPEN_OFFICE_SOUTH_CLIMATE")[-1]["power"]["value"] > 1


def test_shedding_takes_the_share_it_names() -> None:
    listener = Listener().until(20)
    usual = listener.of("devices/DEVICE_008/state")[-1]["power_kw"]
    listener.set("DEVICE_008", "set_shed_percent", 40, seconds=20)
    shed = listener.of("devices/DEVICE_008/state")[-1]["power_kw"]
    assert shed == pytest.approx(0.6 * usual, rel=0.05)


def test_the_journal_has_one_line_per_executed_effect(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    listener = Listener(journal=journal).until(10)
    listener.set("DEVICE_001", "off", seconds=10, lease_s=20)
    listener.set("DEVICE_001", "off", seconds=20, lease_s=20)  # a renewal
    listener.set("DEVICE_001", "on", seconds=25, command_id="c2", lease_s=20)
    listener.until(60)
    lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
    assert [(line["command_id"], line["effect"]) for line in lines] == [
        ("c1", "applied"), ("c2", "applied"), ("c2", "lease_passed"),
    ]  # fmt: skip
    assert lines[0]["at"] == iso(BEGIN_S + 10)


def test_a_silent_sensor_is_silent_and_then_speaks_again() -> None:
    listener = Listener()
    listener.fault("CLIMATE_LAB", "silent", for_s=60)
    listener.until(100)
    times = [each["timestamp"] - BEGIN_S for each in listener.readings("CLIMATE_LAB")]
    assert times
    assert min(times) >= 60


def test_a_stuck_sensor_repeats_its_values_with_new_times() -> None:
    listener = Listener().until(20)
    listener.fault("METER_MAIN", "stuck", seconds=20, for_s=100)
    listener.until(100)
    stuck = [each for each in listener.readings("METER_MAIN") if each["timestamp"] > BEGIN_S + 20]
    assert len({each["power"]["value"] for each in stuck}) == 1
    assert len({each["timestamp"] for each in stuck}) == len(stuck) > 5


def test_a_late_sensor_tells_old_times() -> None:
    listener = Listener()
    listener.fault("METER_MAIN", "late", for_s=100)
    listener.until(50)
    assert not listener.readings("METER_MAIN")
    listener.until(75)
    told = listener.readings("METER_MAIN")
    assert told
    assert max(each["timestamp"] for each in told) < BEGIN_S + 16


@pytest.mark.parametrize(
    ("sensor_id", "metric", "fault", "expected"),
    [
        ("METER_LAB_EQUIPMENT", "power", "wrong_unit", lambda x: x * 1000),
        ("CLIMATE_LAB", "temperature", "wrong_unit", lambda x: x * 1.8 + 32),
        ("BATT001", "soc", "wrong_unit", lambda x: x / 100),
        ("METER_LAB_EQUIPMENT", "power", "reversed_sign", lambda x: -x),
        ("BATT001", "power", "reversed_sign", lambda x: -x),
    ],
)
def test_wrong_units_and_signs_are_wrong_as_named(
    sensor_id: str, metric: str, fault: str, expected: Any
) -> None:
    right, wrong = Listener().until(30), Listener()
    wrong.fault(sensor_id, fault)
    wrong.until(30)
    for good, bad in zip(right.readings(sensor_id), wrong.readings(sensor_id), strict=True):
        assert bad[metric]["value"] == pytest.approx(expected(good[metric]["value"]), abs=0.01)
        assert bad[metric]["unit"] == good[metric]["unit"]


def test_a_device_that_acknowledges_without_acting_is_contradicted_by_its_meter() -> None:
    listener = Listener().until(20)
    meter = "METER_OPEN_OFFICE_SOUTH_CLIMATE"
    listener.fault("DEVICE_002", "ack_without_act", seconds=20)
    listener.set("DEVICE_002", "off", seconds=21)
    listener.until(40)
    assert [ack["status"] for ack in listener.of("devices/DEVICE_002/ack")] == ["accepted", "done"]
    assert listener.readings(meter)[-1]["power"]["value"] > 1


def test_a_silent_device_neither_answers_nor_reports() -> None:
    listener = Listener().until(20)
    listener.fault("DEVICE_002", "silent", seconds=20, for_s=600)
    said = len(listener.of("devices/DEVICE_002/state"))
    listener.set("DEVICE_002", "off", seconds=21)
    listener.until(60)
    assert not listener.of("devices/DEVICE_002/ack")
    assert len(listener.of("devices/DEVICE_002/state")) == said


def test_none_ends_a_fault_at_once_and_nonsense_changes_nothing() -> None:
    listener = Listener()
    listener.fault("METER_MAIN", "silent", for_s=600)
    listener.until(30)
    listener.fault("METER_MAIN", "none", seconds=30)
    for nonsense in (b"x", b"[]", b'{"target": "METER_MAIN"}',
                     b'{"target": "NOBODY", "fault": "silent", "for_s": 9}',
                     b'{"target": "METER_MAIN", "fault": "ignore", "for_s": 9}',
                     b'{"target": "METER_MAIN", "fault": "silent", "for_s": -9}',
                     b'{"target": ["x"], "fault": "silent", "for_s": 9}'):  # fmt: skip
        listener.live.hear("simulation/set", nonsense, BEGIN_S + 31)
    listener.until(60)
    assert len(listener.readings("METER_MAIN")) == 3


def test_the_meters_memory_survives_and_life_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    whole = Listener().until(600)
    first = Listener().until(300)
    now = first.live.engine.present
    memory.save(path, LISBON, memory.Memory(now.begin_s, BEGIN_S, now.before))
    kept = memory.load(path, LISBON)
    assert kept is not None
    assert kept.live_from_s == BEGIN_S
    second = Listener(Engine(drivers(), kept.state, kept.at_s)).until(600)
    assert whole.readings("METER_MAIN")[-20:] == second.readings("METER_MAIN")[-20:]


def test_a_memory_of_another_building_or_a_torn_one_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    engine = an_engine(NOON)
    memory.save(path, LISBON, memory.Memory(BEGIN_S, BEGIN_S, engine.present.before))
    other = type(LISBON)(LISBON.latitude, LISBON.longitude, LISBON.timezone, 2)
    assert memory.load(path, other) is None
    path.write_bytes(path.read_bytes()[:100])
    assert memory.load(path, LISBON) is None
    assert memory.load(tmp_path / "none", LISBON) is None
