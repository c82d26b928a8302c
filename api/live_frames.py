"""What a live frame looks like: items are encoded once, frames are joined from their bytes.

A frame is `{type, topic, ts, seq, data}` (API.md §5): `type` is `update`, `snapshot`, `gap`,
`hello`, `subscribed`, `pong` or `error`; `ts` is building time; `seq` never falls, also not over a
restart. Kilowatts, °C, ppm and % as everywhere; unknown is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import orjson

from domain.foundation.units import METRICS

if TYPE_CHECKING:
    from domain.building.model import Room, RoomLive
    from domain.telemetry.model import Latest, Reading

LISTED = frozenset({"reading", "room"})
"""Topics whose data is a list; the others carry one object a frame."""

TEXT, CLOSE, PING = 0x1, 0x8, 0x9


class Item(NamedTuple):
    """One thing that changed: `key` says what it replaces, `body` is its JSON."""

    key: tuple[str, str]
    sensor_id: str | None
    room_id: int | None
    body: bytes


def reading_item(reading: Reading | Latest, room: Room | None, interval_s: float | None) -> Item:
    """A stored value as clients see it; its unit is the metric's default unit."""
    metric = reading.metric
    body = orjson.dumps(
        {
            "sensor_id": reading.sensor_id,
            "room": room.name if room else None,
            "metric": metric,
            "value": reading.value,
            "unit": METRICS[metric].unit if metric in METRICS else "",
            "timestamp": reading.ts_ms / 1000,
            "interval_s": interval_s,
        }
    )
    key = (reading.sensor_id, metric)
    return Item(key, reading.sensor_id, room.room_id if room else None, body)


def room_item(live: RoomLive, now_ms: int) -> Item:
    """A room's values, comfort and power [kW] with their times."""
    room = live.room
    body = orjson.dumps(
        {
            "room_id": room.room_id,
            "name": room.name,
            "metrics": {name: _value(latest, now_ms) for name, latest in live.values.items()},
            "comfort": {
                "step": live.comfort.step,
                "word": live.comfort.word,
                "tone": live.comfort.tone,
            },
            "power_kw": live.power_kw,
            "power_complete": live.power_complete,
            "power_timestamp": _seconds(live.power_ts_ms),
            "power_interval_s": live.power_interval_s,
            "timestamp": max(
                (x.ts_ms / 1000 for x in live.values.values()), default=_seconds(live.power_ts_ms)
            ),
        }
    )
    return Item(("room", str(room.room_id)), None, room.room_id, body)


def _value(latest: Latest, now_ms: int) -> dict[str, object]:
    return {
        "value": latest.value,
        "unit": latest.unit,
        "timestamp": latest.ts_ms / 1000,
        "interval_s": latest.interval_s,
        "state": latest.state(now_ms).state,
    }


def _seconds(ts_ms: int | None) -> float | None:
    return None if ts_ms is None else ts_ms / 1000


def single_item(topic: str, data: Mapping[str, object]) -> Item:
    """The one object of a topic whose newest replaces the one before."""
    return Item((topic, ""), None, None, orjson.dumps(data))


def control_item(topic: str, data: Mapping[str, object]) -> Item:
    """A device or a command as it is now; it may be asked for by its device or its room."""
    device_id, room_id = str(data.get("device_id", "")), data.get("room_id")
    key = str(data.get("command_id") or device_id)
    room = room_id if isinstance(room_id, int) else None
    return Item((topic, key), device_id, room, orjson.dumps(data))


def frame(type_: str, topic: str, ts: str, seq: int, bodies: Iterable[bytes]) -> bytes:
    """Join encoded items to one frame; topics that are not listed take exactly one."""
    data = b",".join(bodies)
    if topic in LISTED:
        data = b"[" + data + b"]"
    head = b'{"type":"%s","topic":"%s","ts":"%s","seq":%d,"data":'
    return head % (type_.encode(), topic.encode(), ts.encode(), seq) + data + b"}"


def answer(type_: str, ts: str, seq: int, data: Mapping[str, object]) -> bytes:
    """A frame for one client alone, about its own connection."""
    return frame(type_, "system", ts, seq, [orjson.dumps(data)])


def wire(payload: bytes, opcode: int = TEXT) -> bytes:
    """Wrap a payload as one unmasked, uncompressed server frame of RFC 6455.

    Built here and not per connection, so that equal subscriptions share the very bytes.
    """
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big")
    return head + payload
