"""A calculated meter rings by its limits as a measured one does, when it happens and when tried."""

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.storage.engine import Database
from domain.telemetry.model import Reading
from settings import Settings
from tests.conftest import TUESDAY_10H
from tests.integration.alarms.conftest import MINUTE, events, limit_rule, only_rule, send, sensor

DAY = 24 * 60 * MINUTE


def meter(house: House, sensor_id: str, **fields: object) -> None:
    sensor(house, sensor_id, sensor_type="energy_meter", **fields)


def calculated(house: House, sensor_id: str, *parts: tuple[float, str], **fields: object) -> None:
    given = {"name": sensor_id, "sensor_type": "energy_meter", **fields}
    named = [(factor, of, "power") for factor, of in parts]
    house.building.define_meter(SYSTEM, sensor_id, "power", named, given)


def watch(house: House, sensor_id: str, limit: float = 10.0, **fields: object) -> int:
    given = {"metric": "power", "scope": "sensor", "scope_value": sensor_id, "limit": limit}
    return limit_rule(house, **{**given, **fields})


def three_phases(house: House) -> None:
    for name in ("L1", "L2", "L3"):
        meter(house, name)
    calculated(house, "TOTAL", (1.0, "L1"), (1.0, "L2"), (1.0, "L3"), meter_role="main")
    only_rule(house, "none")


def test_a_limit_on_a_calculated_meter_rings_and_clears(house, clock, evaluate):
    three_phases(house)
    watch(house, "TOTAL", delay_on_s=60, hysteresis=1.0)
    start = clock.now_ms()
    evaluate(start)
    for at, value in enumerate([3.0, 4.0, 4.0, 3.1, 2.9]):
        send(house, start + at * MINUTE, {"L1": value, "L2": value, "L3": value}, "power")
        evaluate(start + at * MINUTE)
    (event,) = events(house)
    assert (event.sensor_id, event.cause) == ("TOTAL", "TOTAL: power 12.0 kW, above 10.0 kW")
    assert (event.started_ms, event.raised_ms) == (start + MINUTE, start + 2 * MINUTE)
    assert event.cleared_ms == start + 4 * MINUTE
    (member,) = house.alarms.event(SYSTEM, event.event_id).members
    assert (member.worst, member.limit) == (12.0, 10.0)


def test_the_peak_of_the_building_is_watched_on_a_calculated_main_meter(house, clock, evaluate):
    three_phases(house)
    only_rule(house, "peak", limit=100.0, delay_on_s=0)
    start = clock.now_ms()
    evaluate(start)
    send(house, start + MINUTE, {"L1": 40.0, "L2": 40.0, "L3": 30.0}, "power")
    evaluate(start + MINUTE)
    assert [event.sensor_id for event in events(house, service="energy")] == ["TOTAL"]


def test_parts_that_speak_at_different_times_add_up_as_they_stand(house, clock, evaluate):
    three_phases(house)
    watch(house, "TOTAL", delay_on_s=0)
    start = clock.now_ms()
    evaluate(start)
    for at, name, value in ((0, "L1", 4.0), (20, "L2", 4.0), (40, "L3", 1.0), (50, "L3", 3.0)):
        send(house, start + at * 1000, {name: value}, "power")
        evaluate(start + at * 1000)
    (event,) = events(house)
    assert event.started_ms == start + 50_000


def test_a_part_that_falls_silent_neither_rings_nor_clears_the_sum(house, clock, evaluate):
    three_phases(house)
    watch(house, "TOTAL", delay_on_s=0)
    start = clock.now_ms()
    evaluate(start)
    send(house, start, {"L1": 4.0, "L2": 4.0, "L3": 4.0}, "power")
    evaluate(start)
    for at in range(1, 30):
        send(house, start + at * MINUTE, {"L1": 1.0, "L2": 4.0}, "power")
        evaluate(start + at * MINUTE)
    (event,) = events(house)
    assert event.cleared_ms == start + MINUTE  # the silent part stood for 2.5 minutes
    for at in range(30, 60):
        send(house, start + at * MINUTE, {"L1": 40.0, "L2": 4.0}, "power")
        evaluate(start + at * MINUTE)
    assert len(events(house, state="active")) == 0


