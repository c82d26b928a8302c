"""Many occurrences, few events: grouping, chattering, clearing."""

from domain.alarms.evaluate import Occurrence
from domain.alarms.lifecycle import CHATTER_MS, Card, Ring, Subject, fold

MINUTE = 60_000


def ring(sensor: str, at_min: float, rang: bool = True, group: str = "", rule: int = 1) -> Ring:
    at_ms = round(at_min * MINUTE)
    occurrence = Occurrence(at_ms, rang, at_ms - MINUTE, 27.0)
    return Ring(occurrence, rule, Subject(sensor, "temperature", "above"), group, 10 * MINUTE)


def cards(*rings: Ring) -> list[Card]:
    return fold([], rings)[0]


def test_many_that_fail_together_are_one_event_with_members():
    (card,) = cards(*[ring(f"T{n}", 0.01 * n) for n in range(200)])
    assert len(card.members) == card.rings == 200
    assert card.started_ms == -MINUTE


def test_the_same_failure_an_hour_later_is_another_event():
    assert len(cards(ring("T1", 0), ring("T2", 60))) == 2


def test_a_long_row_of_failures_is_one_event_while_each_follows_soon():
    assert len(cards(*[ring(f"T{n}", 9 * n) for n in range(10)])) == 1


def test_other_groups_and_other_rules_are_other_events():
    rings = [ring("T1", 0, group="1"), ring("T2", 0, group="2"), ring("T1", 0, rule=2)]
    assert len(cards(*rings)) == 3


def test_an_event_clears_with_its_last_member():
    half, steps = fold([], [ring("T1", 0), ring("T2", 1), ring("T1", 5, False)])
    assert half[0].active
    over, more = fold(half, [ring("T2", 7, False)])
    assert over[0].cleared_ms == 7 * MINUTE
    assert [s.kind for s in [*steps, *more]] == ["raised", "joined", "member_cleared", "cleared"]


def test_chattering_is_counted_not_repeated():
    rings = [ring("T1", at, at % 2 == 0) for at in range(60)]
    (card,) = cards(*rings)
    assert card.rings == 30
    assert not card.active


def test_what_rings_again_after_the_chatter_time_is_new():
    late = 1 + CHATTER_MS / MINUTE
    assert len(cards(ring("T1", 0), ring("T1", 1, False), ring("T1", late))) == 1
    assert len(cards(ring("T1", 0), ring("T1", 1, False), ring("T1", late + 0.1))) == 2


def test_a_silenced_event_takes_its_member_back_however_late():
    (card,) = cards(ring("T1", 0), ring("T1", 1, False))
    silenced = Card(
        card.key, 1, "", 0, 0, 0, card.cleared_ms, 1, card.members, silenced_until_ms=600 * MINUTE
    )
    (again,), _ = fold([silenced], [ring("T1", 500)])
    assert again.rings == 2


def test_batches_give_the_same_events_as_one_go():
    rings = [ring(f"T{n % 3}", n * 4, n % 5 != 4) for n in range(40)]
    whole, _ = fold([], rings)
    parts: list[Card] = []
    for one in rings:
        parts, _ = fold(parts, [one])
    assert parts == whole


def test_ten_thousand_that_fail_together_are_cheap():
    rings = [ring(f"T{n}", 0) for n in range(10_000)]
    (card,), steps = fold([], rings)
    (over,), _ = fold([card], [ring(f"T{n}", 5, False) for n in range(10_000)])
    assert len(steps) == 10_000
    assert not over.active
