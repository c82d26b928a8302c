"""The kept list of sensors beside the one that is worked out anew for each question."""

from typing import Any
from weakref import ref

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api.json import written
from api.sensor_pages import SensorPages
from api.sensors import SensorListQuery, listed
from domain.access.policy import SYSTEM
from domain.building.model import SENSOR_TYPES, SensorQuery
from domain.foundation.clock import FixedClock, from_ms, to_ms
from domain.foundation.contract import Contract, under
from domain.foundation.intervals import Period
from domain.house import House
from domain.telemetry.model import Key, Reading
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate

TYPES = sorted(SENSOR_TYPES)[:2]
IDS = ("T_1", "T_2", "T_10", "P-1", "N")
ASKED = [
    (SensorQuery(sort="id", page_size=None, **wanted), SensorListQuery(**page))
    for wanted in (
        {}, {"state": "fresh"}, {"state": "late"}, {"state": "dead"}, {"state": "missing"},
        {"state": "hidden"}, {"state": "discovered"}, {"search": "t_1"}, {"sensor_type": TYPES[0]},
        {"room_id": 1},
    )
    for page in ({"limit": 1000}, {"limit": 2}, {"limit": 2, "cursor": "VF8y"})
]  # fmt: skip
CONTRACTS = [
    Contract(embargo_minutes=60),
    Contract(time_aggregation="15minutes"),
    Contract(data_aggregation="sum"),
]

readings = st.tuples(
    st.just("reading"), st.sampled_from(IDS), st.sampled_from(["temperature", "humidity", "power"]),
    st.integers(0, 200_000), st.floats(0, 40) | st.integers(0, 30),
)  # fmt: skip
edits = st.tuples(
    st.just("edit"),
    st.sampled_from(IDS),
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["Door", "“Süd” 100 %s", 'a\\b"c']),
            "interval_s": st.sampled_from([None, 1.0, 30.0, 600.0]),
            "sensor_type": st.sampled_from(TYPES),
            "room": st.sampled_from([None, "Lab"]),
            "control_capabilities": st.sampled_from([[], ["on_off", "dim"]]),
        },
    ),
)
# Beside others, those that end on a moment at which a state changes, or a millisecond from it.
steps = st.tuples(
    st.just("step"),
    st.sampled_from(
        [-3_600_000, -1, 1, 998, 1_000, 4_500, 77_000, 152_000, 152_001, 360_000, 86_400_000]
    ),
)
voids = st.tuples(st.just("void"), st.sampled_from(["temperature", "humidity", "power"]))
others = st.sampled_from([("unvoid",), ("hide",), ("discover",), ("interval",), ("reload",)])


def apply(house: House, clock: FixedClock, step: tuple[Any, ...]) -> None:
    match step:
        case "reading", sensor_id, metric, back_ms, value:
            ts_ms = to_ms(clock.now()) - back_ms
            house.telemetry.ingest([Reading(sensor_id, metric, ts_ms, float(value))])
        case "edit", sensor_id, fields:
            house.building.update_sensor(SYSTEM, sensor_id, fields, None)
        case "step", ms:
            clock.set(from_ms(to_ms(clock.now()) + ms))
        case "void", metric:
            void(house, ("T_1", metric), to_ms(clock.now()))
        case ("unvoid",):
            unvoid(house)
        case ("hide",):
            house.building.hide_sensor(SYSTEM, "N")
        case ("discover",):
            house.building.note_discovered(["NEW_1"], {})
        case ("interval",):
            house.telemetry.set_interval("T_1", 45)
        case ("reload",):
            house.telemetry.refresh_latest()


def void(house: House, key: Key, now_ms: int) -> None:
    if key in house.telemetry.latest():
        day = Period.of_ms(now_ms - 86_400_000, now_ms + 1)
        house.telemetry.correct("system", key, day, "void", None, "broken")


def unvoid(house: House, sensor_id: str = "T_1") -> None:
    for series in house.telemetry.series([sensor_id]):
        for correction in house.telemetry.corrections(series.key):
            if correction.overlays:
                house.telemetry.withdraw(correction.correction_id)


@pytest.fixture
def building(small_house: House) -> House:
    small_house.building.create_room(SYSTEM, {"name": "Lab", "floor": "1"})
    for sensor_id in IDS:
        small_house.building.register_sensor(SYSTEM, sensor_id, {})
    return small_house


@given(st.lists(readings | edits | steps | voids | others, min_size=3, max_size=12))
def test_the_kept_list_is_the_fresh_one_after_any_readings_edits_and_steps_of_the_clock(
    building: House, clock: FixedClock, history: list[tuple[Any, ...]]
) -> None:
    pages = SensorPages(building)
    for step in history:
        apply(building, clock, step)
        for wanted, query in ASKED:
            assert pages.page(wanted, query) == written(listed(building, wanted, query))


