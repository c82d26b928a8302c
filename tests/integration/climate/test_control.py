"""Automatic climate against the simulated building's own device, loop by loop."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.alarms.model import Event, EventQuery
from domain.climate import asking
from domain.control.command_store import live_intents
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, NotAllowed
from domain.house import House
from domain.storage.engine import Database
from tests.integration.climate.conftest import furnish
from tests.integration.climate.playing import OFFICE, Office

MANAGER = Actor("mia", "manager", 3)
OPERATOR = Actor("olga", "operator", 2)
COOL = {"set_mode": "cool", "on": None, "set_setpoint_c": 23.5}


class Death(Exception):
    """The end of a process."""


def die(*_: object) -> None:
    raise Death


def switch_on(office: Office) -> None:
    office.house.climate.switch(MANAGER, OFFICE, on=True)
    office.unit.turn()


def blind_events(house: House) -> list[Event]:
    return list(house.alarms.events(MANAGER, EventQuery(service="rooms")).events)


def test_a_room_that_is_too_warm_is_cooled_until_it_is_in_band_and_then_let_go(
    office: Office,
) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.loops(2)
    assert office.told() == COOL
    applied = office.unit.applied()
    assert applied == 3
    office.loops(4)
    assert office.told() == COOL, "the lease is renewed past its first end"
    assert office.unit.applied() == applied, "and the device hears nothing new"
    office.temperature_c = 25.0
    office.feel()
    office.loops(1)
    assert office.told() == {}
    office.unit.wait(5)
    assert office.unit.device.order().mode is None, "it follows its own rule"
    lines = [(one.status, one.who) for one in office.log()]
    assert lines == [("off", "Wattboard"), ("on-cold", "Wattboard"), ("off", "mia")]
    cooled = office.log()[1]
    assert cooled.why == "27.0 °C is above 21 to 26 °C"
    used = dict(cooled.inputs)
    assert (used["temperature_c"], used["humidity_percent"], used["outdoor_c"]) == (27, 40, 18)
    assert (used["people"], used["occupancy"], used["band"]) == (3, "present, by count", "comfort")


def test_a_manual_command_wins_and_climate_takes_over_when_it_ends(office: Office) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.loops(1)
    _, preview = office.house.control.command(MANAGER, "PUMP", "off", minutes=10)
    assert preview.takes_over == "room climate (Office)"
    office.loops(2)
    assert office.unit.power_kw == 0.0
    assert "on" not in office.told()
    office.house.control.release(MANAGER, "PUMP")
    office.loops(1)
    assert office.told() == COOL
    assert office.unit.power_kw > 0


def test_a_loop_that_dies_and_begins_anew_changes_nothing(
    office: Office, clock: FixedClock
) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.loops(1)
    before = [(one.command_id, one.state) for one in office.unit.commands()]
    other = House.compose(office.house.settings, clock=clock, database=office.house.database)
    for house in (other, office.house, other):
        house.climate.run()
        house.climate._loop.turn(OFFICE)
    office.unit.turn()
    assert [(one.command_id, one.state) for one in office.unit.commands()] == before
    assert len(office.log()) == 2


@pytest.mark.parametrize("dies_in", ["before it asks", "before it notes that it asked"])
def test_a_process_that_dies_while_it_asks_is_followed_by_one_that_asks_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    office.temperature_c = 27.0
    office.feel()
    with monkeypatch.context() as patch:
        if dies_in == "before it asks":
            patch.setattr(office.house.control, "intend", die)
        else:
            patch.setattr(asking.store, "update_told", die)
        with pytest.raises(Death):
            office.house.climate.switch(MANAGER, OFFICE, on=True)
    office.loops(1)
    assert office.told() == COOL
    assert len([one for one in office.unit.commands() if one.owner == "climate"]) == 3
    office.house.climate.switch(MANAGER, OFFICE, on=False)
    office.loops(1)
    assert office.told() == {}


def test_a_decision_that_died_before_it_was_noted_is_withdrawn_with_the_next_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.temperature_c = 27.0
    office.feel()
    with monkeypatch.context() as patch:
        patch.setattr(asking.store, "update_told", die)
        with pytest.raises(Death):
            office.house.climate.switch(MANAGER, OFFICE, on=True)
    office.house.climate.switch(MANAGER, OFFICE, on=False)
    office.loops(1)
    assert office.told() == {}
    assert office.house.control.holdings(MANAGER)["PUMP"].intent is None


def test_an_unknown_temperature_is_held_for_a_lease_and_then_rings_until_it_is_known(
    office: Office,
) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.temperature_c = None
    office.loops(4)
    assert office.told() == COOL
    assert blind_events(office.house) == []
    office.loops(7)
    assert office.told() == {}
    (event,) = blind_events(office.house)
    assert (event.active, event.severity, event.room_id) == (True, "warning", OFFICE)
    assert "temperature is unknown" in event.cause
    assert office.log()[0].status == "off"
    office.temperature_c = 27.0
    office.feel()
    office.loops(1)
    assert not blind_events(office.house)[0].active
    office.loops(5)
    assert office.told() == COOL


def test_what_a_device_refuses_is_asked_again_later_and_not_in_every_loop(
    office: Office,
) -> None:
    office.temperature_c = 27.0
    office.feel()
    office.unit.fault = "refuse"
    switch_on(office)
    office.loops(4)
    asked = [one for one in office.unit.commands() if one.owner == "climate"]
    assert {one.state for one in asked} == {"rejected"}
    assert len(asked) == 3
    office.unit.fault = None
    office.loops(3)
    assert office.told() == COOL


def test_switching_is_for_who_controls_and_stands_in_the_audit(office: Office) -> None:
    climate = office.house.climate
    with pytest.raises(NotAllowed):
        climate.switch(OPERATOR, OFFICE, on=True)
    with pytest.raises(NotAllowed):
        climate.set_week(OPERATOR, OFFICE, {}, 0)
    assert climate.switch(MANAGER, OFFICE, on=True).on
    assert climate.switch(MANAGER, OFFICE, on=True).on
    assert climate.automatic_rooms(OPERATOR) == {OFFICE}
    assert not climate.switch(MANAGER, OFFICE, on=False).on
    rows, _ = office.house.access.audit_page(SYSTEM, AuditQuery())
    assert [row.action for row in rows].count("climate.automatic") == 2
    office.house.control.delete(MANAGER, "PUMP")
    with pytest.raises(Conflict, match="No device in Office"):
        climate.switch(MANAGER, OFFICE, on=True)


def test_what_the_switch_would_do_is_known_before(office: Office) -> None:
    office.temperature_c = 27.0
    office.feel()
    preview = office.house.climate.preview(MANAGER, OFFICE)
    assert [(wish.command, wish.value) for wish in preview.wishes] == list(COOL.items())
    assert preview.why == "27.0 °C is above 21 to 26 °C"
    assert preview.lease_ends_ms == office.clock.now_ms() + 600_000
    assert office.unit.commands() == []


def test_a_room_that_is_deleted_lets_its_devices_go(office: Office) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.loops(1)
    office.house.building.delete_room(MANAGER, OFFICE)
    office.loops(1)
    assert office.told() == {}
    assert office.house.climate.automatic_rooms(MANAGER) == set()


def test_a_device_that_is_moved_to_another_room_is_let_go(office: Office) -> None:
    office.temperature_c = 27.0
    office.feel()
    switch_on(office)
    office.loops(1)
    office.house.building.create_room(MANAGER, {"name": "Store", "floor": "1"})
    office.house.control.update(MANAGER, "PUMP", {"room": "Store"})
    office.loops(1)
    assert office.told() == {}


def test_one_room_that_cannot_be_decided_does_not_keep_the_others_from_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(office)
    house = office.house
    house.building.create_room(MANAGER, {"name": "Store", "floor": "1"})
    unit = {"device_type": "hvac", "room": "Store", "capabilities": {"on_off": True}}
    house.control.register(MANAGER, "UNIT", unit)
    house.climate.switch(MANAGER, 2, on=True)
    turned: list[int] = []

    def turn(room_id: int) -> None:
        turned.append(room_id)
        if room_id == OFFICE:
            raise Death

    monkeypatch.setattr(house.climate._loop, "turn", turn)
    with pytest.raises(Death):
        house.climate.run()
    assert turned == [OFFICE, 2]


def test_a_week_sets_the_band_and_stands_in_the_audit(house: House, clock: FixedClock) -> None:
    furnish(house, clock)
    climate, hours = house.climate, {
        "days": ["mon", "tue", "wed", "thu", "fri"], "from_minute": 420, "to_minute": 1140,
        "kind": "comfort",
    }  # fmt: skip
    assert climate.look(OPERATOR, OFFICE).week.source == "none"
    fields = {"setback_low": 17, "setback_high": 29, "hours": [hours]}
    climate.set_week(MANAGER, 0, fields, 0)
    look = climate.look(OPERATOR, OFFICE)
    assert (look.week.source, look.inputs.band.kind) == ("building", "comfort")
    assert look.following is not None
    assert look.following[0] == int(datetime(2026, 6, 16, 18, 0, tzinfo=UTC).timestamp() * 1000)
    house.calendar.add_exception(
        MANAGER, {"label": "Works", "day_type": "closure", "first_day": "2026-06-16"}
    )
    assert climate.look(OPERATOR, OFFICE).inputs.band.why == "Setback: closure (Works)"
    own = climate.set_week(MANAGER, OFFICE, {**fields, "hours": []}, 0)
    assert (own.source, own.version) == ("own", 1)
    with pytest.raises(Conflict):
        climate.set_week(MANAGER, OFFICE, fields, 0)
    assert climate.set_week(MANAGER, OFFICE, fields, 1).version == 2
    with pytest.raises(Conflict):
        climate.follow_building(MANAGER, OFFICE, 1)
    assert climate.follow_building(MANAGER, OFFICE, 2).source == "building"
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    assert [row.action for row in rows].count("climate.week") == 4
    assert climate.configure({"": fields}) == 0, "what people have set stays"


def test_the_loop_runs_once_in_two_minutes_whoever_asks(
    house: House, clock: FixedClock, database: Database
) -> None:
    furnish(house, clock)
    house.climate.switch(MANAGER, OFFICE, on=True)
    assert house.climate.run() == 1
    assert house.climate.run() == 0
    clock.advance(119)
    assert house.climate.run() == 0
    clock.advance(1)
    assert house.climate.run() == 1


def test_the_log_is_kept_for_a_bounded_time(office: Office) -> None:
    switch_on(office)
    assert len(office.log()) == 1
    office.clock.advance(401 * 86_400)
    office.house.climate.run()
    assert office.log() == []


@given(
    st.lists(
        st.tuples(st.sampled_from([None, 15.0, 20.0, 23.0, 25.8, 27.0]), st.integers(1, 4)),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=12)
def test_whatever_is_measured_no_two_intents_contradict_and_all_follow_the_decision(
    office: Office, steps: list[tuple[float | None, int]]
) -> None:
    climate = office.house.climate
    climate.switch(SYSTEM, OFFICE, on=True)
    for temperature_c, loops in steps:
        office.temperature_c = temperature_c
        for _ in range(loops):
            office.clock.advance(120)
            office.feel()
            climate.run()
        now_ms = office.clock.now_ms()
        with office.house.database.read() as c:
            live = [one for one in live_intents(c) if one.holds_at(now_ms)]
        aspects = [one.aspect for one in live]
        assert len(aspects) == len(set(aspects))
        assert all(one.ends_ms <= now_ms + 600_000 for one in live)
        status = climate.look(SYSTEM, OFFICE).automatic.standing.status
        modes = [one.value for one in live if one.command == "set_mode"]
        assert modes in ([], [{"on-cold": "cool", "on-warm": "heat", "off": None}[status]])
        if status == "off":
            assert live == []
    climate.switch(SYSTEM, OFFICE, on=False)
