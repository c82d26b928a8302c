"""A replayed month fires at exactly the times that the dry run lists."""

import random

import pytest

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.errors import InvalidInput
from domain.house import House
from tests.integration.automation.conftest import HOUR, MINUTE, Stage, air_rule, firings, room

DAY = 24 * HOUR
RULES = {
    "air": {},
    "shorter": {"cooldown_s": 0, "trigger": "hour"},
    "lamps": {
        "trigger": {"kind": "occupancy", "state": "empty", "for_s": 900},
        "conditions": [{"kind": "metric", "metric": "co2", "side": "below", "limit": 900}],
        "cooldown_s": 7200,
    },
    "morning": {
        "trigger": {"kind": "time", "at": "07:30", "day_types": ["workday"]},
        "conditions": [{"kind": "metric", "metric": "co2", "side": "below", "limit": 700}],
    },
}


def of_room(house: House, fields: dict[str, object]) -> dict[str, object]:
    """The fields with the meeting room in them."""
    said = dict(fields)
    if isinstance(said.get("trigger"), dict) and said["trigger"]["kind"] == "occupancy":  # type: ignore[index]
        said["trigger"] = {**said["trigger"], "room_id": room(house)}  # type: ignore[dict-item]
    if "conditions" in said:
        listed = said["conditions"]
        said["conditions"] = [{**one, "room_id": room(house)} for one in listed]  # type: ignore[attr-defined]
    if said.get("trigger") == "hour":
        said["trigger"] = {"kind": "metric", "metric": "co2", "sensor_id": "CO2_A",
                           "side": "below", "limit": 800, "for_s": 1800}  # fmt: skip
    return said


def a_month(stage: Stage, begin_ms: int, days: int, chance: random.Random) -> None:
    """A building's days with meetings, in steps of ten minutes, and now and then a silence."""
    for at_ms in range(begin_ms, begin_ms + days * DAY, 10 * MINUTE):
        local = from_ms(at_ms).astimezone(stage.house.zone)
        busy = local.weekday() < 5 and 8 <= local.hour < 18 and chance.random() < 0.6
        if chance.random() < 0.05:
            continue
        ppm = chance.uniform(800, 1400) if busy else chance.uniform(450, 950)
        stage.expect("co2", at_ms, 0, CO2_A=ppm)
        stage.expect("co2", at_ms + 1_000, 0, CO2_B=ppm - 50)
        stage.expect("occupancy", at_ms + 2_000, 0, PEOPLE=chance.randint(1, 9) if busy else 0)


def test_a_replayed_month_fires_at_exactly_the_times_that_the_dry_run_lists(
    building: House, clock: FixedClock
) -> None:
    stage, chance = Stage(building, clock), random.Random(7)
    for sensor_id in ("CO2_A", "CO2_B", "PEOPLE"):
        building.telemetry.set_interval(sensor_id, 600)
    begin = clock.now_ms()
    made = {}
    for name, fields in RULES.items():
        said = {"name": name, **of_room(building, fields)}
        made[name] = building.automation.create(SYSTEM, air_rule(building, **said)).rule_id
    days = 30
    a_month(stage, begin + MINUTE, days, chance)
    at_ms = begin
    while at_ms < begin + days * DAY:
        at_ms += chance.choice((5_000, 25 * MINUTE, 70 * MINUTE, 3 * HOUR, 6 * HOUR))
        stage.tick(at_ms)
    stage.tick(at_ms + MINUTE)
    for name, rule_id in made.items():
        run = building.automation.dry_run(SYSTEM, {}, rule_id, begin)
        live = [line.decision for line in firings(building, rule_id=rule_id)]
        # A tick that comes late does nothing any more, which the dry run does not know.
        times = [(d.at_ms, d.trigger.value, d.outcome == "condition") for d in live]
        wanted = [(d.at_ms, d.trigger.value, d.outcome == "condition") for d in run.decisions]
        assert times == wanted, name
        assert len(wanted) > 10, name
        assert all(0.9 < cover.share <= 1 for cover in run.coverage)
        assert not run.truncated


def test_a_replayed_day_does_exactly_what_the_dry_run_lists(
    building: House, clock: FixedClock
) -> None:
    stage, chance = Stage(building, clock), random.Random(11)
    for sensor_id in ("CO2_A", "CO2_B", "PEOPLE"):
        building.telemetry.set_interval(sensor_id, 600)
    begin = clock.now_ms()
    said = {"name": "air", "cooldown_s": 5400}
    rule_id = building.automation.create(SYSTEM, air_rule(building, **said)).rule_id
    a_month(stage, begin + MINUTE, 1, chance)
    at_ms = begin
    while at_ms < begin + 8 * HOUR:
        at_ms += chance.choice((5_000, 95_000, 110_000))
        stage.tick(at_ms)
    run = building.automation.dry_run(SYSTEM, {}, rule_id, begin)
    live = [line.decision for line in firings(building, rule_id=rule_id)]
    assert [(d.at_ms, d.outcome) for d in live] == [(d.at_ms, d.outcome) for d in run.decisions]
    assert {"fired", "cooldown"} <= {d.outcome for d in live}
    assert tuple(live) == run.decisions


def test_a_dry_run_says_what_it_cannot_say(building: House, clock: FixedClock) -> None:
    automation = building.automation
    rule_id = automation.create(SYSTEM, air_rule(building)).rule_id
    begin = clock.now_ms()
    run = automation.dry_run(SYSTEM, {}, rule_id)
    assert (run.decisions, run.cannot, run.to_ms - run.from_ms) == ((), None, 30 * DAY)
    assert [cover.readings for cover in run.coverage] == [1, 1]
    assert all(cover.share < 0.01 for cover in run.coverage)
    for sensor_id in ("CO2_A", "CO2_B"):
        building.building.update_sensor(SYSTEM, sensor_id, {"room": "Office"})
    with pytest.raises(InvalidInput):
        automation.dry_run(SYSTEM, {}, rule_id)
    with pytest.raises(InvalidInput):
        automation.dry_run(SYSTEM, {}, rule_id, begin, begin - 1)