def test_a_state_is_told_at_the_millisecond_at_which_it_changes(
    building: House, clock: FixedClock
) -> None:
    wanted, query = ASKED[0]
    pages, began_ms = SensorPages(building), to_ms(clock.now())
    building.telemetry.set_interval("T_1", 60)
    building.telemetry.ingest([Reading("T_1", "temperature", began_ms, 20.0)])
    told = []
    for age_ms in (0, 151_999, 152_000, 152_001, 359_999, 360_000, 360_001, 151_999):
        clock.set(from_ms(began_ms + age_ms))
        assert pages.page(wanted, query) == written(listed(building, wanted, query))
        state = pages.page(SensorQuery(state="fresh", sort="id", page_size=None), query)
        told.append(b"T_1" in state)
    assert told == [True, True, True, False, False, False, False, True]


def test_nothing_is_written_anew_while_nothing_changes(building: House, clock: FixedClock) -> None:
    wanted, query = ASKED[0]
    pages, now_ms = SensorPages(building), to_ms(clock.now())
    building.telemetry.ingest([Reading(name, "temperature", now_ms, 20.0) for name in IDS])
    first = pages.page(wanted, query)
    clock.advance(1)
    assert pages.page(wanted, query) is first
    building.telemetry.ingest([Reading("T_1", "temperature", now_ms + 500, 21.0)])
    assert pages.page(wanted, query) != first


def test_what_has_gone_and_come_back_is_told_again(building: House, clock: FixedClock) -> None:
    wanted, query = ASKED[0]
    pages, now_ms, told = SensorPages(building), to_ms(clock.now()), []
    building.telemetry.ingest([Reading(name, "temperature", now_ms, 77.125) for name in IDS[:2]])
    for step in (("step", 0), ("void", "temperature"), ("unvoid",)):
        apply(building, clock, step)
        page = pages.page(wanted, query)
        assert page == written(listed(building, wanted, query))
        told.append(page.count(b"77.125"))
    assert told == [2, 1, 2]


def test_one_sensor_that_comes_for_another_changes_what_is_told(
    building: House, clock: FixedClock
) -> None:
    wanted, query = ASKED[0]
    pages, now_ms, told = SensorPages(building), to_ms(clock.now()), []
    building.telemetry.ingest([Reading(name, "temperature", now_ms, 77.125) for name in IDS[:2]])
    for gone, come in ((None, None), ("T_1", "P-1"), ("P-1", "T_1")):
        if gone and come:
            void(building, (gone, "temperature"), now_ms)
            unvoid(building, come)
            building.telemetry.ingest([Reading(come, "temperature", now_ms, 77.125)])
        page = pages.page(wanted, query)
        assert page == written(listed(building, wanted, query))
        told.append(page.count(b"77.125"))
    assert told[0] == told[2] == 2


def test_an_interval_that_changes_judges_anew(building: House, clock: FixedClock) -> None:
    pages, (wanted, query) = SensorPages(building), ASKED[0]
    building.telemetry.set_interval("T_1", 60)
    building.telemetry.ingest([Reading("T_1", "temperature", to_ms(clock.now()), 20.0)])
    clock.advance(130)
    for interval_s, state in ((60, "fresh"), (45, "late")):
        building.telemetry.set_interval("T_1", interval_s)
        assert b'"state":"%b"' % state.encode() in pages.page(wanted, query)


def test_an_outdated_snapshot_is_not_kept(building: House, clock: FixedClock) -> None:
    wanted, query = ASKED[0]
    pages, now_ms = SensorPages(building), to_ms(clock.now())
    building.telemetry.ingest([Reading("T_1", "temperature", now_ms, 20.0)])
    pages.page(wanted, query)
    before = ref(building.telemetry.latest())
    building.telemetry.ingest([Reading("T_1", "temperature", now_ms + 1, 21.0)])
    assert before() is None


def test_a_contract_and_everybody_else_never_see_each_others_list(
    web: Flask, building: House, clock: FixedClock
) -> None:
    now_ms = to_ms(clock.now())
    building.telemetry.ingest([Reading("T_1", "temperature", now_ms, 77.125)])
    client, admin = web.test_client(), visitor(web, "admin")
    free = bearer(generate(admin, "sensors"))
    limits = ({"embargo": 60}, {"time_aggregation": "15minutes"}, {"data_aggregation": "sum"})
    bound = [bearer(generate(admin, "sensors", **limit)) for limit in limits]
    for _ in range(3):
        for asked in ("limit=1000", "state=fresh", "search=t_1"):
            address = f"/api/v1/sensors?{asked}"
            assert b"77.125" in client.get(address, headers=free).data
            for headers in bound:
                answer = client.get(address, headers=headers)
                assert b"77.125" not in answer.data
                states = {row["state"] for row in answer.json["sensors"]}
                assert states <= {"withheld"}, address
        clock.advance(1)


@pytest.mark.parametrize("contract", CONTRACTS, ids=str)
def test_what_a_contract_withholds_is_not_kept_for_others(
    building: House, clock: FixedClock, contract: Contract
) -> None:
    wanted, query = ASKED[0]
    pages = SensorPages(building)
    building.telemetry.ingest([Reading("T_1", "temperature", to_ms(clock.now()), 77.125)])
    with under(contract):
        assert b"77.125" not in written(listed(building, wanted, query))
    assert b"77.125" in pages.page(wanted, query)
