"""Ours against a reference, alternating in one run: on a noisy machine only ratios count."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """One target and what was measured; `limit` is the largest ratio (or value) that passes."""

    name: str
    measured: float
    limit: float
    unit: str = "×"

    @property
    def passed(self) -> bool:
        """Whether the target is met."""
        return self.measured <= self.limit

    def line(self) -> str:
        """One line of the summary."""
        word = "PASS" if self.passed else "FAIL"
        return f"{word}  {self.name}: {self.measured:.3g} {self.unit} (target ≤ {self.limit:g})"


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Time of one call, measured over `times` of them."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def compare(
    name: str,
    ours: Callable[[], object],
    reference: Callable[[], object],
    limit: float,
    *,
    samples: int = 7,
    times: int = 1,
) -> Verdict:
    """Ratio of the medians of alternating samples, each of them printed; one of each warms up."""
    ours()
    reference()
    measured: tuple[list[float], list[float]] = ([], [])
    for _ in range(samples):
        measured[0].append(seconds(ours, times))
        measured[1].append(seconds(reference, times))
    print(f"\n{name}")
    for label, column in zip(("ours", "reference"), measured, strict=True):
        listed = "  ".join(f"{value * 1000:.3f}" for value in column)
        print(f"  {label:<9} median {statistics.median(column) * 1000:10.3f} ms  of  {listed}")
    ratio = statistics.median(measured[0]) / statistics.median(measured[1])
    verdict = Verdict(name, ratio, limit)
    print(f"  {verdict.line()}")
    return verdict
