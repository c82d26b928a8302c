"""What rollups should be, worked out the slow and obvious way: second by second, pair by pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

QUARTER_S = 900


@dataclass
class Bucket:
    n: int = 0
    total: float = 0.0
    low: float | None = None
    high: float | None = None
    energy: float | None = None
    covered_s: int = 0

    def see(self, value: float) -> None:
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)

    def add(self, energy: float, covered_s: int) -> None:
        self.energy = (self.energy or 0.0) + energy
        self.covered_s += covered_s


Point = tuple[int, float, int | None]
"""Second, value, stated interval [s]."""


class Tally(dict[int, Bucket]):
    """Buckets by the second they begin."""

    def at(self, second: int) -> Bucket:
        return self.setdefault(second // QUARTER_S * QUARTER_S, Bucket())


def buckets(points: Sequence[Point], kind: str, hold_s: int) -> Tally:
    tally = Tally()
    for second, value, _ in points:
        bucket = tally.at(second)
        bucket.n += 1
        bucket.total += value
        if kind != "power":
            bucket.see(value)
    if kind == "power":
        _hold_power(tally, points, hold_s)
    if kind == "counter":
        _spread_counter(tally, points, hold_s)
    return tally


def _hold_power(tally: Tally, points: Sequence[Point], hold_s: int) -> None:
    for position, (second, value, stated) in enumerate(points):
        end = second + (stated or hold_s)
        if position + 1 < len(points):
            end = min(end, points[position + 1][0])
        for moment in range(second, end):
            tally.at(moment).see(value)
            tally.at(moment).add(value / 3600, 1)


def _spread_counter(tally: Tally, points: Sequence[Point], hold_s: int) -> None:
    for (start, before, stated), (end, after, _) in pairwise(points):
        step = after - before
        if step < 0:
            if after >= before / 2:
                continue
            step = after
        for moment in range(start, end):
            known = moment < start + (stated or hold_s)
            tally.at(moment).add(step / (end - start), int(known))
