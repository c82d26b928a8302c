"""Finds pages, rooms and sensors by a few typed letters, in memory, as of the actor's role."""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from domain.access.policy import Actor
from domain.building.catalogue import Catalogue
from domain.building.model import SENSOR_TYPES, Room
from domain.building.sensor_list import natural_key

PAGE, ROOM, SENSOR = "page", "room", "sensor"
LIMIT = 12
MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class Findable:
    """Something with a name, perhaps an id beside it; `key` is what leads there.

    `around` finds it too, after all that are called so: its room, its type.
    """

    kind: str
    key: str
    name: str
    also: str = ""
    around: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as of now: where it is, and its comfort or freshness as `state` with its word."""

    kind: str
    key: str
    name: str
    also: str = ""
    place: str = ""
    state: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A thing with the folded text that is searched, made once per change of configuration."""

    thing: Findable
    texts: tuple[str, ...]
    whole: str
    wide: str


def fold(text: str) -> str:
    """Without case, accents and doubled blanks: `Café  2` is `cafe 2`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def indexed(things: Iterable[Findable]) -> tuple[Indexed, ...]:
    """Prepare things for `rank`; their order is kept among equals."""
    prepared = []
    for thing in things:
        texts = tuple(fold(text) for text in (thing.name, thing.also) if text)
        whole = "\n".join(texts)
        prepared.append(Indexed(thing, texts, whole, f"{whole}\n{fold(thing.around)}"))
    return tuple(prepared)


def rank(text: str, *indexes: Sequence[Indexed], limit: int = LIMIT) -> list[Findable]:
    """The best hits: the whole name or id, its beginning, a word's, within, all words anywhere.

    Among equals the order of the indexes holds, then that within each.
    """
    wanted = fold(text[:MAX_TEXT])
    if not wanted:
        return []
    hits = _hits(wanted, (entry for index in indexes for entry in index))
    return [thing for _, _, thing in heapq.nsmallest(limit, hits)]


def _hits(wanted: str, entries: Iterable[Indexed]) -> Iterator[tuple[int, int, Findable]]:
    words = wanted.split()
    starts_word = re.compile(rf"(?<![^\W_]){re.escape(wanted)}")
    number = count()
    for entry in entries:
        if wanted in entry.whole:
            yield _tier(wanted, entry, starts_word), next(number), entry.thing
        elif all(word in entry.wide for word in words):
            yield 4, next(number), entry.thing


def _tier(wanted: str, entry: Indexed, starts_word: re.Pattern[str]) -> int:
    if wanted in entry.texts:
        return 0
    if any(text.startswith(wanted) for text in entry.texts):
        return 1
    return 2 if starts_word.search(entry.whole) else 3


class Finder:
    """The search of every page."""

    def __init__(self, building: Catalogue) -> None:
        self._building = building
        self._known: tuple[Mapping[str, Room | None], tuple[Indexed, ...], tuple[Indexed, ...]] = (
            {}, (), (),
        )  # fmt: skip

    def find(self, actor: Actor, text: str, pages: Iterable[Findable] = ()) -> list[Found]:
        """What the actor may go to; `pages` are those that are open to them."""
        rooms, sensors = self._indexes()
        hits = rank(
            text,
            indexed(pages),
            rooms if actor.may("rooms.read") else (),
            sensors if actor.may("sensors.read") else (),
        )
        return [self._now(thing) for thing in hits]

    def _indexes(self) -> tuple[tuple[Indexed, ...], tuple[Indexed, ...]]:
        """Rooms and sensors, prepared again when the configuration has changed."""
        placement = self._building.placement()
        known = self._known
        if known[0] is not placement:
            rooms = indexed(
                Findable(ROOM, str(room.room_id), room.name) for room in self._building.rooms()
            )
            known = self._known = placement, rooms, indexed(self._sensors(placement))
        return known[1], known[2]

    def _sensors(self, placement: Mapping[str, Room | None]) -> Iterator[Findable]:
        """Every sensor that is not hidden, in the order of its name."""
        shown = [self._building.sensor(sensor_id) for sensor_id in placement]
        for sensor in sorted(shown, key=lambda sensor: natural_key(sensor.name)):
            if sensor.status != "hidden":
                also = "" if sensor.name == sensor.sensor_id else sensor.sensor_id
                room = placement.get(sensor.sensor_id)
                kind = SENSOR_TYPES.get(sensor.sensor_type, "")
                around = f"{kind} {room.name if room else ''}"
                yield Findable(SENSOR, sensor.sensor_id, sensor.name, also, around)

    def _now(self, thing: Findable) -> Found:
        if thing.kind == ROOM:
            live = self._building.room_live(int(thing.key))
            state, word = live.comfort.tone, live.comfort.word
            return Found(ROOM, thing.key, thing.name, "", live.room.floor, state, word)
        if thing.kind == SENSOR:
            row = self._building.sensor_row(thing.key)
            place = row.room_name or ""
            return Found(SENSOR, thing.key, thing.name, thing.also, place, row.state)
        return Found(thing.kind, thing.key, thing.name)
