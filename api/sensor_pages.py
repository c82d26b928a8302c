"""Answers to questions for the list of sensors, kept for who may see everything.

An answer holds while nothing has come, nothing is configured anew, and no reading can have changed
its state with time; after that only what has changed is written anew (`api.sensor_text`). What a
contract restricts is neither kept nor answered from here.

`api.sensors` writes the same sensor for one at a time; a test compares the two byte by byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from weakref import ReferenceType, ref

from api.lists import ListQuery, page_of
from api.sensor_text import Members, Text, Told
from domain.building.model import SensorQuery
from domain.building.sensor_list import Entry, matching, natural_key
from domain.telemetry.model import Key, Latest

if TYPE_CHECKING:
    from domain.house import House

_MOST_PAGES = 16


class _Asked(NamedTuple):
    wanted: SensorQuery
    limit: int
    cursor: str | None


class _Page(NamedTuple):
    """A whole answer, and what it was made from."""

    snapshot: ReferenceType[Mapping[Key, Latest]]
    told: Told
    answer: bytes


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
        if page is not None and page.snapshot() is view.snapshot and page.told.holds(now_ms):
            return page.answer
        if page is not None:
            text = page.told.again(view.snapshot, now_ms)
        else:
            text = Text.of(_members(kept, asked, query), view.snapshot, now_ms)
            if len(kept.pages) >= _MOST_PAGES:
                kept.pages.clear()
        answer = _answer(text, asked, query)
        kept.pages[asked] = _Page(ref(view.snapshot), text.told, answer)
        return answer


def _members(kept: _Kept, asked: _Asked, query: ListQuery) -> Members:
    """Whose states are asked; already the page itself, with its cursor, where no state is."""
    hidden, cursor = asked.wanted.state == "hidden", None
    entries: Sequence[Entry] = [
        entry
        for entry in matching(asked.wanted, kept.entries)
        if (entry.sensor.status == "hidden") == hidden
    ]
    if asked.wanted.state is None:
        entries, cursor = page_of(entries, _id_of, query, natural_key)
    return Members(entries, [kept.keys.get(_id_of(entry), ()) for entry in entries], cursor)


def _answer(text: Text, asked: _Asked, query: ListQuery) -> bytes:
    if asked.wanted.state is None:
        return text.whole()
    entries = text.told.layout.members.entries
    in_state = [(_id_of(entries[at]), at) for at in text.in_state(asked.wanted.state)]
    shown, cursor = page_of(in_state, lambda found: found[0], query, natural_key)
    return text.only([at for _, at in shown], cursor)


def _id_of(entry: Entry) -> str:
    return entry.sensor.sensor_id
