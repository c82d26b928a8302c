"""How often a rule would have rung: the evaluator itself over a past. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from zlib import crc32
from zoneinfo import ZoneInfo

from domain.alarms.evaluate import Row, State, follow
from domain.alarms.lifecycle import Card, Ring, fold
from domain.alarms.model import Preview
from domain.alarms.watches import Watch
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date, local_midnight

MOST_WORK = 5_000_000
"""Readings that a preview takes in, a few seconds' work; sensors are left out rather than time."""
RING_WORK = 20
"""Readings that one ring costs as much as."""

Series: TypeAlias = tuple[int, Sequence[Watch]]
"""Id and triggers of a series."""
Read: TypeAlias = Callable[[int], Sequence[Row]]


class Judged(NamedTuple):
    """What the triggers said, and of how many sensors."""

    rings: list[Ring]
    sensors: int


def judge(
    by_sensor: Mapping[str, Sequence[Series]], read: Read, until_ms: int, work: int = MOST_WORK
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
            rows = read(series_id)
            found = rings_of(watches, rows, until_ms)
            rings += found
            work -= len(rows) + RING_WORK * len(found)
    return Judged(rings, sensors)


def rings_of(watches: Iterable[Watch], rows: Sequence[Row], until_ms: int) -> list[Ring]:
    """Everything one series' triggers would have said of these readings."""
    return [
        Ring(occurrence, watch.rule_id, watch.subject, watch.group, watch.join_ms)
        for watch in watches
        for occurrence in follow(State(), rows, watch.trigger, until_ms)[1]
    ]


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
