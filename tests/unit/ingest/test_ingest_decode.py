"""API.md §3 payloads become readings; whatever else comes in becomes a reason."""

import json
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.foundation.units import METRICS
from domain.inbox.decode import (
    MAX_MESSAGE_BYTES,
    Batch,
    decode_message,
    decode_objects,
    decode_state,
)
from domain.telemetry.model import Reading

LISBON = ZoneInfo("Europe/Lisbon")
NOW_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
AT_S = 1_704_067_100


def a_batch(**changes: object) -> Batch:
    return Batch(LISBON, NOW_MS, **changes)  # type: ignore[arg-type]


def message(payload: object, sensor_id: str = "S1", batch: Batch | None = None) -> Batch:
    batch = batch or a_batch()
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    decode_message(raw, sensor_id, batch, 0, NOW_MS)
    return batch


def codes(batch: Batch) -> list[str]:
    return [rejection.code for rejection in batch.rejected]


def test_old_model_takes_its_metric_from_the_registered_type() -> None:
    batch = a_batch(type_of={"TEMP_001": "temperature"}.get)
    decode_objects({"sensorId": "TEMP_001", "timestamp": AT_S, "value": 21.5, "unit": "°C"}, batch)
    assert batch.readings == [Reading("TEMP_001", "temperature", AT_S * 1000, 21.5)]
    assert batch.rejected == []


def test_enhanced_model_gives_one_reading_per_metric_and_hints() -> None:
    batch = a_batch()
    decode_objects(
        {
            "sensor_id": "SDB_1",
            "timestamp": 1704067100.5,
            "room": "Lab",
            "sensor_type": "energy_meter",
            "power": {"value": 1.2, "unit": "kW"},
            "energy": {"value": 812.4, "unit": "kWh"},
            "co2": {"value": 600},
            "temperature": 20,
            "demand_response_enabled": True,
            "control_capabilities": ["on_off"],
        },
        batch,
    )
    assert {r.metric: r.value for r in batch.readings} == {
        "power": 1.2,
        "energy": 812.4,
        "co2": 600.0,
        "temperature": 20.0,
    }
    assert {r.ts_ms for r in batch.readings} == {1_704_067_100_500}
    assert batch.hints["SDB_1"] == {
        "room": "Lab",
        "sensor_type": "energy_meter",
        "demand_response_enabled": True,
        "control_capabilities": ["on_off"],
    }
    assert batch.warnings == []


def test_hints_of_a_known_sensor_are_not_collected() -> None:
    assert message({"room": "Lab", "power": 1}, batch=a_batch(known={"S1"})).hints == {}


def test_a_bare_number_is_stamped_on_arrival() -> None:
    batch = message(b"21.5", "TEMP_1")
    assert batch.readings == [Reading("TEMP_1", "temperature", NOW_MS, 21.5)]


def test_a_retained_message_without_a_time_is_refused() -> None:
    batch = a_batch()
    decode_message(b'{"power":1}', "S1", batch, 0, None)
    assert codes(batch) == ["no_timestamp"]


def test_an_array_of_recorded_rows_keeps_their_interval() -> None:
    rows = [{"timestamp": AT_S - 3600 * n, "interval_s": 3600, "power": n} for n in range(3)]
    batch = message(rows)
    assert [(r.value, r.interval_ms) for r in batch.readings] == [
        (0.0, 3_600_000),
        (1.0, 3_600_000),
        (2.0, 3_600_000),
    ]


@pytest.mark.parametrize(
    ("sensor_id", "sensor_type", "unit", "metric"),
    [
        ("X", "temperature", None, "temperature"),
        ("X", "energy_meter", None, "power"),
        ("X", "energy_meter", "Wh", "energy"),
        ("X", "battery", "%", "soc"),
        ("X", "multi", "%", "humidity"),
        ("X", None, "ppm", "co2"),
        ("X", None, "kW", "power"),
        ("HUM_7", None, None, "humidity"),
        ("BATT001", None, "%", "soc"),
        ("PV_1", None, "W", "generation"),
        ("WATER_MAIN", None, "m³", "water"),
    ],
)
def test_metric_of_a_value_without_a_name(
    sensor_id: str, sensor_type: str | None, unit: str | None, metric: str
) -> None:
    batch = a_batch(type_of=lambda _id: sensor_type)
    payload = {"value": 5} if unit is None else {"value": 5, "unit": unit}
    assert [r.metric for r in message(payload, sensor_id, batch).readings] == [metric]


