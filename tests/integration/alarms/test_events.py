"""People and events: acknowledging, silencing, filtering; who may do what; the audit of it."""

from collections.abc import Callable

import pytest

from domain.access.policy import ROLES, SYSTEM, Actor, token_permissions
from domain.access.store import AuditQuery
from domain.alarms import service
from domain.alarms.model import Event, EventQuery
from domain.foundation.clock import from_ms
from domain.foundation.errors import Conflict, InvalidInput, NotAllowed, Unknown
from domain.house import House
from tests.integration.alarms.conftest import (
    MINUTE,
    events,
    limit_rule,
    only_rule,
    send,
    sensor,
)

OPERATOR = Actor("olga", "operator", 3)
MANAGER = Actor("mara", "manager", 2)
ADMIN = Actor("ada", "admin", 1)


@pytest.fixture
def event(house, clock, evaluate) -> Event:
    house.building.create_room(SYSTEM, {"name": "Library", "floor": "1st"})
    sensor(house, "T1", "Library")
    only_rule(house, "none")
    limit_rule(house)
    start = clock.now_ms()
    send(house, start, {"T1": 27.0})
    evaluate(start)
    return events(house)[0]


def audited(house: House) -> list[tuple[str, str, str]]:
    rows, _ = house.access.audit_page(ADMIN, AuditQuery())
    return [(row.actor_name, row.action, row.target) for row in rows]


def test_acknowledging_keeps_who_when_and_why(house, event):
    done = house.alarms.acknowledge(OPERATOR, event.event_id, "  blinds are\n stuck ")
    assert (done.acknowledged_by, done.comment) == ("olga", "blinds are stuck")
    assert done.acknowledged_ms == house.clock.now_ms()
    assert done.active
    last = house.alarms.event(SYSTEM, event.event_id).steps[-1]
    assert (last.kind, last.who, last.words) == ("acknowledged", "olga", "blinds are stuck")
    assert ("olga", "events.acknowledged", f"event/{event.event_id}") in audited(house)


def test_the_second_who_acknowledges_is_told_who_was_first(house, event):
    house.alarms.acknowledge(OPERATOR, event.event_id)
    with pytest.raises(Conflict, match="olga"):
        house.alarms.acknowledge(MANAGER, event.event_id)


def test_an_acknowledged_event_that_chatters_stays_acknowledged(house, event, evaluate):
    house.alarms.acknowledge(OPERATOR, event.event_id)
    start = event.started_ms
    for at, value in ((1, 25.0), (2, 27.0)):
        send(house, start + at * MINUTE, {"T1": value})
        evaluate(start + at * MINUTE)
    (found,) = events(house)
    assert (found.active, found.acknowledged, found.rings) == (True, True, 2)


def test_a_silenced_event_is_not_counted_until_its_time_is_over(house, clock, event):
    assert house.alarms.open_counts(SYSTEM)["warning"] == 1
    until_ms = clock.now_ms() + 60 * MINUTE
    silenced = house.alarms.silence(OPERATOR, event.event_id, until_ms)
    assert (silenced.silenced_until_ms, silenced.silenced_by) == (until_ms, "olga")
    assert house.alarms.open_counts(SYSTEM)["warning"] == 0
    clock.advance(3600)
    assert house.alarms.open_counts(SYSTEM)["warning"] == 1


def test_the_end_of_a_silence_is_told_once_with_nobody_doing_anything(house, clock, event):
    house.alarms.tell()
    house.alarms.silence(OPERATOR, event.event_id, clock.now_ms() + 60 * MINUTE)
    heard: list[dict[str, object]] = []
    house.bus.subscribe("event", heard.append)
    clock.advance(3599)
    house.alarms.tell()
    assert heard == []
    clock.advance(1)
    house.alarms.tell()
    house.alarms.tell()
    assert [message["event_id"] for message in heard] == [event.event_id]


def test_every_process_tells_the_end_of_a_silence_that_another_has_set_or_moved(
    settings, house, clock, event, database
):
    start_ms = clock.now_ms()
    house.alarms.silence(OPERATOR, event.event_id, start_ms + 60 * MINUTE)
    other = House.compose(settings, clock=clock, database=database)
    other.alarms.tell()
    house.alarms.silence(OPERATOR, event.event_id, start_ms + 120 * MINUTE)
    other.alarms.tell()
    heard: list[dict[str, object]] = []
    other.bus.subscribe("event", heard.append)
    clock.advance(3600)
    other.alarms.tell()
    assert heard == []
    clock.advance(3600)
    other.alarms.tell()
    assert len(heard) == 1


def test_a_silence_that_somebody_ended_does_not_end_again(house, clock, event):
    house.alarms.tell()
    house.alarms.silence(OPERATOR, event.event_id, clock.now_ms() + 60 * MINUTE)
    house.alarms.silence(OPERATOR, event.event_id, None)
    heard: list[dict[str, object]] = []
    house.bus.subscribe("event", heard.append)
    clock.advance(7200)
    house.alarms.tell()
    assert heard == []


