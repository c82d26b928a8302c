"""Foreign payloads become readings by mappings; samples after the makers' documentation."""

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.foundation.errors import InvalidInput
from domain.inbox.decode import Batch
from domain.inbox.mapping import (
    MappedField,
    Mapping,
    TopicMatch,
    apply_mapping,
    check_mapping,
    is_filter,
    match_topic,
)
from domain.inbox.ready import READY

NOW_MS = 1_704_067_200_000
SHELLY_EM = {
    "id": 0,
    "a_current": 4.029,
    "a_voltage": 236.1,
    "a_act_power": 951.2,
    "a_aprt_power": 951.9,
    "a_pf": 1,
    "a_freq": 50,
    "b_act_power": -12.5,
    "n_current": 11.029,
    "total_current": 11.083,
    "total_act_power": 2484.782,
    "total_aprt_power": 2486.7,
}
TASMOTA = {
    "Time": "2024-01-01T00:00:00",
    "ENERGY": {
        "TotalStartTime": "2023-01-01T00:00:00",
        "Total": 1234.567,
        "Power": 42,
        "Factor": 0.91,
        "Voltage": 231,
        "Current": 0.2,
    },
    "AM2301": {"Temperature": 68.0, "Humidity": 48.5},
    "DS18B20-1": {"Id": "01", "Temperature": 50.0},
    "TempUnit": "F",
}
ZIGBEE = {
    "temperature": 21.3,
    "humidity": 48,
    "battery": 97,
    "voltage": 3005,
    "linkquality": 80,
    "occupancy": True,
    "contact": False,
}


def read(topic: str, payload: object, arrived_ms: int | None = NOW_MS) -> dict[str, float]:
    """Apply whatever ready mapping matches; gives "sensor metric" → value."""
    batch = Batch(ZoneInfo("Europe/Lisbon"), NOW_MS)
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    for mapping in READY:
        match = match_topic(mapping.topic_filter, topic)
        if match:
            apply_mapping(mapping, match, raw, batch, 0, arrived_ms)
    assert batch.rejected == [] or isinstance(payload, bytes), batch.rejected
    return {f"{r.sensor_id} {r.metric}": r.value for r in batch.readings}


def test_shelly_status_gives_the_total_and_each_phase() -> None:
    found = read("shellypro3em-1/status/em:0", SHELLY_EM)
    assert found["shellypro3em-1 power"] == pytest.approx(2.484782)
    assert found["shellypro3em-1_a power"] == pytest.approx(0.9512)
    assert found["shellypro3em-1_b power"] == pytest.approx(-0.0125)
    assert found["shellypro3em-1_a voltage"] == 236.1
    assert len(found) == 8


def test_shelly_notification_carries_its_own_time_and_counters_in_wh() -> None:
    batch = Batch(ZoneInfo("Europe/Lisbon"), NOW_MS)
    payload = {
        "src": "shellypro3em-1",
        "method": "NotifyStatus",
        "params": {
            "ts": 1704067100.25,
            "em:0": SHELLY_EM,
            "emdata:0": {"total_act": 1500.0, "total_act_ret": 20.0},
            "switch:1": {"apower": 8.9, "aenergy": {"total": 6532.0}},
        },
    }
    mapping = next(m for m in READY if m.name == "shelly-rpc")
    match = match_topic(mapping.topic_filter, "shellypro3em-1/events/rpc")
    assert match
    apply_mapping(mapping, match, json.dumps(payload).encode(), batch, 0, None)
    found = {f"{r.sensor_id} {r.metric}": r.value for r in batch.readings}
    assert found["shellypro3em-1 energy"] == 1.5
    assert found["shellypro3em-1 generation_energy"] == 0.02
    assert found["shellypro3em-1_switch1 power"] == pytest.approx(0.0089)
    assert {r.ts_ms for r in batch.readings} == {1_704_067_100_250}


