"""Many sensors as JSON, made from a layout and their newest readings.

A layout is made once per configuration: the JSON of each sensor, with holes for what changes with
readings and time. Readings are judged and written by whole columns and go to their holes all at
once, so that a thousand sensors that have all spoken anew need no step of ours for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from api.json import written
from api.times import iso
from domain.building.live import LIVE_STATES, STATE_ORDER
from domain.building.model import STATUSES
from domain.building.sensor_list import Entry
from domain.telemetry.freshness import STATES, Ends, Judged
from domain.telemetry.model import Key, Latest

Numbers: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.intp]

_WORDS = (*STATE_ORDER, *STATUSES)
"""A sensor's state, or its status; those of a series, by their places, are the first."""
_MISSING, _ADOPTED = _WORDS.index("missing"), _WORDS.index("adopted")
_LIVE = np.array([state in LIVE_STATES for state in STATES])
_WORD, _SECOND, _PART, _VALUE, _TIME, _STATE = range(6)
"""What a hole is for."""


class Members(NamedTuple):
    """Sensors to be told, the series of each in their order, and the cursor after them."""

    entries: Sequence[Entry]
    keys: Sequence[Sequence[Key]]
    cursor: str | None


class Layout:
    """The JSON of some sensors with holes, `%b` each, and what belongs into each hole."""

    def __init__(self, members: Members, snapshot: Mapping[Key, Latest]) -> None:
        self.members = members
        self.sensors: list[bytes] = []
        self.spans: list[tuple[int, int]] = []
        """Of each sensor where its holes begin and end."""
        self._holes: list[tuple[int, int]] = []
        self._series: list[Latest] = []
        self._owners: list[int] = []
        """The sensors that have a newest value, and where the series of each begin."""
        self._starts: list[int] = []
        for entry, keys in zip(members.entries, members.keys, strict=True):
            self._add(entry, [snapshot[key] for key in keys if key in snapshot])
        self.whole = _answer(b",".join(self.sensors), _fixed(members.cursor))
        self.first = _Columns.of(self._series)
        """The readings of the snapshot; later ones are compared with how these are configured."""
        keys = list(chain.from_iterable(members.keys))
        self._keys = [key for key in keys if key in snapshot]
        self._absent = [key for key in keys if key not in snapshot]
        self._ends = Ends(self.first.interval_s)
        statuses = [_WORDS.index(entry.sensor.status) for entry in members.entries]
        self._statuses = np.array(statuses, np.intp)
        self._in_order = self._gathering()

    def _add(self, entry: Entry, spoken: Sequence[Latest]) -> None:
        begin, first = len(self._holes), len(self._series)
        self._holes.append((_WORD, len(self.sensors)))
        for at in range(first, first + len(spoken)):
            self._holes += (_VALUE, at), (_TIME, at), (_STATE, at)
        if spoken:
            self._holes += (_SECOND, len(self._owners)), (_PART, len(self._owners))
            self._owners.append(len(self.sensors))
            self._starts.append(first)
        self._series += spoken
        self.spans.append((begin, len(self._holes)))
        self.sensors.append(_with_holes(entry, spoken))

    def _gathering(self) -> Callable[[list[bytes]], tuple[bytes, ...]]:
        """How the texts of the holes are found where the columns follow one another."""
        sensors, speakers, series = len(self.sensors), len(self._owners), len(self._series)
        lengths = (sensors, speakers, speakers, series, series)
        begins = list(accumulate(lengths, initial=0))
        order = [begins[what] + place for what, place in self._holes]
        return itemgetter(*order) if len(order) > 1 else lambda texts: tuple(texts[: len(order)])

    def latest(self, snapshot: Mapping[Key, Latest]) -> _Columns | None:
        """The newest readings by columns; None where this is not how they are laid out."""
        found = list(filter(None, map(snapshot.get, self._keys)))
        if len(found) < len(self._keys) or any(key in snapshot for key in self._absent):
            return None
        columns = _Columns.of(found)
        return columns if columns.interval_s == self.first.interval_s else None

    def text(self, latest: _Columns, now_ms: int, known: _States | None = None) -> Text:
        """The sensors with these readings; their states are written anew where they may differ."""
        stamps_ms = np.array(latest.ts_ms, np.int64)
        ages_ms = now_ms - stamps_ms
        lasts_ms = known.judged.lasts_ms(ages_ms) if known else -1
        if known is None or lasts_ms < 0:
            known = self._states(self._ends.judge(ages_ms))
            lasts_ms = known.judged.lasts_ms(ages_ms)
        seconds, parts = _iso(np.maximum.reduceat(stamps_ms, self._starts))
        columns = [
            *known.words_told, *seconds, *parts,
            *_numbers(latest.value), *_times(stamps_ms), *known.told,
        ]  # fmt: skip
        told = Told(self, known, now_ms, now_ms + lasts_ms)
        return Text(told, self._in_order(columns))

    def _states(self, judged: Judged) -> _States:
        worst, live = np.full(len(self.sensors), _MISSING), np.zeros(len(self.sensors), np.intp)
        worst[self._owners] = np.maximum.reduceat(judged.states, self._starts)
        live[self._owners] = np.maximum.reduceat(_LIVE[judged.states], self._starts)
        words = np.where(self._statuses == _ADOPTED, worst, self._statuses)
        return _States(
            judged, words,
            [_TOLD[place] for place in (2 * words + live).tolist()],
            [_ENDINGS[place] for place in judged.states.tolist()],
        )  # fmt: skip