def test_a_silence_ends_when_somebody_ends_it(house, clock, event):
    house.alarms.silence(OPERATOR, event.event_id, clock.now_ms() + 60 * MINUTE)
    house.alarms.silence(OPERATOR, event.event_id, None)
    assert house.alarms.open_counts(SYSTEM)["warning"] == 1


@pytest.mark.parametrize("minutes", [0, -5, 31 * 24 * 60])
def test_nothing_is_silenced_into_the_past_or_for_ever(house, clock, event, minutes):
    with pytest.raises(InvalidInput):
        house.alarms.silence(OPERATOR, event.event_id, clock.now_ms() + minutes * MINUTE)


def test_comments_add_up_and_none_is_lost(house, event):
    for words in ("one", "two"):
        house.alarms.comment(OPERATOR, event.event_id, words)
    steps = house.alarms.event(SYSTEM, event.event_id).steps
    assert [s.words for s in steps if s.kind == "commented"] == ["one", "two"]
    with pytest.raises(InvalidInput):
        house.alarms.comment(OPERATOR, event.event_id, " ")
    with pytest.raises(InvalidInput):
        house.alarms.comment(OPERATOR, event.event_id, "x" * 501)


def test_what_is_not_there_cannot_be_acknowledged(house):
    with pytest.raises(Unknown):
        house.alarms.acknowledge(OPERATOR, 99)


@pytest.fixture
def many(house, clock, evaluate) -> House:
    """Twelve events an hour apart, of two rules and two rooms, the last one still active."""
    for room in ("Library", "Office"):
        house.building.create_room(SYSTEM, {"name": room, "floor": "1st"})
        sensor(house, room, room)
    only_rule(house, "none")
    limit_rule(house, severity="fault", scope="sensor", scope_value="Library", join_s=0)
    limit_rule(house, severity="info", scope="sensor", scope_value="Office", join_s=0)
    start = clock.now_ms()
    for at in range(6):
        for name in ("Library", "Office"):
            for minute, value in ((0, 27.0), (1, 25.0)):
                if (at, name, minute) != (5, "Office", 1):
                    moment = start + (at * 150 + minute) * MINUTE
                    clock.set(from_ms(moment))
                    send(house, moment, {name: value})
                    evaluate(moment)
    return house


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 12),
        ({"severity": "fault"}, 6),
        ({"state": "open"}, 1),
        ({"state": "cleared"}, 11),
        ({"state": "active", "severity": "fault"}, 0),
        ({"state": "silenced"}, 0),
        ({"service": "sensors"}, 12),
        ({"service": "ingest"}, 0),
        ({"room_id": 2}, 6),
    ],
)
def test_filters(many, query, count):
    page = many.alarms.events(SYSTEM, EventQuery(**query))
    assert (page.total, len(page.events)) == (count, count)


def test_since_keeps_what_lasted_past_it(many, clock):
    since_ms = clock.now_ms() - 10 * MINUTE
    found = events(many, since_ms=since_ms)
    assert len(found) == 2


def test_a_filter_nobody_knows_is_refused_by_name(many):
    with pytest.raises(InvalidInput) as refused:
        many.alarms.events(SYSTEM, EventQuery(severity="loud", state="gone"))
    assert [f.field for f in refused.value.fields] == ["severity", "state"]


def test_pages_hold_every_event_once_and_the_open_one_first(many):
    ids, cursor = [], None
    while True:
        page = many.alarms.events(SYSTEM, EventQuery(limit=5, cursor=cursor))
        ids += [event.event_id for event in page.events]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == 12
    assert many.alarms.event(SYSTEM, ids[0]).event.active
    with pytest.raises(InvalidInput):
        many.alarms.events(SYSTEM, EventQuery(cursor="nonsense"))


@pytest.mark.parametrize(
    ("sort", "place"),
    [
        ("urgency", lambda e: (not (e.active and not e.acknowledged), -e.started_ms)),
        ("newest", lambda e: -e.started_ms),
        ("oldest", lambda e: e.started_ms),
        ("severity", lambda e: (e.severity != "fault", -e.started_ms)),
        ("longest", lambda e: (e.started_ms - (e.cleared_ms or e.started_ms), -e.started_ms)),
    ],
)
def test_every_order_pages_by_offset_and_lists_all_of_it_alike(many, sort, place):
    pages = [events(many, sort=sort, limit=5, offset=at) for at in (0, 5, 10, 15)]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    found = [event for page in pages for event in page]
    assert found == sorted(found, key=place)
    count, listed = many.alarms.all_events(SYSTEM, EventQuery(sort=sort, limit=5, offset=5))
    assert (count, list(listed)) == (12, found)


