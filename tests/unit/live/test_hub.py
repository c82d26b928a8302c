"""The hub between a small house and clients whose outboxes the test reads itself."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from api import hub as hub_module
from api import live_view
from api.hub import Hub
from api.live_client import Client
from api.live_subscription import read_wish
from domain.access.model import SessionEnded
from domain.access.policy import Actor
from domain.building.attention import Need
from domain.foundation.contract import Contract
from domain.foundation.errors import Conflict, TooLarge
from tests.unit.live.fakes import NOW_MS, FakeHouse, a_client, a_reading
from tests.waiting import wait_until

WITHHELD = Contract("all", "all", 30)


@pytest.fixture
def fake_house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def hub(fake_house: FakeHouse) -> Iterator[Hub]:
    hub = Hub(fake_house, max_sockets=3)  # type: ignore[arg-type]
    yield hub
    hub.stop()


def _frames(client: Client) -> list[dict[str, Any]]:
    found = []
    while (raw := client.take()) is not None:
        start = 2 if raw[1] < 126 else 4 if raw[1] == 126 else 10
        found.append(json.loads(raw[start:]))
    return found


def _until(client: Client, topic: str, type_: str = "update") -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def arrived() -> list[dict[str, Any]]:
        seen.extend(_frames(client))
        return [f for f in seen if f["topic"] == topic and f["type"] == type_]

    return wait_until(arrived)[0]


def _joined(hub: Hub, message: dict[str, Any], actor: Actor | None = None) -> Client:
    client = a_client(actor)
    hub.join(client)
    hub.subscribe(client, read_wish(message))
    return client


def test_a_stored_reading_reaches_who_subscribed(hub: Hub, fake_house: FakeHouse) -> None:
    client = _joined(hub, {"topics": ["reading"]})
    fake_house.store(a_reading(value=52.6))
    frame = _until(client, "reading")
    assert frame["ts"] == "2026-06-16T09:00:00Z"
    assert frame["data"] == [
        {
            "sensor_id": "METER_LAB",
            "room": "Lab",
            "metric": "power",
            "value": 52.6,
            "unit": "kW",
            "timestamp": NOW_MS / 1000,
            "interval_s": 10.0,
        }
    ]


def test_a_subscription_names_as_many_rooms_and_sensors_as_its_limit(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SUBSCRIBED", 3)
    client = _joined(hub, {"rooms": ["Lab"], "sensors": ["METER_LAB", "CLIMATE_LAB"]})
    before = client.subscription
    with pytest.raises(TooLarge) as refusal:
        hub.subscribe(client, read_wish({"topics": ["reading"], "sensors": ["METER_MAIN"]}))
    assert refusal.value.details == {"limit": 3}
    assert client.subscription == before
    hub.subscribe(client, read_wish({"topics": ["reading"], "sensors": ["METER_LAB"]}))


def test_a_reading_outside_the_subscription_stays_away(hub: Hub, fake_house: FakeHouse) -> None:
    lab = _joined(hub, {"topics": ["reading"], "rooms": ["Lab"]})
    everything = _joined(hub, {"topics": ["reading"]})
    fake_house.store(a_reading("METER_MAIN"))
    _until(everything, "reading")
    assert [f for f in _frames(lab) if f["type"] == "update" and f["topic"] == "reading"] == []


def test_a_snapshot_follows_a_subscription(hub: Hub, fake_house: FakeHouse) -> None:
    fake_house.telemetry.store(a_reading(), a_reading("METER_MAIN", 9.0))
    client = _joined(hub, {"rooms": ["Lab"], "topics": ["reading", "room", "energy"]})
    frames = {f["topic"]: f["data"] for f in _frames(client) if f["type"] == "snapshot"}
    assert [r["sensor_id"] for r in frames["reading"]] == ["METER_LAB"]
    assert [r["name"] for r in frames["room"]] == ["Lab"]
    assert frames["energy"]["consumption_kw"] == 12.5


def test_a_large_snapshot_comes_in_parts(hub: Hub, fake_house: FakeHouse) -> None:
    fake_house.telemetry.store(*(a_reading(f"METER_{n}") for n in range(2_500)))
    client = _joined(hub, {"topics": ["reading"]})
    sizes = [len(f["data"]) for f in _frames(client) if f["type"] == "snapshot"]
    assert sizes == [1_000, 1_000, 500]


def test_rooms_and_energy_follow_readings_and_only_when_they_changed(
    hub: Hub, fake_house: FakeHouse
) -> None:
    client = _joined(hub, {"topics": ["room", "energy"]})
    _until(client, "energy")
    fake_house.energy.consumption_kw = 13.5
    fake_house.store(a_reading())
    seen = [_until(client, "energy")]
    assert seen[0]["data"]["consumption_kw"] == 13.5
    fake_house.store(a_reading(ts_ms=NOW_MS + 1))
    asked = fake_house.energy.asked
    wait_until(lambda: fake_house.energy.asked > asked)
    fake_house.energy.consumption_kw = 14.5
    fake_house.store(a_reading(ts_ms=NOW_MS + 2))
    assert _until(client, "energy")["data"]["consumption_kw"] == 14.5


def test_nothing_is_derived_while_nobody_listens_to_it(hub: Hub, fake_house: FakeHouse) -> None:
    client = _joined(hub, {"topics": ["reading"]})
    fake_house.store(a_reading())
    _until(client, "reading")
    wait_until(lambda: not hub._dirty.is_set())
    assert (fake_house.building.asked, fake_house.energy.asked) == (0, 0)


def test_numbers_never_fall_and_frames_share_them(hub: Hub, fake_house: FakeHouse) -> None:
    one, other = (_joined(hub, {"topics": ["reading", "energy"]}) for _ in range(2))
    for step in range(3):
        fake_house.store(a_reading(value=step, ts_ms=NOW_MS + step))
        frames = _until(one, "reading"), _until(other, "reading")
        assert frames[0] == frames[1]


def test_who_was_away_gets_what_was_missed(hub: Hub, fake_house: FakeHouse) -> None:
    stays = _joined(hub, {"topics": ["reading"]})
    leaves = _joined(hub, {"topics": ["reading"]})
    fake_house.store(a_reading(value=1))
    last_seq = _until(leaves, "reading")["seq"]
    hub.leave(leaves)
    fake_house.store(a_reading("METER_A", 2), a_reading("METER_B", 3))
    _until(stays, "reading")
    wait_until(lambda: hub._seq > last_seq)
    back = a_client()
    hub.join(back)
    hub.subscribe(back, read_wish({"topics": ["reading"], "snapshot": False}))
    hub.resume(back, last_seq)
    missed = [f for f in _frames(back) if f["topic"] == "reading"]
    assert {r["sensor_id"] for f in missed for r in f["data"]} == {"METER_A", "METER_B"}
    assert {f["type"] for f in missed} == {"update"}


def test_who_was_away_too_long_gets_a_gap_and_how_things_stand(
    hub: Hub, fake_house: FakeHouse
) -> None:
    fake_house.telemetry.store(a_reading(value=7))
    client = a_client()
    hub.join(client)
    hub.subscribe(client, read_wish({"topics": ["reading"], "snapshot": False}))
    hub.resume(client, 17)
    types = [(f["type"], f["topic"]) for f in _frames(client)]
    assert types.index(("gap", "system")) < types.index(("snapshot", "reading"))


def test_over_the_cap_is_refused_and_leaving_makes_room(hub: Hub) -> None:
    clients = [a_client() for _ in range(4)]
    for client in clients[:3]:
        hub.join(client)
    with pytest.raises(Conflict) as refused:
        hub.join(clients[3])
    assert refused.value.code == "too_many_sockets"
    hub.leave(clients[0])
    hub.join(clients[3])
    assert hub.status()["sockets"] == 3
    assert hub.status()["refused"] == 1


def test_a_token_with_an_embargo_gets_no_live_stream(hub: Hub, fake_house: FakeHouse) -> None:
    actor = Actor("BI", "viewer", 1, "token", credential=("token", "t1"), contract=WITHHELD)
    client = _joined(hub, {"topics": ["reading", "room", "energy"]}, actor)
    fake_house.store(a_reading())
    answer = next(f for f in _frames(client) if f["type"] == "subscribed")
    assert answer["data"]["accepted"]["topics"] == []
    assert {d["code"] for d in answer["data"]["denied"]} == {"not_allowed"}
    assert set(client.subscription) == {"system"}


def test_a_wall_display_sees_rooms_and_energy_but_no_single_sensor(hub: Hub) -> None:
    may = frozenset({"display.view", "rooms.read", "analytics.view"})
    wall = Actor("Foyer", "display", kind="display", permissions=may, credential=("display", "d"))
    client = _joined(hub, {"topics": ["reading", "room", "energy", "event"]}, wall)
    assert set(client.subscription) == {"system", "room", "energy"}


def test_an_ended_session_closes_its_sockets_and_no_others(hub: Hub, fake_house: FakeHouse) -> None:
    ended = _joined(hub, {"topics": ["energy"]})
    other = _joined(
        hub, {"topics": ["energy"]}, Actor("Rui", "viewer", 2, credential=("session", "s2"))
    )
    fake_house.bus.publish("session_ended", SessionEnded("session", "s1"))
    assert ended.closing is not None
    assert ended.closing[0] == 4401
    assert other.closing is None


def test_a_client_that_lost_a_right_is_closed_with_4403(hub: Hub) -> None:
    client = _joined(hub, {"topics": ["reading"]})
    hub.recheck(client)
    assert client.closing is None
    client.actor = Actor("Ana", "viewer", 1, permissions=frozenset({"rooms.read"}))
    hub.recheck(client)
    assert client.closing is not None
    assert client.closing[0] == 4403


def test_events_reach_who_may_see_them(hub: Hub, fake_house: FakeHouse) -> None:
    client = _joined(hub, {"topics": ["event"]})
    fake_house.bus.publish("event", {"severity": "fault", "words": "Meter silent"})
    assert _until(client, "event")["data"]["words"] == "Meter silent"


def test_a_house_that_fails_for_a_moment_does_not_end_the_stream(
    hub: Hub, fake_house: FakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = _joined(hub, {"topics": ["reading", "energy"]})

    def fails() -> Any:
        raise RuntimeError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(fake_house.energy, "frame", fails)
        fake_house.store(a_reading())
        wait_until(lambda: not hub._dirty.is_set())
    fake_house.energy.consumption_kw = 99.0
    fake_house.store(a_reading(ts_ms=NOW_MS + 1))
    wait_until(lambda: _until(client, "energy")["data"]["consumption_kw"] == 99.0)
    assert hub.status()["running"]


def test_equal_subscriptions_share_the_very_bytes(hub: Hub, fake_house: FakeHouse) -> None:
    clients = [_joined(hub, {"topics": ["reading"], "rooms": ["Lab"]}) for _ in range(2)]
    fake_house.store(a_reading())

    def readings(client: Client) -> list[bytes]:
        raw = iter(client.take, None)
        return [frame for frame in raw if b'"update","topic":"reading"' in frame]

    first, second = (wait_until(lambda c=client: readings(c)) for client in clients)
    assert first[0] is second[0]


def test_everybody_is_told_the_time_and_the_weather(hub: Hub, fake_house: FakeHouse) -> None:
    fake_house.telemetry.store(a_reading("CLIMATE_ROOF", 24.0))
    client = a_client()
    hub.join(client)
    hub.hello(client)
    told = _until(client, "system", "hello")["data"]
    assert told["building_time_ms"] == NOW_MS
    assert told["timezone"] == "Europe/Lisbon"
    assert told["outside"]["temperature_c"] == 24.0


def test_a_change_of_rooms_is_a_new_version_of_the_building(
    hub: Hub, fake_house: FakeHouse
) -> None:
    client = a_client()

    def version() -> str:
        hub.hello(client)
        return str(_until(client, "system", "hello")["data"]["version"])

    hub.join(client)
    before = version()
    fake_house.bus.publish("building", SimpleNamespace(action="sensors.discover"))
    assert version() == before
    fake_house.bus.publish("building", SimpleNamespace(action="rooms.update"))
    assert version() != before


def test_stopping_says_goodbye_to_everyone(hub: Hub) -> None:
    client = _joined(hub, {"topics": ["reading"]})
    hub.stop()
    assert client.closing == (1001, "the server stops")


def test_what_needs_a_person_is_told_with_the_most_urgent_lines(
    hub: Hub, fake_house: FakeHouse
) -> None:
    fake_house.watch.lines = [
        Need("silent", f"T{n} silent", "Lab", NOW_MS, f"T{n}") for n in "1234567"
    ]
    client = _joined(hub, {"topics": ["needs"]})
    told = _until(client, "needs", "snapshot")["data"]
    assert told["total"] == 7
    assert [line["target"] for line in told["lines"]] == ["T1", "T2", "T3", "T4", "T5"]
    assert told["lines"][0] == {
        "kind": "silent",
        "fact": "T1 silent",
        "evidence": "Lab",
        "since_ms": NOW_MS,
        "target": "T1",
    }


def test_a_new_need_is_pushed_although_nothing_was_measured(
    hub: Hub, fake_house: FakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_view, "NEEDS_EVERY_S", 0.0)
    monkeypatch.setattr(hub_module, "SYSTEM_EVERY_S", 0.05)
    client = _joined(hub, {"topics": ["needs"]})
    assert _until(client, "needs", "snapshot")["data"]["total"] == 0
    fake_house.watch.lines = [Need("refused", "1 message refused", "not JSON", NOW_MS)]
    assert _until(client, "needs")["data"]["lines"][0]["fact"] == "1 message refused"


def test_needs_are_asked_for_every_few_seconds_however_many_watch_and_much_arrives(
    hub: Hub, fake_house: FakeHouse
) -> None:
    clients = [_joined(hub, {"topics": ["needs", "reading"]}) for _ in range(3)]
    for count in range(20):
        fake_house.store(a_reading(ts_ms=NOW_MS + count))
        _until(clients[0], "reading")
    assert fake_house.watch.asked == 1


def test_nobody_watching_costs_no_look_at_the_needs(hub: Hub, fake_house: FakeHouse) -> None:
    client = _joined(hub, {"topics": ["energy"]})
    fake_house.energy.consumption_kw = 3.0
    fake_house.store(a_reading())
    _until(client, "energy")
    assert fake_house.watch.asked == 0


def test_a_slow_look_at_the_needs_is_taken_less_often(
    fake_house: FakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 102.0, 110.0, 141.0, 141.5])  # the first look takes two seconds
    monkeypatch.setattr(live_view, "monotonic", lambda: next(moments))
    view = live_view.HouseView(fake_house, None)  # type: ignore[arg-type]
    for asked in (1, 1, 2):
        view.items("needs")
        assert fake_house.watch.asked == asked


def test_needs_take_the_permission_of_their_page(hub: Hub) -> None:
    outsider = Actor("Gate", "token", 1, kind="token", permissions=frozenset({"sensors.read"}))
    client = _joined(hub, {"topics": ["needs"]}, outsider)
    denied = _until(client, "system", "subscribed")["data"]["denied"]
    assert [(entry["key"], entry["code"]) for entry in denied] == [("needs", "not_allowed")]
