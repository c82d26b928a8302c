"""Events that other modules raise and clear: idempotent, with the lifecycle of every event."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.alarms.model import Event
from domain.foundation.clock import from_ms
from domain.foundation.contract import Contract, under
from domain.foundation.errors import InvalidInput
from domain.house import House
from tests.integration.alarms.conftest import MINUTE, events, only_rule, sensor

OPERATOR = Actor("olga", "operator", 3)
ADMIN = Actor("ada", "admin", 1)
BROKEN = "The chain is broken at row 17"


def tell(house: House, key: str = "chain", cause: str = BROKEN, **more: object) -> Event:
    given = {"severity": "fault", "service": "money", "at": house.clock.now(), **more}
    return house.alarms.raise_event("Ledger", key, cause=cause, **given)  # type: ignore[arg-type]


def over(house: House, key: str = "chain") -> bool:
    return house.alarms.clear_event("money", key, house.clock.now())


def history(house: House, event: Event) -> list[tuple[str, str]]:
    return [(s.kind, s.words) for s in house.alarms.event(SYSTEM, event.event_id).steps]


def test_what_a_module_tells_is_an_event_of_its_service(house, clock):
    began = clock.now() - timedelta(minutes=5)
    event = tell(house, at=began)
    (found,) = events(house, service="money")
    assert found == event
    assert (found.rule_id, found.rule_name, found.kind) == (0, "Ledger", "reported")
    assert (found.severity, found.cause, found.sensor_id) == ("fault", BROKEN, None)
    assert from_ms(found.started_ms) == began
    assert found.raised_ms == clock.now_ms()
    assert (found.rings, found.repeats, found.sensor_count) == (1, 0, 0)
    assert house.alarms.open_counts(SYSTEM)["fault"] == 1


def test_raising_again_while_it_rings_changes_nothing(house, clock):
    event = tell(house)
    clock.advance(300)
    assert tell(house) == event
    assert history(house, event) == [("raised", BROKEN)]


def test_another_cause_is_said_of_the_same_event_and_keeps_who_took_note(house, clock):
    event = tell(house)
    house.alarms.acknowledge(OPERATOR, event.event_id)
    clock.advance(300)
    again = tell(house, cause="The chain is broken at row 3")
    assert (again.event_id, again.rings, again.acknowledged) == (event.event_id, 1, True)
    assert again.cause == "The chain is broken at row 3"
    assert history(house, event)[-1] == ("changed", "The chain is broken at row 3")


def test_clearing_ends_it_once_and_what_does_not_ring_is_left_alone(house, clock):
    assert not over(house)
    event = tell(house)
    clock.advance(600)
    assert over(house)
    (found,) = events(house)
    assert (found.active, found.cleared_ms) == (False, clock.now_ms())
    assert not over(house)
    assert history(house, event) == [("raised", BROKEN), ("cleared", "Back to normal")]


def test_what_rings_again_within_an_hour_is_the_same_event_later_another(house, clock):
    event = tell(house)
    house.alarms.acknowledge(OPERATOR, event.event_id)
    over(house)
    clock.advance(59 * 60)
    again = tell(house)
    assert (again.event_id, again.rings, again.repeats) == (event.event_id, 2, 1)
    assert (again.active, again.acknowledged) == (True, True)
    over(house)
    clock.advance(61 * 60)
    assert tell(house).event_id != event.event_id


def test_a_silenced_event_stays_silent_when_it_rings_again(house, clock):
    event = tell(house)
    house.alarms.silence(OPERATOR, event.event_id, clock.now_ms() + 240 * MINUTE)
    over(house)
    clock.advance(180 * 60)
    assert tell(house).event_id == event.event_id
    assert house.alarms.open_counts(SYSTEM)["fault"] == 0


def test_another_severity_is_another_event_that_nobody_took_note_of(house):
    warned = tell(house, severity="warning")
    house.alarms.acknowledge(OPERATOR, warned.event_id)
    fault = tell(house, severity="fault")
    assert (fault.active, fault.acknowledged) == (True, False)
    assert [e.active for e in events(house, severity="warning")] == [False]
    assert history(house, warned)[-1] == ("cleared", "Goes on as fault")
    assert over(house)
    assert events(house, state="active") == []


def test_keys_and_services_do_not_meet(house):
    tell(house)
    tell(house, key="prices", cause="No prices for tomorrow", severity="warning")
    tell(house, service="energy")
    over(house)
    assert sorted((e.service, e.cause) for e in events(house, state="active")) == [
        ("energy", BROKEN),
        ("money", "No prices for tomorrow"),
    ]


def test_what_is_told_together_is_one_event_until_the_last_is_over(house, clock):
    for name in ("A", "B", "C"):
        clock.advance(60)
        event = tell(house, name, f"{name} does not answer", together="devices")
    assert (event.cause, event.rings) == ("A does not answer and 2 more", 3)
    assert len(events(house)) == 1
    over(house, "A")
    (found,) = events(house)
    assert (found.active, found.cause) == (True, "B does not answer and 1 more")
    assert history(house, event)[-1] == ("member_cleared", "A does not answer: back to normal")
    over(house, "B")
    over(house, "C")
    assert not events(house)[0].active


def test_what_is_told_together_later_is_another_event(house, clock):
    tell(house, "A", together="devices")
    clock.advance(11 * 60)
    tell(house, "B", together="devices")
    assert len(events(house)) == 2


def test_where_it_is_follows_from_its_sensor_or_is_said(house):
    library = house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"})
    sensor(house, "T1", "Library")
    of_sensor = tell(house, "a", sensor_id="T1")
    assert (of_sensor.sensor_id, of_sensor.room_id, of_sensor.sensor_count) == (
        "T1",
        library.room_id,
        1,
    )
    of_room = tell(house, "b", room_id=library.room_id)
    assert (of_room.sensor_id, of_room.room_id) == (None, library.room_id)
    assert len(events(house, room_id=library.room_id)) == 2


def test_an_end_before_it_rang_or_ahead_is_dated_between(house, clock):
    event = tell(house)
    house.alarms.clear_event("money", "chain", clock.now() - timedelta(hours=1))
    assert events(house)[0].cleared_ms == event.raised_ms
    clock.advance(7200)
    tell(house)
    house.alarms.clear_event("money", "chain", clock.now() + timedelta(hours=1))
    assert max(e.cleared_ms or 0 for e in events(house)) == clock.now_ms()


def test_the_evaluation_of_rules_leaves_it_alone(house, clock, evaluate):
    event = tell(house)
    only_rule(house, "stale")
    evaluate(clock.now_ms() + 5 * MINUTE)
    assert events(house, state="active") == [event]


def test_everybody_is_told_live_and_by_their_channels(house, clock):
    heard: list[object] = []
    house.bus.subscribe("event", heard.append)
    channel = {"name": "Me", "kind": "mail", "address": "ada@example.org"}
    house.access.prepare_users(lambda: "a long enough password")
    (ada,) = house.access.users.all(SYSTEM)
    house.alarms.channels.create(Actor(ada.name, "admin", ada.user_id), channel)
    tell(house)
    tell(house)
    over(house)
    assert [message["state"] for message in heard] == [  # type: ignore[index]
        "active_unacknowledged",
        "cleared_unacknowledged",
    ]
    tell(house)
    sent: list[str] = []
    house.alarms.deliveries.run(lambda outgoing: sent.append(outgoing.subject))
    assert len(sent) == 1
    assert BROKEN in sent[0]


def test_it_outlives_the_process_that_told_it(settings, house, database, clock):
    event = tell(house)
    other = House.compose(settings, clock=clock, database=database)
    assert other.alarms.clear_event("money", "chain", clock.now())
    assert events(house)[0].event_id == event.event_id
    assert not events(house)[0].active


def test_many_who_tell_at_once_make_one_event(house):
    def repeat(act: Callable[[], object]) -> None:
        for _ in range(5):
            act()

    acts = [lambda: tell(house)] * 4
    threads = [threading.Thread(target=repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (event,) = events(house)
    assert (event.rings, len(history(house, event))) == (1, 1)


def test_it_can_be_told_where_a_contract_is_in_force(house):
    with under(Contract(embargo_minutes=60)):
        assert tell(house).cause == BROKEN
        assert events(house) == []


def test_an_embargo_shares_it_as_it_was_with_no_sensor_made_up(house, clock):
    tell(house)
    clock.advance(7200)
    with under(Contract(embargo_minutes=60)):
        (event,) = events(house)
    assert (event.sensor_id, event.sensor_count, event.active) == (None, 0, True)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"severity": "loud"}, "severity"),
        ({"service": "kitchen"}, "service"),
        ({"key": ""}, "key"),
        ({"key": "x" * 65}, "key"),
        ({"cause": "two\nlines"}, "cause"),
        ({"cause": "x" * 301}, "cause"),
        ({"together": ""}, "together"),
    ],
)
def test_what_cannot_be_entered_is_refused_by_field(house, wrong, named):
    with pytest.raises(InvalidInput) as refused:
        tell(house, **wrong)
    assert [f.field for f in refused.value.fields] == [named]


def test_a_moment_without_a_zone_is_refused(house, clock):
    naive = clock.now().replace(tzinfo=None)
    with pytest.raises(InvalidInput):
        tell(house, at=naive)
    with pytest.raises(InvalidInput):
        house.alarms.clear_event("money", "chain", naive)
