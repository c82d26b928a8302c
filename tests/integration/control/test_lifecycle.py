"""A command from its request to its end, with a device that obeys and with one that does not."""

import json
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Connection

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.alarms.model import EventQuery
from domain.control import command_store
from domain.control.arbitration import Intent
from domain.control.dispatching import StaleFence
from domain.control.service import Heard
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed
from domain.house import House
from settings import Settings
from tests.integration.control.playing import Play

MANAGER = Actor("mia", "manager", 3)
OPERATOR = Actor("olga", "operator", 2)


@pytest.fixture
def play(controlled: House, clock: FixedClock) -> Play:
    played = Play(controlled, clock)
    played.measure()
    clock.advance(1)
    return played


def an_intent(
    house: House, clock: FixedClock, owner: str = "automation", **fields: object
) -> Intent:
    now_ms = clock.now_ms()
    known: dict[str, object] = {
        "intent_id": 0, "device_id": "PUMP", "owner": owner, "owner_name": "a rule",
        "aspect": "run", "command": "on", "value": None, "low_kw": None, "high_kw": None,
        "requested_ms": now_ms, "starts_ms": now_ms, "ends_ms": now_ms + 7_200_000,
        "reason": "it is cold",
    }  # fmt: skip
    return Intent(**(known | fields))  # type: ignore[arg-type]


def test_a_manual_command_goes_from_request_to_the_meter_and_ends_in_time(
    play: Play, clock: FixedClock
) -> None:
    made, preview = play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    assert (made.state, preview.accepted, preview.takes_over) == ("requested", None, None)
    play.turn()
    assert play.commands()[0].state == "acknowledged"
    play.wait(11)
    seen = play.commands()[0]
    assert (seen.state, seen.evidence) == ("observed", "meter")
    assert "3.0 kW → 0 W" in play.steps(made.command_id)[-1].words
    play.wait(30 * 60, step_s=10)
    done = next(c for c in play.commands() if c.command_id == made.command_id)
    assert (done.state, done.reason) == ("completed", "its time was over")
    assert play.states(made.command_id) == [
        "requested", "sent", "acknowledged", "observed", "completed",
    ]  # fmt: skip
    assert play.applied() == 1
    assert play.power_kw == 3.0
    assert play.journal[-1]["effect"] == "released"
    given_back = next(c for c in play.commands() if c.command == "release")
    assert play.states(given_back.command_id) == ["requested", "sent", "acknowledged", "completed"]


