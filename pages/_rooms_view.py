"""The list of rooms as the page shows it: pure functions of live rooms and a moment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import formats
from components.buttons import button
from components.comfort import comfort_chip, floor_head, room_card, room_grid
from components.states import empty
from domain.building.comfort import STEPS
from domain.building.model import Room, RoomLive

ALL = "all"
SORT_WORDS = {
    "floor": "By floor",
    "name": "By name",
    "temperature": "Warmest first",
    "co2": "Most CO₂ first",
    "power": "Most power first",
    "comfort": "Least comfortable first",
}
FILTER_WORDS = {
    ALL: "All states",
    "beyond": "Out of band",
    "stuffy": "Air stuffy",
    "fine": "In band",
    "silent": "No live data",
}
_UNCOMFORTABLE = {"hot": 0, "cold": 1, "warm": 2, "cool": 3, "in_band": 5, None: 6}
_STUFFY_RANK = 4
_SILENT_TONES = ("stale", "missing")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """How the list is asked for; what is forged falls back to all rooms by floor."""

    sort: str = "floor"
    floor: str = ALL
    state: str = ALL
    text: str = ""

    @classmethod
    def of(
        cls, sort: str | None, floor: str | None, state: str | None, text: str | None
    ) -> ListQuery:
        """From the values of the controls."""
        return cls(
            sort if sort in SORT_WORDS else "floor",
            str(floor or ALL),
            state if state in FILTER_WORDS else ALL,
            str(text or "")[:60],
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the cards need beside the rooms: which one is open, the period to keep, the moment."""

    now_ms: int
    zone: ZoneInfo
    selected: int | None = None
    search: str = ""
    automatic: frozenset[int] = frozenset()
    """Rooms whose climate is controlled."""


def list_facts(rooms: Sequence[RoomLive]) -> str:
    """`12 · 1 warm, 1 stuffy, 1 cool`, or that all is well."""
    words = Counter(live.comfort.word.lower() for live in rooms if live.comfort.tone != "ok")
    tail = ", ".join(f"{count} {word}" for word, count in words.most_common(4))
    if not tail:
        tail = "all in band"
    return f"{len(rooms)} · {tail}" if rooms else "none yet"


def floor_title(floor: str) -> str:
    """`2nd` is `2nd floor`; a label that says more stands as it is."""
    if re.fullmatch(r"(-?\d+(st|nd|rd|th)?|ground|first|second|third|top)", floor, re.I):
        return f"{floor} floor"
    return floor


def floor_options(rooms: Sequence[Room]) -> list[tuple[str, str]]:
    """Every floor there is, top one first, for the filter."""
    floors = dict.fromkeys(room.floor for room in rooms)
    return [(ALL, "All floors"), *((floor, floor_title(floor)) for floor in floors)]


def matching(rooms: Sequence[RoomLive], query: ListQuery) -> list[RoomLive]:
    """The rooms that the filters let through, in the order asked for; unknown values come last."""
    words = query.text.casefold().split()
    kept = [
        live
        for live in rooms
        if query.floor in (ALL, live.room.floor)
        and _STATE_TESTS[query.state](live)
        and all(word in live.room.name.casefold() for word in words)
    ]
    if query.sort == "floor":
        return kept
    return sorted(kept, key=_SORT_KEYS[query.sort])


def _is_beyond(live: RoomLive) -> bool:
    return live.comfort.step not in (None, "in_band")


def _is_stuffy(live: RoomLive) -> bool:
    return any(reason.metric == "co2" for reason in live.comfort.reasons)


_STATE_TESTS: dict[str, Callable[[RoomLive], bool]] = {
    ALL: lambda live: True,
    "beyond": _is_beyond,
    "stuffy": _is_stuffy,
    "fine": lambda live: live.comfort.tone == "ok",
    "silent": lambda live: live.comfort.tone in _SILENT_TONES,
}


def _highest(metric: str) -> Callable[[RoomLive], Any]:
    def key(live: RoomLive) -> Any:
        found = live.values.get(metric)
        return (found is None, -found.value if found else 0.0, live.room.name.casefold())

    return key


def _discomfort(live: RoomLive) -> Any:
    rank = _UNCOMFORTABLE[live.comfort.step]
    if rank > _STUFFY_RANK and live.comfort.reasons:
        rank = _STUFFY_RANK
    return (rank, live.room.name.casefold())


