"""The building's own name and band as people change them, on both databases."""

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditEntry, AuditQuery
from domain.building import catalogue
from domain.building.service import Building
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed
from domain.house import House
from domain.telemetry.model import Reading

MANAGER = Actor(name="Maria", role="manager")


@pytest.fixture
def building(house: House) -> Building:
    return house.building


def audit(house: House) -> list[AuditEntry]:
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery(action="building.update"))
    return rows


def test_name_and_audit_row_are_one_transaction(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.building.settings()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(catalogue, "record", broken)
    with pytest.raises(RuntimeError):
        house.building.update_settings(MANAGER, {"name": "Harbour House"})
    monkeypatch.undo()
    assert house.building.settings() == before
    assert audit(house) == []


def test_the_audit_says_what_changed_and_nothing_else(house: House) -> None:
    house.building.update_settings(
        MANAGER, {"name": house.building.name(), "comfort": {"temperature_high": 24.5}}
    )
    (row,) = audit(house)
    assert (row.actor_name, row.target) == ("Maria", "building")
    assert (row.before, row.after) == (
        '{"temperature_high": null}',
        '{"temperature_high": 24.5}',
    )


def test_what_is_as_before_writes_nothing(house: House) -> None:
    settings = house.building.settings()
    same = {"name": settings.name, "comfort": {"co2_limit_ppm": None}}
    assert house.building.update_settings(MANAGER, same) == settings
    assert audit(house) == []


def test_a_change_of_an_old_version_is_refused(building: Building) -> None:
    read = building.settings()
    building.update_settings(MANAGER, {"name": "Harbour House"}, read.version)
    for fields in ({"name": "Mill"}, {"name": "Harbour House"}):
        with pytest.raises(Conflict, match="somebody else"):
            building.update_settings(MANAGER, fields, read.version)
    assert building.name() == "Harbour House"


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_only_who_may_changes_the_building(building: Building, role: str) -> None:
    for fields in ({"name": "Mill"}, {"comfort": {"humidity_low": 20}}, {}):
        with pytest.raises(NotAllowed):
            building.update_settings(Actor("Otto", role), fields)


def test_who_may_only_change_bands_does_not_rename(building: Building) -> None:
    token = Actor("bms", "admin", 1, "token", permissions=frozenset({"comfort.update"}))
    building.update_settings(token, {"comfort": {"humidity_low": 20}})
    with pytest.raises(NotAllowed):
        building.update_settings(token, {"name": "Mill", "comfort": {"humidity_low": 25}})
    assert building.settings().comfort.humidity_low == 20.0


def test_every_field_that_is_not_acceptable_is_named_at_once(building: Building) -> None:
    before = building.settings()
    wrong = {"name": " ", "comfort": {"co2_limit_ppm": 5, "humidity_low": "dry"}, "colour": "red"}
    with pytest.raises(InvalidInput) as refused:
        building.update_settings(MANAGER, wrong)
    assert {f.field for f in refused.value.fields} >= {"colour"}
    del wrong["colour"]
    with pytest.raises(InvalidInput) as refused:
        building.update_settings(MANAGER, wrong)
    assert [f.field for f in refused.value.fields] == ["name", "co2_limit_ppm", "humidity_low"]
    assert building.settings() == before


def test_rooms_without_limits_of_their_own_feel_the_new_band(house: House) -> None:
    building = house.building
    for name, own in (("Lab", {}), ("Vault", {"temperature_high": 27})):
        building.create_room(MANAGER, {"name": name, "floor": "Ground", "comfort": own})
        building.register_sensor(MANAGER, f"T_{name}", {"sensor_type": "multi", "room": name})
    now_ms = house.clock.now_ms()
    house.telemetry.ingest(
        [Reading(f"T_{n}", "temperature", now_ms, 25.5) for n in ("Lab", "Vault")]
    )
    assert [live.comfort.word for live in building.live_rooms()] == ["In band", "In band"]
    building.update_settings(MANAGER, {"comfort": {"temperature_high": 25}})
    assert [live.comfort.word for live in building.live_rooms()] == ["Warm", "In band"]
