"""A room now, from the latest reading of each of its sensors. Pure.

Several sensors of one metric give one value: the mean, or the highest where the worst place
counts. Only the freshest of them speak: a stale thermometer does not pull a live one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from domain.building.comfort import Measured, comfort_state
from domain.building.model import Room, RoomLive, Sensor
from domain.telemetry.model import Latest

LIVE_STATES = frozenset({"fresh", "late"})
STATE_ORDER = {"fresh": 0, "late": 1, "stale": 2, "dead": 3, "missing": 4}
"""Best first."""
HIGHEST_COUNTS = frozenset({"co2", "voc", "occupancy", "motion", "door"})
ROOM_METRICS = frozenset(
    {"temperature", "humidity", "co2", "voc", "light", "occupancy", "motion", "door"}
)
POWER_ROLE = "submeter"

StateOf = Callable[[Latest], str]


def room_live(
    room: Room,
    sensors: Sequence[Sensor],
    latest_of: Mapping[str, Sequence[Latest]],
    state_of: StateOf,
    now_ms: int,
) -> RoomLive:
    """`sensors` are the room's adopted ones; `latest_of` is by sensor id."""
    by_metric: dict[str, list[Latest]] = {}
    for sensor in sensors:
        for latest in latest_of.get(sensor.sensor_id, ()):
            if latest.metric in ROOM_METRICS:
                by_metric.setdefault(latest.metric, []).append(latest)
    values: dict[str, Latest] = {}
    measured: dict[str, Measured] = {}
    for metric, candidates in by_metric.items():
        value, state = combined(candidates, state_of)
        values[metric] = value
        measured[metric] = Measured(value.value, state in LIVE_STATES)
    power, missing = _power(sensors, latest_of, state_of)
    newest_ms = max((v.ts_ms for v in (*values.values(), *power)), default=None)
    return RoomLive(
        room=room,
        values=values,
        comfort=comfort_state(measured, room.comfort),
        power_kw=sum(p.value for p in power) if power else None,
        power_missing=missing,
        power_ts_ms=min((p.ts_ms for p in power), default=None),
        power_interval_s=max((p.interval_s or 0.0 for p in power), default=0.0) or None,
        age_ms=None if newest_ms is None else max(0, now_ms - newest_ms),
    )


def combined(candidates: Sequence[Latest], state_of: StateOf) -> tuple[Latest, str]:
    """One value of several sensors of a metric, dated by the oldest that speaks, and its state."""
    if len(candidates) == 1:
        return candidates[0], state_of(candidates[0])
    states = [state_of(latest) for latest in candidates]
    best = min(states, key=STATE_ORDER.__getitem__)
    speaking = [latest for latest, state in zip(candidates, states, strict=True) if state == best]
    oldest = min(speaking, key=lambda latest: latest.ts_ms)
    if len(speaking) == 1:
        return oldest, best
    numbers = [latest.value for latest in speaking]
    highest = oldest.metric in HIGHEST_COUNTS
    value = max(numbers) if highest else sum(numbers) / len(numbers)
    return oldest._replace(value=value), best


def _power(
    sensors: Sequence[Sensor], latest_of: Mapping[str, Sequence[Latest]], state_of: StateOf
) -> tuple[list[Latest], tuple[str, ...]]:
    """The live power of each submeter, and the names of those that are silent."""
    live: list[Latest] = []
    missing: list[str] = []
    for sensor in sensors:
        if sensor.meter_role != POWER_ROLE:
            continue
        power = next((x for x in latest_of.get(sensor.sensor_id, ()) if x.metric == "power"), None)
        if power is not None and state_of(power) in LIVE_STATES:
            live.append(power)
        else:
            missing.append(sensor.name)
    return live, tuple(missing)