_SORT_KEYS: dict[str, Callable[[RoomLive], Any]] = {
    "name": lambda live: live.room.name.casefold(),
    "temperature": _highest("temperature"),
    "co2": _highest("co2"),
    "power": lambda live: (live.power_kw is None, -(live.power_kw or 0.0), live.room.name),
    "comfort": _discomfort,
}


def room_list(rooms: Sequence[RoomLive], query: ListQuery, shown: Shown) -> list[Any]:
    """Cards by floor, or in one run when sorted otherwise."""
    if not rooms:
        return [nothing_matches()]
    if query.sort != "floor":
        return [_cards(rooms, shown)]
    parts: list[Any] = []
    for floor, members in groupby(rooms, key=lambda live: live.room.floor):
        on_floor = list(members)
        parts.append(floor_head(floor_title(floor), _floor_facts(on_floor)))
        parts.append(_cards(on_floor, shown))
    return parts


def _cards(rooms: Sequence[RoomLive], shown: Shown) -> Any:
    return room_grid(*[card(live, shown) for live in rooms])


def _floor_facts(rooms: Sequence[RoomLive]) -> str:
    known = [live.power_kw for live in rooms if live.power_kw is not None]
    count = f"{len(rooms)} {'room' if len(rooms) == 1 else 'rooms'}"
    return f"{count} · {formats.text('kw', sum(known))}" if known else count


def room_href(room: Room, search: str = "") -> str:
    """A room's own page, at the period that is open."""
    return f"/rooms/{room.room_id}{search}"


def live_key(room: Room) -> str:
    """The base of a room's live keys."""
    return f"room/{room.room_id}"


def card(live: RoomLive, shown: Shown) -> Any:
    """One room as the list shows it; its age is that of its newest value."""
    room, comfort = live.room, live.room.comfort
    newest = max(live.values.values(), key=lambda latest: latest.ts_ms, default=None)

    def amount(metric: str) -> float | None:
        found = live.values.get(metric)
        return found.value if found else None

    return room_card(
        room.name,
        temperature_c=amount("temperature"),
        band=(
            comfort.temperature_low,
            comfort.temperature_high,
            comfort.cold_below,
            comfort.hot_above,
        ),
        word=live.comfort.word,
        tone=live.comfort.tone,
        co2_ppm=amount("co2"),
        humidity_percent=amount("humidity"),
        people=amount("occupancy"),
        power_kw=live.power_kw,
        power_estimate=live.power_kw is not None and not live.power_complete,
        ts_ms=newest.ts_ms if newest else None,
        interval_s=newest.interval_s if newest else None,
        now_ms=shown.now_ms,
        zone=shown.zone,
        state=_freshness(live, shown.now_ms),
        key=live_key(room),
        href=room_href(room, shown.search),
        selected=shown.selected == room.room_id,
        automatic=room.room_id in shown.automatic,
    )


def chip_of(live: RoomLive) -> Any:
    """Its comfort in a word, kept true by the socket."""
    return comfort_chip(live.comfort, live_key(live.room))


def _freshness(live: RoomLive, now_ms: int) -> str:
    found = live.values.get("temperature")
    return found.state_name(now_ms) if found else "missing"


def nothing_matches() -> html.Div:
    """No room for these filters."""
    return empty(
        "No room matches", "Take a filter or a word of the search away.", icon_name="search"
    )


def no_rooms(may_create: bool) -> html.Div:
    """The building has no room yet."""
    words = "A room gathers sensors of one place: its temperature, air, people and energy."
    action = button("Room", kind="primary", icon_name="plus", id="rooms-add-first")
    return empty("No rooms yet", words, action if may_create else None, icon_name="room")


def comfort_words(live: RoomLive) -> str:
    """Its state in one sentence for the head of its page and for screen readers."""
    parts = []
    for reason in live.comfort.reasons:
        side = "above" if reason.above else "below"
        fmt = formats.metric_format(reason.metric)
        parts.append(
            f"{reason.word}: {formats.text(fmt, reason.value)}, "
            f"{side} {formats.text(fmt, reason.limit)}"
        )
    if parts:
        return " · ".join(parts)
    return STEPS.get(live.comfort.step or "", live.comfort.word)