def test_no_delay_runs_on_while_a_part_is_silent(house, clock, evaluate):
    three_phases(house)
    watch(house, "TOTAL", delay_on_s=300)
    start = clock.now_ms()
    evaluate(start)
    send(house, start, {"L1": 4.0, "L2": 4.0, "L3": 4.0}, "power")
    evaluate(start)
    for at in range(4, 9):  # after a gap of more than 2.5 minutes it begins anew
        send(house, start + at * MINUTE, {"L1": 4.0, "L2": 4.0, "L3": 4.0}, "power")
        evaluate(start + at * MINUTE)
    assert events(house) == []
    send(house, start + 9 * MINUTE, {"L1": 4.0, "L2": 4.0, "L3": 4.0}, "power")
    evaluate(start + 9 * MINUTE)
    assert [event.started_ms for event in events(house)] == [start + 4 * MINUTE]


def test_a_silent_calculated_meter_is_told_of_by_its_parts(house, clock, evaluate):
    three_phases(house)
    only_rule(house, "stale", delay_on_s=0)
    start = clock.now_ms()
    send(house, start, {"L1": 1.0, "L2": 1.0, "L3": 1.0}, "power")
    evaluate(start)
    evaluate(start + 60 * MINUTE)
    (event,) = events(house)
    members = house.alarms.event(SYSTEM, event.event_id).members
    assert sorted(member.sensor_id for member in members) == ["L1", "L2", "L3"]


def test_a_meter_made_today_does_not_ring_for_yesterday(house, clock, evaluate):
    for name in ("L1", "L2"):
        meter(house, name)
    only_rule(house, "none")
    start = clock.now_ms()
    evaluate(start)
    for at in range(5):
        send(house, start + at * MINUTE, {"L1": 40.0, "L2": 40.0}, "power")
    send(house, start + 5 * MINUTE, {"L1": 1.0, "L2": 1.0}, "power")
    evaluate(start + 5 * MINUTE)
    calculated(house, "TOTAL", (1.0, "L1"), (1.0, "L2"))
    watch(house, "TOTAL", delay_on_s=0)
    evaluate(start + 6 * MINUTE)
    assert events(house) == []
    send(house, start + 7 * MINUTE, {"L1": 40.0}, "power")
    evaluate(start + 7 * MINUTE)
    assert len(events(house)) == 1


def test_a_meter_of_calculated_meters_rings_by_what_is_measured(house, clock, evaluate):
    three_phases(house)
    calculated(house, "REST", (2.0, "TOTAL"), (-1.0, "L1"))
    watch(house, "REST", delay_on_s=0)
    start = clock.now_ms()
    evaluate(start)
    send(house, start, {"L1": 2.0, "L2": 2.0, "L3": 2.5}, "power")
    evaluate(start)
    (event,) = events(house)
    assert event.cause == "REST: power 11.0 kW, above 10.0 kW"


def test_a_part_that_is_stamped_at_its_start_is_waited_for(house, clock, evaluate):
    meter(house, "A")
    meter(house, "B", interval_s=900)
    calculated(house, "SUM", (1.0, "A"), (1.0, "B"))
    only_rule(house, "none")
    watch(house, "SUM", delay_on_s=0)
    start = clock.now_ms()
    evaluate(start)
    for at in range(31):
        now = start + at * MINUTE
        send(house, now, {"A": 3.0}, "power")
        if at in (15, 30):  # the quarter hour that has just ended
            house.telemetry.ingest([Reading("B", "power", now - 15 * MINUTE, at / 2.0, 900_000)])
        evaluate(now)
    (event,) = events(house)
    assert event.started_ms == start + 15 * MINUTE  # 3 kW + 15 kW, known at minute 30


