"""A device is moved before it is registered, and is nobody else's meanwhile."""

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.control.enrolment import Tried
from domain.control.history import CommandQuery
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House
from tests.integration.control.playing import FULL_KW, Play
from tests.integration.control.test_lifecycle import an_intent

MANAGER, OTHER = Actor("mia", "manager", 3), Actor("jo", "manager", 4)
OPERATOR = Actor("olga", "operator", 2)
FIELDS: dict[str, object] = {
    "name": "New heat pump",
    "device_type": "heat_pump",
    "meter": {"sensor_id": "METER_NEW", "metric": "power"},
    "capabilities": {"on_off": True, "setpoint_c": [16, 30, 0.5]},
}


@pytest.fixture
def stranger(controlled: House, clock: FixedClock) -> Play:
    """A heat pump that speaks, behind a meter, registered by nobody."""
    controlled.building.register_sensor(SYSTEM, "METER_NEW", {"interval_s": 10})
    controlled.telemetry.set_interval("METER_NEW", 10)
    played = Play(controlled, clock, device_id="NEW", meter="METER_NEW")
    played.measure()
    clock.advance(1)
    return played


def tried(house: House, actor: Actor = MANAGER) -> Tried:
    found = house.control.trial(actor, "NEW")
    assert found is not None
    return found


def actions(house: House) -> list[str]:
    rows, _ = house.access.audit_page(SYSTEM, AuditQuery())
    return [row.action for row in reversed(rows) if row.target == "device/NEW"]


def test_a_device_is_tested_for_a_minute_by_its_meter_and_then_given_back(
    stranger: Play,
) -> None:
    control = stranger.house.control
    begun = control.try_out(MANAGER, "NEW", FIELDS, "off")
    assert begun.command.state == "requested"
    stranger.turn()
    assert tried(stranger.house).command.state == "acknowledged"
    stranger.wait(15)
    shown = tried(stranger.house)
    assert (shown.command.state, shown.command.evidence) == ("observed", "meter")
    assert "3.0 kW → 0 W" in shown.steps[-1].words
    assert stranger.power_kw == 0.0
    stranger.wait(50)
    assert stranger.power_kw == FULL_KW
    assert stranger.journal[-1]["effect"] == "released"
    over = tried(stranger.house)
    assert [step.state for step in over.steps] == [
        "requested", "sent", "acknowledged", "observed", "completed",
    ]  # fmt: skip
    made = control.register(MANAGER, "NEW", FIELDS, tested=True)
    assert made.test_command_id == begun.command.command_id
    assert control.tested(OPERATOR, control.device(OPERATOR, "NEW").device) == over.command
    assert actions(stranger.house) == ["control.trial", "devices.create"]


def test_a_device_on_trial_is_there_for_nobody_else(stranger: Play, clock: FixedClock) -> None:
    control = stranger.house.control
    control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.wait(15)
    assert "NEW" not in [now.device.device_id for now in control.devices(SYSTEM)]
    assert (control.summary(SYSTEM).total, control.summary(SYSTEM).discovered) == (3, 1)
    (found,) = control.discovered(OPERATOR)
    assert found.trial is not None
    assert (found.report.device_id, found.trial.by_name) == ("NEW", "mia")
    assert "NEW" not in control.holdings(SYSTEM)
    assert control.trial(OTHER, "NEW") is None
    for refused in (
        lambda: control.device(SYSTEM, "NEW"),
        lambda: control.commands(SYSTEM, "NEW"),
        lambda: control.history(SYSTEM, "NEW", CommandQuery()),
        lambda: control.command(OTHER, "NEW", "on"),
        lambda: control.release(OTHER, "NEW"),
        lambda: control.lock_out(OTHER, ["NEW"], 60, "filter"),
        lambda: control.intend(an_intent(stranger.house, clock, device_id="NEW")),
        lambda: control.update(OTHER, "NEW", {"name": "x"}),
        lambda: control.delete(OTHER, "NEW"),
    ):
        with pytest.raises(Unknown):
            refused()
    assert stranger.power_kw == 0.0


def test_one_person_tests_a_device_at_a_time(stranger: Play) -> None:
    control = stranger.house.control
    control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.turn()
    with pytest.raises(Conflict) as refused:
        control.try_out(OTHER, "NEW", FIELDS, "on")
    assert (refused.value.code, refused.value.details["holder"]) == ("on_trial", "mia")
    assert not control.end_trial(OTHER, "NEW")
    second = control.try_out(MANAGER, "NEW", FIELDS, "set_setpoint_c", 20.0)
    stranger.turn()
    assert [c.value for c in [tried(stranger.house).command]] == [20.0]
    assert second.command.command_id == tried(stranger.house).command.command_id
    stranger.wait(120)
    taken = control.try_out(OTHER, "NEW", FIELDS, "off")
    assert taken.trial.by_name == "jo"
    assert control.trial(MANAGER, "NEW") is None


def test_what_is_not_saved_is_given_back_at_once_and_forgotten(stranger: Play) -> None:
    control = stranger.house.control
    control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.wait(15)
    assert control.end_trial(MANAGER, "NEW")
    stranger.turn()
    assert stranger.power_kw == FULL_KW
    assert control.trial(MANAGER, "NEW") is None
    assert control.configure([{"device_id": "NEW", "name": "By plan"}]) == 1
    now = control.device(SYSTEM, "NEW").device
    assert (now.name, now.version, now.test_command_id) == ("By plan", 1, None)


