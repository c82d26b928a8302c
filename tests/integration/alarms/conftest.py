"""A building with rooms and thermometers whose readings tests send one by one."""

from collections.abc import Callable

import pytest

from domain.access.policy import SYSTEM
from domain.alarms.model import Event, EventQuery
from domain.foundation.clock import FixedClock, from_ms
from domain.house import House
from domain.telemetry.model import Reading

MINUTE = 60_000
Feed = Callable[..., None]


def sensor(house: House, sensor_id: str, room: str | None = None, **fields: object) -> None:
    house.building.register_sensor(
        SYSTEM,
        sensor_id,
        {
            "name": sensor_id,
            "sensor_type": "temperature",
            "room": room,
            "interval_s": 60,
            **fields,
        },
    )


def events(house: House, **query: object) -> list[Event]:
    return list(house.alarms.events(SYSTEM, EventQuery(**query)).events)  # type: ignore[arg-type]


def only_rule(house: House, kind: str, **fields: object) -> int:
    """Switch every built-in rule off but one, and edit that one."""
    chosen = 0
    for rule in house.alarms.rules.all(SYSTEM):
        on = rule.kind == kind
        house.alarms.rules.update(SYSTEM, rule.rule_id, {"enabled": on, **(fields if on else {})})
        chosen = rule.rule_id if on else chosen
    return chosen


def limit_rule(house: House, **fields: object) -> int:
    given = {"name": "Too hot", "metric": "temperature", "limit": 26, "delay_on_s": 0, **fields}
    return house.alarms.rules.create(SYSTEM, given).rule_id


def send(house: House, at_ms: int, values: dict[str, float], metric: str = "temperature") -> None:
    house.telemetry.ingest([Reading(s, metric, at_ms, v) for s, v in values.items()])


@pytest.fixture
def evaluate(house: House, clock: FixedClock) -> Callable[[int], int]:
    """Evaluate at a moment [ms], with the time readings get to arrive already past."""

    def at(moment_ms: int) -> int:
        clock.set(from_ms(moment_ms + 2_000))
        return house.alarms.evaluate()

    return at