def test_tasmota_takes_its_local_time_and_its_temperature_unit() -> None:
    found = read("tele/plug7/SENSOR", TASMOTA, None)
    assert found["plug7 power"] == 0.042
    assert found["plug7 energy"] == 1234.567
    assert found["plug7_AM2301 temperature"] == pytest.approx(20.0)
    assert found["plug7_DS18B20-1 temperature"] == pytest.approx(10.0)
    assert found["plug7_AM2301 humidity"] == 48.5


def test_zigbee_booleans_become_states_and_a_battery_voltage_does_not_count() -> None:
    found = read("zigbee2mqtt/Living room é", ZIGBEE)
    assert found == {
        "Living_room temperature": 21.3,
        "Living_room humidity": 48.0,
        "Living_room motion": 1.0,
        "Living_room door": 1.0,
    }


def test_a_retained_foreign_message_without_a_time_is_passed_over() -> None:
    assert read("zigbee2mqtt/lamp", ZIGBEE, None) == {}


@pytest.mark.parametrize("payload", [b"", b"online", b"[" * 100_000, b"\xff", b"[]", b"5", b"{}"])
def test_foreign_nonsense_never_raises(payload: bytes) -> None:
    assert read("zigbee2mqtt/lamp", payload) == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ENERGY", "Power", "Temperature", "AM", "Time", "TempUnit"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_foreign_json_raises(found: object) -> None:
    batch = Batch(ZoneInfo("Europe/Lisbon"), NOW_MS)
    mapping = next(mapping for mapping in READY if mapping.name == "tasmota")
    apply_mapping(mapping, TopicMatch({"1": "x"}), json.dumps(found).encode(), batch, 0, NOW_MS)
    assert all(rejection.code and rejection.message for rejection in batch.rejected)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "parts"),
    [
        ("a/+/c", "a/b/c", {"1": "b"}),
        ("+/+", "a/b", {"1": "a", "2": "b"}),
        ("a/#", "a/b/c", {"rest": "b/c"}),
        ("#", "a", {"rest": "a"}),
        ("a/+", "a", None),
        ("a/+", "a/b/c", None),
        ("a/b", "a/c", None),
        ("#", "$SYS/broker", None),
        ("+/x", "$SYS/x", None),
    ],
)
def test_topic_filters_match_as_mqtt_says(
    topic_filter: str, topic: str, parts: dict[str, str] | None
) -> None:
    match = match_topic(topic_filter, topic)
    assert (match.parts if match else None) == parts


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "a+/b", "$SYS/#", "a\x00", "a" * 300])
def test_impossible_filters_are_refused(text: str) -> None:
    assert not is_filter(text)


@pytest.mark.parametrize("mapping", READY, ids=lambda mapping: mapping.name)
def test_ready_mappings_pass_their_own_check_and_survive_storage(mapping: Mapping) -> None:
    check_mapping(mapping)
    assert msgspec.json.decode(msgspec.json.encode(mapping), type=Mapping) == mapping


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"topic_filter": "+/a#"}, "topic_filter"),
        ({"fields": ()}, "fields"),
        ({"sensor_id": "{2}"}, "fields.0.sensor_id"),
        ({"sensor_id": " "}, "fields.0.sensor_id"),
        ({"fields": (MappedField("a", "joy"),)}, "fields.0.metric"),
        ({"fields": (MappedField("a", "power", "°C"),)}, "fields.0.unit"),
        ({"fields": (MappedField("*.*", "power"),)}, "fields.0.path"),
    ],
)
def test_a_mapping_that_could_never_work_names_its_field(
    change: dict[str, object], field: str
) -> None:
    good = Mapping("mine", "x/+/y", "{1}", (MappedField("a.b", "power", "W"),))
    check_mapping(good)
    with pytest.raises(InvalidInput) as caught:
        check_mapping(msgspec.structs.replace(good, **change))
    assert [error.field for error in caught.value.fields] == [field]