def test_request_command_and_audit_row_are_one_transaction(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> int:
        listed, _ = play.house.access.audit_page(SYSTEM, AuditQuery())
        return sum(row.action == "control.command" for row in listed)

    play.house.control.command(MANAGER, "PUMP", "off")
    assert rows() == 1

    def fails(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("domain.control.requests.record", fails)
    with pytest.raises(OSError, match="full"):
        play.house.control.command(MANAGER, "PUMP", "on")
    assert rows() == 1
    assert len(play.commands()) == 1
    assert play.commands()[0].state == "requested"


def test_who_may_not_control_asks_in_vain_and_wrong_values_are_named(play: Play) -> None:
    control = play.house.control
    with pytest.raises(NotAllowed):
        control.command(OPERATOR, "PUMP", "off")
    for minutes in (0, 1441, True, None, "60"):
        with pytest.raises(InvalidInput):
            control.command(MANAGER, "PUMP", "off", minutes=minutes)
    with pytest.raises(InvalidInput):
        control.command(MANAGER, "PUMP", "set_setpoint_c", 99)
    assert play.commands() == []


def test_the_lease_is_renewed_at_half_and_carried_out_once(play: Play) -> None:
    made, _ = play.house.control.command(MANAGER, "PUMP", "off", minutes=10)
    play.wait(300)
    sent = [m for m in play.sent if m.command_id == made.command_id]
    assert 9 <= len(sent) <= 12
    assert play.applied() == 1
    assert play.commands()[0].state == "observed"
    assert len(play.states(made.command_id)) == 4


@pytest.mark.parametrize(
    ("fault", "state", "words", "applied"),
    [
        ("ignore", "expired", "did not answer", 0),
        ("refuse", "rejected", "refused by the device", 0),
        ("ack_without_act", "contradicted", "expected at most", 0),
        ("ack_twice", "observed", "", 1),
        ("late", "expired", "did not answer", 1),
    ],
)
def test_each_fault_ends_in_its_own_state_and_in_words(
    play: Play, fault: str, state: str, words: str, applied: int
) -> None:
    play.fault = fault
    play.house.alarms.evaluate()
    made, _ = play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    play.wait(90)
    play.house.alarms.evaluate()
    found = next(c for c in play.commands() if c.command_id == made.command_id)
    assert found.state == state
    assert words in (found.reason or "")
    assert play.applied(made.command_id) == applied
    page = play.house.alarms.events(MANAGER, EventQuery(service="devices"))
    assert len(page.events) == (state != "observed")
    if state != "observed":
        assert found.ended_ms is not None
        assert found.ended_ms - found.requested_ms <= 60_000
        assert play.house.control.holdings(MANAGER)["PUMP"].intent is None
        assert "Switch off" in page.events[0].cause
        assert (found.reason or "")[:60] in page.events[0].cause


def test_a_late_answer_is_noted_once_and_changes_nothing(play: Play, clock: FixedClock) -> None:
    play.fault = "late"
    made, _ = play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    play.turn()
    answers = play.late
    play.wait(20)
    for _ in range(2):
        play.house.control.answer(1, answers)
    assert play.states(made.command_id)[-2:] == ["expired", "note"]
    found = next(c for c in play.commands() if c.command_id == made.command_id)
    assert found.state == "expired"


def test_foreign_and_unreadable_answers_are_ignored(play: Play, clock: FixedClock) -> None:
    play.fault = "ignore"
    made, _ = play.house.control.command(MANAGER, "PUMP", "off")
    play.turn()
    payloads = [b"", b"[]", b"{}", json.dumps({"command_id": "x", "status": "done"}).encode()]
    own = json.dumps({"command_id": made.command_id, "status": "done"}).encode()
    heard = [Heard("PUMP", "ack", payload, clock.now_ms(), False) for payload in payloads]
    heard.append(Heard("LAMP", "ack", own, clock.now_ms(), False))
    assert play.house.control.answer(1, heard) == 0
    assert play.commands()[0].state == "sent"


def test_a_lost_message_is_sent_again_under_its_own_id(play: Play, clock: FixedClock) -> None:
    made, _ = play.house.control.command(MANAGER, "PUMP", "off")
    play.turn(lost=True)
    assert play.applied() == 0
    clock.advance(3)
    assert [m.command_id for m in play.turn()] == [made.command_id]
    assert (play.applied(), play.commands()[0].state) == (1, "acknowledged")


def test_nothing_leaves_late_after_an_outage(play: Play, clock: FixedClock) -> None:
    made, _ = play.house.control.command(MANAGER, "PUMP", "off")
    assert play.turn(ready=False) == []
    clock.advance(30)
    assert [m for m in play.turn() if m.command_id == made.command_id] == []
    assert play.commands()[0].state == "expired"
    assert play.applied() == 0


def test_after_a_long_outage_what_still_holds_is_told_anew(play: Play, clock: FixedClock) -> None:
    play.house.control.command(MANAGER, "PUMP", "off", minutes=60)
    play.wait(20)
    clock.advance(300)
    play.journal += play.device.lapse(clock.now_ms() / 1000)
    assert play.power_kw == 3.0
    play.wait(20)
    first, second = play.commands()[1], play.commands()[0]
    assert (first.state, second.state) == ("expired", "observed")
    assert "lease passed" in (first.reason or "")
    assert first.intent_id == second.intent_id
    assert play.power_kw == 0.0


def test_a_newer_manual_command_replaces_the_running_one(play: Play) -> None:
    old, _ = play.house.control.command(MANAGER, "PUMP", "off")
    play.wait(15)
    new, preview = play.house.control.command(MANAGER, "PUMP", "on", minutes=5)
    assert preview.takes_over == "manual (mia)"
    play.wait(15)
    states = {c.command_id: c.state for c in play.commands()}
    assert states == {old.command_id: "superseded", new.command_id: "observed"}
    assert play.power_kw == 3.0


def test_released_early_the_next_owner_takes_over_and_never_the_last_value(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    control.intend(
        an_intent(play.house, clock, command="set_shed_percent", value=50.0, aspect="shed")
    )
    play.wait(15)
    assert play.power_kw == 1.5
    control.command(MANAGER, "PUMP", "set_shed_percent", 100, minutes=30)
    play.wait(15)
    assert play.power_kw == 0.0
    assert control.release(MANAGER, "PUMP") == 1
    play.wait(15)
    assert play.power_kw == 1.5
    held = control.holdings(MANAGER)["PUMP"]
    assert held.intent is not None
    assert (held.intent.owner, held.told[0].state) == ("automation", "observed")


def test_a_manual_command_takes_over_from_an_automatic_one_that_is_not_renewed_any_more(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    control.intend(an_intent(play.house, clock))
    play.wait(15)
    automatic = play.commands()[0]
    made, preview = control.command(MANAGER, "PUMP", "off", minutes=30)
    assert preview.takes_over == "automation (a rule)"
    play.turn()
    states = {c.command_id: c.state for c in play.commands()}
    assert states == {automatic.command_id: "superseded", made.command_id: "acknowledged"}
    sent = len(play.sent)
    play.wait(70)
    assert {message.command_id for message in play.sent[sent:]} == {made.command_id}
    assert play.power_kw == 0.0


def test_what_a_clock_that_is_ahead_asked_for_waits_for_its_moment(
    play: Play, clock: FixedClock
) -> None:
    clock.advance(2)
    made, _ = play.house.control.command(MANAGER, "PUMP", "off")
    clock.advance(-2)
    assert play.turn() == []
    assert play.commands()[0].state == "requested"
    clock.advance(2)
    assert [message.command_id for message in play.turn()] == [made.command_id]


def test_a_request_that_comes_while_a_turn_waits_to_write_is_sent_by_it(
    play: Play, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, asked = play.house.control, list[str]()
    control.intend(an_intent(play.house, clock, aspect="shed", command="set_shed_percent",
                             value=10.0))  # fmt: skip
    raise_fence = command_store.raise_fence

    def slow(c: Connection, fence: int) -> bool:
        clock.advance(0.05)  # as if another writer had held the database until now
        return raise_fence(c, fence)

    made, _ = control.command(MANAGER, "PUMP", "off")
    clock.advance(-0.02)  # the turn began before the request did
    monkeypatch.setattr(command_store, "raise_fence", slow)
    asked += [message.command_id for message in play.turn()]
    assert made.command_id in asked


def test_two_aspects_hold_side_by_side_and_end_apart(play: Play, clock: FixedClock) -> None:
    control = play.house.control
    control.command(MANAGER, "PUMP", "set_setpoint_c", 19.0, minutes=60)
    control.command(MANAGER, "PUMP", "off", minutes=1)
    play.wait(50)
    assert {c.state for c in play.commands()} == {"observed"}
    evidence = {c.command: c.evidence for c in play.commands()}
    assert evidence == {"off": "meter", "set_setpoint_c": "reported"}
    play.wait(120)
    order = play.device.order()
    assert (order.on, order.setpoint_c) == (None, 19.0)
    assert play.applied() == 2


def test_without_a_meter_what_is_observed_is_called_reported(
    controlled: House, clock: FixedClock
) -> None:
    lamp = Play(controlled, clock, device_id="LAMP", meter=None)
    lamp.measure()
    clock.advance(1)
    controlled.control.command(MANAGER, "LAMP", "off")
    lamp.wait(12)
    assert (lamp.commands()[0].state, lamp.commands()[0].evidence) == ("observed", "reported")


def test_a_silent_meter_contradicts_nobody_and_ends_the_command_in_words(
    controlled: House, clock: FixedClock
) -> None:
    play = Play(controlled, clock, meter=None)
    play.measure()
    controlled.control.command(MANAGER, "PUMP", "off")
    play.wait(40)
    found = next(c for c in play.commands() if c.command == "off")
    assert (found.state, found.reason) == ("expired", "not seen in time: the meter is silent")


def test_the_least_time_off_holds_a_command_back_and_says_until_when(
    play: Play, clock: FixedClock
) -> None:
    play.house.control.update(MANAGER, "PUMP", {"min_on_s": 120})
    made, preview = play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    assert preview.limited_by == ("least time on of 120 s",)
    play.wait(60)
    assert (play.commands()[0].state, play.applied()) == ("requested", 0)
    play.wait(75)
    assert play.states(made.command_id)[-1] == "observed"


def test_a_stale_fence_writes_and_sends_nothing(play: Play) -> None:
    play.house.control.command(MANAGER, "PUMP", "off")
    play.fence = 2
    play.house.control.dispatch(2, ready=False)
    with pytest.raises(StaleFence):
        play.house.control.dispatch(1, ready=True)
    assert play.commands()[0].state == "requested"


# ---- lock-out and stop ------------------------------------------------------------------------


def test_a_lock_out_rests_the_device_and_turns_everybody_else_away(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    control.update(MANAGER, "PUMP", {"safe_state": "off"})
    control.intend(an_intent(play.house, clock))
    play.wait(15)
    control.lock_out(MANAGER, ["PUMP"], 120, "filter change")
    play.wait(15)
    assert play.power_kw == 0.0
    with pytest.raises(Conflict) as refused:
        control.command(MANAGER, "PUMP", "on")
    assert refused.value.details["holder"] == "lock-out (mia)"
    assert str(refused.value.details["until"]).endswith("Z")
    assert control.unlock(MANAGER, ["PUMP"]) == 1
    play.wait(15)
    assert play.power_kw == 3.0
    with pytest.raises(InvalidInput):
        control.lock_out(MANAGER, ["PUMP"], 120, " ")


def test_stopping_all_rests_what_is_automatic_while_manual_goes_on(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    control.intend(
        an_intent(play.house, clock, command="set_shed_percent", value=50.0, aspect="shed")
    )
    control.command(MANAGER, "PUMP", "set_setpoint_c", 20.0)
    play.wait(15)
    stop = control.stop_all(MANAGER, 30, "fire drill")
    assert control.stopped() == stop
    play.wait(80)
    order = play.device.order()
    assert (order.shed_percent, order.setpoint_c) == (None, 20.0)
    assert control.resume(MANAGER) == 1
    play.wait(15)
    assert play.device.order().shed_percent == 50.0
    control.stop_all(MANAGER, 1)
    clock.advance(61)
    assert control.stopped() is None


def test_a_contradicted_command_rings_with_what_the_meter_shows(
    play: Play, clock: FixedClock
) -> None:
    play.house.alarms.evaluate()
    play.fault = "ack_without_act"
    play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    play.wait(40)
    play.house.alarms.evaluate()
    page = play.house.alarms.events(MANAGER, EventQuery(service="devices"))
    assert [event.severity for event in page.events] == ["fault"]
    assert "Switch off acknowledged, but the meter shows 3.0 kW → 3.0 kW" in page.events[0].cause
    clock.advance(16 * 60)
    play.house.alarms.evaluate()
    assert not play.house.alarms.events(MANAGER, EventQuery(service="devices")).events[0].active


# ---- clocks, devices that vanish, two who ask at once ------------------------------------------


def test_a_clock_that_jumps_ahead_ends_what_is_over_and_tells_anew_what_still_holds(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    manual, _ = control.command(MANAGER, "PUMP", "off", minutes=30)
    control.intend(an_intent(play.house, clock, aspect="shed", command="set_shed_percent",
                             value=50.0, ends_ms=clock.now_ms() + 8 * 3_600_000))  # fmt: skip
    play.wait(20)
    clock.advance(5 * 3600)
    play.journal += play.device.lapse(clock.now_ms() / 1000)
    play.wait(20)
    states = {c.command_id: c.state for c in play.commands()}
    assert states[manual.command_id] == "expired", "nobody renewed its lease meanwhile"
    newest = play.commands()[0]
    assert (newest.command, newest.state) == ("set_shed_percent", "observed")
    assert play.power_kw == 1.5


def test_a_clock_that_is_set_back_ends_commands_in_words_and_gives_the_device_back_once(
    play: Play, clock: FixedClock
) -> None:
    control = play.house.control
    made, _ = control.command(MANAGER, "PUMP", "off", minutes=240)
    play.wait(20)
    clock.advance(-3 * 3600)
    play.wait(20)
    found = next(c for c in play.commands() if c.command_id == made.command_id)
    assert (found.state, found.reason) == ("completed", "the building's clock was set back")
    assert play.power_kw == 3.0
    assert sum(c.command == "release" for c in play.commands()) == 1
    assert control.holdings(MANAGER)["PUMP"].intent is None
    assert control.device(MANAGER, "PUMP").report.on is True
    again, _ = control.command(MANAGER, "PUMP", "off", minutes=30)
    play.turn()
    assert play.states(again.command_id) == ["requested", "sent", "acknowledged"]


def test_a_clock_a_little_behind_goes_on_with_what_was_begun(play: Play, clock: FixedClock) -> None:
    """As another machine's may be that takes over."""
    made, _ = play.house.control.command(MANAGER, "PUMP", "off", minutes=30)
    play.wait(15)
    clock.advance(-20)
    play.fence += 1
    play.wait(90)
    found = next(c for c in play.commands() if c.command_id == made.command_id)
    assert (found.state, play.applied(), len(play.commands())) == ("observed", 1, 1)
    assert play.power_kw == 0.0


@pytest.mark.parametrize("after_s", [0, 20])
def test_a_device_deleted_amid_a_command_ends_it_and_keeps_its_history(
    play: Play, clock: FixedClock, after_s: int
) -> None:
    control = play.house.control
    made, _ = control.command(MANAGER, "PUMP", "off", minutes=30)
    play.wait(after_s)
    sent = len(play.sent)
    control.delete(MANAGER, "PUMP")
    play.turn()
    told = [json.loads(message.payload)["command"] for message in play.sent[sent:]]
    assert told == (["release"] if after_s else [])
    with play.house.database.read() as c:
        kept = command_store.list_commands(c, "PUMP", 10)[-1]
        assert command_store.live_intents(c) == []
    assert kept.command_id == made.command_id
    assert kept.state == ("completed" if after_s else "cancelled")
    assert kept.reason == "the device was deleted by mia"
    control.register(MANAGER, "PUMP", {"capabilities": {"on_off": True}})
    play.wait(2)
    assert play.power_kw == 3.0, "it was given back to its own rule"


def test_of_two_who_command_at_once_one_is_superseded_and_never_both_hold(
    play: Play, clock: FixedClock
) -> None:
    control, gate = play.house.control, threading.Barrier(6)

    def ask(number: int) -> str:
        gate.wait()
        wish = ("on", "off")[number % 2]
        return control.command(Actor(f"m{number}", "manager", number), "PUMP", wish)[0].command_id

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(ask, range(6)))
    play.wait(15)
    states = Counter(c.state for c in play.commands() if c.command_id in made)
    assert states == {"observed": 1, "superseded": 5}
    assert play.applied() == 1
    with play.house.database.read() as c:
        assert len(command_store.live_intents(c)) == 1


def test_a_request_between_a_turn_and_its_locks_is_neither_lost_nor_told_after_its_end(
    play: Play, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An intent withdrawn while a turn waits for the device is not told any more."""
    control = play.house.control
    intent_id = control.intend(an_intent(play.house, clock))
    hold, waited = command_store.hold_devices, list[bool]()

    def slow(c: Connection, device_ids: Sequence[str]) -> None:
        if not waited and c.dialect.name != "sqlite":  # on SQLite nobody else could write now
            waited.append(True)
            control.withdraw(intent_id, "too late")
        hold(c, device_ids)

    monkeypatch.setattr(command_store, "hold_devices", slow)
    if play.house.database.dialect == "sqlite":
        control.withdraw(intent_id, "too late")
    assert play.turn() == []
    assert play.commands() == []


def test_the_same_key_asks_once_also_when_many_repeat_it_at_once(play: Play) -> None:
    control, gate = play.house.control, threading.Barrier(4)

    def ask(_: int) -> str:
        gate.wait()
        return control.command(MANAGER, "PUMP", "off", minutes=30, key="k")[0].command_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    play.wait(12)
    assert [c.state for c in play.commands()] == ["observed"]
    with pytest.raises(Conflict, match="another device"):
        control.command(MANAGER, "CHARGER", "off", key="k")


def test_another_process_tells_its_pages_what_this_one_did(
    play: Play, clock: FixedClock, settings: Settings
) -> None:
    beside = House.compose(settings, clock=clock, database=play.house.database)
    commands: list[object] = []
    devices: list[object] = []
    beside.bus.subscribe("command", commands.append)
    beside.bus.subscribe("device", devices.append)
    assert beside.control.tell_news() == 0
    made, _ = play.house.control.command(MANAGER, "PUMP", "off")
    play.wait(12)
    assert beside.control.tell_news() == 1
    assert [(m["command_id"], m["state"]) for m in commands] == [(made.command_id, "observed")]  # type: ignore[index]
    assert {m["device_id"] for m in devices} == {"PUMP"}  # type: ignore[index]
    assert beside.control.tell_news() == 0
    assert len(commands) == 1
