"""What a data-sharing contract shares of events, on both databases."""

from collections.abc import Callable

import pytest

from domain.access.policy import SYSTEM
from domain.alarms.model import Event, EventQuery
from domain.foundation.clock import FixedClock, from_ms
from domain.foundation.contract import Contract, under
from domain.foundation.errors import Unknown
from domain.house import House
from tests.integration.alarms.conftest import MINUTE, events, limit_rule, only_rule, send, sensor


@pytest.fixture
def began_ms(house: House, clock: FixedClock, evaluate: Callable[[int], int]) -> int:
    """T1 rings, 5 minutes later T2 of another room joins, at 30 both are quiet, at 40 T1 again."""
    for room in ("Library", "Office"):
        house.building.create_room(SYSTEM, {"name": room, "floor": "1st"})
    sensor(house, "T1", "Library")
    sensor(house, "T2", "Office")
    only_rule(house, "none")
    limit_rule(house)
    at = clock.now_ms()
    for minute, values in (
        (0, {"T1": 27.0, "T2": 20.0}),
        (5, {"T1": 27.0, "T2": 28.0}),
        (30, {"T1": 20.0, "T2": 20.0}),
        (40, {"T1": 33.0, "T2": 20.0}),
    ):
        clock.set(from_ms(at + minute * MINUTE))
        send(house, at + minute * MINUTE, values)
        evaluate(at + minute * MINUTE)
    clock.set(from_ms(at + 60 * MINUTE))
    return at


def as_of(house: House, minute: int, **query: object) -> list[Event]:
    with under(Contract(embargo_minutes=60 - minute)):
        return events(house, **query)


def test_an_event_is_as_it_was_where_the_embargo_begins(house: House, began_ms: int) -> None:
    (whole,) = events(house)
    assert (whole.active, whole.sensor_count, whole.rings) == (True, 2, 3)
    (first,) = as_of(house, 3)
    assert (first.sensor_count, first.sensor_id, first.active) == (1, "T1", True)
    assert (first.rang_ms, first.room_id) == (began_ms, 1)
    (joined,) = as_of(house, 10)
    assert (joined.sensor_count, joined.sensor_id, joined.room_id) == (2, None, None)
    assert joined.rang_ms == began_ms + 5 * MINUTE
    (quiet,) = as_of(house, 35)
    assert (quiet.active, quiet.cleared_ms) == (False, began_ms + 30 * MINUTE)
    for shared in (first, joined, quiet):
        assert (shared.cause, shared.rings) == ("", 0)
    with under(Contract(embargo_minutes=61)):
        assert events(house) == []


def test_no_filter_finds_what_is_withheld(house: House, began_ms: int) -> None:
    assert len(as_of(house, 35, state="cleared")) == 1
    assert as_of(house, 35, state="open") == []
    assert as_of(house, 10, state="cleared") == []
    assert as_of(house, 3, room_id=2) == []
    assert len(as_of(house, 10, room_id=2)) == 1
    assert as_of(house, 35, since_ms=began_ms + 31 * MINUTE) == []
    with under(Contract(embargo_minutes=25)):
        page = house.alarms.events(SYSTEM, EventQuery(state="open"))
        assert (page.total, house.alarms.open_counts(SYSTEM)["warning"]) == (0, 0)


@pytest.mark.parametrize("minute", [3, 10, 35])
def test_a_file_of_all_events_shares_no_more_than_the_list(
    house: House, began_ms: int, minute: int
) -> None:
    with under(Contract(embargo_minutes=60 - minute)):
        count, listed = house.alarms.all_events(SYSTEM, EventQuery())
    assert list(listed) == as_of(house, minute)
    assert count == 1
    with under(Contract(embargo_minutes=61)):
        assert house.alarms.all_events(SYSTEM, EventQuery())[0] == 0


def test_members_and_history_are_told_by_no_contract_that_withholds(
    house: House, began_ms: int
) -> None:
    (whole,) = events(house)
    assert house.alarms.event(SYSTEM, whole.event_id).members
    for contract in (Contract(embargo_minutes=20), Contract(data_aggregation="sum")):
        with under(contract):
            detail = house.alarms.event(SYSTEM, whole.event_id)
            assert (detail.members, detail.steps, detail.event.cause) == ((), (), "")


def test_sums_and_spans_share_what_they_name(house: House, began_ms: int) -> None:
    with under(Contract("sum", "60minutes", 55)):  # only T1 by then
        assert events(house) == []
    with under(Contract("sum")):
        (shared,) = events(house)
        assert (shared.sensor_count, shared.rings, shared.cause) == (2, 3, "")
    with under(Contract(time_aggregation="15minutes")):
        (coarse,) = events(house)
        times = (coarse.started_ms, coarse.raised_ms, coarse.rang_ms)
        assert {at_ms % (15 * MINUTE) for at_ms in times} == {0}


def test_what_is_withheld_cannot_be_acknowledged(house: House, began_ms: int) -> None:
    (whole,) = events(house)
    with under(Contract(embargo_minutes=61)), pytest.raises(Unknown):
        house.alarms.acknowledge(SYSTEM, whole.event_id)
    assert not events(house)[0].acknowledged


def test_a_finding_that_later_readings_make_is_under_an_embargo_in_no_list(
    house: House, clock: FixedClock, evaluate: Callable[[int], int]
) -> None:
    sensor(house, "T1")
    only_rule(house, "quality")
    start = clock.now_ms()
    send(house, start + MINUTE, {"T1": 500.0})
    house.telemetry.check_quality()
    evaluate(start + MINUTE)
    clock.set(from_ms(start + 60 * MINUTE))
    assert len(events(house)) == 1
    with under(Contract(embargo_minutes=1)):
        assert events(house) == []