def test_after_everything_was_killed_a_trial_ends_by_time_alone(
    stranger: Play, clock: FixedClock
) -> None:
    control = stranger.house.control
    begun = control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.turn()
    clock.advance(3600)  # nobody runs
    stranger.device.lapse(clock.now_ms() / 1000)
    assert stranger.power_kw == FULL_KW
    assert control.trial(MANAGER, "NEW") is None
    stranger.fence += 1
    assert stranger.turn() == []
    control.register(MANAGER, "NEW", FIELDS)
    (told,) = control.history(SYSTEM, "NEW", CommandQuery()).listed
    assert (told[0].command_id, told[0].state) == (begun.command.command_id, "expired")
    assert control.holdings(SYSTEM)["NEW"].intent is None


def test_a_dispatcher_that_follows_within_the_minute_gives_the_device_back(
    stranger: Play, clock: FixedClock
) -> None:
    stranger.house.control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.turn()
    clock.advance(50)
    stranger.device.lapse(clock.now_ms() / 1000)
    stranger.fence += 1
    stranger.wait(20)
    assert stranger.power_kw == FULL_KW
    assert stranger.journal[-1]["effect"] == "released"


def test_saving_ends_the_test_and_keeps_it_only_for_the_device_that_it_showed(
    stranger: Play,
) -> None:
    control = stranger.house.control
    control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.wait(15)
    for other in ({"meter": {"sensor_id": "METER"}}, {"capabilities": {}}):
        with pytest.raises(Conflict) as refused:
            control.register(MANAGER, "NEW", FIELDS | other, tested=True)
        assert refused.value.code == "untested"
    with pytest.raises(InvalidInput):
        control.register(MANAGER, "NEW", FIELDS | {"room": "Nowhere"}, tested=True)
    assert stranger.power_kw == 0.0
    control.register(MANAGER, "NEW", FIELDS | {"name": "Renamed"}, tested=True)
    assert control.holdings(SYSTEM)["NEW"].intent is None
    stranger.turn()
    assert stranger.power_kw == FULL_KW
    assert control.device(SYSTEM, "NEW").device.test_command_id is not None
    with pytest.raises(Conflict) as again:
        control.try_out(MANAGER, "NEW", FIELDS, "off")
    assert again.value.code == "device_exists"


def test_a_device_whose_meter_contradicts_is_saved_as_untested_and_rings_no_alarm(
    stranger: Play, clock: FixedClock
) -> None:
    control, since_ms = stranger.house.control, clock.now_ms()
    stranger.meter_stands = True
    control.try_out(MANAGER, "NEW", FIELDS, "off")
    stranger.wait(60)
    assert tried(stranger.house).command.state == "contradicted"
    assert control.not_done(since_ms) == []
    with pytest.raises(Conflict):
        control.register(MANAGER, "NEW", FIELDS, tested=True)
    control.register(MANAGER, "NEW", FIELDS)
    assert control.device(SYSTEM, "NEW").device.test_command_id is None
    row = stranger.house.access.audit_page(SYSTEM, AuditQuery())[0][0]
    assert '"test_command_id": null' in str(row.after).replace("None", "null").replace("'", '"')


def test_a_test_keeps_to_least_times_permissions_and_abilities(stranger: Play) -> None:
    control = stranger.house.control
    with pytest.raises(NotAllowed):
        control.try_out(OPERATOR, "NEW", FIELDS, "off")
    with pytest.raises(Conflict, match="least time on of 600 s"):
        control.try_out(MANAGER, "NEW", FIELDS | {"min_on_s": 600}, "off")
    with pytest.raises(InvalidInput):
        control.try_out(MANAGER, "NEW", FIELDS, "set_power_kw", 2.0)
    with pytest.raises(InvalidInput):
        control.try_out(MANAGER, "NEW", FIELDS | {"room": "Nowhere"}, "off")
    assert control.trial(MANAGER, "NEW") is None
    assert stranger.turn() == []


def test_deleting_ends_what_holds_a_device_gives_it_back_and_keeps_its_history(
    controlled: House, clock: FixedClock
) -> None:
    play = Play(controlled, clock)
    play.measure()
    clock.advance(1)
    control = controlled.control
    control.intend(an_intent(controlled, clock, command="off"))
    made, _ = control.command(MANAGER, "PUMP", "off")
    play.wait(15)
    assert play.power_kw == 0.0
    with pytest.raises(Conflict):
        control.delete(MANAGER, "PUMP", version=9)
    control.delete(MANAGER, "PUMP", version=1)
    play.turn()
    assert play.power_kw == FULL_KW
    assert play.journal[-1]["effect"] == "released"
    past = control.history(OPERATOR, "PUMP", CommandQuery(group="completed")).listed
    reasons = {command.command_id: command.reason for command, _ in past}
    assert reasons[made.command_id] == "the device was deleted by mia"
    former = control.former(OPERATOR, "PUMP")
    assert former is not None
    assert former.device.name == "Heat pump"
    play.wait(150)
    assert play.power_kw == FULL_KW
    assert [one.report.device_id for one in control.discovered(OPERATOR)] == ["PUMP"]
    control.register(MANAGER, "PUMP", {"name": "Back"})
    assert control.former(OPERATOR, "PUMP") is None
    assert control.device(OPERATOR, "PUMP").device.version == 2
