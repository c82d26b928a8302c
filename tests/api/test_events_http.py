"""Events over HTTP: thermometers that got too hot, the first an hour and a half ago."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.access.policy import SYSTEM
from domain.foundation.clock import FixedClock, from_ms
from domain.house import House
from tests.api.conftest import visitor
from tests.api.test_tokens import bearer, generate
from tests.integration.alarms.conftest import MINUTE, limit_rule, only_rule, send, sensor

EVENTS = "/api/v1/events"


@pytest.fixture
def began_ms(small_house: House, clock: FixedClock) -> int:
    """When the first event began.

    At 7:30 T1, at 7:40 T2 and, of T2 and T3 together, All; at 8:30 all fall quiet; at 8:50 T2
    rings again and Late for the first time. It is 9:00.
    """
    house = small_house
    now_ms = house.clock.now_ms()
    for room in ("Library", "Office"):
        house.building.create_room(SYSTEM, {"name": room, "floor": "1st"})
    for name, room in (("T1", "Library"), ("T2", "Office"), ("T3", "Office"), ("Late", "Office")):
        sensor(house, name, room)
    only_rule(house, "none")
    for name, severity in (("T1", "fault"), ("T2", "warning"), ("Late", "warning")):
        limit_rule(house, name=name, severity=severity, scope="sensor", scope_value=name, join_s=0)
    limit_rule(house, name="All", severity="info", limit=40, delay_off_s=0)
    at = now_ms - 90 * MINUTE
    story = {
        at: {"T1": 27.0, "T2": 20.0, "T3": 20.0},
        at + 10 * MINUTE: {"T1": 27.0, "T2": 41.0, "T3": 42.5},
        at + 60 * MINUTE: {"T1": 25.0, "T2": 20.0, "T3": 20.0},
        at + 80 * MINUTE: {"T1": 25.0, "T2": 29.0, "T3": 20.0, "Late": 30.0},
    }
    for moment, values in story.items():
        clock.set(from_ms(moment))
        send(house, moment, values)
        clock.set(from_ms(moment + 2_000))
        house.alarms.evaluate()
    clock.set(from_ms(now_ms))
    return at


@pytest.fixture
def operator(web: Flask, began_ms: int) -> FlaskClient:
    return visitor(web, "operator")


def listed(client: FlaskClient, asked: str = "", **more: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{EVENTS}?{asked}", **more)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["events"]
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [event["rule"] for event in found]


def test_an_event_says_what_where_and_since_when(operator: FlaskClient) -> None:
    (event,) = listed(operator, "severity=fault")
    assert (event["room"], event["sensor_id"], event["sensors"]) == ("Library", "T1", 1)
    assert event["state"] == "cleared_unacknowledged"
    assert "27.0" in event["cause"]
    assert (event["started_at"], event["cleared_at"]) == (
        "2026-06-16T07:30:00Z",
        "2026-06-16T08:30:00Z",
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Late", "T2", "All", "T1"]),
        ("state=open", ["Late", "T2"]),
        ("state=cleared", ["All", "T1"]),
        ("severity=info", ["All"]),
        ("service=rooms", []),
        ("room=library", ["T1"]),
        ("since=2026-06-16T08:45:00Z", ["Late", "T2"]),
        ("room=Office&state=active", ["Late", "T2"]),
    ],
)
def test_filters_narrow(operator: FlaskClient, asked: str, found: list[str]) -> None:
    assert names(listed(operator, asked)) == found


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("severity=loud", 422),
        ("state=gone", 422),
        ("service=p2p", 422),
        ("since=tomorrow", 422),
        ("limit=1001", 422),
        ("room=Attic", 404),
        ("cursor=nonsense", 422),
        ("cursor=MC45OTk5OTk5OTk5OTk5OTk5OTk5OTk5LjE", 422),
    ],
)
def test_what_cannot_be_asked_is_refused(operator: FlaskClient, asked: str, status: int) -> None:
    assert operator.get(f"{EVENTS}?{asked}").status_code == status


def test_pages_hold_each_event_once(operator: FlaskClient) -> None:
    seen, cursor = [], ""
    while True:
        page = operator.get(f"{EVENTS}?limit=3{cursor}").json
        assert page["total"] == 4
        seen += [event["event_id"] for event in page["events"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 4


def test_acknowledging_keeps_who_and_why_and_the_second_is_told(
    web: Flask, operator: FlaskClient
) -> None:
    event = listed(operator, "state=open")[0]
    path = f"{EVENTS}/{event['event_id']}/acknowledge"
    done = operator.post(path, json={"comment": "blinds are stuck"})
    assert done.status_code == 200
    assert (done.json["state"], done.json["comment"]) == ("active_acknowledged", "blinds are stuck")
    assert (done.json["acknowledged_by"], done.json["acknowledged_at"]) == (
        "operator",
        "2026-06-16T09:00:00Z",
    )
    again = visitor(web, "manager").post(path, json={})
    assert again.status_code == 409
    assert again.json["error"]["details"]["holder"] == "operator"


def test_a_program_may_leave_the_body_out_and_repeat_itself(
    web: Flask, operator: FlaskClient
) -> None:
    event = listed(operator, "state=open")[0]
    headers = bearer(generate(operator, "events")) | {"Idempotency-Key": "k1"}
    path = f"{EVENTS}/{event['event_id']}/acknowledge"
    first, second = (web.test_client().post(path, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json


@pytest.mark.parametrize("event_id", ["999", "abc", "-1", "²", "9" * 10, "9" * 5000, "1.5"])
def test_what_is_no_event_cannot_be_acknowledged(operator: FlaskClient, event_id: str) -> None:
    assert operator.post(f"{EVENTS}/{event_id}/acknowledge", json={}).status_code == 404


@pytest.mark.parametrize("sent", [{"comment": "x" * 501}, {"colour": 1}, [], {"comment": 5}])
def test_a_comment_has_a_length_and_nothing_beside_it(operator: FlaskClient, sent: object) -> None:
    assert operator.post(f"{EVENTS}/1/acknowledge", json=sent).status_code == 422


def under(web: Flask, **contract: object) -> dict[str, Any]:
    return {"headers": bearer(generate(visitor(web, "admin"), "events", **contract))}


def test_an_embargo_shows_events_as_they_were_where_it_begins(
    web: Flask, operator: FlaskClient, small_house: House
) -> None:
    client, embargoed = web.test_client(), under(web, embargo=60)
    found = listed(client, **embargoed)
    assert sorted(names(found)) == ["All", "T1", "T2"]  # the newest event began inside it
    assert {event["state"] for event in found} == {"active_unacknowledged"}  # their end did not
    assert {(event["cause"], event["rings"], event["cleared_at"]) for event in found} == {
        (None, None, None)
    }
    assert listed(client, "state=cleared", **embargoed) == []
    assert len(listed(client, "state=open", **embargoed)) == 3
    assert len(listed(client, "since=2026-06-16T08:45:00Z", **embargoed)) == 3
    newest = listed(operator, "state=open")[0]["event_id"]
    path = f"{EVENTS}/{newest}/acknowledge"
    assert client.post(path, json={}, **embargoed).status_code == 404
    (quiet,) = [e for e in listed(client, **under(web, embargo=20)) if e["rule"] == "T2"]
    assert (quiet["active"], quiet["cleared_at"]) == (False, "2026-06-16T08:30:00Z")
    assert quiet["last_rang_at"] == "2026-06-16T07:40:00Z"
    answer = client.get(EVENTS, **embargoed).json
    assert (answer["total"], answer["withheld_until"]) == (3, "2026-06-16T10:00:00Z")


def test_events_under_an_embargo_are_those_of_a_building_that_stopped_there(
    web: Flask, operator: FlaskClient, clock: FixedClock
) -> None:
    client, free = web.test_client(), under(web)
    for minutes in (15, 25, 45, 85):
        found = listed(client, **under(web, embargo=minutes))
        horizon = clock.now_ms() - minutes * MINUTE
        expected = [
            event["event_id"]
            for event in listed(client, **free)
            if event["raised_at"] < f"{from_ms(horizon):%Y-%m-%dT%H:%M:%SZ}"
        ]
        assert sorted(event["event_id"] for event in found) == sorted(expected), minutes


def test_a_coarse_contract_tells_no_minute(web: Flask, operator: FlaskClient) -> None:
    coarse = listed(web.test_client(), **under(web, time_aggregation="60minutes"))
    assert coarse
    times = [e[name] for e in coarse for name in ("started_at", "raised_at", "last_rang_at")]
    assert {time[14:] for time in times} == {"00:00Z"}


def test_a_token_for_sums_gets_no_event_of_a_single_sensor(
    web: Flask, operator: FlaskClient
) -> None:
    client, sums = web.test_client(), under(web, data_aggregation="sum")
    (event,) = listed(client, **sums)
    assert (event["rule"], event["sensors"], event["cause"]) == ("All", 2, None)
    single = listed(operator, "severity=fault")[0]["event_id"]
    assert client.post(f"{EVENTS}/{single}/acknowledge", json={}, **sums).status_code == 404


FILE = "/download/events.csv"


def file_rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_file_of_events_holds_what_the_filters_of_the_page_find(operator: FlaskClient) -> None:
    answer = operator.get(FILE)
    rows = file_rows(answer)
    assert answer.headers["X-Wattboard-Rows"] == str(len(rows)) == "4"
    assert [row["event_id"] for row in rows] == [str(e["event_id"]) for e in listed(operator)]
    (first,) = file_rows(operator.get(f"{FILE}?severity=fault&days=1&sort=longest"))
    assert (first["rule"], first["room"], first["sensor_id"]) == ("T1", "Library", "T1")
    assert first["started_at_utc"].endswith("Z")
    assert int(first["lasted_s"]) == 3600
    assert len(file_rows(operator.get(f"{FILE}?state=active&service=sensors&room=2"))) == 2
    excel = operator.get(f"{FILE}?dialect=excel").data
    assert excel.startswith(b"\xef\xbb\xbfevent_id;severity;")


def test_no_text_in_the_file_of_events_is_a_formula(
    operator: FlaskClient, small_house: House
) -> None:
    evil = "=HYPERLINK(1)"
    event_id = listed(operator, "severity=fault")[0]["event_id"]
    operator.post(f"{EVENTS}/{event_id}/acknowledge", json={"comment": evil})
    room = small_house.building.room("Library")
    small_house.building.update_room(SYSTEM, room.room_id, {"name": "@Library"})
    (row,) = file_rows(operator.get(f"{FILE}?severity=fault"))
    assert (row["comment"], row["room"]) == (f"'{evil}", "'@Library")


@pytest.mark.parametrize(
    "asked", ["severity=loud", "state=gone", "service=x", "days=3", "sort=x", "dialect=tsv"]
)
def test_a_file_of_events_that_nobody_offers_is_refused(operator: FlaskClient, asked: str) -> None:
    assert operator.get(f"{FILE}?{asked}").status_code == 422


def test_the_file_of_events_is_for_people_who_are_signed_in(web: Flask, began_ms: int) -> None:
    token = generate(visitor(web, "admin"), "events", "export")
    answer = web.test_client().get(FILE, headers=bearer(token))
    assert answer.headers["Location"].startswith("/login")
