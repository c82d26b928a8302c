"""Refused messages stay readable and bounded; mappings belong to who may configure sensors."""

import json
from dataclasses import replace

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.foundation.clock import FixedClock
from domain.foundation.contract import Contract, under
from domain.foundation.errors import (
    Conflict,
    InvalidInput,
    Malformed,
    NotAllowed,
    TooLarge,
    Unknown,
)
from domain.house import House
from domain.inbox import store
from domain.inbox.door import receive
from domain.inbox.mapping import MappedField, Mapping
from domain.inbox.service import describe
from domain.telemetry.model import Rejection

MINE = Mapping("mine", "x/+/y", "{1}", (MappedField("a", "power", "W"),))


def an_operator() -> Actor:
    return replace(SYSTEM, name="olga", role="operator", kind="user")


def refusal(topic: str, clock: FixedClock, payload: bytes = b"?") -> store.Rejected:
    return describe("mqtt", topic, payload, Rejection(0, "malformed", "Not JSON."), clock.now_ms())


def post(house: House, body: object) -> dict[str, object]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return receive(house, raw, actor_name="program").as_dict()


def test_the_list_is_bounded_and_keeps_the_newest(house: House, clock: FixedClock) -> None:
    for block in range(12):
        clock.advance(1)
        house.inbox.keep(refusal(f"t/{block}-{n}", clock) for n in range(100))
    page = house.inbox.rejected(limit=1)
    assert page.total == store.MOST_KEPT
    assert page.rows[0].topic.startswith("t/11-")


def test_reasons_that_differ_in_numbers_only_are_one_row_with_the_newest(
    house: House, clock: FixedClock
) -> None:
    for byte in (3, 77):
        reason = Rejection(0, "malformed", f"Not JSON at byte {byte}.")
        house.inbox.keep([describe("mqtt", "t", b"?", reason, clock.now_ms())])
    house.inbox.keep([describe("mqtt", "t", b"?", Rejection(0, "malformed", "Not UTF-8."), 0)])
    rows = {row.message: row.times for row in house.inbox.rejected().rows}
    assert rows == {"Not JSON at byte 77.": 2, "Not UTF-8.": 1}


def test_what_a_database_or_page_would_choke_on_is_replaced(
    house: House, clock: FixedClock
) -> None:
    house.inbox.keep([refusal("t\x00\ud800", clock, b"\x00\xff\x1b[31m" + b"z" * 5_000)])
    (row,) = house.inbox.rejected().rows
    assert "\x00" not in row.topic + row.payload
    assert "\x1b" not in row.payload
    assert len(row.payload) == store.LONGEST_PAYLOAD
    assert row.payload_bytes == 5_007


def test_an_array_is_answered_object_by_object(house: House, clock: FixedClock) -> None:
    at_s = clock.now_ms() // 1000
    good = {"sensor_id": "A", "timestamp": at_s, "power": 1, "flux": 2}
    answer = post(house, [good, {**good, "timestamp": at_s + 600}, good, {**good, "power": 2}, 7])
    assert answer["accepted"] == 1
    assert answer["duplicates"] == 1
    assert answer["corrected"] == 1
    assert [(r["index"], r["code"]) for r in answer["rejected"]] == [  # type: ignore[attr-defined]
        (1, "in_future"),
        (4, "not_an_object"),
    ]
    assert answer["warnings"] == ["“flux” is no metric and was ignored."]
    assert house.telemetry.latest()["A", "power"].value == 2.0
    assert {row.source for row in house.inbox.rejected().rows} == {"program"}


def test_a_single_refused_object_is_invalid_input(house: House) -> None:
    with pytest.raises(InvalidInput) as caught:
        post(house, {"sensor_id": "A", "timestamp": 1, "power": {"value": 1, "unit": "horse"}})
    assert caught.value.code == "unknown_unit"
    assert post(house, [{"sensor_id": "A"}])["accepted"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b'{"power":NaN}', b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_malformed(house: House, body: bytes) -> None:
    with pytest.raises(Malformed):
        post(house, body)


def test_more_than_ten_thousand_objects_are_too_large(house: House) -> None:
    with pytest.raises(TooLarge):
        post(house, [1] * 10_001)
    assert post(house, [])["accepted"] == 0


def test_an_own_mapping_is_saved_switched_and_deleted(house: House) -> None:
    house.inbox.save_mapping(SYSTEM, MINE)
    house.inbox.switch_mapping(SYSTEM, "mine", False)
    house.inbox.switch_mapping(SYSTEM, "tasmota", False)
    found = {c.mapping.name: c for c in house.inbox.mappings()}
    assert found["mine"].mapping == Mapping(**{**_fields(MINE), "enabled": False})
    assert not found["tasmota"].mapping.enabled
    assert found["tasmota"].ready
    assert found["zigbee2mqtt"].mapping.enabled
    house.inbox.delete_mapping(SYSTEM, "mine")
    assert "mine" not in {c.mapping.name for c in house.inbox.mappings()}


def _fields(mapping: Mapping) -> dict[str, object]:
    return {name: getattr(mapping, name) for name in mapping.__struct_fields__}


def test_mappings_refuse_what_cannot_be(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.inbox.save_mapping(an_operator(), MINE)
    with pytest.raises(Conflict):
        house.inbox.save_mapping(SYSTEM, Mapping("tasmota", "x", "s", MINE.fields))
    with pytest.raises(InvalidInput):
        house.inbox.save_mapping(SYSTEM, Mapping("bad", "a/#/b", "s", MINE.fields))
    for name in ("nobody", "tasmota"):
        with pytest.raises(Unknown):
            house.inbox.delete_mapping(SYSTEM, name)
    with pytest.raises(Unknown):
        house.inbox.switch_mapping(SYSTEM, "nobody", True)


def test_clearing_the_list_takes_permission_and_is_recorded(
    house: House, clock: FixedClock
) -> None:
    house.inbox.keep([refusal("t", clock)])
    with pytest.raises(NotAllowed):
        house.inbox.clear_rejected(an_operator())
    assert house.inbox.clear_rejected(SYSTEM) == 1
    assert house.inbox.rejected().total == 0


def test_a_contract_withholds_messages_that_hold_readings(house: House, clock: FixedClock) -> None:
    house.inbox.keep([refusal("t", clock, b'{"power": 7.5')])
    assert house.inbox.rejected().total == 1
    with under(Contract(embargo_minutes=5)):
        assert house.inbox.rejected().rows == []
        assert house.inbox.rejected().total == 0
