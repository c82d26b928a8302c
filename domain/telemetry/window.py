"""What the contract in force shares of a series in time: until when, and how finely.

Under an embargo an answer equals the one of a database that never got the withheld readings. A
rollup that ends before the horizon may still lean on a later reading (a counter's difference is
spread back to the reading before), so each series has its own end.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.foundation.clock import Clock
from domain.foundation.contract import Contract, OutsideContract, in_force
from domain.telemetry.effective import neighbour
from domain.telemetry.energy import days_around
from domain.telemetry.history import FIVE_MS, LEVELS, WIDTHS_MS, Grid, choose
from domain.telemetry.model import Series
from domain.telemetry.registry import Registry
from domain.telemetry.rollup import HOUR_MS, QUARTER_MS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

ENDLESS_MS = 2**53
_FINEST = {0: "raw", FIVE_MS: "5min", QUARTER_MS: "15min", HOUR_MS: "1h"}


@dataclass(frozen=True, slots=True)
class Window:
    """The contract at one moment of the building's clock."""

    contract: Contract
    horizon_ms: int

    @classmethod
    def of(cls, clock: Clock) -> "Window":
        """By the contract in force, now."""
        contract = in_force()
        open_end = not contract.withholds_time
        return cls(contract, ENDLESS_MS if open_end else contract.horizon_ms(clock.now_ms()))

    @property
    def is_open(self) -> bool:
        """Whether everything measured is shared, as it was measured."""
        return self.horizon_ms == ENDLESS_MS

    @property
    def finest(self) -> str:
        """The finest level that may be answered: raw, 5min, 15min or 1h."""
        return _FINEST[self.contract.bucket_ms]

    def coarsened(self, level: str) -> str:
        """A level asked for, or the finest one that may be answered in its place."""
        if level == "auto" or self.contract.bucket_ms <= LEVELS.get(level, 0):
            return level
        return self.finest

    def require_level(self, level: str) -> None:
        """Refuse a level that is too fine and cannot be replaced by another.

        Raises:
            OutsideContract: the contract shares longer spans only.
        """
        if self.coarsened(level) != level:
            message = f"This token's contract shares nothing finer than {self.finest}."
            raise OutsideContract("time_aggregation", message)

    def span(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """The part of [start, end) that is shared: whole spans of the contract, to the horizon."""
        bucket_ms = self.contract.bucket_ms
        if bucket_ms:
            start_ms, end_ms = (
                -(-start_ms // bucket_ms) * bucket_ms,
                end_ms // bucket_ms * bucket_ms,
            )
        return start_ms, min(end_ms, self.horizon_ms)

    def until_ms(self, connection: "Connection", registry: Registry, series: Series) -> int:
        """Until when rollups and energy of a series follow from shared readings alone."""
        if not self.contract.embargo_minutes:
            return self.horizon_ms
        if series.virtual:
            return min(
                (
                    self.until_ms(connection, registry, registry.by_id[part_id])
                    for part_id, _ in registry.notes.parts.get(series.series_id, ())
                ),
                default=0,
            ) // QUARTER_MS * QUARTER_MS  # fmt: skip
        until_ms = self.horizon_ms
        if series.kind == "counter":
            overlays = registry.notes.overlays.get(series.series_id, ())
            last = neighbour(connection, series, overlays, until_ms, after=False)
            until_ms = last[0] if last else 0
        step_ms = max(self.contract.bucket_ms, 1 if until_ms >= series.raw_from_ms else QUARTER_MS)
        return until_ms // step_ms * step_ms

    def grid(self, series: Series, start_ms: int, end_ms: int, level: str, max_points: int) -> Grid:
        """Which level answers a chart, none finer than is shared."""
        grid = choose(series, start_ms, end_ms, level, max_points)
        if LEVELS.get(grid.level, 0) >= self.contract.bucket_ms:
            return grid
        finest = self.finest
        if finest == "5min":  # of readings that are kept, else it were a quarter hour already
            if end_ms - start_ms <= max_points * FIVE_MS:
                return Grid("5min", 1)
            finest = "15min"
        return choose(series, start_ms, end_ms, finest, max_points)


def whole_until(level: str, until_ms: int, zone: ZoneInfo) -> int:
    """The end of the last bucket of a level that ends at or before ``until_ms``."""
    if until_ms >= ENDLESS_MS:
        return until_ms
    if level == "1d":
        return days_around(until_ms, until_ms, zone)[0]
    return until_ms // WIDTHS_MS[level] * WIDTHS_MS[level]
