"""How often a rule would have rung: the evaluator itself over a past. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from zlib import crc32
from zoneinfo import ZoneInfo

from domain.alarms.evaluate import State, follow
from domain.alarms.lifecycle import Card, Ring, fold
from domain.alarms.model import Preview
from domain.alarms.watches import Watch
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date, local_midnight
from domain.telemetry.sums import Stretch

MOST_WORK = 5_000_000
"""Readings that a preview takes in, a few seconds' work; sensors are left out rather than time."""
RING_WORK = 20
"""Readings that one ring costs as much as."""

PIECE_MS = 3 * 86_400_000
"""So much of a series is held in memory at once."""

Series: TypeAlias = tuple[int, Sequence[Watch]]
"""Id and triggers of a series."""
Read: TypeAlias = Callable[[int, int, int], Stretch]
"""What a series said in (after, until]."""


class Judged(NamedTuple):
    """What the triggers said, and of how many sensors."""

    rings: list[Ring]
    sensors: int


def judge(
    by_sensor: Mapping[str, Sequence[Series]],
    read: Read,
    from_ms: int,
    until_ms: int,
    work: int = MOST_WORK,
) -> Judged:
    """Try triggers on what `read` gives of each series, sensor by sensor while there is work left.

    Which sensors are taken has nothing to do with their names, and is the same each time.
    """
    rings: list[Ring] = []
    sensors = 0
    for sensor_id in sorted(by_sensor, key=lambda s: (crc32(s.encode()), s)):
        if work <= 0:
            break
        sensors += 1
        for series_id, watches in by_sensor[sensor_id]:
            found, heard = _rings_of(series_id, watches, read, from_ms, until_ms)
            rings += found
            work -= heard + RING_WORK * len(found)
    return Judged(rings, sensors)


def _rings_of(
    series_id: int, watches: Sequence[Watch], read: Read, from_ms: int, until_ms: int
) -> tuple[list[Ring], int]:
    """Everything one series' triggers would have said, and how many readings that took."""
    states = [State()] * len(watches)
    rings: list[Ring] = []
    heard, known_ms = 0, from_ms
    for end_ms in (*range(from_ms + PIECE_MS, until_ms, PIECE_MS), until_ms):
        rows, known_ms, more = read(series_id, known_ms, end_ms)
        heard += more
        for at, watch in enumerate(watches):
            states[at], occurred = follow(states[at], rows, watch.trigger, known_ms)
            rings += [
                Ring(o, watch.rule_id, watch.subject, watch.group, watch.join_ms) for o in occurred
            ]
    return rings, heard


def summed(judged: Judged, in_scope: int, from_ms: int, to_ms_: int, zone: ZoneInfo) -> Preview:
    """The events that these rings make, counted by the local day they began on."""
    cards, _ = fold((), judged.rings)
    days: Mapping[int, int] = Counter(_day_ms(card, zone) for card in cards)
    lengths = [(card.cleared_ms or to_ms_) - card.started_ms for card in cards]
    return Preview(
        from_ms=from_ms,
        to_ms=to_ms_,
        events=len(cards),
        rings=sum(card.rings for card in cards),
        longest_ms=max(lengths, default=0),
        by_day=tuple(sorted(days.items())),
        sensors=judged.sensors,
        in_scope=in_scope,
    )


def _day_ms(card: Card, zone: ZoneInfo) -> int:
    return to_ms(local_midnight(local_date(from_ms(card.rang_ms), zone), zone))
