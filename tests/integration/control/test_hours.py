"""Hourly instructions as they are kept, and what the dispatcher makes of them."""

import json
from datetime import date, timedelta

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.control.hours import Change
from domain.control.instructions import UNSET
from domain.foundation.clock import FixedClock
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.foundation.intervals import Period
from domain.house import House
from tests.integration.control.playing import Play
from tests.integration.control.test_lifecycle import MANAGER, OPERATOR, an_intent

TODAY = date(2026, 6, 16)
NIGHT = "N" * 6 + "-" * 18


def test_a_date_differs_from_every_day_until_it_follows_again(
    controlled: House, clock: FixedClock
) -> None:
    hours = controlled.control.hours
    hours.instruct(MANAGER, "PUMP", None, {str(h): "no-participation" for h in range(6)})
    tomorrow = TODAY + timedelta(days=1)
    hours.instruct(MANAGER, "PUMP", tomorrow, {"0": "shifting"})
    standing, own = hours.of(SYSTEM, "PUMP", None), hours.of(SYSTEM, "PUMP", tomorrow)
    assert (standing.hours, own.hours, own.own) == (NIGHT, "S" + NIGHT[1:], True)
    today = hours.of(SYSTEM, "PUMP", TODAY)
    assert (today.hours, today.own, today.version) == (NIGHT, False, 0)
    assert hours.save(MANAGER, [Change("PUMP", tomorrow, None, own.version)]) == 1
    assert not hours.of(SYSTEM, "PUMP", tomorrow).own
    # An exception that was taken back and made anew is not mistaken for the one before.
    with pytest.raises(Conflict):
        hours.save(MANAGER, [Change("PUMP", tomorrow, NIGHT, own.version)])
    listed, _ = controlled.access.audit_page(SYSTEM, AuditQuery())
    rows = [row for row in listed if row.action == "control.hours"]
    assert len(rows) == 3
    assert json.loads(rows[-1].after or "") == {"every day": "00–06 no participation"}


def test_days_are_saved_all_or_none_and_who_was_overtaken_is_named(controlled: House) -> None:
    hours = controlled.control.hours
    hours.save(MANAGER, [Change("PUMP", None, NIGHT, 0)])
    with pytest.raises(Conflict) as refused:
        hours.save(MANAGER, [Change("LAMP", None, NIGHT, 0), Change("PUMP", None, UNSET, 0)])
    assert "Heat pump" in refused.value.message
    assert hours.of(SYSTEM, "LAMP", None).hours == UNSET
    assert hours.save(MANAGER, [Change("PUMP", None, NIGHT, 1)]) == 0
    with pytest.raises(NotAllowed):
        hours.save(OPERATOR, [Change("LAMP", None, NIGHT, 0)])
    with pytest.raises(Unknown):
        hours.save(MANAGER, [Change("NONE", None, NIGHT, 0)])
    for day in (date(2020, 1, 1), date(2040, 1, 1)):
        with pytest.raises(InvalidInput):
            hours.save(MANAGER, [Change("LAMP", day, NIGHT, 0)])


def test_participation_is_told_hour_by_hour_with_the_devices_own_switch_as_default(
    controlled: House,
) -> None:
    control = controlled.control
    control.hours.instruct(MANAGER, "PUMP", TODAY, {"11": "no-participation", "12": "shifting"})
    hour_ms = 3_600_000
    start_ms = controlled.clock.now_ms()  # 10:00 in Lisbon
    period = Period.of_ms(start_ms, start_ms + 3 * hour_ms + hour_ms // 2)
    words = [one.word for one in control.participation("PUMP", period)]
    assert words == ["participation", "no-participation", "shifting", "participation"]
    control.update(SYSTEM, "PUMP", {"dr_enabled": False})
    assert control.participation("PUMP", period)[0].word == "no-participation"
    with pytest.raises(InvalidInput):
        control.participation("PUMP", Period.of_ms(start_ms, start_ms + 32 * 24 * hour_ms))


def test_demand_response_waits_out_an_hour_without_participation(
    controlled: House, clock: FixedClock
) -> None:
    play = Play(controlled, clock)
    play.measure()
    clock.advance(1)
    control = controlled.control
    control.hours.instruct(Actor("mia", "manager", 3), "PUMP", None, {"10": "no-participation"})
    control.intend(an_intent(controlled, clock, "demand_response", command="off"))
    play.turn()
    assert play.commands() == []
    assert control.holdings(SYSTEM)["PUMP"].intent is None
    _, preview = control.command(MANAGER, "PUMP", "on", minutes=5)
    assert (preview.takes_over, preview.afterwards) == (None, "its own rule")
    control.release(MANAGER, "PUMP")
    clock.advance(3600)
    play.turn()
    told = play.commands()[0]
    assert (told.owner, told.command) == ("demand_response", "off")
