"""The list of sensors as JSON that is kept: a sensor is written anew only when it has changed.

A piece is one sensor of the answer. It holds while the sensor is configured as it was, its newest
readings are the same, and none of them can have changed its state with time; a page of pieces
holds while each of them does and nothing at all has come. Only for who may see everything: what a
contract restricts is neither kept nor answered from here.

`api.sensors` writes the same sensor for one at a time; a test compares the two byte by byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from api.json import written
from api.lists import ListQuery, page_of
from api.times import epoch_s, iso
from domain.building.live import LIVE_STATES, STATE_ORDER
from domain.building.model import STATUSES, SensorQuery
from domain.building.sensor_list import Entry, matching, natural_key
from domain.telemetry.freshness import lasting_state
from domain.telemetry.model import Key, Latest

if TYPE_CHECKING:
    from domain.house import House

_MOST_PAGES = 16
_FOR_EVER_MS = 2**53


@dataclass(frozen=True, slots=True)
class _Frame:
    """What only a change of configuration changes, as JSON around what changes with readings."""

    head: bytes
    middle: bytes
    end: bytes

    @classmethod
    def of(cls, entry: Entry) -> _Frame:
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
        return cls(
            head=written(head)[:-1] + b',"state":"',
            middle=b"," + written(middle)[1:-1] + b',"metrics":{',
            end=b',"withheld_until":null,"version":%d}' % sensor.version,
        )


class _Piece(NamedTuple):
    """One sensor as JSON, and from when to when it is true [ms]."""

    text: bytes
    state: str
    since_ms: int
    until_ms: int


class _Asked(NamedTuple):
    wanted: SensorQuery
    limit: int
    cursor: str | None


class _Members(NamedTuple):
    """Whose states are asked; already the page itself, with its cursor, where no state is."""

    entries: Sequence[Entry]
    frames: Sequence[_Frame]
    cursor: str | None
    keys: Sequence[Key]
    """Every series of the entries, in their order."""
    owners: Sequence[int]
    """Of each key the place of its entry."""
    spans: Sequence[tuple[int, int]]
    """Of each entry where its keys begin and end."""


class _Page(NamedTuple):
    """A whole answer, what it was made from, and from when to when it is true [ms]."""

    members: _Members
    snapshot: Mapping[Key, Latest]
    values: Sequence[Latest | None]
    pieces: Sequence[_Piece]
    text: bytes
    since_ms: int
    until_ms: int


class _Kept(NamedTuple):
    """Pages of one configuration and one set of series."""

    entries: tuple[Entry, ...]
    keys: Mapping[str, tuple[Key, ...]]
    pages: dict[_Asked, _Page]


class SensorPages:
    """Pages of the sensor list for who may see all of it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kept = _Kept((), {}, {})

    def page(self, wanted: SensorQuery, query: ListQuery) -> bytes:
        """The answer as JSON; its order is by id whatever `wanted` says."""
        entries, view = self._house.building.sensors_told()
        now_ms, kept = self._house.clock.now_ms(), self._kept
        if kept.entries is not entries or kept.keys is not view.keys_of:
            kept = self._kept = _Kept(entries, view.keys_of, {})
        asked = _Asked(wanted, query.limit, query.cursor)
        page = kept.pages.get(asked)
        if page is None or page.snapshot is not view.snapshot or not _holds(page, now_ms):
            members = page.members if page else _members(kept, asked, query)
            page = _page(members, page, view.snapshot, asked, query, now_ms)
            if len(kept.pages) >= _MOST_PAGES:
                kept.pages.clear()
            kept.pages[asked] = page
        return page.text


def _holds(kept: _Piece | _Page, now_ms: int) -> bool:
    return kept.since_ms <= now_ms <= kept.until_ms


def _members(kept: _Kept, asked: _Asked, query: ListQuery) -> _Members:
    hidden, cursor = asked.wanted.state == "hidden", None
    entries: Sequence[Entry] = [
        entry
        for entry in matching(asked.wanted, kept.entries)
        if (entry.sensor.status == "hidden") == hidden
    ]
    if asked.wanted.state is None:
        entries, cursor = page_of(entries, _id_of, query, natural_key)
    keys: list[Key] = []
    owners: list[int] = []
    spans = []
    for place, entry in enumerate(entries):
        own = kept.keys.get(entry.sensor.sensor_id, ())
        spans.append((len(keys), len(keys) + len(own)))
        keys += own
        owners += [place] * len(own)
    frames = [_Frame.of(entry) for entry in entries]
    return _Members(entries, frames, cursor, keys, owners, spans)