def test_a_value_of_which_nobody_knows_what_it_is_says_what_to_do() -> None:
    batch = message(b"5", "X1")
    assert codes(batch) == ["unknown_metric"]
    assert "register it with a type" in batch.rejected[0].message


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"value": 1500, "unit": "W"}, 1.5),
        ({"value": 2, "unit": "kW"}, 2.0),
        ({"value": 2, "unit": ""}, 2.0),
        (0, 0.0),
        (-3, -3.0),
    ],
)
def test_units_convert_on_entry(raw: object, value: float) -> None:
    assert message({"power": raw}).readings[0].value == value


def test_an_unknown_unit_refuses_that_value_only_and_names_the_known_ones() -> None:
    batch = message({"power": {"value": 1, "unit": "horse"}, "temperature": 20})
    assert [r.metric for r in batch.readings] == ["temperature"]
    assert codes(batch) == ["unknown_unit"]
    assert "kW" in batch.rejected[0].message


def test_a_field_that_is_no_metric_is_named_in_the_warnings() -> None:
    batch = message({"power": 1, "flux": 3, "timestamp": AT_S})
    assert batch.warnings == ["“flux” is no metric and was ignored."]
    assert batch.rejected == []


def test_a_null_beside_values_is_missing_and_alone_is_no_value() -> None:
    assert codes(message({"power": None, "temperature": 1})) == []
    assert codes(message({"power": None})) == ["no_value"]
    assert codes(message({"power": {"value": None}})) == ["no_value"]


@pytest.mark.parametrize(
    ("timestamp", "ts_ms"),
    [
        (AT_S, AT_S * 1000),
        (AT_S + 0.25, AT_S * 1000 + 250),
        (AT_S * 1000, AT_S * 1000),
        (0, 0),
        (str(AT_S), AT_S * 1000),
        ("2023-12-31T23:58:20Z", AT_S * 1000),
        ("2024-01-01T00:58:20+01:00", AT_S * 1000),
        ("2023-12-31 23:58:20", AT_S * 1000),
        ("2023-07-01 12:00:00", 1_688_209_200_000),  # summer time: an hour ahead of UTC
    ],
)
def test_timestamps_in_every_accepted_form(timestamp: object, ts_ms: int) -> None:
    assert message({"power": 1, "timestamp": timestamp}).readings[0].ts_ms == ts_ms


@pytest.mark.parametrize(
    ("now", "said", "expected"),
    [
        # The hour from 01:00 comes twice in Lisbon on 2026-10-25: at 00:00Z and at 01:00Z.
        ("2026-10-25T00:30:05Z", "2026-10-25 01:30:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:30:05Z", "2026-10-25 01:30:00", "2026-10-25T01:30:00Z"),
        # The hour from 01:00 does not exist on 2026-03-29.
        ("2026-03-29T01:30:05Z", "2026-03-29 01:30:00", "2026-03-29T01:30:00Z"),
    ],
)
def test_a_local_time_in_a_clock_change_is_the_latest_that_is_not_to_come(
    now: str, said: str, expected: str
) -> None:
    at = int(datetime.fromisoformat(now).timestamp() * 1000)
    batch = Batch(LISBON, at)
    decode_message(json.dumps({"power": 1, "timestamp": said}).encode(), "S", batch, 0, at)
    assert datetime.fromtimestamp(batch.readings[0].ts_ms / 1000, UTC) == datetime.fromisoformat(
        expected
    )