class _Columns(NamedTuple):
    """Newest readings by columns, named as those of `Latest`."""

    sensor_id: tuple[str, ...]
    metric: tuple[str, ...]
    ts_ms: tuple[int, ...]
    value: tuple[float, ...]
    unit: tuple[str, ...]
    interval_s: tuple[float | None, ...]
    flags: tuple[int, ...]

    @classmethod
    def of(cls, latest: Sequence[Latest]) -> _Columns:
        return cls(*zip(*latest, strict=True)) if latest else cls(*[()] * len(cls._fields))


class _States(NamedTuple):
    """What the ages of readings say of each series and of each sensor, and how that is written."""

    judged: Judged
    words: Places
    words_told: Sequence[bytes]
    told: Sequence[bytes]


class Told(NamedTuple):
    """What sensors were told from, for who tells of them again, and when it is true [ms]."""

    layout: Layout
    states: _States
    since_ms: int
    until_ms: int

    def holds(self, now_ms: int) -> bool:
        """Whether every state is still true while nothing comes."""
        return self.since_ms <= now_ms <= self.until_ms

    def again(self, snapshot: Mapping[Key, Latest], now_ms: int) -> Text:
        """The same sensors later."""
        latest = self.layout.latest(snapshot)
        if latest is None:
            return Text.of(self.layout.members, snapshot, now_ms)
        return self.layout.text(latest, now_ms, self.states)


class Text(NamedTuple):
    """Sensors as they are told."""

    told: Told
    texts: tuple[bytes, ...]

    @classmethod
    def of(cls, members: Members, snapshot: Mapping[Key, Latest], now_ms: int) -> Text:
        """Tell of sensors for the first time."""
        layout = Layout(members, snapshot)
        return layout.text(layout.first, now_ms)

    def whole(self) -> bytes:
        """All of them as an answer."""
        return self.told.layout.whole % self.texts

    def in_state(self, state: str) -> list[int]:
        """The places of the sensors of which this is the word."""
        return list(map(int, np.flatnonzero(self.told.states.words == _WORDS.index(state))))

    def only(self, sensors: Sequence[int], cursor: str | None) -> bytes:
        """Those at these places as an answer."""
        layout = self.told.layout
        texts = chain.from_iterable(self.texts[slice(*layout.spans[place])] for place in sensors)
        shown = b",".join(layout.sensors[place] for place in sensors)
        return _answer(shown, _fixed(cursor)) % tuple(texts)


def _answer(sensors: bytes, cursor: bytes) -> bytes:
    return b'{"sensors":[%b],"next_cursor":%b}' % (sensors, cursor)


def _with_holes(entry: Entry, spoken: Iterable[Latest]) -> bytes:
    """The JSON of a sensor with a hole for its word, three for each value, one for its newest."""
    sensor = entry.sensor
    head = {
        "sensor_id": sensor.sensor_id,
        "name": sensor.name,
        "sensor_type": sensor.sensor_type,
        "room": entry.room_name,
        "room_id": sensor.room_id,
        "unit": sensor.unit,
        "meter_role": sensor.meter_role,
        "use": sensor.use,
        "interval_s": sensor.interval_s,
        "status": sensor.status,
    }
    middle = {
        "demand_response_enabled": sensor.demand_response_enabled,
        "control_capabilities": sensor.control_capabilities,
    }
    metrics = b",".join(
        b'%b:{"value":%%b,"unit":%b,"timestamp":%%b%%b' % (_fixed(item.metric), _fixed(item.unit))
        for item in spoken
    )
    return b'%b,"state":"%%b,%b,"metrics":{%b},"last_reading_at":%b,%b' % (
        _fixed(head)[:-1],
        _fixed(middle)[1:-1],
        metrics,
        b"%b%b" if metrics else b"null",
        b'"withheld_until":null,"version":%d}' % sensor.version,
    )


def _fixed(value: object) -> bytes:
    """JSON that has no hole."""
    return written(value).replace(b"%", b"%%")


_ENDINGS = [
    b',"state":"%b","stale":%b}' % (state.encode(), b"false" if state in LIVE_STATES else b"true")
    for state in STATES
]
_TOLD = [
    b'%b","stale":%b' % (word.encode(), stale) for word in _WORDS for stale in (b"true", b"false")
]


def _numbers(values: Sequence[float]) -> Sequence[bytes]:
    """Each as JSON; all are written at once, none has a comma."""
    return _split(written(values)[1:-1])


def _times(stamps_ms: Numbers) -> Sequence[bytes]:
    """Each in epoch seconds, whole where they are."""
    return _split((written(stamps_ms / 1000)[1:-1] + b",").replace(b".0,", b",")[:-1])


def _split(listed: bytes) -> Sequence[bytes]:
    return listed.split(b",") if listed else []


def _iso(stamps_ms: Numbers) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Each as `iso` writes it, cut before the milliseconds; a building's share their seconds."""
    seconds, rests = (column.tolist() for column in np.divmod(stamps_ms, 1000))
    texts = {second: _second(second) for second in set(seconds)}
    return list(map(texts.__getitem__, seconds)), list(map(_PARTS.__getitem__, rests))


_PARTS = [b'Z"', *(b'.%03dZ"' % rest for rest in range(1, 1000))]


@lru_cache(maxsize=4096)
def _second(second: int) -> bytes:
    return written(iso(second * 1000))[:-2]