def _page(
    members: _Members,
    before: _Page | None,
    snapshot: Mapping[Key, Latest],
    asked: _Asked,
    query: ListQuery,
    now_ms: int,
) -> _Page:
    values = list(map(snapshot.get, members.keys))
    if before is None:
        pieces = _pieces(members, values, range(len(members.entries)), now_ms)
    else:
        pairs = zip(members.owners, values, before.values, strict=True)
        old = {owner for owner, value, known in pairs if value is not known}
        old.update([at for at, piece in enumerate(before.pieces) if not _holds(piece, now_ms)])
        pieces = list(before.pieces)
        for at, piece in zip(old, _pieces(members, values, old, now_ms), strict=True):
            pieces[at] = piece
    since_ms = max([piece.since_ms for piece in pieces], default=now_ms)
    until_ms = min([piece.until_ms for piece in pieces], default=_FOR_EVER_MS)
    cursor, texts = members.cursor, [piece.text for piece in pieces]
    if asked.wanted.state is not None:
        in_state = [
            (_id_of(entry), piece.text)
            for entry, piece in zip(members.entries, pieces, strict=True)
            if piece.state == asked.wanted.state
        ]
        shown, cursor = page_of(in_state, lambda found: found[0], query, natural_key)
        texts = [text for _, text in shown]
    text = b'{"sensors":[%b],"next_cursor":%b}' % (b",".join(texts), written(cursor))
    return _Page(members, snapshot, values, pieces, text, since_ms, until_ms)


def _id_of(entry: Entry) -> str:
    return entry.sensor.sensor_id


def _pieces(
    members: _Members, values: Sequence[Latest | None], places: Collection[int], now_ms: int
) -> list[_Piece]:
    """The entries at these places; their numbers are written all at once, none has a comma."""
    latest = []
    for place in places:
        start, end = members.spans[place]
        latest.append([item for item in values[start:end] if item is not None])
    flat = [item for own in latest for item in own]
    numbers = written([item.value for item in flat])[1:-1].split(b",")
    times = written([epoch_s(item.ts_ms) for item in flat])[1:-1].split(b",")
    texts = zip(numbers, times, strict=True)
    return [
        _piece(members.entries[place].sensor.status, members.frames[place], own, texts, now_ms)
        for place, own in zip(places, latest, strict=True)
    ]


def _piece(
    status: str,
    frame: _Frame,
    latest: Sequence[Latest],
    texts: Iterator[tuple[bytes, bytes]],
    now_ms: int,
) -> _Piece:
    worst, rank, lasts_ms, newest_ms = "missing", -1, _FOR_EVER_MS, -1
    stale, metrics = b'","stale":true', []
    for _, metric, ts_ms, _, unit, interval_s, _ in latest:
        state, for_ms = lasting_state(now_ms - ts_ms, interval_s)
        before, between = _labels(metric, unit)
        value, time = next(texts)
        metrics += [before, value, between, time, _ENDINGS[state]]
        if STATE_ORDER[state] > rank:
            worst, rank = state, STATE_ORDER[state]
        if state in LIVE_STATES:
            stale = b'","stale":false'
        lasts_ms = for_ms if for_ms < lasts_ms else lasts_ms
        newest_ms = ts_ms if ts_ms > newest_ms else newest_ms
    shown = worst if status == "adopted" else status
    newest = _iso(newest_ms) if latest else b"null"
    text = b"".join((
        frame.head, _WORDS[shown], stale, frame.middle, b"".join(metrics)[1:],
        b'},"last_reading_at":', newest, frame.end,
    ))  # fmt: skip
    return _Piece(text, shown, now_ms, now_ms + lasts_ms)


_WORDS = {word: word.encode() for word in (*STATE_ORDER, *STATUSES)}
_ENDINGS = {
    state: b',"state":"%b","stale":%b}'
    % (state.encode(), b"false" if state in LIVE_STATES else b"true")
    for state in STATE_ORDER
}


@lru_cache(maxsize=1024)
def _labels(metric: str, unit: str) -> tuple[bytes, bytes]:
    return (
        b"," + written(metric) + b':{"value":',
        b',"unit":' + written(unit) + b',"timestamp":',
    )


def _iso(epoch_ms: int) -> bytes:
    """As `iso` writes it; a building's readings share their seconds."""
    second, rest = divmod(epoch_ms, 1000)
    return _second(second) + _PARTS[rest]


_PARTS = [b'Z"', *(b'.%03dZ"' % rest for rest in range(1, 1000))]


@lru_cache(maxsize=4096)
def _second(second: int) -> bytes:
    return written(iso(second * 1000))[:-2]
