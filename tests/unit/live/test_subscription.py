from collections.abc import Mapping

import pytest

from api.live_frames import Item
from api.live_subscription import (
    NOTHING,
    Subscription,
    Verdict,
    Wish,
    added,
    judge,
    read_wish,
    removed,
)
from domain.foundation.errors import Malformed

ROOMS = {"Lab": 7, "7": 7, "Studio": 8, "8": 8}
SENSORS = {"METER_LAB", "METER_MAIN"}
LAB_METER = Item(("METER_LAB", "power"), "METER_LAB", 7, b"{}")
MAIN_METER = Item(("METER_MAIN", "power"), "METER_MAIN", None, b"{}")


def _judge(
    message: Mapping[str, object], may: frozenset[str] | None = None
) -> tuple[Wish, Verdict]:
    wish = read_wish(message)
    verdict = judge(wish, lambda p: may is None or p in may, ROOMS, SENSORS)
    return wish, verdict


def _subscribed(*messages: dict[str, object]) -> Subscription:
    current: Subscription = {}
    for message in messages:
        current = added(current, *_judge(message))
    return current


def test_a_topic_alone_brings_everything_of_it() -> None:
    reading = _subscribed({"topics": ["reading"]})["reading"]
    assert reading.passes(LAB_METER)
    assert reading.passes(MAIN_METER)


def test_rooms_and_sensors_narrow_readings_together() -> None:
    reading = _subscribed({"topics": ["reading"], "rooms": ["Lab"], "sensors": ["METER_MAIN"]})
    assert reading["reading"].choose([LAB_METER, MAIN_METER]) == [LAB_METER, MAIN_METER]
    lab = _subscribed({"topics": ["reading"], "rooms": [7]})["reading"]
    assert lab.choose([LAB_METER, MAIN_METER]) == [LAB_METER]


def test_rooms_alone_bring_their_readings_and_their_room() -> None:
    assert set(_subscribed({"rooms": ["Lab"]})) == {"reading", "room"}


def test_sensors_alone_bring_their_readings() -> None:
    assert set(_subscribed({"sensors": ["METER_MAIN"]})) == {"reading"}


def test_unknown_things_are_denied_with_why_and_widen_nothing() -> None:
    wish, verdict = _judge(
        {"rooms": ["Attic"], "sensors": ["NOBODY"], "topics": ["reading", "sky"]}
    )
    assert [(d["key"], d["code"]) for d in verdict.denied] == [
        ("sky", "unknown_topic"),
        ("Attic", "unknown_room"),
        ("NOBODY", "unknown_sensor"),
    ]
    assert all(d["message"] for d in verdict.denied)
    assert "reading" not in added({}, wish, verdict)


def test_a_topic_the_role_may_not_read_is_denied() -> None:
    wish, verdict = _judge({"topics": ["reading", "energy"]}, frozenset({"analytics.view"}))
    assert verdict.accepted["topics"] == ["energy"]
    assert verdict.denied[0]["code"] == "not_allowed"
    assert set(added({}, wish, verdict)) == {"energy"}


def test_unsubscribing_narrows_and_then_ends_a_topic() -> None:
    current = _subscribed({"rooms": ["Lab", "Studio"], "topics": ["reading"]})
    current = removed(current, *_judge({"rooms": ["Lab"], "topics": ["reading"]}))
    assert not current["reading"].passes(LAB_METER)
    current = removed(current, *_judge({"rooms": ["Studio"], "topics": ["reading"]}))
    assert current == {}


def test_unsubscribing_a_topic_ends_it_whole() -> None:
    current = _subscribed({"topics": ["energy"]}, {"rooms": ["Lab"]})
    assert set(removed(current, *_judge({"topics": ["room"]}))) == {"energy", "reading"}


@pytest.mark.parametrize(
    "message",
    [{}, {"rooms": []}, {"rooms": "Lab"}, {"rooms": [{}]}, {"topics": [True]}, {"sensors": {}}],
)
def test_a_wish_that_says_nothing_is_malformed(message: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        read_wish(message)


def test_system_comes_unasked() -> None:
    assert set(NOTHING) == {"system"}
