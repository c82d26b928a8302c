"""Rules, schedules and firings as both databases keep them."""

import pytest

from domain.access.policy import SYSTEM
from domain.automation import firing_store, rule_store
from domain.automation.fields import rule_fields, schedule_fields
from domain.automation.machine import Standing
from domain.foundation.clock import FixedClock, from_ms
from domain.house import House
from domain.storage.engine import Database
from tests.integration.automation.conftest import MINUTE, Stage, air_rule, firings

DAY = 86_400_000


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Unlike the tests beside it, on either database."""
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found


def test_rules_schedules_and_the_log_are_kept_as_they_were_said(
    building: House, clock: FixedClock
) -> None:
    automation, stage = building.automation, Stage(building, clock)
    rule = automation.create(SYSTEM, air_rule(building, cooldown_s=1200, notice="Stuffy"))
    entry = {"from": "08:00", "to": "24:00", "command": "set_power_kw", "value": 2.5,
             "day_types": ["workday"], "weekdays": [0, 4]}  # fmt: skip
    said = {"name": "S", "targets": [{"device_id": "PUMP"}], "entries": [entry], "enabled": False}
    schedule = automation.create_schedule(SYSTEM, said)
    assert schedule_fields(automation.schedule(SYSTEM, schedule.schedule_id)) == said
    changed = automation.update(SYSTEM, rule.rule_id, {"name": "Éclat"}, 1)
    assert rule_fields(changed) == {**rule_fields(rule), "name": "Éclat"}
    begin = clock.now_ms()
    stage.stuffy(begin + MINUTE, 8)
    stage.stuffy(begin + 10 * MINUTE, 1, ppm=500)
    stage.stuffy(begin + 12 * MINUTE, 6)
    stage.until(begin + 20 * MINUTE)
    fired, blocked = firings(building)
    assert (fired.decision.outcome, blocked.decision.outcome) == ("fired", "cooldown")
    assert automation.rule(SYSTEM, rule.rule_id).last_fired_ms == fired.decision.at_ms
    assert [line.firing_id for line in firings(building, fired_only=True)] == [fired.firing_id]
    newest = automation.log(SYSTEM, limit=1)
    assert newest.firings == (blocked,)
    assert automation.log(SYSTEM, limit=1, before=newest.before).firings == (fired,)
    clock.set(from_ms(begin + 91 * DAY))
    assert automation.forget_old() == 1
    clock.set(from_ms(begin + 401 * DAY))
    assert automation.forget_old() == 1
    automation.delete(SYSTEM, rule.rule_id)
    automation.delete_schedule(SYSTEM, schedule.schedule_id)
    assert (automation.rules(SYSTEM), automation.schedules(SYSTEM)) == ([], [])


def test_of_two_that_decide_from_the_same_turn_one_wins(building: House, clock: FixedClock) -> None:
    rule_id = building.automation.create(SYSTEM, air_rule(building)).rule_id
    with building.database.write() as c:
        kept = rule_store.read_rule(c, rule_id)
        assert kept is not None
        further = Standing(kept.standing.begun_ms, clock.now_ms() + 1)
        assert rule_store.put_standing(c, kept, further)
        assert not rule_store.put_standing(c, kept, further)
        again = rule_store.read_rule(c, rule_id)
        assert again is not None
        assert (again.standing, again.turn) == (further, kept.turn + 1)
        assert firing_store.due_firings(c) == []
