from api import live_ring
from api.live_frames import single_item
from api.live_ring import KEPT_S, Batch, Ring


def _batch(seq: int, at_s: float, items: int = 1) -> Batch:
    return Batch(seq, "energy", "ts", at_s, [single_item("energy", {"n": seq})] * items)


def _seqs(found: list[Batch] | None) -> list[int] | None:
    return None if found is None else [b.seq for b in found]


def test_what_was_missed_comes_in_order() -> None:
    ring = Ring(100)
    for seq in (101, 102, 103):
        ring.append(_batch(seq, 1.0))
    assert _seqs(ring.since(101, 103)) == [102, 103]
    assert _seqs(ring.since(100, 103)) == [101, 102, 103]
    assert _seqs(ring.since(103, 103)) == []


def test_a_number_from_before_a_restart_is_a_gap() -> None:
    ring = Ring(100)
    ring.append(_batch(101, 1.0))
    assert ring.since(99, 101) is None


def test_a_number_that_was_never_given_is_a_gap() -> None:
    assert Ring(100).since(500, 100) is None


def test_older_than_five_minutes_is_a_gap() -> None:
    ring = Ring(100)
    ring.append(_batch(101, 0.0))
    ring.append(_batch(102, 10.0))
    ring.append(_batch(103, KEPT_S + 5.0))
    assert _seqs(ring.since(101, 103)) == [102, 103]
    assert ring.since(100, 103) is None


def test_a_flood_shortens_memory_instead_of_filling_it() -> None:
    ring = Ring(0)
    half = live_ring.MAX_ITEMS // 2
    for seq in (1, 2, 3):
        ring.append(_batch(seq, 1.0, half))
    assert ring.since(0, 3) is None
    assert _seqs(ring.since(1, 3)) == [2, 3]