@pytest.mark.parametrize(
    "timestamp", [True, [], {}, "soon", "", "2024-13-01", -1, 1e300, "9" * 70, "²", "nan"]
)
def test_unreadable_timestamps_are_refused(timestamp: object) -> None:
    assert codes(message({"power": 1, "timestamp": timestamp})) == ["bad_timestamp"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "malformed"),
        (b"NaN", "malformed"),
        (b"Infinity", "malformed"),
        (b'{"power":NaN}', "malformed"),
        (b'{"power":1e999}', "malformed"),
        (b"1e999", "malformed"),
        (b"[" * 100_000, "malformed"),
        (b'{"power":' * 100_000, "malformed"),
        (b'{"room":"\\ud800"}', "malformed"),
        (b'"\xff"', "malformed"),
        (b"\xff\xfe\x00", "malformed"),
        (b"hello", "malformed"),
        (b"1" * 5_000, "malformed"),
        (b'{"power":' + b"1" * 400 + b"}", "not_finite"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "too_large"),
        (b"x" * 10_000_000, "too_large"),
        (b"[" + b"1," * 1_000 + b"1]", "too_many"),
        (b"true", "not_a_number"),
        (b'"21.5"', "not_a_number"),
        (b'{"power":true}', "not_a_number"),
        (b'{"power":[1]}', "not_a_number"),
        (b'{"power":{"value":"1"}}', "not_a_number"),
        (b'{"power":{"value":1,"unit":5}}', "unknown_unit"),
        (b'{"power":{"value":1,"unit":true}}', "unknown_unit"),
        (b'{"power":{}}', "no_value"),
        (b"{}", "no_value"),
        (b"[[1]]", "not_an_object"),
        (b"null", "no_value"),
        (b'{"sensor_id":"other","power":1}', "sensor_mismatch"),
        (b'{"value":1,"metric":"joy"}', "unknown_metric"),
        (b'{"value":1,"metric":["power"]}', "unknown_metric"),
        (b'{"power":1,"interval_s":-1}', "bad_interval"),
        (b'{"power":1,"interval_s":"1h"}', "bad_interval"),
    ],
)
def test_hostile_payloads_get_a_code(payload: bytes, code: str) -> None:
    batch = message(payload, "POWER_1")
    assert codes(batch) == [code]
    assert batch.readings == []
    assert batch.rejected[0].message


@pytest.mark.parametrize("sensor_id", ["", "a b", "a/b", "é", "x" * 65, "a\x00", 5, None, True, []])
def test_sensor_ids_that_could_break_a_topic_are_refused(sensor_id: object) -> None:
    batch = a_batch()
    decode_objects({"sensor_id": sensor_id, "timestamp": AT_S, "power": 1}, batch)
    assert codes(batch) in (["bad_sensor_id"], ["no_sensor"])


def test_over_http_every_refusal_carries_its_position() -> None:
    good = {"sensor_id": "A", "timestamp": AT_S, "power": 1}
    batch = a_batch()
    assert decode_objects([good, 5, {"sensor_id": "A"}, good], batch) == 4
    assert [(r.index, r.code) for r in batch.rejected] == [
        (1, "not_an_object"),
        (2, "no_timestamp"),
    ]
    assert batch.origins == [0, 3]


def test_device_state_gives_its_metrics_and_nothing_else() -> None:
    batch = a_batch()
    state = {"timestamp": AT_S, "power_kw": -2.5, "on": True, "mode": "heat", "soc_percent": 61}
    decode_state(json.dumps(state).encode(), "BATT001", batch, 0, NOW_MS)
    assert {(r.metric, r.value, r.ts_ms) for r in batch.readings} == {
        ("power", -2.5, AT_S * 1000),
        ("soc", 61.0, AT_S * 1000),
    }
    assert (batch.rejected, batch.warnings) == ([], [])


def test_a_retained_device_state_without_a_time_is_passed_over() -> None:
    batch = a_batch()
    decode_state(b'{"power_kw":1}', "D1", batch, 0, None)
    assert (batch.readings, batch.rejected) == ([], [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
fields = st.sampled_from(
    [*METRICS, "sensor_id", "sensorId", "timestamp", "value", "unit", "metric", "interval_s"]
)
objects = st.dictionaries(fields | st.text(max_size=8), json_values, max_size=8)


@given(st.binary(max_size=300))
def test_no_bytes_raise(payload: bytes) -> None:
    for decode in (decode_message, decode_state):
        decode(payload, "S1", a_batch(), 0, NOW_MS)


@given(objects | st.lists(objects, max_size=4) | json_values)
def test_no_json_raises_and_only_finite_values_come_out(found: object) -> None:
    batch = a_batch()
    raw = json.dumps(found).encode()
    decode_message(raw, "S1", batch, 0, NOW_MS)
    decode_objects(found, batch)
    for reading in batch.readings:
        assert math.isfinite(reading.value)
        assert reading.metric in METRICS
        assert 0 <= reading.ts_ms < 2**63
    assert len(batch.readings) == len(batch.origins)
    assert all(rejection.code and rejection.message for rejection in batch.rejected)
