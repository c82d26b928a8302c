"""Devices are registered, adopted, edited and taken off; on both databases."""

import json

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.control.model import Device
from domain.control.service import Heard
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House
from tests.integration.control.conftest import HEAT_PUMP, measure

OPERATOR = Actor("olga", "operator", 2)
MANAGER = Actor("mia", "manager", 3)


def said(device_id: str, clock: FixedClock, **fields: object) -> Heard:
    payload = json.dumps({"timestamp": clock.now_ms() / 1000, **fields}).encode()
    return Heard(device_id, "state", payload, clock.now_ms(), False)


def actions(house: House) -> list[str]:
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    return [row.action for row in rows if row.action.startswith("devices.")]


def test_a_registered_device_is_kept_whole_with_its_audit_row(controlled: House) -> None:
    pump = controlled.control.device(OPERATOR, "PUMP").device
    assert pump.capabilities.as_dict() == HEAT_PUMP["capabilities"]
    assert (pump.meter, pump.safe_state, pump.version) == (("METER", "power"), "own_rule", 1)
    assert controlled.control.device(OPERATOR, "PUMP").room == "Office"
    assert actions(controlled).count("devices.create") == 3


def test_only_who_controls_may_change_devices(controlled: House) -> None:
    control = controlled.control
    with pytest.raises(NotAllowed):
        control.register(OPERATOR, "NEW", {})
    with pytest.raises(NotAllowed):
        control.update(OPERATOR, "PUMP", {"name": "x"})
    with pytest.raises(NotAllowed):
        control.delete(OPERATOR, "PUMP")
    control.update(MANAGER, "PUMP", {"name": "Renamed", "min_on_s": 60})
    renamed = control.device(OPERATOR, "PUMP").device
    assert (renamed.name, renamed.min_on_s, renamed.version) == ("Renamed", 60, 2)


def test_a_change_made_from_an_older_version_is_refused_and_changes_nothing(
    controlled: House,
) -> None:
    controlled.control.update(MANAGER, "PUMP", {"critical": True}, version=1)
    with pytest.raises(Conflict):
        controlled.control.update(MANAGER, "PUMP", {"critical": False}, version=1)
    assert controlled.control.device(OPERATOR, "PUMP").device.critical
    assert actions(controlled).count("devices.update") == 1


def test_what_is_wrong_with_a_device_is_said_at_once(controlled: House) -> None:
    with pytest.raises(InvalidInput) as refused:
        controlled.control.register(
            MANAGER,
            "NEW",
            {"room": "Nowhere", "meter": {"sensor_id": "NONE"}, "device_type": "rocket"},
        )
    assert {e.field for e in refused.value.fields} == {"room", "meter", "device_type"}
    with pytest.raises(InvalidInput):
        controlled.control.register(MANAGER, "a/b", {})
    with pytest.raises(InvalidInput):
        controlled.control.register(MANAGER, "NEW", {"safe_state": "off"})


def test_an_id_is_given_once_and_a_deleted_device_comes_back_with_a_new_version(
    controlled: House,
) -> None:
    control = controlled.control
    with pytest.raises(Conflict):
        control.register(MANAGER, "LAMP", {})
    control.delete(MANAGER, "LAMP")
    with pytest.raises(Unknown):
        control.device(OPERATOR, "LAMP")
    control.register(MANAGER, "LAMP", {"name": "Lamp again"})
    back: Device = control.device(OPERATOR, "LAMP").device
    assert (back.name, back.version) == ("Lamp again", 2)


def test_a_plan_registers_what_was_never_there_and_leaves_what_people_changed(
    controlled: House,
) -> None:
    control = controlled.control
    control.delete(MANAGER, "LAMP")
    control.update(MANAGER, "PUMP", {"name": "Mine"})
    plan = [{"device_id": d, "name": "By plan"} for d in ("PUMP", "LAMP", "NEW")]
    assert control.configure(plan) == 1
    assert [now.device.name for now in control.devices(OPERATOR)] == ["Charger", "By plan", "Mine"]


def test_who_speaks_unregistered_is_discovered_and_adopted_by_registering(
    controlled: House, clock: FixedClock
) -> None:
    control = controlled.control
    assert control.hear([said("STRANGER", clock, on=True), said("PUMP", clock, on=False)]) == 2
    assert [one.report.device_id for one in control.discovered(OPERATOR)] == ["STRANGER"]
    assert control.summary(OPERATOR).discovered == 1
    control.register(MANAGER, "STRANGER", {})
    assert control.discovered(OPERATOR) == []
    assert control.device(OPERATOR, "STRANGER").report.on is True


def test_the_meter_counts_before_the_devices_own_word(controlled: House, clock: FixedClock) -> None:
    control = controlled.control
    measure(controlled, clock, "PUMP", 9.0)
    assert (
        control.device(OPERATOR, "PUMP").power_kw,
        control.device(OPERATOR, "PUMP").power_source,
    ) == (
        9.0,
        "reported",
    )
    measure(controlled, clock, "METER", 3.5)
    now = control.device(OPERATOR, "PUMP")
    assert (now.power_kw, now.power_source, now.alone_on_meter) == (3.5, "meter", True)


def test_a_device_that_says_nothing_any_more_is_stale_and_one_that_went_offline_at_once(
    controlled: House, clock: FixedClock
) -> None:
    control = controlled.control
    assert control.device(OPERATOR, "PUMP").state == "missing"
    control.hear([said("PUMP", clock, on=True), said("LAMP", clock, on=True)])
    assert control.device(OPERATOR, "PUMP").state == "fresh"
    control.hear([Heard("LAMP", "availability", b"offline", clock.now_ms(), True)])
    assert control.device(OPERATOR, "LAMP").stale
    clock.advance(120)
    assert control.device(OPERATOR, "PUMP").stale
    assert control.summary(OPERATOR).by_status == {"missing": 1, "stale": 2}


def test_news_of_devices_go_onto_the_bus(controlled: House, clock: FixedClock) -> None:
    told: list[object] = []
    controlled.bus.subscribe("device", told.append)
    controlled.control.hear([said("PUMP", clock, on=True), said("STRANGER", clock, on=True)])
    assert [message["device_id"] for message in told] == ["PUMP"]  # type: ignore[index]
    assert told[0]["state"] == {"on": True}  # type: ignore[index]
