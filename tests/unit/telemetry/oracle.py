"""What rollups should be, worked out the slow and obvious way: second by second, pair by pair."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def buckets(points: Sequence[Point], kind: str, hold_s: int) -> dict[int, Bucket]:
    found: dict[int, Bucket] = {}

    def at(second: int) -> Bucket:
        return found.setdefault(second // QUARTER_S * QUARTER_S, Bucket())

    for second, value, _ in points:
        bucket = at(second)
        bucket.n += 1
        bucket.total += value
        if kind != "power":
            bucket.see(value)
    if kind == "power":
        for position, (second, value, stated) in enumerate(points):
            end = second + (stated or hold_s)
            if position + 1 < len(points):
                end = min(end, points[position + 1][0])
            for moment in range(second, end):
                at(moment).see(value)
                at(moment).add(value / 3600, 1)
    if kind == "counter":
        for (start, before, stated), (end, after, _) in zip(points, points[1:], strict=False):
            step = after - before
            if step < 0:
                if after >= before / 2:
                    continue
                step = after
            for moment in range(start, end):
                known = moment < start + (stated or hold_s)
                at(moment).add(step / (end - start), int(known))
    return found