def test_only_the_usual_order_has_a_cursor_and_an_unknown_one_is_refused(many):
    assert many.alarms.events(SYSTEM, EventQuery(limit=5)).cursor
    assert many.alarms.events(SYSTEM, EventQuery(limit=5, sort="newest")).cursor is None
    for ask in (many.alarms.events, many.alarms.all_events):
        with pytest.raises(InvalidInput):
            ask(SYSTEM, EventQuery(sort="random"))


def test_all_events_are_the_filtered_ones_read_in_chunks(many, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 2)
    count, listed = many.alarms.all_events(SYSTEM, EventQuery(severity="fault"))
    found = list(listed)
    assert count == len(found) == 6
    assert {event.severity for event in found} == {"fault"}
    nobody = Actor("program", "token", kind="token", permissions=frozenset({"sensors.read"}))
    with pytest.raises(NotAllowed):
        many.alarms.all_events(nobody, EventQuery())


ACTS: dict[str, tuple[Callable[[House, Actor, int], object], frozenset[str]]] = {
    "list": (lambda h, a, i: h.alarms.events(a, EventQuery()), ROLES),
    "read": (lambda h, a, i: h.alarms.event(a, i), ROLES),
    "count": (lambda h, a, i: h.alarms.open_counts(a), ROLES),
    "acknowledge": (lambda h, a, i: h.alarms.acknowledge(a, i), ROLES - {"viewer"}),
    "comment": (lambda h, a, i: h.alarms.comment(a, i, "so"), ROLES - {"viewer"}),
    "silence": (lambda h, a, i: h.alarms.silence(a, i, None), ROLES - {"viewer"}),
    "rules": (lambda h, a, i: h.alarms.rules.all(a), ROLES),
    "preview": (lambda h, a, i: h.alarms.rules.preview(a, {}, 2), ROLES),
    "create rule": (
        lambda h, a, i: h.alarms.rules.create(a, {"name": "x", "metric": "co2", "limit": 1000}),
        frozenset({"admin", "manager"}),
    ),
    "switch rule": (
        lambda h, a, i: h.alarms.rules.switch(a, 2, True),
        frozenset({"admin", "manager"}),
    ),
    "delete rule": (
        lambda h, a, i: h.alarms.rules.delete(a, 8),
        frozenset({"admin", "manager"}),
    ),
}


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("act", ACTS)
def test_who_may_do_what(house, event, act, role):
    do, allowed = ACTS[act]
    actor = Actor("somebody", role, 9)
    if role in allowed:
        do(house, actor, event.event_id)
    else:
        with pytest.raises(NotAllowed):
            do(house, actor, event.event_id)


def test_a_reading_token_acknowledges_nothing(house, event):
    mine = token_permissions(["events:read"], frozenset({"events.view", "events.acknowledge"}))
    token = Actor("program", "token", kind="token", permissions=mine)
    assert house.alarms.events(token, EventQuery()).total == 1
    with pytest.raises(NotAllowed):
        house.alarms.acknowledge(token, event.event_id)


def test_changes_of_rules_and_their_audit_are_one_transaction(house):
    rule_id = limit_rule(house)
    house.alarms.rules.update(MANAGER, rule_id, {"limit": 30, "severity": "fault"})
    house.alarms.rules.delete(MANAGER, rule_id)
    found = [row for row in audited(house) if row[2] == f"rule/{rule_id}"]
    assert {row[1] for row in found} == {"rules.create", "rules.update", "rules.delete"}


def test_a_built_in_rule_is_switched_not_deleted(house):
    with pytest.raises(Conflict, match="built in"):
        house.alarms.rules.delete(ADMIN, 2)


def test_a_rule_changed_meanwhile_is_not_overwritten(house):
    rule_id = limit_rule(house)
    house.alarms.rules.update(ADMIN, rule_id, {"limit": 30}, version=1)
    with pytest.raises(Conflict):
        house.alarms.rules.update(ADMIN, rule_id, {"limit": 31}, version=1)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"severity": "loud"}, "severity"),
        ({"metric": "energy"}, "metric"),
        ({"side": "sideways"}, "side"),
        ({"limit": "warm"}, "limit"),
        ({"limit": float("nan")}, "limit"),
        ({"limit": 5000}, "limit"),
        ({"hysteresis": -1}, "hysteresis"),
        ({"delay_on_s": 86_401}, "delay_on_s"),
        ({"scope": "planet"}, "scope"),
        ({"scope": "room", "scope_value": "77"}, "scope_value"),
        ({"scope": "sensor", "scope_value": "nobody"}, "scope_value"),
        ({"kind": "stale"}, "kind"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_by_field(house, fields, named):
    good = {"name": "Hot", "metric": "temperature", "limit": 26}
    with pytest.raises(InvalidInput) as refused:
        house.alarms.rules.create(ADMIN, {**good, **fields})
    assert named in [f.field for f in refused.value.fields]
