"""How often a rule would have rung: the evaluator itself over a past. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from domain.alarms.evaluate import Row, State, follow
from domain.alarms.lifecycle import Card, Ring, fold
from domain.alarms.model import Preview
from domain.alarms.watches import Watch
from domain.foundation.clock import from_ms, to_ms
from domain.foundation.intervals import local_date, local_midnight


def rings_of(watches: Iterable[Watch], rows: Sequence[Row], until_ms: int) -> list[Ring]:
    """Everything one series' triggers would have said of these readings."""
    return [
        Ring(occurrence, watch.rule_id, watch.subject, watch.group, watch.join_ms)
        for watch in watches
        for occurrence in follow(State(), rows, watch.trigger, until_ms)[1]
    ]


def summed(
    rings: Sequence[Ring], from_ms: int, to_ms_: int, series: int, zone: ZoneInfo
) -> Preview:
    """The events that these rings make, counted by the local day they began on."""
    cards, _ = fold((), rings)
    days: Mapping[int, int] = Counter(_day_ms(card, zone) for card in cards)
    lengths = [(card.cleared_ms or to_ms_) - card.started_ms for card in cards]
    return Preview(
        from_ms=from_ms,
        to_ms=to_ms_,
        events=len(cards),
        rings=sum(card.rings for card in cards),
        longest_ms=max(lengths, default=0),
        by_day=tuple(sorted(days.items())),
        series=series,
    )


def _day_ms(card: Card, zone: ZoneInfo) -> int:
    return to_ms(local_midnight(local_date(from_ms(card.rang_ms), zone), zone))