def test_looking_at_it_again_without_news_writes_nothing(house, clock, evaluate):
    three_phases(house)
    watch(house, "TOTAL")
    start = clock.now_ms()
    send(house, start, {"L1": 1.0, "L2": 1.0, "L3": 1.0}, "power")
    evaluate(start)
    evaluate(start + MINUTE)
    before = generation(house)
    evaluate(start + 2 * MINUTE)
    assert generation(house) == before


def generation(house: House) -> int:
    with house.database.read() as c:
        return int(c.exec_driver_sql("SELECT generation FROM alarm_clock").scalar_one())


def test_a_preview_says_how_often_it_would_have_rung(house, clock):
    three_phases(house)
    start = clock.now_ms() - 20 * DAY
    for day in range(3):
        for at, value in enumerate([3.0, 4.0, 4.0, 3.0]):
            moment = start + day * 6 * DAY + at * MINUTE
            send(house, moment, {"L1": value, "L2": value, "L3": value}, "power")
    fields = {"name": "Peak", "metric": "power", "scope": "sensor", "scope_value": "TOTAL"}
    preview = house.alarms.rules.preview(SYSTEM, {**fields, "limit": 10, "delay_on_s": 60})
    assert (preview.events, preview.sensors, preview.complete) == (3, 1, True)
    assert preview.longest_ms == 2 * MINUTE


RULES = st.fixed_dictionaries(
    {
        "limit": st.sampled_from([10.0, 12.0]),
        "hysteresis": st.sampled_from([0.0, 2.0]),
        "delay_on_s": st.sampled_from([0, 60, 90, 300]),
        "delay_off_s": st.sampled_from([0, 120]),
        "join_s": st.sampled_from([0, 300]),
    }
)
VALUES = st.sampled_from([1.0, 4.0, 6.0, 9.0, 13.0])
FEEDS = st.lists(
    st.tuples(st.integers(1, 400), st.sampled_from(["A", "B"]), VALUES), min_size=1, max_size=30
)
_turns = iter(range(1_000_000))


def fresh(settings: Settings, database: Database) -> House:
    """The same building, with what it measured before out of the preview's reach."""
    turn = next(_turns)
    clock = FixedClock(TUESDAY_10H)
    clock.advance(turn * 40 * 86_400)
    house = House.compose(settings, clock=clock, database=database)
    if turn == 0:
        meter(house, "A")
        meter(house, "B")
        calculated(house, "SUM", (1.0, "A"), (-0.5, "B"))
        calculated(house, "SAME", (1.0, "A"))
        only_rule(house, "none")
    house.alarms.evaluate()
    return house


@hypothesis_settings(max_examples=15)
@given(RULES, FEEDS)
def test_a_preview_is_the_live_evaluation_of_a_calculated_meter_too(
    settings, sqlite_database, rule, feed
):
    house = fresh(settings, sqlite_database)
    ids = [watch(house, sensor_id, **rule) for sensor_id in ("A", "SAME", "SUM")]
    at_ms = house.clock.now_ms()
    for gap_s, sensor_id, value in feed:
        at_ms += gap_s * 1000
        send(house, at_ms, {sensor_id: value}, "power")
        house.clock.advance(gap_s)
        house.alarms.evaluate()
    house.clock.advance(600)
    house.alarms.evaluate()
    lived = {i: [e for e in events(house, limit=500) if e.rule_id == i] for i in ids}
    for rule_id, found in lived.items():
        preview = house.alarms.rules.preview(SYSTEM, {}, rule_id)
        assert preview.events == len(found)
        assert preview.rings == sum(event.rings for event in found)
    measured, same = (
        [(e.started_ms, e.raised_ms, e.cleared_ms, e.rings) for e in lived[i]] for i in ids[:2]
    )
    assert same == measured
    for rule_id in ids:
        house.alarms.rules.delete(SYSTEM, rule_id)
