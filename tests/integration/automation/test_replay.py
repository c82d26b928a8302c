"""A replayed month fires at exactly the times that the dry run lists."""

import random
from datetime import date

import pytest

from domain.access.policy import SYSTEM
from domain.calendar.model import DAY_TYPES
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.errors import InvalidInput
from domain.house import House
from domain.money.tariff import Band, EnergyPart, Terms, TimeOfUse, Window
from domain.telemetry.model import Reading
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


def test_a_calculated_meter_fires_a_rule_as_its_dry_run_says(
    building: House, clock: FixedClock
) -> None:
    meter = {"meter_role": "submeter", "interval_s": 10, "room": "Office"}
    building.building.register_sensor(SYSTEM, "METER_B", meter)
    building.telemetry.set_interval("METER_B", 10)
    building.telemetry.ingest([Reading("METER_B", "power", clock.now_ms() - HOUR, 1.0)])
    building.building.register_sensor(SYSTEM, "BOTH", {"room": "Office"})
    parts = [(1.0, "METER", "power"), (1.0, "METER_B", "power")]
    building.telemetry.define_virtual("BOTH", "power", parts)
    over = {"kind": "metric", "metric": "power", "sensor_id": "BOTH", "side": "above", "limit": 5,
            "for_s": 60}  # fmt: skip
    rule = air_rule(building, trigger=over, conditions=[], cooldown_s=0)
    rule_id = building.automation.create(SYSTEM, rule).rule_id
    stage, begin = Stage(building, clock), clock.now_ms()
    for at in range(60):
        stage.coming.append(Reading("METER", "power", begin + at * 10_000, 2.0))
        kw = 4.0 if 12 <= at < 24 or 40 <= at < 44 else 1.0
        stage.coming.append(Reading("METER_B", "power", begin + at * 10_000 + 1_000, kw))
    stage.until(begin + 10 * MINUTE, every_s=7)
    (fired,) = firings(building)
    assert (fired.decision.outcome, fired.decision.trigger.value) == ("fired", 6.0)
    assert fired.decision.at_ms == begin + 121_000 + MINUTE
    run = building.automation.dry_run(SYSTEM, {}, rule_id, begin)
    assert run.decisions == (fired.decision,)


def test_a_price_fires_a_rule_with_its_taxes_as_its_dry_run_says(
    building: House, clock: FixedClock
) -> None:
    bands = (Band("day", 20_000_000), Band("night", 10_000_000))
    day = Window("day", 8 * 60, 20 * 60, frozenset(DAY_TYPES))
    part = EnergyPart("Energy", "energy", TimeOfUse(bands, (day,), "night"), vat_ppm=230_000)
    january = date(2026, 1, 1)
    building.money.tariffs.create(
        SYSTEM, "Two bands", "import", january, Terms((part,)), use_from=january
    )
    stage, begin = Stage(building, clock), clock.now_ms()
    for name, side, limit in (("dear", "above", 0.24), ("cheap", "below", 0.24),
                              ("no", "above", 0.25)):  # fmt: skip
        trigger = {"kind": "price", "side": side, "limit_per_kwh": limit}
        fields = air_rule(building, name=name, trigger=trigger, conditions=[], cooldown_s=0)
        building.automation.create(SYSTEM, fields)
    stage.until(begin + 26 * HOUR, every_s=900)
    seen = [
        (line.rule_name, f"{from_ms(line.decision.at_ms).astimezone(building.zone):%a %H:%M}")
        for line in firings(building)
    ]
    assert seen == [("dear", "Tue 10:15"), ("cheap", "Tue 20:00"), ("dear", "Wed 08:00")]
    dear, cheap, _ = (line.decision.trigger for line in firings(building))
    assert (round(dear.value or 0, 4), round(cheap.value or 0, 4)) == (0.246, 0.123)
    assert (dear.unit, dear.said) == ("€/kWh", None)
    for rule in building.automation.rules(SYSTEM):
        run = building.automation.dry_run(SYSTEM, {}, rule.rule_id, begin)
        live = [line.decision.at_ms for line in firings(building, rule_id=rule.rule_id)]
        assert [decision.at_ms for decision in run.decisions] == live
        assert [cover.words for cover in run.coverage] == ["The price of electricity"]
