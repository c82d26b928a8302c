"""A device obeys, acknowledges, forgets after its lease, and says why it does not."""

from typing import Any

import orjson
import pytest

from data_ingest.simulation import layout
from data_ingest.simulation.clock import iso
from data_ingest.simulation.controls import OWN_RULE, Order
from data_ingest.simulation.devices import ControlledDevice

NOW = 1_800_000_000.0


def a_device(device_id: str = "DEVICE_001") -> ControlledDevice:
    return ControlledDevice(layout.DEVICES[layout.DEVICE_INDEX[device_id]])


def a_set(command: str, value: object = None, **more: Any) -> bytes:
    fields = {"command_id": "c1", "command": command, "value": value, "lease_s": 60,
              "expires_at": iso(NOW + 30)}  # fmt: skip
    return orjson.dumps({**fields, **more})


def statuses(answer: Any) -> list[str]:
    return [ack["status"] for ack in answer.acks]


def test_a_command_is_accepted_and_done_and_recorded_once() -> None:
    device = a_device()
    answer = device.receive(a_set("set_setpoint_c", 22), NOW)
    assert statuses(answer) == ["accepted", "done"]
    assert device.order() == Order(setpoint_c=22.0)
    assert [effect["effect"] for effect in answer.effects] == ["applied"]


def test_a_renewal_extends_the_lease_and_executes_nothing() -> None:
    device = a_device()
    device.receive(a_set("off"), NOW)
    renewal = device.receive(a_set("off", expires_at=iso(NOW + 90)), NOW + 30)
    assert statuses(renewal) == ["accepted", "done"]
    assert not renewal.effects
    assert not device.lapse(NOW + 61)
    assert device.order().on is False
    assert [effect["effect"] for effect in device.lapse(NOW + 90)] == ["lease_passed"]
    assert device.order() == OWN_RULE


def test_without_renewal_the_own_rule_returns_when_the_lease_has_passed() -> None:
    device = a_device("BATT001")
    device.receive(a_set("set_power_kw", -5), NOW)
    assert device.order() == Order(on=True, power_kw=-5.0)
    assert not device.lapse(NOW + 59)
    assert device.lapse(NOW + 60)[0]["command_id"] == "c1"
    assert device.order() == OWN_RULE


def test_a_renewal_after_the_lease_has_passed_does_not_execute_again() -> None:
    device = a_device()
    device.receive(a_set("off"), NOW)
    device.lapse(NOW + 61)
    answer = device.receive(a_set("off", expires_at=iso(NOW + 100)), NOW + 62)
    assert answer.acks == [
        {"command_id": "c1", "status": "rejected", "reason": "its lease has passed"}
    ]
    assert device.order() == OWN_RULE


def test_an_expired_command_is_dropped() -> None:
    device = a_device()
    answer = device.receive(a_set("off"), NOW + 31)
    assert answer.acks[0]["reason"] == "expired"
    assert not answer.effects
    assert device.order() == OWN_RULE


def test_a_newer_command_replaces_the_one_of_the_same_kind_and_keeps_the_others() -> None:
    device = a_device()
    device.receive(a_set("set_mode", "cool"), NOW)
    device.receive(a_set("set_setpoint_c", 22, command_id="c2"), NOW)
    device.receive(a_set("set_setpoint_c", 24, command_id="c3"), NOW)
    assert device.order() == Order(mode="cool", setpoint_c=24.0)


def test_release_gives_the_device_back_to_its_own_rule() -> None:
    device = a_device()
    device.receive(a_set("set_mode", "off"), NOW)
    answer = device.receive(a_set("release", command_id="c2"), NOW)
    assert answer.effects[0]["effect"] == "released"
    assert device.order() == OWN_RULE


@pytest.mark.parametrize(
    ("device_id", "message", "words"),
    [
        ("DEVICE_001", a_set("set_power_kw", 2), "does not know"),
        ("DEVICE_001", a_set("set_setpoint_c", 99), "between 16 and 30"),
        ("DEVICE_001", a_set("set_setpoint_c", None), "finite number"),
        ("DEVICE_001", a_set("set_setpoint_c", True), "finite number"),
        ("DEVICE_001", a_set("set_mode", "dry"), "mode must be"),
        ("DEVICE_001", a_set("set_shed_percent", 101), "between 0 and 100"),
        ("DEVICE_001", a_set("off", lease_s=0), "lease_s"),
        ("DEVICE_001", a_set("off", lease_s="long"), "lease_s"),
        ("DEVICE_001", a_set("off", expires_at="soon"), "expires_at"),
        ("DEVICE_001", a_set("off", command_id=""), "command_id"),
        ("DEVICE_001", b"[1]", "object"),
        ("DEVICE_001", b"off", "JSON"),
        ("BATT003", a_set("set_power_kw", 13), "between -12 and 12"),
        ("DEVICE_010", a_set("set_power_kw", -1), "between 0 and 11"),
        ("DEVICE_009", a_set("set_shed_percent", 50), "does not know"),
    ],
)
def test_what_it_cannot_do_is_rejected_with_the_reason(
    device_id: str, message: bytes, words: str
) -> None:
    device = a_device(device_id)
    answer = device.receive(message, NOW)
    assert statuses(answer) == ["rejected"]
    assert words in answer.acks[0]["reason"]
    assert device.order() == OWN_RULE


def test_faults_of_obeying_are_told_apart() -> None:
    ignoring, refusing, lying, doubling = (a_device() for _ in range(4))
    assert not ignoring.receive(a_set("off"), NOW, "ignore").acks
    assert statuses(refusing.receive(a_set("off"), NOW, "refuse")) == ["rejected"]
    lied = lying.receive(a_set("off"), NOW, "ack_without_act")
    assert statuses(lied) == ["accepted", "done"]
    assert not lied.effects
    assert lying.order() == OWN_RULE
    doubled = doubling.receive(a_set("off"), NOW, "ack_twice")
    assert statuses(doubled) == ["accepted", "accepted", "done", "done"]
    assert len(doubled.effects) == 1
    for device in (ignoring, refusing):
        assert device.order() == OWN_RULE


def test_every_device_of_the_documents_is_there() -> None:
    ids = [device.device_id for device in layout.DEVICES]
    assert ids == [f"DEVICE_{n:03}" for n in range(1, 13)] + ["BATT001", "BATT002", "BATT003"]
    assert sum(battery.capacity_kwh for battery in layout.BATTERIES) == 125
