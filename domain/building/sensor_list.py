"""One page of a list of many thousand sensors: searched, filtered, counted and sorted. Pure.

Everything here is asked of memory, so that a filter by live state costs no more than by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.building.live import STATE_ORDER, StateOf
from domain.building.model import (
    PRIMARY_METRICS,
    SENSOR_TYPES,
    Room,
    Sensor,
    SensorPage,
    SensorQuery,
    SensorRow,
)
from domain.telemetry.model import Latest

STATES = ("fresh", "late", "stale", "dead", "missing", "discovered", "hidden")
SORTS = ("name", "id", "type", "room", "value", "age", "state")
NO_ROOM = 0
MAX_PAGE_SIZE = 500
_RANK = {metric: rank for rank, metric in enumerate(PRIMARY_METRICS)}
_SEVERITY = {state: rank for rank, state in enumerate((*STATE_ORDER, "discovered", "hidden"))}
_SILENT = ("stale", "dead")


@dataclass(frozen=True, slots=True)
class Entry:
    """A sensor with what search and sort ask for, prepared once per change of configuration.

    Ranks are places in the whole list sorted by that column, so that sorting compares integers.
    """

    sensor: Sensor
    room_name: str | None
    text: str
    name_rank: int
    type_rank: int
    room_rank: int


@dataclass(frozen=True, slots=True)
class _Found:
    entry: Entry
    state: str
    latest: Sequence[Latest]
    newest_ts_ms: int


def entries_of(
    sensors: Iterable[Sensor], placement: Mapping[str, Room | None]
) -> tuple[Entry, ...]:
    """All sensors by id, each with its text and its ranks."""
    listed = sorted(sensors, key=lambda sensor: natural_key(sensor.sensor_id))
    names = _ranks(natural_key(sensor.name) for sensor in listed)
    types = _ranks((_type_words(sensor).casefold(),) for sensor in listed)
    rooms = [placement.get(sensor.sensor_id) for sensor in listed]
    places = _ranks((room is None, *natural_key(room.name if room else "")) for room in rooms)
    return tuple(
        Entry(sensor, room.name if room else None, _text(sensor, room), *ranks)
        for sensor, room, *ranks in zip(listed, rooms, names, types, places, strict=True)
    )


def _text(sensor: Sensor, room: Room | None) -> str:
    """What can be searched: id, name, type in words, room."""
    words = (sensor.sensor_id, sensor.name, _type_words(sensor), sensor.sensor_type)
    return "\n".join((*words, room.name if room else "")).casefold()


def _type_words(sensor: Sensor) -> str:
    return SENSOR_TYPES.get(sensor.sensor_type, sensor.sensor_type)


def _ranks(keys: Iterable[tuple[Any, ...]]) -> list[int]:
    """The place of each key among the different ones, equal keys at the same place."""
    listed = list(keys)
    place = {key: rank for rank, key in enumerate(sorted(set(listed)))}
    return [place[key] for key in listed]


def natural_key(text: str) -> tuple[Any, ...]:
    """Sorts TEMP_2 before TEMP_10; text and numbers never meet in one place."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts))


def sensor_page(
    query: SensorQuery,
    entries: Iterable[Entry],
    latest_of: Mapping[str, Sequence[Latest]],
    state_of: StateOf,
    unknown: str = "missing",
) -> SensorPage:
    """The asked page, the number of all matches, and how many there are in each state.

    `entries` come by id, which is the order among equals; `unknown` is the state of an adopted
    sensor without a live value: it never spoke, or what it said is withheld.
    """
    found = [_found(entry, latest_of, state_of, unknown) for entry in matching(query, entries)]
    counts = dict.fromkeys(STATES, 0)
    counts.setdefault(unknown, 0)
    for item in found:
        counts[item.state] += 1
    if query.state is None:
        kept = [item for item in found if item.state != "hidden"]
    else:
        kept = [item for item in found if item.state == query.state]
    kept = _sorted(kept, query)
    size = max(1, len(kept)) if query.page_size is None else _page_size(query.page_size)
    pages = max(1, -(-len(kept) // size))
    page = min(max(1, query.page), pages)
    rows = tuple(_row(item, state_of) for item in kept[(page - 1) * size : page * size])
    return SensorPage(rows, len(kept), counts, page, pages)


def worst_state(latest: Iterable[Latest], state_of: StateOf, unknown: str = "missing") -> str:
    """A sensor is as silent as its most silent metric; without a reading it is missing."""
    worst, rank = unknown, -1
    for item in latest:
        state = state_of(item)
        if STATE_ORDER[state] > rank:
            worst, rank = state, STATE_ORDER[state]
    return worst


def in_primary_order(latest: Iterable[Latest]) -> list[Latest]:
    """What a one-line summary shows first, first."""
    return sorted(latest, key=lambda item: (_RANK.get(item.metric, len(_RANK)), item.metric))


def _page_size(asked: int) -> int:
    return min(max(1, asked), MAX_PAGE_SIZE)


def matching(query: SensorQuery, entries: Iterable[Entry]) -> Iterable[Entry]:
    """What search, room and type let through; the state is not asked."""
    words = query.search.casefold().split()
    for entry in entries:
        sensor = entry.sensor
        if query.sensor_type is not None and sensor.sensor_type != query.sensor_type:
            continue
        if query.room_id is not None and (sensor.room_id or NO_ROOM) != query.room_id:
            continue
        if all(word in entry.text for word in words):
            yield entry


def _found(
    entry: Entry, latest_of: Mapping[str, Sequence[Latest]], state_of: StateOf, unknown: str
) -> _Found:
    status = entry.sensor.status
    latest = latest_of.get(entry.sensor.sensor_id, ())
    state = status if status != "adopted" else worst_state(latest, state_of, unknown)
    return _Found(entry, state, latest, max((item.ts_ms for item in latest), default=-1))


_SORT_KEYS: dict[str, Callable[[_Found], Any]] = {
    "name": lambda f: f.entry.name_rank,
    "type": lambda f: f.entry.type_rank,
    "room": lambda f: f.entry.room_rank,
    "state": lambda f: _SEVERITY.get(f.state, len(_SEVERITY)),
    "age": lambda f: -f.newest_ts_ms,
    "value": lambda f: f.latest[0].value,
}


def _sorted(found: list[_Found], query: SensorQuery) -> list[_Found]:
    """Ties by id; what has no value or no age comes last in both directions."""
    if query.sort == "id":
        return found[::-1] if query.descending else found
    key = _SORT_KEYS.get(query.sort, _SORT_KEYS["name"])
    if query.sort not in ("value", "age"):
        return sorted(found, key=key, reverse=query.descending)
    known = sorted((f for f in found if f.latest), key=key, reverse=query.descending)
    return known + [f for f in found if not f.latest]


def _row(found: _Found, state_of: StateOf) -> SensorRow:
    states = [(item.metric, state_of(item)) for item in found.latest]
    silent = tuple(metric for metric, state in states if state in _SILENT)
    return SensorRow(
        sensor=found.entry.sensor,
        room_name=found.entry.room_name,
        state=found.state,
        latest=tuple(found.latest),
        newest_ts_ms=found.newest_ts_ms if found.latest else None,
        silent_metrics=silent if len(silent) < len(states) else (),
    )
