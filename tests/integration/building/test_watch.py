"""What needs a person, gathered from real rooms, sensors and data quality."""

from domain.access.policy import SYSTEM
from domain.building.attention import Need
from domain.foundation.clock import FixedClock
from domain.house import House
from domain.inbox.store import Rejected
from domain.telemetry.model import Reading

MINUTE_MS = 60_000


def needs(house: House) -> list[Need]:
    return house.watch.needs()


def a_room(house: House, name: str = "Library") -> int:
    return house.building.create_room(SYSTEM, {"name": name, "floor": "1st"}).room_id


def a_thermometer(house: House, sensor_id: str, room: str) -> None:
    house.building.register_sensor(
        SYSTEM,
        sensor_id,
        {"name": sensor_id, "sensor_type": "temperature", "room": room, "interval_s": 60},
    )


def warm_since(house: House, clock: FixedClock, sensor_id: str, minutes: int) -> None:
    """In band before, 27.5 °C for so many minutes up to now."""
    now = clock.now_ms()
    house.telemetry.ingest(
        [
            Reading(sensor_id, "temperature", now - i * MINUTE_MS, 27.5 if i <= minutes else 24.0)
            for i in range(90, -1, -1)
        ]
    )


def test_a_warm_room_is_dated_from_when_it_left_its_band(house: House, clock: FixedClock) -> None:
    room_id = a_room(house)
    a_thermometer(house, "T1", "Library")
    warm_since(house, clock, "T1", 22)
    assert needs(house) == [
        Need(
            "comfort",
            "Library 27.5 °C",
            "Warm, 1.5 °C above its limit",
            clock.now_ms() - 22 * MINUTE_MS,
            str(room_id),
        )
    ]


def test_a_room_of_two_thermometers_is_dated_by_both_together(
    house: House, clock: FixedClock
) -> None:
    a_room(house)
    for sensor_id, warm in (("T1", 29.0), ("T2", 25.0)):
        a_thermometer(house, sensor_id, "Library")
        now = clock.now_ms()
        house.telemetry.ingest(
            [
                Reading(sensor_id, "temperature", now - i * MINUTE_MS, warm if i <= 60 else 24.0)
                for i in range(180, -1, -1)
            ]
        )
    house.telemetry.settle()
    (need,) = needs(house)
    assert need.fact == "Library 27.0 °C"
    assert need.since_ms == clock.now_ms() - 60 * MINUTE_MS


def test_a_silent_sensor_is_named_with_its_room_and_last_word(
    house: House, clock: FixedClock
) -> None:
    a_room(house)
    for sensor_id in ("T1", "T2", "T3"):
        a_thermometer(house, sensor_id, "Library")
    last = clock.now_ms()
    house.telemetry.ingest([Reading("T1", "temperature", last, 23.0)])
    clock.advance(3600)
    house.telemetry.ingest(
        [Reading(sensor, "temperature", clock.now_ms(), 23.0) for sensor in ("T2", "T3")]
    )
    assert needs(house) == [Need("silent", "T1 silent", "Library", last, "T1")]


def test_a_value_out_of_range_needs_somebody_while_it_is_news(
    house: House, clock: FixedClock
) -> None:
    a_room(house)
    a_thermometer(house, "T1", "Library")
    at = clock.now_ms()
    house.telemetry.ingest(
        [
            Reading("T1", "temperature", at - MINUTE_MS, 850.0),
            Reading("T1", "temperature", at, 23.0),
        ]
    )
    house.telemetry.check_quality()
    found = needs(house)
    assert [(need.kind, need.fact, need.target) for need in found] == [("quality", "T1", "T1")]
    assert "850" in found[0].evidence
    clock.advance(2 * 3600)
    house.telemetry.ingest([Reading("T1", "temperature", clock.now_ms(), 23.0)])
    assert needs(house) == []


def test_refusals_of_the_last_day_are_one_line_with_the_newest_reason(
    house: House, clock: FixedClock
) -> None:
    day_ms = 24 * 60 * MINUTE_MS
    for reason, times, age_ms in (
        ("old", 9, day_ms + 1),
        ("no number", 2, 1000),
        ("not JSON", 1, 5),
    ):
        at_ms = clock.now_ms() - age_ms
        refusal = Rejected("mqtt", reason, "malformed", reason, "{", 1, at_ms, at_ms, times)
        house.inbox.keep([refusal])
    assert needs(house) == [Need("refused", "3 messages refused", "not JSON", clock.now_ms() - 5)]
